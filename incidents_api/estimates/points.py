"""What counts of a comparison set state: their point values, and their outer bounds."""

from collections.abc import Iterable
from typing import NamedTuple

from incidents_api.estimates.bounds import Bounds
from incidents_api.estimates.counts import Count


class Point(NamedTuple):
    """The point value of a count.

    Attributes:
        value: The number.
        basis: ``stated``, ``sum_of_parts`` or ``floor``.
        low: The count's lower bound, or the number.
        high: The highest number that the count states.
        high_open: Whether it leaves the top open.
        of: The count.

    """

    value: int
    basis: str
    low: int
    high: int
    high_open: bool
    of: Count

    @property
    def bounds(self) -> Bounds:
        """The bounds without the point value."""
        return Bounds(self.low, None, None, self.high, self.high_open)


def points(counts: Iterable[Count]) -> list[Point]:
    """Return the point values of counts, the lowest first.

    A number that was stated; only where none of them states one, the printed amount of "at
    least", "more than" and "just over". Vague words, "up to", ranges and "some" give bounds and
    never a point value, and stale counts give none.
    """
    fresh = [count for count in counts if not count.stale]
    stated = [_point(count, count.best, count.basis) for count in fresh if count.best is not None]
    found = stated or [
        _point(count, count.floor, "floor") for count in fresh if count.floor is not None
    ]
    return sorted(found, key=lambda point: (point.value, _BASES.index(point.basis), point.low))


_BASES = ("stated", "sum_of_parts", "floor")


def _point(count: Count, value: int, basis: str) -> Point:
    """Return a point value with bounds that hold it: "just over 100" is 101 and more."""
    low = value if count.low is None else min(count.low, value)
    high = value if count.top is None else max(count.top, value)
    return Point(value, basis, low, high, count.is_open, count)


def span(counts: Iterable[Count]) -> Bounds:
    """Return the lowest and the highest number; stale counts have no part in the lowest."""
    several = list(counts)
    lows = [count.low for count in several if count.low is not None and not count.stale]
    tops = [count.top for count in several if count.top is not None]
    return Bounds(
        low=min(lows, default=None),
        high=max(tops, default=None),
        high_open=any(count.is_open for count in several),
    )
