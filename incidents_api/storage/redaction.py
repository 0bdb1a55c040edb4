"""Redaction: taking something out of a record in every version, so that all can see it was.

The present state gets an ordinary new version without it. The versions before keep their numbers,
times and hashes, but no longer hold it; ``redactions`` says of which that is so, and the change
feed has an entry of its own for it. A digest over hashes, as releases have, stays what it was.

What is redacted here is still in the bytes of the file until
:func:`incidents_api.storage.erasing.erase` has written it anew.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import orjson
from marshmallow import ValidationError

from incidents_api.model import Record
from incidents_api.model.faults import messages
from incidents_api.model.redacting import NotRedactable, Spot, redact, redacted, spot, texts
from incidents_api.storage import audit
from incidents_api.storage.coarse import asked_of, told_as
from incidents_api.storage.connections import overwriting
from incidents_api.storage.disclosure import REDACT
from incidents_api.storage.documents import cells, values_of
from incidents_api.storage.items import Stored
from incidents_api.storage.leftovers import TELLING, forget, leftovers
from incidents_api.storage.levels import PUBLIC
from incidents_api.storage.store import Store
from incidents_api.storage.tables import Table
from incidents_api.storage.write import Transaction


class Done(NamedTuple):
    """What a redaction did.

    Attributes:
        seq: The number of its transaction; None where there was nothing left to redact.
        versions: How many earlier versions it was taken out of.
        elsewhere: Where the same words still stand, as addresses of records and names of tables.

    """

    seq: int | None
    versions: int
    elsewhere: tuple[str, ...]


def redact_record(
    store: Store, resource: str, name: str, members: Sequence[str], who: str, why: str
) -> Done:
    """Take something out of a record, in all its versions and whatever is made of them.

    Args:
        store: The knowledge base.
        resource: Of which resource the record is.
        name: Its id.
        members: What is to be redacted: members, or values inside of them.
        who: On whose authority.
        why: For what reason. Everybody can read it.

    Raises:
        NotRedactable: There is no such record, it cannot be redacted, or the reason repeats it.
        Refused: A rule between records is broken without it.
        Busy: Others are writing for too long.

    """
    if resource not in store.registry:
        known = ", ".join(store.registry.records)
        raise NotRedactable(f"there is no resource {resource!r}, only {known}")
    spots = tuple(spot(store.registry[resource], member) for member in members)
    with store.writing(who, why) as write, overwriting(write.connection):
        return _Work(store, write, resource, spots).done(name, who, why)


class _Version(NamedTuple):
    """An earlier version of a record."""

    pk: int
    from_seq: int
    to_seq: int
    shown: int
    document: str


class _Work:
    """A redaction in its transaction."""

    def __init__(
        self, store: Store, write: Transaction, resource: str, spots: tuple[Spot, ...]
    ) -> None:
        self.write = write
        self.connection = write.connection
        self.render = store.renderers[resource].render
        self.table: Table = write.tables[resource]
        self.record: type[Record] = self.table.record
        self.spots = spots
        self.taken: set[str] = set()
        #: How coarse its point is shown, in all versions.
        self.asked: str | None = None

    def done(self, name: str, who: str, why: str) -> Done:
        """Redact, enter what was done, and say so."""
        before = self.write.rows.by_id(self.table, [name]).get(name)
        if before is None:
            raise NotRedactable(f"there is no record {name!r} among the {self.table.name}")
        self.asked = asked_of(self.table, before.document)
        self._renew(before)
        self.write.finish()
        versions = [one for one in self._versions(before.pk) if self._clear(one)]
        if not versions:
            return Done(None, 0, self._elsewhere())
        if any(text in why for text in self._telling()):
            raise NotRedactable("the reason repeats what is to be redacted; everybody can read it")
        self._enter(name, who, why)
        forget(self.connection, self.table)
        return Done(self.write.seq, len(versions), self._elsewhere())

    def _renew(self, before: Stored) -> None:
        """Give the record a new version without what is redacted, if it holds any of it."""
        given, shown = values_of(self.record, before.document)
        if not self._held(shown):
            return
        given, _ = redact(self.record, self.spots, given, shown)
        try:
            self.record.check()(given)
        except ValidationError as fault:
            told = "; ".join(f"{where} {words}" for where, words in messages(fault))
            raise NotRedactable(f"the record does not stand without it: {told}") from None
        self.write.put(self.table.name, given, state=before.state)

    def _held(self, shown: dict[str, Any]) -> list[Spot]:
        """Return what a version holds of what is to be redacted, and keep the words of it."""
        computed = shown.get("computed", ())
        held = []
        for one in self.spots:
            was = shown[one.member]
            if one.member not in computed and (after := redacted(self.record, one, was)) != was:
                self.taken |= set(texts(was)) - set(texts(after))
                held.append(one)
        return held

    def _versions(self, pk: int) -> Iterator[_Version]:
        sql = (
            f"SELECT pk, from_seq, to_seq, shown, {self.table.given} "
            f"FROM {self.table.name}_history WHERE pk = ? ORDER BY from_seq"
        )
        yield from map(_Version._make, self.connection.execute(sql, (pk,)).fetchall())

    def _clear(self, version: _Version) -> bool:
        """Take it out of one version; its hash stays that of what it was."""
        given, shown = values_of(self.record, version.document)
        if not (held := self._held(shown)):
            return False
        _, shown = redact(self.record, self.spots, given, shown)
        known, shown = shown, told_as(self.table, shown, self.asked)
        row: dict[str, Any] = {"document": self.render(shown)}
        if self.table.generalizes:
            row["exact"] = self.render(known) if self.asked else None
        for leaf, cell in cells(self.record):
            if leaf.kind.column != "link":
                value = leaf.of(shown)
                row[leaf.name] = value if cell is None else cell(value)
        sets = ", ".join(f"{name} = ?" for name in row)
        self.connection.execute(
            f"UPDATE {self.table.name}_history SET {sets} WHERE pk = ? AND from_seq = ?",
            (*row.values(), version.pk, version.from_seq),
        )
        self._clear_parts(version, {one.member for one in held}, shown)
        self._mark(version, held)
        return True

    def _clear_parts(self, version: _Version, members: set[str], shown: dict[str, Any]) -> None:
        """Have the single values of lists be those of the lists while this version stood."""
        for part in self.table.parts:
            if part.part.leaf.path[0] in members and part.part.kind.column != "link":
                kept = orjson.dumps(part.part.of(shown)).decode()
                marks = {
                    "pk": version.pk,
                    "seq": version.from_seq,
                    "to": version.to_seq,
                    "kept": kept,
                    "ord": shown[part.order],
                }
                for sql in (_DELETE_PARTS, _INSERT_PARTS):
                    self.connection.execute(sql.format(name=part.name), marks)

    def _mark(self, version: _Version, held: Iterable[Spot]) -> None:
        place = (self.table.name, version.pk, version.from_seq)
        told = (version.to_seq, version.shown == PUBLIC, self.write.seq)
        self.connection.executemany(
            "INSERT OR REPLACE INTO redactions VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(*place, one.name, *told) for one in held],
        )

    def _enter(self, name: str, who: str, why: str) -> None:
        """Enter what was done among the changes, for mirrors, and into the audit trail."""
        names = " ".join(one.name for one in self.spots)
        members = sorted({one.member for one in self.spots})
        self.connection.execute(
            "INSERT INTO changes SELECT ?, (SELECT coalesce(max(n), 0) + 1 FROM changes "
            f"WHERE seq = ?), ?, id, version, ?, ?, NULL FROM {self.table.name} WHERE id = ?",
            (
                *(self.write.seq, self.write.seq, self.table.name, REDACT),
                *(orjson.dumps(members).decode(), name),
            ),
        )
        about = f"{self.table.name}/{name} {names}"
        audit.note(self.connection, REDACT, who, about=about, why=why)
        self.write.counts["redacted"] += 1

    def _telling(self) -> set[str]:
        return {text for text in self.taken if len(text) >= TELLING}

    def _elsewhere(self) -> tuple[str, ...]:
        return tuple(leftovers(self.connection, self.write.tables, self._telling()))


_STOOD: Final = "owner = :pk AND from_seq <= :seq AND to_seq > :seq"
_DELETE_PARTS: Final = (
    f"DELETE FROM {{name}}_history WHERE {_STOOD} "
    "AND value NOT IN (SELECT value FROM json_each(:kept))"
)
_INSERT_PARTS: Final = (
    "INSERT INTO {name}_history (value, ord, owner, from_seq, to_seq) "
    "SELECT DISTINCT value, :ord, :pk, :seq, :to FROM json_each(:kept) WHERE value NOT IN "
    f"(SELECT value FROM {{name}}_history WHERE {_STOOD} UNION ALL "
    "SELECT value FROM {name} WHERE owner = :pk AND from_seq <= :seq)"
)
