"""From records as given to records on their way: what is stored of them, their keys and links."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from incidents_api.model import Record
from incidents_api.model.fields import Link
from incidents_api.model.generalizing import put_back
from incidents_api.model.record import Part
from incidents_api.storage import standing
from incidents_api.storage.at_hand import in_order
from incidents_api.storage.documents import digest, values_of
from incidents_api.storage.items import Item, Stored
from incidents_api.storage.keys import Keys
from incidents_api.storage.rows import Rows
from incidents_api.storage.tables import Tables


@dataclass(slots=True)
class Staged:
    """A record that waits to be written."""

    values: Mapping[str, Any]
    state: str = "live"
    why: str | None = None
    survivor: str | None = None


class Staging:
    """Takes in the records of one transaction.

    Args:
        tables: The tables of all resources.
        keys: Knows the keys of the records that the transaction meets.
        rows: Reads what is stored.
        met: Is told of the records that are linked to.
        counts: Where records that are as they were are counted.

    """

    def __init__(
        self, tables: Tables, keys: Keys, rows: Rows, met: standing.Watch, counts: Counter[str]
    ) -> None:
        self._tables = tables
        self._keys = keys
        self._rows = rows
        self._met = met
        self._counts = counts
        self._ordered = bool(in_order(tables))

    def items(
        self, record: type[Record], staged: list[Staged], *, computed: bool = False
    ) -> list[Item]:
        """Return what is to be written of records that wait, beside what is stored of them."""
        resource = record.resource
        names = [entry.values["id"] for entry in staged]
        stored = self._rows.take(self._tables[resource], names)
        self._keys.learn(resource, {name: row.pk for name, row in stored.items()})
        self._met.met(resource, {row.pk: row.state for row in stored.values()})
        items = []
        for entry, name in zip(staged, names, strict=True):
            before = stored.get(name)
            if before and before.coarse:
                entry = _as_known(record, entry, before)
            if not computed and self._same(record, before, entry):
                self._counts["unchanged"] += 1
                continue
            items.append(self.item(record, entry, before, again=computed))
        return items

    def item(
        self, record: type[Record], entry: Staged, before: Stored | None, *, again: bool
    ) -> Item:
        """Return a record on its way.

        Args:
            record: Its resource.
            entry: What was given of it.
            before: As it is stored; None where it is not.
            again: Whether only what follows is computed again.

        """
        awaited = self._keys.arrived(record.resource, entry.values["id"])
        newborn = before is None and not awaited and entry.state == "live" and self._ordered
        pk = self._keys.reserve(record.resource, entry.values["id"])
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
        self._keys.find(record.resource, (entry.survivor,))
        who = (record.resource, entry.values["id"], "")
        return self._keys.reserve(record.resource, entry.survivor, who)

    def _same(self, record: type[Record], before: Stored | None, entry: Staged) -> bool:
        return (
            before is not None
            and before.state == entry.state
            and before.survivor == self._survivor(record, entry, before)
            and before.hash == digest(record, entry.values)
        )

    def resolve(self, record: type[Record], items: list[Item]) -> None:
        """Turn the ids of linked records into keys, reserving a key for those still to come."""
        told = [_told(record, item.values) for item in items]
        wanted: dict[str, set[str]] = {}
        for named, listed in told:
            for _, resource, target in named:
                wanted.setdefault(resource, set()).add(target)
            for part, targets in listed:
                wanted.setdefault(_target(part), set()).update(targets)
        for resource, names in wanted.items():
            self._met.met(resource, self._keys.find(resource, names))
        own, reserve = wanted.get(record.resource, ()), self._keys.reserve
        for item, (named, listed) in zip(items, told, strict=True):
            who = (record.resource, item.values["id"])
            item.links = {
                name: reserve(resource, target, (*who, name)) for name, resource, target in named
            }
            for part, targets in listed:
                item.parts[part.name] = [
                    reserve(_target(part), target, (*who, part.leaf.name)) for target in targets
                ]
            # Those written together may look at each other: who is named is not new to the others.
            item.fresh = item.fresh and item.values["id"] not in own


def _as_known(record: type[Record], entry: Staged, before: Stored) -> Staged:
    """Return what waits, with the point that is known where the coarser one comes back."""
    _, known = values_of(record, before.document)
    return replace(entry, values=put_back(record, entry.values, known))


#: The links that a record has: by which member, to which resource, to whom; and its lists of links.
_Told = tuple[list[tuple[str, str, str]], list[tuple[Part, list[str]]]]


def _told(record: type[Record], values: Mapping[str, Any]) -> _Told:
    """Return to whom a record links."""
    named = [
        (name, link.resource, target)
        for name, link in record.links_out().items()
        if (target := values[name]) is not None
    ]
    parts = _linking(record)
    return named, [(part, part.of(values)) for part in parts if part.leaf.of(values)]


@cache
def _linking(record: type[Record]) -> tuple[Part, ...]:
    """Return the lists of links to other records."""
    return tuple(part for part in record.parts() if isinstance(part.kind, Link))


def _target(part: Part) -> str:
    return str(part.kind.resource)  # type: ignore[attr-defined]
