"""Configurations: ``convcost.toml`` beside two small models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.cli.gate import FORMATS
from convcost.metrics import LIMITABLE
from fuzz import damage
from fuzz.case import Input
from fuzz.small import NET, ONNX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

    from fuzz.case import Line, Runner

PATTERNS = (
    "net.yaml",
    "*.yaml",
    "**",
    "*.onnx",
    "**/*.yaml",
    "[",
    "../*",
    "",
    "a" * 200,
    "*/" * 30,
)
AMOUNTS = (
    "0",
    "1",
    '"4M"',
    '"8 MiB"',
    '"10%"',
    '"+5%"',
    "-1",
    "1e400",
    "nan",
    "true",
    '"4 KB"',
    "[]",
)
SEEDS = (
    'models = ["net.yaml"]\n[budget]\nparams = "4M"\nmacs = {max_increase = "+5%"}\n',
    '[[budget]]\nmodels = ["*.yaml"]\nparams = {max = 1, level = "warn", message = "no"}\n'
    '[budget.layers."stem*"]\nmacs = "40%"\n[budget.ops.conv]\nparams = {max = 9, each = true}\n',
    '[[model]]\nmodels = ["model.onnx"]\ndims = {N = 2}\ninputs = {x0 = "1x8x8"}\n'
    '[operators."acme.Swirl"]\nshapes = [["batch", "in_channels // 2"]]\nmacs = "batch * 2"\n',
    '[[model]]\nfactory = "nets.small:build"\ninputs = {x = "3x8x8"}\npythonpath = ["src"]\n'
    'timeout = 3\nmemory = "1 GiB"\n[budget]\nparams = "4M"\n',
    '[tool.convcost]\nexclude = ["model.onnx"]\n[tool.convcost.budget]\nparams = {min = 3}\n',
)


def generated(rng: Random) -> Input:
    """A configuration of the right words, or one that is damaged."""
    text = _document(rng) if rng.random() < 0.5 else rng.choice(SEEDS)
    if rng.random() < 0.7:
        text = damage.lines(rng, text, SEEDS)
    data = text.encode("utf-8", "surrogatepass")
    return Input("toml", ".toml", damage.data(rng, data) if rng.random() < 0.1 else data)


def _document(rng: Random) -> str:
    """Keys that there are, with values that they may have."""
    found = [f"models = [{_strings(rng)}]"] if rng.random() < 0.4 else []
    found += [f"exclude = [{_strings(rng)}]"] if rng.random() < 0.2 else []
    for _ in range(rng.randint(1, 3)):
        match rng.randrange(4):
            case 0:
                found += ["[[model]]", f"models = [{_strings(rng)}]", 'inputs = {x0 = "1x8x8"}']
                found += [f"dims = {{N = {rng.choice(AMOUNTS)}}}", 'values = {x0 = "1,2"}']
            case 1:
                name = rng.choice(("Relu", "acme.Swirl", "Conv", "", "é"))
                found += [f'[operators."{name}"]', f"macs = {rng.choice(AMOUNTS)}"]
                found += [f'shapes = [["batch", "{rng.choice(damage.WORDS[:9])}"]]']
            case _:
                found += ["[[budget]]", f"models = [{_strings(rng)}]"]
                found += [f"{rng.choice(LIMITABLE)} = {_limit(rng)}" for _ in range(2)]
    return "\n".join(found) + "\n"


def _strings(rng: Random) -> str:
    return ", ".join(f'"{rng.choice(PATTERNS)}"' for _ in range(rng.randint(0, 2)))


def _limit(rng: Random) -> str:
    if rng.random() < 0.4:
        return rng.choice(AMOUNTS)
    words = {word: rng.choice(AMOUNTS) for word in ("max", "min", "max_increase")}
    words |= {"level": '"warn"', "each": "true", "message": '"a\\nb"'}
    keys = rng.sample(sorted(words), rng.randint(1, 4))
    return "{" + ", ".join(f"{key} = {words[key]}" for key in keys) + "}"


def lines(folder: Path, given: Input, run: Runner) -> Iterator[Line]:
    """Every command that reads a configuration."""
    del run
    (folder / "net.yaml").write_text(NET)
    (folder / "model.onnx").write_bytes(ONNX)
    for name in ("convcost.toml", "pyproject.toml"):
        (folder / name).write_bytes(given.data)
        for form in FORMATS:
            yield ("check", "--format", form)
        yield ("check", "net.yaml", "--strict", "--format", "json")
        yield ("check", "--config", name, "--tighten", "--headroom", "0%")
        yield ("baseline", "-o", "costs.json")
        yield ("check", "--baseline", "costs.json", "--format", "markdown")
        yield ("baseline", "--config", name)
        yield ("init",)
        yield ("lint", "net.yaml", "model.onnx")
        yield ("analyze", "model.onnx", "--format", "json")
        (folder / name).unlink()
