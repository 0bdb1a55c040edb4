"""Claims as they are read from their documents; the last ones are kept.

A write asks for the claims about an incident more than once, and most of them are as they were.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import orjson

from incidents_api.estimates.figures import Assertion, Figure

#: So many claims of each kind are kept.
KEPT: Final = 2000


def figure_told(document: str | Mapping[str, Any]) -> Figure:
    """Return a figure from its document, or from what will be in it once it is written."""
    return figure_of(document) if isinstance(document, str) else Figure.of(document)


@lru_cache(KEPT)
def figure_of(document: str) -> Figure:
    """Return a figure from its document."""
    return Figure.of(orjson.loads(document))


@lru_cache(KEPT)
def assertion_of(document: str) -> Assertion:
    """Return an assertion from its document."""
    return Assertion.of(orjson.loads(document))
