"""Totals that other tools print of networks, beside what their conventions here say of the same.

By hand, where torch, torchvision, timm and some of the tools are installed::

    PYTHONPATH=. python benchmarks/peers.py resnet18 timm.ghostnet_100 own.functions
    PYTHONPATH=. python benchmarks/peers.py --only fvcore ptflops --all
    PYTHONPATH=. python benchmarks/peers.py --rows tests/data/tool_totals.csv resnet18

Each tool gets a fresh module, one sample, in eval mode. Ours is the convention of the tool applied
to the exported program of the same module. Tools that are not installed are left out; thop and
ultralytics-thop install one package, so each needs an environment of its own (or a folder of its
own on PYTHONPATH). ``--rows`` replaces or adds rows of a file of totals.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

import argparse
import contextlib
import csv
import importlib
import importlib.metadata
import io
import sys
import warnings
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.exported import packaged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

NETWORKS = [
    "alexnet",
    "vgg11_bn",
    "googlenet",
    "inception_v3",
    "resnet18",
    "resnext50_32x4d",
    "densenet121",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "efficientnet_b0",
    "convnext_tiny",
    "squeezenet1_1",
    "shufflenet_v2_x1_0",
    "regnet_y_400mf",
    "vit_b_16",
    "swin_t",
    "timm.mobilenetv3_small_100",
    "timm.ghostnet_100",
    "timm.rexnet_100",
    "timm.tf_efficientnet_b0",
    "timm.botnet26t_256",
    "timm.convnext_atto",
    "timm.vit_tiny_patch16_224",
    "timm.mobilevit_xs",
    "timm.hrnet_w18_small",
    "timm.dla34",
    "timm.res2net50_26w_4s",
    "timm.levit_128s",
]


def _fvcore(module: Any, inputs: tuple[Any, ...]) -> int:
    from fvcore.nn import FlopCountAnalysis

    found = FlopCountAnalysis(module, inputs)
    found.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    return found.total()


def _torch(module: Any, inputs: tuple[Any, ...]) -> int:
    from torch.utils.flop_counter import FlopCounterMode

    # Of a CPU it does not count attention.
    with FlopCounterMode(display=False) as counter:
        module.to("meta")(*(x.to("meta") for x in inputs))
    return counter.get_total_flops()


def _thop(module: Any, inputs: tuple[Any, ...]) -> int:
    import thop

    return thop.profile(module, inputs=inputs, verbose=False)[0]


def _ptflops(module: Any, inputs: tuple[Any, ...], backend: str) -> int:
    from ptflops import get_model_complexity_info

    shape = tuple(inputs[0].shape[1:])
    return get_model_complexity_info(
        module, shape, as_strings=False, print_per_layer_stat=False, backend=backend
    )[0]


def _torchinfo(module: Any, inputs: tuple[Any, ...]) -> int:
    from torchinfo import summary

    return summary(module, input_data=inputs, verbose=0).total_mult_adds


def _calflops(module: Any, inputs: tuple[Any, ...], which: int) -> int:
    from calflops import calculate_flops

    return calculate_flops(
        model=module, args=list(inputs), output_as_string=False, print_results=False
    )[which]


def _deepspeed(module: Any, inputs: tuple[Any, ...], which: int) -> int:
    from deepspeed.profiling.flops_profiler import get_model_profile

    return get_model_profile(
        module, args=list(inputs), print_profile=False, as_string=False, warm_up=0
    )[which]


def _torchprofile(module: Any, inputs: tuple[Any, ...]) -> int:
    from torchprofile import profile_macs

    return profile_macs(module, inputs)


def _torchscan(module: Any, inputs: tuple[Any, ...]) -> int:
    from torchscan import crawl_module

    return crawl_module(module, args=inputs)["totals"]["macs"]["known_value"]


def _mmengine(module: Any, inputs: tuple[Any, ...]) -> int:
    from mmengine.analysis import FlopAnalyzer

    found = FlopAnalyzer(module, inputs)
    found.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    return found.total()


def _thop_here() -> str:
    """The convention of the package that is installed as ``thop``."""
    with contextlib.suppress(ImportError):
        thop = importlib.import_module("thop")
        return "thop" if thop.__version__.startswith("0.") else "ultralytics_thop"
    return ""


RUN: dict[str, tuple[str, Callable[[Any, tuple[Any, ...]], int]]] = {
    "fvcore": ("fvcore", _fvcore),
    "torch": ("torch", _torch),
    "ptflops": ("ptflops", partial(_ptflops, backend="pytorch")),
    "ptflops_aten": ("ptflops", partial(_ptflops, backend="aten")),
    "torchinfo": ("torchinfo", _torchinfo),
    "calflops": ("calflops", partial(_calflops, which=1)),
    "deepspeed": ("deepspeed", partial(_deepspeed, which=1)),
    "calflops_flops": ("calflops", partial(_calflops, which=0)),
    "deepspeed_flops": ("deepspeed", partial(_deepspeed, which=0)),
    "torchprofile": ("torchprofile", _torchprofile),
    "torchscan": ("torchscan", _torchscan),
    "mmengine": ("mmengine", _mmengine),
}
"""Tools by convention: the distribution, and how its total is asked for."""


def main() -> None:
    """Print versions, and a line for each network and tool."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--all", action="store_true", help="of the networks that are known here")
    parser.add_argument("--only", nargs="+", help="conventions; all unless given")
    parser.add_argument("--rows", type=Path, help="a file of totals to write to")
    asked = parser.parse_args()
    tools = _tools(asked.only)
    print(f"{'network':28} {'count':18} {'printed':>15} {'ours':>15} {'apart':>13}")
    wrong = 0
    for name in [*asked.names, *(NETWORKS if asked.all else ())]:
        printed = _printed(name, tools)
        wrong += _compared(name, printed)
        if asked.rows is not None:
            keep(asked.rows, name, printed)
            for tool in tools:
                keep_version(asked.rows, tool, RUN[tool][0])
    print(f"{wrong} totals apart")


