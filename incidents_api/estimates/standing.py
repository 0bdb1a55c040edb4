"""Which claims stand, and which of them answer one question."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from incidents_api.estimates.days import order
from incidents_api.estimates.figures import Claim, Figure
from incidents_api.estimates.questions import ActorTypes, Question, question
from incidents_api.model.claims import STANDING

ClaimT = TypeVar("ClaimT", bound=Claim)
#: A figure, and the question that it answers.
Answering = tuple[Figure, Question]


def standing(claims: Iterable[ClaimT]) -> list[ClaimT]:
    """Return the claims that stand: not retracted, refuted, deprecated or corrected by another."""
    known = list(claims)
    corrected = {claim.supersedes for claim in known if claim.status in STANDING}
    return [
        claim
        for claim in known
        if claim.status in STANDING
        and claim.rank != "deprecated"
        and not (claim.superseded or claim.id in corrected)
    ]


def counts(figure: Figure) -> tuple[str | None, ...]:
    """Return how a figure counts: since the beginning, at one moment, or in which period."""
    if figure.measure_kind == "incremental":
        return figure.measure_kind, figure.period_start, figure.period_end
    return (figure.measure_kind or "cumulative",)


def may_differ(figures: Sequence[Figure]) -> bool:
    """Return whether two figures of one measure have ranges that do not touch.

    Where none have, no number contradicts another, whoever counts whom.
    """
    tops: dict[str, int] = {}
    for figure in figures:
        if figure.high is not None:
            tops[figure.measure] = min(figure.high, tops.get(figure.measure, figure.high))
    return any(one.low is not None and one.low > tops.get(one.measure, one.low) for one in figures)


def independent(claims: Sequence[ClaimT]) -> list[ClaimT]:
    """Return the claims that do not repeat another one among these."""
    known = {claim.id for claim in claims}
    return [claim for claim in claims if claim.derives_from not in known]


def comparable(figures: Sequence[Figure], actor_types: ActorTypes) -> list[Answering]:
    """Return the figures that answer for their claimants: no repeats, no parts of one answer."""
    asks = {figure.id: question(figure, actor_types) for figure in figures}
    return [
        (figure, asks[figure.id])
        for figure in independent(figures)
        if figure.part_of is None or asks.get(figure.part_of) != asks[figure.id]
    ]


def latest(figures: Iterable[Answering]) -> list[Answering]:
    """Return of each claimant what was said last to each question; ties stay."""
    series: dict[object, list[Answering]] = {}
    for figure, asked in figures:
        series.setdefault((figure.speaks, asked, counts(figure)), []).append((figure, asked))
    return [each for said in series.values() for each in _last(said)]


def _last(said: list[Answering]) -> list[Answering]:
    if len(said) == 1:
        return said
    last = max(order(figure) for figure, _ in said)
    return [each for each in said if order(each[0]) == last]
