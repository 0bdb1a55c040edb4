"""Doing edits: all of them in one transaction, or nothing.

Every edit is checked against the record as it stands under the write lock, so that nobody
overwrites what he has not seen.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from marshmallow import ValidationError

from incidents_api.model import Record
from incidents_api.model.checking import checked
from incidents_api.model.faults import Path, paths
from incidents_api.model.merge import merged, strange
from incidents_api.storage.documents import values_of
from incidents_api.storage.edits import Cause, Done, Edit, NotDone, content_cause
from incidents_api.storage.items import Stored
from incidents_api.storage.merging import INTO, MOST_MOVED, Merger
from incidents_api.storage.preconditions import condition_fault, state_fault
from incidents_api.storage.refusals import Refusal, Refused
from incidents_api.storage.retries import Beside
from incidents_api.storage.standing import NEEDED, Dependent, dependents
from incidents_api.storage.store import Store
from incidents_api.storage.survivors import survivor
from incidents_api.storage.write import Transaction

#: So many records may be withdrawn with one that they depend on.
MOST_WITHDRAWN: Final = 10_000
_DONE: Final = {
    "create": "created",
    "replace": "replaced",
    "patch": "patched",
    "withdraw": "withdrawn",
    "restore": "restored",
    "merge": "merged",
}


def apply(
    store: Store,
    edits: Sequence[Edit],
    who: str,
    why: str | None = None,
    most_moved: int | None = MOST_MOVED,
    key_id: str | None = None,
    beside: Beside | None = None,
    request_id: str | None = None,
) -> tuple[int, list[Done]]:
    """Do all edits in one transaction.

    Args:
        store: The knowledge base.
        edits: What to do; each record at most once.
        who: On whose authority.
        why: For what reason, where an edit has none of its own.
        most_moved: How many links merges may move; None for any number.
        key_id: The public id of the key by which they are asked for.
        beside: What is done beside the edits, with the number and what each edit did.
        request_id: The request that asked for it, where it was over HTTP.

    Returns:
        The number of the transaction (of the last one, where nothing changed), and what each
        edit did.

    Raises:
        NotDone: With every cause that was found; nothing is written.

    """
    with store.writing(who, why, request_id, key_id) as transaction:
        if beside:
            beside.begin(transaction.connection)
        work = _Work(transaction, edits, Merger(transaction, most_moved))
        try:
            done = work.done()
        except Refused as refused:
            raise NotDone([work.cause(refusal) for refusal in refused.refusals]) from None
        seq = transaction.seq - (not transaction.changed)
        if beside:
            transaction.beside = beside.end(transaction.connection, seq, done)
        return seq, done


class _Work:
    """Some edits in their transaction."""

    def __init__(self, transaction: Transaction, edits: Sequence[Edit], merger: Merger) -> None:
        self.transaction = transaction
        self.merger = merger
        self.edits = edits
        self.places: dict[tuple[str, str], int] = {}
        self.before: dict[tuple[str, str], Stored] = {}
        self.content: dict[int, Mapping[str, Any]] = {}
        self.withdrawn: dict[int, tuple[tuple[str, str], ...]] = {}
        self.moved: dict[int, tuple[tuple[str, str], ...]] = {}

    def done(self) -> list[Done]:
        """Do the edits, and return what each did."""
        self._find()
        causes = [cause for place in range(len(self.edits)) for cause in self._check(place)]
        if causes:
            raise NotDone(causes)
        ids = [self._put(place, edit) for place, edit in enumerate(self.edits)]
        for place, (edit, name) in enumerate(zip(self.edits, ids, strict=True)):
            if edit.cascade:
                self.withdrawn[place] = tuple(self._cascade(place, edit.resource, name))
            elif edit.action == "merge":
                moves = self.merger.merge(edit.resource, name, edit.into, edit.why)
                self.moved[place], self.withdrawn[place] = tuple(moves.moved), tuple(moves.joined)
        return [
            self._told(place, edit, name)
            for place, (edit, name) in enumerate(zip(self.edits, ids, strict=True))
        ]

    def _told(self, place: int, edit: Edit, name: str) -> Done:
        written = self.transaction.written(edit.resource, name)
        before = self.before.get((edit.resource, name))
        action = _DONE[edit.action]
        if before is None:
            action = "created"
        elif written.version == before.version:
            action = "unchanged"
        return Done(
            edit.resource,
            name,
            action,
            written,
            self.withdrawn.get(place, ()),
            self.moved.get(place, ()),
            edit.into,
        )

    def _find(self) -> None:
        """Look up the records as they stand."""
        wanted: dict[str, list[str]] = {}
        for edit in self.edits:
            if edit.id is not None:
                wanted.setdefault(edit.resource, []).append(edit.id)
        for resource, names in wanted.items():
            found = self.transaction.rows.by_id(self.transaction.tables[resource], names)
            self.before |= {(resource, name): row for name, row in found.items()}

    def _check(self, place: int) -> Iterator[Cause]:
        """Yield why an edit cannot be done."""
        edit = self.edits[place]
        if edit.id is None:
            yield from edit.broken
            return
        key = (edit.resource, edit.id)
        if key in self.places:
            words = f"{edit.resource}/{edit.id} is edited already, in operation {self.places[key]}"
            yield Cause("invalid", words, place, ("id",))
            return
        self.places[key] = place
        before = self.before.get(key)
        last = self._survivor(edit.resource, before) if before else None
        if cause := state_fault(edit, before, last, place) or condition_fault(edit, before, place):
            yield cause
            return
        record = self.transaction.tables[edit.resource].record
        if before and edit.action == "replace":
            own = _own(record, edit.sent, before.document)
            if len(own) < len(edit.sent):
                yield from self._content(place, own)
                return
        yield from (replace(cause, place=place) for cause in edit.broken)
        if before and edit.action == "patch":
            for path in strange(record.kinds(), edit.given):
                yield content_cause(path, "is not a member", place)
            given, _ = values_of(record, before.document)
            yield from self._content(place, merged(given, edit.given))

    def _content(self, place: int, whole: Mapping[str, Any]) -> Iterator[Cause]:
        """Check what a record is to be, keep it, and yield what is wrong with it."""
        edit = self.edits[place]
        record = self.transaction.tables[edit.resource].record
        try:
            self.content[place] = checked(record, whole, edit.id)
        except ValidationError as fault:
            yield from (content_cause(path, words, place) for path, words in paths(fault))

    def _survivor(self, resource: str, before: Stored) -> str | None:
        """Return the id of the record into which one was merged."""
        if before.state != "merged":
            return None
        last = survivor(self.transaction.connection, str, resource, before.id)
        return last and last.id

    def _put(self, place: int, edit: Edit) -> str:
        if edit.action == "merge":
            return str(edit.id)  # once the others are written: it follows them
        if edit.action in ("withdraw", "restore"):
            return self._put_state(place, edit, self.before[edit.resource, str(edit.id)])
        values = self.content.get(place, edit.given)
        name = self.transaction.put(edit.resource, values, why=edit.why)
        self.places[edit.resource, name] = place
        return name

    def _put_state(self, place: int, edit: Edit, before: Stored) -> str:
        """Withdraw a record, or have it stand again."""
        write = self.transaction
        if edit.action == "withdraw":
            values, _ = values_of(write.tables[edit.resource].record, before.document)
            return write.put(edit.resource, values, state="withdrawn", why=edit.why)
        if before.state == "merged":
            moves = self.merger.undo(edit.resource, before, edit.why)
            self.moved[place] = tuple(moves.moved)
            return before.id
        return write.put(edit.resource, self.merger.restored(edit.resource, before), why=edit.why)

    def _cascade(self, place: int, resource: str, name: str) -> Iterator[tuple[str, str]]:
        """Withdraw what links to a record, and what links to that; not what is edited itself."""
        write = self.transaction
        write.flush()
        (row,) = write.rows.by_id(write.tables[resource], [name]).values()
        ahead = {resource: {row.pk}}
        count = 0
        while ahead:
            found = list(self._needing(ahead))
            count += len(found)
            if count > MOST_WITHDRAWN:
                words = f"more than {MOST_WITHDRAWN:,} records depend on it: withdraw them in parts"
                raise NotDone([Cause("rule", words, place, rule=NEEDED)])
            ahead = {}
            for one in found:
                ahead.setdefault(one.resource, set()).add(one.pk)
            for owner, keys in ahead.items():
                self._withdraw(owner, keys, self.edits[place].why)
            write.flush()
            yield from ((one.resource, one.id) for one in found)

    def _needing(self, ahead: Mapping[str, set[int]]) -> Iterable[Dependent]:
        write = self.transaction
        found = {
            (one.resource, one.id): one
            for resource, keys in ahead.items()
            for one in dependents(write.tables, write.connection, resource, keys)
        }
        return (one for key, one in found.items() if key not in self.places)

    def _withdraw(self, resource: str, keys: set[int], why: str | None) -> None:
        table = self.transaction.tables[resource]
        for row in self.transaction.rows.by_key(table, keys).values():
            values, _ = values_of(table.record, row.document)
            self.transaction.put(resource, values, state="withdrawn", why=why)

    def cause(self, refusal: Refusal) -> Cause:
        """Return a refusal as the cause that lies in one of these edits, if it does."""
        place = self.places.get((refusal.resource, refusal.id))
        other = refusal.other
        path: Path = ()
        words = refusal.words
        if place is None:
            other = f"{refusal.resource}/{refusal.id}"
            words = f"{other}: {words}"
        elif refusal.member == INTO:
            path = (INTO,)
        elif refusal.member:
            record = self.transaction.tables[refusal.resource].record
            path = record.leaf(refusal.member).path
        return Cause("rule", words, place, path, refusal.rule, other)


def _own(record: type[Record], sent: Mapping[str, Any], document: str) -> dict[str, Any]:
    """Return what a client says himself: without what was computed and comes back as it was."""
    _, shown = values_of(record, document)
    computed = shown.get("computed", ())
    return {
        name: value for name, value in sent.items() if name not in computed or value != shown[name]
    }
