"""Entering what a data set says into what is here already, without undoing what editors did.

A record of a data set is entered as it is where it is new. Where it is here, it becomes what the
data set says now, member by member: what an editor has changed since the last import stays, and so
does what was withdrawn or merged. What says the same as before is left alone, whatever line or
release it was read from now.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from marshmallow import ValidationError

from incidents_api.model import Record, Registry
from incidents_api.model.faults import messages
from incidents_api.storage import identities
from incidents_api.storage.documents import digest, values_of
from incidents_api.storage.identities import LISTED, Wanted
from incidents_api.storage.items import Stored
from incidents_api.storage.rows import Rows
from incidents_api.storage.tables import Table, Tables

Values = Mapping[str, Any]
Put = Callable[..., Any]

#: What a transaction of an import is marked with, before the name of the data set.
MARK: Final = "import:"
#: The member of ``source_values`` that says in which line of which file a record stood.
PLACE: Final = "imported_from"
#: Members that say when and where a claim was read, not what it says: a release that says the same
#: as the one before changes nothing.
OF_READING: Final[Mapping[str, frozenset[str]]] = {
    "figures": frozenset({"said_at", "said_at_prec"}),
    "sources": frozenset({"accessed_at"}),
}
#: The versions of a record, with their transactions and changes.
_VERSIONS: Final = (
    "(SELECT from_seq, n FROM {0} WHERE pk = :pk UNION ALL "
    "SELECT from_seq, n FROM {0}_history WHERE pk = :pk) v "
    "JOIN transactions x ON x.seq = v.from_seq "
    "JOIN changes c ON c.seq = v.from_seq AND c.n = v.n"
)


@dataclass(frozen=True)
class Outcome:
    """What became of a record.

    Attributes:
        resource: Its resource.
        id: Its id.
        action: created, restored, updated, unchanged, withdrawn; kept, where an editor's word
            stands; left, where the record is not the data set's to change.
        fields: The members that changed.
        kept: The members in which what an editor entered was kept; or why all of it was.

    """

    resource: str
    id: str
    action: str
    fields: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


class Intake:
    """Enters the records of a data set, within one transaction or only to see what would happen.

    Args:
        tables: The tables.
        connection: The transaction's connection, or a reader's.
        datasets: The data set, and those whose events become its own.
        put: How a record is written; None where nothing is to be written.
        rows: The rows of the transaction, which remember what they have read.

    """

    def __init__(
        self,
        tables: Tables,
        connection: Any,
        datasets: Iterable[str],
        put: Put | None = None,
        rows: Rows | None = None,
    ) -> None:
        self._tables = tables
        self._registry: Registry = tables.registry
        self._connection = connection
        self._datasets = frozenset(datasets)
        self._put = put
        self._rows = rows or Rows(connection, 0, Counter())

    def there(self, resource: str, names: Iterable[str]) -> dict[str, Stored]:
        """Return the stored records of these ids."""
        return self._rows.by_id(self._tables[resource], names)

    def enter(
        self, resource: str, entries: Sequence[Values], why: str | None = None
    ) -> list[Outcome]:
        """Enter records that belong to the data set.

        Args:
            resource: Their resource.
            entries: Their checked values, one for every member.
            why: For what reason, for those that are changed.

        """
        stored = self.there(resource, [values["id"] for values in entries])
        return [self._enter(resource, values, stored.get(values["id"]), why) for values in entries]

    def found_or_made(self, resource: str, entries: Iterable[Values]) -> list[Outcome]:
        """Enter records that are shared: those that are here stay as they are."""
        fresh = {values["id"]: values for values in entries}
        stored = self.there(resource, fresh)
        missing = [values for name, values in fresh.items() if name not in stored]
        return [self._write(resource, values, "created") for values in missing]

    def _write(
        self,
        resource: str,
        values: Values,
        action: str,
        fields: Iterable[str] = (),
        kept: Iterable[str] = (),
        **how: Any,
    ) -> Outcome:
        if self._put:
            self._put(resource, values, **how)
        return Outcome(resource, str(values["id"]), action, tuple(fields), tuple(kept))

    def _enter(
        self, resource: str, values: Values, stored: Stored | None, why: str | None
    ) -> Outcome:
        if stored is None:
            return self._write(resource, values, "created")
        if stored.state == "merged":
            return Outcome(resource, stored.id, "kept", kept=("it has been merged",))
        record = self._registry[resource]
        if stored.state == "live" and stored.hash == digest(record, values):
            return Outcome(resource, stored.id, "unchanged")
        ours, _ = values_of(record, stored.document)
        if words := self._foreign(ours):
            return Outcome(resource, stored.id, "left", kept=(words,))
        if stored.state == "withdrawn" and not self._by_import(resource, stored):
            return Outcome(resource, stored.id, "left", kept=("an editor has withdrawn it",))
        return self._updated(record, values, ours, stored, why)

    def _foreign(self, ours: Values) -> str:
        """Return why a record is not the data set's, if it is not."""
        if ours["dataset"] in self._datasets or ours["id"] in self._datasets:
            return ""
        if ours["dataset"] is None:
            return "a record of this id was entered by hand"
        return f"a record of this id belongs to {ours['dataset']}"

    def _updated(
        self, record: type[Record], values: Values, ours: Values, stored: Stored, why: str | None
    ) -> Outcome:
        """Bring a record to what the data set says now; what an import withdrew stands again."""
        resource, back = record.resource, stored.state == "withdrawn"
        theirs = _open(record, values)
        if not (differ := differing(record, ours, theirs)) and not back:
            return Outcome(resource, stored.id, "unchanged")
        made, kept = self._beside(record, ours, theirs, stored.pk)
        fields = differing(record, ours, made)
        kept = [*(name for name in differ if name not in fields), *kept]
        if not fields and not back:
            return Outcome(resource, stored.id, "kept", kept=tuple(kept))
        action = "restored" if back else "updated"
        return self._write(resource, made, action, fields, kept, why=why)

    def _beside(
        self, record: type[Record], ours: Values, theirs: Values, key: int
    ) -> tuple[Values, list[str]]:
        """Return what a data set says, beside what editors changed; and why none of it, if so."""
        edited = self._edited(record.resource, key)
        made = {**theirs, **{name: ours[name] for name in edited}}
        try:
            if edited:
                record.check()(made)
        except ValidationError as fault:
            told = "; ".join(f"{where} {words}" for where, words in messages(fault))
            return ours, [f"it does not go with what an editor changed ({told})"]
        return made, []

    def _by_import(self, resource: str, stored: Stored) -> bool:
        """Return whether an import wrote this version of a record."""
        row = self._connection.execute(
            f"SELECT x.request_id FROM (SELECT min(from_seq) AS seq FROM ("
            f"SELECT from_seq FROM {resource} WHERE pk = :pk AND version = :version UNION ALL "
            f"SELECT from_seq FROM {resource}_history WHERE pk = :pk AND version = :version)) v "
            "JOIN transactions x ON x.seq = v.seq",
            {"pk": stored.pk, "version": stored.version},
        ).fetchone()
        return row is not None and str(row[0]).startswith(MARK)

    def _edited(self, resource: str, key: int) -> set[str]:
        """Return the members of a record that were ever changed other than by an import."""
        rows = self._connection.execute(
            f"SELECT c.changed_fields FROM {_VERSIONS.format(resource)} "
            f"WHERE c.action <> 'computed' AND coalesce(x.request_id, '') NOT LIKE '{MARK}%'",
            {"pk": key},
        )
        members = self._registry[resource].kinds()
        found = {name for (told,) in rows for name in orjson.loads(told)}
        return {name for name in found if name in members and not members[name].readonly}

    def actors(self, wanted: Iterable[Wanted]) -> dict[str, str]:
        """Return the ids of the actors that are here, by the ids that they would get."""
        return identities.actors(self._connection, wanted)

    def here(self, resource: str, names: Iterable[str]) -> dict[str, str]:
        """Return under which ids these records are here: what was merged, under its survivor's."""
        return identities.here(self._connection, resource, names)

    def owned(self, resource: str, link: str, owners: Iterable[str]) -> dict[str, str]:
        """Return the living records of the data set that link to some records, with whom to.

        Args:
            resource: Of which resource.
            link: By which member they link.
            owners: The ids of the records that they link to.

        """
        target = self._registry[resource].links_out()[link].resource
        rows = self._connection.execute(
            f"SELECT t.id, o.id FROM {target} o JOIN {resource} t ON t.{link} = o.pk "
            f"JOIN sources d ON d.pk = t.dataset WHERE o.id IN {LISTED} AND t.state = 'live' "
            f"AND d.id IN {LISTED}",
            (orjson.dumps(list(owners)).decode(), orjson.dumps(sorted(self._datasets)).decode()),
        )
        return dict(rows)

    def withdraw(
        self, resource: str, names: Iterable[str], why: str, link: str | None = None
    ) -> list[Outcome]:
        """Withdraw records that the data set has no more; what an editor restored stays.

        Args:
            resource: Their resource.
            names: Their ids.
            why: For what reason.
            link: By which member they belong to an event; what an editor has led to it by that,
                as merging does, belongs to another one, and stays.

        """
        table: Table = self._tables[resource]
        outcomes = []
        for name, row in self.there(resource, names).items():
            if link and link in self._edited(resource, row.pk):
                continue
            if self._restored(resource, row.pk):
                words = "an editor has restored it"
                outcomes.append(Outcome(resource, name, "kept", kept=(words,)))
            elif row.state == "live":
                values, _ = values_of(table.record, row.document)
                values["id"] = name
                how = {"state": "withdrawn", "why": why}
                outcomes.append(self._write(resource, values, "withdrawn", **how))
        return outcomes

    def _restored(self, resource: str, key: int) -> bool:
        """Return whether the last who withdrew or restored a record was an editor restoring it."""
        found = self._connection.execute(
            f"SELECT c.action = 'restore' AND coalesce(x.request_id, '') NOT LIKE '{MARK}%' "
            f"FROM {_VERSIONS.format(resource)} "
            "WHERE c.action IN ('withdraw', 'restore') ORDER BY v.from_seq DESC LIMIT 1",
            {"pk": key},
        ).fetchone()
        return found is not None and bool(found[0])


def differing(record: type[Record], ours: Values, theirs: Values) -> list[str]:
    """Return the members in which two states of a record say different things.

    When a claim was said is another thing only where it was earlier than is known here: a release
    that repeats what an earlier one said changes nothing.
    """
    aside = OF_READING.get(record.resource, frozenset())
    if _said_earlier(ours.get("said_at"), theirs.get("said_at")):
        aside = frozenset()
    return [
        name
        for name, kind in record.kinds().items()
        if not kind.readonly
        and name not in aside
        and _said(name, ours[name]) != _said(name, theirs[name])
    ]


def _said_earlier(ours: str | None, theirs: str | None) -> bool:
    """Return whether a claim was said on an earlier day than is known here."""
    return ours is not None and theirs is not None and theirs[:10] < ours[:10]


def _said(name: str, value: Any) -> Any:
    """Return what a member says, without where it was read."""
    if name == "source_values":
        return {column: cell for column, cell in value.items() if column != PLACE}
    return value


def _open(record: type[Record], values: Values) -> dict[str, Any]:
    """Return values without those that follow from the others: they count as not given."""
    implied = record.derive(values)
    return {
        name: None if value is not None and implied.get(name) == value else value
        for name, value in values.items()
    }
