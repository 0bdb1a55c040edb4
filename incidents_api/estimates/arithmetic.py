"""Sums that do not come out: parts against their total, and parts greater than their whole.

A part is one because its record says so (``part_of``), or, across claimants, because its
population is narrower than the other's in the same measure, unit, scope and method.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from incidents_api.estimates.days import day, same_day
from incidents_api.estimates.figures import EVERYBODY, Figure, Population
from incidents_api.estimates.findings import ARITHMETIC, Contradiction, counted
from incidents_api.estimates.questions import ActorTypes, filled_in
from incidents_api.estimates.sayings import interval, number, voice, when, whom
from incidents_api.estimates.standing import Answering, counts

Parts = Mapping[str, Sequence[Figure]]


def against_totals(own: Sequence[Figure], known: Sequence[Figure]) -> Iterator[Contradiction]:
    """Yield where parts do not go with their totals.

    Args:
        own: The figures about one subject.
        known: These, and those about other subjects that are parts of them.

    """
    parts: dict[str, list[Figure]] = {}
    for figure in known:
        if figure.part_of is not None:
            parts.setdefault(figure.part_of, []).append(figure)
    for total in own:
        yield from _against_total(total, parts)


def _against_total(total: Figure, parts: Parts) -> Iterator[Contradiction]:
    above = [part for part in _below(total, parts) if _exceeds(part, total)]
    for part in above:
        yield _above(part, total, f"it is a part of it ({part.breakdown or part.id})")
    for name, disjoint, complete in total.breakdowns:
        some = [part for part in parts.get(total.id, ()) if part.breakdown == name]
        if some and not any(part in above for part in some):
            yield from _sum(total, name, some, parts, (disjoint, complete))


def _below(total: Figure, parts: Parts) -> Iterator[Figure]:
    """Yield the parts of a total, their parts, and so on; each once, should they go in a circle."""
    seen, ahead = {total.id}, [total.id]
    while ahead:
        for part in parts.get(ahead.pop(), ()):
            if part.id not in seen:
                seen.add(part.id)
                ahead.append(part.id)
                yield part


def _exceeds(part: Figure, total: Figure) -> bool:
    if part.low is None or total.high is None or part.low <= total.high:
        return False
    return _by_then(part, total)


def _above(part: Figure, whole: Figure, why: str) -> Contradiction:
    words = (
        f"{part.measure}{when((part, whole))}: {voice(part)} says {number(part)} of "
        f"{whom(part.population)}, more than the {number(whole)} of {whom(whole.population)} that "
        f"{voice(whole)} says; {why}."
    )
    assert part.low is not None
    assert whole.high is not None
    return counted(ARITHMETIC, (whole, part), [(whole, whole.high), (part, part.low)], words)


def _sum(
    total: Figure, name: str, some: Sequence[Figure], parts: Parts, how: tuple[bool, bool]
) -> Iterator[Contradiction]:
    """Yield the contradiction of a total and the sum of its parts in one breakdown."""
    disjoint, complete = how
    stand = [leaf for part in some for leaf in _stand_in(part, parts)]
    low = sum(leaf.low or 0 for leaf in stand)
    high = _added(leaf.high for leaf in stand)
    told = f"{total.measure} ({name}){when([total])}: the parts add up to {interval(low, high)}"
    says = f"{voice(total)} says {number(total)} in all"
    if disjoint and total.high is not None and low > total.high:
        bounds = [(total, total.high), *((leaf, leaf.low) for leaf in stand if leaf.low)]
        words = f"{told}, and nobody is in two of them; {says}, which is less."
        in_time = all(_by_then(part, total) for part in some)
    elif complete and total.low is not None and high is not None and high < total.low:
        bounds = [(total, total.low), *((leaf, leaf.high or 0) for leaf in stand)]
        words = f"{told}, and they are all there is; {says}, which is more."
        in_time = all(_by_then(total, part) for part in some)
    else:
        return
    if in_time:
        yield counted(ARITHMETIC, (total, *stand), bounds, words)


def _stand_in(part: Figure, parts: Parts) -> list[Figure]:
    """Return the figures whose bounds stand for a part: itself, or what a number is made of.

    Where nobody printed a number for the part, its own parts stand in if they are all there is
    and nobody is in two of them.
    """
    if part.qualifier == "not_reported":
        for name, disjoint, complete in part.breakdowns:
            some = [one for one in parts.get(part.id, ()) if one.breakdown == name]
            if some and disjoint and complete:
                return [leaf for one in some for leaf in _stand_in(one, parts)]
    return [part]


def _added(highs: Iterable[int | None]) -> int | None:
    """Return the sum of upper bounds; None where one is open."""
    known = list(highs)
    return None if None in known else sum(high or 0 for high in known)


def _by_then(one: Figure, other: Figure) -> bool:
    """Return whether the people of one figure must be among those of the other's day.

    A count only grows, so what it was before is in it; what is held at one moment is not.
    """
    first, second = day(one), day(other)
    if first is None or second is None or same_day(one, other):
        return True
    return counts(other) == ("cumulative",) and first < second


def narrower(newest: Iterable[Answering], actor_types: ActorTypes) -> Iterator[Contradiction]:
    """Yield where one claimant's part is above another's whole, by whom they count.

    Args:
        newest: What each claimant said last about one subject.
        actor_types: The kinds of the actors that populations name, by id.

    """
    alike: dict[object, list[Figure]] = {}
    for figure, asked in newest:
        of_all = (asked._replace(population=EVERYBODY), counts(figure))
        alike.setdefault(of_all, []).append(figure)
    for figures in alike.values():
        wholes = [figure for figure in figures if figure.high is not None]
        wholes.sort(key=lambda figure: figure.high or 0)
        for part in figures:
            yield from _above_wholes(part, wholes, actor_types)


def _above_wholes(
    part: Figure, wholes: Sequence[Figure], actor_types: ActorTypes
) -> Iterator[Contradiction]:
    for whole in wholes:
        if part.low is None or (whole.high or 0) >= part.low:
            return
        if part.speaks == whole.speaks or part.part_of == whole.id or not same_day(part, whole):
            continue
        if _within(
            filled_in(part.population, actor_types), filled_in(whole.population, actor_types)
        ):
            yield _above(part, whole, "a part is not greater than its whole")


def _within(narrow: Population, wide: Population) -> bool:
    """Return whether one population is a true part of another."""
    pairs = list(zip(narrow, wide, strict=True))
    return narrow != wide and all(not all_ or (some and some <= all_) for some, all_ in pairs)
