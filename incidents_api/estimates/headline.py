"""Headlines: what is said of everybody, in one line a measure."""

from collections.abc import Sequence
from typing import Any, Final

from incidents_api.estimates.answer import Estimate, estimates
from incidents_api.estimates.bounds import Bounds
from incidents_api.estimates.figures import Figure
from incidents_api.estimates.questions import METHODS, Subject
from incidents_api.estimates.rules import DEFAULT, RULES

#: Measures that the casualties of an incident always name.
ALWAYS: Final = ("killed", "injured")


def headline(
    figures: Sequence[Figure], subject: Subject, *, every: bool = False
) -> dict[str, dict[str, Bounds | None]]:
    """Return the bounds over everybody, by measure and rule; None where a rule has no answer."""
    chosen = _chosen(figures, subject, every)
    return {measure: dict.fromkeys(RULES, each.bounds) for measure, each in chosen.items()}


def casualties(
    figures: Sequence[Figure],
    subject: Subject,
    *,
    contradicted: frozenset[str] = frozenset(),
    every: bool = False,
) -> dict[str, Any]:
    """Return the block that is stored with an incident."""
    told: dict[str, Any] = {"rule": DEFAULT, "disputed": False, **dict.fromkeys(ALWAYS)}
    for measure, each in _chosen(figures, subject, every).items():
        told[measure] = {
            **each.bounds.told(),
            "n_claimants": each.n_claimants,
            "disputed": bool(contradicted.intersection(each.figures_used)),
            "method": each.question.method,
            "rules": {name: each.bounds.told() for name in RULES if name != DEFAULT},
        }
    return told


def _chosen(figures: Sequence[Figure], subject: Subject, every: bool) -> dict[str, Estimate]:
    found: dict[str, list[Estimate]] = {}
    for each in estimates(figures, subject, every=every):
        if each.question.of_everybody and each.bounds.known:
            found.setdefault(each.question.measure, []).append(each)
    return {measure: min(several, key=_first) for measure, several in found.items()}


def _first(each: Estimate) -> tuple[bool, int]:
    return each.question.scope != (None, None), METHODS.index(each.question.method)
