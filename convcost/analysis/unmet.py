"""Expectations and limits of a spec that its network does not meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.further_metrics import further

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.analyze.network_cost import Analysis


def unmet(analysis: Analysis) -> Sequence[str]:
    """The expectations of a network's author that do not hold, and the limits that are broken, of
    figures of others as well.

    Raises:
        SpecError: a limit names a tool or a device that there is not, or a figure that it has not.
    """
    limits = [limit for limit in analysis.network.budget if not limit.relative]
    if any(further([limit.metric]) for limit in limits):
        from convcost.analysis.counted import counting  # tools and devices take long to import

        analysis = counting(analysis, limits)
    return analysis.unmet
