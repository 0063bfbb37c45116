"""Specs with blocks, repeats and tables: read again, they are the network that they were made of.

What is compared is the text's own reading, layer by layer, and the totals of both networks.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from random_graphs import grown
from running import ROOT

import convcost
from convcost.allowance import answering
from convcost.errors import ConvcostError
from convcost.loading import confirm
from convcost.network import Network
from convcost.ops import op_class
from convcost.ops.fields import build
from convcost.render.folding.spec import folded_spec, to_folded_spec
from convcost.render.spec import to_spec
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from running import Ran

    Run = Callable[..., Ran]

DATA = ROOT / "tests" / "data"
MODELS = sorted(
    (*DATA.glob("pt2/*.pt2"), *DATA.glob("onnx/*.onnx"), *DATA.glob("recomposed/*.onnx"))
)
SPECS = sorted((*(ROOT / "specs").rglob("*.yaml"), *DATA.glob("papers/*.yaml")))
WIDTH = 100


def written(network: Network) -> bool:
    """Whether there is a spec of a network at all."""
    try:
        to_spec(network)
    except ConvcostError:
        return False
    return True


def shares(network: Network) -> bool:
    owned = [weight for layer in network.layers for weight in {*layer.weights.values()}]
    return len(owned) > len({*owned})


def assert_folds(network: Network) -> str:
    text = to_folded_spec(network)
    confirm(text, network, any_order=True)
    again = convcost.load("folded.yaml", batch=network.batch, read=lambda _: text.encode())
    was, now = convcost.analyze(network), convcost.analyze(again)
    assert now.totals == was.totals
    over = convcost.analyze(network, inplace=True), convcost.analyze(again, inplace=True)
    assert over[0].totals == over[1].totals
    if network.batch == 1:
        assert again.expect["params"] == was.totals["params"]
        assert again.expect["macs"] == was.totals["macs"]
    return text


def loaded(path: Path) -> Network | None:
    try:
        network = convcost.load(str(path))
    except ConvcostError:
        return None
    return network if written(network) and not shares(network) else None


@pytest.mark.parametrize("path", [*MODELS, *SPECS], ids=lambda path: path.stem)
def test_what_is_folded_is_the_same_network(path: Path) -> None:
    network = loaded(path)
    if network is None:
        pytest.skip("there is no spec of it")
    text = assert_folds(network)
    assert folded_spec(network) == text


@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v2", "densenet121"])
def test_a_network_of_a_paper_is_short(run: Run, name: str) -> None:
    ran = run("expand", DATA / "pt2" / f"{name}.pt2")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert len(lines) < 60
    assert max(map(len, lines)) <= WIDTH
    assert "  - op: table" in lines
    assert any(line.startswith("expect: {params: ") for line in lines)


def test_what_is_expected_is_of_one_sample() -> None:
    network = convcost.load(str(DATA / "pt2" / "resnet18.pt2"), batch=8)
    text = to_folded_spec(network)
    again = convcost.load("folded.yaml", read=lambda _: text.encode())
    totals = convcost.analyze(again).totals
    assert again.expect == {name: totals[name] for name in ("params", "macs")}


def nameless(network: Network) -> Network:
    for number, layer in enumerate(network.layers):
        layer.name = layer.path = f"node{number}"
    return network


@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v2", "densenet121"])
def test_structure_alone_is_enough(name: str) -> None:
    text = assert_folds(nameless(convcost.load(str(DATA / "pt2" / f"{name}.pt2"))))
    assert len(text.splitlines()) < 60
    assert "node" not in text


def test_a_resnet_reads_as_in_its_paper() -> None:
    text = to_folded_spec(convcost.load(str(DATA / "pt2" / "resnet50.pt2")))
    rows = "[layer1, 3, 64, 1]", "[layer2, 4, 128, 2]", "[layer3, 6, 256, 2]", "[layer4, 3, 512, 2]"
    assert "".join(f"      - {row}\n" for row in rows) in text
    assert "name: downsample, when: in_channels != out_channels," in text
    assert "name: conv1," in text


def test_options_choose_the_form(run: Run) -> None:
    model, spec = DATA / "pt2" / "resnet18.pt2", ROOT / "specs" / "resnet18.yaml"
    assert "\nblocks:\n" in run("expand", model).out
    assert "\nblocks:\n" not in run("expand", model, "--flat").out
    assert "\nblocks:\n" not in run("expand", spec).out
    assert "\nblocks:\n" in run("expand", spec, "--blocks").out


@pytest.mark.parametrize("seed", range(150))
def test_random_graphs_fold(seed: int) -> None:
    network = grown(random.Random(seed), padded=seed % 2 == 1)
    if not network.layers:
        pytest.skip("nothing was possible")
    last = network.layers[-1].outputs
    network.outputs = {tensor.name: tensor for tensor in last}
    if written(network):
        assert_folds(network)


def made(rng: random.Random) -> Network:
    """A network of units that come again with other numbers, some of them with skips, that are read
    from afar now and then."""
    network = Network("made")
    x = network.inputs["x"] = Tensor("x", (1, 4, 8, 8))
    far = x

    def add(word: str, *inputs: Tensor, **fields: Any) -> Tensor:
        op = build(op_class(word), 2, fields)
        return network.add(f"n{len(network.layers)}", op, inputs).outputs[0]

    units = [
        [rng.choice(("conv", "norm", "relu", "depth")) for _ in range(rng.randint(1, 4))]
        for _ in range(3)
    ]
    for _ in range(rng.randint(2, 12)):
        entry, channels = x, rng.choice((4, 8))
        for word in rng.choice(units):
            if word == "conv":
                kernel = rng.choice((1, 3))
                x = add(
                    "conv",
                    x,
                    out_channels=channels,
                    kernel_size=kernel,
                    padding=kernel // 2,
                    bias=rng.random() < 0.2,
                )
            elif word == "norm":
                x = add("batch_norm", x)
            elif word == "depth":
                x = add(
                    "conv",
                    x,
                    out_channels=x.shape[1],
                    kernel_size=3,
                    padding=1,
                    groups=x.shape[1],
                    bias=False,
                )
            else:
                x = add("relu", x)
        kind = rng.random()
        if kind < 0.4 and entry.shape == x.shape and entry is not x:
            x = add("add", *rng.choice(((entry, x), (x, entry))))
        elif kind < 0.5 and entry is not x:
            x = add("concat", entry, x)
        elif kind < 0.55:
            x = add("concat", far, x)
        elif kind < 0.65:
            side = add("conv", entry, out_channels=x.shape[1], kernel_size=1)
            x = add(rng.choice(("add", "concat")), x, side)
        if rng.random() < 0.1:
            far = x
    network.outputs = {"x": x} | ({"far": far} if far is not x and rng.random() < 0.1 else {})
    return network


@pytest.mark.parametrize("seed", range(300))
def test_networks_of_units_fold(seed: int) -> None:
    assert_folds(made(random.Random(seed)))


@answering
def chain(count: int) -> Network:
    network = Network("chain")
    x = network.inputs["x"] = Tensor("x", (1, 4, 8, 8))
    for number in range(count):
        conv = build(op_class("conv"), 2, {"out_channels": 4, "kernel_size": 1, "bias": False})
        y = network.add(f"c{number}", conv, (x,)).outputs[0]
        y = network.add(f"b{number}", build(op_class("batch_norm"), 2, {}), (y,)).outputs[0]
        x = network.add(f"a{number}", build(op_class("add"), 2, {}), (y, x)).outputs[0]
    network.outputs["x"] = x
    return network


def test_what_comes_a_thousand_times_is_said_once() -> None:
    text = assert_folds(chain(1000))
    assert len(text.splitlines()) < 20
    assert "repeat: 1000" in text


UNITS = """
input: [8, 16, 16]
blocks:
  unit:
    args: {out: ~, stride: 1}
    layers:
      - op: residual
        body:
          - {op: conv_bn_relu, out_channels: out, kernel_size: 3, stride: stride}
          - {op: conv_bn, out_channels: out, kernel_size: 3}
        shortcut:
          - {op: avg_pool, when: stride != 1, kernel_size: 2}
          - {op: conv_bn, when: in_channels != out, out_channels: out}
      - relu
