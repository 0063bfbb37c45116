"""Words that are not an op, block, metric, field or code: what they mean, in a paragraph each.

What a table of the program knows (metrics, ops, fields, blocks, lint rules) is not written here
again. A test asks for every heading and label of every report, so one that is missing is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.explain.glossary import (
    asked,
    checked,
    conduct,
    devices,
    language,
    reports,
    sweeps,
    terms,
    tools,
)

if TYPE_CHECKING:
    from convcost.analysis.explain.glossary.word import Word

WORDS: tuple[Word, ...] = (
    *reports.WORDS,
    *checked.WORDS,
    *language.WORDS,
    *terms.WORDS,
    *tools.WORDS,
    *conduct.WORDS,
    *devices.WORDS,
    *sweeps.WORDS,
    *asked.WORDS,
)
