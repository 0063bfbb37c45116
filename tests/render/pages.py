"""Pages as a browser's parser sees them, for tests that need no browser."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import NamedTuple

EMPTY = frozenset(("meta", "br", "hr", "input", "img", "link"))


class Tag(NamedTuple):
    """An element that was opened."""

    name: str
    attributes: dict[str, str | None]


class Page(HTMLParser):
    """All elements of a page, its texts, and what is still open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[Tag] = []
        self.texts: list[str] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": []}
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(Tag(tag, dict(attrs)))
        if tag not in EMPTY:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(Tag(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        within = self._open[-1] if self._open else ""
        self.inside.get(within, self.texts).append(data)

    def all(self, name: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of a name."""
        return [tag.attributes for tag in self.tags if tag.name == name]

    @property
    def policy(self) -> dict[str, list[str]]:
        """The content security policy, by directive."""
        (text,) = (str(meta["content"]) for meta in self.all("meta") if "http-equiv" in meta)
        return {words[0]: words[1:] for words in map(str.split, text.split(";"))}

    def is_strict(self) -> None:
        """Assert that nothing runs or styles but what the policy has by its hash, and that nothing
        is loaded from anywhere."""
        for kind, texts in self.inside.items():
            wanted = [b64encode(sha256(text.encode()).digest()).decode() for text in texts]
            assert self.policy[f"{kind}-src"] == [f"'sha256-{one}'" for one in wanted]
        assert self.policy["default-src"] == ["'none'"]
        for name, attributes in self.tags:
            for attribute, value in attributes.items():
                assert not attribute.startswith("on"), (name, attribute)
                assert attribute not in ("style", "src", "srcset", "action"), (name, attribute)
                if attribute == "href":
                    assert re.match("#|https://", str(value)), (name, value)
            assert name not in ("link", "iframe", "object", "embed", "base", "form", "img")
