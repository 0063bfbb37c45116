"""The form of an entry of the glossary."""

from __future__ import annotations

from typing import NamedTuple


class Word(NamedTuple):
    """A word that reports, messages or specs use.

    ``names`` are its spellings, the one to be shown first. ``says`` is a short paragraph, with a
    sentence for each thing that it stands for. ``example`` is a command that shows it, or a
    sentence. ``read`` is the page that says more.
    """

    names: tuple[str, ...]
    says: str
    example: str
    read: str
