"""What records look at, where both are new and written together: found without the database.

Nobody can have referred to a record that is new, but those that are written with it. So what
points to it is all at hand, and what follows is computed once, before anything is written.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final, NamedTuple

from incidents_api.model import Record
from incidents_api.model.fields import WHOLE
from incidents_api.model.registry import Step
from incidents_api.storage.documents import cells
from incidents_api.storage.facts import Fact, facts, paths, ways
from incidents_api.storage.items import Item
from incidents_api.storage.levels import PUBLIC
from incidents_api.storage.tables import Table, Tables

Group = tuple[Table, list[Item]]
Steps = tuple[Step, ...]
#: The columns whose values SQL gives in another form than a record has.
_OTHERWISE: Final = ("flag", "json")


class _Ask(NamedTuple):
    """A question to the database: what lies on from a key that is not at hand.

    Attributes:
        level: Who may see the way up to there.
        left: How many steps of the path are left.
        key: Where they begin.

    """

    level: int
    left: int
    key: int


_End = _Ask | tuple[int, Item]


class AtHand:
    """The new records that are written together, by their keys, and who of them points to whom.

    Args:
        tables: The tables of all resources.
        groups: The records by their tables; their links are keys already.

    """

    def __init__(self, tables: Tables, groups: Iterable[Group] = ()) -> None:
        self._tables = tables
        self._items = {table.name: {item.pk: item for item in items} for table, items in groups}
        self._pointing = {
            (owner, column): self._by_target(owner, column)
            for owner, column in _backward(tables)
            if owner in self._items
        }

    def _by_target(self, owner: str, column: str) -> dict[int, list[Item]]:
        """Return the records that point to each key, in the order of their ids as SQL has them."""
        found: dict[int, list[Item]] = {}
        for item in sorted(self._items[owner].values(), key=lambda item: str(item.values["id"])):
            if (key := item.links.get(column)) is not None:
                found.setdefault(key, []).append(item)
        return found

    def of(self, resource: str) -> Mapping[int, Item]:
        """Return the records of one resource, by their keys."""
        return self._items.get(resource, {})

    def facts(
        self, connection: Any, steps: Steps, members: Sequence[str], keys: Iterable[int]
    ) -> dict[int, Sequence[Fact]]:
        """Return what lies at the end of a path, by the key where it begins.

        Args:
            connection: To read with what is not at hand.
            steps: The path.
            members: Which members to return, as :func:`incidents_api.storage.facts.facts` does.
            keys: Where the path begins, as there.

        """
        ends = {key: self._ends(steps, key) for key in keys}
        asked: dict[int, set[int]] = {}
        for end in (end for some in ends.values() for end in some if isinstance(end, _Ask)):
            asked.setdefault(end.left, set()).add(end.key)
        read = {
            left: facts(self._tables, connection, steps[-left:], members, _pairs(some))
            for left, some in asked.items()
        }
        told = _telling(self._tables, steps, tuple(members))
        return {
            key: [fact for end in some for fact in _facts(end, read, told)] if some else ()
            for key, some in ends.items()
        }

    def _ends(self, steps: Steps, key: int) -> Sequence[_End]:
        """Return the records at the end of a path, and where it leaves what is at hand."""
        if len(steps) > 1:
            return list(self._walk(steps, key, PUBLIC))
        items = self._step(steps[0], key)
        if items is None:
            return (_Ask(PUBLIC, 1, key),)
        return [(item.level, item) for item in items] if items else ()

    def _walk(self, steps: Steps, key: int, level: int) -> Iterator[_End]:
        """Yield the records at the end of a path, and where it leaves what is at hand."""
        items = self._step(steps[0], key)
        if items is None:
            yield _Ask(level, len(steps), key)
            return
        for item in items:
            lowest = min(level, item.level)
            if len(steps) == 1:
                yield lowest, item
                continue
            for start in item.starts(steps[1]):
                yield from self._walk(steps[1:], start, lowest)

    def _step(self, step: Step, key: int) -> Sequence[Item] | None:
        """Return the records to which a step leads; None where that is not at hand."""
        item = self.of(step.target).get(key)
        if item is None:
            return None
        if step.backward:
            return self._pointing.get((step.owner, str(step.column)), {}).get(key, ())
        return (item,)


def _pairs(keys: Iterable[int]) -> Iterator[tuple[int, int]]:
    return ((key, key) for key in sorted(keys))


def _facts(
    end: _End,
    read: Mapping[int, Mapping[int, list[Fact]]],
    told: Callable[[Item], tuple[Any, ...]],
) -> Iterable[Fact]:
    if isinstance(end, _Ask):
        rows = read[end.left].get(end.key, ())
        return (
            rows if end.level == PUBLIC else [(min(end.level, level), row) for level, row in rows]
        )
    level, item = end
    return ((level, told(item)),)


@cache
def _backward(tables: Tables) -> frozenset[tuple[str, str]]:
    """Return the links that paths follow backward: their resource and column."""
    every = (way for record in tables.registry for way in ways(tables.registry, record).values())
    return frozenset(
        (step.owner, str(step.column)) for way in every for step in way if step.backward
    )


@cache
def _telling(
    tables: Tables, steps: Steps, members: tuple[str, ...]
) -> Callable[[Item], tuple[Any, ...]]:
    """Return what tells the members of a record at hand as SQL would, but for the whole of it."""
    last = steps[-1]
    record = tables[last.owner if last.backward else last.target].record
    known = {leaf.name: (leaf, cell) for leaf, cell in cells(record)}

    def member(name: str) -> Callable[[Item], Any]:
        if name == WHOLE:
            return lambda item: item
        leaf, cell = known[name]
        if cell and leaf.kind.column in _OTHERWISE:
            return lambda item: cell(leaf.of(item.shown))
        return lambda item: leaf.of(item.shown)

    made = [member(name) for name in members]
    if len(made) == 1:
        (only,) = made
        return lambda item: (only(item),)
    return lambda item: tuple(one(item) for one in made)


@cache
def in_order(tables: Tables) -> tuple[Table, ...]:
    """Return the tables in the order in which to compute what follows: what is looked at first.

    Only what is computed must come first. Empty where there is no such order: then new records are
    written one resource after the other, and computed again where they look at later ones.
    """
    graph = {record.resource: set(_computed_before(tables, record)) for record in tables.registry}
    places = {name: place for place, name in enumerate(graph)}
    about = [
        (record.resource, link.resource)
        for record in tables.registry
        for link in record.links_out().values()
        if link.about
    ]
    if any(places[other] >= places[own] for own, other in about):
        return ()
    try:
        return tuple(tables[name] for name in TopologicalSorter(graph).static_order())
    except CycleError:
        return ()


def _computed_before(tables: Tables, record: type[Record]) -> Iterable[str]:
    """Yield the resources of which a record looks at members that are computed."""
    for path, steps in ways(tables.registry, record).items():
        last = steps[-1]
        end = last.owner if last.backward else last.target
        computed = tables[end].record.computed_kinds()
        if any(name == WHOLE or name in computed for name in paths(record)[path]):
            yield end
