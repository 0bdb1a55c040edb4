"""Entering what a data set says into what is here already, without undoing what editors did.

A record of a data set is entered as it is where it is new. Where it is here, it becomes what the
data set says now, member by member: what an editor has changed since the last import stays, and so
does what was withdrawn or merged. What says the same as before is left alone, whatever line or
release it was read from now.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from incidents_api.model import Record, Registry
from incidents_api.storage.documents import digest, values_of
from incidents_api.storage.items import Stored
from incidents_api.storage.rows import Rows
from incidents_api.storage.survivors import survivor
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
_LISTED: Final = "(SELECT value FROM json_each(?))"


class Wanted(NamedTuple):
    """An actor to be found: its identifier elsewhere, its exact name, the id it would get."""

    scheme: str | None
    value: str | None
    name: str
    id: str


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
        if stored.state == "withdrawn":
            return self._again(resource, values, stored, why)
        return self._updated(record, values, ours, stored, why)

    def _foreign(self, ours: Values) -> str:
        """Return why a record is not the data set's, if it is not."""
        if ours["dataset"] in self._datasets or ours["id"] in self._datasets:
            return ""
        if ours["dataset"] is None:
            return "a record of this id was entered by hand"
        return f"a record of this id belongs to {ours['dataset']}"

    def _again(self, resource: str, values: Values, stored: Stored, why: str | None) -> Outcome:
        """Restore a record that an import withdrew; what an editor withdrew stays so."""
        if not self._by_import(resource, stored.pk, stored.version):
            words = "an editor has withdrawn it"
            return Outcome(resource, stored.id, "left", kept=(words,))
        return self._write(resource, values, "restored", why=why)

    def _updated(
        self, record: type[Record], values: Values, ours: Values, stored: Stored, why: str | None
    ) -> Outcome:
        resource = record.resource
        theirs = _open(record, values)
        if not differing(record, ours, theirs):
            return Outcome(resource, stored.id, "unchanged")
        edited = self._edited(resource, stored.pk)
        made = theirs | {name: ours[name] for name in edited}
        kept = [name for name in differing(record, ours, theirs) if name in edited]
        fields = differing(record, ours, made)
        if not fields:
            return Outcome(resource, stored.id, "kept", kept=tuple(kept))
        return self._write(resource, made, "updated", fields, kept, why=why)

    def _by_import(self, resource: str, key: int, version: int) -> bool:
        """Return whether an import wrote this version of a record."""
        row = self._connection.execute(
            f"SELECT x.request_id FROM (SELECT min(from_seq) AS seq FROM ("
            f"SELECT from_seq FROM {resource} WHERE pk = :pk AND version = :version UNION ALL "
            f"SELECT from_seq FROM {resource}_history WHERE pk = :pk AND version = :version)) v "
            "JOIN transactions x ON x.seq = v.seq",
            {"pk": key, "version": version},
        ).fetchone()
        return row is not None and str(row[0]).startswith(MARK)

    def _edited(self, resource: str, key: int) -> set[str]:
        """Return the members of a record that were ever changed other than by an import."""
        rows = self._connection.execute(
            f"SELECT c.changed_fields FROM (SELECT from_seq, n FROM {resource} WHERE pk = :pk "
            f"UNION ALL SELECT from_seq, n FROM {resource}_history WHERE pk = :pk) v "
            "JOIN transactions x ON x.seq = v.from_seq "
            "JOIN changes c ON c.seq = v.from_seq AND c.n = v.n "
            f"WHERE c.action <> 'computed' AND coalesce(x.request_id, '') NOT LIKE '{MARK}%'",
            {"pk": key},
        )
        members = self._registry[resource].kinds()
        found = {name for (told,) in rows for name in orjson.loads(told)}
        return {name for name in found if name in members and not members[name].readonly}

    def actors(self, wanted: Iterable[Wanted]) -> dict[str, str]:
        """Return the ids of the actors that are here, by the ids that they would get.

        An identifier of the data set is asked first. An exact name or alias is taken only where
        one living actor alone has it, and no other identifier of the same register: whoever is
        called the same need not be the same.
        """
        asked = list(wanted)
        found = self._by_identifier([one for one in asked if one.scheme])
        found |= self._by_own_id([one for one in asked if one.id not in found])
        found |= self._by_name([one for one in asked if one.id not in found])
        return found

    def _by_identifier(self, wanted: Sequence[Wanted]) -> dict[str, str]:
        named = {f"{one.scheme}:{one.value}": one.id for one in wanted}
        rows = self._connection.execute(
            "SELECT p.value, t.id FROM actors_external_id p JOIN actors t ON t.pk = p.owner "
            f"WHERE p.value IN {_LISTED} AND t.state = 'live' ORDER BY t.pk DESC",
            (orjson.dumps(list(named)).decode(),),
        )
        return {named[value]: name for value, name in rows}

    def _by_own_id(self, wanted: Sequence[Wanted]) -> dict[str, str]:
        rows = self._connection.execute(
            f"SELECT id, state FROM actors WHERE id IN {_LISTED}",
            (orjson.dumps([one.id for one in wanted]).decode(),),
        ).fetchall()
        merged = [name for name, state in rows if state == "merged"]
        return {name: name for name, _ in rows} | self.survivors("actors", merged)

    def _by_name(self, wanted: Sequence[Wanted]) -> dict[str, str]:
        listed = orjson.dumps(list({one.name for one in wanted})).decode()
        rows = self._connection.execute(
            "SELECT t.name AS called, t.id, t.external_ids FROM actors t "
            f"WHERE t.name IN {_LISTED} AND t.state = 'live' UNION "
            "SELECT p.value, t.id, t.external_ids FROM actors_alias p JOIN actors t "
            f"ON t.pk = p.owner WHERE p.value IN {_LISTED} AND t.state = 'live'",
            (listed, listed),
        )
        called: dict[str, list[tuple[str, str]]] = {}
        for name, actor, identifiers in rows:
            called.setdefault(name, []).append((actor, identifiers))
        found = {}
        for one in wanted:
            match called.get(one.name, []):
                case [(actor, identifiers)] if not _has(identifiers, one.scheme):
                    found[one.id] = actor
        return found

    def survivors(self, resource: str, names: Iterable[str]) -> dict[str, str]:
        """Return into which living record each of these was merged."""
        last = {name: survivor(self._connection, str, resource, name) for name in names}
        return {name: one.id for name, one in last.items() if one and one.state == "live"}

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
            f"JOIN sources d ON d.pk = t.dataset WHERE o.id IN {_LISTED} AND t.state = 'live' "
            f"AND d.id IN {_LISTED}",
            (orjson.dumps(list(owners)).decode(), orjson.dumps(sorted(self._datasets)).decode()),
        )
        return dict(rows)

    def withdraw(self, resource: str, names: Iterable[str], why: str) -> list[Outcome]:
        """Withdraw records that the data set has no more."""
        table: Table = self._tables[resource]
        outcomes = []
        for name, row in self.there(resource, names).items():
            if row.state == "live":
                values, _ = values_of(table.record, row.document)
                values["id"] = name
                how = {"state": "withdrawn", "why": why}
                outcomes.append(self._write(resource, values, "withdrawn", **how))
        return outcomes


def _has(identifiers: str, scheme: str | None) -> bool:
    """Return whether an actor has an identifier in a register already: then it is another one."""
    return scheme is not None and any(row["scheme"] == scheme for row in orjson.loads(identifiers))


def differing(record: type[Record], ours: Values, theirs: Values) -> list[str]:
    """Return the members in which two states of a record say different things."""
    aside = OF_READING.get(record.resource, frozenset())
    return [
        name
        for name, kind in record.kinds().items()
        if not kind.readonly
        and name not in aside
        and _said(name, ours[name]) != _said(name, theirs[name])
    ]


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
