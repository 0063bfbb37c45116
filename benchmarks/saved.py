"""Bytes that are kept for the backward pass: ours beside those that PyTorch's hooks see.

By hand, where torch, torchvision and timm are installed::

    PYTHONPATH=. python benchmarks/saved.py                     # networks below
    PYTHONPATH=. python benchmarks/saved.py torchvision:vgg16_bn timm:resnet26d --batch 2
    PYTHONPATH=. python benchmarks/saved.py --ops               # every op: tests/data/saved.csv

A network is run once in training mode, on the processor, under ``saved_tensors_hooks``. The memory
of each tensor that is packed counts once; that of parameters and buffers does not. Ours is that of
``from_torch``. With ``--ops`` each example of an op is written as a module and run alone, for each
choice of gradients, and what it keeps is named: an input, an output, or an array of its own.
"""

# pyright: reportMissingImports=false, reportUnknownMemberType=false
from __future__ import annotations

import argparse
import csv
import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import convcost
from convcost.analysis.analyze.cost import analyze
from convcost.analysis.training.beside import beside
from convcost.errors import ConvcostError
from convcost.exporters.torch import written_classes
from convcost.network import Network
from convcost.ops import OPS
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).parent.parent
TABLE = HERE / "tests" / "data" / "saved.csv"
TORCHVISION = (
    *("resnet18", "resnet50", "squeezenet1_0", "squeezenet1_1", "efficientnet_b0", "mobilenet_v2"),
    *("vgg11_bn", "vgg16", "densenet121", "alexnet", "googlenet", "mobilenet_v3_large"),
    *("shufflenet_v2_x1_0", "mnasnet1_0", "regnet_y_400mf", "resnext50_32x4d", "convnext_tiny"),
    *("swin_t", "vit_b_16", "vgg13", "resnet34", "wide_resnet50_2", "shufflenet_v2_x0_5"),
    *("efficientnet_v2_s", "maxvit_t", "swin_v2_t"),
)
TIMM = (
    *("resnet26d", "seresnet50", "efficientnet_lite0", "mobilenetv3_small_100", "darknet53"),
    *("cspresnet50", "repvgg_a2", "ghostnet_100", "mixer_s32_224", "hardcorenas_a"),
    *("convmixer_768_32", "res2net50_14w_8s", "convnextv2_atto", "vit_tiny_patch16_224"),
    *("deit_tiny_patch16_224", "regnetz_b16", "nfnet_l0", "edgenext_xx_small", "mobilevit_s"),
    *("levit_128", "poolformer_s12", "tf_efficientnet_b0", "mobilenetv4_conv_small"),
    *("resnest14d", "dla34", "hrnet_w18_small"),
)
WHOLE = {
    *(("gather", 1), ("gather_elements", 1), ("gather_nd", 1), ("scatter", 1), ("where", 0)),
    *(("reverse_sequence", 1), ("one_hot", 0), ("max_unpool", 1)),
}
"""Inputs that hold positions or answers, by the op and their number."""


