"""Compare onnx-tool on specs written as ONNX files with its convention.

By hand, where onnx-tool is installed::

    PYTHONPATH=. python benchmarks/onnx_peers.py mobilenet_v2 resnet18
    PYTHONPATH=. python benchmarks/onnx_peers.py --rows tests/data/tool_totals.csv vgg16

Each file is the one that ``convcost export --to onnx`` writes.
"""

# pyright: reportMissingImports=false, reportMissingModuleSource=false
from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import onnx_tool

import convcost
from benchmarks.peers import keep, keep_version


def main() -> None:
    """Print a line a network."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="+")
    parser.add_argument("--rows", type=Path, help="a file of totals to write to")
    asked = parser.parse_args()
    for name in asked.names:
        network = convcost.load(name)
        printed = profiled(network)
        (ours,) = convcost.reconcile(network, "onnx_tool").tools
        print(f"{name:28} {printed:15,} {ours.total:15,} {ours.total - printed:+13,}", flush=True)
        if asked.rows is not None:
            keep(asked.rows, name, {"onnx_tool": printed})
            keep_version(asked.rows, "onnx_tool", "onnx-tool")


def profiled(network: convcost.Network) -> int:
    """The MACs that onnx-tool finds in the file of a network."""
    inputs = network.inputs.items()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        convcost.export(network, path, to="onnx")
        model = onnx_tool.Model(str(path))
    model.graph.shape_infer({name: np.zeros(tensor.shape, np.float32) for name, tensor in inputs})
    model.graph.profile()
    return int(model.graph.macs[0])


if __name__ == "__main__":
    main()
