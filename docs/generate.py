"""The parts of the documentation that are made from the code (run by cog)."""

from __future__ import annotations

import csv
import inspect
import os
import pty
import shlex
import subprocess
import sys
import textwrap
from functools import cached_property
from itertools import groupby
from pathlib import Path
from types import FunctionType
from typing import Any, ForwardRef

import yaml

from convcost.ops import OPS, op_class
from convcost.ops.fields import declared
from convcost.ops.kinds import shown
from convcost.spec.read_blocks import FOLDER as LIBRARY

ROOT = Path(__file__).parent.parent
RUNS = ROOT / "tests" / "data"
FAMILIES = {  # headings for the modules that ops are in
    "Convolutions and samples": ("conv", "conv_transpose", "deform", "grid"),
    "Products": ("linear", "einsum"),
    "Pooling": ("pool",),
    "Normalisation": ("norm", "layer_norm"),
    "Activations": ("activation", "smooth"),
    "Joins and arithmetic by element": ("join", "elementwise"),
    "Functions of one number": ("unary",),
    "Comparisons and logic": ("logic",),
    "Reductions and order": ("reduce", "order"),
    "Resizing": ("resize", "upsample", "pixels"),
    "Moves": ("reshape", "pick"),
    "Learned arrays": ("parameter",),
}


def ops_table() -> str:
    """A row an op: fields with defaults, and what it does."""
    rows = ["| op | fields | |", "|---|---|---|"]
    for name in OPS:
        op = op_class(name)
        fields = [
            f"**`{field}`**" if kind.required else f"`{field}{_default(kind.default)}`"
            for field, kind in declared(op).items()
        ]
        says = " ".join((op.__doc__ or "").partition("\n\n")[0].split()).replace("``", "`")
        rows.append(f"| `{name}` | {', '.join(fields)} | {says} |")
    return "\n" + "\n".join(rows) + "\n"


def ops_sections() -> str:
    """A section an op, by family: what `convcost explain` shows of it."""
    from convcost.analysis.explain.layer import explain_op
    from convcost.render.formats.page.markdown import write
    from convcost.render.report import Medium
    from convcost.render.reports.explain.report import report

    parts = {family: [f"\n## {family}\n"] for family in FAMILIES}
    families = {module: family for family, modules in FAMILIES.items() for module in modules}
    family = next(iter(FAMILIES))
    for name, place in OPS.items():
        family = families.get(place.partition(":")[0], family)  # or that of the op before it
        parts[family].append(f"\n{write(report(explain_op(name)), Medium(), 3)}")
    return "".join(part for family in parts.values() for part in family)


def metrics_table() -> str:
    """A row a metric: what it means."""
    from convcost.metrics import METRICS

    rows = ["| metric | meaning |", "|---|---|"]
    rows += (f"| `{metric.name}` | {metric.says} |" for metric in METRICS.values())
    return "\n" + "\n".join(rows) + "\n"


def policy_table() -> str:
    """A row a key of ``[policy]``: its level, its code, and when it applies."""
    from convcost.finding import Level
    from convcost.gate.policy import RULES

    words = {Level.ERROR: "error", Level.WARNING: "warn"}
    rows = ["| key | level unless written | code | applies where |", "|---|---|---|---|"]
    for rule in RULES:
        level = f"`{words[rule.level]}`"
        if rule.in_ci is not rule.level:
            level += f", `{words[rule.in_ci]}` in continuous integration"
        rows.append(f"| `{rule.key}` | {level} | {rule.code} | {rule.says} |")
    return "\n" + "\n".join(rows) + "\n"


def limited_metrics() -> str:
    """The metrics that a budget may limit."""
    from convcost.metrics import LIMITABLE

    return "\n" + textwrap.fill(", ".join(f"`{name}`" for name in LIMITABLE), 104) + ".\n"


