"""Rows of a resource's tables: reading the present state, writing the next, keeping the last."""

from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

import orjson

from incidents_api.model import Record
from incidents_api.model.generalizing import ASKED
from incidents_api.storage.coarse import CHANGES, past_again, told_of
from incidents_api.storage.documents import values_of
from incidents_api.storage.items import (
    Item,
    Render,
    Stored,
    computed_member,
    part_values,
    row_of,
    search_texts,
)
from incidents_api.storage.levels import PUBLIC
from incidents_api.storage.tables import PartTable, Table

#: Members that say when and how a record was written, not what it says.
ABOUT_WRITING: Final = frozenset({"version", "recorded_at", "links", "computed"})
#: Actions that say nothing of whether a record stands.
_OF_CONTENT: Final = ("computed", "update")
#: So many columns stand before the links in what is read of a stored record.
_HEAD: Final = 11


class Rows:
    """Writes the rows of one transaction."""

    def __init__(self, connection: Any, seq: int, counts: Counter[str]) -> None:
        self._connection = connection
        self._seq = seq
        self._counts = counts
        self._n = 0
        self._touched: set[str] = set()
        self._coarse: set[str] = set()
        #: What was read of records that this transaction has not written since; None: not there.
        self._read: dict[tuple[str, str], Stored | None] = {}

    def by_id(self, table: Table, names: Iterable[str]) -> dict[str, Stored]:
        """Return the stored records of these ids."""
        wanted = list(names)
        found = {row.id: row for row in self._stored(table, "id", wanted)}
        self._read |= {(table.name, name): found.get(name) for name in wanted}
        return found

    def by_key(self, table: Table, keys: Iterable[int]) -> dict[int, Stored]:
        """Return the stored records of these keys."""
        found = {row.pk: row for row in self._stored(table, "pk", list(keys))}
        self._read |= {(table.name, row.id): row for row in found.values()}
        return found

    def take(self, table: Table, names: Iterable[str]) -> dict[str, Stored]:
        """Return the stored records of these ids, which are about to be written."""
        wanted = list(names)
        if missing := [name for name in wanted if (table.name, name) not in self._read]:
            self.by_id(table, missing)
        found = {name: self._read.pop((table.name, name)) for name in wanted}
        return {name: row for name, row in found.items() if row}

    def _stored(self, table: Table, column: str, wanted: list[Any]) -> Iterable[Stored]:
        links = tuple(table.record.links_out())
        carried = tuple(name for name, _ in table.record.carries)
        rows = self._connection.execute(
            f"SELECT pk, id, version, from_seq, n, state, survivor, shown, hash, {table.given}, "
            f"{table.coarse}, {', '.join((*links, *carried))} "
            f"FROM {table.name} WHERE {column} IN (SELECT value FROM json_each(?))",
            (orjson.dumps(wanted).decode(),),
        )
        for row in rows:
            found = dict(zip(links, row[_HEAD:], strict=False))
            known = {name: key for name, key in found.items() if key is not None}
            keys = dict(zip(carried, row[_HEAD + len(links) :], strict=True))
            yield Stored(*(*row[:_HEAD], known, keys))

    def inherited(
        self, table: Table, keys: Iterable[int], members: list[str]
    ) -> dict[int, tuple[int, dict[str, Any]]]:
        """Return what link records take over from these: who may see them, and sort keys."""
        wanted = list(keys)
        if not wanted:
            return {}
        columns = ", ".join(("pk", "shown", *members))
        rows = self._connection.execute(
            f"SELECT {columns} FROM {table.name} WHERE pk IN (SELECT value FROM json_each(?))",
            (orjson.dumps(wanted).decode(),),
        )
        return {pk: (shown, dict(zip(members, rest, strict=True))) for pk, shown, *rest in rows}

    def write(
        self, table: Table, items: list[Item], render: Render, *, computed: bool
    ) -> list[Item]:
        """Write records whose values are complete, and return those that changed."""
        made: list[Item] = []
        kept: list[Item] = []
        changes: list[tuple[Any, ...]] = []
        for item in items:
            if item.before is None:
                made.append(item)
            elif not self._differs(table.record, item):
                self._relevel(table, item)
                if not computed:
                    self._counts["unchanged"] += 1
                if not item.relevelled:
                    continue
            else:
                self._replace(table, item, render, changes, computed=computed)
            kept.append(item)
        self._insert(table, made, render, changes)
        self._enter("INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?, ?)", changes)
        self._touched.add(table.name)
        return kept

    def _differs(self, record: type[Record], item: Item) -> bool:
        """Note which members differ from what is stored."""
        assert item.before
        shown = {**item.shown, **computed_member(record, item)}
        _, was = values_of(record, item.before.document)
        item.changed = frozenset(
            name
            for name in record.kinds()
            if name not in ABOUT_WRITING and shown.get(name) != was.get(name)
        )
        item.relevelled = item.before.shown != item.level
        stands = (item.state, item.survivor) == (item.before.state, item.before.survivor)
        return bool(item.changed) or not stands

    def _insert(self, table: Table, items: list[Item], render: Render, changes: list[Any]) -> None:
        rows = []
        for item in items:
            rows.append(self._row(table, item, 1, render))
            place = (self._seq, self._n, table.name, item.values["id"])
            changes.append((*place, 1, "create", "[]", item.why))
        self._counts["created"] += len(items)
        self._enter(_insert_sql(table), rows)
        for part in table.parts:
            of = part.part.leaf.of
            telling = [item for item in items if of(item.shown)]
            self._enter(
                _part_sql(part), [row for one in telling for row in self._part_rows(part, one)]
            )
        self.index(table, [item for item in items if item.level == PUBLIC])

    def _enter(self, sql: str, rows: list[Any]) -> None:
        if rows:
            self._connection.executemany(sql, rows)

    def _replace(
        self, table: Table, item: Item, render: Render, changes: list[Any], *, computed: bool
    ) -> None:
        before = item.before
        assert before
        action = _action(before.state, item.state, computed=computed)
        version = before.version + (not computed)
        fields = set(item.changed or ())
        why = item.why
        if before.from_seq == self._seq:
            version, action, fields, why = self._again(before, action, fields, why)
        else:
            self._remember(table, before)
        moved = item.relevelled or not table.indexed.isdisjoint(item.changed or ())
        if moved:
            self._unindex(table, before)
        row = dict(zip(table.names, self._row(table, item, version, render), strict=True))
        names = _rewritten(table, item)
        values = [row[name] for name in names]
        self._connection.execute(_update_sql(table, names), (*values, item.pk))
        for part in table.parts:
            if not {part.part.leaf.path[0], part.order}.isdisjoint(item.changed or ()):
                self._replace_parts(part, item)
        if moved:
            self.index(table, [item] if item.level == PUBLIC else [])
        told = orjson.dumps(sorted(fields)).decode()
        place = (self._seq, self._n, table.name, before.id)
        changes.append((*place, version, action, told, why))
        self._counts["computed" if computed else "updated"] += 1
        self._relevel_history(table, item)
        if ASKED in (item.changed or ()):
            past_again(self._connection, table, item.pk, item.shown[ASKED])

    def _again(
        self, before: Stored, action: str, fields: set[str], why: str | None
    ) -> tuple[int, str, set[str], str | None]:
        """Fold a second write of a record in one transaction into its first."""
        first, told, reason = self._connection.execute(
            "DELETE FROM changes WHERE seq = ? AND n = ? RETURNING action, changed_fields, why",
            (self._seq, before.n),
        ).fetchone()
        why = why or reason
        if first == "create":
            return before.version, first, set(), why
        fields = fields | set(orjson.loads(told))
        if first == "computed" and action != "computed":
            return before.version + 1, action, fields, why
        return before.version, first if action in _OF_CONTENT else action, fields, why

    def _remember(self, table: Table, before: Stored) -> None:
        """Move the state before into the history."""
        columns = ", ".join(table.names)
        self._connection.execute(
            f"INSERT INTO {table.name}_history ({columns}, to_seq) "
            f"SELECT {columns}, ? FROM {table.name} WHERE pk = ?",
            (self._seq, before.pk),
        )

    def _row(self, table: Table, item: Item, version: int, render: Render) -> tuple[Any, ...]:
        self._n += 1
        row = row_of(table, item, version, (self._seq, self._n), render)
        if item.told is not item.shown:
            self._coarse.add(table.name)
        return row

    def _part_rows(self, table: PartTable, item: Item) -> Iterable[tuple[Any, ...]]:
        order = item.shown[table.order]
        return [(value, order, item.pk, self._seq) for value in part_values(table, item)]

    def _replace_parts(self, table: PartTable, item: Item) -> None:
        """Replace the single values of a list; those that stay keep their first number."""
        stored = self._connection.execute(
            f"SELECT value, ord, owner FROM {table.name} WHERE owner = ?", (item.pk,)
        ).fetchall()
        after = {row[:3]: row for row in self._part_rows(table, item)}
        gone = [key for key in stored if key not in after]
        for key in gone:
            where = "value = ? AND ord = ? AND owner = ?"
            self._connection.execute(
                f"INSERT INTO {table.name}_history SELECT *, ? FROM {table.name} "
                f"WHERE {where} AND from_seq < ?",
                (self._seq, *key, self._seq),
            )
            self._connection.execute(f"DELETE FROM {table.name} WHERE {where}", key)
        fresh = [row for key, row in after.items() if key not in stored]
        self._enter(_part_sql(table), fresh)

    def _relevel(self, table: Table, item: Item) -> None:
        """Change who may see a record, without a new version: it is policy, not content."""
        before = item.before
        assert before
        if item.carried and item.carried != before.carried:
            sets = ", ".join(f"{name} = ?" for name in item.carried)
            self._connection.execute(
                f"UPDATE {table.name} SET {sets} WHERE pk = ?", (*item.carried.values(), item.pk)
            )
        if item.relevelled:
            self._unindex(table, before)
            self._connection.execute(
                f"UPDATE {table.name} SET shown = ? WHERE pk = ?", (item.level, item.pk)
            )
            self.index(table, [item] if item.level == PUBLIC else [])
            self._relevel_history(table, item)

    def _relevel_history(self, table: Table, item: Item) -> None:
        if item.relevelled:
            self._connection.execute(
                f"UPDATE {table.name}_history SET shown = ? WHERE pk = ? AND state = 'live'",
                (item.reach, item.pk),
            )

    def index(self, table: Table, items: list[Item]) -> None:
        """Enter records into full-text search and the map, which hold what the public may see."""
        if table.searched:
            texts = [(item.pk, *search_texts(table, item.shown)) for item in items]
            self._enter(search_sql(table), texts)
        if table.spatial:
            points = [
                (item.pk, x, x, y, y)
                for item in items
                if (x := told_of(table, item.shown)["longitude"]) is not None
                and (y := told_of(table, item.shown)["latitude"]) is not None
            ]
            self._enter(f"INSERT INTO {table.name}_map VALUES (?, ?, ?, ?, ?)", points)

    def _unindex(self, table: Table, before: Stored) -> None:
        if before.shown != PUBLIC:
            return
        if table.searched:
            self._connection.execute(
                f"DELETE FROM {table.name}_search WHERE rowid = ?", (before.pk,)
            )
        if table.spatial:
            self._connection.execute(f"DELETE FROM {table.name}_map WHERE pk = ?", (before.pk,))

    def stamp(self, placeholder: str, recorded_at: str) -> None:
        """Write the transaction's time into documents rendered before it was known."""
        mark = f'"recorded_at":"{placeholder}"'
        time = f'"recorded_at":"{recorded_at}"'
        for name in self._touched:
            # Only its first place: before it stand the id and the version, and nothing else.
            for column in ("document", "exact")[: 1 + (name in self._coarse)]:
                self._connection.execute(
                    f"UPDATE {name} SET {column} = substr({column}, 1, instr({column}, :mark) - 1) "
                    f"|| :time || substr({column}, instr({column}, :mark) + length(:mark)) "
                    "WHERE id IN (SELECT id FROM changes WHERE seq = :seq AND resource = :name) "
                    f"AND instr({column}, :mark)",
                    {"mark": mark, "time": time, "seq": self._seq, "name": name},
                )


