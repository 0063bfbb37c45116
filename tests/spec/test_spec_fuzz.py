"""Whatever stands in a file: a network whose conditions hold, or a SpecError, and soon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from spec_support import SPECS, network

from convcost.applied import check
from convcost.errors import SpecError

if TYPE_CHECKING:
    from convcost.network import Network

TEXTS = [path.read_text("utf-8") for path in SPECS]


def read(text: str | bytes, **asked: Any) -> Network | None:
    """The network of a text, or None with a message that can be shown."""
    said = "-"
    net = None
    try:
        net = network(text, **asked)
    except SpecError as error:
        said = str(error)
    assert said
    assert "\x1b" not in said
    if net is not None:
        holds(net)
    return net


def holds(net: Network) -> None:
    """Check the invariants of every network."""
    known = set(net.inputs.values())
    names: set[str] = set()
    for layer in net.layers:
        check(layer.op, layer.input_shapes)
        assert layer.name not in names
        names.add(layer.name)
        assert set(layer.inputs) <= known
        known |= set(layer.outputs)
        assert tuple(tensor.shape for tensor in layer.outputs) == layer.op.outputs(
            *layer.input_shapes
        )
        shapes = {**layer.op.weights(*layer.input_shapes), **layer.op.buffers(*layer.input_shapes)}
        assert {role: weight.shape for role, weight in layer.weights.items()} == shapes
        assert all(size >= 1 for tensor in layer.outputs for size in tensor.shape)
        assert layer.source is not None
    assert set(net.outputs.values()) <= known
    assert net.outputs


# Texts

WORDS = """
input inputs layers vars blocks outputs expect budget args op name from when repeat share body
shortcut skip join paths split columns rows of like conv linear relu residual branches table concat
add crop pad upsample flatten split max_pool batch_norm conv_bn squeeze_excite bottleneck inception
out_channels kernel_size stride padding groups bias size scale_factor in_channels in_height i same
valid true no ~ 0 1 2 3 -1 8 64 0.5 1e3 010 .inf 16:9 10**9 1e99 n k x a.b [3,8,8] [1] [] {} [[]]
min(1, "max(a,b)" "1+" '"' "'" & * *a &a << !!str !x | > % @ ` # --- ... é 😀
"""

pieces = st.sampled_from(
    [*WORDS.split(), "\t", "\u2028", "\x85", "\x07", "\n", "\n  ", "\n    ", "\n- ", "\n  - "]
)
marks = st.sampled_from([": ", ": ", ": ", ", ", "{", "}", "[", "]", " ", "- ", "\n"])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(pieces, marks), max_size=60).map("".join))
def test_pieces_of_yaml(text: str) -> None:
    read(text)
    read("input: [3, 8, 8]\nlayers:\n  - " + text)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=200), st.binary(max_size=200)))
def test_any_text(text: str | bytes) -> None:
    read(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=30), st.lists(pieces, max_size=6).map(" ".join)))
def test_any_setting(text: str) -> None:
    spec = "input: [3, 8, 8]\nvars: {k: 3}\nlayers: [{op: conv, out_channels: k, kernel_size: k}]\n"
    read(spec, settings={"k": text})


# Specs that are nearly right

NASTY = [
    *("", "~", "0", "-1", "1", "3", "1e9", "10**9", "2**64", "0.5", "1/0", "no", "same", "add"),
    *("nothing", "input", "i", "in_channels", "in_height", "relu", "conv", "residual", "table"),
    *("[", "]", "{", "}", "[]", "{}", "[1, 2]", "[[1, 2], 3]", "{a: 1}", ":", ",", "-", "#", "'"),
    *('"', "&a", "*a", "!!x", "<<", "|", ">", "\t", "\u2028", "é", "x" * 50, "(" * 20, "min(1, 2)"),
    *("stem", "conv1", "layers", "op", "name", "from", "repeat", "when", "share", "body", "paths"),
    *("a.b", "0.body", "{op: relu}", "[relu]", "{op: conv}", "- relu", "*", "lambda: 1"),
]  # fmt: skip


def mutated(text: str, draw: Any) -> str:
    """The text with one thing wrong."""
    lines = text.splitlines()
    at: int = draw(st.integers(0, max(0, len(lines) - 1)))
    other: int = draw(st.integers(0, max(0, len(lines) - 1)))
    match draw(st.integers(0, 7)) if lines else 7:
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[other])
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines[at] = "  " * draw(st.integers(0, 3)) + lines[at].lstrip()
        case 4:
            del lines[at:other]
        case 5:
            cut = draw(st.integers(0, len(lines[at])))
            lines[at] = lines[at][:cut] + draw(st.sampled_from(NASTY)) + lines[at][cut:]
        case _:
            words = lines[at].split(" ") if lines else []
            if words:
                words[draw(st.integers(0, len(words) - 1))] = draw(st.sampled_from(NASTY))
                lines[at] = " ".join(words)
    return "\n".join(lines) + "\n"


@st.composite
def nearly_right(draw: Any) -> str:
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        text = mutated(text, draw)
    return text


@settings(max_examples=300, deadline=None)
@given(nearly_right())
def test_specs_that_are_nearly_right(text: str) -> None:
    read(text)


# Specs that are right

channels = st.sampled_from(["8", "4 * n", "in_channels", "make_divisible(in_channels, 8)", "c"])


def flow(fields: dict[str, str]) -> str:
    return "{" + ", ".join(f'{key}: "{value}"' for key, value in fields.items()) + "}"


@st.composite
def keeps_size(draw: Any, depth: int = 0) -> str:
    """An entry of layers that keeps the height and width, with any channels."""
    kind = draw(st.integers(0, 4 if depth > 2 else 9))
    if kind <= 1:
        return draw(st.sampled_from(["relu", "batch_norm", "dropout", "sigmoid", "relu6"]))
    if kind <= 3:
        kernel = draw(st.sampled_from(["1", "3", "k", "[3, 5]", "[1, k]"])).strip('"')
        return (
            f'{{op: conv, out_channels: "{draw(channels)}", kernel_size: {kernel}, '
            f"padding: same, bias: {draw(st.sampled_from(['true', 'no', 'n == 1']))}}}"
        )
    if kind == 4:
        return flow({"op": "unit", "d": draw(st.sampled_from(["1", "2"]))})
    inner = draw(entries(depth + 1))
    if kind == 5:
        return f"{{repeat: {draw(st.integers(0, 3))}, layers: {inner}}}"
    if kind == 6:
        return f"{{when: n == {draw(st.integers(1, 2))}, layers: {inner}}}"
    if kind == 7:
        last = '{op: conv, out_channels: "c", kernel_size: 1}'
        return f"{{op: residual, body: [{{layers: {inner}}}, {last}], shortcut: [{last}]}}"
    if kind == 8:
        return f"{{op: branches, paths: [{inner}, [], {draw(entries(depth + 1))}]}}"
    rows = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    return f"{{op: table, columns: [c], rows: {[[row] for row in rows]}, layers: {inner}}}"


@st.composite
def entries(draw: Any, depth: int = 0) -> str:
    return "[" + ", ".join(draw(st.lists(keeps_size(depth), max_size=3))) + "]"


@st.composite
def right(draw: Any) -> str:
    head = f"""\
input: [{draw(st.integers(1, 8))}, 16, {draw(st.integers(7, 16))}]
vars: {{n: {draw(st.integers(1, 2))}, k: "2 * n + 1", c: 6}}
blocks:
  unit:
    args: {{d: 1, mid: in_channels * d}}
    layers:
      - {{op: conv, out_channels: mid, kernel_size: k, padding: same, groups: in_channels}}
      - {{op: conv_bn_relu, out_channels: c}}
layers:
"""
    body: str = draw(entries())
    lines = [f"  - {{name: part{n}, layers: {body}}}" for n in range(draw(st.integers(1, 2)))]
    lines.append("  - {op: max_pool, kernel_size: 2, ceil_mode: true}")
    lines.append("  - {op: linear, out_features: 10}")
    return head + "\n".join(lines) + "\n"


@settings(max_examples=150, deadline=None)
@given(right())
def test_specs_that_are_right(text: str) -> None:
    net = network(text)
    holds(net)
    assert net.layers[-1].outputs[0].shape[-1] == 10


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_specs_that_were_right(data: Any) -> None:
    text = data.draw(right())
    for _ in range(data.draw(st.integers(1, 3))):
        text = mutated(text, data.draw)
    read(text)
