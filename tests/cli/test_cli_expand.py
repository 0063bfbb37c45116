"""``expand`` writes a spec that says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from running import ROOT

import convcost

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]

SPECS = sorted((ROOT / "specs").rglob("*.yaml"))
every_spec = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)


def assert_expands_to_itself(
    before: convcost.Network, flat: str, parsed: Callable[..., convcost.Network]
) -> None:
    was, now = convcost.analyze(before), convcost.analyze(parsed(flat))
    assert now.network.name == was.network.name
    assert now.totals == was.totals
    for a, b in zip(now.layers, was.layers, strict=True):
        assert a.layer.op == b.layer.op
        assert [tensor.name for tensor in a.layer.inputs] == [t.name for t in b.layer.inputs]
        assert a._replace(layer=b.layer, source=b.source) == b
        assert f"# {b.source}\n" in flat
    assert [t.name for t in now.network.outputs.values()] == [
        t.name for t in was.network.outputs.values()
    ]


@every_spec
def test_expand_loads_again_to_the_same_analysis(
    run: Run, parsed: Callable[..., convcost.Network], spec: Path
):
    code, flat, err = run("expand", spec)
    assert (code, err) == (0, "")
    assert_expands_to_itself(convcost.load(str(spec)), flat, parsed)


def test_expand_takes_settings_and_inputs(run: Run, parsed: Callable[..., convcost.Network]):
    path = ROOT / "specs" / "mobilenet_v2.yaml"
    _, flat, _ = run("expand", path, "--set", "width=0.5", "--input", "3x96x96")
    before = convcost.load(str(path), settings={"width": "0.5"}, inputs={"": (3, 96, 96)})
    assert_expands_to_itself(before, flat, parsed)


@pytest.mark.parametrize(
    "text",
    [
        """  # names inside that mean something else outside
input: [4, 9, 9]
layers:
  - {op: conv, name: a, out_channels: 4, kernel_size: 1}
  - name: b
    layers:
      - {op: relu, name: c}
      - {op: conv, name: a, out_channels: 4, kernel_size: 3, padding: 1}
      - name: b
        layers:
          - {op: relu, name: c}
          - {op: add, name: a, from: [c, b.a]}
      - {op: add, from: [a, b]}
  - {op: add, from: [a, b.a, b.b.a, b.c, b]}
""",
        """  # every kind of value
inputs: {true: [4, 9, 9], "2": [4, 9, 9]}
outputs: [k, parts.1, sum]
layers:
  - {op: add, name: sum, from: ["2", true]}
  - {op: conv, name: k, out_channels: 8, kernel_size: [1, 2], padding: [[1, 2], [0, 3]], groups: 2}
  - {op: batch_norm, name: n, eps: 1/1000000}
  - {op: leaky_relu, name: l, negative_slope: 2}
  - {op: dropout, name: d, p: 1/3}
  - {op: upsample, name: u, scale_factor: [3/2, 2]}
  - {op: pad, name: p, padding: [[1, 1], [2, 2]], mode: reflect}
  - {op: max_pool, name: m, kernel_size: 3, stride: 2, ceil_mode: true}
  - {op: crop, name: w, size: 4, start: [0, 1]}
  - {op: split, name: parts, sizes: [3, 5]}
  - {op: conv, name: "1", from: parts.1, out_channels: 5, kernel_size: 1}
  - {op: conv, name: "01", out_channels: 5, kernel_size: 1, share: "1"}
  - {op: permute, name: x, dims: [2, 3, 1]}
  - {op: reshape, name: r, shape: [16, -1]}
  - {op: flatten, name: f, start_dim: 2}
  - {op: softmax, name: "no", dim: 2}
""",
    ],
)
def test_expand_says_every_name_and_value(
    run: Run, parsed: Callable[..., convcost.Network], tmp_path: Path, text: str
):
    path = tmp_path / "net.yaml"
    path.write_text(text.partition("\n")[2])
    code, flat, err = run("expand", path)
    assert (code, err) == (0, "")
    assert_expands_to_itself(convcost.load(str(path)), flat, parsed)


def test_words_that_yaml_would_cut_are_quoted(
    parsed: Callable[..., convcost.Network],
):
    from convcost.render.spec import to_spec

    layers = '  - {op: einsum, from: [a, b], equation: "bij,bjk->bik"}\n'
    network = parsed(f"inputs: {{a: [3, 4], b: [4, 5]}}\nlayers:\n{layers}")
    assert 'equation: "bij,bjk->bik"' in to_spec(network)
    assert_expands_to_itself(network, to_spec(network), parsed)
