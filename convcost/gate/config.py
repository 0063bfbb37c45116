"""``convcost.toml``, or ``[tool.convcost]`` of a ``pyproject.toml``.

```toml
models = ["models/*.yaml"]   # what `convcost check` checks
exclude = ["models/old/*"]

[budget]                     # holds for every model
macs = {max_increase = "+5%"}
```

With ``[[budget]]`` there are several, each for its own ``models``; ``[[model]]`` gives
sizes that files leave open (``convcost.gate.told``), or names code that makes a model
(``convcost.gate.factory``), ``[policy]`` levels
(``convcost.gate.policy``), ``[[exemption]]`` time (``convcost.gate.exemptions``). All files
going up from a model to the root of its repository hold for it; where two say something of
one key, that of the nearest does. ``root = true`` has nothing above it hold.
"""

from __future__ import annotations

from os.path import relpath, sep
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import ConvcostError, Problem, SpecError, printable, quoted
from convcost.files.opened import Unreadable, content
from convcost.files.root import CONFIG, GIT, git_top, root_of
from convcost.gate import factory, told, variants
from convcost.gate.exemptions import read_exemption
from convcost.gate.patterns import matches
from convcost.gate.policy import read_policy
from convcost.gate.tables import Budget, Told, nearest
from convcost.gate.toml import read_toml
from convcost.given import NOTHING
from convcost.spec.nodes import LARGEST_FILE, File, List, Mapping, Node, Scalar, decode, described
from convcost.spec.operator_rule import read_operators
from convcost.spec.problems import Problems
from convcost.spec.read_budget import read_limits
from convcost.spec.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from convcost.budget.limit import Limit
    from convcost.gate.exemptions import Exemption
    from convcost.gate.factory import Factory
    from convcost.gate.lint_config import LintConfig
    from convcost.gate.policy import Written
    from convcost.gate.variants import Variant
    from convcost.given import Given
    from convcost.spec.operator_rule import OperatorRule

NAME = CONFIG
PROJECT = "pyproject.toml"
KEYS = (
    *("models", "exclude", "root", "budget", "policy", "exemption", "operators", "model"),
    "lint",
)
MODEL_KEYS = ("models", *told.KEYS, variants.KEY, *factory.KEYS)
"""The keys of ``[[model]]``."""


class Config(NamedTuple):
    """A configuration. Patterns are as seen from ``folder``; ``path`` is as messages show it."""

    path: str
    folder: Path
    models: tuple[str, ...]
    exclude: tuple[str, ...]
    budgets: list[Budget]
    told: list[Told]
    operators: dict[str, OperatorRule]
    policy: dict[str, Written]
    exemptions: list[Exemption]
    factories: list[Factory]
    lint: LintConfig | None = None
    root: bool = False
    outer: Config | None = None

    @property
    def chain(self) -> Iterator[Config]:
        """This one and those above it, the nearest first."""
        config: Config | None = self
        while config is not None:
            yield config
            config = config.outer

    @property
    def choosing(self) -> Config | None:
        """The nearest that says which models to check."""
        return next((config for config in self.chain if config.models), None)

    def given(self, model: Path) -> Given:
        """The sizes and values of a model, by its absolute path; later tables and nearer files
        replace what others say. The rules for operators are of all models."""
        found = NOTHING
        for config in reversed([*self.chain]):
            seen = config.seen(model)
            found = NOTHING._replace(operators=config.operators).over(found)
            for one in config.told:
                if one.holds_for(seen):
                    found = one.given.over(found)
        return found

    def variants(self, model: Path) -> list[Variant]:
        """Those of a model, by its absolute path, besides it as it is written."""
        found: dict[str, Variant] = {}
        for config in reversed([*self.chain]):
            seen = config.seen(model)
            for one in config.told:
                if one.holds_for(seen):
                    found |= {variant.name: variant for variant in one.variants}
        return list(found.values())

    def limits(self, model: Path, own: Sequence[Limit] = (), variant: str = "") -> list[Limit]:
        """Those that hold for a model: of each subject those of the nearest file that has any, or
        switches it off.

        Args:
            model: its absolute path.
            own: those of its spec, which hold besides.
            variant: its name, if it is one: limits of patterns that name it hold in the place of
                those of its file.
        """
        of_file = nearest(
            [b for b in config.budgets if b.holds_for(config.seen(model))] for config in self.chain
        )
        if not variant:
            return [*own, *of_file.limits]
        of_variant = nearest(
            [b for b in config.budgets if b.names(config.seen(model), variant)]
            for config in self.chain
        )
        instead = {*(limit.subject for limit in of_variant.limits), *of_variant.off}
        kept = (limit for limit in (*own, *of_file.limits) if limit.subject not in instead)
        return [*kept, *of_variant.limits]

    def levels(self) -> dict[str, Written]:
        """The policy: each level of the nearest file that has it."""
        return {key: level for c in reversed([*self.chain]) for key, level in c.policy.items()}

    def exempted(self, model: Path, variant: str = "") -> list[Exemption]:
        """The exemptions that name a model, by its absolute path, or a variant of it."""
        return [
            exemption
            for config in self.chain
            for exemption in config.exemptions
            if exemption.holds_for(config.seen(model))
            or (variant and exemption.holds_for(f"{config.seen(model)}{variant}"))
        ]

    def excludes(self, model: Path) -> bool:
        """Whether it leaves out a model, by its absolute path."""
        return any(
            matches(pattern, config.seen(model))
            for config in self.chain
            for pattern in config.exclude
        )

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
    config = _config(reader, mapping, above, folder) if mapping is not None else None
    problems.refuse()
    return config


