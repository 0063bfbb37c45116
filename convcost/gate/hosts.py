"""Hosts of continuous integration, and where each says what a change is compared with.

One table: a host is a row, and a row more is all that another host takes.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from convcost.errors import ConvcostError, printable
from convcost.files.opened import Unreadable, content

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTHING = re.compile(r"0+")  # in place of a commit: a branch that is new has none before
_LARGEST_EVENT = 64 << 20  # bytes; GitHub sends no more than 25 MB


class Branch(NamedTuple):
    """A variable with the name of the branch that a change is to be merged into. Where every build
    has it, ``only`` are others, one of which each pull request has; ``merge`` is one with the
    commit that the host made of both, if it makes one."""

    variable: str
    only: tuple[str, ...] = ()
    merge: str = ""


class Commit(NamedTuple):
    """A variable with the very commit to compare with."""

    variable: str


class Event(NamedTuple):
    """A commit in the file that describes an event, by the keys that lead to it; ``event`` is the
    name of the event."""

    event: str
    keys: tuple[str, ...]


class Default(NamedTuple):
    """Variables, one of which says that there is a pull request, and none what it is to be merged
    into: it is compared with the default branch."""

    variables: tuple[str, ...]


Way = Branch | Commit | Event | Default


class Host(NamedTuple):
    """A host: ``mark`` is a variable that is set on it and nowhere else, ``ways`` are tried in
    order, and ``whole`` is the setting with which its clones have the history that a comparison
    needs. A variable is one with some value, or ``NAME=VALUE``."""

    name: str
    mark: str
    ways: tuple[Way, ...]
    whole: str


HOSTS = (
    Host(
        "GitHub Actions",
        "GITHUB_ACTIONS",
        (
            Branch("GITHUB_BASE_REF", merge="GITHUB_SHA"),
            Event("merge_group", ("merge_group", "base_sha")),
            Event("push", ("before",)),
        ),
        "`fetch-depth: 0` of actions/checkout",
    ),
    Host(
        "GitLab",
        "GITLAB_CI",
        (
            Commit("CI_MERGE_REQUEST_TARGET_BRANCH_SHA"),  # of merged results and merge trains
            Commit("CI_MERGE_REQUEST_DIFF_BASE_SHA"),
            Branch("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
        ),
        "the variable `GIT_DEPTH: 0`",
    ),
    Host(
        "Azure Pipelines",
        "TF_BUILD",
        (Branch("SYSTEM_PULLREQUEST_TARGETBRANCH", merge="BUILD_SOURCEVERSION"),),
        "`fetchDepth: 0` of the step `checkout: self`",
    ),
    Host(
        "Bitbucket Pipelines",
        "BITBUCKET_BUILD_NUMBER",
        (Branch("BITBUCKET_PR_DESTINATION_BRANCH"),),
        "`clone: {depth: full}`",
    ),
    Host(
        "Buildkite",
        "BUILDKITE",
        (Branch("BUILDKITE_PULL_REQUEST_BASE_BRANCH"),),
        "`BUILDKITE_GIT_CLONE_FLAGS` without `--depth`",
    ),
    Host(
        "Jenkins",
        "JENKINS_URL",
        (Branch("CHANGE_TARGET"),),
        "`shallow: false` and no narrower refspec among the clone options of its checkout",
    ),
    Host(
        "Travis CI",
        "TRAVIS",
        (Branch("TRAVIS_BRANCH", ("TRAVIS_PULL_REQUEST",), merge="TRAVIS_COMMIT"),),
        "`git: {depth: false}`",
    ),
    Host(
        "Drone",
        "DRONE",
        (Branch("DRONE_TARGET_BRANCH", ("DRONE_PULL_REQUEST", "DRONE_BUILD_EVENT=pull_request")),),
        "no `depth` under `clone`",
    ),
    Host(
        "Woodpecker",
        "CI=woodpecker",
        (Branch("CI_COMMIT_TARGET_BRANCH"),),
        "that command as the first of the step, as its clone has no other branch",
    ),
    Host(
        "CircleCI",
        "CIRCLECI",
        (Default(("CIRCLE_PULL_REQUEST", "CIRCLE_PULL_REQUESTS", "CIRCLE_PR_NUMBER")),),
        "`checkout: {method: full}`",
    ),
)


class Wanted(NamedTuple):
    """The base that the environment names: a revision, where it is named, and the commit that the
    host made of the change and its base, if it did."""

    ref: str
    variable: str
    merge: str = ""


def host_of(environment: Mapping[str, str]) -> Host | None:
    """The host that a command runs on, as far as its variables say."""
    for host in HOSTS:
        if _is_set(environment, host.mark):
            return host
    return next((host for host in HOSTS if _wanted(host, environment)), None)


def runs_in_ci(environment: Mapping[str, str]) -> bool:
    """Whether continuous integration runs the command: ``CI`` says so, or where it is not set, as
    on Azure and Jenkins, the mark of a host."""
    if "CI" in environment:
        return environment["CI"].lower() not in ("", "false", "0")
    return any(_is_set(environment, host.mark) for host in HOSTS)


def wanted_base(environment: Mapping[str, str]) -> Wanted | None:
    """The base of the change that is being built, as its host names it; None where it does not.

    Raises:
        ConvcostError: the file that describes the event cannot be read.
    """
    found = (_wanted(host, environment) for host in HOSTS)
    return next((wanted for wanted in found if wanted), None)


def _wanted(host: Host, environment: Mapping[str, str]) -> Wanted | None:
    found = (_followed(way, environment) for way in host.ways)
    return next((wanted for wanted in found if wanted), None)


def _followed(way: Way, environment: Mapping[str, str]) -> Wanted | None:
    match way:
        case Branch(variable, only, merge):
            branch = _value(environment, variable).removeprefix("refs/heads/")
            if not branch or (only and not any(_is_set(environment, name) for name in only)):
                return None
            return Wanted(f"origin/{branch}...", variable, environment.get(merge, ""))
        case Commit(variable):
            commit = _commit(_value(environment, variable))
            return Wanted(commit, variable) if commit else None
        case Event(name, keys):
            if environment.get("GITHUB_EVENT_NAME") != name:
                return None
            commit = _commit(_of_event(environment.get("GITHUB_EVENT_PATH", ""), keys))
            return Wanted(commit, f"{'.'.join(keys)} of GITHUB_EVENT_PATH") if commit else None
        case Default(variables):
            found = next((name for name in variables if _is_set(environment, name)), None)
            return Wanted("origin/HEAD...", found) if found else None


def _is_set(environment: Mapping[str, str], variable: str) -> bool:
    name, _, value = variable.partition("=")
    found = _value(environment, name)
    return bool(found) and value in ("", found)


def _value(environment: Mapping[str, str], name: str) -> str:
    """The value of a variable; "" where it is not set, or is set to say that nothing is."""
    value = environment.get(name, "")
    return "" if value == "false" else value


def _commit(value: object) -> str:
    """A commit; "" where there is none, or zeros that stand for none."""
    return value if isinstance(value, str) and not _NOTHING.fullmatch(value) else ""


def _of_event(path: str, keys: tuple[str, ...]) -> object:
    """A value of the file that describes an event; None where it has none."""
    if not path:
        return None
    said = f"base: the event cannot be read from {printable(path)}, which GITHUB_EVENT_PATH names"
    try:
        found: Any = json.loads(content(path, _LARGEST_EVENT, input_=False))
    except Unreadable as error:
        raise ConvcostError(f"{said}: {error}") from None
    except (ValueError, RecursionError):
        raise ConvcostError(f"{said}: it is not JSON") from None
    for key in keys:
        found = cast("dict[str, Any]", found).get(key) if isinstance(found, dict) else None
    return found
