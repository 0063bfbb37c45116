"""The columns of the per-layer table, for every format that has one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from convcost.analysis.analyze.cost import BLOCK, PEAK
from convcost.field import DATA_DEPENDENT, GLOBAL, MISALIGNED
from convcost.ops import op_name
from convcost.ops.fields import declared
from convcost.render.table import Column

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.analysis.analyze.cost import Analysis, LayerCost
    from convcost.analysis.rf.receptive_field import AxisField
    from convcost.network import Tensor
    from convcost.ops.op import Op

MOST_REASONS = 10  # why totals are incomplete
SUFFIXES = ("", "k", "M", "G", "T", "P", "E")


def columns(
    analysis: Analysis, layers: Sequence[LayerCost], *, short: bool = False
) -> list[Column]:
    """The table's columns for some layers of an analysis; ``short`` rounds counts for narrow
    places."""
    macs = analysis.totals["macs"]
    bytes_ = [layer.counts[PEAK] for layer in layers] + [analysis.totals[PEAK]]
    alive = [f"{count}B" for count in rounded(bytes_)]
    return [
        Column("layer", [layer.name for layer in layers], "total"),
        Column("op", [described(layer) for layer in layers]),
        Column("output", [shapes(layer.output_shapes) for layer in layers]),
        _counts("params", "params", analysis, layers, short),
        _counts("MACs", "macs", analysis, layers, short),
        Column("share", [share(layer.counts["macs"], macs) for layer in layers], number=True),
        Column("alive", alive[:-1], alive[-1], number=True),
        Column("field", [field(layer) for layer in layers], number=True),
    ]


def _counts(
    heading: str, metric: str, analysis: Analysis, layers: Sequence[LayerCost], short: bool
) -> Column:
    counts = [*(layer.counts[metric] for layer in layers), analysis.totals[metric]]
    *cells, total = rounded(counts) if short else map(exact, counts)
    return Column(heading, cells, total, number=True)


def notes(analysis: Analysis, layers: Sequence[LayerCost]) -> list[str]:
    """What a reader of the table must be told besides."""
    said: list[str] = []
    if any(layer.times > 1 for layer in layers):
        said.append("x2, x3 ...: so many that are the same, with the costs of all of them")
    if any(MISALIGNED in axis.flags for layer in layers for axis in _axes(layer)):
        said.append("field !: it joins branches of different strides, so units differ")
    if any("~" in field(layer) for layer in layers):
        said.append("field ~: before offsets deform it, which depend on the data")
    unused = [layer.name for layer in analysis.layers if not layer.needed]
    if unused:
        said.append(f"counted, but no output needs them: {', '.join(unused)}")
    unknown = analysis.network.unknown
    said += (f"incomplete: {reason}" for reason in unknown[:MOST_REASONS])
    if len(unknown) > MOST_REASONS:
        said.append(f"incomplete: and {len(unknown) - MOST_REASONS} more (--format json lists all)")
    return said


def dtypes(analysis: Analysis) -> str:
    """The types of numbers that a network stores: ``float32``, or several."""
    tensors = (*analysis.network.inputs.values(), *_made(analysis))
    return " and ".join(dict.fromkeys(tensor.dtype for tensor in tensors))


def _made(analysis: Analysis) -> Iterator[Tensor]:
    for layer in analysis.network.layers:
        yield from layer.outputs


def exact(count: int) -> str:
    """A count with all its digits."""
    return f"{count:,}"


def si(count: int, digits: int = 3) -> str:
    """A count to three significant digits, unless said otherwise, with an SI suffix: ``2.36M``."""
    if count < 1000:
        return str(count)
    unit = 10 ** max(0, len(str(count)) - digits)
    count = (count + unit // 2) // unit * unit
    power = min((len(str(count)) - 1) // 3, len(SUFFIXES) - 1)
    whole, below = divmod(count, 1000**power)
    decimals = f"{below:0{3 * power}}"[: max(0, digits - len(str(whole)))]
    return f"{whole}{'.' if decimals else ''}{decimals}{SUFFIXES[power]}"


def large(count: int) -> str:
    """A count in few letters: ``2.36M``, and ``1.23e45`` where no suffix is left."""
    if count < 10**18:
        return si(count)
    power = len(str(count)) - 1
    digits = str((count + 5 * 10 ** (power - 3)) // 10 ** (power - 2))
    power += len(digits) - 3  # 999.6 is 1000
    return f"{digits[0]}.{digits[1:3]}e{power}"


def rounded(counts: Sequence[int]) -> list[str]:
    """Counts as :func:`si` writes them, with more digits where two that differ would look alike."""
    digits = dict.fromkeys(counts, 3)
    while True:
        texts = {count: si(count, digits[count]) for count in digits}
        times = Counter(texts.values())
        alike = [count for count, text in texts.items() if times[text] > 1]
        if not alike:
            return [texts[count] for count in counts]
        for count in alike:
            digits[count] += 1


def share(part: int, whole: int) -> str:
    """A part of a whole in percent; empty for nothing, so that the eye finds the cost."""
    if not part:
        return ""
    tenths = (2000 * part + whole) // (2 * whole)
    if not tenths:
        return "<0.1%"
    return ">99.9%" if tenths == 1000 and part < whole else f"{tenths // 10}.{tenths % 10}%"


def shape(sizes: Sequence[int]) -> str:
    """A shape without the batch: ``64x112x112``."""
    return "x".join(map(str, sizes))


def shapes(several: Sequence[Sequence[int]]) -> str:
    """The shapes of several tensors: ``2 of 58x28x28`` where they agree."""
    texts = [shape(sizes) for sizes in several]
    if len(texts) > 1 and len(set(texts)) == 1:
        return f"{len(texts)} of {texts[0]}"
    return " ".join(texts)


def described(layer: LayerCost) -> str:
    """The op and what tells it from its like: ``conv 3x3 /2 g32``; a block's number of layers, and
    how many such blocks there are: ``11 layers x5``."""
    what = f"{layer.layers} layers" if layer.op == BLOCK else described_op(layer.layer.op)
    return f"{what} x{layer.times}" if layer.times > 1 else what


def described_op(of: Op) -> str:
    """An op and what tells it from its like: ``conv 3x3 /2 g32``."""
    op: Any = of
    fields, words = declared(type(of)), [op_name(type(of))]
    if "kernel_size" in fields:
        words.append(shape(op.kernel_size))
        if op.stride is not None and set(op.stride) != {1}:
            words.append("/" + joined(op.stride))
    if "dilation" in fields and set(op.dilation) != {1}:
        words.append("d" + joined(op.dilation))
    if "groups" in fields and op.groups != 1:
        words.append(f"g{op.groups}")
    if "offset_groups" in fields and op.offset_groups != 1:
        words.append(f"o{op.offset_groups}")
    return " ".join(words)


def joined(axes: Sequence[object]) -> str:
    """What all axes agree on, or each."""
    texts = list(map(str, axes))
    return texts[0] if len(set(texts)) == 1 else "x".join(texts)


def field(layer: LayerCost) -> str:
    """The receptive field: ``35``; ``35x11`` where axes differ, ``5-6`` where units do, and
    ``rgb 3, flow 5`` where inputs do."""
    return field_text(layer.receptive_fields)


def field_text(fields: Mapping[str, Sequence[AxisField]]) -> str:
    """A receptive field as :func:`field` writes it."""
    texts = {name: axes_field(axes) for name, axes in fields.items()}
    if len(set(texts.values())) > 1:
        return ", ".join(f"{name} {text}" for name, text in texts.items())
    return next(iter(texts.values()), "")


def axes_field(axes: Sequence[AxisField]) -> str:
    """The receptive field on one input: as :func:`field` writes it."""
    flags = {flag for axis in axes for flag in axis.flags}
    text = joined([_sizes(axis) for axis in axes])
    if DATA_DEPENDENT in flags and text != GLOBAL:
        text += "~"
    return text + ("!" if MISALIGNED in flags else "")


def _sizes(axis: AxisField) -> str:
    if GLOBAL in axis.flags:
        return GLOBAL
    if axis.size is None:
        return "?"
    return str(axis.size) if len(axis.sizes) == 1 else f"{axis.sizes[0]}-{axis.sizes[-1]}"


def _axes(layer: LayerCost) -> Sequence[AxisField]:
    return [axis for axes in layer.receptive_fields.values() for axis in axes]
