"""The columns that texts take on a terminal."""


def width_of(text: str) -> int:
    """Columns that a text takes on a terminal."""
    if text.replace("…", ".").isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    shown = (c for c in text if category(c) not in ("Mn", "Me", "Cf"))
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in shown)
