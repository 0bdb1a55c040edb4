"""Is the database what the write path would have made? Every index, document and number."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from incidents_api.storage.connections import open_memory
from incidents_api.storage.disclosure import OF_VERSIONS
from incidents_api.storage.documents import cells, digest, values_of
from incidents_api.storage.items import Item, part_values, row_of, search_texts
from incidents_api.storage.keepers import KEEPERS
from incidents_api.storage.rows import search_sql
from incidents_api.storage.store import Store
from incidents_api.storage.tables import Table
from incidents_api.storage.write import Transaction

CHUNK = 500
MOST = 20


def faults(store: Store, progress: Callable[[int], None] = lambda _: None) -> Iterator[str]:
    """Yield everything that is out of step, in words; report each record that is checked."""
    with store.reading(limited=False) as connection:
        yield from _faults(store, connection, progress)


def _faults(store: Store, connection: Any, progress: Callable[[int], None]) -> Iterator[str]:
    yield from _sound(store, connection)
    yield from _numbers(connection)
    for table in store.tables:
        yield from _versions(connection, table)
        yield from _survivors(connection, table)
        yield from _coarse(connection, table)
        yield from _records(store, table, progress)
        yield from _history(store, table)
        if table.searched:
            yield from _search(connection, table)
        if table.spatial:
            yield from _map(connection, table)
    for keeper in KEEPERS:
        yield from keeper(store.tables, connection, 0).faults()


def _sound(store: Store, connection: Any) -> Iterator[str]:
    """SQLite itself finds no damage."""
    for table in store.tables:
        if table.searched:
            # A connection that has searched before takes what others have merged in the index since
            # for damage (SQLite 3.53), unless it searches again first.
            name = f"{table.name}_search"
            connection.execute(
                f"SELECT rowid FROM {name} WHERE {name} MATCH 'a' LIMIT 1"
            ).fetchone()
    yield from damage(connection)


def damage(connection: Any) -> Iterator[str]:
    """Yield what SQLite finds damaged: pages, indexes, search and map, links to missing rows."""
    for (words,) in connection.execute("PRAGMA integrity_check(20)"):
        if words != "ok":
            yield f"integrity: {words}"
    for row in connection.execute("PRAGMA foreign_key_check"):
        yield f"foreign key: {row[0]} row {row[1]} points to a missing row of {row[2]}"


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
    sql = (
        f"SELECT c.id, c.seq FROM changes c WHERE c.resource = '{name}' AND {OF_VERSIONS} "
        f"AND NOT EXISTS (SELECT 1 "
        f"FROM {name} t WHERE t.id = c.id AND t.from_seq = c.seq) AND NOT EXISTS (SELECT 1 "
        f"FROM {name}_history h WHERE h.id = c.id AND h.from_seq = c.seq) LIMIT {MOST}"
    )
    for record, seq in connection.execute(sql):
        yield f"{name}/{record}: the version of transaction {seq} is missing"
    for source in (name, f"{name}_history"):
        sql = (
            f"SELECT t.id, t.from_seq FROM {source} t LEFT JOIN changes c ON c.seq = t.from_seq "
            f"AND c.n = t.n AND c.resource = '{name}' AND c.id = t.id WHERE c.seq IS NULL "
            f"LIMIT {MOST}"
        )
        for record, seq in connection.execute(sql):
            yield f"{name}/{record}: transaction {seq} has no change for it"


def _coarse(connection: Any, table: Table) -> Iterator[str]:
    """All versions of a record show its point as the record asks now."""
    if not table.generalizes:
        return
    sql = (
        f"SELECT h.id, h.from_seq FROM {table.name}_history h JOIN {table.name} t ON t.pk = h.pk "
        f"WHERE (h.exact IS NULL) <> (t.exact IS NULL) LIMIT {MOST}"
    )
    for name, seq in connection.execute(sql):
        yield f"{table.name}/{name}: transaction {seq} shows another point than it asks for"


def _survivors(connection: Any, table: Table) -> Iterator[str]:
    """What was merged has a survivor, nothing else has, and no chain of them is endless."""
    name = table.name
    sql = (
        f"SELECT t.id FROM {name} t LEFT JOIN {name} s ON s.pk = t.survivor WHERE "
        f"(t.state = 'merged') <> (t.survivor IS NOT NULL) OR (t.survivor IS NOT NULL AND "
        f"s.pk IS NULL) LIMIT {MOST}"
    )
    for (record,) in connection.execute(sql):
        yield f"{name}/{record}: its state and its survivor do not go together"
    sql = (
        f"WITH RECURSIVE chain(start, at) AS (SELECT pk, survivor FROM {name} WHERE state = "
        f"'merged' UNION SELECT c.start, s.survivor FROM chain c JOIN {name} s ON s.pk = c.at) "
        f"SELECT t.id FROM chain JOIN {name} t ON t.pk = start WHERE at = start LIMIT {MOST}"
    )
    for (record,) in connection.execute(sql):
        yield f"{name}/{record}: the chain of its survivors leads back to it"


def _records(store: Store, table: Table, progress: Callable[[int], None]) -> Iterator[str]:
    """Each record is what the write path would make of its values and of the records around it."""
    connection = store.connection
    write = Transaction(store.tables, connection, 0, store.renderers)
    columns = ", ".join(f"t.{name}" for name in table.names)
    last = 0
    while rows := connection.execute(
        f"SELECT {columns}, x.recorded_at FROM {table.name} t LEFT JOIN transactions x "
        f"ON x.seq = t.from_seq WHERE t.pk > ? ORDER BY t.pk LIMIT {CHUNK}",
        (last,),
    ).fetchall():
        progress(len(rows))
        kept = [dict(zip(table.names, row, strict=False)) for row in rows]
        items = write.fresh(table.record, [(_known(row), row["state"]) for row in kept])
        for row, kept_row, item in zip(rows, kept, items, strict=True):
            write.time = row[-1]
            place = (kept_row["from_seq"], kept_row["n"])
            made = row_of(table, item, kept_row["version"], place, write.render)
            yield from _compared(table, kept_row, made)
            yield from _parts(connection, table, item, kept_row["id"], None)
        last = kept[-1]["pk"]


def _known(row: dict[str, Any]) -> str:
    """Return the document of a row as it is known, not as everybody sees it."""
    return str(row.get("exact") or row["document"])


def _compared(table: Table, kept: dict[str, Any], made: tuple[Any, ...]) -> Iterator[str]:
    for name, fresh in zip(table.names, made, strict=True):
        if kept[name] != fresh and name != "survivor":
            what = "the document" if name == "document" else f"column {name}"
            yield f"{table.name}/{kept['id']}: {what} differs from what a fresh rendering makes"


def _history(store: Store, table: Table) -> Iterator[str]:
    """Each version that was is what its own document says."""
    connection = store.connection
    write = Transaction(store.tables, connection, 0, store.renderers)
    names = (
        "pk",
        "id",
        "from_seq",
        "hash",
        "state",
        "document",
        *(("exact",) if table.generalizes else ()),
        *(leaf.name for leaf in table.leaves),
    )
    marked = set(
        connection.execute("SELECT pk, from_seq FROM redactions WHERE resource = ?", (table.name,))
    )
    rows = connection.execute(f"SELECT {', '.join(names)} FROM {table.name}_history")
    for row in rows:
        kept = dict(zip(names, row, strict=True))
        (item,) = write.fresh(table.record, [(_known(kept), kept["state"])])
        given, _ = values_of(table.record, _known(kept))
        _, shown = values_of(table.record, kept["document"])
        where = f"{table.name}/{kept['id']} of transaction {kept['from_seq']}"
        if store.renderers[table.name].render(shown) != kept["document"]:
            yield f"{where}: the document differs from a fresh rendering"
        # What was redacted keeps the hash of what it was: digests rest on it.
        redacted = (kept["pk"], kept["from_seq"]) in marked
        if not redacted and digest(table.record, given) != kept["hash"]:
            yield f"{where}: the hash differs from its values"
        for leaf, cell in cells(table.record):
            value = leaf.of(shown)
            if leaf.kind.column == "link":
                value = item.links.get(leaf.name)
            if (value if cell is None else cell(value)) != kept[leaf.name]:
                yield f"{where}: column {leaf.name} differs from its document"
        yield from _parts(connection, table, item, kept["id"], kept["from_seq"])


def _parts(connection: Any, table: Table, item: Item, name: str, seq: int | None) -> Iterator[str]:
    """The single values of lists are those of the lists, now or as a transaction left them."""
    for part in table.parts:
        wanted = set(part_values(part, item))
        sql = f"SELECT value FROM {part.name} WHERE owner = :pk AND from_seq <= :seq"
        if seq is not None:
            sql += (
                f" UNION SELECT value FROM {part.name}_history WHERE owner = :pk "
                "AND from_seq <= :seq AND to_seq > :seq"
            )
        marks = {"pk": item.pk, "seq": 2**62 if seq is None else seq}
        if {value for (value,) in connection.execute(sql, marks)} != wanted:
            yield f"{part.name}: the values of {table.name}/{name} are out of step"


def _search(connection: Any, table: Table) -> Iterator[str]:
    """Full-text search finds exactly what the public may see, by its own words."""
    name = f"{table.name}_search"
    shown = f"SELECT pk FROM {table.name} WHERE shown = 2"
    entered = f"SELECT rowid FROM {name}"
    for one, other in ((shown, entered), (entered, shown)):
        for (pk,) in connection.execute(f"{one} EXCEPT {other} LIMIT {MOST}"):
            yield f"{name}: row {pk} is out of step"
    yield from _texts(connection, table, name)


def _texts(connection: Any, table: Table, name: str) -> Iterator[str]:
    """What is entered has as many words in each member as the record, and its first one."""
    fresh = open_memory()
    for statement in table.search_ddl():
        fresh.execute(statement)
    rows = connection.execute(f"SELECT pk, document FROM {table.name} WHERE shown = 2")
    while some := rows.fetchmany(CHUNK):
        fresh.execute(f"DELETE FROM {name}")
        texts = {
            pk: search_texts(table, values_of(table.record, document)[1]) for pk, document in some
        }
        fresh.executemany(search_sql(table), [(pk, *told) for pk, told in texts.items()])
        sizes = dict(fresh.execute(f"SELECT id, sz FROM {name}_docsize"))
        for pk, told in texts.items():
            sql = f"SELECT sz FROM {name}_docsize WHERE id = ?"
            (size,) = connection.execute(sql, (pk,)).fetchone() or (None,)
            if size != sizes[pk] or not _found(connection, table, pk, told):
                yield f"{name}: row {pk} is not entered by its own words"
    fresh.close()


def _found(connection: Any, table: Table, pk: int, texts: list[str | None]) -> bool:
    """Return whether a record is found by the first words of its first text."""
    for leaf, text in zip(table.searched, texts, strict=True):
        words = re.findall(r"[^\W_]+", text or "")[:3]
        if words:
            name = f"{table.name}_search"
            query = " ".join(f'{leaf.name}:"{word}"' for word in words)
            sql = f"SELECT 1 FROM {name} WHERE {name} MATCH ? AND rowid = ?"
            return connection.execute(sql, (query, pk)).fetchone() is not None
    return True


def _map(connection: Any, table: Table) -> Iterator[str]:
    """The map holds exactly the points that the public may see, where they are."""
    name = f"{table.name}_map"
    sql = (
        f"SELECT t.pk FROM {table.name} t LEFT JOIN {name} m ON m.pk = t.pk "
        "WHERE t.shown = 2 AND t.latitude IS NOT NULL AND (m.pk IS NULL OR t.longitude NOT "
        "BETWEEN m.west AND m.east OR t.latitude NOT BETWEEN m.south AND m.north "
        f"OR m.east - m.west > 0.001 OR m.north - m.south > 0.001) LIMIT {MOST}"
    )
    for (pk,) in connection.execute(sql):
        yield f"{name}: the point of row {pk} is out of step"
    sql = (
        f"SELECT pk FROM {name} EXCEPT SELECT pk FROM {table.name} WHERE shown = 2 "
        f"AND latitude IS NOT NULL LIMIT {MOST}"
    )
    for (pk,) in connection.execute(sql):
        yield f"{name}: row {pk} should not be on the map"
