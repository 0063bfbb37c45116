"""Verdicts on receptive fields: sentences under a word each."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from convcost.analysis.rf.growth import misaligned
from convcost.analysis.rf.layer_paths import Spread
from convcost.analysis.rf.rates import shortened
from convcost.errors import listed, plural, printable
from convcost.field import GLOBAL, UNKNOWN
from convcost.render.parts.numbers import exact, large, share
from convcost.render.parts.words import axes_field, joined
from convcost.render.reports.notes import MOST_REASONS
from convcost.render.reports.rf.heat import thresholds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from convcost.analysis.rf.dilation import Stack
    from convcost.analysis.rf.growth import Detail, Growth, Row
    from convcost.analysis.rf.layer_paths import Lengths, Paths
    from convcost.analysis.rf.rates import Rates
    from convcost.network import Network
    from convcost.render.parts.plot_chars import PlotChars

MOST_STACKS = 8  # that are spoken of
MOST_IN_SHORT = 2
MOST_MISALIGNED = 3
LONGEST_STRIP = 67  # fits beside a word

Said = tuple[str, str, str]
"""A word, a sentence, and a style of rich."""


def of_network(growth: Growth, chars: PlotChars) -> Iterator[Said]:
    """The verdicts on a whole network."""
    yield from _of_fields(growth)
    for stack in growth.stacks[:MOST_STACKS]:
        yield from of_stack(stack, chars)
    if len(growth.stacks) > MOST_STACKS:
        more = len(growth.stacks) - MOST_STACKS
        yield ("dilation", f"and {more} more stacks (--format json lists all)", "")
    for said in _to_outputs(growth):
        yield from said
    yield from _incomplete(growth.network)


def in_short(growth: Growth) -> Iterator[Said]:
    """The verdicts on a whole network, one on each thing that there is to say."""
    yield from _of_fields(growth)
    bad = [stack for stack in growth.stacks if stack.holes]
    good = len(growth.stacks) - len(bad)
    if good:
        said = f"{plural(good, 'stack')} of dilated layers without holes"
        yield ("dilation", said, "green")
    for stack in bad[:MOST_IN_SHORT]:
        yield ("dilation", f"{_where(stack)}: {_what_is_read(stack)}", "yellow")
    if len(bad) > MOST_IN_SHORT:
        yield ("", f"and {plural(len(bad) - MOST_IN_SHORT, 'stack')} more with holes", "yellow")
    yield from (next(said) for said in _to_outputs(growth))
    yield from _incomplete(growth.network)


def _of_fields(growth: Growth) -> Iterator[Said]:
    """Verdicts on what is seen of each input, and on branches of different strides."""
    several = len(growth.network.inputs) > 1
    for name in growth.network.inputs:
        rows = [row for row in growth.rows if row.input == name]
        yield from _of_input(growth.network, rows, f"'{printable(name)}'" if several else "")
    for row in misaligned(growth.rows)[:MOST_MISALIGNED]:
        strides = listed([str(stride) for stride in max(row.strides, key=len)])
        said = f"{_layer(row)} joins branches whose units move at strides {strides}: fields differ"
        yield ("misaligned", f"{said} from unit to unit", "yellow")


def _to_outputs(growth: Growth) -> Iterator[Iterator[Said]]:
    """The verdicts on the paths to each output, the first of which has their number."""
    for name, paths in growth.paths.items():
        if paths is None:
            continue
        if len(growth.paths) == 1:
            yield _of_paths(paths, "to the output")
        elif paths.lengths.paths > 1:
            yield _of_paths(paths, f"to '{printable(name)}'")


def _incomplete(network: Network) -> Iterator[Said]:
    unknown = network.unknown
    for reason in unknown[:MOST_REASONS]:
        yield ("incomplete", reason, "yellow")
    if len(unknown) > MOST_REASONS:
        yield ("", f"and {len(unknown) - MOST_REASONS} more (--format json lists all)", "yellow")


def _of_input(network: Network, rows: Sequence[Row], name: str) -> Iterator[Said]:
    """Verdicts on what is seen of an input; ``name`` is empty if it is the only one."""
    edges = network.edges
    for row in rows:
        if edges.ends(row.cost.layer):
            lengths = "x".join(map(str, row.lengths))
            seen = axes_field(row.axes)
            said = "sees all of" if seen == GLOBAL else f"a field of {seen.rstrip('!')} on"
            yield ("field", f"{_layer(row)}: {said} {name or 'an input'} of {lengths}", "")
    beyond = [row for row in rows if row.exceeds]
    if beyond:
        first, last = beyond[0], beyond[-1]
        said = f"{_layer(first)} is the first whose field is larger than {name or 'the input'}"
        if len(beyond) > 1:
            layers = plural(len(rows), "layer")
            said += f"; {len(beyond)} of {layers} are, up to {largest_share(last)} of it"
        yield ("beyond", f"{said}: the rest lies in padding", "yellow")
    whole = [row for row in rows if GLOBAL in row.flags]
    if whole:
        yield ("global", f"{_layer(whole[0])} is the first that sees all of {name or 'it'}", "")
        yield from _without_gates(whole)
    lost = [row for row in rows if UNKNOWN in row.flags]
    if lost:
        said = f"what {_layer(lost[0])} sees of {name or 'the input'} is not followed"
        yield ("unknown", f"{said}, nor what reads it", "yellow")


def _without_gates(rows: Sequence[Row]) -> Iterator[Said]:
    """The largest field of those that are global only for what scales or shifts their units."""
    gated = [row for row in rows if any(axis.without_gates is not None for axis in row.axes)]
    if gated:
        last = gated[-1]
        sizes = joined([axis.without_gates or axis.size for axis in last.axes])
        yield ("", f"without gates, the field of {_layer(last)} is {sizes}", "")


def largest_share(row: Row) -> str:
    """A field as a share of the input, along the axis where that is largest; ``?`` if unknown."""
    pairs = zip(row.axes, row.lengths, strict=True)
    known = [(axis.size, length) for axis, length in pairs if axis.size is not None and length]
    if not known:
        return "?"
    size, length = max(known, key=lambda pair: pair[0] * 1000 // pair[1])
    return share(size, length)


def _layer(row: Row) -> str:
    return f"`{printable(row.cost.name)}`"


def of_stack(stack: Stack, chars: PlotChars) -> Iterator[Said]:
    """The verdict on a stack of dilated layers."""
    where = _where(stack)
    branch = "" if stack.alone else ", the branch that reaches furthest"
    for along in stack.rates:
        yield ("dilation", f"{where}{branch}{_axes(along, stack)}: {_rates(along)}", "")
        if stack.alone:
            yield ("", _rules(along), "")
        if strip := _strip(stack, along, chars):
            yield ("", strip, "")
    yield ("", _what_is_read(stack), "yellow" if stack.holes else "green")
    for along in stack.rates:
        if along.holes and stack.alone:
            where = f"{_axes(along, stack)}: ".lstrip(" :")
            yield ("", where + along.remedy, "")
    for (name, axis), (read, positions) in stack.on_input.items():
        if read < positions:
            where = f"axis {axis - 1} of `{printable(name)}`"
            said = f"and of {exact(positions)} positions along {where} it reads {exact(read)}"
            yield ("", said, "yellow")


def _where(stack: Stack) -> str:
    names = dict.fromkeys((stack.layers[0], stack.layers[-1]))
    return " to ".join(f"`{printable(name)}`" for name in names)


def _axes(along: Rates, stack: Stack) -> str:
    spatial = len(stack.start.shape) - 2
    if len(along.axes) == spatial:
        return ""
    return f" along axis {listed([str(axis - 1) for axis in along.axes])}"


def _rates(along: Rates) -> str:
    kernels = sorted(set(along.taps))
    taps = f"{kernels[0]}" if len(kernels) == 1 else f"{kernels[0]} to {kernels[-1]}"
    word = "rate" if len(along.rates) == 1 else "rates"
    return f"{word} {shortened(along.rates)}, kernel {taps}, field {along.field}"


def _rules(along: Rates) -> str:
    """The verdicts of the paper's rules, and whether they are right."""
    divisor = f"common divisor {along.divisor}"
    if along.distances is None:
        return divisor
    kernel, second = min(along.taps), along.distances[0]
    said = f"M_2 = {second} {'<=' if second <= kernel else '>'} {kernel}, {divisor}"
    fine = second <= kernel and along.divisor == 1
    if fine and along.holes:
        return f"{said}: both rules are kept, and there are holes all the same"
    if not fine and not along.holes:
        return f"{said}: a rule is broken, and there are no holes all the same"
    return said


