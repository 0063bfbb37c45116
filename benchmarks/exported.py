"""Networks of torchvision and timm, exported and read again: our figures beside PyTorch's.

By hand, where torch, torchvision and (for names with a dot before them) timm are installed::

    python benchmarks/exported.py resnet50 timm.mobileone_s0
    python benchmarks/exported.py --all torchvision
    python benchmarks/exported.py --fixtures tests/data/pt2 resnet18 mobilenet_v2

Modules are built on the meta device, so no weights are made or written. Params are compared with
those of the module, MACs with half of what ``FlopCounterMode`` says; the reader itself compares
every shape with the file's. Fixtures are written without traces of the machine.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

SIZES = {"inception_v3": 299, "timm.inception_v4": 299, "timm.xception41": 299}
VIDEO = ("r3d", "mc3", "r2plus1d", "swin3d", "mvit", "s3d")
PACKAGED = re.compile(r"[^\"\n]*/(site|dist)-packages/")


def main() -> None:
    """Print a line a network."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--all", choices=("torchvision", "timm"))
    parser.add_argument("--fixtures", type=Path, help="folder for files without traces")
    asked = parser.parse_args()
    names = [*asked.names, *(_every(asked.all) if asked.all else ())]
    print(f"{'network':36} {'params':>12} {'numel':>12} {'MACs':>15} {'FLOPs / 2':>15}  unknown")
    wrong = 0
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{name.rpartition('.')[2]}.pt2"
            try:
                numel, macs = _exported(name, path)
            except Exception as error:  # of somebody else's module: said, and the next one
                print(f"{name:36} not exported: {type(error).__name__}: {str(error)[:60]!r}")
                continue
            wrong += _compared(name, path, numel, macs)
            if asked.fixtures is not None:
                _without_traces(path, asked.fixtures / path.name)
    print(f"{len(names)} networks, {wrong} of them otherwise than PyTorch has it")


def _every(package: str) -> list[str]:
    if package == "timm":
        import timm

        return [f"timm.{name}" for name in timm.list_models()]
    import torchvision

    return [n for n in torchvision.models.list_models() if not n.startswith("quantized")]


def _built(name: str) -> tuple[Any, tuple[Any, ...]]:
    """A module, and inputs for it."""
    import torch

    side = SIZES.get(name, 224)
    if name.startswith("timm."):
        import timm

        module = timm.create_model(name.removeprefix("timm."), pretrained=False)
        return module, (torch.empty(1, *module.default_cfg["input_size"]),)
    import torchvision

    builder = torchvision.models.get_model_builder(name)
    dense = any(word in builder.__module__ for word in ("detection", "segmentation"))
    more = {"weights_backbone": None} if dense else {}
    module = torchvision.models.get_model(name, weights=None, **more)
    if name.startswith(VIDEO):
        side = 224 if name.startswith(("mvit", "s3d")) else 112
        return module, (torch.empty(1, 3, 16, side, side),)
    if name.startswith("raft"):
        return module, (torch.empty(1, 3, 256, 256), torch.empty(1, 3, 256, 256))
    return module, (torch.empty(1, 3, side, side),)


def _exported(name: str, path: Path) -> tuple[int, int]:
    """Write an exported program; the module's parameters and its counted MACs."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"):
        module, inputs = _built(name)
    module.eval()
    program = torch.export.export(module, inputs, strict=False)
    torch.export.save(program, path)
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        module(*inputs)
    return sum(p.numel() for p in module.parameters()), counter.get_total_flops() // 2


def _compared(name: str, path: Path, numel: int, macs: int) -> bool:
    """Print the line of a network; whether something differs."""
    import convcost

    network = convcost.load(str(path))
    totals = convcost.analyze(network).totals
    found = totals["params"], totals["macs"]
    print(f"{name:36} {found[0]:12} {numel:12} {found[1]:15} {macs:15}  {len(network.unknown)}")
    sys.stdout.flush()
    return found != (numel, macs) or bool(network.unknown)


def _without_traces(source: Path, target: Path) -> None:
    """Copy what is read of a program, with paths from the folder of packages on."""
    with zipfile.ZipFile(source) as archive:
        (name,) = (n for n in archive.namelist() if "/models/" in n)
        program = json.loads(archive.read(name))
    for node in program["graph_module"]["graph"]["nodes"]:
        trace = node["metadata"].get("stack_trace", "")
        node["metadata"]["stack_trace"] = PACKAGED.sub('  File "', trace)
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(f"{target.stem}/models/model.json", (1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, json.dumps(program, separators=(",", ":")))


if __name__ == "__main__":
    main()