def hosts_table() -> str:
    """A row a host of continuous integration: what names the base there, and its clone."""
    from convcost.gate.hosts import HOSTS, Branch, Commit, Default, Event, Way

    def said(way: Way) -> str:
        match way:
            case Branch(variable, only, _):
                return f"the branch in `{variable}`" + (f", with `{only[0]}`" if only else "")
            case Commit(variable):
                return f"the commit in `{variable}`"
            case Event(event, keys):
                return f"`{'.'.join(keys)}` of a `{event}` event"
            case Default(variables):
                return f"the default branch, with `{variables[0]}`"

    rows = ["| host | base | a clone with its history |", "|---|---|---|"]
    for host in HOSTS:
        rows.append(f"| {host.name} | {'; or '.join(map(said, host.ways))} | {host.whole} |")
    return "\n" + "\n".join(rows) + "\n"


PAPERS_FLOPS = {  # spec: what the paper prints as FLOPs, and where
    "resnet18": (
        "1.8 x 10^9",
        "He et al., arXiv 1512.03385, table 1",
    ),
    "shufflenet_v1_g3": (
        "137 x 10^6",
        "Zhang et al., arXiv 1707.01083, table 1",
    ),
}


def tools_table() -> str:
    """A row a tool, below our MACs: its totals of networks, as it prints them where it was run, and
    as its convention has them elsewhere, in italics."""
    from convcost import load, reconcile

    networks = (
        *("alexnet", "vgg16", "googlenet", "resnet18", "resnet50", "densenet121", "mobilenet_v2"),
        *("efficientnet_b0", "unet", "vit_b_16"),
    )
    found = {name: reconcile(load(name)) for name in networks}
    macs = " | ".join(f"{one.analysis.totals['macs']:,}" for one in found.values())
    table = [f"| count | {' | '.join(networks)} |", f"|---{'|--:' * len(networks)}|"]
    table.append(f"| MACs | {macs} |")
    for number, tool in enumerate(found["alexnet"].tools):
        runs = _runs(tool.convention.name)
        cells = [
            f"{runs[name]:,}" if name in runs else f"*{one.tools[number].total:,}*"
            for name, one in found.items()
        ]
        table.append(f"| `{tool.convention.metric}` | {' | '.join(cells)} |")
    return "\n" + "\n".join(table) + "\n"


def _runs(tool: str) -> dict[str, int]:
    """The totals that a tool printed for the networks it was run on."""
    own = RUNS / f"{tool}_totals.csv"
    column = "by_operation" if own.exists() else tool
    with (own if own.exists() else RUNS / "tool_totals.csv").open(encoding="utf-8") as file:
        rows = [*csv.DictReader(file)]
    return {row["network"]: int(row[column]) for row in rows if row.get(column)}


def versions_run() -> str:
    """The versions of the tools that were run."""
    with (RUNS / "tool_versions.csv").open(encoding="utf-8") as file:
        found = {row["distribution"]: row["version"] for row in csv.DictReader(file)}
    with (RUNS / "xla_totals.csv").open(encoding="utf-8") as file:
        found["jax"] = next(csv.DictReader(file))["jax"]
    said = ", ".join(f"{name} {version}" for name, version in sorted(found.items()))
    return f"\nVersions that were run: {said}.\n"


def published_table() -> str:
    """Figures of authors that are not our MACs rounded or cut, with the reason."""
    from convcost.conventions.published import figures

    found = figures()
    cut = [one for one in found if one.apart.startswith("cut")]
    others = [one for one in found if one.apart and one not in cut]
    rounded = len(found) - len(cut) - len(others)
    rows = [
        f"Of {len(found)} figures, {rounded} are our MACs rounded, {len(cut)} are cut to whole "
        f"millions or billions, and {len(others)} are others:",
        "",
        "| network | input | printed | our MACs | where | why |",
        "|---|---|--:|--:|---|---|",
    ]
    for one in others:
        counted = f"{one.printed} | {one.macs:,}"
        rows.append(f"| {one.network} | {one.input} | {counted} | {one.where} | {one.apart} |")
    return "\n" + "\n".join(rows) + "\n"


