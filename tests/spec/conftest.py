"""The two parsers that a spec may be read with."""

from __future__ import annotations

import pytest
import yaml


@pytest.fixture(params=["libyaml", "PyYAML alone"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The YAML parser: a test that asks for this fixture runs with each one."""
    if request.param == "PyYAML alone":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    elif not yaml.__with_libyaml__:
        pytest.skip("this PyYAML was built without libyaml")
    return request.param
