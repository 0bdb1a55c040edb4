"""Headlines: what is said of everybody, in one line a measure."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from incidents_api.estimates.bounds import Bounds
from incidents_api.estimates.comparison import Compared, compare
from incidents_api.estimates.figures import Figure
from incidents_api.estimates.questions import METHODS, Question, Subject
from incidents_api.estimates.rules import DEFAULT, RULES, bounds_by_rule
from incidents_api.estimates.view import View, answers

#: Measures that the casualties of an incident always name.
ALWAYS: Final = ("killed", "injured")


class _Chosen(NamedTuple):
    """The question whose answer is the headline of a measure."""

    asked: Question
    compared: Compared
    usual: Bounds

    def bounds(self) -> dict[str, Bounds | None]:
        """Return the bounds under every rule, the default one first; None for no answer."""
        made = bounds_by_rule(self.compared, self.usual)
        return {name: each if each.known else None for name, each in made.items()}


def headline(
    figures: Sequence[Figure], subject: Subject, *, every: bool = False
) -> dict[str, dict[str, Bounds | None]]:
    """Return the bounds over everybody, in persons, by measure and rule.

    A measure may be asked in several ways. The headline takes one of them, never a mixture: one
    that nobody limits by scope or circumstance before others, then by method in the order of
    :data:`incidents_api.estimates.questions.METHODS`, the first that has an estimate.

    Returns:
        For each measure that has an estimate the bounds by rule; None where a rule has none.

    """
    return {each.asked.measure: each.bounds() for each in _chosen(figures, subject, every)}


def casualties(
    figures: Sequence[Figure],
    subject: Subject,
    *,
    contradicted: frozenset[str] = frozenset(),
    every: bool = False,
) -> dict[str, Any]:
    """Return the block that is stored with an incident.

    Args:
        figures: Every figure in view about the incident.
        subject: The incident.
        contradicted: The ids of figures that another claim contradicts.
        every: Whether every report counts.

    Returns:
        Killed, injured, and other measures where somebody gave a number over everybody: the
        answer of the default rule and, in ``rules``, of the others.

    """
    told: dict[str, Any] = {"rule": DEFAULT, "disputed": False, **dict.fromkeys(ALWAYS)}
    for each in _chosen(figures, subject, every):
        block = told[each.asked.measure] = _told(each, contradicted)
        told["disputed"] |= block["disputed"]
    return told


def _told(chosen: _Chosen, contradicted: frozenset[str]) -> dict[str, Any]:
    bounds = {name: each and each.told() for name, each in chosen.bounds().items()}
    used = chosen.compared.used
    return {
        **(bounds.pop(DEFAULT) or {}),
        "n_claimants": chosen.compared.n_claimants,
        "disputed": any(one.status == "disputed" or one.id in contradicted for one in used),
        "method": chosen.asked.method,
        "rules": bounds,
    }


def _chosen(figures: Sequence[Figure], subject: Subject, every: bool) -> Iterator[_Chosen]:
    """Yield the question that gives each measure its headline."""
    view = View(figures, subject)
    everybody = {asked: own for asked, own in answers(view).items() if asked.of_everybody}
    done = set()
    for asked in sorted(everybody, key=_first):
        if asked.measure in done:
            continue
        compared = compare(everybody[asked], view, every=every)
        usual = RULES[DEFAULT].function(compared).bounds
        if usual.known:
            done.add(asked.measure)
            yield _Chosen(asked, compared, usual)


def _first(asked: Question) -> tuple[str, bool, int, list[str]]:
    scope = [term or "" for term in (*asked.scope, asked.circumstance)]
    return asked.measure, any(scope), METHODS.index(asked.method), scope
