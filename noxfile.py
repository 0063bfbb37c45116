"""Single steps in environments of their own: ``nox --list``.

All that must hold, in the order that continuous integration takes, is .ci/run.
"""

from __future__ import annotations

from pathlib import Path

import nox

nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_external_run = True

# The oldest set is for the oldest Python alone: newer ones have no such NumPy.
# What is left out where stands in docs/developing.md.
WORLDS = [
    ("3.11", "newest", []),
    ("3.12", "newest", ["-m", "not slow"]),
    ("3.13", "newest", ["-m", "not slow"]),
    ("3.11", "oldest", ["--third"]),
]


def install(session: nox.Session, dependencies: str = "newest", extras: str = "test") -> None:
    """The package, as it would be installed, and one set of what it needs."""
    session.install("--constraint", f"requirements/{dependencies}.txt", f".[{extras}]")


@nox.session(default=False)
@nox.parametrize(("python", "dependencies", "chosen"), WORLDS)
def tests(session: nox.Session, dependencies: str, chosen: list[str]) -> None:
    """The tests that .ci/run has for a world, on the wheel."""
    install(session, dependencies)
    session.run("pytest", "-n", "auto", *chosen, *session.posargs)


@nox.session
def fast(session: nox.Session) -> None:
    """The tests for every change, on the checkout."""
    install(session)
    session.run("python", "-m", "pytest", "-n", "auto", "--fast", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Text, types and imports."""
    install(session)
    session.run(".ci/lint", external=True)


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Make the generated parts of the documentation again."""
    install(session)
    pages = sorted(str(path) for path in Path("docs").rglob("*.md"))
    session.run("python", "-m", "cogapp", "-r", "README.md", *pages)


@nox.session(default=False)
def site(session: nox.Session) -> None:
    """The documentation as a site: build/site/index.html."""
    install(session, extras="site")
    session.run(".ci/site", "build/site", external=True)


@nox.session(default=False)
def benchmarks(session: nox.Session) -> None:
    """Ratios of times, of the benchmarks named after --: those of benchmarks/README.md."""
    install(session)
    for name in session.posargs:
        session.run("python", f"benchmarks/{name}.py")
