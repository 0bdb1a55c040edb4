"""A living record never links to one that has been withdrawn or merged."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any, Final, NamedTuple

import orjson

from incidents_api.model.fields import Link
from incidents_api.storage.items import Item
from incidents_api.storage.refusals import Refusal
from incidents_api.storage.survivors import survivor
from incidents_api.storage.tables import Tables

#: The rule that what others link to is not withdrawn.
NEEDED: Final = "still-linked-to"
#: So many records that depend on one are named; more would say no more.
MOST_NAMED: Final = 100


class Dependent(NamedTuple):
    """A living record that links to another: which, by which member, and the other's key."""

    resource: str
    pk: int
    id: str
    member: str
    target: int


def dependents(
    tables: Tables, connection: Any, resource: str, keys: Iterable[int]
) -> Iterator[Dependent]:
    """Yield the living records that link to these."""
    listed = orjson.dumps(list(keys)).decode()
    for owner, member, sql in _ways_in(tables, resource):
        for pk, name, target in connection.execute(sql, (listed,)):
            yield Dependent(owner, pk, name, member, target)


@cache
def _ways_in(tables: Tables, resource: str) -> list[tuple[str, str, str]]:
    """Return a statement for each link of a resource that leads to another one."""
    among = "IN (SELECT value FROM json_each(?))"
    found = []
    for table in tables:
        for column, link in table.record.links_out().items():
            if link.resource == resource:
                sql = (
                    f"SELECT pk, id, {column} FROM {table.name} "
                    f"WHERE {column} {among} AND state = 'live'"
                )
                found.append((table.name, column, sql))
        for part in table.parts:
            if isinstance(part.part.kind, Link) and part.part.kind.resource == resource:
                sql = (
                    f"SELECT t.pk, t.id, p.value FROM {part.name} p JOIN {table.name} t "
                    f"ON t.pk = p.owner WHERE p.value {among} AND t.state = 'live'"
                )
                found.append((table.name, part.part.leaf.name, sql))
    return found


class Watch:
    """Notes the records of a transaction that are not living and may be linked to."""

    def __init__(self, tables: Tables, connection: Any) -> None:
        self._tables = tables
        self._connection = connection
        self._withdrawn: dict[str, set[int]] = {}
        self._gone: dict[str, set[int]] = {}
        self._names: dict[tuple[str, int], str] = {}
        self._written: list[tuple[str, Item]] = []
        #: What was merged and is to stand again.
        self.revived: set[tuple[str, int]] = set()

    def note(self, resource: str, items: Iterable[Item]) -> None:
        """Note those of the records written that were withdrawn, or merged before."""
        for item in items:
            if item.before and item.before.state == "merged" != item.state:
                self._written.append((resource, item))
            if item.state != "live":
                self._withdrawn.setdefault(resource, set()).add(item.pk)

    def met(self, resource: str, states: Mapping[int, str]) -> None:
        """Note those of the records that were linked to which are not living."""
        for key, state in states.items():
            if state != "live":
                self._gone.setdefault(resource, set()).add(key)

    def faults(self) -> Iterator[Refusal]:
        """Yield a refusal for each living record that links to one that is not."""
        for resource, keys in self._withdrawn.items():
            for found in islice(self._dependents(resource, keys), MOST_NAMED):
                yield self._needed(resource, found)
        for resource, item in self._written:
            if (resource, item.pk) not in self.revived:
                words = "it has been merged into another record: restore it first"
                yield Refusal(resource, item.values["id"], "", words, "merged")
        for resource, keys in self._gone.items():
            known = self._withdrawn.get(resource, set())
            for found in self._dependents(resource, keys - known):
                yield self._lost(resource, found)

    def _needed(self, resource: str, found: Dependent) -> Refusal:
        name, other = self._name(resource, found.target), f"{found.resource}/{found.id}"
        words = f"{other} links to it by {found.member}: change that, or withdraw both"
        return Refusal(resource, name, "", words, NEEDED, other)

    def _lost(self, resource: str, found: Dependent) -> Refusal:
        name = self._name(resource, found.target)
        words, rule = f"{name!r} among the {resource} has been withdrawn", "link-to-withdrawn"
        if last := survivor(self._connection, str, resource, name):
            words = f"{name!r} among the {resource} has been merged: link to {last.id!r}"
            name, rule = last.id, "link-to-merged"
        return Refusal(found.resource, found.id, found.member, words, rule, f"{resource}/{name}")

    def _dependents(self, resource: str, keys: Iterable[int]) -> Iterable[Dependent]:
        gone = orjson.dumps(list(keys)).decode()
        sql = (
            f"SELECT pk FROM {resource} WHERE state <> 'live' "
            "AND pk IN (SELECT value FROM json_each(?))"
        )
        still = [key for (key,) in self._connection.execute(sql, (gone,))]
        return dependents(self._tables, self._connection, resource, still) if still else ()

    def _name(self, resource: str, key: int) -> str:
        if (resource, key) not in self._names:
            sql = f"SELECT id FROM {resource} WHERE pk = ?"
            (self._names[resource, key],) = self._connection.execute(sql, (key,)).fetchone()
        return self._names[resource, key]
