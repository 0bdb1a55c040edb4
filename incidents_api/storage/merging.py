"""Merging a record into the one that survives it, and taking that back.

The links of all living records move to the survivor, each by an editorial change; the record
itself stays as it was, in the state ``merged``. What has to be taken back is read from the history:
there is no other list of what moved.
"""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

import orjson

from incidents_api.model import Record
from incidents_api.model.fields import Link
from incidents_api.model.moving import moved, moved_back
from incidents_api.storage.documents import values_of
from incidents_api.storage.items import Stored
from incidents_api.storage.refusals import Refusal, Refused
from incidents_api.storage.standing import dependents
from incidents_api.storage.survivors import survivor, survivors
from incidents_api.storage.write import Transaction

#: So many links may be moved by one request; the command moves any number.
MOST_MOVED: Final = 10_000
#: What a request calls the survivor.
INTO: Final = "into"
#: So many records are moved before they are written.
CHUNK: Final = 1000

Name = tuple[str, str]


class Moves(NamedTuple):
    """What a merge, or taking one back, did to other records, as pairs of resource and id.

    Attributes:
        moved: Whose links moved.
        joined: What would have joined the survivor to itself: withdrawn, or restored.

    """

    moved: list[Name]
    joined: list[Name]


class Merger:
    """Merges records in a transaction.

    Args:
        transaction: The transaction.
        limit: How many links it may move; None for any number.

    """

    def __init__(self, transaction: Transaction, limit: int | None = MOST_MOVED) -> None:
        self.write = transaction
        self.limit = limit
        self.left = limit

    def merge(self, resource: str, name: str, into: str, why: str | None) -> Moves:
        """Merge a living record into another living one.

        Raises:
            Refused: They cannot be merged.

        """
        self.write.flush()
        lost = self._lost(resource, name, into)
        done = Moves([], [])
        given, _ = values_of(self._record(resource), lost.document)
        self.write.put(resource, given, state="merged", survivor=into, why=why)
        self.write.flush()
        while found := self._linking(resource, lost.pk):
            for owner, keys in found.items():
                self._move(owner, keys, (resource, name, into), why, done)
            self.write.flush()
        return done

    def _lost(self, resource: str, name: str, into: str) -> Stored:
        """Return the record that is to be merged, if it can be."""
        found = self.write.rows.by_id(self.write.tables[resource], (name, into))
        if refusal := self._unfit(resource, name, into, found.get(into)):
            raise Refused([refusal])
        lost, kept = found[name], found[into]
        if lost.shown != kept.shown:
            words = (
                f"{name} and {into} are not seen by the same people: merging would publish what "
                "is restricted, or hide what is public; make their visibility the same first"
            )
            raise Refused([_refusal(resource, name, words, "same-visibility", into)])
        self._refuse_own_links(resource, lost, into)
        return lost

    def _unfit(self, resource: str, name: str, into: str, kept: Stored | None) -> Refusal | None:
        """Return why a record cannot survive another."""
        if name == into:
            return _refusal(resource, name, "a record is not merged into itself", "merge-itself")
        if kept is None:
            words = f"there is no record {into!r} among the {resource}"
            return _refusal(resource, name, words, "link-leads-nowhere", into)
        if kept.state == "live":
            return None
        last = survivor(self.write.connection, str, resource, into)
        if last is None:
            words = f"{into!r} among the {resource} has been withdrawn"
            return _refusal(resource, name, words, "link-to-withdrawn", into)
        words = f"{into!r} has itself been merged into {last.id!r}: merge into that"
        return _refusal(resource, name, words, "link-to-merged", last.id)

    def _refuse_own_links(self, resource: str, lost: Stored, into: str) -> None:
        """Refuse a survivor that links to what is to be merged: it would link to itself."""
        table = self.write.tables
        own = [
            one.member
            for one in dependents(table, self.write.connection, resource, (lost.pk,))
            if (one.resource, one.id) == (resource, into)
        ]
        if own:
            words = f"{into} links to it by {', '.join(own)}, and would link to itself"
            raise Refused([_refusal(resource, lost.id, words, "links-to-itself", into)])

    def _linking(self, resource: str, key: int) -> dict[str, set[int]]:
        """Return the keys of some living records that link to one, by resource."""
        ways = dependents(self.write.tables, self.write.connection, resource, (key,))
        found: dict[str, set[int]] = {}
        for one in islice(ways, CHUNK):
            found.setdefault(one.resource, set()).add(one.pk)
        return found

    def _move(
        self,
        owner: str,
        keys: Iterable[int],
        names: tuple[str, str, str],
        why: str | None,
        done: Moves,
    ) -> None:
        """Move the links of some records, and withdraw what would join the survivor to itself."""
        record = self._record(owner)
        self._spend(names, len(set(keys)))
        for row in self.write.rows.by_key(self.write.tables[owner], keys).values():
            given, _ = values_of(record, row.document)
            values = moved(record, given, *names)
            if _joins(record, values, names[0], names[2]):
                self.write.put(owner, given, state="withdrawn", why=why)
                done.joined.append((owner, row.id))
            else:
                self.write.put(owner, values, why=why)
                done.moved.append((owner, row.id))

    def _spend(self, names: tuple[str, str, str], count: int) -> None:
        """Count links that move, and refuse when they are too many."""
        if self.left is None:
            return
        self.left -= count
        if self.left < 0:
            resource, name, _ = names
            words = (
                f"more than {self.limit:,} records link to what is to be merged: whoever has the "
                "file does that by the command incidents-api merge (or restore)"
            )
            raise Refused([_refusal(resource, name, words, "too-many-links")])

    def undo(self, resource: str, lost: Stored, why: str | None) -> Moves:
        """Take a merge back: the record stands again, with the links that moved with it.

        A link that has been changed since stays as it is.
        """
        connection = self.write.connection
        after = [one.id for one in survivors(connection, str, resource, lost.id)]
        self.write.standing.revived.add((resource, lost.pk))
        self.write.put(resource, self.restored(resource, lost), why=why)
        self.write.flush()
        done = Moves([], [])
        for table in self.write.tables:
            rows = connection.execute(
                f"SELECT h.pk, {table.given} FROM changes c JOIN {table.name}_history h "
                "ON h.id = c.id AND h.to_seq = c.seq WHERE c.seq = ? AND c.resource = ? "
                "AND h.state = 'live' ORDER BY c.n",
                (lost.from_seq, table.name),
            )
            while some := dict(rows.fetchmany(CHUNK)):
                self._move_back(table.record, some, (resource, lost, after), why, done)
                self.write.flush()
        return done

    def _move_back(
        self,
        record: type[Record],
        before: Mapping[int, str],
        names: tuple[str, Stored, list[str]],
        why: str | None,
        done: Moves,
    ) -> None:
        """Move the links of some records back, of those whose links the merge moved."""
        resource, lost, after = names
        last = after[-1]
        for row in self.write.rows.by_key(self.write.tables[record.resource], before).values():
            was, _ = values_of(record, before[row.pk])
            then = moved(record, was, resource, lost.id, last)
            if then == was:
                continue
            self._spend((resource, lost.id, last), 1)
            given, _ = values_of(record, row.document)
            if row.state == "live":
                back = was
                if given != then:  # it has been edited since
                    was = self.followed(record, was)
                    back = moved_back(record, was, given, resource, lost.id, last)
                if back != given:
                    self.write.put(record.resource, back, why=why)
                    done.moved.append((record.resource, row.id))
            elif (row.state, row.from_seq) == ("withdrawn", lost.from_seq):
                first = moved(record, was, resource, lost.id, after[0])
                if _joins(record, first, resource, after[0]):
                    self.write.put(record.resource, self.restored(record.resource, row), why=why)
                    done.joined.append((record.resource, row.id))

    def restored(self, resource: str, row: Stored) -> dict[str, Any]:
        """Return the values, as given, of a record that is to stand again."""
        record = self._record(resource)
        return self.followed(record, values_of(record, row.document)[0], row.id)

    def followed(
        self, record: type[Record], values: dict[str, Any], own: str | None = None
    ) -> dict[str, Any]:
        """Return a record's values with its links to what has been merged led to the survivors.

        A link to itself, by its own id, stays.
        """
        for resource, names in _targets(record, values).items():
            for name in self._merged(resource, names):
                last = survivor(self.write.connection, str, resource, name)
                if last and (resource, name) != (record.resource, own):
                    values = moved(record, values, resource, name, last.id)
        return values

    def _merged(self, resource: str, names: Iterable[str]) -> list[str]:
        """Return those of some records that have been merged."""
        sql = (
            f"SELECT id FROM {resource} WHERE id IN (SELECT value FROM json_each(?)) "
            "AND state = 'merged'"
        )
        return [
            name
            for (name,) in self.write.connection.execute(sql, (orjson.dumps([*names]).decode(),))
        ]

    def _record(self, resource: str) -> type[Record]:
        return self.write.tables[resource].record


def _joins(record: type[Record], values: Mapping[str, Any], resource: str, into: str) -> bool:
    """Return whether a record is about the survivor twice: it would join it to itself."""
    about = [
        name
        for name, link in record.links_out().items()
        if link.about and link.resource == resource and values[name] == into
    ]
    return len(about) > 1


def _targets(record: type[Record], values: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the ids that a record links to, by resource."""
    found: dict[str, set[str]] = {}
    for leaf in record.leaves():
        if isinstance(leaf.kind, Link) and leaf.of(values) is not None:
            found.setdefault(leaf.kind.resource, set()).add(leaf.of(values))
    for part in record.parts():
        if isinstance(part.kind, Link):
            found.setdefault(part.kind.resource, set()).update(part.of(values))
    return found


def _refusal(resource: str, name: str, words: str, rule: str, other: str = "") -> Refusal:
    return Refusal(resource, name, INTO, words, rule, f"{resource}/{other}" if other else "")
