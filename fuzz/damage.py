"""Bytes and lines changed at random: what any kind of file may suffer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

SIZES = (
    *("0", "1", "-1", "2", "3", "7", "8", "64", "1024", "65536", "65537", "1000000", "1e9"),
    *("10**9", "2**40", "2**63", "-2**63", "1/0", "0.5", "1/3", ".inf", ".nan", "1e400", "9" * 40),
)  # fmt: skip
WORDS = (
    *("", "~", "true", "no", "same", "valid", "input", "i", "in_channels", "in_height", "width"),
    *("conv", "relu", "residual", "branches", "table", "concat", "add", "split", "view", "lstm"),
    *("layers", "op", "name", "from", "repeat", "when", "share", "body", "paths", "dtype", "vars"),
    *("[", "]", "{", "}", "[]", "{}", "[1, 2]", "[[1, 2], 3]", "{a: 1}", ":", ",", "-", "#", "'"),
    *('"', "&a", "*a", "!!int", "<<", "|", ">", "\t", "\u2028", "é", "😀", "\x07", "x" * 120),
    *("a.b", "0.body", "conv1", "stem", "int8", "float16", "bool", "%s", "{}", "$(id)"),
    *("::error::", "../net.yaml", "/etc/passwd", "-", "--help", "a@b=1", "a=b", "\x1b[31m", "\x85"),
    *("\ufeff",),
)  # fmt: skip
BYTES = (
    b"\x00",
    b"\xff",
    b"\x80",
    b"\x7f",
    b"\n",
    b"\x08",
    b"\x12",
    b"\xff\xff\xff\xff\x0f",
    b"\x01",
)


def lines(rng: Random, text: str, others: Sequence[str] = ()) -> str:
    """A text with one to four things wrong, most often one."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        text = _one_line(rng, text, others)
    return text


def cells(rng: Random, text: str) -> str:
    """A table with one to four cells that hold something else, or lines changed as in any text."""
    rows = [line.split(",") for line in text.split("\n")]
    for _ in range(rng.choice((1, 1, 2, 4))):
        row = rng.choice(rows)
        unit = rng.choice(("", "", " ms", " s", " us", " ns", " h"))
        row[rng.randrange(len(row))] = rng.choice((*SIZES, *WORDS)) + unit
    changed = "\n".join(map(",".join, rows))
    return lines(rng, changed) if rng.random() < 0.2 else changed


def _one_line(rng: Random, text: str, others: Sequence[str]) -> str:
    found = text.split("\n")
    at, other = rng.randrange(len(found)), rng.randrange(len(found))
    match rng.randrange(14):
        case 0:
            del found[at]
        case 1:
            found.insert(at, found[other])
        case 2:
            found[at], found[other] = found[other], found[at]
        case 3:
            found[at] = "  " * rng.randint(0, 4) + found[at].lstrip()
        case 4:
            del found[min(at, other) : max(at, other)][:6]
        case 5 if others:
            foreign = rng.choice(others).split("\n")
            start = rng.randrange(len(foreign))
            found[at:at] = foreign[start : start + rng.randint(1, 4)]
        case 6:
            cut = rng.randint(0, len(found[at]))
            found[at] = found[at][:cut] + rng.choice(WORDS) + found[at][cut:]
        case _:
            found[at] = _word(rng, found[at])
    return "\n".join(found)


def _word(rng: Random, line: str) -> str:
    """The line with another word, mostly a number where it had one."""
    words = line.split(" ")
    numbers = [n for n, word in enumerate(words) if any(c.isdigit() for c in word)]
    at = rng.choice(numbers) if numbers and rng.random() < 0.7 else rng.randrange(len(words))
    old = words[at]
    new = rng.choice(SIZES if at in numbers or rng.random() < 0.3 else WORDS)
    tail = old[len(old.rstrip(",]}")) :]
    words[at] = new + tail if rng.random() < 0.8 else new
    return " ".join(words)


def data(rng: Random, given: bytes) -> bytes:
    """Bytes with one to four things wrong."""
    for _ in range(rng.randint(1, 4)):
        given = _one_byte(rng, given)
    return given


def _one_byte(rng: Random, given: bytes) -> bytes:
    at = rng.randint(0, len(given))
    end = min(len(given), at + rng.choice((1, 1, 2, 4, 8, 64)))
    match rng.randrange(6):
        case 0:
            return given[:at] + bytes([rng.randrange(256)]) + given[end:]
        case 1:
            return given[:at] + given[end:]
        case 2:
            return given[:at] + rng.choice(BYTES) + given[at:]
        case 3:
            return given[:at] + given[at:end] + given[at:]
        case 4:
            return given[:at]
        case _:
            other = rng.randint(0, len(given))
            return given[:at] + given[other : other + end - at] + given[end:]
