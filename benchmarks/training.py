"""FLOPs of a training step that PyTorch's FlopCounterMode counts, beside ours of the same module.

By hand, where torch, torchvision and timm are installed::

    PYTHONPATH=. python benchmarks/training.py resnet18 timm.ghostnet_100
    PYTHONPATH=. python benchmarks/training.py --all
    PYTHONPATH=. python benchmarks/training.py --freeze 'layer1' --freeze conv1 resnet18
    PYTHONPATH=. python benchmarks/training.py --optimizers resnet18

Modules are in training mode and on the meta device, and the loss is the sum of all outputs. The
counter takes the gradients of weights of convolutions in groups for those of whole ones: the last
two columns are how much more it says by its convention, and what is left of the difference.
``--freeze`` takes names of modules, whose parameters are not learned. ``--optimizers`` compares the
bytes that optimisers of ``torch.optim`` keep after a step.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

import argparse
import warnings
from typing import TYPE_CHECKING, Any

import convcost
from benchmarks.exported import packaged
from convcost.analysis.reconcile.beside import beside as as_tools
from convcost.analysis.training.beside import beside
from convcost.analysis.training.optimizers import OPTIMIZERS
from convcost.conventions.read import convention

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NETWORKS = [
    *("alexnet", "vgg11_bn", "resnet18", "resnet50", "squeezenet1_1", "densenet121"),
    *("wide_resnet50_2", "fcn_resnet50", "r3d_18", "own.UNet", "own.Words", "vit_b_16", "swin_t"),
    *("mobilenet_v2", "efficientnet_b0", "resnext50_32x4d", "shufflenet_v2_x1_0", "convnext_tiny"),
    *("timm.mobilenetv3_small_100", "timm.ghostnet_100", "timm.dla34", "timm.hrnet_w18_small"),
    "timm.vit_tiny_patch16_224",
]

KEPT: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "rmsprop": ("RMSprop", {}),
    "adagrad": ("Adagrad", {}),
    "adadelta": ("Adadelta", {}),
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {}),
    "amsgrad": ("Adam", {"amsgrad": True}),
    "adafactor": ("Adafactor", {}),
}
"""Our optimisers by those of ``torch.optim``, with their settings."""


def main() -> None:
    """Print a line a network."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--all", action="store_true", help="of the networks that are known here")
    parser.add_argument("--freeze", action="append", default=[], help="a module that stays")
    parser.add_argument("--optimizers", action="store_true", help="compare what they keep")
    asked = parser.parse_args()
    if asked.optimizers:
        print(f"{sum(map(_optimisers, asked.names))} optimisers apart")
        return
    print(f"{'network':28} {'printed':>18} {'ours':>18} {'ratio':>6} {'by groups':>18}  apart")
    wrong = 0
    for name in [*asked.names, *(NETWORKS if asked.all else ())]:
        with warnings.catch_warnings(action="ignore"):
            wrong += _compared(name, asked.freeze)
    print(f"{wrong} totals apart")


def _module(name: str) -> tuple[Any, tuple[Any, ...]]:
    """A module of a package, or one of our own, and its inputs."""
    if not name.startswith("own."):
        return packaged(name)
    import torch

    from benchmarks import exported_modules

    module = getattr(exported_modules, name.removeprefix("own."))()
    words = torch.zeros(2, 7, dtype=torch.int64)
    return module, (words if name == "own.Words" else torch.empty(1, 3, 32, 32),)


def _compared(name: str, freeze: Sequence[str]) -> bool:
    """Print the line of a network; whether what remains is not nothing."""
    module, inputs = _module(name)
    ours = beside(convcost.analyze(convcost.from_torch(module.eval(), *inputs)), frozen=freeze)
    ours = as_tools(ours, [convention("torch")])
    printed, total = _printed(module, inputs, freeze), ours.totals["train.flops"]
    more = ours.totals["torch.train_flops"] - total
    apart = printed - total - more
    print(f"{name:28} {printed:18,} {total:18,} {printed / total:6.3f} {more:18,}  {apart:,}")
    return apart != 0


def _optimisers(name: str) -> int:
    """Print a line for each optimiser; how many are apart."""
    import torch

    module, inputs = _module(name)
    analysis = convcost.analyze(convcost.from_torch(module.eval(), *inputs))
    ours = beside(analysis, optimizers=[*OPTIMIZERS.values()]).totals
    wrong = 0
    for ours_called, (theirs, settings) in KEPT.items():
        optimiser = getattr(torch.optim, theirs)(module.parameters(), lr=0.1, **settings)
        torch.stack([out.sum() for out in _tensors(module(*inputs), torch)]).sum().backward()
        optimiser.step()
        kept = (x for state in optimiser.state.values() for x in state.values())
        printed = sum(x.numel() * x.element_size() for x in kept if isinstance(x, torch.Tensor))
        stated = ours[OPTIMIZERS[ours_called].metric]
        print(f"{name:20} {ours_called:12} {printed:15,} {stated:15,}  {printed - stated:,}")
        wrong += printed != stated
    return wrong


def _printed(module: Any, inputs: tuple[Any, ...], freeze: Sequence[str]) -> int:
    """The FLOPs that PyTorch counts of a step forwards and backwards."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    module = module.train().to("meta")
    for name, parameter in module.named_parameters():
        if any(name.startswith(f"{prefix}.") for prefix in freeze):
            parameter.requires_grad_(False)
    given = [x.to("meta") for x in inputs]
    with FlopCounterMode(display=False) as counter:
        torch.stack([out.sum() for out in _tensors(module(*given), torch)]).sum().backward()
    return counter.get_total_flops()


def _tensors(made: Any, torch: Any) -> Iterator[Any]:
    """All tensors of what a module returns that have a gradient."""
    if isinstance(made, torch.Tensor):
        if made.requires_grad:
            yield made
        return
    for part in made.values() if isinstance(made, dict) else made:
        if part is not None:
            yield from _tensors(part, torch)


if __name__ == "__main__":
    main()
