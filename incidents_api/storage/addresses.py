"""The pairs of a query string, as addresses and the command take them."""

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from incidents_api.storage.parameters import Unreadable

#: So many filters may be given to one request.
MOST_FILTERS: Final = 400
_BROKEN = re.compile(rb"%(?![0-9A-Fa-f]{2})").search


def pairs(query: bytes, most: int = MOST_FILTERS) -> list[tuple[str, str]]:
    """Return a query string's decoded pairs in order, repeated ones too.

    Args:
        query: The query string.
        most: How many parameters it may have.

    Raises:
        Unreadable: There are too many, or a pair is not percent-encoded UTF-8; replacing what is
            damaged would make it another question.

    """
    given = query.split(b"&")
    if len(given) > most:
        raise Unreadable({"query": [f"has {len(given)} parameters; {most} are allowed"]})
    split = (pair.partition(b"=") for pair in given if pair)
    return [(_decoded(name, name), _decoded(text, name)) for name, _, text in split]


def _decoded(text: bytes, name: bytes) -> str:
    if _BROKEN(text):
        words = "is not percent-encoded: after % stand two hexadecimal digits"
    else:
        try:
            return unquote_to_bytes(text.replace(b"+", b" ")).decode()
        except UnicodeDecodeError:
            words = "is not UTF-8"
    raise Unreadable({name.decode(errors="replace")[:80]: [words]})
