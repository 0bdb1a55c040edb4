"""From a read query to SQL: one statement for a page, each walk along an index.

A list is a walk in its order, cut by a limit. Where a filter allows several values, or a period
can be overlapped in two ways, each gets a walk of its own and SQLite merges them, so that no
page is sorted whole. Records that lack the sort key follow in a second phase.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final

import orjson

from incidents_api.estimates import DEFAULT
from incidents_api.storage.by_rule import by_rule
from incidents_api.storage.clocks import NOW, Clocks, Source, source
from incidents_api.storage.conditions import (
    Condition,
    Conditions,
    Elsewhere,
    Plain,
    Walk,
)
from incidents_api.storage.cursors import digest, opened_list, written
from incidents_api.storage.grammar import LIMIT, Grammar
from incidents_api.storage.in_order import in_order, sorted_sooner
from incidents_api.storage.levels import PUBLIC
from incidents_api.storage.parameters import NoSuchRecord
from incidents_api.storage.ranges import box, circle, overlap
from incidents_api.storage.sorting import NEWEST, RELEVANCE, shuffled, sort_of
from incidents_api.storage.tables import Table, Tables

#: With at most so many keys elsewhere, their rows are fetched and sorted.
FEW: Final = 2000
#: With at most so many, rows are walked in order and looked up in the list of keys; with more,
#: each row is checked on its own.
MANY: Final = 50_000
#: Few keys are fetched only if they have at most so many rows behind them.
BEHIND: Final = 10_000
#: With at most so many values, each has a walk of its own.
WALKS: Final = 30
#: Full-text matches beyond the newest so many are not ranked.
RANKED: Final = 1000
#: Counting stops here.
COUNTED: Final = 1_000_000
#: Parameters that choose how to answer, not what: a cursor is not bound to them.
HOW: Final = frozenset({"limit", "cursor", "total", "fields", "include", "f"})


@dataclass
class Query:
    """A list query, ready to be run at one moment.

    Attributes:
        clocks: From when the records are looked at.
        names: The keys of the records that its filters name, found once for all its pages.

    """

    tables: Tables
    table: Table
    grammar: Grammar
    values: Mapping[str, Any]
    level: int = PUBLIC
    clocks: Clocks = NOW
    names: dict[tuple[str, str], int] = field(default_factory=dict)
    plain: list[Plain] = field(default_factory=list)
    paged: list[Plain] = field(default_factory=list)
    elsewhere: list[Elsewhere] = field(default_factory=list)
    ways: list[list[Plain]] = field(default_factory=list)
    listed: list[Elsewhere] = field(default_factory=list)
    driver: Elsewhere | None = None
    walk: Walk | None = None

    def prepare(self, connection: Any) -> "Query":
        """Make the conditions, and choose from where to walk.

        Raises:
            NoSuchRecord: A filter names a record that is not there.

        """
        self.source = self.sources()
        self.sort = sort_of(self.values, self.table.record)
        maker = Conditions(
            self.tables,
            self.table,
            connection,
            self.level,
            self.source,
            self.names,
            self.clocks.pin,
        )
        self.plain = [Plain(f"t.shown >= {self.level}")]
        self.elsewhere, self.ways, self.driver, self.walk = [], [[]], None, None
        for condition in self._conditions(maker):
            if isinstance(condition, Plain):
                self.plain.append(condition)
            else:
                self.elsewhere.append(condition)
        self._choose(connection)
        self.paged = self.plain
        if not self.driver and self._plainly() and self.sort.column == self.table.order:
            self.paged = in_order(connection, self.table.name, self.plain)
        return self

    def _plainly(self) -> bool:
        """Return whether the table itself is read: by no clock, and by the default rule."""
        return self.source(self.table.name) == self.table.name

    def sources(self) -> Source:
        """Return what to read each table from: by the clocks, and by the rule that is asked for."""
        read = source(self.clocks, self.tables)
        rule = self.values.get("rule", DEFAULT)
        return read if rule == DEFAULT else by_rule(read, self.table, rule)

    def _conditions(self, maker: Conditions) -> Iterator[Condition]:
        values = self.values
        faults: dict[str, list[str]] = {}
        for name, value in values.items():
            parameter = self.grammar.parameters[name]
            if parameter.target is not None:
                try:
                    yield from maker.of(parameter, value)
                except NoSuchRecord as fault:
                    faults |= fault.faults
        if faults:
            raise NoSuchRecord(faults)
        if "bbox" in values:
            yield from box(self.table, *values["bbox"], level=self.level)
        if "within_km" in values:
            around = (values["lat"], values["lon"], values["within_km"])
            yield from circle(self.table, *around, level=self.level)
        if "q" in values:
            yield maker.text(values["q"])
        start, end = values.get("datetime", (None, None))
        first = max((day for day in (values.get("from"), start) if day), default=None)
        last = min((day for day in (values.get("to"), end) if day), default=None)
        if first or last:
            self.ways = overlap(self.table, first, last)

    def _choose(self, connection: Any) -> None:
        """Choose what drives the query: a short list of keys, an ordered walk, or an index."""
        walks = [choice for choice in self.elsewhere if choice.ordered and self._in_order(choice)]
        if walks and self.sort.column == NEWEST:
            self.walk, self.driver = walks[0].ordered, walks[0]
        counted = [
            (self._count_keys(connection, choice, MANY), choice)
            for choice in self.elsewhere
            if choice is not self.driver and (self.clocks.pin is None or not choice.present)
            if not self._passes(choice)
        ]
        self.listed = [choice for n, choice in counted if n <= MANY]
        if self.driver:
            return
        few = [(n, choice) for n, choice in counted if n <= FEW and self._short(connection, choice)]
        for choice in filter(self._passes, self.elsewhere):
            most = sorted_sooner(connection, self.table.name)
            n = self._count_keys(connection, choice, most)
            few += [(n, choice)] if n <= most else []
        if few:
            self.driver = min(few, key=lambda one: one[0])[1]
        elif walks:
            self.walk, self.driver = walks[0].ordered, walks[0]

    def _passes(self, choice: Elsewhere) -> bool:
        """Return whether a walk in the list's order passes quickly over what is not chosen."""
        walked = self._plainly() and self.sort.column == self.table.order
        return choice.passing and walked and not any(one.column for one in self.plain)

    def _in_order(self, choice: Elsewhere) -> bool:
        """Return whether walking a choice's own table gives the list's order."""
        assert choice.ordered
        order = NEWEST if choice.ordered.order == "rowid" else self.table.order
        return self.clocks.pin is None and self.sort.column == order

    @staticmethod
    def _count_keys(connection: Any, choice: Elsewhere, most: int) -> int:
        sql = f"SELECT count(*) FROM (SELECT 1 FROM ({choice.keys}) LIMIT {most + 1})"
        return int(connection.execute(sql, choice.keys_params).fetchone()[0])

    def _short(self, connection: Any, choice: Elsewhere) -> bool:
        """Return whether few keys have few rows behind them, so that sorting them is cheap."""
        if choice.column == "t.pk":
            return True
        sql = (
            f"SELECT count(*) FROM (SELECT 1 FROM ({_distinct(choice.keys)}) s "
            f"CROSS JOIN {self.table.name} t ON {choice.column} = s.pk LIMIT {BEHIND + 1})"
        )
        return bool(connection.execute(sql, choice.keys_params).fetchone()[0] <= BEHIND)

    def page(
        self, connection: Any, select: str, after: Sequence[Any] | None, limit: int
    ) -> list[tuple[Any, ...]]:
        """Return rows in order, after a place: the phase, the sort key, the id, then ``select``."""
        phases = [0, 1] if self.sort.nullable else [0]
        rows: list[tuple[Any, ...]] = []
        for phase in phases:
            if after and phase < after[0]:
                continue
            place = after if after and after[0] == phase else None
            sql, params = self._statement(select, phase, place)
            wanted = limit - len(rows)
            rows += [
                (phase, *row) for row in connection.execute(f"{sql} LIMIT ?", (*params, wanted))
            ]
            if len(rows) >= limit:
                break
        return rows

    def _statement(
        self, select: str, phase: int, place: Sequence[Any] | None
    ) -> tuple[str, list[Any]]:
        key = self._key()
        shown = "NULL" if phase else key
        arms, params = [], []
        for conditions in self._arms(self.paged):
            over, where, bound = self._from(conditions)
            if self.sort.nullable:
                where.append(f"{key} IS {'' if phase else 'NOT '}NULL")
            if place:
                sql, values = self._after(key, place)
                where.append(sql)
                bound += values
            arms.append(
                f"SELECT {shown} AS k, t.id AS id, {select} FROM {over} WHERE {' AND '.join(where)}"
            )
            params += bound
        terms = f"id{' DESC' if self.sort.id_down else ''}" if phase else self.sort.terms
        return " UNION ALL ".join(arms) + f" ORDER BY {terms}", params

    def _key(self) -> str:
        if self.walk:
            return f"w.{self.walk.order}"
        return "t.pk" if self.sort.column == NEWEST else f"t.{self.sort.column}"

    def _after(self, key: str, place: Sequence[Any]) -> tuple[str, list[Any]]:
        """Return the condition of what comes after a place."""
        phase, last, name = place
        sign = "<" if self.sort.down else ">"
        tie = "<" if self.sort.id_down else ">"
        if phase:
            return f"t.id {tie} ?", [name]
        if self.sort.column in ("id", NEWEST):
            return f"{key} {sign} ?", [last]
        if sign == tie and not self.walk:
            return f"({key}, t.id) {sign} (?, ?)", [last, name]
        return f"{key} {sign}= ? AND ({key} {sign} ? OR t.id {tie} ?)", [last, last, name]

    def _arms(self, plain: list[Plain]) -> Iterator[list[Plain]]:
        """Return the walks: one for each value of one filter, and each way to overlap."""
        several = next(
            (p for p in plain if p.column and p.column != "t.id" and 1 < len(p.values) <= WALKS),
            None,
        )
        if several is None or self.driver:
            groups = [plain]
        else:
            rest = [p for p in plain if p is not several]
            groups = [[*rest, Plain(f"{several.column} = ?", (v,))] for v in several.values]
        for group, way in product(groups, self.ways):
            yield [*group, *way]

    def _from(self, conditions: list[Plain]) -> tuple[str, list[str], list[Any]]:
        """Return what to read from, the conditions, and the values in the order of their marks."""
        over = f"{self.source(self.table.name)} t"
        params: list[Any] = []
        where: list[str] = []
        if self.walk:
            over = f"{self.walk.table} w CROSS JOIN {over} ON t.pk = w.{self.walk.key}"
            where.append(self.walk.where)
            params += self.walk.params
        elif self.driver:
            keys = _distinct(self.driver.keys)
            over = f"({keys}) s CROSS JOIN {over} ON {self.driver.column} = s.pk"
            params += self.driver.keys_params
        elif over == f"{self.table.name} t":
            over += "".join(f" INDEXED BY {c.index}" for c in conditions if c.index)
        for condition in conditions:
            where.append(condition.sql)
            params += condition.params
        for choice in self.elsewhere:
            if choice is self.driver:
                continue
            if choice in self.listed:
                where.append(f"+{choice.column} IN ({choice.keys})")
                params += choice.keys_params
            else:
                where.append(choice.check)
                params += choice.check_params
        return over, where, params

    def matches(self, select: str) -> tuple[str, list[Any]]:
        """Return the statement of all matches, in no order, and its parameters."""
        arms, params = [], []
        for conditions in self._arms(self.plain):
            over, where, bound = self._from(conditions)
            arms.append(f"SELECT {select} FROM {over} WHERE {' AND '.join(where)}")
            params += bound
        return " UNION ALL ".join(arms), params

    def count(self, connection: Any, most: int = COUNTED) -> tuple[int, bool]:
        """Count the matches; true with the count where counting stopped at the most it does."""
        matches, params = self.matches("1")
        sql = f"SELECT count(*) FROM ({matches} LIMIT {most + 1})"
        (found,) = connection.execute(sql, params).fetchone()
        return min(found, most), found > most

    def sample(self, connection: Any, select: str) -> list[tuple[Any, ...]]:
        """Return a random choice of the matches, the same for the same seed and state."""
        size, seed = self.values["sample"], self.values.get("seed", 0)
        matches, params = self.matches("t.pk AS pk")
        sql = f"SELECT pk FROM ({matches}) ORDER BY {shuffled(seed)}, pk LIMIT ?"
        keys = [key for (key,) in connection.execute(sql, (*params, size))]
        limit = min(size, self.values.get("limit", size))
        if self.values.get("sort", RELEVANCE) == RELEVANCE:
            return self.by_keys(connection, select, keys[:limit])
        chosen = (orjson.dumps(keys).decode(),)
        self.driver = Elsewhere("t.pk", "SELECT value FROM json_each(?)", chosen, "1", ())
        self.elsewhere, self.ways, self.walk = [self.driver], [[]], None
        return self.page(connection, select, None, limit)

    def ranked(self, connection: Any, select: str, limit: int) -> tuple[list[Any], bool]:
        """Rank the newest full-text matches; true where there are more than were ranked."""
        name = f"{self.table.name}_search"
        text = next(c for c in self.elsewhere if c.ordered and c.ordered.table == name)
        self.driver, self.walk = None, None
        others = [choice for choice in self.elsewhere if choice is not text]
        newest = (
            f"SELECT rowid AS pk, bm25({name}, {self.table.weights}) AS score FROM {name} "
            f"WHERE {name} MATCH ? ORDER BY rowid DESC LIMIT {RANKED + 1}"
        )
        keys: list[int] = []
        found = connection.execute(newest, text.keys_params).fetchall()
        more = len(found) > RANKED
        scores = dict(found[:RANKED])
        listed = orjson.dumps(list(scores)).decode()
        over = f"{self.source(self.table.name)} t"
        for conditions in self._arms(self.plain):
            where = [c.sql for c in conditions] + [c.check for c in others]
            params = [p for c in conditions for p in c.params]
            params += [p for c in others for p in c.check_params]
            sql = (
                f"SELECT t.pk FROM json_each(?) s CROSS JOIN {over} ON t.pk = s.value "
                f"WHERE {' AND '.join(where)}"
            )
            keys += [key for (key,) in connection.execute(sql, (listed, *params))]
        keys.sort(key=lambda key: (scores[key], -key))
        return self.by_keys(connection, select, keys[:limit]), more

    def by_keys(self, connection: Any, select: str, keys: Sequence[int]) -> list[tuple[Any, ...]]:
        """Return the rows of these keys, in their order.

        What is ordered by is selected too: else SQLite reads all of a table as it was.
        """
        sql = (
            f"SELECT 0, s.key AS k, t.id, {select} FROM json_each(?) s CROSS JOIN "
            f"{self.source(self.table.name)} t ON t.pk = s.value "
            f"WHERE t.shown >= {self.level} ORDER BY k"
        )
        return list(connection.execute(sql, (orjson.dumps(list(keys)).decode(),)))

    @property
    def limit(self) -> int:
        """The page size asked for."""
        return int(self.values.get("limit", LIMIT))

    def bound_to(self) -> str:
        """Return a short digest of what is asked, without how it is answered."""
        asked = {name: self.values[name] for name in sorted(self.values) if name not in HOW}
        return digest([self.table.name, asked])

    def cursor(self, row: Sequence[Any]) -> str:
        """Return the cursor for the place after a row."""
        return written(self.bound_to(), list(row[:3]))

    def place(self) -> list[Any] | None:
        """Read the cursor that was given.

        Raises:
            Damaged: No answer gave it.
            OfAnotherQuery: Another query's answer did.

        """
        given = self.values.get("cursor")
        return opened_list(given, self.bound_to()) if given else None


def _distinct(keys: str) -> str:
    """Return a query for distinct keys, in a column named ``pk``."""
    return f"SELECT DISTINCT pk FROM (SELECT NULL AS pk WHERE 0 UNION ALL {keys})"
