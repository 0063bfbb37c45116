"""Exact costs, shapes and receptive fields of convolutional networks.

>>> import convcost
>>> network = convcost.load("specs/resnet50.yaml")
>>> convcost.analyze(network).totals["macs"]
4089184256
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convcost.analysis.compare import Comparison, compare
    from convcost.analysis.cost import Analysis, LayerCost, analyze
    from convcost.analysis.explain import explained, explained_layer
    from convcost.analysis.positions import touched
    from convcost.errors import ConvcostError, SpecError
    from convcost.network import Layer, Network, Tensor
    from convcost.reading import load

__version__ = "0.1.0"
__all__ = [
    "Analysis",
    "Comparison",
    "ConvcostError",
    "Layer",
    "LayerCost",
    "Network",
    "SpecError",
    "Tensor",
    "analyze",
    "compare",
    "explained",
    "explained_layer",
    "load",
    "touched",
]

_HOME = {
    "Analysis": "analysis.cost",
    "Comparison": "analysis.compare",
    "ConvcostError": "errors",
    "Layer": "network",
    "LayerCost": "analysis.cost",
    "Network": "network",
    "SpecError": "errors",
    "Tensor": "network",
    "analyze": "analysis.cost",
    "compare": "analysis.compare",
    "explained": "analysis.explain",
    "explained_layer": "analysis.explain",
    "load": "reading",
    "touched": "analysis.positions",
}


def __getattr__(name: str) -> Any:
    """Names load when first used, so that `convcost --version` loads nothing else."""
    if name not in _HOME:
        raise AttributeError(f"module 'convcost' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"convcost.{_HOME[name]}"), name)
