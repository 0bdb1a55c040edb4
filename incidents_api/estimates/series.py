"""Series: what each claimant said to one question, in order, and how it changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from incidents_api.estimates.days import order
from incidents_api.estimates.figures import Figure
from incidents_api.estimates.questions import NO_TYPES, ActorTypes, Question, question
from incidents_api.estimates.standing import counts, standing


@dataclass(frozen=True, slots=True)
class Point:
    """A figure in its series.

    Attributes:
        figure: The figure.
        question: What it answers.
        series: The name of its series: of what its claimant says to the question.
        stands: Whether it stands: not retracted, refuted, deprecated or corrected.
        before: The one of the series before it that stands.
        corrected_by: The ids of the claims that correct it.

    """

    figure: Figure
    question: Question
    series: str
    stands: bool
    before: Figure | None
    corrected_by: tuple[str, ...]

    @property
    def change(self) -> dict[str, int | None] | None:
        """How its bounds differ from those before it; None for the first of a series."""
        if self.before is None:
            return None
        pairs = {name: (getattr(self.figure, name), getattr(self.before, name)) for name in _BOUNDS}
        return {
            name: None if now is None or then is None else now - then
            for name, (now, then) in pairs.items()
        }


_BOUNDS = ("low", "best", "high")


def series(figures: Iterable[Figure], actor_types: ActorTypes = NO_TYPES) -> dict[str, Point]:
    """Return the point of each figure, by its id.

    Counts since the beginning, at one moment and in a period are series of their own: only like
    is compared with like.

    Args:
        figures: All figures in view about some subjects.
        actor_types: The kinds of the actors that populations name, by id.

    """
    known = list(figures)
    stand = {figure.id for figure in standing(known)}
    corrections: dict[str, list[str]] = {}
    for figure in known:
        if figure.supersedes is not None:
            corrections.setdefault(figure.supersedes, []).append(figure.id)
    said: dict[object, list[Figure]] = {}
    for figure in sorted(known, key=lambda figure: (*order(figure), figure.id)):
        said.setdefault(_asked(figure, actor_types), []).append(figure)
    return {
        point.figure.id: point
        for members in said.values()
        for point in _points(members, stand, corrections, actor_types)
    }


def _asked(figure: Figure, actor_types: ActorTypes) -> tuple[Any, ...]:
    kind = counts(figure)[0]
    return figure.subject, figure.speaks, question(figure, actor_types), kind


def _points(
    members: Iterable[Figure],
    stand: set[str],
    corrections: Mapping[str, list[str]],
    actor_types: ActorTypes,
) -> Iterable[Point]:
    before = None
    for figure in members:
        asks = question(figure, actor_types)
        corrected = tuple(sorted(corrections.get(figure.id, ())))
        yield Point(figure, asks, _name(figure, asks), figure.id in stand, before, corrected)
        before = figure if figure.id in stand else before


def _name(figure: Figure, asks: Question) -> str:
    told = repr((figure.subject, figure.speaks, asks.told(), counts(figure)[0]))
    return f"ser-{blake2b(told.encode(), digest_size=6).hexdigest()}"
