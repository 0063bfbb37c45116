"""JUnit's XML as test runners of hosts take it.

Nobody wrote one schema. These are the elements and attributes that the schemas of Jenkins' xUnit
plugin agree on, in our own words: more would be refused by one of them, and of what is required
less would be.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree

import pytest
from repository import Repository, spec
from test_check_formats import changed, hostile

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]

COUNT = "[0-9]+"
ANY = "(?s:.*)"
SOME = "(?s:.+)"


class Element(NamedTuple):
    """An element: what it must and may have, and the elements in it, in this order."""

    required: dict[str, str]
    optional: dict[str, str]
    inside: tuple[str, ...] = ()
    text: bool = False


WRONG = Element({"type": SOME, "message": ANY}, {}, text=True)
ELEMENTS = {
    "testsuites": Element(
        {},
        {"name": ANY, "tests": COUNT, "failures": COUNT, "errors": COUNT, "disabled": COUNT},
        ("testsuite",),
    ),
    "testsuite": Element(
        {"name": SOME, "tests": COUNT, "failures": COUNT, "errors": COUNT},
        {"skipped": COUNT, "disabled": COUNT, "id": ANY, "package": ANY, "hostname": ANY},
        ("properties", "testcase", "system-out", "system-err"),
    ),
    "testcase": Element(
        {"name": SOME, "classname": SOME},
        {"status": ANY},
        ("skipped", "error", "failure", "system-out", "system-err"),
    ),
    "skipped": Element({}, {"message": ANY, "type": ANY}, text=True),
    "failure": WRONG,
    "error": WRONG,
    "system-out": Element({}, {}, text=True),
    "system-err": Element({}, {}, text=True),
}


def refuse(element: ElementTree.Element) -> None:
    """Fail where an element, or one in it, is not as it must be."""
    rule = ELEMENTS[element.tag]
    for name in rule.required:
        assert name in element.attrib, f"{element.tag}: {name} is required"
    for name, text in element.attrib.items():
        pattern = (rule.required | rule.optional)[name]
        assert re.fullmatch(pattern, text), (element.tag, name, text)
    assert rule.text or not (element.text or "").strip()
    order = [rule.inside.index(inside.tag) for inside in element]
    assert order == sorted(order)
    if element.tag == "testcase":
        assert len(order) == len({*order})
    for inside in element:
        refuse(inside)


def counted(element: ElementTree.Element) -> None:
    """Fail where the numbers of a suite are not those of its cases."""
    cases = list(element.iter("testcase"))
    assert element.attrib["tests"] == str(len(cases))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        if name in element.attrib:
            assert element.attrib[name] == str(len(list(element.iter(tag)))), name


def read(text: str) -> ElementTree.Element:
    """A document that is as it must be."""
    root = ElementTree.fromstring(text.encode())
    assert root.tag == "testsuites"
    refuse(root)
    for element in (root, *root):
        counted(element)
    return root


def junit(run: Run, *arguments: str) -> ElementTree.Element:
    return read(run("check", "--format", "junit", *arguments).out)


def outcomes(root: ElementTree.Element) -> dict[str, str]:
    """The outcome of each case: the element in it."""
    return {
        case.attrib["name"]: next((inside.tag for inside in case), "passed")
        for case in root.iter("testcase")
    }


def test_a_change(run: Run, repo: Repository):
    changed(repo)
    root = junit(run, "--base", "HEAD")
    assert (root.attrib["failures"], root.attrib["errors"]) == ("3", "0")


def test_hostile_names(run: Run, repo: Repository):
    hostile(repo)
    assert len(junit(run, "--base", "none")) == 1


def test_a_model_that_cannot_be_read(run: Run, repo: Repository):
    repo.write("a.yaml", spec(4, "{params: 1k}"))
    repo.write("b.yaml", spec().replace("kernel_size: 3", "kernel_size: 30"))
    root = junit(run)
    assert (root.attrib["tests"], root.attrib["errors"]) == ("2", "1")


BUDGET = "{params: {max: 1k, max_increase: +5%}, layers: {stem: {macs: 1G}}}"
GROWTH = "params (+5%) max_increase"


@pytest.mark.parametrize(
    ("base", "outcome", "said"),
    [
        (None, "skipped", "growth not checked: there is no baseline"),
        ("HEAD~1", "skipped", "growth not checked: the model is new"),
        ("HEAD", "passed", None),
    ],
)
def test_growth_that_was_not_checked_has_not_passed(
    run: Run, repo: Repository, base: str | None, outcome: str, said: str | None
):
    repo.commit(other_yaml=spec())
    repo.commit(a_yaml=spec(4, BUDGET))
    root = junit(run, "a.yaml", *(["--base", base] if base else []))
    assert outcomes(root[0]) == {
        "params max": "passed",
        "macs of stem max": "passed",
        GROWTH: outcome,
    }
    assert [skipped.attrib["message"] for skipped in root.iter("skipped")] == [said] * bool(said)


def test_a_limit_of_layers_that_one_model_has_not_is_skipped(run: Run, repo: Repository):
    repo.write("a.yaml", spec())
    repo.write("b.yaml", "input: [3, 8]\nlayers: [relu]\n")
    repo.write("convcost.toml", '[budget.layers.stem]\nmacs = "1G"\n')
    first, second = junit(run)
    assert outcomes(first) == {"macs of stem max": "passed"}
    assert outcomes(second) == {"macs of stem max": "skipped"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('<testsuites><testsuite name="a" tests="0" failures="0"/></testsuites>', "errors is"),
        (
            '<testsuites><testsuite name="a" tests="1" failures="0" errors="0"><testcase name="b" '
            'classname="a"><failure message="x"/></testcase></testsuite></testsuites>',
            "type is",
        ),
    ],
)
def test_the_rules_refuse_what_a_schema_does(text: str, says: str):
    with pytest.raises(AssertionError, match=says):
        read(text)