def _action(before: str, after: str, *, computed: bool) -> str:
    if computed:
        return "computed"
    if before == after:
        return "update"
    return {"live": "restore", "merged": "merge"}.get(after, "withdraw")


@cache
def _insert_sql(table: Table) -> str:
    marks = ", ".join("?" * len(table.names))
    return f"INSERT INTO {table.name} ({', '.join(table.names)}) VALUES ({marks})"


def _rewritten(table: Table, item: Item) -> tuple[str, ...]:
    """Return the columns in which a record differs from what is stored.

    The others stay out of the statement: SQLite enters a record anew into every index of a column
    that is set, and all indexes hold ``id`` and ``shown``.
    """
    assert item.before
    changed = (item.changed or frozenset()) | ABOUT_WRITING
    if ASKED in changed:
        changed |= CHANGES
    same = {leaf.name for leaf in table.leaves if leaf.path[0] not in changed} | {"pk", "id"}
    if not item.relevelled:
        same.add("shown")
    if item.carried == item.before.carried:
        same |= set(item.carried)
    return tuple(name for name in table.names if name not in same)


@cache
def _update_sql(table: Table, names: tuple[str, ...]) -> str:
    sets = ", ".join(f"{name} = ?" for name in names)
    return f"UPDATE {table.name} SET {sets} WHERE pk = ?"


@cache
def _part_sql(table: PartTable) -> str:
    return f"INSERT INTO {table.name} (value, ord, owner, from_seq) VALUES (?, ?, ?, ?)"


@cache
def search_sql(table: Table) -> str:
    """Return the statement that enters a record into full-text search."""
    names = ["rowid", *(leaf.name for leaf in table.searched)]
    marks = ", ".join("?" * len(names))
    return f"INSERT INTO {table.name}_search ({', '.join(names)}) VALUES ({marks})"
