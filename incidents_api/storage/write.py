"""The one write path: nothing else changes a record.

A transaction takes records as given, and does the rest once: links become keys, what follows
from other records is computed, the document is rendered, the state before goes to the history,
search and map index follow, and the change gets its number. Either all of it happens or nothing.
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import filterfalse
from typing import Any, Final, NamedTuple

from ulid import ULID

from incidents_api.model import Record
from incidents_api.storage import cycles, soles, standing
from incidents_api.storage.at_hand import AtHand, Group
from incidents_api.storage.documents import NO_TIME, Renderer, values_of
from incidents_api.storage.facts import Trigger, owners, triggers, ways
from incidents_api.storage.following import Following
from incidents_api.storage.items import Item
from incidents_api.storage.keepers import KEEPERS
from incidents_api.storage.keys import Keys
from incidents_api.storage.refusals import Refusal, Refused
from incidents_api.storage.rows import Rows
from incidents_api.storage.staging import Staged, Staging
from incidents_api.storage.tables import Table, Tables

#: So many records are kept in memory before they are written; the transaction stays open. Where
#: there are more, records that belong together may be written apart, and computed again.
BATCH: Final = 10_000
#: From so many records on, Python's collector is kept from going through them again and again.
MANY: Final = 500
#: Where links are at fault already, what else is at fault is looked for only if no more records
#: than so many must be computed again for it.
COMPUTED_TO_TELL: Final = 100


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
        counts: How many records it created, updated, computed and left unchanged, and redacted.
        beside: Whether anything was written beside the records, which is no change of them.
        uncollected: Keeps Python's collector away while many records wait; whoever leaves it lets
            the collector work again.

    """

    tables: Tables
    connection: Any
    seq: int
    renderers: Mapping[str, Renderer]
    clock: Callable[[], str] = lambda: NO_TIME
    counts: Counter[str] = field(default_factory=Counter)
    time: str | None = None
    recorded_at: str = NO_TIME
    beside: bool = False
    uncollected: ExitStack = field(default_factory=ExitStack)

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
        self._staging = Staging(self.tables, self.keys, self.rows, self.standing, self.counts)
        self._following = Following(self.tables, self.connection, self.rows)
        self.keepers = [made(self.tables, self.connection, self.seq) for made in KEEPERS]

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return any(self.counts[done] for done in ("created", "updated", "computed", "redacted"))

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
            if self._waiting == MANY:
                self.uncollected.enter_context(uncollected())
        self._staged[resource][name] = Staged(values, state, why, survivor)
        if self._waiting >= BATCH:
            self.flush()
        return str(name)

    def flush(self) -> None:
        """Write what waits, before the transaction ends."""
        self._early = True
        self._broken = True
        with self.uncollected:
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
        with self.uncollected:
            self._finish()
        self._finished = True
        self._broken = False

    def _finish(self) -> None:
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
            f"SELECT CAST({self.tables[resource].given} AS BLOB), version, from_seq, state "
            f"FROM {resource} WHERE id = ?"
        )
        return Written(*self.connection.execute(sql, (name,)).fetchone())

    def _flush(self) -> None:
        groups: list[Group] = []
        for table in self.tables:
            staged, self._staged[table.name] = self._staged[table.name], {}
            if staged:
                groups.append((table, self._staging.items(table.record, list(staged.values()))))
        self._waiting = 0
        for table, items in groups:
            self._staging.resolve(table.record, items)
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
                    again = self._staging.items(table.record, items, computed=True)
                    self._staging.resolve(table.record, again)
                    self._write(table, again, computed=True)

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
        items = [self._staging.item(record, entry, None, again=True) for entry in staged]
        for item, (document, state) in zip(items, kept, strict=True):
            item.stood = document if state != "live" else None
        self._staging.resolve(record, items)
        self._following.fill(record, items)
        return items

    def render(self, resource: str, shown: dict[str, Any]) -> str:
        """Return the document of a record that this transaction writes."""
        shown["recorded_at"] = self.time or NO_TIME
        return self.renderers[resource].render(shown)

    def _set_off(
        self, record: type[Record], changed: list[Item], hand: AtHand | None = None
    ) -> None:
        """Note who looks at the records that were written, but for those that saw them at hand."""
        for trigger in self.triggers[record.resource]:
            last = trigger.steps[-1]
            if hand is None:
                keys = {key for item in changed for key in _ends(trigger, item)}
            elif last.backward:
                keys = _pointed_to(str(last.column), changed) - hand.of(last.target).keys()
            else:
                continue  # Nobody can look at what is new, but those that it points to.
            self._affected[trigger.dependent] |= owners(
                self.tables, self.connection, trigger.steps, keys
            )


@contextmanager
def uncollected() -> Iterator[None]:
    """Let Python look for no circles meanwhile: records on their way are many, and make none."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


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


def _pointed_to(column: str, items: Iterable[Item]) -> set[int]:
    return {key for item in items if (key := item.links.get(column)) is not None}


def _newborn(item: Item) -> bool:
    return item.newborn


def _chunks(items: list[int], size: int) -> Iterable[list[int]]:
    return (items[at : at + size] for at in range(0, len(items), size))
