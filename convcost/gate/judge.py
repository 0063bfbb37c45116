"""One model after the other held against its limits, under the policy of its configuration."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.analyze.cost import analyze
from convcost.analysis.counted import counting
from convcost.budget.verdict import Figures, Status, verdicts
from convcost.errors import ConvcostError
from convcost.finding import Level
from convcost.gate.base import Base, Before, Incomparable, Now
from convcost.gate.causes import Explainer
from convcost.gate.checks import Checked, Held, State, Unexpected
from convcost.gate.concerns import (
    Concern,
    concern,
    of_base,
    of_exemption,
    of_growth,
    of_limits,
    of_moved,
    together,
)
from convcost.gate.difference import Pair, changes, pairs
from convcost.gate.excused import Excuses
from convcost.gate.guard import Guard
from convcost.gate.mistakes import problems_of
from convcost.gate.policy import EXISTING, WEAKENED, Policy, strictest
from convcost.gate.purse import Purse
from convcost.gate.reading import load_given
from convcost.gate.relaxed import relaxed
from convcost.gate.repair import MOST_LAYERS, SHARE, repair
from convcost.gate.unwatched import unwatched
from convcost.gate.variants import AS_WRITTEN
from convcost.gate.weakened import How, grouped
from convcost.given import NOTHING
from convcost.loading import inputs_of, is_exported
from convcost.spec.files import Files
from convcost.spec.model import Document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.budget.limit import Limit
    from convcost.budget.verdict import Verdict
    from convcost.gate.causes import Cause
    from convcost.gate.checks import Repair
    from convcost.gate.config import Config
    from convcost.gate.exemptions import Exemption
    from convcost.gate.found import Found
    from convcost.gate.variants import Target, Variant
    from convcost.gate.weakened import Weakened
    from convcost.given import Given


class Terms(NamedTuple):
    """The terms of a whole check. ``strict``: what could not be counted, or compared, breaks its
    limit; ``ci``: continuous integration runs it, and was not told to go without a base."""

    strict: bool
    ci: bool = False
    today: date = date.max

    def policy(self, config: Config | None) -> Policy:
        """The policy that a configuration makes."""
        return Policy(config.levels() if config else {}, self.ci, self.strict)


def analysed(
    path: Path,
    shown: str,
    config: Config | None = None,
    asked: Given = NOTHING,
    variant: Variant = AS_WRITTEN,
) -> Now:
    """A model as it is.

    Args:
        path: its absolute path.
        shown: its path in messages, from which it is read.
        config: the configuration that holds for it, with sizes of its inputs.
        asked: sizes in place of those, as far as it has them.
        variant: which one of it.

    Raises:
        ConvcostError: it cannot be read.
    """
    given = config.given(path) if config else NOTHING
    if is_exported(shown):
        if asked != NOTHING:
            given = asked.fitting(inputs_of(shown)).over(given)
        network = load_given(path, shown, given, config, variant=variant)
        return Now(shown, path, analyze(network), {}, given, variant=variant)
    files = Files()
    network = load_given(path, shown, given, config, files, variant)
    return Now(shown, path, analyze(network), files.read, given, variant=variant)


def model_of(found: Found, target: Target, asked: Given = NOTHING) -> Now:
    """One of the models that were found, as it is; as :func:`analysed`."""
    path, variant = target
    shown = found.shown(path)
    factory = found.factories.get(path)
    if factory is not None:
        from convcost.gate.factory_now import made_by

        return made_by(factory, shown, found.here, found.choices.config)
    found.choices.refuse_outside(path, shown)
    return analysed(path, shown, found.configs.of(path.parent), asked, variant)


def limited(found: Found, target: Target, now: Now) -> tuple[Now, Sequence[Limit]]:
    """A model with the counts of other tools that its limits name, and those limits.

    Raises:
        ConvcostError: there is no such count.
    """
    path, variant = target
    config, own = found.configs.of(path.parent), now.analysis.network.budget
    limits = config.limits(path, own, variant.name) if config else own
    return now._replace(analysis=counting(now.analysis, limits)), limits


def _counting(before: Before, limits: Sequence[Limit]) -> Before:
    """A model as it was with counts of other tools; saved figures have those that were saved."""
    if before.analysis is None:
        return before
    analysis = counting(before.analysis, limits)
    return before._replace(analysis=analysis, figures=analysis.figures)


class Judge:
    """Holds one model after the other; ``concerns`` are those that are about no model that could be
    read."""

    def __init__(self, found: Found, base: Base | None, terms: Terms) -> None:
        self.found = found
        self.base = base
        self.terms = terms
        self.guard = Guard(base, found.configs, found.here) if base else None
        self.explainer = Explainer()
        self.purse = Purse(MOST_LAYERS, SHARE)  # for repairs
        self.concerns: list[Concern] = []

    def model(self, target: Target) -> Checked:
        """A model held against its limits.

        Raises:
            ConvcostError: it cannot be read.
        """
        found, (path, variant) = self.found, target
        config = found.configs.of(path.parent)
        policy = self.terms.policy(config)
        now, limits = limited(found, target, model_of(found, target))
        # the base has models of this repository
        base = None if found.choices.name_of(path) else self.base
        before, unread = self._before(base, now, limits)
        then = before and before.figures
        judged = verdicts(now.analysis.figures, limits, then)
        aligned = _aligned(before, now, judged)
        weaker = self._weaker(before, now, limits, policy)
        tighter = self._tighter(before, now, limits)
        exemptions = config.exempted(path, variant.name) if config else []
        excuses = self._excuses(policy, exemptions, before, variant)
        held = _held(judged, aligned, weaker, tighter, excuses)
        state = State.UNCOMPARED if unread else _state(found.shown(path), base, before)
        shown, expects = found.shown(path) + variant.name, _expects(now)
        concerns = [*of_limits(policy, shown, state, judged, expects=expects)]
        for exemption in exemptions:
            concerns += of_exemption(policy, shown, exemption, self.terms.today)
        if base and unread:
            concerns += of_base(policy, shown, base.label, unread)
        return Checked(
            path=shown,
            state=state,
            figures=now.analysis.figures,
            held=held,
            # a file says what to expect of it as it is written
            unexpected=[] if variant.name else _unexpected(now.analysis, state, policy),
            path_before=f"{before.path}{variant.name}" if before else "",
            repair=self._repair(now, held, then),
            before=then,
            doubts=now.analysis.network.doubts,
            weakened=weaker,
            concerns=concerns,
            source=now.factory and now.factory.source,
            expects=expects,
            variant=variant.name,
            causes=self.explainer.explain(before, now, judged, aligned),
        )

    def _before(
        self, base: Base | None, now: Now, limits: Sequence[Limit]
    ) -> tuple[Before | None, str]:
        """The model as it was, with the counts that its limits name; or why it cannot be read."""
        if base is None:
            return None, ""
        try:
            before = base.before(now)
        except Incomparable as error:
            return None, str(error).partition("\n")[0]
        before = before and _counting(before, limits)
        if before and before.figures:
            _refuse_older(base, before.figures, limits)
        return before, ""

    def _excuses(
        self,
        policy: Policy,
        exemptions: Sequence[Exemption],
        before: Before | None,
        variant: Variant,
    ) -> Excuses:
        """Everything that may excuse a limit which does not hold."""
        old = None
        if self.guard and before and before.analysis:
            old = self.guard.limits(before, variant.name)
        return Excuses(policy, exemptions, self.terms.today, old, before and before.figures)

    def _repair(self, now: Now, held: Sequence[Held], then: Figures | None) -> Repair | None:
        self.purse.earn(len(now.analysis.layers))
        broken = [h for h in held if h.verdict.status is Status.BROKEN]
        if not any(h.level is Level.ERROR for h in broken):
            return None
        return repair(now, [h.verdict for h in held], then, self.purse)

    def _tighter(
        self, before: Before | None, now: Now, limits: Sequence[Limit]
    ) -> dict[Limit, Cause]:
        """The limits of a model that the change made tighter."""
        return self.guard.tightened(before, now, limits) if self.guard and before else {}

    def _weaker(
        self, before: Before | None, now: Now, limits: Sequence[Limit], policy: Policy
    ) -> list[Weakened]:
        """The limits of a model that were weakened, at the level of the stricter policy of now and
        then: a change that switches the rule off is told of once."""
        if self.guard is None or before is None:
            return []
        level = strictest(policy, self.guard.policy(before, self.terms.ci)).level(WEAKENED)
        if level is None:
            return []
        found = self.guard.weakened(before, now, limits)
        return [one._replace(level=level) for one in found]

    def is_old(self, path: Path, error: ConvcostError) -> bool:
        """Whether a mistake in a model is that of the base, so that the policy has a say."""
        if self.base is None:
            return False
        try:
            policy = self.terms.policy(self.found.configs.of(path.parent))
        except ConvcostError:
            return False
        if policy.level(EXISTING) is Level.ERROR or not self.base.had(path, error):
            return False
        for problem in problems_of(error):
            said = f"could not be checked, nor can it at the base: {problem.message}"
            shown = self.found.shown(path)
            self.concerns += concern(policy, EXISTING, said, shown, problem.source)
        return True

    def weakened(self, models: Sequence[Checked]) -> list[Weakened]:
        """The limits of all models that were weakened, and the models that are left out, each
        once."""
        found = [one for model in models for one in model.weakened]
        if self.guard and self.found.all:
            policy = strictest(self._policy, self.guard.policy(None, self.terms.ci))
            level = policy.level(WEAKENED)
            out = self.guard.left_out(self.found.choices, self.found.paths) if level else ()
            found += (one._replace(level=level or one.level) for one in out)
        return [e for level in Level for e in grouped([f for f in found if f.level is level])]

    @property
    def _policy(self) -> Policy:
        return self.terms.policy(self.found.choices.config)

    def all_concerns(self, models: Sequence[Checked]) -> list[Concern]:
        """Concerns of the policy about all models, and of the gate, each once."""
        found = [*self.concerns]
        for model in models:
            found += (*model.concerns, *of_moved(model))
        configs = self.found.configs
        found += of_growth(
            [
                (model, self.terms.policy(configs.of((self.found.here / model.file).parent)))
                for model in models
                if model.state is State.ALONE
            ]
        )
        if self.base:
            found += unwatched(self.found, self.base, self._policy)
        if self.guard:
            found += relaxed(self.guard, self.found, self.terms.ci, self.terms.today)
        return together(found)


def _aligned(before: Before | None, now: Now, judged: Sequence[Verdict]) -> list[Pair]:
    """The layers then and now, where a limit's value changed."""
    if before is None or before.same or not any(verdict.change for verdict in judged):
        return []
    analyses = before.analysis and (before.analysis, now.analysis)
    return pairs(before.figures, now.analysis.figures, analyses)


