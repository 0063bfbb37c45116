"""What can be explained by its name: ops, blocks of the library, metrics."""

from __future__ import annotations

from convcost.analysis.analyze.metrics import MEANINGS, Meaning
from convcost.analysis.explain.blocks import BlockExplanation, blocks, explained_block
from convcost.analysis.explain.layer import Explanation, explained
from convcost.errors import ConvcostError, quoted, similar
from convcost.ops import OPS

Subject = Explanation | BlockExplanation | Meaning


def subject(name: str) -> Subject:
    """The explanation of a name.

    Raises:
        ConvcostError: nothing has that name.
    """
    if name in OPS:
        return explained(name)
    if name in MEANINGS:
        return Meaning(name, MEANINGS[name])
    known = blocks()
    if name in known:
        return explained_block(name)
    notes = (
        *similar(name, OPS, "op"),
        *similar(name, known, "block"),
        *similar(name, MEANINGS, "metric"),
    )
    if "." in name or "/" in name or name == "-":
        notes = ("of a spec one layer is explained: give its name as well",)
    what = f"no op, block of the library or metric is named {quoted(name)}"
    raise ConvcostError("\n  ".join((what, *notes)))