def devices_table() -> str:
    """The devices that come with convcost."""
    from convcost.devices.read import device, names

    rows = ["| name | product | memory |", "|---|---|---|"]
    for name in names():
        found = device(name)
        memory = f"{found.memory.value:,} B" if found.memory else "not known"
        flash = f", flash {found.flash.value:,} B" if found.flash else ""
        rows.append(f"| `{name}` | {found.title} | {memory}{flash} |")
    return "\n".join(rows)


def tools_list() -> str:
    """A row a tool: what its total means, and the mistakes of it that are known."""
    from convcost.conventions.read import convention, names

    rows = ["| count | tool | what it is | known faults |", "|---|---|---|---|"]
    for one in (way for name in names() for way in convention(name).ways):
        faults = "; ".join(f"{term.name}: {term.why}" for term in one.terms if term.fault)
        rows.append(f"| `{one.metric}` | {one.tool} | {one.says} | {faults} |")
    return "\n" + "\n".join(rows) + "\n"


def papers_flops() -> str:
    """Papers that print multiply-adds as FLOPs, and what `analyze` says of the same networks."""
    import convcost

    rows = ["| network | FLOPs in the paper | `macs` | `flops` | |", "|---|---|---|---|---|"]
    for spec, (printed, paper) in PAPERS_FLOPS.items():
        analysis = convcost.analyze(convcost.load(str(ROOT / "specs" / f"{spec}.yaml")))
        macs, flops = (f"{analysis.totals[metric]:,}" for metric in ("macs", "flops"))
        rows.append(f"| {analysis.network.name} | {printed} | {macs} | {flops} | {paper} |")
    return "\n" + "\n".join(rows) + "\n"


def _default(value: object) -> str:
    return "" if value is None else f": {shown(value)}"


def library_table() -> str:
    """A row a block of the library: arguments with defaults, what it is, where it is from."""
    rows = ["| block | arguments | |", "|---|---|---|"]
    for path in sorted(LIBRARY.glob("*.yaml")):
        block = yaml.safe_load(path.read_text())
        args = [
            f"**`{arg}`**" if default is None else f"`{arg}: {shown(default)}`"
            for arg, default in block.get("args", {}).items()
        ]
        paper = f" ({block['paper']})" if "paper" in block else ""
        rows.append(f"| `{path.stem}` | {', '.join(args)} | {block['doc']}{paper} |")
    return "\n" + "\n".join(rows) + "\n"


def screen(*arguments: str) -> str:
    """The screen of a convcost command on a terminal of 80 by 24, as a block of text."""
    reader, terminal = pty.openpty()
    size = {"COLUMNS": "80", "LINES": "24", "NO_COLOR": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "convcost", *arguments],
        stdout=terminal,
        cwd=ROOT,
        env={**os.environ, **size},
    )
    os.close(terminal)
    shown = b""
    try:
        while part := os.read(reader, 1 << 16):
            shown += part
    except OSError:  # Linux says so where the other end is closed
        pass
    os.close(reader)
    assert process.wait() == 0
    lines = shown.decode().splitlines()
    return "\n```\n" + "\n".join((f"$ convcost {shlex.join(arguments)}", *lines)) + "\n```\n"


def run(*arguments: str, most: int | None = None, keep: tuple[str, ...] = ()) -> str:
    """The output of a convcost command, as a block of text.

    Args:
        arguments: the command.
        most: so many lines of it at most.
        keep: only lines that begin like one of these, and three dots for what stands between.
    """
    done = subprocess.run(
        [sys.executable, "-m", "convcost", *arguments],
        capture_output=True,
        check=True,
        cwd=ROOT,
        text=True,
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"},
    )
    lines = cut(done.stdout, most, keep)
    return "\n```\n" + "\n".join((f"$ convcost {shlex.join(arguments)}", *lines)) + "\n```\n"