def _held(
    judged: Sequence[Verdict],
    aligned: Sequence[Pair],
    weaker: Sequence[Weakened],
    tighter: Mapping[Limit, Cause],
    excuses: Excuses,
) -> list[Held]:
    looser = {e.after: e.before[0] for e in weaker if e.how is How.LOOSENED}
    return [
        Held(
            verdict,
            changes(verdict.limit, aligned) if verdict.change and aligned else [],
            looser.get(verdict.limit),
            excuses.of(verdict),
            tighter.get(verdict.limit),
        )
        for verdict in judged
    ]


def _refuse_older(base: Base, then: Figures, limits: Sequence[Limit]) -> None:
    """Raise where growth is limited of what the base does not know: it would pass unseen."""
    for limit in limits:
        if limit.relative and not then.knows(limit.metric):
            raise ConvcostError(
                f"{base.label}: it was saved before `{limit.metric}` was counted, whose growth is "
                f"limited\n  `convcost baseline -o {base.label}` writes it anew"
            )


def _expects(now: Now) -> bool:
    """Whether the file of a model has an ``expect:``, which is about it as it is written."""
    document = now.analysis.network.document
    return isinstance(document, Document) and bool(document.expect) and not now.variant.name


def _unexpected(analysis: Analysis, state: State, policy: Policy) -> list[Unexpected]:
    document = analysis.network.document
    written = document.expect if isinstance(document, Document) else {}
    level = policy.level(EXISTING) if state is State.SAME else Level.ERROR
    return [
        Unexpected(said, written[name].node.source if name in written else None, level)
        for name, said in analysis.unexpected.items()
    ]


def _state(path: str, base: Base | None, before: Before | None) -> State:
    if base is None:
        return State.ALONE
    if before is None:
        return State.NEW
    if before.path != path:
        return State.RENAMED
    return State.SAME if before.same else State.CHANGED
