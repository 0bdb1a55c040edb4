"""The named rules: how claims that disagree become one number, and who does it so.

Each takes the comparison set of a question (:mod:`incidents_api.estimates.comparison`) and gives
bounds and a point value. None of them adds what different claimants say.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from incidents_api.estimates.bounds import UNKNOWN, Bounds, Number, plain
from incidents_api.estimates.comparison import Compared
from incidents_api.estimates.points import Point, points, span


class Answer(NamedTuple):
    """What a rule makes of a comparison set.

    Attributes:
        bounds: The estimate.
        best_from: The ids of the figures whose point value it is.
        no_mode: Whether ``representative`` found no number that two gave.
        stale: Whether the claimant of the preferred figure has said more since.

    """

    bounds: Bounds = UNKNOWN
    best_from: tuple[str, ...] = ()
    no_mode: bool = False
    stale: bool = False


def latest(compared: Compared) -> Answer:
    """What was said last, by whom it is best believed; the default.

    The bounds are those of the whole set. The point value is that of the preferred claim, else of
    the most credible, then of the most reliable, else the lower median: always a number that
    somebody said. A side in the fighting, speaking of itself or of its opponent, widens the bounds
    and gives a point value only where nobody else counts.

    GTD codes so: from the most recent sources, but not from one of doubtful validity or one that
    rests on what a perpetrator claims. ACLED too revises a number when better information comes.
    """
    others = [count for count in compared.counts if not count.of_a_party]
    pool = points(others) if 0 < len(others) < len(compared.counts) else compared.points
    pool = [point for point in pool if point.of.figure.rank == "preferred"] or pool
    pool = _best_judged(_best_judged(pool, "credibility"), "reliability")
    return _answer(compared.span, pool[(len(pool) - 1) // 2] if pool else None, pool)


#: The last grades of the Admiralty scale: no judgement can be made.
_UNJUDGED: Final = (None, 6, "F")


def _best_judged(pool: list[Point], scale: str) -> list[Point]:
    """Return the points with the best grade on a scale; all of them where none is graded."""
    grades = [getattr(point.of.figure, scale) for point in pool]
    best = min((grade for grade in grades if grade not in _UNJUDGED), default=None)
    if best is None:
        return pool
    return [point for point, grade in zip(pool, grades, strict=True) if grade == best]


def envelope(compared: Compared) -> Answer:
    """The lowest and the highest number stated, and no point value.

    Airwars and IBC (Iraq Body Count) publish a minimum and a maximum of what was reported, and
    UCDP's low and high are the outer estimates around its best one.
    """
    return _answer(compared.span)


def conservative(compared: Compared) -> Answer:
    """The lowest point value, with the bounds of the figures that state it.

    ACLED codes the most conservative number where reports differ. MAVERICK's most conservative
    aggregation takes the lowest report, and GTD does where no number has a majority.
    """
    return _agreed(compared, compared.points[:1])


def informative(compared: Compared) -> Answer:
    """The highest point value, with the bounds of the figures that state it.

    MAVERICK's most informative aggregation takes the highest report: the one that knows of most.
    """
    return _agreed(compared, compared.points[-1:])


def representative(compared: Compared) -> Answer:
    """The number that most state, the lowest of several; the lowest of all where none agree.

    MAVERICK's most representative aggregation takes the mode. GTD takes the majority's number
    among equally recent sources, and the lowest where there is no majority.
    """
    most = max(map(len, compared.stated.values()), default=0)
    mode = next((said for said in compared.stated.values() if len(said) == most), [])
    answer = _agreed(compared, mode[:1])
    return answer._replace(no_mode=True) if most == 1 < len(compared.points) else answer


def _agreed(compared: Compared, chosen: Sequence[Point]) -> Answer:
    """Return an answer with the bounds of all that state the chosen value."""
    if not chosen:
        return envelope(compared)
    same = compared.stated[chosen[0].value]
    bounds = chosen[0].bounds
    if len(same) > 1:
        bounds = Bounds(
            low=min(point.low for point in same),
            high=max(point.high for point in same),
            high_open=any(point.high_open for point in same),
        )
    return _answer(bounds, same[0], same)


def median(compared: Compared) -> Answer:
    """The median of the point values, and of the lows and of the highs of the same figures.

    Where their number is even it is the middle of two, a number that nobody said, and may be a
    half. None of UCDP, ACLED, GTD, Airwars, MAVERICK and IBC publishes it: it shows how far an
    answer hangs on outliers.
    """
    pool = compared.points
    if not pool:
        return envelope(compared)
    if len(pool) == 1:
        return _agreed(compared, pool)
    value = _middle([point.value for point in pool])
    said = [point for point in pool if point.value == value]
    bounds = Bounds(
        low=_middle([point.low for point in pool]),
        best=value,
        best_basis=said[0].basis if said else "median",
        high=_middle([point.high for point in pool]),
        high_open=any(point.high_open for point in pool),
    )
    return Answer(bounds, _ids(said))


def _middle(numbers: Iterable[int]) -> Number:
    ordered = sorted(numbers)
    twice = ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]
    return plain(twice / 2)


def preferred(compared: Compared) -> Answer:
    """The figure that the editors prefer, with its bounds; nothing where they prefer none.

    UCDP's best estimate comes so, from its coders' judgement of which report is most reliable. It
    is marked stale where its claimant has said more since.
    """
    ranked = [count for count in compared.standing if count.figure.rank == "preferred"]
    if not ranked:
        return Answer()
    chosen = max(ranked, key=lambda count: (count.moment, count.figure.id))
    said_more = any(
        count.figure.speaks == chosen.figure.speaks and count.moment > chosen.moment
        for count in compared.standing
    )
    alone = points([chosen])
    return _answer(span([chosen]), alone[0] if alone else None, alone)._replace(stale=said_more)


def _answer(around: Bounds, point: Point | None = None, among: Iterable[Point] = ()) -> Answer:
    """Return bounds with a point value in them, which they are widened to hold."""
    low, _, _, high, is_open = around
    if point is not None:
        low = point.value if low is None else min(low, point.value)
        high = point.value if high is None else max(high, point.value)
    if low is not None and high is not None:
        high = max(low, high)
    if point is None:
        return Answer(Bounds(low, high=high, high_open=is_open))
    same = _ids(one for one in among if one.value == point.value)
    return Answer(Bounds(low, point.value, point.basis, high, is_open), same)


def _ids(of: Iterable[Point]) -> tuple[str, ...]:
    """Return the ids of the figures of points, in order."""
    return tuple(sorted({figure.id for point in of for figure in point.of.figures}))


class Rule(NamedTuple):
    """A named rule: its function, and what it does in words."""

    name: str
    words: str
    function: Callable[[Compared], Answer]


DEFAULT: Final = "latest"
#: Every rule by its name, the default one first.
RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        rule.__name__: Rule(rule.__name__, (rule.__doc__ or "").split("\n")[0], rule)
        for rule in (
            latest,
            envelope,
            conservative,
            informative,
            representative,
            median,
            preferred,
        )
    }
)

#: The rules that choose among point values: where only one counts, all choose the same.
_CHOOSING: Final = frozenset({"conservative", "informative", "representative", "median"})


def bounds_by_rule(compared: Compared, usual: Bounds) -> dict[str, Bounds]:
    """Return the bounds that every rule gives, the default one's first.

    Args:
        compared: The comparison set.
        usual: What the default rule gives.

    """
    same = _CHOOSING if len(compared.counts) == 1 else ()
    others = [rule for rule in RULES.values() if rule.name != DEFAULT]
    made = {r.name: usual if r.name in same else r.function(compared).bounds for r in others}
    return {DEFAULT: usual} | made
