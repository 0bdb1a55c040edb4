"""Cursors: opaque places in a list, bound to the query they came from."""

import base64
from hashlib import blake2b
from typing import Any

import orjson

from incidents_api.storage.grammar import Unreadable


def written(bound_to: str, place: list[Any]) -> str:
    """Return a place as a cursor: opaque, safe in an address, and bound to its query."""
    checked = [digest([bound_to, place]), *place]
    return base64.urlsafe_b64encode(orjson.dumps(checked)).decode().rstrip("=")


def opened(cursor: str, bound_to: str) -> list[Any]:
    """Read a cursor back.

    Raises:
        Unreadable: It is damaged, or another query's.

    """
    try:
        place = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        whole = isinstance(place, list) and written(bound_to, place[1:]) == cursor
    except (ValueError, TypeError):
        whole = False
    if not whole:
        words = "is damaged or another query's: keep all other parameters but limit as they were"
        raise Unreadable({"cursor": [words]})
    return list(place[1:])


def version_cursor(name: str, seq: int) -> str:
    """Return the cursor for the versions of a record before a transaction's."""
    return written(name, [seq])


def before_version(name: str, cursor: str | None) -> int | None:
    """Read the cursor of a history.

    Raises:
        Unreadable: It is damaged, or another record's.

    """
    if cursor is None:
        return None
    place = opened(cursor, name)
    if len(place) != 1 or type(place[0]) is not int or not 0 < place[0] < 2**63:
        raise Unreadable({"cursor": ["is damaged: take next_cursor as it was given"]})
    return place[0]


def digest(value: Any) -> str:
    """Return a short digest of a value."""
    return blake2b(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=6).hexdigest()
