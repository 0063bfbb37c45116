"""Fourier transforms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood, axis_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node


def dft(b: Builder, node: Node) -> None:
    """DFT: its axis is an attribute before opset 20, an input from it on."""
    x = b.tensor(node, 0)
    axis = node.get("axis", 1) if b.opset < 20 else (b.ints(node, 2) or [-2])[0]
    onesided, inverse = bool(node.get("onesided", 0)), bool(node.get("inverse", 0))
    if onesided and inverse:
        raise NotUnderstood("it makes real numbers of the first half of their frequencies")
    length = b.ints(node, 1)
    op = make(
        "dft",
        dim=axis_of(axis, len(x.shape)),
        length=None if length is None else length[0],
        onesided=onesided,
        inverse=inverse,
    )
    b.give(node, b.add(node, op, (x,)).outputs[0])


def stft(b: Builder, node: Node) -> None:
    """STFT of a real signal: windows of it as columns, weighed, and the transform of each."""
    x = b.tensor(node, 0)
    (step, *_) = b.ints(node, 1) or [1]
    window = b.tensor(node, 2) if node.has(2) else None
    given = b.ints(node, 3)
    if x.shape[2:] not in ((), (1,)):
        raise NotUnderstood("its signal is of complex numbers")
    length = given[0] if given else window.shape[0] if window is not None else x.shape[1]
    x = b.add(node, make("view", shape=(x.shape[0], 1, x.shape[1])), (x,)).outputs[0]
    x = b.add(node, make("unfold", 1, kernel_size=(length,), stride=(step,)), (x,)).outputs[0]
    x = b.add(node, make("permute", dims=(2, 1)), (x,)).outputs[0]
    if window is not None:
        x = b.add(node, make("multiply"), (x, window)).outputs[0]
    x = b.add(node, make("view", shape=(*x.shape, 1)), (x,)).outputs[0]
    op = make("dft", dim=2, onesided=bool(node.get("onesided", 1)))
    b.give(node, b.add(node, op, (x,)).outputs[0])


ACTS: dict[str, Callable[[Builder, Node], None]] = {"DFT": dft, "STFT": stft}
