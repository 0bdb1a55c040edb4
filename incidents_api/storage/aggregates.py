"""Counts and sums over incidents, by groups: looked up, or added up from the incidents.

What the writing transaction keeps up (:mod:`incidents_api.storage.sums`) answers where groups and
filters are of its columns. Otherwise the incidents that a filter chooses are added up: their
columns, or, under a clock and where every report counts, what is computed of each.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from incidents_api.estimates import DEFAULT
from incidents_api.storage.clocks import NOW, Clocks, clocks_of, source
from incidents_api.storage.contributions import EVERY, NONE, Row, base
from incidents_api.storage.groups import (
    BEYOND,
    NUMBERS,
    Group,
    columns,
    computed_sql,
    kept_sql,
)
from incidents_api.storage.levels import PUBLIC
from incidents_api.storage.lists import Lists
from incidents_api.storage.one_by_one import OneByOne
from incidents_api.storage.query import Query
from incidents_api.storage.store import latest
from incidents_api.storage.ties import Graph

#: The filters whose columns the sums have.
KEPT: Final = frozenset(
    f"{name}{suffix}"
    for name in ("dataset", "country", "event_type", "type_of_violence")
    for suffix in ("", "__not")
)


@dataclass(frozen=True)
class Asked:
    """What is asked.

    Attributes:
        groups: By what to group.
        measure: What is counted.
        rule: By which rule claims that disagree become numbers.
        every: Whether every report counts, not only the newest of each claimant.
        values: The filters and clocks of the list of incidents.

    """

    groups: tuple[Group, ...]
    measure: str
    rule: str
    every: bool
    values: Mapping[str, Any]

    @property
    def overlapping(self) -> bool:
        """Whether an incident can be in several groups."""
        return any(group.overlapping for group in self.groups)


class Sum(NamedTuple):
    """One group: its names, over how many incidents, and the numbers of a :class:`Row`.

    What is not known is the last of names: :attr:`Group.last`.
    """

    names: tuple[Any, ...]
    n_incidents: int
    numbers: tuple[Any, ...]


@dataclass(frozen=True)
class Sums:
    """What was found.

    Attributes:
        seq: The number of the last transaction.
        known_seq: That of the last one whose state is told.
        looked_up: Whether the sums that writing keeps up were read.
        groups: The groups, in their order.
        totals: Where groups overlap, each incident once: a sum for each data set that is grouped
            by, or one in all.
        titles: The names of the records that are grouped by, by group and id.

    """

    seq: int
    known_seq: int
    looked_up: bool
    groups: list[Sum]
    totals: list[Sum]
    titles: Mapping[str, Mapping[str, str | None]]


def aggregate(lists: Lists, asked: Asked) -> Sums:
    """Add incidents up.

    Args:
        lists: The lists of incidents.
        asked: What is asked.

    Raises:
        Unreadable: A filter names what is not there.
        TooSlow: It took too long.

    """
    with lists.store.reading() as connection:
        clocks, seq = clocks_of(connection, asked.values), latest(connection)
        values = {**asked.values, "rule": asked.rule}
        query = lists.query(values, PUBLIC, clocks).prepare(connection)
        work = _Work(lists, connection, query, asked)
        groups, totals = work.sums(asked.groups), []
        if asked.overlapping:
            totals = work.sums([group for group in asked.groups if group.name == "dataset"])
        return Sums(seq, clocks.known(seq), work.looked_up, groups, totals, work.titles(groups))


class _Work:
    """One question at one moment."""

    def __init__(self, lists: Lists, connection: Any, query: Query, asked: Asked) -> None:
        self._store = lists.store
        self._connection = connection
        self._query = query
        self._asked = asked
        self._stored = query.clocks == NOW and not asked.every
        kept = all(group.kept for group in asked.groups) and KEPT.issuperset(asked.values)
        self.looked_up = self._stored and kept

    def sums(self, groups: Sequence[Group]) -> list[Sum]:
        """Return the sums by these groups, in their order."""
        found = self._kept(groups) if self.looked_up else self._computed(groups)
        return sorted(found)

    def _kept(self, groups: Sequence[Group]) -> Iterator[Sum]:
        """Look up the sums that writing keeps."""
        measure, rule = self._asked.measure, self._asked.rule
        counted = self._rows(groups, EVERY, DEFAULT, ["n_counted"])
        usual = self._rows(groups, measure, DEFAULT, Row._fields)
        other = {} if rule == DEFAULT else self._rows(groups, measure, rule, Row._fields)
        for names, (n_incidents,) in counted.items():
            numbers = Row._make(usual.get(names, NONE))
            left_out = numbers.n_left_out
            numbers = base(rule, numbers)._replace(n_left_out=left_out)
            if names in other:
                numbers = numbers.plus(Row._make(other[names]))
            yield Sum(names, n_incidents, numbers)

    def _rows(
        self, groups: Sequence[Group], measure: str, rule: str, fields: Sequence[str]
    ) -> dict[tuple[Any, ...], tuple[Any, ...]]:
        """Return rows of the table of sums, added up by the groups' names."""
        conditions = self._query.plain[1:]
        where = [condition.sql.replace("t.", "") for condition in conditions]
        params = [value for condition in conditions for value in condition.params]
        sql = kept_sql(groups, measure, rule, fields, where)
        width = len(groups)
        rows = self._connection.execute(sql, params)
        return {row[:width]: row[width:] for row in rows}

    def _computed(self, groups: Sequence[Group]) -> Iterator[Sum]:
        """Add incidents up."""
        chosen, params = self._from_columns(groups) if self._stored else self._one_by_one(groups)
        sql = computed_sql(groups, chosen, self._query.source)
        width = sum(len(group.sql) for group in groups)
        for row in self._connection.execute(sql, params):
            if row[width]:
                yield Sum(row[:width], row[width], row[width + 1 :])

    def _from_columns(self, groups: Sequence[Group]) -> tuple[str, list[Any]]:
        """Return a statement of what the columns say of each incident."""
        measure = self._asked.measure
        left = f"EXISTS (SELECT 1 FROM left_out l WHERE l.pk = t.pk AND l.measure = '{measure}')"
        numbers = [left, *columns(measure, self._asked.rule), *BEYOND]
        told = zip(NUMBERS, numbers, strict=True)
        return self._query.matches(
            ", ".join([*_places(groups), *(f"{sql} AS {name}" for name, sql in told)])
        )

    def _one_by_one(self, groups: Sequence[Group]) -> tuple[str, list[Any]]:
        """Compute the numbers of each incident, and return a statement that gives them."""
        asked, places = self._asked, _places(groups)
        width = len(places)
        reading = OneByOne(self._store, self._connection, self._query, every=asked.every)
        rows = list(reading.rows([*places, *BEYOND], asked.measure, asked.rule))
        left = Graph(self._connection, self._query.source).left_out(told[0] for told, _ in rows)
        table = [
            (*told[:width], asked.measure in left.get(told[0], ()), *bounds, *told[width:])
            for told, bounds in rows
        ]
        names = [*(place.rpartition(" ")[2] for place in places), *NUMBERS]
        read = ", ".join(f"value ->> {place} AS {name}" for place, name in enumerate(names))
        return f"SELECT {read} FROM json_each(?)", [orjson.dumps(table).decode()]

    def titles(self, sums: Sequence[Sum]) -> dict[str, dict[str, str | None]]:
        """Return the names of the records that these groups are of, as far as all may see them."""
        place, found = 0, {}
        held = source(Clocks(self._query.clocks.pin), self._store.tables)
        for group in self._asked.groups:
            if group.resource:
                sql = (
                    f"SELECT id, iif(shown >= {PUBLIC}, {group.title}, NULL) "
                    f"FROM {held(group.resource)} "
                    "WHERE id IN (SELECT value FROM json_each(?))"
                )
                names = orjson.dumps(list({one.names[place] for one in sums})).decode()
                found[group.name] = dict(self._connection.execute(sql, (names,)))
            place += len(group.sql)
        return found


def _places(groups: Sequence[Group]) -> list[str]:
    """Return the key of an incident and the columns that it is grouped by, as SQL."""
    plain = [group.sql[0] for group in groups if not group.overlapping]
    return ["t.pk AS pk", *(f"{sql} AS d{n}" for n, sql in enumerate(plain))]
