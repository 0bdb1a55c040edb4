"""Is the database what the write path would have made? Every index, document and number."""

from collections.abc import Callable, Iterator
from typing import Any

from incidents_api.storage.documents import Renderer, digest, values_of
from incidents_api.storage.rows import search_texts
from incidents_api.storage.store import Store
from incidents_api.storage.tables import Table

MOST = 20


def faults(store: Store, progress: Callable[[int], None] = lambda _: None) -> Iterator[str]:
    """Yield everything that is out of step, in words; report each record that is checked."""
    connection = store.connection
    for (words,) in connection.execute("PRAGMA integrity_check(20)"):
        if words != "ok":
            yield f"integrity: {words}"
    for row in connection.execute("PRAGMA foreign_key_check"):
        yield f"foreign key: {row[0]} row {row[1]} points to a missing row of {row[2]}"
    yield from _numbers(connection)
    for table in store.tables:
        yield from _versions(connection, table)
        yield from _documents(connection, table, store.renderers[table.name], progress)
        yield from _parts(connection, table)
        if table.searched:
            yield from _search(connection, table)
        if table.spatial:
            yield from _map(connection, table)


def _numbers(connection: Any) -> Iterator[str]:
    """Transactions are numbered without gaps, and their time never runs backward."""
    count, last = connection.execute("SELECT count(*), max(seq) FROM transactions").fetchone()
    if count and count != last:
        yield f"transactions: the last number is {last}, but there are {count}"
    sql = (
        "SELECT seq FROM (SELECT seq, recorded_at < lag(recorded_at) OVER (ORDER BY seq) AS back "
        "FROM transactions) WHERE back LIMIT 20"
    )
    for (seq,) in connection.execute(sql):
        yield f"transactions: {seq} is recorded earlier than the one before it"
    sql = "SELECT seq FROM transactions WHERE seq NOT IN (SELECT seq FROM changes) LIMIT 20"
    for (seq,) in connection.execute(sql):
        yield f"changes: transaction {seq} has none"


def _versions(connection: Any, table: Table) -> Iterator[str]:
    """Each version ends where the next begins, and has its change."""
    name = table.name
    sql = (
        f"SELECT h.id, h.from_seq FROM {name}_history h WHERE h.to_seq NOT IN (SELECT from_seq "
        f"FROM {name} t WHERE t.pk = h.pk UNION ALL SELECT from_seq FROM {name}_history g "
        f"WHERE g.pk = h.pk) LIMIT {MOST}"
    )
    for record, seq in connection.execute(sql):
        yield f"{name}/{record}: the version of transaction {seq} has no successor"
    for source in (name, f"{name}_history"):
        sql = (
            f"SELECT t.id, t.from_seq FROM {source} t LEFT JOIN changes c ON c.seq = t.from_seq "
            f"AND c.n = t.n AND c.resource = '{name}' AND c.id = t.id WHERE c.seq IS NULL "
            f"LIMIT {MOST}"
        )
        for record, seq in connection.execute(sql):
            yield f"{name}/{record}: transaction {seq} has no change for it"


def _documents(
    connection: Any, table: Table, renderer: Renderer, progress: Callable[[int], None]
) -> Iterator[str]:
    """Each document equals a fresh rendering of its values, and its hash their digest."""
    rows = connection.execute(
        f"SELECT t.id, t.version, t.hash, t.document, x.recorded_at FROM {table.name} t "
        "LEFT JOIN transactions x ON x.seq = t.from_seq"
    )
    found = 0
    for record, version, hash_, document, recorded_at in rows:
        progress(1)
        given, shown = values_of(table.record, document)
        fresh = renderer.render({**shown, "version": version, "recorded_at": recorded_at})
        if fresh != document:
            yield f"{table.name}/{record}: the document differs from a fresh rendering"
            found += 1
        if digest(table.record, given) != hash_:
            yield f"{table.name}/{record}: the hash differs from its values"
            found += 1
        if found >= MOST:
            return


def _parts(connection: Any, table: Table) -> Iterator[str]:
    """The single values of lists are those of the lists."""
    for part in table.parts:
        if part.part.name != part.part.leaf.name:
            continue
        if part.value.type == "INTEGER":
            continue
        listed = f"SELECT value, t.pk FROM {table.name} t, json_each(t.{part.part.leaf.name})"
        kept = f"SELECT value, owner FROM {part.name}"
        for one, other in ((listed, kept), (kept, listed)):
            for value, pk in connection.execute(f"{one} EXCEPT {other} LIMIT {MOST}"):
                yield f"{part.name}: {value!r} of row {pk} is out of step"


def _search(connection: Any, table: Table) -> Iterator[str]:
    """Full-text search finds exactly what the public may see, by its own words."""
    name = f"{table.name}_search"
    shown = f"SELECT pk FROM {table.name} WHERE shown = 2"
    entered = f"SELECT rowid FROM {name}"
    for one, other in ((shown, entered), (entered, shown)):
        for (pk,) in connection.execute(f"{one} EXCEPT {other} LIMIT {MOST}"):
            yield f"{name}: row {pk} is out of step"
    sql = f"SELECT pk, document FROM {table.name} WHERE shown = 2"
    for pk, document in connection.execute(sql):
        _, values = values_of(table.record, document)
        for leaf, text in zip(table.searched, search_texts(table, values), strict=True):
            words = [word for word in (text or "").split()[:3] if word.isalnum()]
            query = " ".join(f'{leaf.name}:"{word}"' for word in words)
            if (
                words
                and not connection.execute(
                    f"SELECT 1 FROM {name} WHERE {name} MATCH ? AND rowid = ?", (query, pk)
                ).fetchone()
            ):
                yield f"{name}: row {pk} is not found by its own {leaf.name}"


def _map(connection: Any, table: Table) -> Iterator[str]:
    """The map holds exactly the points that the public may see, where they are."""
    name = f"{table.name}_map"
    sql = (
        f"SELECT t.pk FROM {table.name} t LEFT JOIN {name} m ON m.pk = t.pk "
        "WHERE t.shown = 2 AND t.latitude IS NOT NULL AND (m.pk IS NULL OR t.longitude NOT "
        f"BETWEEN m.west AND m.east OR t.latitude NOT BETWEEN m.south AND m.north) LIMIT {MOST}"
    )
    for (pk,) in connection.execute(sql):
        yield f"{name}: the point of row {pk} is out of step"
    sql = (
        f"SELECT pk FROM {name} EXCEPT SELECT pk FROM {table.name} WHERE shown = 2 "
        f"AND latitude IS NOT NULL LIMIT {MOST}"
    )
    for (pk,) in connection.execute(sql):
        yield f"{name}: row {pk} should not be on the map"