def cut(text: str, most: int | None = None, keep: tuple[str, ...] = ()) -> list[str]:
    """The lines of a text, three dots in place of those that are left out (see :func:`run`)."""
    lines = text.splitlines()
    if most is not None and len(lines) > most:
        lines = [*lines[:most], "..."]
    if keep:
        groups = groupby(lines, lambda line: line.startswith(keep))
        lines = [line for kept, part in groups for line in (part if kept else ["..."])]
    return lines


def lint_rules() -> str:
    """A row a rule, and the page of each under an anchor."""
    from convcost.analysis.lint import RULES, page

    rows = ["| code | level | what is found |", "|---|---|---|"]
    rows += (f"| [{r.code}](#{r.code.lower()}) | {r.level} | {r.title} |" for r in RULES)
    parts = ["\n" + "\n".join(rows) + "\n"]
    for rule in RULES:
        text = page(rule.code)
        for heading in ("Bad", "Why", "Good"):
            text = text.replace(f"\n## {heading}\n", f"\n**{heading}**\n")
        parts.append(f'\n<a id="{rule.code.lower()}"></a>\n\n#{text}')
    return "".join(parts)


def commands() -> str:
    """The help of each command, under a heading of its own."""
    from convcost.cli.app import COMMANDS

    parts: list[str] = []
    for name in COMMANDS:
        parts.append(f"\n## {name}\n{run(name, '--help')}")
    return "".join(parts)


def api() -> str:
    """A section a public function: its signature and docstring, exceptions included."""
    import convcost
    from convcost import testing

    functions = {
        f"convcost.{name}": getattr(convcost, name)
        for name in convcost.__all__
        if not isinstance(getattr(convcost, name), type)
    }
    for function in (testing.assert_budget, testing.save_baseline):
        functions[f"convcost.testing.{function.__name__}"] = function
    parts: list[str] = []
    for name, function in functions.items():
        words = ", ".join(map(_argument, inspect.signature(function).parameters.values()))
        text = inspect.getdoc(function) or ""
        parts.append(f"\n## {name}\n\n```\n{name}({words})\n\n{text}\n```\n")
    return "".join(parts)


def results() -> str:
    """A section a public class: its docstring, its fields and what can be asked of it."""
    import convcost

    classes = [getattr(convcost, name) for name in convcost.__all__]
    return "".join(
        f"\n## convcost.{one.__name__}\n\n```\n{inspect.getdoc(one)}\n{_members(one)}```\n"
        for one in classes
        if isinstance(one, type)
    )


def _members(of: type) -> str:
    """Fields with their types; properties and methods with the first lines of their docstrings."""
    lines = [f"{name}: {_type(of.__annotations__[name])}" for name in getattr(of, "_fields", ())]
    for name, member in vars(of).items():
        asked = isinstance(member, property | cached_property)
        if name.startswith("_") or not (asked or isinstance(member, FunctionType | classmethod)):
            continue
        words = "" if asked else _words(member)
        summary = " ".join((inspect.getdoc(member) or "").split("\n\n")[0].split())
        text = f"{name}{words}: {summary}"
        lines += textwrap.wrap(text, 96, subsequent_indent="    ")
    if slots := vars(of).get("__slots__"):
        lines = [*textwrap.wrap(f"attributes: {', '.join(slots)}", 96), *lines]
    return "".join(f"{line}\n" for line in ["", *lines]) if lines else ""


def _type(of: object) -> str:
    return of.__forward_arg__ if isinstance(of, ForwardRef) else str(of)


def _words(function: Any) -> str:
    of = inspect.signature(function.__func__ if hasattr(function, "__func__") else function)
    return f"({', '.join(map(_argument, [*of.parameters.values()][1:]))})"


def _argument(parameter: inspect.Parameter) -> str:
    """An argument by its name, its default if that is a plain value."""
    if parameter.kind is parameter.VAR_POSITIONAL:
        return f"*{parameter.name}"
    if parameter.default is parameter.empty:
        return parameter.name
    plain = not callable(parameter.default)
    return f"{parameter.name}={parameter.default!r}" if plain else f"{parameter.name}=..."
