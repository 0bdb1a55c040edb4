"""The list of resources, and how they hang together.

A registry checks its declarations when it is made: a link that leads nowhere, two sub-lists of
one name, a field named like a word of the query grammar fail at import, not in production.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from incidents_api.model.fields import Block, Code, Kind, Link, Many, Members, Rows
from incidents_api.model.record import Part, Record

#: Words of the query grammar; no field may be named like one.
RESERVED: Final = frozenset(
    {
        "q",
        "sort",
        "limit",
        "cursor",
        "total",
        "fields",
        "sample",
        "seed",
        "include",
        "f",
        "format",
        "bbox",
        "lat",
        "lon",
        "within_km",
        "from",
        "to",
        "datetime",
        "as_of",
        "said_by",
        "known_at",
        "reason",
        "cascade",
        "rule",
        "set",
        "group_by",
        "embedded",
        "resource",
    }
)


@dataclass(frozen=True)
class Step:
    """One step of a path from record to record.

    Attributes:
        owner: The resource that holds the link.
        target: The resource that the step leads to.
        column: The scalar link that is followed, or None where it is a list.
        part: The list-valued link that is followed, or None where it is scalar.
        backward: Whether the link is followed from its target to its owner.

    """

    owner: str
    target: str
    column: str | None = None
    part: Part | None = None
    backward: bool = False


@dataclass(frozen=True)
class SubList:
    """The records of one resource that point to a record of another, as a list under it."""

    name: str
    parent: str
    resource: str
    parameter: str
    words: str


class Registry:
    """The resources of a knowledge base, in the order in which they are written."""

    def __init__(self, *records: type[Record]) -> None:
        self.records = {record.resource: record for record in records}
        if len(self.records) != len(records):
            names = [record.resource for record in records]
            raise ValueError(f"two resources of one name in {names}")
        for record in records:
            self._check(record)
        for record in records:
            names = [item.name for item in self.sublists(record.resource)]
            if len(set(names)) != len(names):
                raise ValueError(f"{record.resource}: two sub-lists of one name in {names}")
            for path in self.paths(record):
                self.steps(record.resource, path)
            for reach in record.reaches:
                for path in reach.paths:
                    self._ends_at(record, reach.name, path, reach.resource)

    def __iter__(self) -> Iterator[type[Record]]:
        return iter(self.records.values())

    def __getitem__(self, resource: str) -> type[Record]:
        return self.records[resource]

    def __contains__(self, resource: object) -> bool:
        return resource in self.records

    def _check(self, record: type[Record]) -> None:
        for name, kind in record.kinds().items():
            where = f"{record.resource}.{name}"
            if name in RESERVED or "__" in name:
                raise ValueError(f"{where}: the name is a word of the query grammar")
            for inner in _within(kind):
                if not inner.words.endswith((".", "…")):
                    raise ValueError(f"{where}: its words are missing or not a sentence")
                if isinstance(inner, Link) and inner.resource not in self.records:
                    raise ValueError(f"{where}: there is no resource {inner.resource!r}")
                if isinstance(inner, Code) and not inner.codes:
                    raise ValueError(f"{where}: its vocabulary has no terms")

    def _ends_at(self, record: type[Record], name: str, path: str, resource: str) -> None:
        end = self.steps(record.resource, path)[-1].target
        if end != resource:
            raise ValueError(f"{record.resource}.{name}: {path} leads to {end}, not to {resource}")

    def paths(self, record: type[Record]) -> list[str]:
        """Return every path over links that a resource's declaration names."""
        reaches = [path for reach in record.reaches for path in reach.paths]
        needs = [path for looks in record.looks() for path in looks]
        return reaches + needs

    def sublists(self, resource: str) -> tuple[SubList, ...]:
        """Return the sub-lists of a resource, made by the links of others that name a reverse."""
        return tuple(item for item in self._sublists if item.parent == resource)

    @cached_property
    def _sublists(self) -> tuple[SubList, ...]:
        return tuple(item for record in self for item in _made_by(record))

    def steps(self, resource: str, path: str) -> tuple[Step, ...]:
        """Resolve a dotted path of links and reverse links.

        Raises:
            ValueError: A step that is neither.

        """
        found = []
        for name in path.split("."):
            step = self._step(resource, name)
            found.append(step)
            resource = step.owner if step.backward else step.target
        return tuple(found)

    def _step(self, resource: str, name: str) -> Step:
        record = self.records[resource]
        if link := record.links_out().get(name):
            return Step(resource, link.resource, column=name)
        for part in record.parts():
            if isinstance(part.kind, Link) and name in (part.leaf.name, part.name):
                return Step(resource, part.kind.resource, part=part)
        for other in self:
            for column, link in other.links_out().items():
                if link.resource == resource and link.reverse == name:
                    return Step(other.resource, resource, column=column, backward=True)
        raise ValueError(f"{resource}: {name!r} is neither a link nor the reverse of one")


def _within(kind: Kind) -> Iterator[Kind]:
    yield kind
    if isinstance(kind, Many):
        yield kind.item
    elif isinstance(kind, Block):
        for _, leaf in kind.leaves.values():
            yield from _within(leaf)
    elif isinstance(kind, Members | Rows):
        for member in kind.members.values():
            yield from _within(member)


def _made_by(record: type[Record]) -> Iterator[SubList]:
    links = [(name, link) for name, link in record.links_out().items()]
    links += [(part.name, part.kind) for part in record.parts() if isinstance(part.kind, Link)]
    for name, link in links:
        if link.reverse:
            yield SubList(link.reverse, link.resource, record.resource, name, link.words)
    for reach in record.reaches:
        if reach.reverse:
            yield SubList(reach.reverse, reach.resource, record.resource, reach.name, reach.words)
