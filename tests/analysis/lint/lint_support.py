"""Helpers shared by the tests of lint."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import convcost
from convcost.analysis.lint import PAGES, lint

if TYPE_CHECKING:
    from convcost.finding import Finding
    from convcost.network import Layer, Network

UNREADABLE = "CC001"
PLAIN = "{op: conv, out_channels: 64, kernel_size: 3, padding: 1}"
PAGE_CODES = sorted(path.stem for path in PAGES.glob("*.md"))


def network(text: str) -> Network:
    return convcost.load("net.yaml", read=lambda _: text.encode())


def findings(text: str) -> list[Finding]:
    return lint(network(text), "net.yaml")


def codes(text: str) -> list[str]:
    return [finding.code for finding in findings(text)]


def layers(text: str, input_: str = "[64, 32, 32]") -> str:
    """A spec of some layers, written as the value of ``layers:``."""
    return f"input: {input_}\nlayers:\n{text}"


def examples(code: str) -> list[str]:
    """The bad and the good example of a code's page."""
    return re.findall(r"```yaml\n(.*?)```", (PAGES / f"{code}.md").read_text(), re.DOTALL)


def layer(net: Network, name: str) -> Layer:
    return net.layer(name)


def listed(*entries: str) -> str:
    return "\n".join(f"  - {entry}" for entry in entries)


def only(text: str) -> Finding:
    (finding,) = findings(text)
    return finding
