"""Which claims stand, and which of them answer one question."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeVar

from incidents_api.estimates.days import order
from incidents_api.estimates.figures import GROUPS, Claim, Figure, Population

#: Claims of these states may correct another.
_STAND: Final = frozenset({"active", "disputed"})
_STATUS: Final = GROUPS.index("status")
_ACTOR: Final = GROUPS.index("actor")
#: What kind of people the members of an actor are, by the actor's kind.
IMPLIED: Final = {
    "state_forces": "armed_forces",
    "security_service": "armed_forces",
    "rebel_group": "combatant",
    "political_militia": "combatant",
    "identity_militia": "combatant",
    "private_military": "combatant",
    "external_other_forces": "combatant",
    "civilians": "civilian",
    "protesters": "civilian",
}

ClaimT = TypeVar("ClaimT", bound=Claim)


def standing(claims: Iterable[ClaimT]) -> list[ClaimT]:
    """Return the claims that stand: not retracted, refuted, deprecated or corrected by another."""
    known = list(claims)
    corrected = {claim.supersedes for claim in known if claim.status in _STAND}
    return [
        claim
        for claim in known
        if claim.status in _STAND and claim.rank != "deprecated" and claim.id not in corrected
    ]


def question(figure: Figure, actor_types: Mapping[str, str]) -> tuple[object, ...]:
    """Return what a figure answers: only figures of one question can be compared."""
    people = filled(figure.population, actor_types)
    return figure.measure, figure.unit, people, figure.scope, figure.method


def filled(population: Population, actor_types: Mapping[str, str]) -> Population:
    """Return a population with what its actors imply of the people's standing."""
    status = population[_STATUS]
    kinds = {IMPLIED.get(actor_types.get(actor, "")) for actor in population[_ACTOR]}
    if not status and kinds and None not in kinds:
        status = frozenset(str(kind) for kind in kinds)
    return (status, *population[_STATUS + 1 :])


def counts(figure: Figure) -> tuple[str | None, ...]:
    """Return how a figure counts: since the beginning, at one moment, or in which period."""
    if figure.measure_kind == "incremental":
        return figure.measure_kind, figure.period_start, figure.period_end
    return (figure.measure_kind or "cumulative",)


def independent(claims: Sequence[ClaimT]) -> list[ClaimT]:
    """Return the claims that do not repeat another one among these."""
    known = {claim.id for claim in claims}
    return [claim for claim in claims if claim.derives_from not in known]


def comparable(figures: Sequence[Figure], actor_types: Mapping[str, str]) -> list[Figure]:
    """Return the figures that answer for their claimants: no repeats, no parts of one answer."""
    asks = {figure.id: question(figure, actor_types) for figure in figures}
    return [
        figure
        for figure in independent(figures)
        if figure.part_of is None or asks.get(figure.part_of) != asks[figure.id]
    ]


def latest(figures: Iterable[Figure], actor_types: Mapping[str, str]) -> list[Figure]:
    """Return of each claimant what was said last to each question; ties stay."""
    series: dict[object, list[Figure]] = {}
    for figure in figures:
        asked = (figure.speaks, question(figure, actor_types), counts(figure))
        series.setdefault(asked, []).append(figure)
    return [
        figure
        for said in series.values()
        for last in [max(map(order, said))]
        for figure in said
        if order(figure) == last
    ]
