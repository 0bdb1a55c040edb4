"""Estimates: each question about a subject, answered by a rule, with its work shown."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from incidents_api.estimates.bounds import Bounds, Number
from incidents_api.estimates.breakdowns import breakdowns
from incidents_api.estimates.comparison import Compared, compare
from incidents_api.estimates.counts import Count
from incidents_api.estimates.figures import Figure
from incidents_api.estimates.questions import NO_TYPES, ActorTypes, Question, Subject
from incidents_api.estimates.rules import DEFAULT, RULES, Rule, latest
from incidents_api.estimates.view import View, by_question


@dataclass(frozen=True, slots=True)
class Estimate:
    """The answer to a question by a rule.

    Attributes:
        question: What is asked.
        rule: The name of the rule that answers.
        bounds: The answer: low, best, best_basis, high, high_open.
        best_from: The ids of the figures whose point value ``best`` is.
        no_mode: Whether ``representative`` found no number that two gave.
        stale: Whether the claimant of the preferred figure has said more since.
        figures_used: The ids of the figures in the comparison set.
        figures_stale: Those of them that only count for ``high``: old counts of what goes on.
        figures_excluded: The id of each figure left out, and why.
        n_claimants: How many claimants the figures used are of.
        n_independent_claimants: How many of them do not merely repeat others.
        n_sources: How many sources print the figures used.
        by_stance: What each standpoint says.
        breakdowns: Totals against the sums of their parts.
        disagreement: Which share of the point values is outside the mode; None without any.
        sensitivity: The point value under each rule.

    """

    question: Question
    rule: str
    bounds: Bounds
    best_from: tuple[str, ...]
    no_mode: bool
    stale: bool
    figures_used: tuple[str, ...]
    figures_stale: tuple[str, ...]
    figures_excluded: tuple[tuple[str, str], ...]
    n_claimants: int
    n_independent_claimants: int
    n_sources: int
    by_stance: dict[str, dict[str, Any]]
    breakdowns: tuple[dict[str, Any], ...]
    disagreement: float | None
    sensitivity: dict[str, Number | None]

    @property
    def low(self) -> Number | None:
        """Lower bound."""
        return self.bounds.low

    @property
    def best(self) -> Number | None:
        """Point value."""
        return self.bounds.best

    @property
    def best_basis(self) -> str | None:
        """What the point value rests on."""
        return self.bounds.best_basis

    @property
    def high(self) -> Number | None:
        """The highest number stated."""
        return self.bounds.high

    @property
    def high_open(self) -> bool:
        """Whether somebody left the top open."""
        return self.bounds.high_open

    @property
    def n_figures(self) -> int:
        """How many figures are used."""
        return len(self.figures_used)

    def told(self) -> dict[str, Any]:
        """Return the estimate as JSON."""
        excluded = [{"id": name, "reason": reason} for name, reason in self.figures_excluded]
        return {
            "question": self.question.told(),
            "rule": self.rule,
            **self.bounds.told(),
            "best_from": list(self.best_from),
            "no_mode": self.no_mode,
            "stale": self.stale,
            "figures_used": list(self.figures_used),
            "figures_stale": list(self.figures_stale),
            "figures_excluded": excluded,
            "n_figures": self.n_figures,
            "n_claimants": self.n_claimants,
            "n_independent_claimants": self.n_independent_claimants,
            "n_sources": self.n_sources,
            "by_stance": self.by_stance,
            "breakdowns": list(self.breakdowns),
            "disagreement": self.disagreement,
            "sensitivity": self.sensitivity,
        }


def estimates(
    figures: Sequence[Figure],
    subject: Subject,
    *,
    rule: str = DEFAULT,
    every: bool = False,
    actor_types: ActorTypes = NO_TYPES,
) -> list[Estimate]:
    """Return an estimate for each question that the figures about a subject answer.

    Args:
        figures: Every figure in view about the subject, those that will not count as well.
        subject: What they are about.
        rule: The name of a rule in :data:`RULES`.
        every: Whether every report counts (``set=all``) instead of the newest of each claimant.
        actor_types: The kinds of the actors that populations name.

    Returns:
        One estimate a question, in a fixed order; one where all figures are left out has no
        bounds.

    Raises:
        KeyError: There is no such rule.

    """
    view = View(figures, subject, actor_types)
    return [
        _estimate(asked, RULES[rule], compare(claims, view, every=every), view)
        for asked, claims in by_question(view).items()
    ]


def _estimate(asked: Question, rule: Rule, compared: Compared, view: View) -> Estimate:
    answers = {name: each.function(compared) for name, each in RULES.items()}
    answer, used = answers[rule.name], compared.used
    return Estimate(
        question=asked,
        rule=rule.name,
        bounds=answer.bounds,
        best_from=answer.best_from,
        no_mode=answer.no_mode,
        stale=answer.stale,
        figures_used=tuple(figure.id for figure in used),
        figures_stale=compared.stale,
        figures_excluded=compared.excluded,
        n_claimants=compared.n_claimants,
        n_independent_claimants=compared.n_independent_claimants,
        n_sources=len({source for figure in used for source in figure.sources}),
        by_stance=_by_stance(compared, answers[DEFAULT].bounds),
        breakdowns=tuple(_breakdowns(compared, view)),
        disagreement=disagreement(compared),
        sensitivity={name: each.bounds.best for name, each in answers.items()},
    )


def _by_stance(compared: Compared, together: Bounds) -> dict[str, dict[str, Any]]:
    """Return what each standpoint says by itself, under the default rule."""
    stances: dict[str, list[Count]] = {}
    for count in compared.counts:
        stances.setdefault(count.figure.stance or "unknown", []).append(count)
    told = {}
    for stance in sorted(stances):
        own = Compared(tuple(stances[stance]))
        bounds = latest(own).bounds if len(stances) > 1 else together
        told[stance] = {"n_claimants": own.n_claimants, **bounds.told()}
    return told


def _breakdowns(compared: Compared, view: View) -> Iterator[dict[str, Any]]:
    for total in {count.figure.id: count.figure for count in compared.counts}.values():
        for breakdown in breakdowns(total, view):
            yield breakdown.told()


def disagreement(compared: Compared) -> float | None:
    """Return which share of the point values is outside the mode; None where there is none."""
    often = Counter(point.value for point in compared.points)
    if not often:
        return None
    return round(1 - max(often.values()) / often.total(), 4)
