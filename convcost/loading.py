"""A file as a Network, whatever wrote it."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, printable
from convcost.given import Given

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.given import Declared, Numbers
    from convcost.network import Network


def load(
    path: str,
    *,
    settings: Mapping[str, str] | None = None,
    inputs: Mapping[str, Sequence[int]] | None = None,
    dims: Mapping[str, int] | None = None,
    values: Mapping[str, Numbers] | None = None,
    batch: int | None = None,
    dtype: str | None = None,
    read: Callable[[str], bytes] | None = None,
    usual_batch: int = 1,
    as_written: bool = False,
) -> Network:
    """The network of a YAML spec or an ONNX file.

    Args:
        path: the file, ONNX where it ends in ``.onnx``; ``-`` is a spec on standard input.
        settings: values for vars of the spec in place of its own, written as in a spec.
        inputs: shapes without the batch in place of the spec's, or for what an ONNX file leaves
            open, by the input's name; the key ``""`` stands for the only input.
        dims: sizes that an ONNX file leaves open, by the names that it has for them.
        values: numbers that inputs of an ONNX file hold, which are constants then: one, or all in
            order.
        batch: samples; ``usual_batch`` unless given, or as many as an ONNX file fixes.
        dtype: type of the numbers for which the file names none of their own (in an ONNX file those
            of float32).
        read: returns the bytes of a path, in place of the file.
        usual_batch: samples where neither ``batch`` nor the file says how many.
        as_written: whether ops that an ONNX file writes out in others stay so.

    Raises:
        ConvcostError: the file cannot be read as a network; of a spec a SpecError with every
            mistake, of an ONNX file an OpenSizes where sizes of inputs are not known.
    """
    if is_onnx(path):
        from convcost.importers.onnx import load as load_onnx

        if settings:
            raise ConvcostError(f"{printable(path)}: --set: an ONNX file has no vars")
        given = Given(inputs or {}, dims or {}, values or {}, as_written)
        return load_onnx(
            path, given=given, batch=batch, dtype=dtype, read=read, usual_batch=usual_batch
        )
    from convcost.spec import load as load_spec
    from convcost.spec import read_file

    for option, asked in (("--dim", dims), ("--value", values)):
        if asked:
            raise ConvcostError(
                f"{printable(path)}: {option} is for ONNX files: --input and --set change the "
                "sizes of a spec"
            )
    return load_spec(
        path,
        settings=settings,
        inputs=inputs,
        batch=batch or usual_batch,
        dtype=dtype,
        read=read_file if read is None else read,
    )


def is_onnx(path: str) -> bool:
    """Whether a file is an ONNX model, by its name."""
    return PurePath(path).suffix.lower() == ".onnx"


def inputs_of(
    path: str,
    *,
    settings: Mapping[str, str] | None = None,
    read: Callable[[str], bytes] | None = None,
) -> Mapping[str, Declared]:
    """The inputs of a file, and their full shapes as it declares them; the batch of a spec is open.

    Raises:
        ConvcostError: as :func:`load`.
    """
    if is_onnx(path):
        from convcost.importers.onnx import inputs_of as inputs_of_onnx

        return inputs_of_onnx(path, read)
    network = load(path, settings=settings, read=read)
    return {name: (None, *tensor.shape[1:]) for name, tensor in network.inputs.items()}


def confirm(text: str, network: Network) -> None:
    """See that a spec written of a network is that network when it is read.

    Raises:
        ConvcostError: it is not; the spec language cannot say all that ONNX files can.
    """
    from convcost.analysis.analyze.cost import analyze

    batch = network.batch
    try:
        again = load("spec.yaml", batch=batch, read=lambda _: text.encode())
    except ConvcostError as error:
        reason = str(error).partition("\n")[0]
    else:
        if analyze(again).totals == analyze(network).totals and network.unknown == []:
            return
        reason = "it would be read as another network"
    name = printable(network.name)
    raise ConvcostError(f"'{name}' cannot be written as a spec: {reason}")
