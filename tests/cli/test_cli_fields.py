"""All commands agree on the receptive field of a layer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

# A causal kernel of 3 on 100 positions, the last of its units, a classifier: reads 97, 98, 99.
LAST_STEP = """
  - {op: conv, out_channels: 4, kernel_size: 3, padding: [[2, 0]]}
  - {op: crop, size: 1, start: 99}
  - flatten
  - {op: linear, out_features: 10}
"""


def test_all_commands_say_the_same(run: Any, tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(
        f"input: [1, 100]\nexpect: {{receptive_field: [3]}}\n"
        f"budget: {{receptive_field: {{min: 3, max: 3}}}}\nlayers:{LAST_STEP}"
    )
    document = json.loads(run("analyze", spec, "--format", "json").out)
    assert document["layers"][-1]["receptive_field"][0]["size"] == 3
    assert document["unmet"] == []
    assert "`linear`: a field of 3 on an input of 100" in run("rf", spec).out
    assert "97..99" in run("rf", spec, "linear1").out
    assert run("check", spec).code == 0
    spec.write_text(
        f"input: [1, 100]\nbudget: {{receptive_field: {{min: 65}}}}\nlayers:{LAST_STEP}"
    )
    checked = run("check", spec)
    assert checked.code == 1
    assert "receptive_field" in checked.out
