"""Relations between the answer of one command and that of another, run after a case's own lines."""

from __future__ import annotations

import json
from math import prod
from typing import TYPE_CHECKING, Any

from convcost.dtype import bytes_of
from convcost.metrics import COUNTS
from fuzz.oracles import Broken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fuzz.case import Line, Runner
    from fuzz.commands import Ran

ELSEWHERE = frozenset(("-o", "--output", "--help"))
"""Options whose answer stands elsewhere, or is another one."""


def broken(line: Line, ran: Ran, folder: Path, run: Runner) -> Iterator[Broken]:
    """The relations that do not hold for the answer of a command that succeeded."""
    if ran.code != 0 or not ELSEWHERE.isdisjoint(line):
        return
    for command, sequel in SEQUELS:
        if command == line[0] and (said := sequel(line, ran, folder, run)):
            yield Broken(sequel.__name__.strip("_"), line, said)


def _expanded_reads_back(line: Line, ran: Ran, folder: Path, run: Runner) -> str:
    """``expand`` writes a spec of the same figures, and writes that as it is."""
    if b"the result lacks" in ran.err:
        return ""
    flat = folder / "again.yaml"
    flat.write_bytes(ran.out)
    told = tuple(word for word in line[2:] if word == "--as-written")
    before = run(("analyze", line[1], *told, "--format", "json"))
    if before.code != 0:
        return f"analyze ends with {before.code} where expand does not: {before.said[:500]}"
    own: Any = json.loads(before.out)
    batch = str(own["network"]["batch"])  # a spec is of one sample
    after = run(("analyze", flat.name, "--format", "json", "--batch", batch))
    if after.code != 0:
        return f"what it writes is refused: {after.said[:500]}"
    was, now = own["totals"], json.loads(after.out)["totals"]
    odd = [name for name in COUNTS if was[name] != now[name]]
    return f"{odd[0]} is {was[odd[0]]}, and {now[odd[0]]} read back" if odd else ""


def _applied_reads_back(line: Line, ran: Ran, folder: Path, run: Runner) -> str:
    """``alternatives --apply`` writes a spec that can be read."""
    if "--apply" not in line:
        return ""
    (folder / "applied.yaml").write_bytes(ran.out)
    after = run(("analyze", "applied.yaml"))
    return "" if after.code == 0 else f"what it writes is refused: {after.said[:500]}"


def _memory_is_what_outputs_take(line: Line, ran: Ran, folder: Path, run: Runner) -> str:
    """A layer's activations are its output's elements, times the batch unless it has none, and
    their bytes: but for views, which have none, and layers with several outputs."""
    del folder, run
    if line[2:] != ("--format", "json"):
        return ""
    found: Any = json.loads(ran.out)
    for layer in found["layers"]:
        held, shape = layer["activation_bytes"], layer["output_shape"]
        if not held or "output_shapes" in layer or shape is None or layer.get("times"):
            continue
        dtype, batch = layer.get("dtype", "float32"), found["network"]["batch"]
        if held not in [bytes_of(prod(shape) * samples, dtype) for samples in (1, batch)]:
            return f"{layer['name']}: {held} bytes, and {shape} is of other ones"
    return ""


def _begun_holds(line: Line, ran: Ran, folder: Path, run: Runner) -> str:
    """The limits that ``init`` writes are kept, and once: a second ``init`` is refused."""
    if b"left out: " in ran.err:  # what cannot be read is left out of `init`, and a mistake later
        return ""
    config = folder / "convcost.toml"
    if not config.exists():
        return "it wrote nothing"
    checked = run(("check", *line[1:2], "--config", config.name, "--format", "json"))
    config.unlink()
    if checked.code == 2:  # for the configuration's sake, or that of a file beside the models
        said = checked.said[:500]
        return f"check refuses what it wrote: {said}" if config.name in said else ""
    found: Any = json.loads(checked.out)
    over = [
        limit
        for model in found["models"]
        for limit in model["limits"]
        if limit["over"] > 0 and limit["source"] and limit["source"]["path"] == config.name
    ]
    return f"it is over at once: {over[0]}" if over else ""


def _baseline_has_not_grown(line: Line, ran: Ran, folder: Path, run: Runner) -> str:
    """Beside its own baseline nothing has changed."""
    (folder / "costs.json").write_bytes(ran.out)
    checked = run(("check", *line[1:], "--baseline", "costs.json", "--format", "json"))
    if checked.code == 2:  # for the baseline's sake, or that of a configuration
        said = checked.said[:500]
        return f"check refuses the baseline: {said}" if "costs.json" in said else ""
    found: Any = json.loads(checked.out)
    grown = [model["path"] for model in found["models"] if model["totals"] != _before(model)]
    return f"{grown[0]} differs from its own baseline" if grown else ""


def _before(model: Any) -> Any:
    return model["totals_before"]


def _beside_itself(line: Line, ran: Ran, folder: Path, run: Runner) -> str:
    """A design beside itself differs in nothing."""
    del folder, run
    if line[3:] != ("--format", "json", "--all") or line[1] != line[2]:
        return ""
    found: Any = json.loads(ran.out)
    odd = [row["metric"] for row in found["totals"] if any(row["differences"])]
    return f"{odd[0]} differs from itself" if odd else ""


SEQUELS: tuple[tuple[str, Callable[[Line, Ran, Path, Runner], str]], ...] = (
    ("alternatives", _applied_reads_back),
    ("analyze", _memory_is_what_outputs_take),
    ("baseline", _baseline_has_not_grown),
    ("compare", _beside_itself),
    ("expand", _expanded_reads_back),
    ("init", _begun_holds),
)
"""By the command whose answer it is about."""