layers:
  - {op: unit, out: 8}
  - {op: unit, out: 8}
  - {op: unit, out: 16, stride: 2}
  - {op: unit, out: 16}
  - {op: unit, out: 32, stride: 2}
"""


def test_a_shortcut_that_the_first_unit_lacks(parsed: Callable[..., Network]) -> None:
    text = assert_folds(parsed(UNITS))
    assert text.count("op: residual") == 1
    assert "- when: in_channels != out_channels\n" in text


SKIPS = """
input: [8, 16, 16]
layers:
  - {op: double_conv, name: top, out_channels: 8, padding: 1}
  - {op: max_pool, kernel_size: 2}
  - {op: double_conv, name: middle, out_channels: 16, padding: 1}
  - {op: max_pool, kernel_size: 2}
  - {op: double_conv, name: bottom, out_channels: 32, padding: 1}
  - {op: up_step, name: up, from: [bottom, middle], out_channels: 16, padding: 1}
  - {op: up_step, name: out, from: [up, top], out_channels: 8, padding: 1}
"""


def test_what_passes_a_unet_by_is_called_by_its_name(parsed: Callable[..., Network]) -> None:
    text = assert_folds(parsed(SKIPS))
    assert "op: branches" not in text
    assert len(text.splitlines()) < 35


def test_units_with_optional_parts_are_one_block(run: Run) -> None:
    ran = run("expand", DATA / "pt2" / "mobilenet_v3_large.pt2")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert len(lines) < 70
    assert max(map(len, lines)) <= WIDTH
    assert ran.out.count("op: residual") == 3  # the unit, its gate, and where the unit is called
    assert (
        "{op: conv_norm_act, when: in_channels != width, out_channels: width, act: act}" in ran.out
    )
    rows = (
        "[1, 72, 0, 24, relu, 3, 1]",
        "[1, 72, 24, 40, relu, 5, 2]",
        "[2, 120, 32, 40, relu, 5, 1]",
    )
    assert "".join(f"      - {row}\n" for row in rows) in ran.out


OPTIONAL = """
input: [8, 16, 16]
blocks:
  unit:
    args: {mid: ~, act: relu, pooled: false, gated: false}
    layers:
      - op: residual
        body:
          - {op: conv_bn, out_channels: mid}
          - {op: relu, when: act == relu}
          - {op: silu, when: act == silu}
          - {op: avg_pool, when: pooled, kernel_size: 3, stride: 1, padding: 1}
          - {op: conv, out_channels: 4, kernel_size: 3, padding: 1}
          - {op: squeeze_excite, when: gated, mid: 4}
          - {op: conv_bn, out_channels: 8, kernel_size: 1}
