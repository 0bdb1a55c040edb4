"""The one write path: nothing else changes a record.

A transaction takes records as given, and does the rest once: links become keys, what follows
from other records is computed, the document is rendered, the state before goes to the history,
search and map index follow, and the change gets its number. Either all of it happens or nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import filterfalse
from typing import Any, Final, NamedTuple

from ulid import ULID

from incidents_api.model import Record
from incidents_api.model.fields import Link
from incidents_api.model.record import Part
from incidents_api.storage import cycles, soles, standing
from incidents_api.storage.at_hand import AtHand, Group, in_order
from incidents_api.storage.documents import NO_TIME, Renderer, digest, values_of
from incidents_api.storage.facts import Trigger, owners, triggers, ways
from incidents_api.storage.following import Following
from incidents_api.storage.items import Item, Stored
from incidents_api.storage.keepers import KEEPERS
from incidents_api.storage.keys import Keys
from incidents_api.storage.refusals import Refusal, Refused
from incidents_api.storage.rows import Rows
from incidents_api.storage.tables import Table, Tables

#: So many records are kept in memory before they are written; the transaction stays open.
BATCH: Final = 2000
#: Where links are at fault already, what else is at fault is looked for only if no more records
#: than so many must be computed again for it.
COMPUTED_TO_TELL: Final = 100


@dataclass
class Staged:
    """A record that waits to be written."""

    values: Mapping[str, Any]
    state: str = "live"
    why: str | None = None
    survivor: str | None = None


class Written(NamedTuple):
    """A record as a transaction leaves it."""

    document: bytes
    version: int
    from_seq: int
    state: str


@dataclass
class Transaction:
    """An open transaction; made by :meth:`incidents_api.storage.store.Store.writing`.

    Attributes:
        seq: Its number.
        clock: Tells the time in UTC; asked when it ends.
        recorded_at: Its time, once it has ended.
        counts: How many records it created, updated, computed and left unchanged.

    """

    tables: Tables
    connection: Any
    seq: int
    renderers: Mapping[str, Renderer]
    clock: Callable[[], str] = lambda: NO_TIME
    counts: Counter[str] = field(default_factory=Counter)
    time: str | None = None
    recorded_at: str = NO_TIME

    def __post_init__(self) -> None:
        self.keys = Keys(self.connection)
        self.rows = Rows(self.connection, self.seq, self.counts)
        self.triggers = triggers(self.tables.registry)
        self._staged: dict[str, dict[str, Staged]] = {r.resource: {} for r in self.tables.registry}
        self._waiting = 0
        self._affected: dict[str, set[int]] = {r.resource: set() for r in self.tables.registry}
        self._early = self._broken = self._finished = False
        self._cycles = cycles.Watch(self.connection)
        self._soles = soles.Watch(self.connection)
        self.standing = standing.Watch(self.tables, self.connection)
        self._following = Following(self.tables, self.connection, self.rows)
        self.keepers = [made(self.tables, self.connection, self.seq) for made in KEEPERS]

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return any(self.counts[action] for action in ("created", "updated", "computed"))

    def put(
        self,
        resource: str,
        values: Mapping[str, Any],
        *,
        state: str = "live",
        why: str | None = None,
        survivor: str | None = None,
    ) -> str:
        """Create or replace a record from its checked values, and return its id.

        Links are resolved when the transaction ends, so records may come in any order.

        Args:
            resource: The resource.
            values: One for every member; without an id, one is minted.
            state: What becomes of it: live, withdrawn or merged.
            why: For what reason, where it is not the transaction's.
            survivor: Of what is merged, the id of the record into which it is.

        """
        if self._finished:
            raise RuntimeError("the transaction has ended: nothing can be put after")
        name = values["id"]
        if name is None:
            name = f"{self.tables[resource].record.prefix}-{str(ULID()).lower()}"
            values = {**values, "id": name}
        if name not in self._staged[resource]:
            self._waiting += 1
        self._staged[resource][name] = Staged(values, state, why, survivor)
        if self._waiting >= BATCH:
            self.flush()
        return str(name)

    def flush(self) -> None:
        """Write what waits, before the transaction ends."""
        self._early = True
        self._broken = True
        self._flush()
        self._broken = False

    def finish(self) -> None:
        """Write what waits, compute what follows from it, and check the whole.

        Raises:
            Refused: A rule between records is broken.

        """
        if self._broken:
            raise RuntimeError("the transaction is half written: an error in it was passed over")
        if self._finished:
            return
        self._broken = True
        self.recorded_at = self.clock()
        if not self._early:
            self.time = self.recorded_at
        self._flush()
        refusals = list(self._links_at_fault())
        if refusals and sum(map(len, self._affected.values())) > COMPUTED_TO_TELL:
            # At once: what follows from withdrawing an actor of a thousand figures takes seconds.
            raise Refused(refusals)
        self._compute()
        if refusals := [*refusals, *self._contents_at_fault()]:
            raise Refused(refusals)
        for keeper in self.keepers:
            keeper.keep()
        if self._early:
            self.rows.stamp(NO_TIME, self.recorded_at)
        self._finished = True
        self._broken = False

    def _links_at_fault(self) -> Iterator[Refusal]:
        """Yield the links that cannot stand, as they are: what is computed changes none."""
        for resource, name, referrer in self.keys.dangling():
            words = f"there is no record {name!r} among the {resource}"
            yield Refusal(*referrer, words, "link-leads-nowhere", f"{resource}/{name}")
        yield from self._cycles.faults()
        yield from self.standing.faults()

    def _contents_at_fault(self) -> Iterator[Refusal]:
        """Yield the contents that cannot stand, once all that follows has been computed."""
        yield from self._soles.faults()
        yield from self._following.faults()

    def written(self, resource: str, name: str) -> Written:
        """Return a record as this transaction leaves it; nothing can be put after.

        Raises:
            Refused: As :meth:`finish` does.

        """
        self.finish()
        sql = (
            f"SELECT CAST(document AS BLOB), version, from_seq, state FROM {resource} WHERE id = ?"
        )
        return Written(*self.connection.execute(sql, (name,)).fetchone())

    def _flush(self) -> None:
        groups: list[Group] = []
        for table in self.tables:
            staged, self._staged[table.name] = self._staged[table.name], {}
            if staged:
                groups.append((table, self._items(table.record, list(staged.values()))))
        self._waiting = 0
        for table, items in groups:
            self._resolve(table.record, items)
        self._write_newborn([(table, list(filter(_newborn, items))) for table, items in groups])
        for table, items in groups:
            if others := list(filterfalse(_newborn, items)):
                self._write(table, others)

    def _write_newborn(self, groups: list[Group]) -> None:
        """Write new records that may look at each other; each of them once."""
        groups = [(table, items) for table, items in groups if items]
        hand = self._following.together(groups)
        for table, items in groups:
            self._note(table.record, self.rows.write(table, items, self.render, computed=False))
        for table, items in groups:
            # Once all are there: those about the same stored record have not seen each other.
            self._set_off(table.record, items, hand)

    def _compute(self) -> None:
        """Compute again what looks at the records written, until nothing changes any more."""
        while any(self._affected.values()):
            for table in _in_turn(self.tables):
                waiting, self._affected[table.name] = self._affected[table.name], set()
                for some in _chunks(sorted(waiting), BATCH):
                    stored = self.rows.by_key(table, some)
                    items = [
                        Staged(values_of(table.record, row.document)[0], row.state)
                        for row in stored.values()
                    ]
                    again = self._items(table.record, items, computed=True)
                    self._resolve(table.record, again)
                    self._write(table, again, computed=True)

    def _items(
        self, record: type[Record], staged: list[Staged], *, computed: bool = False
    ) -> list[Item]:
        """Return what is to be written of records that wait, beside what is stored of them."""
        resource = record.resource
        names = [entry.values["id"] for entry in staged]
        stored = self.rows.take(self.tables[resource], names)
        self.keys.learn(resource, {name: row.pk for name, row in stored.items()})
        self.standing.met(resource, {row.pk: row.state for row in stored.values()})
        items = []
        for entry, name in zip(staged, names, strict=True):
            before = stored.get(name)
            if not computed and self._same(record, before, entry):
                self.counts["unchanged"] += 1
                continue
            items.append(self._item(record, entry, before, again=computed))
        return items

    def _write(self, table: Table, items: list[Item], *, computed: bool = False) -> None:
        self._following.fill(table.record, items)
        for item in items:
            self._affected[table.name].discard(item.pk)
        changed = self.rows.write(table, items, self.render, computed=computed)
        self._set_off(table.record, changed)
        self._note(table.record, changed)

    def _note(self, record: type[Record], changed: list[Item]) -> None:
        """Tell whoever keeps up something beside the records."""
        self._cycles.note(record, changed)
        self._soles.note(record, changed)
        self.standing.note(record.resource, changed)
        for keeper in self.keepers:
            keeper.note(record, changed)

    def fresh(self, record: type[Record], kept: list[tuple[str, str]]) -> list[Item]:
        """Return what would be written of stored records: documents and states, nothing written."""
        staged = [Staged(values_of(record, document)[0], state) for document, state in kept]
        self.keys.find(record.resource, {entry.values["id"] for entry in staged})
        items = [self._item(record, entry, None, again=True) for entry in staged]
        for item, (document, state) in zip(items, kept, strict=True):
            item.stood = document if state != "live" else None
        self._resolve(record, items)
        self._following.fill(record, items)
        return items

    def _item(
        self, record: type[Record], entry: Staged, before: Stored | None, *, again: bool
    ) -> Item:
        created = before is None and not self.keys.awaited(record.resource, entry.values["id"])
        newborn = created and entry.state == "live" and bool(in_order(self.tables))
        pk = self.keys.reserve(record.resource, entry.values["id"])
        self.keys.arrived(record.resource, entry.values["id"])
        stood = before.document if before and entry.state != "live" else None
        survivor = self._survivor(record, entry, before)
        return Item(
            pk,
            dict(entry.values),
            entry.state,
            before,
            fresh=newborn,
            newborn=newborn,
            why=entry.why,
            stood=stood,
            again=again,
            survivor=survivor,
        )

    def _survivor(self, record: type[Record], entry: Staged, before: Stored | None) -> int | None:
        """Return the key of the record into which one is merged, if it is."""
        if entry.state != "merged":
            return None
        if entry.survivor is None:
            return before.survivor if before else None
        self.keys.find(record.resource, (entry.survivor,))
        who = (record.resource, entry.values["id"], "")
        return self.keys.reserve(record.resource, entry.survivor, who)

    def _same(self, record: type[Record], before: Stored | None, entry: Staged) -> bool:
        return (
            before is not None
            and before.state == entry.state
            and before.survivor == self._survivor(record, entry, before)
            and before.hash == digest(record, entry.values)
        )

    def _resolve(self, record: type[Record], items: list[Item]) -> None:
        """Turn the ids of linked records into keys, reserving a key for those still to come."""
        links = record.links_out()
        parts = _linking(record)
        told = [
            (
                [name for name in links if item.values[name] is not None],
                [(part, part.of(item.values)) for part in parts if part.leaf.of(item.values)],
            )
            for item in items
        ]
        wanted: dict[str, set[str]] = {}
        for item, (named, listed) in zip(items, told, strict=True):
            for name in named:
                wanted.setdefault(links[name].resource, set()).add(item.values[name])
            for part, targets in listed:
                wanted.setdefault(_target(part), set()).update(targets)
        for resource, names in wanted.items():
            self.standing.met(resource, self.keys.find(resource, names))
        for item, (named, listed) in zip(items, told, strict=True):
            who = (record.resource, item.values["id"])
            for name in named:
                item.links[name] = self.keys.reserve(
                    links[name].resource, item.values[name], (*who, name)
                )
            for part, targets in listed:
                item.parts[part.name] = [
                    self.keys.reserve(_target(part), target, (*who, part.leaf.name))
                    for target in targets
                ]
            # Those written together may look at each other: who is named is not new to the others.
            item.fresh = item.fresh and item.values["id"] not in wanted.get(record.resource, ())

    def render(self, resource: str, shown: dict[str, Any]) -> str:
        """Return the document of a record that this transaction writes."""
        shown["recorded_at"] = self.time or NO_TIME
        return self.renderers[resource].render(shown)

    def _set_off(
        self, record: type[Record], changed: list[Item], hand: AtHand | None = None
    ) -> None:
        """Note who looks at the records that were written, but for those that saw them at hand."""
        for trigger in self.triggers[record.resource]:
            keys = {key for item in changed for key in _ends(trigger, item)}
            if hand:
                keys -= hand.of(trigger.steps[-1].target).keys()
            self._affected[trigger.dependent] |= owners(
                self.tables, self.connection, trigger.steps, keys
            )


@cache
def _in_turn(tables: Tables) -> list[Table]:
    """Return the tables in the order in which to compute: what looks at later ones comes last."""
    places = {table.name: place for place, table in enumerate(tables)}

    def looks_ahead(table: Table) -> bool:
        looks = ways(tables.registry, table.record).values()
        return any(places[step.owner] > places[table.name] for way in looks for step in way)

    return sorted(tables, key=looks_ahead)


def _ends(trigger: Trigger, item: Item) -> Iterable[int]:
    """Return the keys from which to walk back, if this write matters to the dependent."""
    if not item.matters(trigger.watched):
        return ()
    last = trigger.steps[-1]
    if last.backward:
        before = item.before.links.get(str(last.column)) if item.before else None
        return [key for key in (item.links.get(str(last.column)), before) if key is not None]
    return () if item.newborn or item.fresh else (item.pk,)


@cache
def _linking(record: type[Record]) -> tuple[Part, ...]:
    """Return the lists of links to other records."""
    return tuple(part for part in record.parts() if isinstance(part.kind, Link))


def _target(part: Part) -> str:
    return str(part.kind.resource)  # type: ignore[attr-defined]


def _newborn(item: Item) -> bool:
    return item.newborn


def _chunks(items: list[int], size: int) -> Iterable[list[int]]:
    return (items[at : at + size] for at in range(0, len(items), size))
