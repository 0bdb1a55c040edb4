"""The comparison set: which figures of a question count, and as what.

Every rule looks at the same set. It is made in four steps:

(a) leave out what does not stand (retracted, refuted, deprecated, superseded, not reported), what
    only repeats a claim in view, a part of a total that asks the same, and a compiler's figure
    where a primary claim stands;
(b) fold each claimant: what was added in later periods goes on top of the newest running count;
(c) keep of each claimant what speaks of the latest day, and of that what was said last;
(d) give no point value to a running count that others have left behind while it went on.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Final

from incidents_api.estimates.bounds import Bounds
from incidents_api.estimates.breakdowns import count
from incidents_api.estimates.counts import Count, added, at_least
from incidents_api.estimates.figures import Figure
from incidents_api.estimates.points import Point, points, span
from incidents_api.estimates.view import View

Reasons = dict[str, str]

COMPILER: Final = "compiler"


@dataclass(frozen=True)
class Compared:
    """The comparison set of a question.

    Attributes:
        counts: What counts.
        standing: What stands, by step (a) alone: earlier counts are among it.
        excluded: The id of each figure that does not count, and why, in the order of ids.

    """

    counts: tuple[Count, ...]
    standing: tuple[Count, ...] = ()
    excluded: tuple[tuple[str, str], ...] = ()

    @cached_property
    def points(self) -> list[Point]:
        """The point values, the lowest first."""
        return points(self.counts)

    @cached_property
    def stated(self) -> dict[int, list[Point]]:
        """The points by their value: three rules choose one of these values."""
        found: dict[int, list[Point]] = {}
        for point in self.points:
            found.setdefault(point.value, []).append(point)
        return found

    @cached_property
    def span(self) -> Bounds:
        """The lowest and the highest number."""
        return span(self.counts)

    @cached_property
    def used(self) -> tuple[Figure, ...]:
        """The figures that count, in the order of ids; the parts of a sum are among them."""
        found = {one.id: one for each in self.counts for one in each.figures}
        return tuple(found[name] for name in sorted(found))

    @property
    def stale(self) -> tuple[str, ...]:
        """The ids of figures that count for the highest number only."""
        return tuple(sorted(one.id for each in self.counts if each.stale for one in each.figures))

    @property
    def n_claimants(self) -> int:
        """How many claimants what counts is of."""
        return len({each.figure.speaks for each in self.counts})

    @property
    def n_independent_claimants(self) -> int:
        """How many of them say something that is no repeat of another's claim."""
        own = (each.figure for each in self.counts)
        return len({figure.speaks for figure in own if figure.derives_from is None})


def compare(figures: Iterable[Figure], view: View, *, every: bool = False) -> Compared:
    """Return the comparison set of the figures that answer one question.

    Args:
        figures: All figures in view that answer the question.
        view: All figures in view about the subject.
        every: Whether every report counts: only step (a) is taken.

    """
    reasons: Reasons = {}
    standing = _primary(_standing(figures, view, reasons), reasons)
    counts = [_alone(each, view) for each in standing]
    known = tuple(counts)
    # What stands alone is the newest there is, and stays as it is.
    if not every and len(counts) > 1:
        counts = _of_each_claimant(standing, lambda own: _folded(own, view, reasons))
        counts = _of_each_claimant(counts, lambda own: _latest(own, reasons))
        counts = _aged(counts, view.subject.last_day)
    used = {figure.id for each in counts for figure in each.figures}
    excluded = sorted((name, why) for name, why in reasons.items() if name not in used)
    return Compared(tuple(counts), known, tuple(excluded))


def _standing(figures: Iterable[Figure], view: View, reasons: Reasons) -> list[Count]:
    """Take step (a), but for compilers."""
    found = []
    for figure in figures:
        fault = view.fault(figure)
        if fault is None and (whole := view.whole(figure)):
            fault = f"part of {whole}, which asks the same"
        says = None if fault else count(figure, view)
        if says is None or says.figures != (figure,):
            parts = "not reported" if says is None else "not reported: its parts stand in for it"
            reasons[figure.id] = fault or parts
        if says is not None:
            found.append(says)
    return found


