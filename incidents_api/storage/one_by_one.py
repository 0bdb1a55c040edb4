"""What is computed of each incident that a query chooses: under clocks, and from every report."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from incidents_api import estimates
from incidents_api.estimates import DEFAULT, Figure
from incidents_api.storage.casualties import subject
from incidents_api.storage.claim_documents import figure_of
from incidents_api.storage.contributions import estimated
from incidents_api.storage.failures import TooSlow
from incidents_api.storage.query import Query
from incidents_api.storage.store import Store

#: So many incidents are computed at a time.
CHUNK: Final = 500
#: Whether anything is known; low, best, high; whether the top is open.
Numbers = tuple[bool, Any, Any, Any, bool | None]
UNKNOWN: Final[Numbers] = (False, None, None, None, None)


class OneByOne:
    """Computes the casualties of incidents; it takes no longer than a query may.

    Args:
        store: The knowledge base.
        connection: The connection to read with.
        query: Which incidents, by which clocks.
        every: Whether every report counts, not only the newest of each claimant.

    """

    def __init__(self, store: Store, connection: Any, query: Query, *, every: bool) -> None:
        self._connection = connection
        self._query = query
        self._every = every
        self._until = time.monotonic() + store.read_seconds
        self._words = f"the query took longer than {store.read_seconds:g} seconds"

    def rows(
        self, select: Sequence[str], measure: str, rule: str
    ) -> Iterator[tuple[tuple[Any, ...], Numbers]]:
        """Yield of each incident what is selected of it, its key first, and its numbers."""
        sql, params = self._query.matches(f"{', '.join(select)}, CAST(t.document AS BLOB)")
        cursor = self._connection.execute(sql, params)
        while some := cursor.fetchmany(CHUNK):
            if time.monotonic() > self._until:
                raise TooSlow(self._words)
            shown = {row[0]: orjson.loads(row[-1]) for row in some}
            blocks = self._from_figures(shown) if self._every else shown
            for row in some:
                yield row[:-1], numbers(blocks[row[0]], measure, rule)

    def _from_figures(self, shown: Mapping[int, Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
        """Return the casualties of incidents, made from every report about them."""
        figures: dict[int, list[Figure]] = {key: [] for key in shown}
        sql = (
            f"SELECT incident, document FROM {self._query.source('figures')} "
            f"WHERE incident IN (SELECT value FROM json_each(?)) AND shown >= {self._query.level}"
        )
        listed = orjson.dumps(list(shown)).decode()
        for key, document in self._connection.execute(sql, (listed,)):
            figures[key].append(figure_of(document))
        return {
            key: {"casualties": estimates.casualties(known, subject(shown[key]), every=True)}
            for key, known in figures.items()
        }


def numbers(shown: Mapping[str, Any], measure: str, rule: str) -> Numbers:
    """Return what an incident's casualties say of a measure by a rule."""
    told = estimated(shown).get(measure)
    bounds = told if told is None or rule == DEFAULT else told["rules"][rule]
    if bounds is None:
        return UNKNOWN
    return True, bounds["low"], bounds["best"], bounds["high"], bounds["high_open"]
