"""Words for convolutions with their norms and activations: the library's, or the spec's own."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from convcost.ops import op_class
from convcost.render.folding.columns import usual
from convcost.render.folding.items import ACT, OPTIONAL, Item, Text, last_uses, lists_in

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from convcost.render.folding.items import Value
    from convcost.tensor import Tensor

LIBRARY = {"": "conv_bn", "relu": "conv_bn_relu", "relu6": "conv_bn_relu6"}
"""The library's words, by the activation behind the norm."""

DEFAULTS: dict[str, Value] = {
    "kernel_size": 1,
    "stride": 1,
    "dilation": 1,
    "padding": None,
    "groups": 1,
}
"""What the library's words have unless told otherwise; of the padding, that which keeps the size
at an odd kernel."""

KEEPS = "dilation * (kernel_size - 1) // 2"
LEAST = 3  # layers for which there is a word of the spec's own


class Kind(NamedTuple):
    """The traits that all layers written with one word share, whatever their arguments."""

    bias: bool
    norm: tuple[tuple[str, Value], ...] | None
    act: str
    act_values: tuple[tuple[str, Value], ...] = ()
    choices: tuple[Kind, ...] = ()  # that an argument says the activation of


class Word(NamedTuple):
    """A word of the spec's own: a convolution of some arguments, and what follows it."""

    name: str
    kind: Kind
    args: Mapping[str, Value]
    layers: Sequence[Item]


def say_words(
    items: list[Item],
    outputs: Sequence[Tensor],
    taken: Collection[str],
    unsaid: Collection[Kind] = (),
    *,
    joined: bool = False,
) -> list[Word]:
    """Write convolutions with their norms and activations as one entry.

    Args:
        items: the entries of a network.
        outputs: the tensors that are its outputs.
        taken: words that mean something else.
        unsaid: what gets no word.
        joined: whether what differs in the activation alone gets one word, with an argument.

    Returns:
        The words that the spec needs for that.
    """
    chains = {id(part): _chains(part, outputs if part is items else ()) for part in lists_in(items)}
    counts = Counter(kind for found in chains.values() for _, kind in found.values())
    names: dict[Kind, str] = {}
    used = set(taken)
    whole = _joined(counts, unsaid) if joined else {}
    for kind in dict.fromkeys(whole.values()):
        names[kind] = _name(kind, used)
        used.add(names[kind])
    for kind, count in counts.items():
        if kind in whole:
            names[kind] = names[whole[kind]]
            continue
        name = _of_library(kind)
        if name is None and count >= LEAST and kind not in unsaid:
            name = _name(kind, used)
            used.add(name)
        if name is not None:
            names[kind] = name
    said: dict[Kind, list[Item]] = {}
    for part in lists_in(items):
        part[:] = _with_words(part, chains[id(part)], names, said)
    _say_choices(whole, said)
    return [_word(names[kind], kind, own) for kind, own in said.items() if not _of_library(kind)]


def _joined(counts: Mapping[Kind, int], unsaid: Collection[Kind]) -> dict[Kind, Kind]:
    """Kinds that differ in the activation alone, each with the one that stands for all of them."""
    alike: dict[object, list[Kind]] = {}
    for kind in counts:
        if kind.act:
            alike.setdefault((kind.bias, kind.norm), []).append(kind)
    found: dict[Kind, Kind] = {}
    for own in alike.values():
        kind = Kind(own[0].bias, own[0].norm, ACT, (), tuple(own))
        acts = {one.act for one in own}
        often = sum(counts[one] for one in own) >= LEAST and kind not in unsaid
        if 1 < len(own) == len(acts) and often:
            found |= dict.fromkeys(own, kind)
    return found


def _say_choices(whole: Mapping[Kind, Kind], said: dict[Kind, list[Item]]) -> None:
    """Have the entries of joined kinds say their activation, unless it is the usual one."""
    for one, kind in whole.items():
        for item in said[one]:
            item.values[ACT] = one.act
        said.setdefault(kind, []).extend(said.pop(one))
    for kind in dict.fromkeys(whole.values()):
        usually = usual([item.values[ACT] for item in said[kind]])
        for item in said[kind]:
            item.defaults = DEFAULTS if usually is None else {**DEFAULTS, ACT: usually}


def _of_library(kind: Kind) -> str | None:
    plain = not kind.bias and kind.norm == () and not kind.act_values
    return LIBRARY.get(kind.act) if plain else None


def _name(kind: Kind, taken: Collection[str]) -> str:
    act = f"_{kind.act}" if kind.act else ""
    norm = "" if kind.norm is None else "_norm" if kind.norm else "_bn"
    name, number = f"conv{norm}{act}", 2
    while name in taken:
        name, number = f"conv{norm}{act}_{number}", number + 1
    return name