def main() -> None:
    """Print a line a network, or write a row an op and choice of gradients."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("networks", nargs="*", help="torchvision:NAME or timm:NAME")
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--ops", action="store_true", help="write what every op keeps")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    if asked.ops:
        sys.path.append(str(HERE / "tests"))
        with TABLE.open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(_rows())
        return
    networks = asked.networks or [
        *(f"torchvision:{name}" for name in TORCHVISION),
        *(f"timm:{name}" for name in TIMM),
    ]
    print(f"{'network':36} {'convcost':>14} {'PyTorch':>14} {'difference':>12}")
    for name in networks:
        _print(name, asked.batch)


def _print(name: str, batch: int) -> None:
    torch: Any = import_module("torch")
    module = _module(name).train()
    x = torch.rand(batch, 3, 224, 224)
    try:
        analysis = beside(analyze(convcost.from_torch(module, x)))
        theirs = sum(size for _, size in kept_by(module, x).values())
    except Exception as error:
        said = str(error).strip().partition("\n")[0]
        print(f"{name:36} {type(error).__name__}: {said}", flush=True)
        return
    ours = analysis.totals["train.saved_bytes"]
    lacking = [c.name for c in analysis.layers if "train.saved_bytes" in c.lacking]
    said = f"  not known of {', '.join(lacking)}" if lacking else ""
    print(f"{name:36} {ours:14,} {theirs:14,} {ours - theirs:12,}{said}", flush=True)


def _module(name: str) -> Any:
    package, _, called = name.rpartition(":")
    if package == "timm":
        return import_module("timm").create_model(called)
    return getattr(import_module("torchvision.models"), called)()


def kept_by(module: Any, *inputs: Any) -> dict[int, tuple[Any, int]]:
    """A tensor of each memory that is kept, by its address, with the bytes of the memory."""
    torch: Any = import_module("torch")
    own = {t.untyped_storage().data_ptr() for t in (*module.parameters(), *module.buffers())}
    kept: dict[int, tuple[Any, int]] = {}

    def pack(tensor: Any) -> Any:
        memory = tensor.untyped_storage()
        if memory.data_ptr() not in own and memory.nbytes():
            kept.setdefault(memory.data_ptr(), (tensor, memory.nbytes()))
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        kept[0] = (module(*inputs), 0)  # which keeps the graph, and so all addresses, alive
    return kept


def _rows() -> Iterator[Sequence[str]]:
    from op_examples import layers, made

    yield "op", "example", "shapes", "wanted", "kept"
    for name in OPS:
        for number, example in enumerate(layers(name)):
            network = Network("net")
            inputs = [Tensor(f"in{n}", shape) for n, shape in enumerate(example[1])]
            network.inputs = {tensor.name: tensor for tensor in inputs}
            layer = network.add("layer", made(name, example), inputs)
            network.outputs = {tensor.name: tensor for tensor in layer.outputs}
            floats = tuple(n for n in range(len(inputs)) if (name, n) not in WHOLE)
            choices = {floats, *((n,) for n in floats), *(((),) if layer.weights else ())}
            shapes = " ".join("x".join(map(str, shape)) for shape in example[1])
            for wanted in sorted(choices):
                if found := _kept_alone(network, name, wanted):
                    yield name, str(number), shapes, " ".join(map(str, wanted)), found


def _kept_alone(network: Network, name: str, wanted: Sequence[int]) -> str | None:
    """The tensors that one layer keeps: ``in0``, ``out0``, or the type and number of elements of an
    array of its own; ``-`` for nothing, None if PyTorch has no such layer or no gradient of it."""
    torch: Any = import_module("torch")
    try:
        text, classes, _ = written_classes(network)
    except ConvcostError:
        return None
    space: dict[str, Any] = {}
    exec(compile(text, "written.py", "exec"), space)
    module = space[classes.all[-1].name]().train()
    inputs: list[Any] = []
    for number, tensor in enumerate(network.inputs.values()):
        whole = (name, number) in WHOLE
        x = torch.zeros(tensor.shape) if whole else torch.rand(tensor.shape)
        inputs.append(x.requires_grad_() if number in wanted else x)
    try:
        kept = kept_by(module, *inputs)
    except ValueError:  # a batch norm of one number a channel
        return None
    made = kept.pop(0)[0]
    outputs = made if isinstance(made, tuple) else (made,)
    if not any(output.requires_grad for output in outputs):
        return None
    places = {x.untyped_storage().data_ptr(): f"out{n}" for n, x in enumerate(outputs)}
    places |= {x.untyped_storage().data_ptr(): f"in{n}" for n, x in enumerate(inputs)}
    words = (
        places.get(at) or f"{str(tensor.dtype)[6:]}:{size // tensor.element_size()}"
        for at, (tensor, size) in kept.items()
    )
    return " ".join(sorted(words)) or "-"


if __name__ == "__main__":
    main()
