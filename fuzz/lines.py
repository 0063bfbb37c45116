"""Every command line that a model is put through: for each command, each of its options once.

``LINES`` has an entry a command, and a test fails where one lacks.
"""

from __future__ import annotations

import io
import json
from itertools import chain
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from convcost.cli.gate import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from random import Random

    from fuzz.case import Line, Runner

MOST_MACS = 20_000_000  # of what is executed: others are only asked what they would need
MOST_ELEMENTS = 5_000_000
MOST_LAYERS = 400
TABLES = ("text", "html", "markdown", "json", "csv")


class Model(NamedTuple):
    """A file with a network: some of its layers, its inputs; whether it is small enough to run."""

    path: str
    layers: tuple[str, ...] = ()
    inputs: Mapping[str, tuple[int, ...]] = {}
    small: bool = False

    @property
    def layer(self) -> str:
        """One of its layers, or a name that it lacks."""
        return self.layers[0] if self.layers else "conv1"


def scouted(path: str, run: Runner, rng: Random) -> Model:
    """The model that ``analyze`` describes; one without layers if the file is refused."""
    ran = run(("analyze", path, "--format", "json"))
    if ran.code != 0:
        return Model(path)
    found: Any = json.loads(ran.out)
    rows = found["layers"]
    costs = [row["macs"] or 0 for row in rows]
    stored = [prod(row["output_shape"] or ()) + (row["params"] or 0) for row in rows]
    small = sum(costs) <= MOST_MACS and sum(stored) <= MOST_ELEMENTS and len(rows) <= MOST_LAYERS
    names = [row["name"] for row in rows]
    network = found["network"]
    inputs = network.get("input_shapes") or {"": network["input_shape"]}
    return Model(
        path, tuple(rng.sample(names, min(3, len(names)))), inputs, small and _known(inputs)
    )


def _known(inputs: Mapping[str, Any]) -> bool:
    return all(shape is not None and prod(shape) <= MOST_ELEMENTS for shape in inputs.values())


def of_model(model: Model, folder: Path) -> Iterator[Line]:
    """All lines for a file with a network; arrays that they need are written to its folder."""
    return chain.from_iterable(lines(model, folder) for lines in LINES.values())


def _analyze(model: Model, _: Path) -> Iterator[Line]:
    path = model.path
    yield ("analyze", path)
    yield ("analyze", path, "--format", "json")
    yield ("analyze", path, "--format", "html")
    yield ("analyze", path, "--format", "csv", "--by", "stage")
    yield ("analyze", path, "--format", "json", "--by", "op", "--batch", "3", "--strict")
    yield ("analyze", path, "--format", "markdown", "--depth", "1", "--dtype", "int8")
    yield ("analyze", path, "--inplace", "--sort", "peak_activation_bytes", "--top", "2")
    yield ("analyze", path, "--as-written", "--format", "json", "--depth", "2")
    yield ("analyze", path, "--train", "--format", "json", "--batch", "2")
    yield ("analyze", path, "--train", "--freeze", "*", "--format", "csv")
    yield ("analyze", path, "--train", "--checkpoint", "*", "--inplace", "--format", "json")
    for name in ("dot", "graph", "mermaid", "model-explorer", "netron", "svg"):
        yield ("analyze", path, "--format", name)
    yield ("analyze", path, "--format", "graph", "--depth", "2", "--sort", "params")
    yield ("analyze", path, "--jobs", "1")
    yield ("analyze", path, "--jobs", "1", "--format", "csv", "--sort", "macs", "--strict")
    yield ("analyze", path, "--jobs", "1", "--format", "json")
    yield ("analyze", path, "--cluster", "nowhere")


def _reconcile(model: Model, _: Path) -> Iterator[Line]:
    path = model.path
    yield ("reconcile", path)
    yield ("reconcile", path, "--format", "json")
    yield ("reconcile", path, "--tool", "thop", "--layers", "--format", "markdown")
    yield ("reconcile", path, "--says", "5M", "--format", "csv", "--batch", "2")
    yield ("analyze", path, "--convention", "fvcore", "--format", "json")
    yield ("analyze", path, "--device", "rtx3090", "--format", "json")
    yield ("analyze", path, "--device", "a100_40gb", "--fused", "--format", "csv")
    yield ("analyze", path, "--device", "t4", "--algorithm", "winograd_2", "--format", "json")
    yield ("analyze", path, "--device", "t4", "--roofline", "--fused")
    yield ("analyze", path, "--device", "t4", "-o", "roofline.svg")
    yield ("analyze", path, "--device", "stm32h743", "--order", "--dtype", "int8")