layers:
  - {op: unit, mid: 32}
  - {op: unit, mid: 16, act: silu, gated: true}
  - {op: unit, mid: 24, pooled: true}
  - {op: unit, mid: 16, pooled: true, gated: true}
  - {op: unit, mid: 16, act: silu, gated: true}
"""


def test_an_entry_is_optional_by_an_argument_where_no_number_tells(
    parsed: Callable[..., Network],
) -> None:
    text = assert_folds(parsed(OPTIONAL))
    assert "args: {width: ~, act: relu, has_avg_pool: false, has_gate: true}" in text
    assert "{op: avg_pool, when: has_avg_pool, kernel_size: 3," in text
    assert "when: has_gate\n" in text
    assert "{op: silu, when: act == silu}" in text
    assert "      - [unit2, 16, silu, false, true]\n" in text
    assert text.count("op: global_avg_pool") == 1


def with_parts(rng: random.Random) -> Network:
    """Residuals, and bodies that stand alone, that have each of their parts or lack it."""
    network = Network("parts")
    x = network.inputs["x"] = Tensor("x", (1, 8, 8, 8))

    def add(word: str, *inputs: Tensor, **fields: Any) -> Tensor:
        op = build(op_class(word), 2, fields)
        return network.add(f"n{len(network.layers)}", op, inputs).outputs[0]

    def conv(x: Tensor, out: int, act: str = "", **fields: Any) -> Tensor:
        y = add("batch_norm", add("conv", x, out_channels=out, bias=False, **fields))
        return add(act, y) if act else y

    acts = rng.sample(("relu", "silu", "hard_swish", "tanh"), rng.randint(1, 3))
    for _ in range(rng.randint(2, 9)):
        entry, act, width = x, rng.choice(acts), rng.choice((8, 16, 24))
        if rng.random() < 0.6:
            x = conv(x, width, act, kernel_size=1)
        if rng.random() < 0.3:
            x = add("max_pool", x, kernel_size=3, stride=1, padding=1)
        grouped = rng.choice((1, x.shape[1]))
        x = conv(x, x.shape[1], act, kernel_size=3, padding=1, groups=grouped)
        if rng.random() < 0.5:
            gate = add("global_avg_pool", x)
            gate = add("relu", add("conv", gate, out_channels=rng.choice((2, 4)), kernel_size=1))
            gate = add("conv", gate, out_channels=x.shape[1], kernel_size=1)
            x = add("multiply", add("sigmoid", gate), x)
        x = conv(x, rng.choice((8, 8, 8, 16)), kernel_size=1)
        if entry.shape == x.shape and rng.random() < 0.8:
            x = add("add", x, entry)
    network.outputs = {"x": x}
    return network


@pytest.mark.parametrize("seed", range(150))
def test_networks_of_units_with_parts_fold(seed: int) -> None:
    assert_folds(with_parts(random.Random(seed)))


def test_what_is_not_read_as_the_network_gives_way_to_what_is(
    parsed: Callable[..., Network], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(text: str, network: Network, **options: bool) -> None:
        if "act: act" in text:
            raise ConvcostError("it would be read as another network")
        confirm(text, network, **options)

    network = parsed(OPTIONAL)
    monkeypatch.setattr("convcost.render.folding.spec.confirm", refused)
    text = folded_spec(network)
    assert text is not None
    assert "when: has_avg_pool" in text
    assert "act" not in text.partition("layers:")[0]
    confirm(text, network, any_order=True)
