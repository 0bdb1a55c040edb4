"""How like two incidents are: a score, and what it rests on in words.

It suggests and proves nothing: two attacks on one day in one town may be two. What counts is when,
where, who and in which words; what only one of the two says counts for neither.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from incidents_api.model.sphere import km

#: By how many days the first and the last may be off, by UCDP's precision of days.
DAYS: Final = {1: 0, 2: 6, 3: 7, 4: 31, 5: 92}
#: By how many kilometres a point may be off, by UCDP's precision of places.
KILOMETRES: Final = {1: 5.0, 2: 25.0, 3: 50.0, 4: 150.0, 5: 100.0, 6: 500.0, 7: 500.0}
#: A precision that is not said is taken as these.
EXACT_DAY: Final = 1
NEAR: Final = 2
#: From this precision on, a point says no more than the country.
COUNTRY: Final = 6
#: What each kind of likeness adds at most; the sum is cut at 1.
WEIGHTS: Final = {
    "days": 0.25,
    "place": 0.25,
    "words": 0.25,
    "actors": 0.2,
    "facilities": 0.15,
    "event_type": 0.05,
}
#: Words of which less than this share is common are not alike.
ALIKE: Final = 0.3
#: Days alone, or days and the kind of event, are no likeness.
TELLING: Final = frozenset({"place", "words", "actors", "facilities"})
_LITTLE: Final = frozenset(
    ["the", "and", "for", "from", "with", "near", "into", "upon", "over", "after"]
)


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is compared of an incident; days are local, coordinates in degrees (WGS 84)."""

    id: str
    title: str
    date_start: str
    date_end: str | None = None
    date_prec: int | None = None
    country: str | None = None
    place: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    where_prec: int | None = None
    event_type: str | None = None
    actors: frozenset[str] = frozenset()
    facilities: frozenset[str] = frozenset()


class Reason(NamedTuple):
    """In what two incidents are alike: the kind, how much from 0 to 1, and in words."""

    kind: str
    share: float
    words: str


class Likeness(NamedTuple):
    """How like two incidents are: from 0 to 1, with the reasons, the weightiest first."""

    score: float
    reasons: list[Reason]


def likeness(one: Sketch, other: Sketch) -> Likeness | None:
    """Return how like two incidents are; None where they are not the same thing.

    They are not where their days, their places or their countries exclude each other.
    """
    days = _days(one, other)
    if days is None or _elsewhere(one, other):
        return None
    found = [days, _place(one, other), _words(one, other)]
    found += [
        _shared("actors", one.actors, other.actors),
        _shared("facilities", one.facilities, other.facilities),
    ]
    if one.event_type is not None and one.event_type == other.event_type:
        found.append(Reason("event_type", 1.0, f"both are {one.event_type}"))
    reasons = [reason for reason in found if reason]
    if TELLING.isdisjoint(reason.kind for reason in reasons):
        return None
    reasons.sort(key=_added, reverse=True)
    return Likeness(round(min(1.0, sum(map(_added, reasons))), 2), reasons)


def _added(reason: Reason) -> float:
    return WEIGHTS[reason.kind] * reason.share


def _days(one: Sketch, other: Sketch) -> Reason | None:
    """Return how the days agree; None where they exclude each other."""
    mine, theirs = _span(one), _span(other)
    if mine == theirs:
        return Reason("days", 1.0, f"the same days, from {one.date_start}")
    apart = max(mine[0] - theirs[1], theirs[0] - mine[1])
    if apart <= 0:
        return Reason("days", 0.8, "their days overlap")
    slack = sum(DAYS[sketch.date_prec or EXACT_DAY] for sketch in (one, other))
    if apart <= slack:
        return Reason("days", 0.6, f"{apart} day{'s' * (apart > 1)} apart, within their precision")
    return Reason("days", 0.4, "a day apart") if apart == 1 else None


def _span(sketch: Sketch) -> tuple[int, int]:
    first = date.fromisoformat(sketch.date_start).toordinal()
    return first, date.fromisoformat(sketch.date_end or sketch.date_start).toordinal()


def _elsewhere(one: Sketch, other: Sketch) -> bool:
    """Return whether the places exclude each other."""
    if one.country and other.country and one.country != other.country:
        return True
    apart = distance(one, other)
    return apart is not None and apart > _reach(one, other) and not _same_name(one, other)


def _reach(one: Sketch, other: Sketch) -> float:
    return sum(KILOMETRES[sketch.where_prec or NEAR] for sketch in (one, other))


def distance(one: Sketch, other: Sketch) -> float | None:
    """Return how many kilometres two incidents are apart; None where a point is unknown."""
    if one.latitude is None or other.latitude is None:
        return None
    assert one.longitude is not None
    assert other.longitude is not None
    return km(one.latitude, one.longitude, other.latitude, other.longitude)


def _place(one: Sketch, other: Sketch) -> Reason | None:
    apart, same = distance(one, other), _same_name(one, other)
    known = max(one.where_prec or NEAR, other.where_prec or NEAR) < 6
    if same:
        return Reason("place", 1.0, f"both at {one.place}")
    if apart is None or not known:
        return None
    share = 1.0 - 0.5 * apart / _reach(one, other)
    return Reason("place", share, f"{apart:.0f} km apart, within the precision of their places")


def _same_name(one: Sketch, other: Sketch) -> bool:
    return bool(one.place and other.place) and folded(one.place) == folded(other.place)


def _words(one: Sketch, other: Sketch) -> Reason | None:
    mine, theirs = words(one.title), words(other.title)
    common = mine & theirs
    share = 2 * len(common) / (len(mine) + len(theirs)) if common else 0.0
    if share < ALIKE:
        return None
    return Reason("words", share, f"the titles share {', '.join(sorted(common))}")


def _shared(kind: str, mine: frozenset[str], theirs: frozenset[str]) -> Reason | None:
    common = mine & theirs
    if not common:
        return None
    every = len(mine | theirs)
    told = f"{', '.join(sorted(common))} in both, of {every} {kind} in all"
    return Reason(kind, len(common) / every, told)


def folded(text: str | None) -> str:
    """Return a text in small letters without diacritics."""
    parts = unicodedata.normalize("NFKD", text or "").casefold()
    return "".join(sign for sign in parts if not unicodedata.combining(sign)).strip()


def words(text: str) -> frozenset[str]:
    """Return the telling words of a text: folded, of three letters or more."""
    found = re.findall(r"[^\W_]{3,}", folded(text))
    return frozenset(found) - _LITTLE
