"""Specs written as modules of PyTorch, run there, exported and read again: figures beside ours.

By hand, where torch and torchvision are installed::

    PYTHONPATH=. python benchmarks/round_trip.py                  # all of specs/ and of the papers
    PYTHONPATH=. python benchmarks/round_trip.py specs/unet.yaml
    PYTHONPATH=. python benchmarks/round_trip.py --values specs/m5.yaml  # outputs, too
    PYTHONPATH=. python benchmarks/round_trip.py --ops            # outputs of every op's examples
    PYTHONPATH=. python benchmarks/round_trip.py --random 200     # outputs of random graphs
    PYTHONPATH=. python benchmarks/round_trip.py --fixtures tests/data/torch specs/m5.yaml ...

A module is made on the meta device. Params are held against its ``numel()``, MACs against half of
what ``FlopCounterMode`` says, output shapes against those that it makes; then it is exported, and
the file that ``torch.export.save`` writes is read and analysed. ``--values`` gives the module the
executor's weights, and compares outputs.
"""

# pyright: reportMissingImports=false, reportUnknownMemberType=false
from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import convcost
from convcost.errors import ConvcostError
from convcost.execution.forward import execute, given, seeded
from convcost.executor.namespace import Plain
from convcost.exporters.torch import written_classes
from convcost.exporters.torch.places import places
from convcost.exporters.torch.values import array_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.exporters.torch.classes import Classes
    from convcost.exporters.torch.tree import Group
    from convcost.network import Network

HERE = Path(__file__).parent.parent
SAME = ("params", "macs")
NEARLY = ("multiplies", "adds", "divides", "comparisons", "transcendentals")
CLOSE = 1e-3


def main() -> None:
    """Print a line a network."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("specs", nargs="*")
    parser.add_argument("--values", action="store_true", help="compare outputs, too")
    parser.add_argument("--ops", action="store_true", help="outputs of every op's examples")
    parser.add_argument("--fixtures", type=Path, help="folder for what is written and exported")
    parser.add_argument("--random", type=int, default=0, help="outputs of so many random graphs")
    asked = parser.parse_args()
    sys.path.append(str(HERE / "tests"))
    if asked.random:
        sys.exit(_random(asked.random))
    if asked.ops:
        sys.exit(_ops())
    paths = asked.specs or sorted(
        str(path)
        for folder in ("specs", "tests/data/papers")
        for path in (HERE / folder).rglob("*.yaml")
    )
    wrong = 0
    print(f"{'spec':32} {'params':>12} {'MACs':>16} {'FLOPs / 2':>16}  otherwise")
    for path in paths:
        try:
            wrong += _tried(path, asked.values, asked.fixtures)
        except ConvcostError as error:
            print(f"{_short(path):32} refused: {str(error).splitlines()[-1]}")
            wrong += 1
        except Exception as error:
            wrong += 1
            print(f"{_short(path):32} {type(error).__name__}: {str(error).strip()[:200]}")
    if asked.fixtures is not None:
        rows = (f"{Path(path).stem},{path}" for path in paths)
        (asked.fixtures / "specs.csv").write_text("\n".join(("name,spec", *rows, "")))
    print(f"{len(paths)} specs, {wrong} of them otherwise")
    sys.exit(bool(wrong))


def _short(path: str) -> str:
    return "/".join(Path(path).parts[-2:])


def _tried(path: str, values: bool, fixtures: Path | None) -> int:
    network = convcost.load(path)
    text, classes, root = written_classes(network)
    import torch

    with torch.device("meta"):
        module = _built(text, classes.all[-1].name).eval()
    if len([*module.named_parameters(remove_duplicate=False)]) > len([*module.parameters()]):
        module = _built(text, classes.all[-1].name).eval()  # a file without arrays cannot tell
    total = convcost.analyze(network).totals
    module.requires_grad_(False)
    odd: list[str] = []
    numel = sum(parameter.numel() for parameter in module.parameters())
    if numel != total["params"]:
        odd.append(f"numel {numel:,}")
    flops, shapes = _counted(module, network)
    ours = [list(tensor.shape) for tensor in network.outputs.values()]
    if shapes != ours:
        odd.append(f"makes {shapes}, not {ours}")
    if flops != total["macs"] - _unseen(network):
        odd.append("FLOPs")
    odd += _read_again(module, network, fixtures and fixtures / f"{Path(path).stem}.pt2")
    if fixtures is not None:
        (fixtures / f"{Path(path).stem}.txt").write_text(text)
    if values:
        odd += _compared(text, network, classes, root)
    print(
        f"{_short(path):32} {total['params']:12,} {total['macs']:16,} {flops:16,}  {'; '.join(odd)}"
    )
    return any(not what.startswith("(") for what in odd)


def _unseen(network: Network) -> int:
    """MACs of what ``FlopCounterMode`` does not know: torchvision's deformable convolutions."""
    costs: Any = convcost.analyze(network).layers
    return sum(cost.counts["macs"] for cost in costs if cost.op == "deform_conv")


def _built(text: str, name: str) -> Any:
    space: dict[str, Any] = {}
    exec(compile(text, "written.py", "exec"), space)
    return space[name]()


