"""The id of a request: one text that stands in the log, in a problem and in a transaction."""

import os
import re
from typing import Any, Final

#: Which ids of a client or of a proxy before us are taken over; all others are made anew.
_SHAPE: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HELD: Final = "incidents.request_id"


def minted() -> str:
    """Return a new id: 64 random bits."""
    return os.urandom(8).hex()


def request_id(environ: dict[str, Any]) -> str:
    """Return the id of a request: the one of X-Request-Id where it is well shaped, or a new one.

    What may be a key is never taken over, for ids are logged.
    """
    found: str | None = environ.get(_HELD)
    if found is None:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        usable = _SHAPE.fullmatch(given) and not given.startswith("iak")
        found = environ[_HELD] = given if usable else minted()
    return found
