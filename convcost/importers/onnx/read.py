"""An ONNX file read without its weights, and checked."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convcost.errors import ConvcostError, printable
from convcost.files.command import Overwritten, noted
from convcost.gc_pause import paused
from convcost.importers.building.mapped import mapped
from convcost.importers.onnx.foreign import HEAD, foreign, is_text
from convcost.importers.onnx.functions import inlined
from convcost.importers.onnx.order import arrange
from convcost.importers.onnx.payload import payload_missing, small_array
from convcost.importers.onnx.strict import refuse_attributes
from convcost.importers.onnx.wire import without_payloads

if TYPE_CHECKING:
    import mmap
    from collections.abc import Callable

    import onnx

__all__ = ["payload_missing", "read_model", "small_array"]

DEFAULT = {"", "ai.onnx"}  # two names of one domain
STRING, MESSAGE = 9, 11  # FieldDescriptorProto.Type
TEXT = (str, bytes)
OPSETS_SINCE = 3  # the IR version from which a model must name its operator sets


def read_model(path: str, read: Callable[[str], bytes] | None = None) -> onnx.ModelProto:
    """A model as its file has it, but without the payloads of large tensors.

    Tensors keep names, types and shapes; :func:`payload_missing` tells which lost their values.
    Functions are inlined where they can be, nodes come after those that they read, and every name
    is made once. No other file is opened, whatever the model says about external data. ``read``
    returns the bytes of the path, in place of the file.

    Raises:
        ConvcostError: the file is no such model; a sentence that begins with the path.
    """
    try:
        with paused(), mapped(path) if read is None else nullcontext(read(path)) as data:
            model = _checked(_parsed(data))
    except Overwritten:
        raise
    except ConvcostError as error:
        raise ConvcostError(f"{printable(path)}: {error}") from None
    except (MemoryError, RecursionError):
        raise ConvcostError(f"{printable(path)}: the model is too large to read") from None
    if read is None:
        _note_external(path, model)
    return model


def reduced(path: str) -> bytes:
    """The bytes of a model without the payloads of large tensors, from which it is read as from its
    file.

    Raises:
        ConvcostError: the file is no such model; without its path.
    """
    with mapped(path) as data:
        return without_payloads(data)


def _note_external(path: str, model: onnx.ModelProto) -> None:
    """Have no output replace the files in which weights are, though none is opened."""
    files = {
        entry.value
        for tensor in model.graph.initializer
        for entry in tensor.external_data
        if entry.key == "location"
    }
    for file in files:
        noted(Path(path).parent / file)


def _parsed(data: mmap.mmap | bytes) -> onnx.ModelProto:
    """The reduced bytes as protobuf understands them."""
    head = data[:HEAD]
    what = foreign(head)
    if what:
        raise ConvcostError(f"this is {what}")
    onnx = onnx_package()
    from google.protobuf.message import DecodeError

    try:
        model = onnx.ModelProto.FromString(without_payloads(data))
        if not model.HasField("graph"):
            raise ConvcostError("it holds no graph, so it is not an ONNX model, or a part of one")
    except ConvcostError:
        if is_text(head):
            raise ConvcostError("this is text, not an ONNX model") from None
        raise
    except (DecodeError, ValueError):
        without_payloads(data, limit=-1)  # where small messages are broken, it says where
        raise ConvcostError(
            "the file is corrupted, or not an ONNX model: copy or download it again"
        ) from None
    return model


def _checked(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with what everyone who reads it relies on."""
    from google.protobuf.message import Message

    _check_text(model, Message)
    if model.ir_version < 1:
        raise ConvcostError("it states no IR version, so it is not an ONNX model, or a part of one")
    if not model.graph.node:
        raise ConvcostError("its graph has no nodes")
    opsets = {entry.domain: entry.version for entry in model.opset_import}
    if not opsets and model.ir_version >= OPSETS_SINCE:
        raise ConvcostError("it names no operator set (opset_import), so its nodes mean nothing")
    if min(opsets.values(), default=1) < 1:
        raise ConvcostError("it names an operator set (opset_import) without a version")
    refuse_attributes(model)
    model = inlined(model)
    arrange(model.graph)
    if (
        opsets
        and not DEFAULT & opsets.keys()
        and any(n.domain in DEFAULT for n in model.graph.node)
    ):
        raise ConvcostError("it names no version of ONNX's own operators (opset_import)")
    return model


def _check_text(message: Any, alone: type) -> None:
    """Protobuf's strings must be UTF-8, but its parser hands over as bytes those that are not.
    ``alone`` is the type of messages, which lists of them are not."""
    for field, value in message.ListFields():
        kind = field.type
        if kind == STRING:
            for text in (value,) if isinstance(value, TEXT) else value:
                if isinstance(text, bytes):
                    raise ConvcostError(
                        f"the file is corrupted: {field.full_name} holds {text[:20]!r}, which is "
                        "not text: copy or download it again"
                    )
        elif kind == MESSAGE:
            for part in (value,) if isinstance(value, alone) else value:
                _check_text(part, alone)


def onnx_package() -> Any:
    """The onnx package, which need not be there.

    Raises:
        ConvcostError: it is not.
    """
    try:
        import onnx
    except ImportError:
        raise ConvcostError(
            "ONNX models need the onnx package: pip install 'convcost[onnx]'"
        ) from None
    return onnx
