"""Counts and sums over incidents, by groups: looked up, or added up from the incidents.

What the writing transaction keeps up (:mod:`incidents_api.storage.sums`) answers where groups and
filters are of its columns. Otherwise the incidents that a filter chooses are added up: their
columns, or, under a clock and where every report counts, what is computed of each.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeVar

import orjson

from incidents_api.estimates import DEFAULT
from incidents_api.storage.clocks import NOW, Clocks, clocks_of, source
from incidents_api.storage.contributions import EVERY, NONE, Row, base
from incidents_api.storage.cursors import damaged
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


#: What a group is called, by the columns it is grouped by.
Names = tuple[Any, ...]
#: What records are called, by group and id.
Titles = Mapping[str, Mapping[str, str | None]]
#: What begins with the names of a group.
Named = TypeVar("Named", bound=tuple[Any, ...])


class Page(NamedTuple):
    """Which of the groups are asked for.

    Attributes:
        after: The names of the group after which it begins; None for the first.
        limit: How many it has at most; None for all.

    """

    after: Names | None = None
    limit: int | None = None

    def of(self, some: Sequence[Named]) -> tuple[Sequence[Named], bool]:
        """Return this page of what begins with the names of groups, and whether more follow.

        Raises:
            Damaged: It begins after what cannot be the names of a group.

        """
        try:
            first = 0 if self.after is None else bisect_right(some, self.after, key=itemgetter(0))
        except TypeError:
            raise damaged() from None
        end = len(some) if self.limit is None else first + self.limit
        return some[first:end], end < len(some)


@dataclass(frozen=True)
class Asked:
    """What is asked.

    Attributes:
        groups: By what to group.
        measure: What is counted.
        rule: By which rule claims that disagree become numbers.
        every: Whether every report counts, not only the newest of each claimant.
        values: The filters and clocks of the list of incidents.
        page: Which of the groups.

    """

    groups: tuple[Group, ...]
    measure: str
    rule: str
    every: bool
    values: Mapping[str, Any]
    page: Page

    @property
    def overlapping(self) -> bool:
        """Whether an incident can be in several groups."""
        return any(group.overlapping for group in self.groups)

    @property
    def once(self) -> list[Group]:
        """The groups by which each incident is counted once where others overlap."""
        return [group for group in self.groups if group.name == "dataset"]


class Sum(NamedTuple):
    """One group: its names, over how many incidents, and the numbers of a :class:`Row`.

    What is not known is the last of names: :attr:`Group.last`.
    """

    names: Names
    n_incidents: int
    numbers: tuple[Any, ...]


@dataclass(frozen=True)
class Sums:
    """What was found.

    Attributes:
        seq: The number of the last transaction.
        known_seq: That of the last one whose state is told.
        looked_up: Whether the sums that writing keeps up were read.
        groups: The groups of the page, in their order.
        more: Whether more follow.
        totals: Where groups overlap, each incident once: a sum for each data set that is grouped
            by, or one in all.
        titles: The names of the records that are grouped by, by group and id.

    """

    seq: int
    known_seq: int
    looked_up: bool
    groups: Sequence[Sum]
    more: bool
    totals: Sequence[Sum]
    titles: Titles


def aggregate(lists: Lists, asked: Asked) -> Sums:
    """Add incidents up.

    Args:
        lists: The lists of incidents.
        asked: What is asked.

    Raises:
        Unreadable: A filter names what is not there.
        Damaged: The page begins after what is no group.
        TooSlow: It took too long.

    """
    with lists.store.reading() as connection:
        clocks, seq = clocks_of(connection, asked.values), latest(connection)
        values = {**asked.values, "rule": asked.rule}
        query = lists.query(values, PUBLIC, clocks).prepare(connection)
        work = _Work(lists, connection, query, asked)
        groups, more = work.sums(asked.groups, asked.page)
        once = asked.once
        totals, _ = work.sums(once, Page()) if asked.overlapping else ((), False)
        titles = work.titles((asked.groups, groups), (once, totals))
        known = clocks.known(seq)
        return Sums(seq, known, work.looked_up, groups, more, totals, titles)


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

    def sums(self, groups: Sequence[Group], page: Page) -> tuple[Sequence[Sum], bool]:
        """Return a page of the sums by these groups, and whether more follow."""
        if not self.looked_up:
            return page.of(sorted(self._computed(groups)))
        counted = self._rows(groups, EVERY, DEFAULT, ["n_counted"])
        chosen, more = page.of(sorted(counted.items()))
        # The first name of all groups of a page lies between that of the first and the last.
        whole = len(chosen) == len(counted) or not groups
        between = None if whole else (chosen[0][0][0], chosen[-1][0][0]) if chosen else None
        return list(self._kept(groups, chosen, between)), more

    def _kept(
        self,
        groups: Sequence[Group],
        counted: Sequence[tuple[Names, tuple[Any, ...]]],
        between: tuple[Any, Any] | None,
    ) -> Iterator[Sum]:
        """Look up the sums that writing keeps, of these groups."""
        measure, rule = self._asked.measure, self._asked.rule
        usual = self._rows(groups, measure, DEFAULT, Row._fields, between)
        other = {} if rule == DEFAULT else self._rows(groups, measure, rule, Row._fields, between)
        for names, (n_incidents,) in counted:
            numbers = Row._make(usual.get(names, NONE))
            left_out = numbers.n_left_out
            numbers = base(rule, numbers)._replace(n_left_out=left_out)
            if names in other:
                numbers = numbers.plus(Row._make(other[names]))
            yield Sum(names, n_incidents, numbers)

    def _rows(
        self,
        groups: Sequence[Group],
        measure: str,
        rule: str,
        fields: Sequence[str],
        between: tuple[Any, Any] | None = None,
    ) -> dict[Names, tuple[Any, ...]]:
        """Return rows of the table of sums, added up by the groups' names.

        Args:
            groups: By what to group.
            measure: Whose rows.
            rule: And which.
            fields: What to add up.
            between: Only groups whose first name lies between these; None for all.

        """
        conditions = self._query.plain[1:]
        where = [condition.sql.replace("t.", "") for condition in conditions]
        params = [value for condition in conditions for value in condition.params]
        if between is not None:
            where.append(f"{groups[0].named(groups[0].kept)} BETWEEN ? AND ?")
            params += between
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

    def titles(self, *told: tuple[Sequence[Group], Sequence[Sum]]) -> Titles:
        """Return the names of the records that these groups are of, as far as all may see them."""
        found: dict[str, dict[str, str | None]] = {}
        for groups, sums in told:
            place = 0
            for group in groups:
                if group.resource and sums:
                    names = {one.names[place] for one in sums}
                    found.setdefault(group.name, {}).update(self._named(group, names))
                place += len(group.sql)
        return found

    def _named(self, group: Group, names: Set[str]) -> Iterable[tuple[str, str | None]]:
        """Return the names of records by their ids."""
        held = source(Clocks(self._query.clocks.pin), self._store.tables)
        rows: Iterable[tuple[str, str | None]] = self._connection.execute(
            f"SELECT id, iif(shown >= {PUBLIC}, {group.title}, NULL) "
            f"FROM {held(group.resource)} WHERE id IN (SELECT value FROM json_each(?))",
            (orjson.dumps(list(names)).decode(),),
        )
        return rows


def _places(groups: Sequence[Group]) -> list[str]:
    """Return the key of an incident and the columns that it is grouped by, as SQL."""
    plain = [group.sql[0] for group in groups if not group.overlapping]
    return ["t.pk AS pk", *(f"{sql} AS d{n}" for n, sql in enumerate(plain))]
