"""What of a record can be redacted, and what stands there afterwards.

Redacted is what tells of somebody or of something: words, addresses, names elsewhere, points of the
map. Links, codes, days and counts are not: other records, sums and contradictions rest on them.
Where there were words, the fixed text :data:`REDACTED` stands afterwards, so that everybody sees it
and a claim of a witness stays one; anything else is as if it had never been given.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from marshmallow import ValidationError

from incidents_api.model.faults import messages
from incidents_api.model.fields import (
    Id,
    Kind,
    Language,
    Link,
    Many,
    Number,
    Pattern,
    Rows,
    Values,
    Word,
)
from incidents_api.model.record import Record

#: What stands in the place of words.
REDACTED: Final = "[redacted]"
#: What names a value inside of a member, as in ``sources.quote``.
INSIDE: Final = "."


class NotRedactable(Exception):
    """It cannot be redacted; the message says what can."""


class Spot(NamedTuple):
    """What is to be redacted: a member, or a value inside of it.

    Attributes:
        name: Its name, such as ``notes``, ``sources.quote`` or ``source_values.author``.
        member: The member of the record.
        inner: The name inside of it, if it is not the whole member.

    """

    name: str
    member: str
    inner: str


@cache
def redactable(record: type[Record]) -> tuple[str, ...]:
    """Return what can be redacted of a resource's records, in the order in which they show it."""
    return tuple(
        name
        for member, kind in record.kinds().items()
        if not kind.readonly
        for name in _names(member, kind)
    )


def _names(member: str, kind: Kind) -> Iterator[str]:
    if _plain(kind) or (isinstance(kind, Many) and _plain(kind.item)):
        yield member
    elif isinstance(kind, Rows):
        if _whole(kind):
            yield member
        yield from (f"{member}{INSIDE}{name}" for name, one in kind.members.items() if _plain(one))


def _plain(kind: Kind) -> bool:
    """Return whether a value is of a kind that tells something, and can be taken away."""
    telling = isinstance(kind, Pattern | Values | Number)
    return (
        telling
        and not isinstance(kind, Id | Language | Word)
        and (not kind.required or _takes_words(kind))
    )


def _takes_words(kind: Kind) -> bool:
    try:
        return bool(kind.check(REDACTED) == REDACTED)
    except ValidationError:
        return False


def _whole(kind: Rows) -> bool:
    """Return whether a list tells something, and leads nowhere."""
    inner = kind.members.values()
    return any(map(_plain, inner)) and not any(isinstance(one, Link) for one in inner)


def spot(record: type[Record], name: str) -> Spot:
    """Return what a name says is to be redacted.

    Raises:
        NotRedactable: There is nothing of this name, or it cannot be redacted.

    """
    member, _, inner = name.partition(INSIDE)
    kinds = record.kinds()
    if name in redactable(record) or (inner and isinstance(kinds.get(member), Values)):
        return Spot(name, member, inner)
    can = ", ".join(redactable(record))
    raise NotRedactable(f"{name!r} of {record.resource} cannot be redacted, only: {can}")


def redacted(record: type[Record], spot: Spot, value: Any) -> Any:
    """Return what stands in a member afterwards; what was never given stays so."""
    kind = record.kinds()[spot.member]
    if not spot.inner:
        return _blank(kind, value)
    if isinstance(kind, Values):
        return {
            name: REDACTED if name == spot.inner and isinstance(cell, str) else cell
            for name, cell in value.items()
            if name != spot.inner or isinstance(cell, str)
        }
    inner: Kind = kind.members[spot.inner]  # type: ignore[attr-defined]
    return [{**item, spot.inner: _blank(inner, item[spot.inner])} for item in value]


def _blank(kind: Kind, value: Any) -> Any:
    if value is None or value == kind.empty():
        return value
    return REDACTED if _takes_words(kind) else kind.empty()


def redact(
    record: type[Record],
    spots: tuple[Spot, ...],
    given: Mapping[str, Any],
    shown: Mapping[str, Any],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values of a record without what is redacted: as given, and as shown.

    What followed from it, as bounds do from the words of a figure, stays and counts as given. What
    was computed itself is left: it goes with what it follows from.

    Raises:
        NotRedactable: The record would say nothing without it.

    """
    given, shown = dict(given), dict(shown)
    computed = set(shown.get("computed", ()))
    for one in spots:
        if one.member in computed:
            continue
        given[one.member] = redacted(record, one, given[one.member])
        shown[one.member] = redacted(record, one, shown[one.member])
    own = computed - record.computed_kinds().keys()
    if own and not _follow(record, given, shown, own):
        given |= {name: shown[name] for name in own}
        shown["computed"] = [name for name in shown["computed"] if name not in own]
    try:
        record.derive(given)
    except ValidationError as fault:
        told = "; ".join(f"{where} {words}" for where, words in messages(fault))
        raise NotRedactable(f"the record does not stand without it: {told}") from None
    return given, shown


def _follow(
    record: type[Record], given: Mapping[str, Any], shown: Mapping[str, Any], names: set[str]
) -> bool:
    """Return whether these members still follow from the record's own words."""
    try:
        implied = record.derive(given)
    except ValidationError:
        return False
    return all(implied.get(name) == shown[name] for name in names)


def texts(value: Any) -> Iterator[str]:
    """Yield the texts in a value, of whatever it is made."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for inner in value.values() for text in texts(inner))
    elif isinstance(value, list):
        yield from (text for inner in value for text in texts(inner))
