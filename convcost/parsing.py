"""Python's parser for expressions, one text at a time.

Python 3.11 counts how deep it is once for all threads, so two that parse at once may both fail; and
what filters warnings is one for all threads as well.
"""

from __future__ import annotations

import ast
import os
import re
import warnings
from threading import Lock

_FILE = "<expression>"
_PARSING = Lock()
if hasattr(os, "register_at_fork"):  # a new process has no thread that would let go of it
    os.register_at_fork(
        before=_PARSING.acquire,
        after_in_parent=_PARSING.release,
        after_in_child=_PARSING.release,
    )


def parsed(text: str) -> ast.expr:
    """The tree of an expression; slips that Python only warns of (``3if x else 4``) are errors.

    Raises:
        SyntaxError, ValueError: it is none.
        RecursionError, MemoryError: it is too deep.
    """
    with _PARSING, warnings.catch_warnings():
        warnings.filterwarnings("error", module=re.escape(_FILE))
        return ast.parse(text, _FILE, "eval").body
