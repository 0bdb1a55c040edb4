"""What follows from other records, and who must be computed again when one is written.

Both are read from the same declarations: the paths that a computed field names
(:class:`incidents_api.model.fields.Computed`), the links that say what a record is about, and the
sort keys that link records carry. :func:`facts` walks a path forward from records to what they
look at; :func:`triggers` and :func:`owners` walk it backward.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import orjson

from incidents_api.model import Record, Registry
from incidents_api.model.fields import WHOLE, Link
from incidents_api.model.registry import Step
from incidents_api.storage.tables import Tables, told

_LISTED = "(SELECT value FROM json_each(?))"

#: Who may see what was found, and the members of it that are wanted.
Fact = tuple[int, tuple[Any, ...]]


@dataclass(frozen=True)
class Trigger:
    """A write to one resource after which records of another must be computed again.

    Attributes:
        dependent: The resource that looks.
        steps: The path from it to what was written.
        watched: The members that matter; a change of what is shown always does.

    """

    dependent: str
    steps: tuple[Step, ...]
    watched: frozenset[str]


@cache
def paths(record: type[Record]) -> dict[str, tuple[str, ...]]:
    """Return every path that computed fields and rules look along, with what they look at."""
    found: dict[str, tuple[str, ...]] = {}
    for looks in record.looks():
        for path, members in looks.items():
            found[path] = tuple(dict.fromkeys((*found.get(path, ()), *members)))
    return found


@cache
def triggers(registry: Registry) -> dict[str, list[Trigger]]:
    """Return, for each resource, what its writes set off: the one list of dependents."""
    made: dict[str, list[Trigger]] = {record.resource: [] for record in registry}
    for record in registry:
        unread = _unread(record)
        for path, members in paths(record).items():
            for target, trigger in _along(registry, record, path, members):
                made[target].append(_heedless(trigger, registry[target], unread))
        for name, link in record.links_out().items():
            carried = frozenset(member for member, via in record.carries if via == name)
            if link.about:
                step = Step(record.resource, link.resource, column=name)
                made[link.resource].append(Trigger(record.resource, (step,), carried))
    return made


def _unread(record: type[Record]) -> frozenset[str]:
    """Return the members of others from which nothing of a record follows."""
    computed = (kind.computed for kind in record.kinds().values())
    return frozenset().union(*(one.unread for one in computed if one))


def _heedless(trigger: Trigger, target: type[Record], unread: frozenset[str]) -> Trigger:
    """Return a trigger that names the members to watch, where it looks at the whole record."""
    if WHOLE not in trigger.watched:
        return trigger
    return replace(trigger, watched=frozenset(target.kinds()) - unread)


def _along(
    registry: Registry, record: type[Record], path: str, members: tuple[str, ...]
) -> Iterable[tuple[str, Trigger]]:
    """Yield a trigger for each record that a path passes."""
    steps = registry.steps(record.resource, path)
    for end in range(1, len(steps) + 1):
        passed = steps[:end]
        step = passed[-1]
        if end == len(steps):
            watched = set(members)
        else:
            watched = set() if steps[end].backward else {_member(steps[end])}
        if step.backward:
            watched.add(_member(step))
        target = step.owner if step.backward else step.target
        yield target, Trigger(record.resource, passed, frozenset(watched))


def _member(step: Step) -> str:
    return step.part.leaf.path[0] if step.part else str(step.column)


@cache
def ways(registry: Registry, record: type[Record]) -> dict[str, tuple[Step, ...]]:
    """Return the steps of every path that a record looks along."""
    return {path: registry.steps(record.resource, path) for path in paths(record)}


def facts(
    tables: Tables,
    connection: Any,
    steps: Sequence[Step],
    members: Sequence[str],
    starts: Iterable[tuple[int, int]],
) -> dict[int, list[Fact]]:
    """Return what lies at the end of a path, by the number of the record that looks.

    Args:
        tables: The tables of all resources.
        connection: The connection to read with.
        steps: The path.
        members: Which members to return; of a link, the other record's id.
        starts: For each record, its number and the key where the path begins: the target of
            the first link, or the record's own key where the first step goes backward.

    Returns:
        Each with who may see it, so that what everybody may see never rests on what is restricted.

    """
    pairs = list(starts)
    if not pairs:
        return {}
    sql = _facts_sql(tables, tuple(steps), tuple(members))
    found: dict[int, list[Fact]] = {}
    for number, level, *row in connection.execute(sql, (orjson.dumps(pairs).decode(),)):
        found.setdefault(number, []).append((level, tuple(row)))
    return found


def _facts_sql(tables: Tables, steps: tuple[Step, ...], members: tuple[str, ...]) -> str:
    joins, last = [], "s.pk"
    for place, step in enumerate(steps):
        here = f"t{place}"
        if step.backward:
            joins.append(f"JOIN {step.owner} {here} ON {here}.{step.column} = {last}")
        else:
            key = last if place == 0 else f"t{place - 1}.{step.column}"
            joins.append(f"JOIN {step.target} {here} ON {here}.pk = {key}")
        joins[-1] += f" AND {here}.shown >= 1"
        last = f"{here}.pk"
    end = steps[-1].owner if steps[-1].backward else steps[-1].target
    columns = ", ".join(_shown(tables, end, f"t{len(steps) - 1}", member) for member in members)
    levels = ", ".join(f"t{place}.shown" for place in range(len(steps)))
    level = f"min({levels})" if len(steps) > 1 else levels
    return (
        f"SELECT s.number, {level}, {columns} FROM (SELECT key, value ->> 0 AS number, "
        f"value ->> 1 AS pk FROM json_each(?)) s {' '.join(joins)} ORDER BY s.key"
    )


def _shown(tables: Tables, resource: str, alias: str, member: str) -> str:
    if member == WHOLE:
        return f"{alias}.document"
    kind = tables[resource].record.leaf(member).kind
    if isinstance(kind, Link):
        return f"(SELECT id FROM {kind.resource} WHERE pk = {alias}.{member})"
    return told(kind, f"{alias}.{member}")


def owners(
    tables: Tables, connection: Any, steps: Sequence[Step], written: Iterable[int]
) -> set[int]:
    """Return the keys of the records whose path leads to one of the records written.

    Where the last step goes backward, ``written`` are the keys that the written records point
    to, now or before.
    """
    keys = set(written)
    for place, step in reversed(list(enumerate(steps))):
        if not keys:
            break
        if step.backward:
            if place != len(steps) - 1:
                sql = f"SELECT {step.column} FROM {step.owner} WHERE pk IN {_LISTED}"
                keys = _keys(connection, sql, keys)
        elif step.part:
            part = tables[step.owner].part(step.part.name).name
            keys = _keys(
                connection,
                f"SELECT owner FROM {part} WHERE value IN {_LISTED}",
                keys,
            )
        else:
            sql = f"SELECT pk FROM {step.owner} WHERE {step.column} IN {_LISTED}"
            keys = _keys(connection, sql, keys)
    return keys


def _keys(connection: Any, sql: str, keys: Iterable[int]) -> set[int]:
    rows = connection.execute(sql, (orjson.dumps(list(keys)).decode(),))
    return {key for (key,) in rows if key is not None}
