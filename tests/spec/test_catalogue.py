"""Files that describe one thing each: tools and devices are read alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from convcost.conventions.read import convention
from convcost.devices.read import device
from convcost.errors import ConvcostError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

READERS = pytest.mark.parametrize(
    ("read", "noun"), [(convention, "convention"), (device, "device")]
)


@READERS
@pytest.mark.parametrize("name", ["my tool.yaml", "Mine.yaml", "a.b.yaml", "a-b.yml", ".yaml"])
def test_a_file_is_named_as_a_count_can_be(
    read: Callable[[str], object], noun: str, name: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text("{}")
    with pytest.raises(ConvcostError) as raised:
        read(str(tmp_path / name))
    said = f"{name}: the file names the {noun} in small letters, digits and _, such as mine.yaml"
    assert str(raised.value).endswith(said)


@READERS
def test_mistakes_are_said(read: Callable[[str], object], noun: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    for text, said in (
        ("[1]", f"a {noun} is a mapping"),
        ("a: [", "mine.yaml:"),
        ("nothing: 1", f"a {noun} has no key `nothing`"),
    ):
        path.write_text(text)
        with pytest.raises(ConvcostError) as raised:
            read(str(path))
        assert said in str(raised.value)
    with pytest.raises(ConvcostError) as raised:
        read("nobody")
    assert str(raised.value).startswith(f"there is no {noun} `nobody`\n  {noun}s: ")
    with pytest.raises(ConvcostError) as raised:
        read(str(tmp_path / "gone.yaml"))
    assert "gone.yaml: " in str(raised.value)
