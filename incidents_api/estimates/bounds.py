"""Bounds: what is known of a number."""

from typing import Any, Final, NamedTuple

#: A number of an estimate: a count, or under the rule ``median`` and in sums of it a half.
Number = int | float


def plain(number: Number) -> Number:
    """Return a whole number as an int, so that it is written the same in every format."""
    return int(number) if number == int(number) else number


class Bounds(NamedTuple):
    """What is known of a number; None is unknown, never zero.

    Attributes:
        low: Lower bound.
        best: Point value.
        best_basis: What the point value rests on: ``stated``, ``floor``, ``sum_of_parts`` or
            ``median``; None without one.
        high: The highest number stated.
        high_open: Whether somebody left the top open.

    """

    low: Number | None = None
    best: Number | None = None
    best_basis: str | None = None
    high: Number | None = None
    high_open: bool = False

    @property
    def known(self) -> bool:
        """Whether anything is known: only then there is an estimate."""
        return not (self.low is None and self.best is None and self.high is None)

    def told(self) -> dict[str, Any]:
        """Return the bounds as JSON."""
        return self._asdict()


UNKNOWN: Final = Bounds()
