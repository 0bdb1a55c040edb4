"""Totals and their parts: whether they add up, and what parts say where no total was printed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from incidents_api.estimates.counts import Count, added, at_least, counted
from incidents_api.estimates.figures import Figure
from incidents_api.estimates.view import View

#: The qualifier of a number that nobody printed, such as a total that only holds its parts.
NOT_REPORTED: Final = "not_reported"
#: Parts that do not count because what they said does not stand; then parts are missing.
_LOST: Final = ("retracted", "refuted", "deprecated")


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The parts of a total, by one way to divide it.

    Attributes:
        total: The figure that is broken down.
        name: The name of the breakdown; None for parts that name none.
        parts: What its parts say.
        disjoint: Whether nobody is in two of them.
        complete: Whether they are all there is, and each says something.

    """

    total: Figure
    name: str | None
    parts: tuple[Count, ...]
    disjoint: bool
    complete: bool

    @property
    def sum(self) -> Count | None:
        """The parts added, where nobody is in two of them; a floor where there is more."""
        if not self.disjoint:
            return None
        together = added(self.total, self.parts)
        return together if self.complete else at_least(together)

    def stand_in(self) -> Count:
        """Return what the parts say of the total: their sum, else the largest of them."""
        largest = max(self.parts, key=lambda part: (part.value or 0, part.low or 0))
        return self.sum or at_least(added(self.total, [largest]))

    def adds_up(self) -> bool | None:
        """Return whether the interval of the summed parts meets that of the total.

        Parts that are not all there is only must not come to more than the total. None where
        nobody printed a total, or the parts cannot be added.
        """
        if self.sum is None or self.total.qualifier == NOT_REPORTED:
            return None
        (low, high), (least, most) = _interval(self.sum), _interval(counted(self.total))
        return low <= most and least <= high

    def told(self) -> dict[str, Any]:
        """Return the breakdown as JSON."""
        return {
            "figure": self.total.id,
            "name": self.name,
            "disjoint": self.disjoint,
            "complete": self.complete,
            "parts": [{"id": part.figure.id, **_numbers(part)} for part in self.parts],
            "sum": _numbers(self.sum) if self.sum else None,
            "adds_up": self.adds_up(),
        }


def _numbers(count: Count) -> dict[str, Any]:
    return {"low": count.low, "best": count.best, "high": count.top, "high_open": count.is_open}


def _interval(count: Count) -> tuple[float, float]:
    return count.low or 0, inf if count.is_open or count.top is None else count.top


def breakdowns(total: Figure, view: View) -> Iterator[Breakdown]:
    """Yield how a total is broken down: declared breakdowns first, in their order."""
    declared = {name: (disjoint, complete) for name, disjoint, complete in total.breakdowns}
    parts = view.parts.get(total.id, ())
    others = sorted({part.breakdown for part in parts} - set(declared), key=lambda name: name or "")
    for name in (*declared, *others):
        disjoint, complete = declared.get(name or "", (False, False))
        mine = [part for part in parts if part.breakdown == name]
        if counts := _standing(mine, view):
            whole = complete and _all_there(mine, view)
            yield Breakdown(total, name, counts, disjoint, whole)


def _standing(parts: Sequence[Figure], view: View) -> tuple[Count, ...]:
    several = (count(part, view) for part in parts if view.fault(part) is None)
    return tuple(one for one in several if one is not None)


def _all_there(parts: Sequence[Figure], view: View) -> bool:
    """Return whether no part was taken back, and none says nothing."""
    faults = [(part, view.fault(part)) for part in parts]
    return not any(
        fault in _LOST or (fault is None and count(part, view) is None) for part, fault in faults
    )


def count(figure: Figure, view: View) -> Count | None:
    """Return what a figure says; of a total that nobody printed, what its parts say."""
    if figure.qualifier != NOT_REPORTED:
        return counted(figure)
    found = list(breakdowns(figure, view))
    best = max(found, key=_worth, default=None)
    return None if best is None else best.stand_in()


def _worth(found: Breakdown) -> tuple[bool, bool, int]:
    """Return how much the parts say of the total: all of it, a sum, or only the largest part."""
    return found.disjoint, found.disjoint and found.complete, found.stand_in().low or 0
