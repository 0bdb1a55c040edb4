"""Counts and sums over incidents, by groups: looked up, or added up from the incidents.

What the writing transaction keeps up (:mod:`incidents_api.storage.sums`) answers where groups and
filters are of its columns. Otherwise the incidents that a filter chooses are added up: their
columns, or, under a clock and where every report counts, what is computed of each.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from incidents_api.storage.clocks import NOW, clocks_of
from incidents_api.storage.contributions import Row
from incidents_api.storage.groups import (
    BEYOND,
    NUMBERS,
    Group,
    columns,
    computed_sql,
    kept_sql,
)
from incidents_api.storage.lists import Lists
from incidents_api.storage.one_by_one import OneByOne
from incidents_api.storage.query import Query
from incidents_api.storage.store import latest
from incidents_api.storage.ties import Graph

#: What everybody may see: sums are of nothing else.
PUBLIC: Final = 2
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


@dataclass(frozen=True)
class Sum:
    """One group: its names, what is added up in it, and over how many incidents."""

    names: tuple[Any, ...]
    n_incidents: int
    row: Row

    @property
    def order(self) -> list[tuple[bool, Any]]:
        """Its place: by its names, what is not known last."""
        return [(name is None, name) for name in self.names]


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

    """

    seq: int
    known_seq: int
    looked_up: bool
    groups: list[Sum]
    totals: list[Sum]


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
        known = seq if clocks.pin is None else clocks.pin
        groups, totals = work.sums(asked.groups), []
        if asked.overlapping:
            totals = work.sums([group for group in asked.groups if group.name == "dataset"])
        return Sums(seq, known, work.looked_up, groups, totals)


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
        sql, params = self._statement(groups)
        width = sum(len(group.sql) for group in groups)
        found = [
            Sum(tuple(row[:width]), row[width], Row._make(row[width + 1 :]))
            for row in self._connection.execute(sql, params)
            if row[width]
        ]
        return sorted(self._named(groups, found), key=lambda one: one.order)

    def _statement(self, groups: Sequence[Group]) -> tuple[str, Sequence[Any]]:
        asked = self._asked
        if self.looked_up:
            conditions = self._query.plain[1:]
            where = [condition.sql.replace("t.", "") for condition in conditions]
            params = [value for condition in conditions for value in condition.params]
            return kept_sql(groups, asked.measure, asked.rule, where), params
        chosen, params = self._from_columns(groups) if self._stored else self._one_by_one(groups)
        return computed_sql(groups, chosen, self._query.source), params

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

    def _named(self, groups: Sequence[Group], sums: Sequence[Sum]) -> list[Sum]:
        """Return sums with the ids of records in place of their keys, and with their names."""
        place = 0
        for group in groups:
            if group.resource:
                names = self._names(group.resource, {one.names[place] for one in sums})
                sums = [
                    _with(one, place, names.get(one.names[place], (None, None))) for one in sums
                ]
            place += len(group.members)
        return list(sums)

    def _names(self, resource: str, keys: Iterable[Any]) -> dict[int, tuple[str, str | None]]:
        title = self._store.registry[resource].title_member
        sql = (
            f"SELECT pk, id, iif(shown >= {PUBLIC}, {title}, NULL) "
            f"FROM {self._query.source(resource)} WHERE pk IN (SELECT value FROM json_each(?))"
        )
        rows = self._connection.execute(sql, (orjson.dumps(list(keys)).decode(),))
        return {key: (name, label) for key, name, label in rows}


def _places(groups: Sequence[Group]) -> list[str]:
    """Return the key of an incident and the columns that it is grouped by, as SQL."""
    plain = [group.sql[0] for group in groups if not group.overlapping]
    return ["t.pk AS pk", *(f"{sql} AS d{n}" for n, sql in enumerate(plain))]


def _with(one: Sum, place: int, names: tuple[Any, ...]) -> Sum:
    """Return a sum with an id and a name in place of a key."""
    return replace(one, names=(*one.names[:place], *names, *one.names[place + 1 :]))
