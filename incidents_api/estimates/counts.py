"""Counts: what one figure, or several of one claimant taken together, says of a number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from incidents_api.estimates.days import order
from incidents_api.estimates.figures import Figure

#: Qualifiers whose printed amount is a floor: nobody said that it is the number.
FLOORS: Final = frozenset({"at_least", "more_than", "just_over"})
#: "Some", "many": there were such people, and nothing is said of how many.
SOME: Final = "unknown_count"
PARTIES: Final = frozenset({"party", "opposing_party"})


@dataclass(frozen=True, slots=True)
class Count:
    """What a claimant says of the number that is asked for.

    Attributes:
        figure: The figure whose claimant, rank and judgement it has.
        figures: All figures that it is made of.
        low: Lower bound.
        best: The point value stated.
        floor: The printed amount, where it is only a floor and no point value is stated.
        top: The highest number stated.
        is_open: Whether the top is left open.
        basis: Whether ``best`` is ``stated``, or a ``sum_of_parts``.
        moment: The day of which it speaks, then when it was said; empty where not known.
        running: Whether it counts since the beginning, so that it grows old.
        stale: Whether it is too old for a point value.

    """

    figure: Figure
    figures: tuple[Figure, ...]
    low: int | None
    best: int | None
    floor: int | None
    top: int | None
    is_open: bool
    basis: str
    moment: tuple[str, str]
    running: bool
    stale: bool = False

    @property
    def incremental(self) -> bool:
        """Whether it counts what was added in a period only."""
        return self.figure.measure_kind == "incremental"

    @property
    def of_a_party(self) -> bool:
        """Whether a side in the fighting says so, of itself or of its opponent."""
        return self.figure.stance in PARTIES

    @property
    def value(self) -> int | None:
        """The number that it comes to: the one stated, else the floor."""
        return self.floor if self.best is None else self.best


def counted(figure: Figure) -> Count:
    """Return what one figure says."""
    floor = _printed_floor(figure)
    some = figure.qualifier == SOME and figure.high is None
    lowest = figure.best if figure.low is None else figure.low
    stated = next((n for n in (figure.high, figure.best, floor) if n is not None), lowest)
    return Count(
        figure=figure,
        figures=(figure,),
        low=lowest,
        best=figure.best,
        floor=floor,
        top=figure.best if some else stated,
        is_open=figure.high is None and not some,
        basis="stated",
        moment=order(figure),
        running=_running(figure),
    )


def _running(figure: Figure) -> bool:
    return figure.measure_kind in (None, "cumulative")


def _printed_floor(figure: Figure) -> int | None:
    if figure.best is not None or figure.qualifier not in FLOORS:
        return None
    return figure.low if figure.amount is None else figure.amount


def added(figure: Figure, counts: Sequence[Count]) -> Count:
    """Return several counts as one, in the name of a figure; one without a number leaves it open.

    Only what stands side by side may be added: parts that do not overlap, increments of periods
    that do not overlap, and a running count with the increments after it.
    """
    best = _sum([count.best for count in counts])
    return Count(
        figure=figure,
        figures=tuple(each for count in counts for each in count.figures),
        low=_sum([count.low for count in counts if count.low is not None]),
        best=best,
        floor=_sum([count.value for count in counts]) if best is None else None,
        top=_sum([count.low or 0 if count.top is None else count.top for count in counts]),
        is_open=any(count.is_open or count.top is None for count in counts),
        basis="sum_of_parts",
        moment=max(order(figure), *(count.moment for count in counts)),
        running=_running(figure),
    )


def at_least(count: Count) -> Count:
    """Return a count as a floor: there may be more that it does not hold."""
    return replace(count, best=None, floor=count.value, is_open=True)


def _sum(numbers: Sequence[int | None]) -> int | None:
    """Return the sum; None where one of the numbers is not known, or there is none."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known and len(known) == len(numbers) else None
