"""Names of what is given beside a model, held against those that the model has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, cut, printable, quoted, similar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.given import Declared, Given

MOST_NAMED = 8  # names in a message


def named(given: Given, tensors: Mapping[str, Declared]) -> Given:
    """Return the given shapes and values, with the nameless shape assigned to the only input that
    needs one."""
    wanted = [name for name in tensors if name not in given.values]
    if "" not in given.inputs or len(wanted) != 1:
        return given
    return given._replace(inputs={name or wanted[0]: s for name, s in given.inputs.items()})


def refuse_unknown(
    path: str, inputs: Sequence[str], tensors: Mapping[str, Declared], given: Given
) -> None:
    """Raise where something is given of what the model does not have.

    Args:
        path: of the model.
        inputs: names of all inputs, of which values may be given.
        tensors: those that have shapes, as the model declares them.
        given: what is given.

    Raises:
        ConvcostError: a name is none of the model's.
    """
    sizes = dict.fromkeys(
        s for shape in tensors.values() for s in shape or () if isinstance(s, str)
    )
    for option, asked, known, none in (
        ("--input", given.inputs, list(tensors), "the model has no input"),
        ("--value", given.values, inputs, "the model has no input"),
        ("--dim", given.dims, list(sizes), "no size of the model's inputs has the name"),
    ):
        for name in asked:
            if name not in known:
                reason = f"{none} {quoted(name)}" if name else "the model has several inputs"
                said = f"{printable(path)}: {option}: {reason}"
                what = "sizes" if option == "--dim" else "inputs"
                notes = [f"{what}: {_short(known)}", *similar(name, known, what[:-1])]
                raise ConvcostError("\n  ".join((said, *notes)))


def _short(names: Sequence[str]) -> str:
    more = [f"and {len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else []
    return ", ".join([*map(cut, names[:MOST_NAMED]), *more]) or "none has a name"
