"""Cursors: opaque places in a list, bound to the query they came from."""

import base64
from hashlib import blake2b
from typing import Any

import orjson

from incidents_api.storage.parameters import Unreadable


class Damaged(Unreadable):
    """A cursor that no answer gave."""


class OfAnotherQuery(Unreadable):
    """A cursor that another query or list gave."""

    problem = "cursor-of-another-query"


def written(bound_to: str, place: list[Any]) -> str:
    """Return a place as a cursor: opaque, safe in an address, and bound to its query."""
    checked = [digest([bound_to, place]), bound_to, *place]
    return base64.urlsafe_b64encode(orjson.dumps(checked)).decode().rstrip("=")


def opened(cursor: str, bound_to: str) -> list[Any]:
    """Read a cursor back.

    Raises:
        Damaged: No answer gave it.
        OfAnotherQuery: It is whole, but another query's.

    """
    try:
        place: list[Any]
        _, whose, *place = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        whole = written(whose, place) == cursor
    except (ValueError, TypeError):
        whole = False
    if not whole:
        raise damaged()
    if whose != bound_to:
        words = "is another query's: keep all other parameters but limit as they were"
        raise OfAnotherQuery({"cursor": [words]})
    return place


def opened_list(cursor: str, bound_to: str) -> list[Any]:
    """Read the cursor of a list back: the phase, the sort key and the id of its last record.

    Raises:
        Damaged: No answer gave it.
        OfAnotherQuery: It is whole, but another query's.

    """
    place = opened(cursor, bound_to)
    if not _is_place(place):
        raise damaged()
    return place


def _is_place(place: list[Any]) -> bool:
    """Return whether this is a phase, a sort key that SQLite takes, and an id."""
    if len(place) != 3 or place[0] not in (0, 1) or not isinstance(place[2], str):
        return False
    key = place[1]
    return key is None or isinstance(key, str | float) or (type(key) is int and abs(key) < 2**63)


def place_of(cursor: str | None, bound_to: str, types: tuple[type, ...]) -> Any:
    """Read the cursor of rows that are no records back: a tuple, or None to begin.

    Args:
        cursor: The cursor, if one was given.
        bound_to: What its query asks.
        types: The type of each member; numbers are none below 0.

    Raises:
        Damaged: No answer gave it.
        OfAnotherQuery: It is whole, but another query's.

    """
    if not cursor:
        return None
    place = opened(cursor, bound_to)
    numbers = (part for part in place if isinstance(part, int))
    if tuple(map(type, place)) != types or not all(0 <= number < 2**63 for number in numbers):
        raise damaged()
    return tuple(place)


def damaged() -> Damaged:
    """Return the refusal of a cursor that no answer gave."""
    return Damaged({"cursor": ["is damaged: take next_cursor as it was given"]})


def version_cursor(resource: str, name: str, seq: int) -> str:
    """Return the cursor for the versions of a record before a transaction's."""
    return written(digest([resource, name, "history"]), [seq])


def before_version(resource: str, name: str, cursor: str | None) -> int | None:
    """Read the cursor of a history.

    Raises:
        Damaged: No answer gave it.
        OfAnotherQuery: It is a list's, or another record's.

    """
    place = place_of(cursor, digest([resource, name, "history"]), (int,))
    seq: int | None = place[0] if place else None
    return seq


def digest(value: Any) -> str:
    """Return a short digest of a value."""
    return blake2b(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=6).hexdigest()
