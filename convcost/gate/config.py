"""``convcost.toml``, or ``[tool.convcost]`` of a ``pyproject.toml``.

```toml
models = ["models/*.yaml"]   # what `convcost check` checks
exclude = ["models/old/*"]

[budget]                     # holds for every model
macs = {max_increase = "+5%"}
```

With ``[[budget]]`` there are several, each for its own ``models``; ``[[model]]`` gives
sizes that files leave open (``convcost.gate.told``). The closest file going up from a
model holds for it, alone: nothing is merged.
"""

from __future__ import annotations

from os.path import relpath, sep
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import ConvcostError, Problem, SpecError, printable
from convcost.files.opened import Unreadable, content
from convcost.files.root import CONFIG, root_of
from convcost.gate import told
from convcost.gate.patterns import matches
from convcost.gate.toml import read_toml
from convcost.given import NOTHING
from convcost.spec.nodes import LARGEST_FILE, File, List, Mapping, Node, Scalar, decode, described
from convcost.spec.operator_rule import read_operators
from convcost.spec.problems import Problems
from convcost.spec.read_budget import read_budget
from convcost.spec.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.budget.limit import Limit
    from convcost.errors import Source
    from convcost.gate.lint_config import LintConfig
    from convcost.given import Given
    from convcost.spec.operator_rule import OperatorRule

NAME = CONFIG
PROJECT = "pyproject.toml"
KEYS = ("models", "exclude", "budget", "operators", "model", "lint")


class Budget(NamedTuple):
    """Limits of the models that some pattern matches; of all where there is no pattern. ``source``
    is where the patterns are."""

    patterns: tuple[str, ...] | None
    limits: list[Limit]
    source: Source | None = None

    def holds_for(self, seen: str) -> bool:
        """Whether it does for a model, by its path as seen from the configuration's folder."""
        return _one_of(self.patterns, seen)


class Told(NamedTuple):
    """Sizes and values of the inputs of models, which are named as those of a :class:`Budget`."""

    patterns: tuple[str, ...] | None
    given: Given
    source: Source | None = None

    def holds_for(self, seen: str) -> bool:
        """As of a budget."""
        return _one_of(self.patterns, seen)


def _one_of(patterns: tuple[str, ...] | None, seen: str) -> bool:
    return patterns is None or any(matches(pattern, seen) for pattern in patterns)


class Config(NamedTuple):
    """A configuration. Patterns are as seen from ``folder``; ``path`` is as messages show it."""

    path: str
    folder: Path
    models: tuple[str, ...]
    exclude: tuple[str, ...]
    budgets: list[Budget]
    told: list[Told]
    operators: dict[str, OperatorRule]
    lint: LintConfig | None = None

    def given(self, model: Path) -> Given:
        """The sizes and values of a model, by its absolute path; later tables replace earlier. The
        rules for operators are of all models."""
        seen, found = self.seen(model), NOTHING._replace(operators=self.operators)
        for one in self.told:
            if one.holds_for(seen):
                found = one.given.over(found)
        return found

    def limits(self, model: Path) -> list[Limit]:
        """Those that hold for a model, by its absolute path."""
        seen = self.seen(model)
        return [
            limit for budget in self.budgets if budget.holds_for(seen) for limit in budget.limits
        ]

    def seen(self, model: Path) -> str:
        """The path of a model as patterns have it."""
        return relpath(model, self.folder).replace(sep, "/")


def read_config(path: Path, shown: str, data: bytes | None = None) -> Config | None:
    """A configuration from its file.

    Args:
        path: the file.
        shown: its path in messages.
        data: what it holds, in place of what is there now.

    Returns:
        None where it is a ``pyproject.toml`` without ``[tool.convcost]``.

    Raises:
        ConvcostError: the file cannot be read; a SpecError with every mistake in it.
    """
    try:
        data = content(path, LARGEST_FILE) if data is None else data
    except Unreadable as error:
        raise ConvcostError(f"{printable(shown)}: {error}") from None
    return parsed(File(shown, decode(data, shown)), path.parent)