def _rf(model: Model, _: Path) -> Iterator[Line]:
    path = model.path
    yield ("rf", path)
    yield ("rf", path, "--format", "json", "--all")
    yield ("rf", path, "--format", "csv", "--batch", "2")
    yield ("rf", path, model.layer, "--format", "json")
    yield ("rf", path, model.layer, "--format", "html")
    yield ("rf", path, model.layer, "--ascii", "-o", "map.svg")
    for layer in model.layers:
        yield ("rf", path, layer)
        yield ("rf", path, layer, "--unit", "0", "--format", "csv")
    yield ("rf", path, model.layer, "--unit", "1,0", "--axes", "1,2", "-o", "map.png")
    yield ("rf", path, model.layer, "--onto", model.layers[-1] if model.layers else "input")


def _compare(model: Model, _: Path) -> Iterator[Line]:
    path = model.path
    yield ("compare", path, path, "--format", "json", "--all")
    yield ("compare", path, "@width=2", "--format", "csv", "--by", "op")
    yield ("compare", path, f"{path}@3x9x9", "--format", "html")
    yield ("compare", path, f"{path}@3x9x9", "--format", "text", "--by", "stage")
    yield ("compare", path, f"{path}@3x9x9", "--format", "mermaid")
    yield ("compare", path, path, "--format", "dot")
    yield ("compare", path, path, path, "--sort", "difference", "--metric", "traffic_bytes")


def _calibrate(model: Model, folder: Path) -> Iterator[Line]:
    others = ("resnet18", "squeezenet1_1", "mobilenet_v2", "densenet121")
    rows = [f'"{name}",2,9 ms,float16' for name in (model.path, *others) if '"' not in name]
    (folder / "measured.csv").write_text("\n".join(("model,batch,time,dtype", *rows)), "utf-8")
    yield ("calibrate", "measured.csv", "--device", "rtx3090", "--all")
    yield ("calibrate", "measured.csv", "--device", "t4", "--format", "json", "-o", "mine.yaml")


def _rank(model: Model, _: Path) -> Iterator[Line]:
    path = model.path
    yield ("rank", path, "resnet18")
    yield ("rank", path, path, "resnet18", "--device", "rtx3090", "--format", "json")
    yield ("rank", "resnet18", path, "--metric", "params", "--format", "csv", "--batch", "3")
    yield ("compare", path, "resnet18", "--device", "rtx3090", "--metric", "rtx3090.estimate")
    yield ("alternatives", path, "--device", "rtx3090", "--format", "json")


def _check(model: Model, _: Path) -> Iterator[Line]:
    path = model.path
    for name in FORMATS:
        yield ("check", path, "--format", name)
    yield ("check", path, "--strict", "--format", "json:x.json", "--format", "sarif", "-o", "y")
    yield ("check", path, "--base", "HEAD", "--exit-zero")


def _lint(model: Model, _: Path) -> Iterator[Line]:
    for name in (*TABLES, "github", "gitlab", "sarif", "junit"):
        yield ("lint", model.path, "--format", name)
    yield ("lint", ".", "--format", "json")
    yield ("lint", model.path, "--fix", "--diff")
    yield ("lint", model.path, "--add-ignore", "--diff")
    yield ("lint", model.path, "--strict", "--select", "CC1,CC2", "--ignore", "CC3")


def _explain(model: Model, _: Path) -> Iterator[Line]:
    path = model.path
    for layer in model.layers or (model.layer,):
        for name in ("text", "html", "json", "markdown", "latex"):
            yield ("explain", path, layer, "--format", name)
        yield ("explain", path, layer, "--matrix", "--batch", "2")
        if model.small or not model.layers:
            yield ("explain", path, layer, "--algorithms", "--format", "json")
    yield ("explain", path, model.layer, "--matrix", "--format", "latex")


def _expand(model: Model, _: Path) -> Iterator[Line]:
    yield ("expand", model.path)
    yield ("expand", model.path, "--blocks")
    yield ("expand", model.path, "--flat")
    yield ("expand", model.path, "--as-written", "--strict", "-o", "flat.yaml")


def _export(model: Model, _: Path) -> Iterator[Line]:
    yield ("export", model.path, "--to", "torch")
    yield ("export", model.path, "--as-written", "--batch", "2", "-o", "net.py")
    yield ("export", model.path, "--to", "onnx", "--no-weights", "-o", "bare.onnx")
    if model.small:
        yield ("export", model.path, "--seed", "1", "-o", "net.onnx")


def _verify(model: Model, _: Path) -> Iterator[Line]:
    path = model.path
    if not model.small and model.layers:
        return
    yield ("verify", path, "--format", "json")
    yield ("verify", path, "--batch", "1", "--layer", model.layer)
    yield ("verify", path, "--shrink", "2", "--summary", "--seed", "7", "--format", "csv")
    yield ("verify", path, "--as-written", "--strict", "--format", "json", "--batch", "3")
    yield ("verify", path, "--train", "--shrink", "4", "--format", "json", "--batch", "1")


