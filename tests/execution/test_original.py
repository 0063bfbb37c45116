"""Outputs beside those of the model that a network was made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import convcost

if TYPE_CHECKING:
    from collections.abc import Mapping

SPEC = b"input: [4]\nlayers:\n  - {op: linear, name: one, out_features: 4}\n"


class Made:
    """A linear layer in NumPy."""

    def __init__(self, *, off: float = 0.0, turned: bool = False, noise: bool = False) -> None:
        rng = np.random.default_rng(1)
        self.weight, self.bias = rng.random((4, 4), np.float32), rng.random(4, np.float32)
        self.off, self.turned, self.noise = off, turned, noise
        self.reason: str | None = None

    def cannot(self) -> str | None:
        return self.reason

    def inputs(self, shapes: Mapping[str, tuple[int, ...]], seed: int) -> Mapping[str, Any]:
        rng = np.random.default_rng(seed)
        return {name: rng.random(shape, np.float32) for name, shape in shapes.items()}

    def outputs(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        (x,) = inputs.values()
        matrix = self.weight if self.turned else self.weight.T
        self.off += self.noise
        return {"one": x @ matrix + self.bias + self.off}

    def array(self, name: str) -> Any:
        return {"one.weight": self.weight, "one.bias": self.bias}[name]


def said(original: Made, *, turned: bool = False) -> tuple[bool, list[object]]:
    network = convcost.load("net.yaml", read=lambda _: SPEC, batch=2)
    network.original = original
    network.layers[0].weights["weight"].turned = turned
    found = convcost.verify(network)
    checks = [check.executed for check in found.checks if check.metric == "outputs"]
    return found.agrees, checks or [u for u in found.unconfirmed if u.startswith("outputs beside")]


def test_the_same() -> None:
    assert said(Made()) == (True, ["as the model's"])


@pytest.mark.parametrize(("turned", "agrees"), [(True, True), (False, False)])
def test_a_square_matrix_that_is_turned(turned: bool, agrees: bool) -> None:
    assert said(Made(turned=True), turned=turned)[0] == agrees


def test_others() -> None:
    agrees, (executed,) = said(Made(off=0.5))
    assert not agrees
    assert str(executed).startswith("off by 0.5, of ")


def test_others_each_time() -> None:
    reason = "outputs beside the model's own: the model makes others each time"
    assert said(Made(noise=True)) == (True, [reason])


def test_none_that_can_be_made() -> None:
    original = Made()
    original.reason = "it is away"
    assert said(original) == (True, ["outputs beside the model's own: it is away"])