def _what_is_read(stack: Stack) -> str:
    start = printable(stack.start.name)
    if not stack.maps:
        said = "leaves holes" if stack.holes else "leaves no holes"
        return f"{said} along each axis; {stack.without}"
    worst = min(stack.maps, key=lambda found: found.touched / found.positions)
    size = "x".join(map(str, worst.sizes))
    beside = "" if stack.alone else ", branches beside it included"
    if not stack.holes:
        return f"no holes: one unit reads all {size} positions of `{start}`{beside}"
    read = f"{exact(worst.touched)} of {size} positions of `{start}`"
    return f"holes: one unit reads {read}{beside}"


def _strip(stack: Stack, along: Rates, chars: PlotChars) -> str:
    """The middle line of a map along an axis, a sign for each position; empty where it is long."""
    axis = along.axes[-1]
    for found in stack.maps:
        if axis in found.axes:
            row = found.middle(axis)
            if len(row) > LONGEST_STRIP:
                break
            steps = thresholds(max(row), len(chars.shades))
            signs = chars.none + chars.shades
            return "".join(signs[bisect_right(steps, count)] for count in row)
    return ""


def _of_paths(paths: Paths, where: str) -> Iterator[Said]:
    lengths, count = paths.lengths, paths.lengths.paths
    if count == 1:
        yield ("depth", f"1 path {where}, through {_lengths(lengths, 'layer', ' with MACs')}", "")
        return
    said = f"{exact(count) if count < 10**15 else large(count)} paths {where}"
    if count == 2**paths.residual:
        said += f": 2^{paths.residual}, of {plural(paths.residual, 'residual block')}"
    yield ("depth", said, "")
    yield ("", f"each through {_lengths(lengths, 'layer', ' with MACs')}", "")
    if paths.residual:
        yield ("", f"each through {_lengths(paths.blocks, 'residual block')}", "")