def _run(model: Model, folder: Path) -> Iterator[Line]:
    if not model.small:
        yield ("run", model.path, "--input", "missing.npy")
        return
    given: list[str] = []
    for number, (name, shape) in enumerate(model.inputs.items()):
        (folder / f"in{number}.npy").write_bytes(array(tuple(shape)))
        given += ["--input", f"{name}=in{number}.npy" if name else f"in{number}.npy"]
    yield ("run", model.path, *given)
    yield ("run", model.path, *given, "-o", "out.npz", "--seed", "3")
    yield ("run", model.path, *given, "-o", "out.png")


def array(shape: tuple[int, ...]) -> bytes:
    """An ``.npy`` file with numbers of both signs."""
    numbers = np.resize(np.array([0.5, -1, 2, 0, 0.25], np.float32), shape)
    file = io.BytesIO()
    np.save(file, numbers, allow_pickle=False)
    return file.getvalue()


def _init(model: Model, _: Path) -> Iterator[Line]:
    yield ("init", model.path, "--headroom", "10%")


def _baseline(model: Model, _: Path) -> Iterator[Line]:
    yield ("baseline", model.path)
    yield ("baseline", model.path, "-o", "costs.json")
    yield ("check", model.path, "--baseline", "costs.json", "--format", "json")


def _badge(model: Model, _: Path) -> Iterator[Line]:
    yield ("badge", model.path)
    yield ("badge", model.path, "--metric", "peak_activation_bytes", "--batch", "2", "-o", "b.svg")


def _history(model: Model, _: Path) -> Iterator[Line]:
    path = model.path
    yield ("history", path)
    yield ("history", path, "--since", "HEAD~1", "--format", "json", "--metric", "flops")
    yield ("history", "--format", "csv")
    yield ("history", path, "-o", "history.svg")


def _schema(_: Model, __: Path) -> Iterator[Line]:
    yield ("schema", "--output", "analyze")
    yield ("schema", "--config")


def _alternatives(model: Model, _: Path) -> Iterator[Line]:
    path = model.path
    yield ("alternatives", path)
    yield ("alternatives", path, "*", "--format", "csv", "--width", "2", "--between", "same")
    yield ("alternatives", path, model.layer, "--format", "json", "--sort", "params")
    for word in ("depthwise_separable", "stack", "reduced", "fully_connected", "inception"):
        yield ("alternatives", path, "*", "--apply", word)


def _new(model: Model, _: Path) -> Iterator[Line]:
    yield ("new", "unet", "-o", "copy.yaml")
    yield ("new", "unet", "-o", model.path)  # which stays as it is
    yield ("new", model.layer)


def _specs(_: Model, __: Path) -> Iterator[Line]:
    yield ("specs", "--format", "json")


def _view(model: Model, _: Path) -> Iterator[Line]:
    yield ("view", model.path, "--no-open", "-o", "view.html", "--device", "t4")
    yield ("view", model.path, "--no-open", "-o", "view.html", "--train", "--optimizer", "adamw")
    yield ("view", model.path, "--no-open", "-o", "view.html", "--order")
    yield ("view", model.path, model.path, "--no-open", "-o", "view.html", "--device", "t4")
    yield ("view", model.path, "--no-open", "--watch", "-o", "view.html")  # which is refused


def _fit(model: Model, _: Path) -> Iterator[Line]:
    path = model.path
    yield ("fit", path, "--budget", "macs=1M", "--vars", "side", "--format", "json")
    yield ("fit", path, "--budget", "peak=9kB", "--vars", "side=3:9:1", "--top", "2")
    yield ("fit", path, "--budget", "macs=1M", "--vars", "side", "--keep-ratio", "side=1.2")


def _sweep(model: Model, _: Path) -> Iterator[Line]:
    path = model.path
    yield ("sweep", path, "side=4:8:2", "--metrics", "macs,field", "--format", "json")
    yield ("sweep", path, "batch=1,2", "dtype=int8,float16", "--top", "2", "--by", "macs:max")
    yield ("sweep", path, "side=4:64:1", "--where", "peak < 2MB", "--sample", "9", "--seed", "3")
    yield ("sweep", path, "side=4,8", "--jobs", "1")
    yield ("sweep", path, "side=4,8", "--cluster", "nowhere")
    yield ("sweep", path, "side=3,4", "--pareto", "macs,side", "-o", "sweep.svg")
    yield ("sweep", path, "batch=1,3", "--metrics", "thop.macs,t4.bound,train.macs")


LINES: Mapping[str, Callable[[Model, Path], Iterator[Line]]] = {
    "alternatives": _alternatives,
    "analyze": _analyze,
    "badge": _badge,
    "baseline": _baseline,
    "calibrate": _calibrate,
    "check": _check,
    "compare": _compare,
    "expand": _expand,
    "explain": _explain,
    "export": _export,
    "fit": _fit,
    "history": _history,
    "init": _init,
    "lint": _lint,
    "new": _new,
    "rank": _rank,
    "reconcile": _reconcile,
    "rf": _rf,
    "run": _run,
    "schema": _schema,
    "specs": _specs,
    "sweep": _sweep,
    "verify": _verify,
    "view": _view,
}
"""By the command that it is about."""