def _tools(only: Sequence[str] | None) -> Sequence[str]:
    """The tools that are here, with their versions printed."""
    thop = _thop_here()
    if thop:
        RUN[thop] = ("ultralytics-thop" if thop != "thop" else "thop", _thop)
    found: list[str] = []
    for tool in only or RUN:
        distribution = RUN[tool][0] if tool in RUN else tool
        try:
            version = importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            print(f"{tool}: {distribution} is not installed", file=sys.stderr)
            continue
        print(f"{tool}: {distribution} {version}")
        found.append(tool)
    return found


def _built(name: str) -> tuple[Any, tuple[Any, ...]]:
    if not name.startswith("own."):
        return packaged(name)
    from benchmarks.exported_modules import built

    module, inputs, _ = built(name.removeprefix("own."))
    return module, inputs


def _printed(name: str, tools: Sequence[str]) -> dict[str, int | str]:
    """The count of each tool, or the reason why it has none."""
    found: dict[str, int | str] = {}
    made, inputs = _built(name)
    made.eval()
    for tool in tools:
        module = deepcopy(made)  # tools leave theirs behind
        silent = io.StringIO()
        try:
            with (
                warnings.catch_warnings(action="ignore"),
                contextlib.redirect_stdout(silent),
            ):
                total = RUN[tool][1](module, inputs)
        except Exception as error:  # of somebody else's tool: said, and the next one
            found[tool] = f"{type(error).__name__}: {str(error)[:60]!r}"
        else:
            whole = total is not None and total == int(total)
            found[tool] = int(total) if whole else f"prints {total}"
    return found


def _compared(name: str, printed: dict[str, int | str]) -> int:
    """Print the lines of a network; how many totals are apart."""
    import convcost

    with warnings.catch_warnings(action="ignore"):
        module, inputs = _built(name)
        network = convcost.from_torch(module.eval(), *inputs)
    wrong = 0
    for tool, total in printed.items():
        if isinstance(total, str):
            print(f"{name:28} {tool:18} {total}")
            continue
        (ours,) = convcost.reconcile(network, tool).tools
        apart = ours.total - total
        unknown = f"  {len(ours.unknown)} layers unknown" if ours.unknown else ""
        unknown += f"  {len(ours.assumed)} assumed" if ours.assumed else ""
        wrong += apart != 0
        print(f"{name:28} {tool:18} {total:15,} {ours.total:15,} {apart:+13,}{unknown}")
    sys.stdout.flush()
    return wrong


def keep(path: Path, name: str, printed: Mapping[str, int | str]) -> None:
    """Write the totals of a network into a file of them."""
    rows: dict[str, dict[str, str]] = {}
    if path.exists():
        with path.open() as file:
            rows = {row["network"]: row for row in csv.DictReader(file)}
    name = name.removeprefix("own.")
    row = rows.setdefault(name, {"network": name})
    row |= {tool: str(total) for tool, total in printed.items() if isinstance(total, int)}
    columns = dict.fromkeys(column for row in rows.values() for column in row)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*columns], restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows.values())


def keep_version(path: Path, tool: str, distribution: str) -> None:
    """Write which version of a tool was run into ``tool_versions.csv``, beside a file of totals."""
    path = path.with_name("tool_versions.csv")
    rows: dict[str, tuple[str, ...]] = {}
    if path.exists():
        with path.open() as file:
            rows = {row[0]: tuple(row) for row in [*csv.reader(file)][1:]}
    rows[tool] = (tool, distribution, importlib.metadata.version(distribution))
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("convention", "distribution", "version"))
        writer.writerows(sorted(rows.values()))


if __name__ == "__main__":
    main()
