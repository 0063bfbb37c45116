"""The second opinion shares no code with the first: it imports NumPy and itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import convcost.executor

# The package around the executor is left empty, so that nothing that it imports is there already.
PROBE = """
import importlib, json, pkgutil, sys, types
import numpy
there = set(sys.modules)
package = types.ModuleType("convcost")
package.__path__ = [sys.argv[1]]
sys.modules["convcost"] = package
import convcost.executor
for module in pkgutil.walk_packages(convcost.executor.__path__, "convcost.executor."):
    importlib.import_module(module.name)
from convcost.executor.kernels import KERNELS
print(json.dumps({"loaded": sorted(set(sys.modules) - there), "kernels": len(KERNELS)}))
"""


def test_the_executor_imports_nothing_of_convcost() -> None:
    package = Path(convcost.executor.__file__).parent.parent
    ran = subprocess.run(
        [sys.executable, "-IB", "-c", PROBE, str(package)],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(ran.stdout)
    assert found["kernels"] > 0
    ours = {name for name in found["loaded"] if name.startswith("convcost.")}
    modules = {path.stem for path in (package / "executor").glob("*.py")} - {"__init__"}
    assert ours == {"convcost.executor", *(f"convcost.executor.{name}" for name in modules)}
    tops = {name.partition(".")[0] for name in found["loaded"]}
    assert tops - sys.stdlib_module_names <= {"convcost", "numpy"}