def _lengths(lengths: Lengths, noun: str, what: str = "") -> str:
    most = f"{plural(lengths.last, noun)}{what}"
    if lengths.first == lengths.last:
        return most
    about = f"mean {_tenths(lengths.mean)}"
    if not isinstance(lengths, Spread):
        about += f", standard deviation {_tenths(lengths.deviation)}"
    elif (middle := lengths.middle()) != (lengths.first, lengths.last):
        low, high = middle
        about += f", 95% of the paths {low} to {high}"
    return f"{lengths.first} to {most} ({about})"


def _tenths(number: Fraction) -> str:
    tenths = round(number * 10)
    return f"{tenths // 10}.{tenths % 10}"


def of_unit(detail: Detail, chars: PlotChars) -> Iterator[Said]:
    """The verdicts on one unit."""
    if detail.map is None:
        yield ("map", f"none: {detail.without}", "yellow")
    elif detail.map.paths:
        found = detail.map
        size = "x".join(map(str, found.sizes))
        said = f"{exact(found.touched)} of {size} positions of `{printable(detail.onto.name)}`"
        if found.holes:
            yield ("reads", f"{said}: {plural(found.holes, 'hole')}", "yellow")
        else:
            yield ("reads", f"all {size} positions of `{printable(detail.onto.name)}`", "")
        half = "x".join(map(str, found.half()))
        said = f"{large(found.paths)} in all, at most {large(found.most)} to a position"
        yield ("paths", f"{said}; half of them end in the middle {half}", "")
    else:
        yield ("reads", f"nothing of `{printable(detail.onto.name)}`", "yellow")
    for stack in detail.stacks:
        yield from of_stack(stack, chars)
    if detail.paths is not None:
        yield from _of_paths(detail.paths, "from the input")
