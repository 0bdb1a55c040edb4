"""Sums over incidents: what is known is added, and what is not known is counted."""

from collections.abc import Iterable
from typing import NamedTuple

from incidents_api.estimates.bounds import Bounds, Number, plain


class Total(NamedTuple):
    """Bounds added over incidents. The sum of bounds is not a confidence interval.

    Attributes:
        low: The known lower bounds added; None where none is known.
        best: The known point values added; may end in a half under the rule ``median``.
        high: The highest numbers stated, added.
        n_counted: How many incidents have an estimate.
        n_no_best: How many of them have no point value, and so no part in ``best``.
        n_open: How many of them are open at the top, or have no highest number.
        n_unknown: How many incidents have no estimate.

    """

    low: Number | None
    best: Number | None
    high: Number | None
    n_counted: int
    n_no_best: int
    n_open: int
    n_unknown: int


def total(bounds: Iterable[Bounds | None]) -> Total:
    """Add bounds over incidents; None stands for an incident without an estimate."""
    several = list(bounds)
    known = [each for each in several if each is not None and each.known]
    return Total(
        low=_added(each.low for each in known),
        best=_added(each.best for each in known),
        high=_added(each.high for each in known),
        n_counted=len(known),
        n_no_best=sum(each.best is None for each in known),
        n_open=sum(each.high_open or each.high is None for each in known),
        n_unknown=len(several) - len(known),
    )


def _added(numbers: Iterable[Number | None]) -> Number | None:
    given = [number for number in numbers if number is not None]
    return plain(sum(given)) if given else None
