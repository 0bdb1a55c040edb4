"""A record on its way into its table, and what its row is made of."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import Any

from incidents_api.model import Record
from incidents_api.model.fields import Link
from incidents_api.model.record import Leaf
from incidents_api.model.registry import Step
from incidents_api.storage.coarse import told_of
from incidents_api.storage.documents import Cell, cells, digest, span
from incidents_api.storage.tables import PartTable, Table

Render = Callable[[str, dict[str, Any]], str]


@dataclass(slots=True)
class Stored:
    """A record as it stands in its table: its document as it is known, where ``coarse`` is true not
    as everybody sees it.
    """

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
    coarse: int
    links: dict[str, int]
    carried: dict[str, Any]


@dataclass(slots=True)
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
        document: What was rendered, once it was.
        told: What everybody sees of it, once its document was rendered.
        claim: What rules compare, where they have looked at it already.

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
    document: str | None = None
    told: dict[str, Any] = field(default_factory=dict)
    claim: Any = None

    @property
    def level(self) -> int:
        """What its row says of who may see it: below 1 for what is withdrawn or merged."""
        return self.reach if self.state == "live" else self.reach - 2

    def fill(self, implied: Mapping[str, Any]) -> None:
        """Take over what is implied; a value given that equals it counts as not given."""
        for name, value in implied.items():
            self.take(name, value)

    def take(self, name: str, value: Any) -> None:
        """Take over one value that is implied."""
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
            return self.parts.get(step.part.name, ())
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
    if not part.leaf.of(item.shown):
        return ()
    keys = isinstance(part.kind, Link)
    return dict.fromkeys(item.parts[part.name] if keys else part.of(item.shown))


class _Layout:
    """Where the values of one resource's records stand in a row.

    Attributes:
        tops: Takes the members in which the leaves are, in the order of the columns.
        links: Of the leaves that are links, the place and the name.
        made: Of the members that are leaves and become cells, the place and how.
        inner: Of the leaves directly inside a member, by the member: the place, the name and how it
            becomes a cell.
        deep: Of those deeper inside, the place, the leaf and how it becomes a cell.

    """

    def __init__(self, record: type[Record]) -> None:
        self.tops = itemgetter(*(leaf.path[0] for leaf, _ in cells(record)))
        self.links: list[tuple[int, str]] = []
        self.made: list[tuple[int, Cell]] = []
        self.inner: dict[str, list[tuple[int, str, Cell | None]]] = {}
        self.deep: list[tuple[int, Leaf, Cell | None]] = []
        for place, (leaf, cell) in enumerate(cells(record)):
            if leaf.kind.column == "link":
                self.links.append((place, leaf.name))
            elif len(leaf.path) == 2:
                self.inner.setdefault(leaf.path[0], []).append((place, leaf.path[1], cell))
            elif len(leaf.path) > 2:
                self.deep.append((place, leaf, cell))
            elif cell:
                self.made.append((place, cell))

    def cells(self, item: Item) -> list[Any]:
        """Return the cells of a record's leaves."""
        found = list(self.tops(item.told))
        for place, name in self.links:
            found[place] = item.links.get(name)
        for place, cell in self.made:
            found[place] = cell(found[place])
        for member, some in self.inner.items():
            inside = item.told[member] or {}
            for place, name, maker in some:
                value = inside.get(name)
                found[place] = value if maker is None else maker(value)
        for place, leaf, maker in self.deep:
            value = leaf.of(item.told)
            found[place] = value if maker is None else maker(value)
        return found


_layout = cache(_Layout)


def row_of(
    table: Table, item: Item, version: int, place: tuple[int, int], render: Render
) -> tuple[Any, ...]:
    """Return the row of a record, in the order of the table's columns.

    Args:
        table: The resource's table.
        item: The record, complete; it is told its version and document.
        version: Its editorial version.
        place: The number of the transaction and of the change in it.
        render: Makes the document.

    """
    record, shown = table.record, item.shown
    shown["version"] = version
    shown |= computed_member(record, item)
    item.told = told_of(table, shown)
    item.document = known = render(table.name, shown)
    if coarse := item.told is not shown:
        item.document = render(table.name, item.told)
    return (
        item.pk,
        shown["id"],
        version,
        *place,
        item.state,
        item.survivor,
        item.level,
        digest(record, item.values),
        *(item.carried.get(name) for name, _ in record.carries),
        *(span(record, shown) if table.spans else ()),
        *((known if coarse else None,) if table.generalizes else ()),
        *_layout(record).cells(item),
        item.document,
    )


def search_texts(table: Table, shown: Mapping[str, Any]) -> list[str | None]:
    """Return what full-text search reads of a record, a text for each searched member."""
    found = ((leaf.kind, leaf.of(shown)) for leaf in table.searched)
    return [
        None
        if value is None or value == []
        else " \n ".join(kind.texts(value)).replace("\0", " ") or None
        for kind, value in found
    ]


def computed_member(record: type[Record], item: Item) -> dict[str, Any]:
    """Return the member that names what was computed, for the resources that have it."""
    order = _order(record)
    if "computed" not in order:
        return {}
    return {"computed": sorted(set(item.computed), key=order.__getitem__)}


@cache
def _order(record: type[Record]) -> dict[str, int]:
    """Return the place of each member in its record."""
    return {name: place for place, name in enumerate(record.kinds())}
