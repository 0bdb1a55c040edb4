"""A record on its way into its table, and what its row is made of."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from incidents_api.model import Record
from incidents_api.model.fields import Link
from incidents_api.model.registry import Step
from incidents_api.storage.documents import cells, digest, span
from incidents_api.storage.tables import PartTable, Table

Render = Callable[[str, Mapping[str, Any]], str]


@dataclass
class Stored:
    """A record as it stands in its table."""

    pk: int
    id: str
    version: int
    from_seq: int
    n: int
    state: str
    survivor: int | None
    shown: int
    hash: bytes
    document: str
    links: dict[str, int]
    carried: dict[str, Any]


@dataclass
class Item:
    """A record on its way into its table.

    Attributes:
        values: As given.
        shown: With what was computed filled in.
        reach: Who may see it while it stands: 2 everybody, 1 who may see what is restricted.
        fresh: Whether no other record can have referred to it yet.
        newborn: Whether nobody can have referred to it but those that are written at once with it.
        why: For what reason it is written, where it is not the transaction's.
        stood: Of what does not stand any more, the document as it was: a tombstone keeps what
            was computed while it stood.
        again: Whether nobody gives it now, and only what follows is computed again: what was given
            stays given, even where what follows has become the same.
        survivor: Of what was merged, the key of the record into which it was.

    """

    pk: int
    values: dict[str, Any]
    state: str
    before: Stored | None
    fresh: bool = False
    newborn: bool = False
    links: dict[str, int] = field(default_factory=dict)
    parts: dict[str, list[int]] = field(default_factory=dict)
    shown: dict[str, Any] = field(default_factory=dict)
    computed: list[str] = field(default_factory=list)
    reach: int = 2
    carried: dict[str, Any] = field(default_factory=dict)
    changed: frozenset[str] | None = None
    relevelled: bool = False
    why: str | None = None
    stood: str | None = None
    again: bool = False
    survivor: int | None = None

    @property
    def level(self) -> int:
        """What its row says of who may see it: below 1 for what is withdrawn or merged."""
        return self.reach if self.state == "live" else self.reach - 2

    def fill(self, implied: Mapping[str, Any]) -> None:
        """Take over what is implied; a value given that equals it counts as not given."""
        for name, value in implied.items():
            given = self.values.get(name)
            if given is None or (given == value and not self.again):
                self.shown[name] = value
                if name in self.values:
                    self.values[name] = None
                    if value is not None:
                        self.computed.append(name)

    def keep(self, names: Iterable[str], was: Mapping[str, Any]) -> None:
        """Take over what was computed while the record stood."""
        computed = was.get("computed", ())
        for name in names:
            self.shown[name] = was.get(name)
            if name in computed:
                self.computed.append(name)

    def starts(self, step: Step) -> Iterable[int]:
        """Return the keys at which a path from this record begins."""
        if step.backward:
            return (self.pk,)
        if step.part:
            return self.parts[step.part.name]
        key = self.links.get(str(step.column))
        return () if key is None else (key,)

    def matters(self, watched: frozenset[str]) -> bool:
        """Return whether this write changed something that is watched."""
        if self.changed is None or self.relevelled:
            return True
        return bool(self.changed & watched)


def part_values(table: PartTable, item: Item) -> Iterable[Any]:
    """Return the distinct single values of a list; of links, their keys."""
    part = table.part
    keys = isinstance(part.kind, Link)
    return dict.fromkeys(item.parts[part.name] if keys else part.of(item.shown))


def row_of(
    table: Table, item: Item, version: int, place: tuple[int, int], render: Render
) -> tuple[Any, ...]:
    """Return the row of a record, in the order of the table's columns.

    Args:
        table: The resource's table.
        item: The record, complete.
        version: Its editorial version.
        place: The number of the transaction and of the change in it.
        render: Makes the document.

    """
    record = table.record
    shown = {**item.shown, "version": version, **computed_member(record, item)}
    row = [item.pk, shown["id"], version, *place, item.state, item.survivor]
    row += [item.level, digest(record, item.values)]
    row += [item.carried.get(name) for name, _ in record.carries]
    if table.spans:
        row += span(record, shown)
    for leaf, cell in cells(record):
        value = leaf.of(shown)
        if leaf.kind.column == "link":
            value = item.links.get(leaf.name)
        row.append(value if cell is None else cell(value))
    row.append(render(table.name, shown))
    return tuple(row)


def search_texts(table: Table, shown: Mapping[str, Any]) -> list[str | None]:
    """Return what full-text search reads of a record, a text for each searched member."""
    return [
        " \n ".join(leaf.kind.texts(leaf.of(shown))).replace("\0", " ") or None
        for leaf in table.searched
    ]


def computed_member(record: type[Record], item: Item) -> dict[str, Any]:
    """Return the member that names what was computed, for the resources that have it."""
    if "computed" not in record.kinds():
        return {}
    order = list(record.kinds())
    return {"computed": sorted(set(item.computed), key=order.index)}
