"""The weights that a file gets, where files of its kind hold any."""

from __future__ import annotations

from typing import NamedTuple


class Weights(NamedTuple):
    """Those of an ``.npz`` file by their names, and others drawn with a seed; none at all where
    they are ``left_out``."""

    path: str | None = None
    seed: int = 0
    left_out: bool = False


DRAWN = Weights()
"""What a file gets of which nobody says otherwise."""
