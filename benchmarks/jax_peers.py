"""Compare XLA's cost analysis of specs written in jax with its convention.

By hand, where jax is installed::

    PYTHONPATH=. python benchmarks/jax_peers.py mobilenet_v2 resnet18
    PYTHONPATH=. python benchmarks/jax_peers.py --rows tests/data/xla_totals.csv --all
    PYTHONPATH=. python benchmarks/jax_peers.py --compiled resnet18
    PYTHONPATH=. python benchmarks/jax_peers.py --of-layers tests/data/xla_layers.csv

Each layer of a spec becomes what flax.linen calls for it in eval mode, channels first, at batch 1.
``jax.jit(f).lower(x).cost_analysis()`` is of the program as jax wrote it, and so the same for every
backend. ``--compiled`` adds that of the compiled program, which has other figures for each backend
and version, because fused loops repeat some operations and leave out others.

XLA adds up in single precision, which rounds sums beyond 16.7 million. So totals to the unit are
sums over the operations of the program, each lowered by itself; ``whole`` is of the whole network.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

import argparse
import csv
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp

import convcost
from benchmarks.jax_layers import MAKERS
from convcost.ops import op_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.network import Layer, Network

NETWORKS = (
    *("alexnet", "vgg16", "googlenet", "resnet18", "resnet50", "densenet121", "mobilenet_v1"),
    *("mobilenet_v2", "mobilenet_v3_large", "efficientnet_b0", "unet", "vit_b_16"),
    *("squeezenet1_1", "shufflenet_v2_x1_0", "inception_v3", "convnext_tiny", "xception"),
    *("regnet_y_400mf", "context_network", "dcgan_generator", "c3d", "m5"),
)
COLUMNS = ("network", "by_operation", "whole", "jax", "program")


def main() -> None:
    """Print a line a network."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--all", action="store_true", help="networks that are known here")
    parser.add_argument("--compiled", action="store_true", help="the compiled program, too")
    parser.add_argument("--layers", action="store_true", help="print layers that are apart")
    parser.add_argument("--rows", type=Path, help="a file of totals to write to")
    parser.add_argument("--of-layers", type=Path, help="a file of layers, whose totals are renewed")
    asked = parser.parse_args()
    print(f"jax {jax.__version__}, {jax.default_backend()}")
    if asked.of_layers is not None:
        renew(asked.of_layers)
    for name in [*asked.names, *(NETWORKS if asked.all else ())]:
        network = convcost.load(name)
        (ours,) = convcost.reconcile(network, "xla").tools
        each, program = [_layer_flops(layer) for layer in network.layers], lowered(network)
        whole = int(program.cost_analysis()["flops"])
        apart = f"{ours.total - sum(each):+,}, {len(ours.unknown)} layers unknown"
        print(f"{name:20} {sum(each):15,} {ours.total:15,}  {apart}, whole {whole:,}", flush=True)
        if asked.layers:
            for layer, printed, of in zip(network.layers, each, ours.layers, strict=True):
                if printed != of.total:
                    print(f"    {layer.name:30} {of.cost.op:18} {printed:12,} {of.total:12,}")
        if asked.compiled:
            print(f"{'':20} compiled {int(program.compile().cost_analysis()['flops']):,}")
        if asked.rows is not None:
            keep(asked.rows, name, sum(each), whole)


def renew(path: Path) -> None:
    """Write what is printed of small networks into a file of them."""
    with path.open() as file:
        rows = [*csv.DictReader(file)]
    for row in rows:
        lines = "".join(f"  - {layer}\n" for layer in row["layers"].split("; "))
        shape = row["input"].replace("x", ", ")
        text = f"name: small\ninput: [{shape}]\nlayers:\n{lines}"
        network = convcost.load("small.yaml", read=partial(_encoded, text))
        (ours,) = convcost.reconcile(network, "xla").tools
        row["printed"] = str(int(lowered(network).cost_analysis().get("flops", 0)))
        row["jax"] = jax.__version__
        apart = ours.total - int(row["printed"])
        print(f"{row['input']:10} {row['layers']:80} {row['printed']:>8} {apart:+}")
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _encoded(text: str, path: str) -> bytes:  # noqa: ARG001
    return text.encode()


def keep(path: Path, name: str, each: int, whole: int) -> None:
    """Write the totals of a network into a file of them."""
    rows: dict[str, dict[str, object]] = {}
    if path.exists():
        with path.open() as file:
            rows = {row["network"]: {**row} for row in csv.DictReader(file)}
    row = (name, each, whole, jax.__version__, "lowered")
    rows[name] = dict(zip(COLUMNS, row, strict=True))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter[str](file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows.values())


def lowered(network: Network) -> Any:
    """A network as a program of jax, with its weights as arguments."""
    arrays = {layer: _arrays(layer) for layer in network.layers}
    given = {name: _array(tensor.shape) for name, tensor in network.inputs.items()}

    def run(inputs: Mapping[str, Any], weights: Sequence[Mapping[str, Any]]) -> list[Any]:
        values: dict[Any, Any] = {tensor: inputs[name] for name, tensor in network.inputs.items()}
        for layer, own in zip(network.layers, weights, strict=True):
            made = MAKERS[op_name(type(layer.op))](layer, own, *(values[x] for x in layer.inputs))
            made = made if isinstance(made, (list, tuple)) else [made]
            values.update(zip(layer.outputs, made, strict=True))
        return [values[tensor] for tensor in network.outputs.values()]

    return jax.jit(run).lower(given, [arrays[layer] for layer in network.layers])


def _layer_flops(layer: Layer) -> int:
    make = MAKERS[op_name(type(layer.op))]
    inputs = map(_array, layer.input_shapes)
    traced = jax.make_jaxpr(lambda own, *xs: make(layer, own, *xs))(_arrays(layer), *inputs)
    return sum(_each_flops(traced.jaxpr))


def _each_flops(program: Any) -> Iterator[int]:
    """The flops of each operation of a program, lowered by itself: a sum of them may be rounded."""
    for step in program.eqns:
        inner = step.params.get("jaxpr") or step.params.get("call_jaxpr")
        if hasattr(inner, "jaxpr"):
            yield from _each_flops(inner.jaxpr)
            continue
        key = (str(step.primitive), str(step.params), *(str(x.aval) for x in step.invars))
        if key not in _KEPT:
            run = partial(step.primitive.bind, **step.params)
            given = [_array(x.aval.shape, x.aval.dtype) for x in step.invars]
            _KEPT[key] = int(jax.jit(run).lower(*given).cost_analysis().get("flops", 0))
        yield _KEPT[key]


_KEPT: dict[object, int] = {}


def _arrays(layer: Layer) -> dict[str, Any]:
    return {role: _array(of.shape) for role, of in layer.weights.items()}


@cache
def _array(shape: tuple[int, ...], dtype: Any = jnp.float32) -> Any:
    return jax.ShapeDtypeStruct(shape, dtype)


if __name__ == "__main__":
    main()
