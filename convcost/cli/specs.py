"""``convcost specs``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.cli import options, output
from convcost.render.formats import FIRST

if TYPE_CHECKING:
    Format = str
else:
    Format = options.format_of("page", "document", "records")


def command(format_: Format = FIRST, out: options.Output = None) -> None:
    """List the networks that come with convcost, by the names that commands know.

    \b
    Example:
      convcost specs --format csv
    """
    from convcost.analysis.shipped import shipped
    from convcost.render.reports.specs import report

    output.report(report(shipped()), format_, out)
