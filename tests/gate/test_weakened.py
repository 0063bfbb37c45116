"""The tightest of several limits, and whether another one lets more through."""

from __future__ import annotations

from fractions import Fraction

import pytest

from convcost.budget.limit import Bound, Limit
from convcost.budget.verdict import Figures
from convcost.gate.weakened import Judged

NOW, THEN = (Figures("net", {"macs": macs}, [], []) for macs in (1000, 900))


def growth(amount: int | Fraction) -> Limit:
    return Limit("macs", Bound.INCREASE, amount)


FIVE, TEN = growth(Fraction(1, 20)), growth(Fraction(1, 10))


@pytest.mark.parametrize("then", [None, THEN])
def test_the_least_growth_is_the_tightest_whether_it_has_a_value_or_not(
    then: Figures | None,
) -> None:
    judged = Judged(NOW, then)
    for limits in ([FIVE, TEN], [TEN, FIVE], [TEN, FIVE, TEN]):
        assert judged.tightest(limits) is FIVE
    assert judged.lets_more_through(FIVE, TEN)
    assert not judged.lets_more_through(TEN, FIVE)
    assert not judged.lets_more_through(FIVE, FIVE)


def test_shares_and_counts_are_compared_by_what_they_come_to() -> None:
    """A twentieth of 900 is 45; without a value nobody knows which of both is less."""
    judged = Judged(NOW, THEN)
    for amount, tightest in ((44, 1), (46, 0)):
        limits = [FIVE, growth(amount)]
        assert judged.tightest(limits) is limits[tightest]
    assert judged.lets_more_through(FIVE, growth(46))
    assert not judged.lets_more_through(FIVE, growth(45))
    assert not Judged(NOW, None).lets_more_through(FIVE, growth(46))


def test_the_largest_least_is_the_tightest() -> None:
    few, many = (Limit("macs", Bound.MIN, amount) for amount in (100, 200))
    judged = Judged(NOW, THEN)
    assert judged.tightest([few, many]) is judged.tightest([many, few]) is many
    assert judged.lets_more_through(many, few)
    assert not judged.lets_more_through(few, many)
    assert not judged.lets_more_through(few, few)
