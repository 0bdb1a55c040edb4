"""From filters to SQL conditions.

A condition is either plain, on the row at hand, or a choice of rows by another table. The
latter has two forms: find the keys over there and fetch those rows, or walk the rows in order
and check each. Which one is faster depends on how many keys there are, so the query looks
(:mod:`incidents_api.storage.query`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from incidents_api.model.fields import Flag, Link, Moment
from incidents_api.model.record import Leaf, Part, Reach
from incidents_api.storage.clocks import Clocks, Source, source
from incidents_api.storage.levels import WITHDRAWN
from incidents_api.storage.operators import CONTAINS, END_OF_DAY, EQUAL, EXISTS, NOT, bound
from incidents_api.storage.parameters import MOST_VALUES, NoSuchRecord, Parameter
from incidents_api.storage.past_words import past_keys
from incidents_api.storage.survivors import refuse_merged
from incidents_api.storage.tables import Table, Tables, differs, has_exceptions, moment_cell
from incidents_api.storage.words import quoted

Values = tuple[Any, ...]


@dataclass(frozen=True)
class Plain:
    """A condition on the row ``t``.

    Attributes:
        values: Where it is "column equals one of", the column and the values, so that each
            value can have its own walk along an index.
        index: The index to walk, where SQLite would not find the shortest.
        passing: Of a range, the same for a walk in the list's order that passes over what is not
            in it, where the index of that order knows the column.

    """

    sql: str
    params: tuple[Any, ...] = ()
    column: str | None = None
    values: tuple[Any, ...] = ()
    index: str | None = None
    passing: str = ""


@dataclass(frozen=True)
class Elsewhere:
    """A choice of rows by another table.

    Attributes:
        column: The column of ``t`` that the keys are compared with.
        keys: A query that gives the keys.
        check: The same as a condition on ``t``.
        present: Whether the other table knows only the present, as the map does: under a pin the
            check alone decides.
        passing: Whether the index of the list's order knows what is compared, so that a walk in
            that order passes quickly over what is not chosen.
        ordered: Where one value is chosen and its rows stand in the list's default order: the
            table to walk, its key and order columns, its condition.

    """

    column: str
    keys: str
    keys_params: tuple[Any, ...]
    check: str
    check_params: tuple[Any, ...]
    ordered: "Walk | None" = None
    present: bool = False
    passing: bool = False


@dataclass(frozen=True)
class Walk:
    """A table that can be walked in the order of the list."""

    table: str
    key: str
    order: str
    where: str
    params: tuple[Any, ...]


Condition = Plain | Elsewhere


class Conditions:
    """Makes the conditions of one resource's lists.

    Args:
        tables: The tables of all resources.
        table: The resource's own.
        connection: To look up the ids that filters name.
        level: What the reader may see: 2 what everybody may, 1 also what is restricted.
        source: Returns what to read a table from, which under a clock is not the table alone.
        names: The keys of records that filters name, as far as they are known.
        pin: The transaction whose state is read; None for the present.

    """

    def __init__(
        self,
        tables: Tables,
        table: Table,
        connection: Any,
        level: int,
        source: Source,
        names: dict[tuple[str, str], int],
        pin: int | None = None,
    ) -> None:
        self.tables = tables
        self.table = table
        self.connection = connection
        self.level = level
        self.source = source
        self.names = names
        self.pin = pin

    def of(self, parameter: Parameter, value: Any) -> list[Condition]:
        """Return the conditions that one filter makes."""
        target = parameter.target
        if parameter.via:
            return [self._through(parameter, value)]
        if isinstance(target, Reach):
            return [self._reach(target, self._keys(parameter, target.resource, value))]
        if isinstance(target, Part):
            return self._part(parameter, target, value)
        assert isinstance(target, Leaf)
        return [self._leaf(parameter, target, value, f"t.{target.name}")]

    def _leaf(self, parameter: Parameter, leaf: Leaf, value: Any, column: str) -> Plain:
        operator = parameter.operator
        assert operator
        if operator.several and not parameter.several:
            value = [value]
        if operator is EXISTS:
            return Plain(f"{column} IS {'NOT ' if value else ''}NULL")
        if not operator.several:
            sql = operator.sql.format(c=column, v="?")
            passing = f"+{sql}" if leaf.name in self.table.record.beside else ""
            return Plain(sql, (bound(leaf.kind, operator, value),), passing=passing)
        if isinstance(leaf.kind, Link):
            value = self._keys(parameter, leaf.kind.resource, value)
        if leaf.name == "id" and operator is EQUAL:
            self._keys(parameter, self.table.name, value)
        if isinstance(leaf.kind, Moment):
            return _moments(column, value, negated=operator is NOT)
        values = tuple(_cell(leaf.kind, item) for item in value)
        listed, params = _listed(values)
        sql = operator.sql.format(c=column, v=listed)
        if operator is not EQUAL:
            return Plain(sql, params)
        if has_exceptions(leaf.kind) and leaf.kind.default not in value:
            return Plain(f"{differs(leaf.kind, column)} AND {sql}", params)
        return Plain(sql, params, column, values)

    def _keys(self, parameter: Parameter, resource: str, names: Iterable[str]) -> tuple[int, ...]:
        """Look up the records that a filter names; a record that is not there is a mistake."""
        names = list(names)
        unknown = [name for name in names if (resource, name) not in self.names]
        held = source(Clocks(self.pin), self.tables)
        found = self.connection.execute(
            f"SELECT id, pk, state FROM {held(resource)} "
            "WHERE id IN (SELECT value FROM json_each(?)) "
            f"AND (shown >= {self.level} OR shown = {WITHDRAWN})",
            (orjson.dumps(unknown).decode(),),
        ).fetchall()
        merged = [name for name, _, state in found if state == "merged"]
        refuse_merged(self.connection, held, parameter.name, resource, merged)
        self.names |= {(resource, name): key for name, key, _ in found}
        missing = [name for name in unknown if (resource, name) not in self.names]
        if missing:
            words = f"there is no record {', '.join(missing[:10])} among the {resource}"
            raise NoSuchRecord({parameter.name: [words]})
        return tuple(self.names[resource, name] for name in names)

    def _part(self, parameter: Parameter, part: Part, value: Any) -> list[Condition]:
        name = self.table.part(part.name).name
        operator = parameter.operator
        table = self.source(name)
        if operator is EXISTS:
            sql = f"EXISTS (SELECT 1 FROM {table} WHERE owner = t.pk)"
            return [Plain(sql if value else f"NOT {sql}")]
        if not parameter.several:
            value = [value]
        if isinstance(part.kind, Link):
            value = self._keys(parameter, part.kind.resource, value)
        values = tuple(_cell(part.kind, item) for item in value)
        if operator is NOT:
            listed, params = _listed(values)
            return [Plain(f"NOT {self._holds(table, listed)}", params)]
        groups = [(item,) for item in values] if operator is CONTAINS else [values]
        return [self._holding(name, table, group) for group in groups]

    def _holds(self, table: str, listed: str) -> str:
        return (
            f"EXISTS (SELECT 1 FROM {table} WHERE value IN ({listed}) "
            f"AND ord = t.{self.table.order} AND owner = t.pk)"
        )

    def _holding(self, name: str, table: str, values: tuple[Any, ...]) -> Elsewhere:
        walk = Walk(name, "owner", "ord", "w.value = ?", values) if len(values) == 1 else None
        listed, params = _listed(values)
        return Elsewhere(
            "t.pk",
            f"SELECT owner FROM {table} WHERE value IN ({listed})",
            params,
            self._holds(table, listed),
            params,
            walk,
        )

    def _reach(self, reach: Reach, keys: tuple[int, ...]) -> Elsewhere:
        ways = [self._way(path, keys) for path in reach.paths]
        walk = ways[0].ordered if len(ways) == 1 else None
        return Elsewhere(
            "t.pk",
            " UNION ALL ".join(way.keys for way in ways),
            tuple(param for way in ways for param in way.keys_params),
            "(" + " OR ".join(way.check for way in ways) + ")",
            tuple(param for way in ways for param in way.check_params),
            walk,
        )

    def _way(self, path: str, keys: tuple[int, ...]) -> Elsewhere:
        """Return the choice that one path of links makes."""
        first, *rest = self.tables.registry.steps(self.table.name, path)
        listed, params = _listed(keys)
        if not rest:
            here = self.source(self.table.name)
            sql = f"SELECT pk FROM {here} WHERE {first.column} IN ({listed})"
            return Elsewhere("t.pk", sql, params, f"t.{first.column} IN ({listed})", params)
        (last,) = rest
        over = f"{self.source(first.owner)} a"
        where = f"a.shown >= {self.level} AND "
        if last.part:
            part = self.tables[first.owner].part(last.part.name).name
            over += f" JOIN {self.source(part)} b ON b.owner = a.pk"
            where += f"b.value IN ({listed})"
        else:
            where += f"a.{last.column} IN ({listed})"
        keys_sql = f"SELECT a.{first.column} FROM {over} WHERE {where}"
        check = f"EXISTS (SELECT 1 FROM {over} WHERE a.{first.column} = t.pk AND {where})"
        walk = self._carried(first.owner, first, last, keys)
        return Elsewhere("t.pk", keys_sql, params, check, params, walk)

    def _carried(self, owner: str, first: Any, last: Any, keys: tuple[int, ...]) -> Walk | None:
        """Return the walk along link records that carry the list's sort key, one per record."""
        carries = self.tables[owner].record.carries
        if len(keys) != 1 or (self.table.order, first.column) not in carries:
            return None
        seen = (
            f"w.{last.column} = ? AND w.shown >= {self.level} AND NOT EXISTS (SELECT 1 FROM "
            f"{owner} v WHERE v.{last.column} = w.{last.column} AND v.{self.table.order} = "
            f"w.{self.table.order} AND v.{first.column} = w.{first.column} AND v.pk < w.pk "
            f"AND v.shown >= {self.level})"
        )
        return Walk(owner, str(first.column), self.table.order, seen, keys)

    def _through(self, parameter: Parameter, value: Any) -> Elsewhere:
        """Return the choice by a member of the record at the other end of a link."""
        assert isinstance(parameter.target, Leaf)
        link = self.table.record.leaf(str(parameter.via)).kind
        assert isinstance(link, Link)
        there = Conditions(
            self.tables,
            self.tables[link.resource],
            self.connection,
            self.level,
            self.source,
            self.names,
            self.pin,
        )
        inner = there._leaf(parameter, parameter.target, value, f"o.{parameter.target.name}")
        over = f"{self.source(link.resource)} o"
        where = f"{inner.sql} AND o.shown >= {self.level}"
        return Elsewhere(
            f"t.{parameter.via}",
            f"SELECT o.pk FROM {over} WHERE {where}",
            inner.params,
            f"EXISTS (SELECT 1 FROM {over} WHERE o.pk = t.{parameter.via} AND {where})",
            inner.params,
        )

    def text(self, words: str) -> Elsewhere:
        """Return the choice by full text; the user's words are always quoted."""
        name = f"{self.table.name}_search"
        query: Values = (quoted(words),)
        keys = f"SELECT rowid FROM {name} WHERE {name} MATCH ?"
        if self.pin is not None:
            keys, query = past_keys(self.connection, self.table, words, self.pin)
        walk = Walk(name, "rowid", "rowid", f"w.{name} MATCH ?", query)
        return Elsewhere("t.pk", keys, query, f"+t.pk IN ({keys})", query, walk)


def _moments(column: str, values: Iterable[str], *, negated: bool) -> Plain:
    """Compare with moments; a day stands for all its instants."""
    tests, params = [], []
    for value in map(moment_cell, values):
        tests.append(f"{column} BETWEEN ? AND ?")
        params += [value, value + END_OF_DAY if len(value) == 10 else value]
    sql = "(" + " OR ".join(tests) + ")"
    return Plain(f"({column} IS NULL OR NOT {sql})" if negated else sql, tuple(params))


def _cell(kind: Any, value: Any) -> Any:
    return int(value) if isinstance(kind, Flag) else value


def _listed(values: Values) -> tuple[str, Values]:
    """Return what stands between the brackets of IN, and its parameters: one for a long list."""
    if len(values) <= MOST_VALUES:
        return ", ".join("?" * len(values)), tuple(values)
    return "SELECT value FROM json_each(?)", (orjson.dumps(values).decode(),)
