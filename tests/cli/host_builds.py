"""Builds of every host: variables, events and what is checked out."""

from __future__ import annotations

from typing import NamedTuple

ZEROS = "0" * 40


class Example(NamedTuple):
    """A build: its variables as the host's documentation fills them in, the ref that is checked
    out, and the commit that its model is compared with."""

    variables: dict[str, str]
    checkout: str = "refs/heads/work"
    base: str = "start"
    event: dict[str, object] | None = None


MERGE = "refs/pull/7/merge"
EXAMPLES = {
    "github, pull_request": Example(
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_BASE_REF": "main",
            "GITHUB_HEAD_REF": "work",
            "GITHUB_REF": MERGE,
            "GITHUB_SHA": "{merge}",
        },
        MERGE,
        "tip",
    ),
    "github, pull_request, the head checked out": Example(
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_BASE_REF": "main",
            "GITHUB_SHA": "{merge}",
        }
    ),
    "github, merge_group": Example(
        {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "merge_group"},
        "refs/heads/gh-readonly-queue/main/pr-7",
        "tip",
        {"action": "checks_requested", "merge_group": {"base_sha": "{tip}", "head_sha": "{merge}"}},
    ),
    "github, push": Example(
        {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/work"},
        event={"ref": "refs/heads/work", "before": "{start}", "after": "{work}"},
    ),
    "gitlab, merge request": Example(
        {
            "GITLAB_CI": "true",
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_MERGE_REQUEST_EVENT_TYPE": "detached",
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": "{start}",
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": "",
        }
    ),
    "gitlab, merged result": Example(
        {
            "GITLAB_CI": "true",
            "CI_MERGE_REQUEST_EVENT_TYPE": "merged_result",
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": "{start}",
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": "{tip}",
        },
        MERGE,
        "tip",
    ),
    "gitlab, the name of the branch alone": Example(
        {"GITLAB_CI": "true", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}
    ),
    "azure": Example(
        {
            "TF_BUILD": "True",
            "BUILD_REASON": "PullRequest",
            "BUILD_SOURCEVERSION": "{merge}",
            "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main",
        },
        MERGE,
        "tip",
    ),
    "bitbucket": Example(
        {
            "BITBUCKET_BUILD_NUMBER": "9",
            "BITBUCKET_BRANCH": "work",
            "BITBUCKET_PR_ID": "7",
            "BITBUCKET_PR_DESTINATION_BRANCH": "main",
        }
    ),
    "buildkite": Example(
        {
            "BUILDKITE": "true",
            "BUILDKITE_BRANCH": "work",
            "BUILDKITE_PULL_REQUEST": "7",
            "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main",
        }
    ),
    "jenkins": Example(
        {
            "JENKINS_URL": "https://ci.example.org/",
            "BRANCH_NAME": "PR-7",
            "CHANGE_ID": "7",
            "CHANGE_BRANCH": "work",
            "CHANGE_TARGET": "main",
        }
    ),
    "travis": Example(
        {
            "TRAVIS": "true",
            "TRAVIS_BRANCH": "main",
            "TRAVIS_PULL_REQUEST": "7",
            "TRAVIS_PULL_REQUEST_BRANCH": "work",
            "TRAVIS_COMMIT": "{merge}",
        },
        MERGE,
        "tip",
    ),
    "drone": Example(
        {
            "DRONE": "true",
            "DRONE_BUILD_EVENT": "pull_request",
            "DRONE_PULL_REQUEST": "7",
            "DRONE_SOURCE_BRANCH": "work",
            "DRONE_TARGET_BRANCH": "main",
        }
    ),
    "drone, by the name of the event": Example(
        {
            "DRONE": "true",
            "DRONE_BUILD_EVENT": "pull_request",
            "DRONE_TARGET_BRANCH": "main",
        }
    ),
    "woodpecker": Example(
        {
            "CI": "woodpecker",
            "CI_PIPELINE_EVENT": "pull_request",
            "CI_COMMIT_PULL_REQUEST": "7",
            "CI_COMMIT_SOURCE_BRANCH": "work",
            "CI_COMMIT_TARGET_BRANCH": "main",
        }
    ),
    "circleci": Example(
        {
            "CI": "true",
            "CIRCLECI": "true",
            "CIRCLE_BRANCH": "work",
            "CIRCLE_PULL_REQUEST": "https://github.com/example/networks/pull/7",
        }
    ),
}

OTHER_BUILDS = {
    "github, a new branch": Example(
        {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push"}, event={"before": ZEROS}
    ),
    "github, by hand": Example(
        {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "workflow_dispatch"}, event={"inputs": {}}
    ),
    "github, by hand without an event": Example({"GITHUB_EVENT_NAME": "push"}),
    "gitlab, a branch": Example({"GITLAB_CI": "true", "CI_COMMIT_BRANCH": "work"}),
    "travis, a branch": Example(
        {"TRAVIS": "true", "TRAVIS_BRANCH": "work", "TRAVIS_PULL_REQUEST": "false"}
    ),
    "buildkite, a branch": Example(
        {"BUILDKITE_PULL_REQUEST": "false", "BUILDKITE_PULL_REQUEST_BASE_BRANCH": ""}
    ),
    "drone, a branch": Example(
        {"DRONE": "true", "DRONE_BUILD_EVENT": "push", "DRONE_TARGET_BRANCH": "work"}
    ),
    "woodpecker, a branch": Example({"CI": "woodpecker", "CI_COMMIT_TARGET_BRANCH": ""}),
    "circleci, a branch": Example({"CIRCLECI": "true", "CIRCLE_BRANCH": "work"}),
}
