"""Exact costs, shapes and receptive fields of convolutional networks.

>>> import convcost
>>> network = convcost.load("specs/resnet50.yaml")
>>> convcost.analyze(network).totals["macs"]
4089184256
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convcost.analysis.analyze.cost import analyze
    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.analysis.compare.comparison import Comparison, compare
    from convcost.analysis.explain.topics import explain
    from convcost.analysis.lint import lint
    from convcost.analysis.reconcile.reconcile import Reconciled, reconcile
    from convcost.analysis.rf.growth import detail, rf
    from convcost.analysis.rf.positions_read import positions_read
    from convcost.errors import ConvcostError, SpecError
    from convcost.execution.verification import Verification, verify
    from convcost.exporters import export
    from convcost.gate.check import check
    from convcost.importers.pt2.module import from_torch
    from convcost.loading import load
    from convcost.network import Layer, Network
    from convcost.sweeps.compiled import Price, price
    from convcost.sweeps.sweeping import Sweep, sweep
    from convcost.tensor import Tensor

__version__ = "0.1.0"

_HOME = {
    "analysis.analyze.cost": ("analyze",),
    "analysis.analyze.layer_cost": ("LayerCost",),
    "analysis.analyze.network_cost": ("Analysis",),
    "analysis.compare.comparison": ("Comparison", "compare"),
    "analysis.explain.topics": ("explain",),
    "analysis.lint": ("lint",),
    "analysis.rf.growth": ("detail", "rf"),
    "analysis.rf.positions_read": ("positions_read",),
    "analysis.reconcile.reconcile": ("Reconciled", "reconcile"),
    "errors": ("ConvcostError", "SpecError"),
    "execution.verification": ("Verification", "verify"),
    "exporters": ("export",),
    "gate.check": ("check",),
    "importers.pt2.module": ("from_torch",),
    "loading": ("load",),
    "network": ("Layer", "Network"),
    "sweeps.compiled": ("Price", "price"),
    "sweeps.sweeping": ("Sweep", "sweep"),
    "tensor": ("Tensor",),
}
__all__ = [
    "Analysis",
    "Comparison",
    "ConvcostError",
    "Layer",
    "LayerCost",
    "Network",
    "Price",
    "Reconciled",
    "SpecError",
    "Sweep",
    "Tensor",
    "Verification",
    "analyze",
    "check",
    "compare",
    "detail",
    "explain",
    "export",
    "from_torch",
    "lint",
    "load",
    "positions_read",
    "price",
    "reconcile",
    "rf",
    "sweep",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Names load when first used, so that `convcost --version` loads nothing else."""
    from importlib import import_module

    for module, names in _HOME.items():
        if name in names:
            found = globals()[name] = getattr(import_module(f"convcost.{module}"), name)
            return found
    raise AttributeError(f"module 'convcost' has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names, for completion."""
    return sorted(["__version__", *__all__])
