"""Exact costs, shapes and receptive fields of convolutional networks.

>>> import convcost
>>> network = convcost.load("specs/resnet50.yaml")
>>> convcost.analyze(network).totals["macs"]
4089184256
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convcost.analysis.analyze.cost import Analysis, LayerCost, analyze
    from convcost.analysis.compare.comparison import Comparison, compare
    from convcost.analysis.explain.layer import explained, explained_layer
    from convcost.analysis.rf.positions_read import touched
    from convcost.errors import ConvcostError, SpecError
    from convcost.loading import load
    from convcost.network import Layer, Network, Tensor

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
    "Analysis": "analysis.analyze.cost",
    "Comparison": "analysis.compare.comparison",
    "ConvcostError": "errors",
    "Layer": "network",
    "LayerCost": "analysis.analyze.cost",
    "Network": "network",
    "SpecError": "errors",
    "Tensor": "network",
    "analyze": "analysis.analyze.cost",
    "compare": "analysis.compare.comparison",
    "explained": "analysis.explain.layer",
    "explained_layer": "analysis.explain.layer",
    "load": "loading",
    "touched": "analysis.rf.positions_read",
}


def __getattr__(name: str) -> Any:
    """Names load when first used, so that `convcost --version` loads nothing else."""
    if name not in _HOME:
        raise AttributeError(f"module 'convcost' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"convcost.{_HOME[name]}"), name)
