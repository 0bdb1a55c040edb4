"""Contradictions: claims that cannot all be true, each found by a named rule and told in words.

What has been retracted, refuted, deprecated or corrected contradicts nothing. One claimant does
not contradict himself by saying another number: only by a count that falls, or by parts that do
not go with their total.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

from incidents_api.estimates.arithmetic import against_totals, narrower
from incidents_api.estimates.days import order, same_day
from incidents_api.estimates.figures import Assertion, Claim, Figure
from incidents_api.estimates.findings import (
    ASSERTION,
    DECLARED,
    KINDS,
    NUMERIC,
    PRINTED,
    REVISION,
    Contradiction,
    counted,
)
from incidents_api.estimates.questions import ActorTypes
from incidents_api.estimates.sayings import number, voice, when, whom
from incidents_api.estimates.standing import (
    Answering,
    comparable,
    counts,
    independent,
    latest,
    may_differ,
    standing,
)

#: Outcomes that cannot both be so on one day, and why.
OPPOSED_OUTCOMES: Final[Mapping[frozenset[str], str]] = {
    frozenset({"repelled", "facility_overrun"}): "an attack that is beaten off takes no place",
    frozenset({"repelled", "ongoing"}): "an attack that is beaten off is over",
    frozenset({"repelled", "inconclusive"}): "who beats an attack off has reached an aim",
    frozenset({"ongoing", "inconclusive"}): "only what is over has ended without a result",
    frozenset({"facility_overrun", "inconclusive"}): "who takes the place has reached an aim",
    frozenset({"control_regained", "inconclusive"}): "who regains the place has reached an aim",
}
_YES_AND_NO: Final = frozenset({"yes", "no"})


def contradictions(
    figures: Iterable[Figure],
    assertions: Iterable[Assertion],
    subject: tuple[str, str],
    actor_types: ActorTypes,
) -> list[Contradiction]:
    """Return the contradictions about one subject, in a fixed order.

    Args:
        figures: The figures about it, and those about others that are needed: the parts of its
            totals, and the other sides of declared contradictions.
        assertions: The assertions about it, and the other sides of declared contradictions.
        subject: The resource and id of an incident, a facility or an actor.
        actor_types: The kinds of the actors that populations name, by id.

    """
    known, said = standing(figures), standing(assertions)
    own = [figure for figure in known if figure.subject == subject]
    asserted = [claim for claim in said if claim.subject == subject]
    numbers = comparable(own, actor_types) if may_differ(own) else []
    newest = latest(numbers)
    found = [
        *_numeric(newest),
        *_revisions(numbers),
        *against_totals(own, known),
        *narrower(newest, actor_types),
        *_assertions(asserted),
        *_declared([*own, *asserted], [*known, *said]),
    ]
    kinds = list(KINDS)
    found.sort(key=lambda one: (kinds.index(one.kind), one.measure or "", one.id))
    return list({one.id: one for one in found}.values())


def contradicted(
    figures: Iterable[Figure], subject: tuple[str, str], actor_types: ActorTypes
) -> frozenset[str]:
    """Return the ids of the figures whose numbers another claimant contradicts."""
    own = [figure for figure in standing(figures) if figure.subject == subject]
    if not may_differ(own):
        return frozenset()
    newest = latest(comparable(own, actor_types))
    return frozenset(figure.id for pair in _apart(newest) for figure in pair)


def _numeric(newest: Iterable[Answering]) -> Iterator[Contradiction]:
    for lower, upper in _apart(newest):
        words = (
            f"{lower.measure} ({whom(lower.population)}){when((lower, upper))}: {voice(lower)} "
            f"says {number(lower)}, {voice(upper)} says {number(upper)}; the ranges do not "
            "touch."
        )
        bounds = [(lower, lower.high or 0), (upper, upper.low or 0)]
        yield counted(NUMERIC, (lower, upper), bounds, words)


def _apart(newest: Iterable[Answering]) -> Iterator[tuple[Figure, Figure]]:
    """Yield the figures of one day whose ranges do not touch: the lower one, the upper one."""
    alike: dict[object, list[Figure]] = {}
    for figure, asked in newest:
        alike.setdefault((asked, counts(figure)), []).append(figure)
    for answers in alike.values():
        for one, other in combinations(answers, 2):
            if one.speaks == other.speaks:
                continue
            for lower, upper in ((one, other), (other, one)):
                if _below(lower, upper) and same_day(lower, upper):
                    yield lower, upper


def _below(lower: Figure, upper: Figure) -> bool:
    return lower.high is not None and upper.low is not None and lower.high < upper.low


def _revisions(numbers: Iterable[Answering]) -> Iterator[Contradiction]:
    series: dict[object, list[Figure]] = {}
    for figure, asked in numbers:
        if counts(figure) == ("cumulative",):
            series.setdefault((figure.speaks, asked), []).append(figure)
    for said in series.values():
        if len(said) > 1:
            said.sort(key=lambda figure: (*order(figure), figure.id))
            yield from _falls(said)


def _falls(said: Sequence[Figure]) -> Iterator[Contradiction]:
    """Yield each count that is below the most that its claimant had said before."""
    for place, later in enumerate(said):
        if later.high is None:
            continue
        above = [f for f in said[:place] if f.low is not None and f.low > later.high]
        before = [f for f in above if order(f) < order(later)]
        most = max(before, key=lambda figure: figure.low or 0, default=None)
        if most is None or most.low is None:
            continue
        words = (
            f"{later.measure} ({whom(later.population)}): {voice(later)} says {number(later)}"
            f"{when([later])}, after {number(most)}{when([most])}: a count since the beginning "
            "does not fall."
        )
        yield counted(REVISION, (most, later), [(most, most.low), (later, later.high)], words)


def _assertions(asserted: Sequence[Assertion]) -> Iterator[Contradiction]:
    for one, other in combinations(independent(asserted), 2):
        if one.predicate != other.predicate or one.speaks == other.speaks:
            continue
        why = _opposed(one, other)
        if why and same_day(one, other):
            words = (
                f"{one.predicate}{when((one, other))}: {voice(one)} says {one.value}, "
                f"{voice(other)} says {other.value}; {why}."
            )
            claims = (one, other)
            yield Contradiction(ASSERTION, PRINTED, one.subject, None, one.predicate, claims, words)


def _opposed(one: Assertion, other: Assertion) -> str | None:
    """Return why two values of one predicate exclude each other; None where they do not."""
    values = frozenset({one.value or "", other.value or ""})
    if values == _YES_AND_NO:
        return "it cannot be both"
    return OPPOSED_OUTCOMES.get(values) if one.predicate == "outcome" else None


def _declared(own: Sequence[Claim], known: Sequence[Claim]) -> Iterator[Contradiction]:
    by_name = {(claim.resource, claim.id): claim for claim in known}
    for claim in own:
        for resource, name, reason in claim.contradicts:
            other = by_name.get((resource, name))
            if other is not None:
                yield _declaration(claim, other, reason)


def _declaration(claim: Claim, other: Claim, reason: str) -> Contradiction:
    measures = [each.measure for each in (claim, other) if isinstance(each, Figure)]
    predicates = [each.predicate for each in (claim, other) if isinstance(each, Assertion)]
    words = (
        f"What {voice(claim)} says ({claim.resource}/{claim.id}) cannot stand beside what "
        f"{voice(other)} says ({other.resource}/{other.id}): {reason}"
    )
    measure, predicate = next(iter(measures), None), next(iter(predicates), None)
    claims = (claim, other)
    return Contradiction(DECLARED, PRINTED, claim.subject, measure, predicate, claims, words)