def _config(reader: Reader, mapping: Mapping, above: tuple[str, ...], folder: Path) -> Config:
    reader.known_keys(mapping, KEYS, "a configuration", "key")
    models, exclude = (_patterns(reader, key, mapping.get(key)) for key in KEYS[:2])
    config = Config(
        path=reader.problems.file.path,
        folder=folder,
        models=models or (),
        exclude=exclude or (),
        budgets=[],
        told=[],
        operators={},
        policy=read_policy(reader, mapping.get("policy")),
        exemptions=_exemptions(reader, mapping.get("exemption"), above),
        factories=[],
        lint=_lint(reader, mapping.get("lint")),
        root=_is_true(reader, mapping.get("root")),
    )
    budget = mapping.get("budget")
    for node in budget.items if isinstance(budget, List) else [budget]:
        config.budgets.append(_budget(reader, node))
    for node in _tables(reader, "model", mapping.get("model"), above):
        _read_model(reader, node, config)
    rules = mapping.get("operators")
    config.operators.update(read_operators(reader, reader.mapping(rules, "operators")))
    return config


def _lint(reader: Reader, node: Node | None) -> LintConfig | None:
    if node is None:
        return None
    from convcost.gate.lint_config import read_lint  # all rules, which a check has no use for

    return read_lint(reader, node)


def _tables(reader: Reader, key: str, node: Node | None, above: tuple[str, ...]) -> Sequence[Node]:
    """The tables of a list of them."""
    if isinstance(node, List):
        return node.items
    if node is not None:
        begins = ".".join((*above, key))
        reader.complain(f"{key} is a list of tables, which [[{begins}]] begins", node)
    return ()


def _exemptions(reader: Reader, node: Node | None, above: tuple[str, ...]) -> list[Exemption]:
    found: list[Exemption] = []
    for table in _tables(reader, "exemption", node, above):
        mapping = reader.mapping(table, "exemption")
        if mapping is not None:
            patterns = _patterns(reader, "models", mapping.get("models"))
            exemption = read_exemption(reader, mapping, patterns)
            found += [exemption] if exemption else []
    return found


def _is_true(reader: Reader, node: Node | None) -> bool:
    if isinstance(node, Scalar) and node.plain and node.text in ("true", "false"):
        return node.text == "true"
    if node is not None:
        reader.complain(f"root is true or false, and here is {described(node)}", node)
    return False


def _budget(reader: Reader, node: Node | None) -> Budget:
    mapping = reader.mapping(node, "budget")
    if mapping is None:
        return Budget(None, [])
    models = mapping.get("models")
    patterns = _patterns(reader, "models", models)
    limits = Mapping(mapping.file, mapping.line, mapping.column, mapping.flow)
    limits.entries = {key: of for key, of in mapping.entries.items() if key != "models"}
    read = read_limits(reader, limits)
    return Budget(patterns, read.held, models and models.source, read.off)


def _read_model(reader: Reader, node: Node | None, config: Config) -> None:
    """Read a table of models, or of a factory, into a configuration."""
    mapping = reader.mapping(node, "model")
    if mapping is None:
        return
    reader.known_keys(mapping, MODEL_KEYS, "a model", "key")
    made = factory.read_factory(reader, mapping, config.folder)
    if made is not None:
        if any(made.name == other.name for other in config.factories):
            reader.complain(f"the factory {quoted(made.name)} has a table already", mapping)
        config.factories.append(made)
    elif mapping.get("factory") is None:
        models = mapping.get("models")
        patterns = _patterns(reader, "models", models)
        given = told.given_of(reader, mapping)
        of = variants.read_variants(reader, mapping.get(variants.KEY))
        config.told.append(Told(patterns, given, models and models.source, of))


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
    """The configurations of each folder: those going up from it, to the repository's root. Outside
    of a repository the closest holds alone."""

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
            top = folder.parent == folder or (folder / GIT).exists()
            alone = config is not None and (config.root or git_top(folder) is None)
            outer = None if top or alone else self.of(folder.parent)
            self.known[folder] = config._replace(outer=outer) if config else outer
        return self.known[folder]

    def files(self) -> list[Config]:
        """All that were read for some folder, each once."""
        known = [*self.known.values(), self.given]
        return [*{id(config): config for config in known if config is not None}.values()]

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