def _chains(
    items: Sequence[Item], outputs: Sequence[Tensor]
) -> dict[int, tuple[Sequence[Item], Kind]]:
    """Convolutions of a list with what follows them alone, by their places."""
    uses = last_uses(items, outputs)
    readers = Counter(tensor for item in items for tensor in item.reads)
    found: dict[int, tuple[Sequence[Item], Kind]] = {}
    for place, item in enumerate(items):
        if not _is_plain(item):
            continue
        chain = [item]
        for after in items[place + 1 : place + 3]:
            (made,) = chain[-1].outputs
            alone = readers[made] == 1 and uses.get(made) == place + len(chain)
            norm = after.word == "batch_norm" and len(chain) == 1
            if not alone or not (norm or _is_act(after)) or len(after.reads) > 1:
                break
            chain.append(after)
            if not norm:
                break
        if len(chain) > 1:
            found[place] = (chain, _kind(chain))
    return found


def _is_plain(item: Item) -> bool:
    fits = item.word == "conv" and len(item.reads) == 1
    return fits and not {"dtype", "weights"} & item.values.keys()


def _is_act(item: Item) -> bool:
    plain = not item.parts and not {"dtype", "weights"} & item.values.keys()
    return plain and op_class(item.word).beside == "act"


def _kind(chain: Sequence[Item]) -> Kind:
    norm = _odd(chain[1]) if chain[1].word == "batch_norm" else None
    act = chain[-1] if _is_act(chain[-1]) else None
    word, values = (act.word, _odd(act)) if act else ("", ())
    return Kind(chain[0].values["bias"] is True, norm, word, values)


def _odd(item: Item) -> tuple[tuple[str, Value], ...]:
    """The values of an entry that are not default."""
    return tuple(
        (name, value)
        for name, value in item.values.items()
        if name not in item.defaults or item.defaults[name] != value
    )


def _with_words(
    items: Sequence[Item],
    chains: Mapping[int, tuple[Sequence[Item], Kind]],
    names: Mapping[Kind, str],
    said: dict[Kind, list[Item]],
) -> list[Item]:
    found: list[Item] = []
    place = 0
    while place < len(items):
        chain, kind = chains.get(place, ((), None))
        if kind is None or kind not in names:
            found.append(items[place])
            place += 1
            continue
        found.append(_said(names[kind], chain))
        said.setdefault(kind, []).append(found[-1])
        place += len(chain)
    return found


def _said(word: str, chain: Sequence[Item]) -> Item:
    conv, last = chain[0], chain[-1]
    values = {name: conv.values[name] for name in ("out_channels", *DEFAULTS)}
    kernel, dilation = values["kernel_size"], values["dilation"]
    numbers = isinstance(kernel, int) and isinstance(dilation, int)
    if numbers and values["padding"] == dilation * (kernel - 1) // 2:
        values["padding"] = None
    item = Item(word, values, conv.reads, last.outputs, (conv.start, last.stop))
    item.defaults, item.kind = DEFAULTS, conv.kind
    return item


def _word(name: str, kind: Kind, own: Sequence[Item]) -> Word:
    """The block of a word, with the arguments that some layer gives."""
    given = [arg for arg in DEFAULTS if any(item.values[arg] != DEFAULTS[arg] for item in own)]
    args: dict[str, Value] = {"out_channels": None}
    keeps = KEEPS if "dilation" in given else "(kernel_size - 1) // 2"
    for arg in given:
        args[arg] = Text(keeps) if arg == "padding" else DEFAULTS[arg]
    values: dict[str, Value] = {arg: Text(arg) for arg in args}
    if "padding" not in given and "kernel_size" in given:
        values["padding"] = Text(keeps)
    values.setdefault("kernel_size", 1)
    if not kind.bias:
        values["bias"] = False
    layers = [Item("conv", values, (), (), (0, 0))]
    if kind.norm is not None:
        layers.append(Item("batch_norm", dict(kind.norm), (), (), (0, 0)))
    if kind.choices:
        args[ACT] = own[0].defaults.get(ACT)
        layers += map(_choice, kind.choices)
    elif kind.act:
        layers.append(_act(kind))
    return Word(name, kind, args, layers)


def _act(kind: Kind) -> Item:
    return Item(kind.act, dict(kind.act_values), (), (), (0, 0))


def _choice(kind: Kind) -> Item:
    """An activation that is there where the argument names it."""
    when = {"when": Text(f"{ACT} == {kind.act}")}
    return Item(OPTIONAL, when, (), (), (0, 0), {"layers": [_act(kind)]})
