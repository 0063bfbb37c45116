"""The values of an axis that is given by its name alone, as docs/commands has them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from convcost.sweeps.fitting import axis_around


@pytest.mark.parametrize(
    ("own", "step", "first", "last"),
    [
        (Fraction(1), Fraction(1, 20), Fraction(1, 4), 2),
        (Fraction(3, 2), Fraction(3, 40), Fraction(3, 8), 3),
        (4, Fraction(1, 5), 1, 8),
        (224, 8, 56, 448),
        (30, 1, 8, 60),  # of 7.5 the next one
    ],
)
def test_an_axis_goes_from_a_quarter_to_twice_its_own_value(
    own: int | Fraction, step: int | Fraction, first: int | Fraction, last: int
) -> None:
    values = [Fraction(value) for value in axis_around("width", {"width": own}).values]
    count = int((last - first) / Fraction(step)) + 1
    assert values == [first + step * number for number in range(count)]
    assert values[-1] == last
