"""Every rule has its page, and every page's examples do what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lint_support import PAGE_CODES, UNREADABLE, codes, examples, findings

from convcost.analysis.lint import PAGES, RULES, documented, page
from convcost.errors import ConvcostError, SpecError

if TYPE_CHECKING:
    from convcost.analysis.lint import LintRule


def test_every_rule_has_a_page_and_every_page_a_rule():
    unlike = {rule.code for rule in RULES} ^ {*PAGE_CODES}
    assert not unlike, f"convcost/analysis/lint/pages has a page for each rule: {sorted(unlike)}"
    assert [rule.code for rule in RULES] == PAGE_CODES
    assert [rule.code for rule in documented()] == PAGE_CODES


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.code in PAGE_CODES], ids=lambda rule: rule.code
)
def test_a_page_begins_with_title_and_level(rule: LintRule):
    text = page(rule.code.lower())
    assert text.startswith(f"# {rule.code}: {rule.title}\n\n*{rule.level}*: ")
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## Bad",
        "## Why",
        "## Good",
    ]


def test_the_bad_example_of_a_mistake_cannot_be_read():
    bad, _ = examples(UNREADABLE)
    with pytest.raises(SpecError):
        findings(bad)


@pytest.mark.parametrize("code", [code for code in PAGE_CODES if code != UNREADABLE])
def test_the_bad_example_has_exactly_this_finding(code: str):
    bad, _ = examples(code)
    (finding,) = findings(bad)
    level = next(rule.level for rule in RULES if rule.code == code)
    assert (finding.code, finding.level) == (code, level)
    assert finding.source is not None
    assert finding.fix


@pytest.mark.parametrize("code", PAGE_CODES)
def test_the_good_example_has_none(code: str):
    _, good = examples(code)
    assert codes(good) == []


def test_a_page_of_no_code():
    with pytest.raises(ConvcostError) as error:
        page("CC1001")
    assert str(error.value) == (
        "no rule has the code `CC1001`\n  a code with a similar name exists: `CC101`"
    )


def test_pages_are_documentation_of_the_package():
    assert (PAGES.parent / "__init__.py").exists()
