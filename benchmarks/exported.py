"""Networks of torchvision, timm and others, exported and read again: our figures beside PyTorch's.

By hand, where torch, torchvision and timm are installed::

    PYTHONPATH=. python benchmarks/exported.py resnet50 timm.mobileone_s0 own.unet
    PYTHONPATH=. python benchmarks/exported.py --all torchvision
    PYTHONPATH=. python benchmarks/exported.py --fixtures tests/data/pt2 resnet18 mobilenet_v2
    PYTHONPATH=. python benchmarks/exported.py --lower --all torchvision
    PYTHONPATH=. python benchmarks/exported.py --all smp  # or monai, or diffusers

Modules are built on the meta device, so no weights are made or written. Params are compared with
those of the module, MACs with half of what ``FlopCounterMode`` says; the reader itself compares
every shape with the file's. ``--lower`` decomposes programs into PyTorch's core operators first.
Fixtures are written without traces of the machine, and ``totals.csv`` beside them has PyTorch's
figures.

Products of constants alone are not layers to convcost, and ``FlopCounterMode`` counts them: those
of the rotary frequencies of ``timm.gemma4_vit_*`` are the only ones found, 73,728 or 82,944 MACs.
"""

# pyright: reportMissingImports=false
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
OTHERS = ("smp", "monai", "diffusers")  # `exported_packages.py` builds theirs
PACKAGED = re.compile(r"[^\"\n]*/(?:site|dist)-packages/")
HERE = Path(__file__).parent.parent


def main() -> None:
    """Print a line a network."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--all", choices=("torchvision", "timm", *OTHERS))
    parser.add_argument("--fixtures", type=Path, help="folder for files without traces")
    parser.add_argument("--lower", action="store_true", help="run_decompositions() first")
    asked = parser.parse_args()
    names = [*asked.names, *(_every(asked.all) if asked.all else ())]
    print(f"{'network':36} {'params':>12} {'numel':>12} {'MACs':>15} {'FLOPs / 2':>15}  unknown")
    wrong, rows = 0, ["name,params,macs"]
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{name.rpartition('.')[2]}.pt2"
            try:
                numel, macs = _exported(name, path, lower=asked.lower)
            except Exception as error:  # of somebody else's module: said, and the next one
                print(f"{name:36} not exported: {type(error).__name__}: {str(error)[:60]!r}")
                continue
            wrong += _compared(name, path, numel, macs)
            if asked.fixtures is not None:
                without_traces(path, asked.fixtures / path.name)
                rows.append(f"{path.stem},{numel},{macs}")
    if asked.fixtures is not None and asked.fixtures.is_dir():
        (asked.fixtures / "totals.csv").write_text("\n".join([*rows, ""]))
    print(f"{len(names)} networks, {wrong} of them otherwise than PyTorch has it")


def _every(package: str) -> list[str]:
    if package in OTHERS:
        from benchmarks.exported_packages import every

        return every(package)
    if package == "timm":
        import timm

        return [f"timm.{name}" for name in timm.list_models()]
    import torchvision

    return [n for n in torchvision.models.list_models() if not n.startswith("quantized")]


def _built(name: str) -> tuple[Any, tuple[Any, ...], Any]:
    """A module, inputs for it, and which sizes are open."""
    if name.startswith("own."):
        from benchmarks.exported_modules import built

        return built(name.removeprefix("own."))
    if name.startswith(OTHERS):
        from benchmarks.exported_packages import built as built_of

        return *built_of(name), None
    return *packaged(name), None


def packaged(name: str) -> tuple[Any, tuple[Any, ...]]:
    """A module of a package, and inputs for it."""
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


def _exported(name: str, path: Path, *, lower: bool) -> tuple[int, int]:
    """Write an exported program; the module's parameters and its counted MACs."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    # Small ones have their weights, so that the file tells which are the same.
    with torch.device("cpu" if name.startswith("own.") else "meta"):
        module, inputs, sizes = _built(name)
    module.eval()
    program = torch.export.export(module, inputs, dynamic_shapes=sizes, strict=False)
    if lower:
        program = program.run_decompositions()
    torch.export.save(program, path)
    numel = sum(p.numel() for p in module.parameters())
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        # Of a CPU it does not count attention.
        module.to("meta")(*(x.to("meta") for x in inputs))
    return numel, counter.get_total_flops() // 2


def _compared(name: str, path: Path, numel: int, macs: int) -> bool:
    """Print the line of a network; whether something differs."""
    import convcost

    sizes = {"": (3, 32, 32)} if name == "own.open" else None
    network = convcost.load(str(path), inputs=sizes, usual_batch=2)
    totals = convcost.analyze(network).totals
    found = totals["params"], totals["macs"]
    print(f"{name:36} {found[0]:12} {numel:12} {found[1]:15} {macs:15}  {len(network.unknown)}")
    sys.stdout.flush()
    return found != (numel, macs) or bool(network.unknown)


def without_traces(source: Path, target: Path) -> None:
    """Copy what is read of a program, with paths from the folder of packages or from here on."""
    with zipfile.ZipFile(source) as archive:
        (name,) = (n for n in archive.namelist() if "/models/" in n)
        program = json.loads(archive.read(name))
        (weights,) = (n for n in archive.namelist() if n.endswith("weights_config.json"))
        config = archive.read(weights)
    for node in program["graph_module"]["graph"]["nodes"]:
        trace = node["metadata"].get("stack_trace", "")
        trace = PACKAGED.sub("site-packages/", trace).replace(f"{HERE}/", "")
        node["metadata"] = {
            "stack_trace": trace,
            "nn_module_stack": node["metadata"].get("nn_module_stack", ""),
        }
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(f"{target.stem}/models/model.json", (1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, json.dumps(program, separators=(",", ":")))
        if target.stem == "shared":
            archive.writestr(f"{target.stem}/data/weights/model_weights_config.json", config)


if __name__ == "__main__":
    main()
