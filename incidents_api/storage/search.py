"""Search over all resources."""

from typing import Any

from incidents_api.storage.query import RANKED
from incidents_api.storage.store import Store, latest
from incidents_api.storage.words import quoted


def search(store: Store, words: str, limit: int, level: int) -> tuple[int, list[Any], list[str]]:
    """Search all resources and rank the newest matches of each.

    Returns:
        The last transaction's number; (score, resource, document) best first; and the resources
        that had more matches than were ranked.

    """
    found: list[tuple[float, str, bytes]] = []
    more = []
    with store.reading() as connection:
        for table in store.tables:
            if not table.searched:
                continue
            name = f"{table.name}_search"
            rows = connection.execute(
                f"SELECT s.score, CAST(t.document AS BLOB), s.matches FROM (SELECT pk, score, "
                f"count(*) OVER () AS matches "
                f"FROM (SELECT rowid AS pk, bm25({name}, {table.weights}) "
                f"AS score FROM {name} WHERE {name} MATCH ? ORDER BY rowid DESC "
                f"LIMIT {RANKED + 1}) ORDER BY score LIMIT {int(limit)}) s "
                f"CROSS JOIN {table.name} t ON t.pk = s.pk WHERE t.shown >= {level}",
                (quoted(words),),
            ).fetchall()
            if rows and rows[0][2] > RANKED:
                more.append(table.name)
            found += [(score, table.name, document) for score, document, _ in rows]
        seq = latest(connection)
    found.sort(key=lambda row: row[0])
    return seq, found[:limit], more