def _primary(counts: list[Count], reasons: Reasons) -> list[Count]:
    """Leave out compilers where somebody else's claim stands: they coded what others said."""
    primary = [each for each in counts if each.figure.stance != COMPILER]
    if not primary:
        return counts
    for each in counts:
        if each.figure.stance == COMPILER:
            reasons[each.figure.id] = "compiled from reports, and a primary claim stands"
    return primary


def _of_each_claimant(
    counts: Iterable[Count], step: Callable[[list[Count]], list[Count]]
) -> list[Count]:
    """Take a step for each claimant by himself."""
    voices: dict[str, list[Count]] = {}
    for each in counts:
        voices.setdefault(each.figure.speaks, []).append(each)
    return [each for own in voices.values() for each in step(own)]


def _folded(own: list[Count], view: View, reasons: Reasons) -> list[Count]:
    """Take step (b) for one claimant."""
    increments = [each for each in own if each.incremental]
    steady = [each for each in own if not each.incremental]
    if not steady:
        return [_together(_apart(increments, reasons), view)]
    newest = max(each.moment for each in steady)
    base = next(each for each in steady if each.moment == newest)
    later = []
    for each in increments:
        if newest[0] and _begins(each) > newest[0]:
            later.append(each)
        else:
            reasons[each.figure.id] = f"begins before the end of what {base.figure.id} counts"
    later = _apart(later, reasons)
    if not later:
        return steady
    return [
        added(each.figure, [each, *later]) if each.moment == newest else each for each in steady
    ]


def _begins(count: Count) -> str:
    return count.figure.period_start or ""


def _ends(count: Count) -> str:
    """Return the last day of a period; one without an end goes on to the day spoken of."""
    return count.figure.period_end or max(_begins(count), count.moment[0])


def _apart(increments: Sequence[Count], reasons: Reasons) -> list[Count]:
    """Return increments whose periods do not overlap: the longest stand, then the last said."""
    chosen: list[Count] = []
    for each in sorted(increments, key=_reach, reverse=True):
        other = next((one for one in chosen if _overlap(one, each)), None)
        if other is None:
            chosen.append(each)
        else:
            reasons[each.figure.id] = f"its period overlaps that of {other.figure.id}"
    return sorted(chosen, key=_begins)


def _reach(increment: Count) -> tuple[int, tuple[str, str], str]:
    days = date.fromisoformat(_ends(increment)) - date.fromisoformat(_begins(increment))
    return days.days, increment.moment, increment.figure.id


def _overlap(one: Count, other: Count) -> bool:
    return _begins(one) <= _ends(other) and _begins(other) <= _ends(one)


def _together(increments: Sequence[Count], view: View) -> Count:
    """Return increments that stand alone: only a floor, unless they start with the incident."""
    newest = max(increments, key=lambda each: each.moment)
    whole = added(newest.figure, increments) if len(increments) > 1 else newest
    first = view.subject.first_day
    if first is not None and _begins(increments[0]) <= first:
        return replace(whole, running=True)
    return replace(at_least(whole), floor=None, running=False)


def _alone(count: Count, view: View) -> Count:
    return _together([count], view) if count.incremental else count


def _latest(own: list[Count], reasons: Reasons) -> list[Count]:
    """Take step (c) for one claimant."""
    newest = max(each.moment for each in own)
    kept = [each for each in own if each.moment == newest]
    for each in own:
        if each.moment != newest:
            reasons[each.figure.id] = f"its claimant says later: {kept[0].figure.id}"
    return kept


def _aged(counts: list[Count], last_day: str | None) -> list[Count]:
    """Take step (d): a running count from before the end is stale a day after the newest."""
    newest = max((each.moment[0] for each in counts if each.running), default="")
    return [
        replace(each, stale=True) if each.running and _old(each, newest, last_day) else each
        for each in counts
    ]


def _old(count: Count, newest: str, last_day: str | None) -> bool:
    day = count.moment[0]
    if day in ("", newest) or (last_day is not None and day >= last_day):
        return False
    return (date.fromisoformat(newest) - date.fromisoformat(day)).days > 1
