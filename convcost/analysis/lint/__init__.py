"""Oddities of a network: rules with stable codes, and the findings that they make.

``RULES`` is the list of all rules. Each is a function over a :class:`~convcost.analysis.lint.graph.
Graph`; ``pages/CODE.md`` says why it exists, with a bad and a good example.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from convcost import arguments
from convcost.allowance import answering
from convcost.analysis.lint import gridding, hardware, reach, shape_mistakes, waste, written
from convcost.analysis.lint.graph import Found, Graph
from convcost.analysis.lint.ignores import ignores, unused_ignores
from convcost.analysis.lint.selection import Selection
from convcost.errors import ConvcostError, Source, plural, quoted, similar
from convcost.finding import Finding, Level, Rule, worst_first
from convcost.gc_pause import paused
from convcost.network import Network

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.analysis.lint.graph import Check
    from convcost.analysis.lint.ignores import Ignore
    from convcost.spec.model import Document

PAGES = Path(__file__).parent / "pages"
UNREADABLE = "CC001"
UNUSED_IGNORE = "CC505"


class LintRule(NamedTuple):
    """A code, what it stands for in a few words, how much its findings matter, and its function
    (None: found otherwise). ``of_blocks``: it speaks of blocks that nobody calls, too."""

    code: str
    title: str
    level: Level
    check: Check | None
    of_blocks: bool = False


RULES = (
    LintRule(UNREADABLE, "mistake in a file", Level.ERROR, None),
    LintRule("CC101", "dilated stack with holes", Level.WARNING, gridding.gridding),
    LintRule("CC102", "checkerboard of a transposed layer", Level.WARNING, reach.checkerboard),
    LintRule("CC103", "border never read", Level.NOTE, reach.unread_border),
    LintRule("CC104", "stride wider than its window", Level.WARNING, reach.skipped_positions),
    LintRule("CC105", "field far beyond the input", Level.NOTE, reach.field_beyond_input),
    LintRule("CC106", "taps that meet only padding", Level.WARNING, reach.taps_in_padding),
    LintRule("CC201", "bias before a norm", Level.WARNING, waste.bias_before_norm),
    LintRule("CC202", "layer without effect", Level.WARNING, waste.dead_layer),
    LintRule("CC203", "two linear layers that are one", Level.WARNING, waste.linear_pair),
    LintRule("CC301", "channels not a multiple of 8", Level.NOTE, hardware.uneven_channels),
    LintRule("CC302", "depthwise layers bound by memory", Level.NOTE, hardware.starved_depthwise),
    LintRule("CC303", "groups that never mix", Level.WARNING, hardware.groups_apart),
    LintRule("CC401", "linear layer along a map", Level.WARNING, shape_mistakes.linear_on_map),
    LintRule("CC402", "batch in the input's shape", Level.WARNING, shape_mistakes.batch_in_input),
    LintRule("CC403", "channels last in an input", Level.WARNING, shape_mistakes.channels_last),
    LintRule("CC404", "network's input in a repeat", Level.WARNING, shape_mistakes.network_input),
    LintRule("CC501", "var that nothing names", Level.WARNING, written.unused_var, True),
    LintRule("CC502", "block that nothing calls", Level.WARNING, written.unused_block),
    LintRule("CC503", "argument that nothing names", Level.WARNING, written.unused_argument, True),
    LintRule("CC504", "expectation that does not hold", Level.ERROR, written.broken_expectation),
    LintRule(UNUSED_IGNORE, "ignore without a finding", Level.WARNING, None),
)


@answering
def lint(
    network: Network, model: str = "", *, select: Sequence[str] = (), ignore: Sequence[str] = ()
) -> list[Finding]:
    """The findings about a network, by file and line; those without a line in the graph's order.

    Args:
        network: what to look at.
        model: the file that it is from, as the user wrote it; as it was loaded unless given.
        select: codes, or their beginnings, of findings to give; all unless there are some.
        ignore: codes, or their beginnings, of those to leave out; where both hold, the longer one
            decides.

    Returns:
        The findings, each with its ``code``, ``level``, ``message``, ``fix``, ``source`` and
        ``layer``.

    Raises:
        ConvcostError: no code begins with what is to be selected or ignored.
        TypeError: an argument is of another type than it is declared with.
    """
    arguments.instance("network", network, Network)
    arguments.text("model", model)
    require_known([*arguments.texts("select", select), *arguments.texts("ignore", ignore)])
    return found_in(network, model, Selection(select, ignore))


def found_in(network: Network, model: str, selection: Selection) -> list[Finding]:
    """As :func:`lint`, of arguments that are right."""
    model = model or (network.source.path if network.source else network.name)
    with paused():
        return _ordered(_all(Graph(network), model), selection)


@answering
def found_in_blocks(document: Document, model: str, selection: Selection) -> list[Finding]:
    """The findings about a file of blocks, which has no network.

    Args:
        document: the blocks.
        model: their file.
        selection: the codes to give.
    """
    network = Network(document.name)
    network.document = document
    graph, silenced = Graph(network), ignores(document)
    rules = [rule for rule in RULES if rule.of_blocks]
    found = (f for rule in rules for f in _of_rule(rule, graph, silenced, set(), model))
    return _ordered(found, selection)


def _ordered(findings: Iterable[Finding], selection: Selection) -> list[Finding]:
    nowhere = Source("")
    wanted = [found for found in findings if selection.wants(found.code)]
    return sorted(wanted, key=lambda found: found.source or nowhere)


def rule(code: str) -> LintRule:
    """The rule of a code; ConvcostError where there is none."""
    for found in RULES:
        if found.code == code.upper():
            return found
    raise _no_rule(code)


def page(code: str) -> str:
    """The page of a code in the documentation, as markdown; ConvcostError where there is no
    such code."""
    return (PAGES / f"{rule(code).code}.md").read_text("utf-8")


def documented() -> list[Rule]:
    """All rules with the places of their pages."""
    return [Rule(rule.code, rule.title, f"docs/lint.md#{rule.code.lower()}") for rule in RULES]


def require_known(prefixes: Sequence[str]) -> None:
    """Raise ConvcostError for what no code begins with."""
    for prefix in prefixes:
        if not prefix or not any(rule.code.startswith(prefix) for rule in RULES):
            raise _no_rule(prefix)


def _no_rule(code: str) -> ConvcostError:
    codes = [rule.code for rule in RULES]
    notes = similar(code.upper(), codes, "code") or (
        f"`convcost lint --explain all` lists all: {codes[0]} to {codes[-1]}",
    )
    return ConvcostError("\n  ".join((f"no rule has the code {quoted(code)}", *notes)))


def _all(graph: Graph, model: str) -> Iterator[Finding]:
    silenced = ignores(graph.document) if graph.document else []
    used: set[Ignore] = set()
    for each in RULES:
        yield from _of_rule(each, graph, silenced, used, model)
    if graph.document is not None:
        codes = [each.code for each in RULES]
        for found in unused_ignores(graph.document, silenced, used, codes):
            yield _finding(rule(UNUSED_IGNORE), found, found.source, model)


def _of_rule(
    rule: LintRule, graph: Graph, silenced: Sequence[Ignore], used: set[Ignore], model: str
) -> Iterator[Finding]:
    """The findings of a rule that no comment silences; those that do are added to ``used``."""
    kept: list[tuple[Source | None, Found]] = []
    for found in rule.check(graph) if rule.check else ():
        place = _place(found)
        meant = [one for one in silenced if place and one.silences(rule.code, place)]
        used.update(meant)
        if not meant:
            kept.append((place, found))
    yield from _folded(rule, _sure(graph, kept), model)


def _sure(
    graph: Graph, founds: Sequence[tuple[Source | None, Found]]
) -> Iterator[tuple[Source | None, Found]]:
    """Findings without the remedies of lines that make other layers too, of which nothing is
    found."""
    mended = Counter(place for place, found in founds if found.layer and found.remedy)
    made = Counter(layer.origin for layer in graph.layers) if mended else mended
    for place, found in founds:
        sure = not found.layer or mended[place] == made[place]
        yield place, found if sure else found._replace(remedy=None)


def _place(found: Found) -> Source | None:
    """The line of the user's own file that a finding is about."""
    if found.layer is None:
        return found.source
    return found.layer.origin


def _folded(
    rule: LintRule, founds: Iterable[tuple[Source | None, Found]], model: str
) -> Iterator[Finding]:
    """One finding a line of a file: what is called or repeated is said once, of the layer where it
    matters most."""
    by_place: dict[Source, list[Finding]] = {}
    for place, found in founds:
        finding = _finding(rule, found, place, model)
        if place is None:
            yield finding
        else:
            by_place.setdefault(place, []).append(finding)
    for alike in by_place.values():
        first, *others = worst_first(alike)
        if others:
            more = f"{plural(len(others), 'layer')} more of this line"
            first = first._replace(message=f"{first.message} (and {more})")
        yield first


def _finding(rule: LintRule, found: Found, place: Source | None, model: str) -> Finding:
    name = found.layer.name if found.layer else ""
    return Finding(
        rule.code,
        found.level or rule.level,
        found.message,
        found.fix,
        model,
        place,
        name,
        found.remedy,
    )
