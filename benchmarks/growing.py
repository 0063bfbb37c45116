"""Networks of any number of layers in the shapes whose costs could grow faster than they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CONV = "op: conv, out_channels: 2, kernel_size: 3, padding: 1"
HEAD = "input: [2, 8, 8]\nlayers:\n"
TOGETHER = 8  # maps that a layer of a dense chain reads


def chain(layers: int) -> str:
    """Convolutions one after the other."""
    return f"{HEAD}  - {{{CONV}, repeat: {layers}}}\n"


def residual(layers: int) -> str:
    """Residual blocks of a convolution, an activation and the addition."""
    return f"{HEAD}  - {{op: residual, repeat: {layers // 3}, body: [{{{CONV}}}, relu]}}\n"


def dense(layers: int) -> str:
    """Each layer reads a concatenation of the last few, whatever their number."""
    lines = [f"  - {{{CONV}, name: c{number}}}\n" for number in range(2)]
    for number in range(2, layers // 2):
        read = ", ".join(f"c{i}" for i in range(max(0, number - TOGETHER), number))
        lines.append(f"  - {{op: concat, name: j{number}, from: [{read}]}}\n")
        lines.append(f"  - {{{CONV}, name: c{number}}}\n")
    return HEAD + "".join(lines)


def dense_blocks(layers: int) -> str:
    """DenseNet's blocks of six layers, one after the other."""
    blocks = max(1, layers // 47)
    return (
        f"{HEAD}  - repeat: {blocks}\n    layers:\n"
        "      - {op: dense_block, depth: 6, growth: 2, mid: 2}\n"
        "      - {op: conv, out_channels: 2, kernel_size: 1}\n"
    )


def branches(layers: int) -> str:
    """As many branches of one input, concatenated."""
    return _beside(layers - 1, "concat")


def sum_of_branches(layers: int) -> str:
    """As many branches of one input, added up."""
    return _beside(layers - 1, "add")


def _beside(branches: int, join: str) -> str:
    paths = "".join("      - [k]\n" for _ in range(branches))
    block = f"blocks: {{k: {{layers: [{{{CONV}}}]}}}}\n"
    return f"{block}{HEAD}  - op: branches\n    join: {join}\n    paths:\n{paths}"


SHAPES: Mapping[str, Callable[[int], str]] = {
    "chain": chain,
    "residual": residual,
    "dense": dense,
    "dense blocks": dense_blocks,
    "branches": branches,
    "sum of branches": sum_of_branches,
}
"""The text of a spec of about as many layers, by the name of its shape."""

MOST: Mapping[str, int] = {"dense": 16_000}
"""The layers of shapes that are written out, where a spec may hold no more."""

COMMANDS: Mapping[str, list[str]] = {
    "analyze": ["analyze", "SPEC"],
    "lint": ["lint", "SPEC"],
    "rf": ["rf", "SPEC"],
    "compare": ["compare", "SPEC", "SPEC@2x7x7"],
    "expand": ["expand", "SPEC"],
    "check": ["check", "SPEC"],
    "verify": ["verify", "SPEC", "--shrink", "2"],
    "reconcile": ["reconcile", "SPEC"],
    "train": ["analyze", "SPEC", "--train"],
    "device": ["analyze", "SPEC", "--device", "rtx3090"],
    "order": ["analyze", "SPEC", "--order"],
    "blocks": ["expand", "SPEC", "--blocks"],
    "html": ["analyze", "SPEC", "--format", "html"],
    "graph": ["analyze", "SPEC", "--format", "graph"],
    "mermaid": ["analyze", "SPEC", "--format", "mermaid"],
    "sweep": ["sweep", "SPEC", "batch=1:100:1"],
}
"""The arguments of the commands that read every layer."""