def _counted(module: Any, network: Network) -> tuple[int, list[list[int]]]:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as mode, torch.no_grad():
        made = module(*_inputs(network, module))
    outputs = made if isinstance(made, tuple) else (made,)
    return mode.get_total_flops() // 2, [list(tensor.shape) for tensor in outputs]


def _inputs(network: Network, module: Any) -> tuple[Any, ...]:
    """Inputs where the module's arrays are."""
    import torch

    device = next((parameter.device for parameter in module.parameters()), "meta")
    return tuple(
        torch.zeros(tensor.shape, device=device, dtype=getattr(torch, tensor.dtype))
        for tensor in network.inputs.values()
    )


def _read_again(module: Any, network: Network, path: Path | None) -> Iterator[str]:
    """Export the module, read the file and compare all totals."""
    import torch

    program = torch.export.export(module, _inputs(network, module), strict=False)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "net.pt2"
        torch.export.save(program, file)
        if path is not None:
            from exported import without_traces

            without_traces(file, path)
        again = convcost.load(file)
    yield from again.unknown[:3]
    if again.batch != network.batch:
        yield f"batch {again.batch}"
    a, b = convcost.analyze(network).totals, convcost.analyze(again).totals
    for name in SAME:
        if a[name] != b[name]:
            yield f"{name} {b[name]:,}"
    for name in NEARLY:  # where PyTorch writes a layer in others, or crops a map later
        if a[name] != b[name]:
            yield f"({name} {b[name]:,})"
    if [t.shape for t in again.outputs.values()] != [t.shape for t in network.outputs.values()]:
        yield "shapes of outputs"


def _compared(text: str, network: Network, classes: Classes, root: Group) -> Iterator[str]:
    """The largest difference of outputs, with the executor's weights."""
    import torch

    module = _built(text, classes.all[-1].name).eval()
    arrays = seeded(0)
    state = module.state_dict()
    names = dict(_state(classes, root))
    for layer in network.layers:
        for weight in layer.weights.values():
            if weight.name in names and weight.values is None:
                state[names[weight.name]].copy_(
                    torch.from_numpy(arrays(weight)).reshape(state[names[weight.name]].shape)
                )
    rng = np.random.default_rng(1)
    inputs = {n: rng.random(t.shape, dtype=np.float32) for n, t in network.inputs.items()}
    with torch.no_grad():
        made = module(*map(torch.from_numpy, inputs.values()))
    outputs = made if isinstance(made, tuple) else (made,)
    with given(network, None, 0) as (found, _):
        ours = execute(network, inputs, found, Plain())
    for (name, one), other in zip(ours.items(), outputs, strict=True):
        two = other.detach().float().numpy()
        ends = np.isnan(one) & np.isnan(two)
        apart = float(np.max(np.where(ends, 0, np.abs(one - two) / (1 + np.abs(one))), initial=0))
        if not apart < CLOSE:
            yield f"output {name} differs by {apart:.2g}"


def _state(classes: Classes, root: Group) -> Iterator[tuple[str, str]]:
    """The name in the module's state of each array, by the weight's."""
    for leaf, place in places(classes, root):
        for role, weight in leaf.layer.weights.items():
            name = array_of(leaf, role, place)
            yield weight.name, name.replace("[", ".").replace("]", "")


def _ops() -> int:
    """Outputs of the examples of every op beside the executor's."""
    from op_examples import layers, made

    from convcost.network import Network
    from convcost.ops import OPS
    from convcost.tensor import Tensor

    tried = wrong = refused = 0
    for name in OPS:
        for example in layers(name):
            network = Network("net")
            inputs = [Tensor(f"in{number}", shape) for number, shape in enumerate(example[1])]
            network.inputs = {tensor.name: tensor for tensor in inputs}
            layer = network.add("layer", made(name, example), inputs)
            network.outputs = {tensor.name: tensor for tensor in layer.outputs}
            tried += 1
            try:
                said = _said(network)
            except ConvcostError as error:
                refused += 1
                print(str(error).splitlines()[-1])
                continue
            except Exception as error:
                said = f"{type(error).__name__}: {str(error).strip()[:300]}"
            if said:
                wrong += 1
                print(f"{name:20} {example}\n    {said}")
    print(f"{tried} examples, {wrong} of them otherwise, {refused} refused")
    return bool(wrong)


def _random(count: int) -> int:
    """Outputs of graphs of random layers beside the executor's."""
    import random

    from random_graphs import grown

    wrong = 0
    for seed in range(count):
        network = grown(random.Random(seed), padded=bool(seed % 2))
        made = [tensor for layer in network.layers for tensor in layer.outputs]
        unread = [tensor for tensor in made if not network.edges.readers(tensor)]
        network.outputs = {t.name: t for t in (unread if seed % 3 else unread[-1:])}
        if said := _said(network):
            wrong += 1
            print(f"{seed}: {said}")
    print(f"{count} graphs, {wrong} of them otherwise")
    return bool(wrong)


def _said(network: Network) -> str:
    text, classes, root = written_classes(network)
    return "; ".join(_compared(text, network, classes, root))


if __name__ == "__main__":
    main()
