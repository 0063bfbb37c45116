"""A block of the library: its picture, arguments and formulas, as its file says them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.analysis.explain.formula import Formula
from convcost.errors import plural, represented
from convcost.ops.kinds import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

_FORMULA = re.compile(r"(\w+) = (.*(?:\n  .*)*)")
_PART = re.compile(r"\n\s*\n")


class BlockExplanation(NamedTuple):
    """A block of the library. An argument whose default is None must be given."""

    name: str
    doc: str
    paper: str
    picture: str
    args: Sequence[tuple[str, str | None]]
    formulas: Sequence[Formula]
    notes: Sequence[str]
    layers: str
    """Its layers, as they are written."""

    def __repr__(self) -> str:
        said = f"{plural(len(self.args), 'argument')}, {plural(len(self.formulas), 'formula')}"
        return represented(self, f"of {self.name}", said)


def blocks() -> list[str]:
    """The names of the library's blocks."""
    from convcost.spec.read_blocks import FOLDER  # reads specs: an op is explained without

    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def explain_block(name: str) -> BlockExplanation:
    """A block of the library; tests hold its formulas to what it costs."""
    import yaml

    from convcost.spec.read_blocks import FOLDER

    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    head, _, body = text.partition("\ndoc:")
    block: dict[str, Any] = yaml.safe_load(f"doc:{body}")
    comments = "\n".join(line[1:].removeprefix(" ") for line in head.splitlines())
    picture: list[str] = []
    formulas: list[Formula] = []
    notes: list[str] = []
    for part in _PART.split(comments):
        found = _FORMULA.findall(part)
        if found:
            formulas += (Formula(name, " ".join(said.split())) for name, said in found)
        else:
            (notes if formulas else picture).append(part)
    return BlockExplanation(
        name=name,
        doc=block["doc"],
        paper=block.get("paper", ""),
        picture="\n\n".join(picture),
        args=[
            (arg, None if default is None else shown(default))
            for arg, default in block.get("args", {}).items()
        ],
        formulas=formulas,
        notes=notes,
        layers=body[body.index("\nlayers:") :].strip(),
    )
