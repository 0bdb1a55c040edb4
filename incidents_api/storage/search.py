"""Search over all resources."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from incidents_api.storage.clocks import CLOCK_NAMES, Clocks, Source, clocks_of, source
from incidents_api.storage.past_words import entered, past_keys
from incidents_api.storage.query import RANKED
from incidents_api.storage.store import Store, latest
from incidents_api.storage.tables import Table
from incidents_api.storage.words import quoted

#: What SQLite weighs a word with that every text has: words that are asked for are in all matches,
#: which are all that is ranked under clocks.
EVERYWHERE: Final = 1e-6
#: A score, and how many matched up to one more than are ranked, before and after a document.
Row = tuple[float, bytes, int]


class Matches(NamedTuple):
    """What a search found.

    Attributes:
        seq: The number of the last transaction.
        known_seq: That of the last transaction whose state is searched.
        found: Score, resource and document of each match, the best first.
        more: The resources that had more matches than were ranked.

    """

    seq: int
    known_seq: int
    found: list[tuple[float, str, bytes]]
    more: list[str]


def search(store: Store, values: Mapping[str, Any], level: int) -> Matches:
    """Search all resources and rank the newest matches of each.

    Args:
        store: The knowledge base.
        values: The words, ``q``; the limit; the clocks.
        level: What the reader may see.

    Raises:
        Unreadable: The clocks cannot be told.

    """
    found: list[tuple[float, str, bytes]] = []
    more = []
    words, limit = values["q"], int(values.get("limit", 50))
    with store.reading() as connection:
        clocks, seq = clocks_of(connection, values), latest(connection)
        read = source(clocks, store.tables)
        for table in store.tables:
            if not table.searched:
                continue
            if values.keys().isdisjoint(CLOCK_NAMES):
                rows = _present(connection, table, words, limit, level)
            else:
                rows = _in_view(connection, table, words, level, clocks, read)
            if rows and rows[0][2] > RANKED:
                more.append(table.name)
            found += [(score, table.name, document) for score, document, _ in rows]
    found.sort(key=lambda row: row[0])
    return Matches(seq, clocks.known(seq), found[:limit], more)


def _present(connection: Any, table: Table, words: str, limit: int, level: int) -> list[Row]:
    name = f"{table.name}_search"
    rows: list[Row] = connection.execute(
        f"SELECT s.score, CAST(t.document AS BLOB), s.matches FROM (SELECT pk, score, "
        f"count(*) OVER () AS matches "
        f"FROM (SELECT rowid AS pk, bm25({name}, {table.weights}) "
        f"AS score FROM {name} WHERE {name} MATCH ? ORDER BY rowid DESC "
        f"LIMIT {RANKED + 1}) ORDER BY score LIMIT {limit}) s "
        f"CROSS JOIN {table.name} t ON t.pk = s.pk WHERE t.shown >= {level}",
        (quoted(words),),
    ).fetchall()
    return rows


def _in_view(
    connection: Any, table: Table, words: str, level: int, clocks: Clocks, read: Source
) -> list[Row]:
    """Return the newest matches in view, ranked among themselves.

    The index ranks by all that is there now: the same question would have another answer later.
    """
    name = f"{table.name}_search"
    keys, params = f"SELECT rowid AS pk FROM {name} WHERE {name} MATCH ?", (quoted(words),)
    if clocks.pin is not None:
        keys, params = past_keys(connection, table, words, clocks.pin)
    rows = connection.execute(
        f"SELECT t.pk, t.document FROM ({keys}) s CROSS JOIN {read(table.name)} t ON t.pk = s.pk "
        f"WHERE t.shown >= {level} ORDER BY t.pk DESC LIMIT {RANKED + 1}",
        params,
    ).fetchall()
    documents = dict(rows[:RANKED])
    with entered(table, documents.items()) as index:
        scores = index.execute(
            f"SELECT rowid, bm25({name}, {table.weights}) / {EVERYWHERE} FROM {name} "
            f"WHERE {name} MATCH ? ORDER BY rowid DESC",
            (quoted(words),),
        ).fetchall()
    return [(score, documents[key].encode(), len(rows)) for key, score in scores]
