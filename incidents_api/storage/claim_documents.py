"""Claims as they are read from their documents; the last ones are kept.

A write asks for the claims about an incident more than once, and most of them are as they were.
"""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any, Final, Generic, TypeVar

import orjson

from incidents_api.estimates.figures import Assertion, Claim, Figure
from incidents_api.storage.items import Item

#: So many claims of each kind are kept.
KEPT: Final = 5000

ClaimT = TypeVar("ClaimT", bound=Claim)


class _Kept(Generic[ClaimT]):
    """The last claims that were read or written, by their documents."""

    def __init__(self, make: Callable[[Any], ClaimT]) -> None:
        self._make = make
        self._known: OrderedDict[str, ClaimT] = OrderedDict()
        self._lock = Lock()

    def of(self, document: str) -> ClaimT:
        """Return a claim from its document."""
        claim: ClaimT | None = self._known.get(document)
        if claim is None:
            claim = self._make(orjson.loads(document))
            self.keep(document, claim)
        return claim

    def keep(self, document: str, claim: ClaimT) -> None:
        """Keep a claim; what came first goes first."""
        with self._lock:
            self._known[document] = claim
            if len(self._known) > KEPT:
                self._known.popitem(last=False)


_figures = _Kept(Figure.of)
figure_of = _figures.of
assertion_of = _Kept(Assertion.of).of


def figure_told(whole: str | Item) -> Figure:
    """Return a figure from its document, or from what is about to be written."""
    if isinstance(whole, str):
        return figure_of(whole)
    if whole.claim is None:
        whole.claim = Figure.of(whole.shown)
    figure: Figure = whole.claim
    return figure


def keep_figure(item: Item) -> None:
    """Keep a figure that was compared before it was written, by the document it has now."""
    if item.claim is not None and item.document is not None:
        _figures.keep(item.document, item.claim)