def parsed(file: File, folder: Path) -> Config | None:
    """The configuration in a text; as :func:`read_config`."""
    section = PurePath(file.path).name == PROJECT
    if section and "convcost" not in file.text:
        return None
    problems = Problems(file)
    reader = Reader(problems)
    root: Node | None = read_toml(file)
    above = ("tool", "convcost") if section else ()
    for key in above:
        root = root.get(key) if isinstance(root, Mapping) else None
    if root is None:
        return None
    mapping = reader.mapping(root, "tool.convcost")
    if mapping is not None:
        reader.known_keys(mapping, KEYS, "a configuration", "key")
        models, exclude = (_patterns(reader, key, mapping.get(key)) for key in KEYS[:2])
        config = Config(file.path, folder, models or (), exclude or (), [], [], {})
        budget = mapping.get("budget")
        for node in budget.items if isinstance(budget, List) else [budget]:
            config.budgets.append(_budget(reader, node))
        model = mapping.get("model")
        if model is not None and not isinstance(model, List):
            reader.complain(
                f"model is a list of tables, which [[{'.'.join((*above, 'model'))}]] begins", model
            )
        for node in model.items if isinstance(model, List) else ():
            config.told.extend(_told(reader, node))
        rules = mapping.get("operators")
        config.operators.update(read_operators(reader, reader.mapping(rules, "operators")))
        config = config._replace(lint=_lint(reader, mapping.get("lint")))
        problems.refuse()
        return config
    problems.refuse()
    raise AssertionError  # there is a problem


def _lint(reader: Reader, node: Node | None) -> LintConfig | None:
    if node is None:
        return None
    from convcost.gate.lint_config import read_lint  # all rules, which a check has no use for

    return read_lint(reader, node)


def _budget(reader: Reader, node: Node | None) -> Budget:
    mapping = reader.mapping(node, "budget")
    if mapping is None:
        return Budget(None, [])
    models = mapping.get("models")
    patterns = _patterns(reader, "models", models)
    limits = Mapping(mapping.file, mapping.line, mapping.column, mapping.flow)
    limits.entries = {key: of for key, of in mapping.entries.items() if key != "models"}
    return Budget(patterns, read_budget(reader, limits), models and models.source)


def _told(reader: Reader, node: Node | None) -> list[Told]:
    mapping = reader.mapping(node, "model")
    if mapping is None:
        return []
    reader.known_keys(mapping, ("models", *told.KEYS), "a model", "key")
    models = mapping.get("models")
    patterns = _patterns(reader, "models", models)
    return [Told(patterns, told.given_of(reader, mapping), models and models.source)]


def _patterns(reader: Reader, key: str, node: Node | None) -> tuple[str, ...] | None:
    """A list of patterns; None where there is none."""
    if node is None:
        return None
    found: list[str] = []
    for item in node.items if isinstance(node, List) else [node]:
        if isinstance(item, Scalar) and not item.plain and item.text:
            found.append(item.text)
        else:
            wanted = 'a path or a list of them, as in ["models/*.yaml"]'
            reader.complain(f"{key} is {wanted}, and here is {described(item)}", item)
    return tuple(found)


class Configs:
    """The configuration of each folder: the closest one going up, to the repository's root."""

    def __init__(self, given: str | None, here: Path) -> None:
        self.here = here
        self.asked = given
        self.given = None if given is None else self._given(given)
        self.known: dict[Path, Config | None] = {}

    def _given(self, given: str) -> Config | None:
        config = read_config(self.here / given, given)
        if config is None:
            raise SpecError([Problem(f"{printable(given)}: has no [tool.convcost]")])
        return config

    def of(self, folder: Path) -> Config | None:
        """The one that holds for a folder."""
        if self.asked is not None:
            return self.given
        if folder not in self.known:
            config = self._in(folder)
            top = folder.parent == folder or (folder / ".git").exists()
            self.known[folder] = config if config or top else self.of(folder.parent)
        return self.known[folder]

    def _in(self, folder: Path) -> Config | None:
        """The configuration that a folder itself holds."""
        for path in (folder / NAME, folder / PROJECT):
            if path.is_file():
                shown = relpath(path, self.here)
                refusal = root_of(folder).refusal(path)
                if refusal:
                    raise ConvcostError(
                        f"{printable(shown)}: it {refusal}\n  `--config FILE` names one anywhere"
                    )
                config = read_config(path, shown)
                if config is not None:
                    return config
        return None


class ConfigsThen(Configs):
    """The configurations of another time, which something else than the disk holds."""

    def __init__(self, now: Configs, read: Callable[[Path], bytes | None]) -> None:
        self.read = read
        super().__init__(now.asked, now.here)

    def _given(self, given: str) -> Config | None:
        return self._read(self.here / given)

    def _in(self, folder: Path) -> Config | None:
        return self._read(folder / NAME) or self._read(folder / PROJECT)

    def _read(self, path: Path) -> Config | None:
        data = self.read(path)
        return None if data is None else read_config(path, relpath(path, self.here), data)
