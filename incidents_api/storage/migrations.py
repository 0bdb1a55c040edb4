"""Bringing a database to the shape that this program declares.

What is a state is compared and completed: a table, column or index that a declaration implies
and the file lacks is added, and every document is rendered again. What is an event, such as a
rename, a split or a removal, is a numbered step in ``STEPS``, run once, in its own transaction; a
step edits the documents, and the columns follow from them.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from incidents_api.storage.documents import Renderer, values_of
from incidents_api.storage.failures import Unusable
from incidents_api.storage.items import Item, part_values, row_of
from incidents_api.storage.keepers import KEEPERS
from incidents_api.storage.system import LOGS, SYSTEM
from incidents_api.storage.tables import KEPT, Column, PartTable, Table, Tables
from incidents_api.storage.write import Transaction

#: Numbered steps, in order: ``@STEPS()`` over a function that takes the sqlite-utils database.
STEPS: Final = Migrations("incidents_api")


@STEPS()
def coordinates_beside_the_day(database: Database) -> None:
    """Have the index of incidents by day made anew where it does not know where they were."""
    lacking = database.execute(
        "SELECT name FROM sqlite_schema WHERE name IN ('incidents_date_start', "
        "'incidents_history_date_start') AND sql NOT LIKE '%longitude%'"
    ).fetchall()
    for (name,) in lacking:
        database.execute(f"DROP INDEX {name}")


@dataclass(frozen=True)
class Shape:
    """How a file differs from the declarations."""

    missing: tuple[str, ...]
    unknown: tuple[str, ...]


def build(connection: Any, tables: Tables) -> None:
    """Make every table of a new database."""
    connection.execute("BEGIN IMMEDIATE")
    for statement in tables.ddl():
        connection.execute(statement)
    connection.execute("INSERT INTO meta VALUES ('render_revision', '1')")
    connection.execute("COMMIT")
    STEPS.apply(_database(connection))


def _database(connection: Any) -> Database:
    return Database(connection, execute_plugins=False)


def check(connection: Any, tables: Tables) -> None:
    """Refuse a file of another shape.

    Raises:
        Unusable: It is older than this program, or newer; the message says what to do.

    """
    shape = compare(connection, tables)
    if shape.unknown:
        raise Unusable(
            f"the database has {', '.join(shape.unknown[:5])}, which this program does not know: "
            "it was made by a newer release; use that one"
        )
    if shape.missing or pending(connection):
        raise Unusable(
            "the database was made by an older release; bring it up to date with: "
            "incidents-api migrate"
        )


def pending(connection: Any) -> list[str]:
    """Return the names of the numbered steps that a file has not had."""
    if "_sqlite_migrations.name" not in _present(connection):
        return [step.name for step in STEPS._migrations]
    sql = "SELECT name FROM _sqlite_migrations WHERE migration_set = ?"
    had = {name for (name,) in connection.execute(sql, (STEPS.name,))}
    return [name for name in (step.name for step in STEPS._migrations) if name not in had]


def compare(connection: Any, tables: Tables) -> Shape:
    """Return what a file lacks and what it has beyond the declarations."""
    has = _present(connection)
    wants = set(_declared(tables))
    missing = tuple(sorted(wants - has))
    unknown = tuple(sorted(name for name in has - wants if _ours(name)))
    return Shape(missing, unknown)


def _ours(name: str) -> bool:
    return "_sqlite_migrations" not in name


def _present(connection: Any) -> set[str]:
    """Return every table, column and index of a file, without what SQLite keeps for itself."""
    rows = connection.execute(
        "SELECT type, name, tbl_name FROM sqlite_schema WHERE type IN ('table', 'index')"
    ).fetchall()
    shadows = ("_data", "_idx", "_content", "_docsize", "_config", "_node", "_rowid", "_parent")
    found: set[str] = set()
    for kind, name, _ in rows:
        if name.startswith("sqlite_") or (
            ("_search_" in name or "_map_" in name) and name.endswith(shadows)
        ):
            continue
        if kind == "index":
            found.add(f"index {name}")
        else:
            columns = connection.execute(f"PRAGMA table_info({name})").fetchall()
            found |= {f"{name}.{column[1]}" for column in columns}
    return found


def _declared(tables: Tables) -> Iterator[str]:
    for statement in tables.ddl():
        if match := re.match(r"CREATE INDEX (\w+)", statement):
            yield f"index {match[1]}"
    for statement in SYSTEM:
        name, columns = _system(statement)
        yield from (f"{name}.{column.name}" for column in columns)
    for table in tables:
        yield from (f"{table.name}.{name}" for name in table.names)
        yield from (f"{table.name}_history.{name}" for name in (*table.names, "to_seq"))
        for part in table.parts:
            for name in ("value", "ord", "owner", "from_seq"):
                yield f"{part.name}.{name}"
                yield f"{part.name}_history.{name}"
            yield f"{part.name}_history.to_seq"
        if table.searched:
            yield from (f"{table.name}_search.{leaf.name}" for leaf in table.searched)
        if table.spatial:
            for name in ("pk", "west", "east", "south", "north"):
                yield f"{table.name}_map.{name}"


def _system(statement: str) -> tuple[str, list[Column]]:
    """Return the name and the columns of a system table; each column has a line of its own."""
    lines = re.findall(r"^  ([a-z_]+) ([A-Z]+) ?(.*?),?$", statement, re.MULTILINE)
    return statement.split()[2], [Column(*line) for line in lines]


def migrate(
    connection: Any,
    tables: Tables,
    renderers: dict[str, Renderer],
    progress: Callable[[int], None] = lambda _: None,
) -> Shape:
    """Bring a file up to date, in one transaction after the numbered steps.

    Returns:
        What was added.

    Raises:
        Unusable: It is newer than this program, or lacks a required column.

    """
    stepped = pending(connection)
    STEPS.apply(_database(connection))
    shape = compare(connection, tables)
    if shape.unknown:
        check(connection, tables)
    if not shape.missing and not stepped:
        return shape
    added = {name.split(".")[0] for name in shape.missing}
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("BEGIN IMMEDIATE")
    try:
        _complete_system(connection)
        if stepped or not added <= LOGS:
            _complete_records(connection, tables, renderers, added, progress)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.execute("PRAGMA foreign_keys = ON")
    return shape


def _complete_records(
    connection: Any,
    tables: Tables,
    renderers: dict[str, Renderer],
    added: set[str],
    progress: Callable[[int], None],
) -> None:
    """Add what resources lack, write every record again, and make what follows from them."""
    for table in tables:
        _complete(connection, table)
    _write_again(connection, tables, renderers, added, progress)
    for keeper in KEEPERS:
        keeper(tables, connection, 0).rebuild()
    connection.execute(
        "UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'render_revision'"
    )


def _complete_system(connection: Any) -> None:
    """Add the system tables and their columns that a file lacks."""
    has = _present(connection)
    for statement in SYSTEM:
        name, columns = _system(statement)
        lacks = [column for column in columns if f"{name}.{column.name}" not in has]
        if len(lacks) == len(columns):
            connection.execute(statement)
        else:
            for column in lacks:
                _add_column(connection, name, column)


def _complete(connection: Any, table: Table) -> None:
    """Add the tables, columns and indexes that a resource lacks."""
    has = _present(connection)
    names = {name.split(".")[0] for name in has if "." in name}
    if table.name in names:
        for column in table.columns:
            for name in (table.name, f"{table.name}_history"):
                if f"{name}.{column.name}" not in has:
                    _add_column(connection, name, column)
    connection.execute(f"DROP TABLE IF EXISTS {table.name}_search")
    for statement in table.ddl():
        kind, name = statement.split()[1:3]
        if kind == "VIRTUAL":
            name = statement.split()[3]
        exists = f"index {name}" in has if kind == "INDEX" else name in names
        if not exists or (kind == "VIRTUAL" and name.endswith("_search")):
            connection.execute(statement)


def _add_column(connection: Any, table: str, column: Column) -> None:
    if "NOT NULL" in column.rule and "DEFAULT" not in column.rule:
        raise Unusable(
            f"{table} lacks the required column {column.name}: a numbered step must fill it"
        )
    connection.execute(f"ALTER TABLE {table} ADD COLUMN {column.sql}")


def _write_again(
    connection: Any,
    tables: Tables,
    renderers: dict[str, Renderer],
    added: set[str],
    progress: Callable[[int], None],
) -> None:
    """Write every row again from its document: what was added gets its value, its index, its place.

    Numbers, versions and times stay: it is no change of content.
    """
    write = Transaction(tables, connection, 0, renderers)
    for table in tables:
        if table.spatial:
            connection.execute(f"DELETE FROM {table.name}_map")
        parts = [part for part in table.parts if part.name in added]
        for source in (table.name, f"{table.name}_history"):
            for row in _rows(connection, table, source):
                item = _write_row(connection, write, table, source, row)
                _write_parts(connection, parts, item, row)
                if source == table.name:
                    progress(1)
                    write.rows.index(table, [item] if row["shown"] == 2 else [])


def _write_row(
    connection: Any, write: Transaction, table: Table, source: str, row: dict[str, Any]
) -> Item:
    """Write one row again; what was computed in the past stays as it was."""
    (item,) = write.fresh(table.record, [(row["document"], row["state"])])
    if source != table.name:
        _, was = values_of(table.record, row["document"])
        empty = {name: kind.empty() for name, kind in table.record.kinds().items()}
        item.shown, item.computed = {**empty, **was}, list(was.get("computed", ()))
    write.time = row["recorded_at"]
    made = row_of(table, item, row["version"], (row["from_seq"], row["n"]), write.render)
    cells = dict(zip(table.names, made, strict=True))
    for name in ("pk", "survivor", "shown", *(("hash",) if row["redacted"] else ())):
        del cells[name]
    sets = ", ".join(f"{name} = ?" for name in cells)
    connection.execute(
        f"UPDATE {source} SET {sets} WHERE pk = ? AND from_seq = ?",
        (*cells.values(), row["pk"], row["from_seq"]),
    )
    return item


def _write_parts(connection: Any, parts: list[PartTable], item: Item, row: dict[str, Any]) -> None:
    """Fill the new tables of single values, for as long as this version stood."""
    for part in parts:
        name = part.name if row["to_seq"] is None else f"{part.name}_history"
        span = [row["from_seq"]] if row["to_seq"] is None else [row["from_seq"], row["to_seq"]]
        marks = ", ".join("?" * (3 + len(span)))
        order = item.shown[part.order]
        connection.executemany(
            f"INSERT INTO {name} VALUES ({marks})",
            [(value, order, item.pk, *span) for value in part_values(part, item)],
        )


def _rows(connection: Any, table: Table, source: str) -> Iterator[dict[str, Any]]:
    """Yield the stored rows, each with the time of its transaction; short reads, by key."""
    names = [name for name, *_ in KEPT]
    history = source != table.name
    last = (0, 0)
    while rows := connection.execute(
        f"SELECT {', '.join(f't.{name}' for name in names)}, {table.given}, x.recorded_at, "
        f"{'t.to_seq' if history else 'NULL'}, EXISTS (SELECT 1 FROM redactions r WHERE "
        f"r.resource = '{table.name}' AND r.pk = t.pk AND r.from_seq = t.from_seq) "
        f"FROM {source} t LEFT JOIN transactions x "
        "ON x.seq = t.from_seq WHERE (t.pk, t.from_seq) > (?, ?) "
        "ORDER BY t.pk, t.from_seq LIMIT 500",
        last,
    ).fetchall():
        for row in rows:
            told = (*names, "document", "recorded_at", "to_seq", "redacted")
            yield dict(zip(told, row, strict=True))
        last = (rows[-1][0], rows[-1][3])


def render_revision(connection: Any) -> int:
    """Return how often what is rendered has changed; part of every ETag."""
    sql = "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'render_revision'"
    return int(connection.execute(sql).fetchone()[0])
