"""Telling everybody that a record is no longer shown, or is shown again.

Who may see a record is policy, not content: it makes no version, and it may change because of a
record that this one is about. Whoever keeps a copy must learn of it all the same, so it has
entries of its own among the changes.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from incidents_api.model import Record
from incidents_api.storage.items import Item
from incidents_api.storage.levels import is_public
from incidents_api.storage.tables import Tables

RESTRICT: Final = "restrict"
PUBLISH: Final = "publish"
#: What was done with versions that are past: something in them was redacted.
REDACT: Final = "redact"
#: The condition that a change is one of who may see a record.
OF_LEVELS: Final = f"action IN ('{RESTRICT}', '{PUBLISH}')"
#: The condition that a change is a version of its record.
OF_VERSIONS: Final = f"action NOT IN ('{RESTRICT}', '{PUBLISH}', '{REDACT}')"
#: Why a change was made, of ``changes`` c and ``transactions`` x. It is not told of what follows
#: from other records, for the reason was given for one of those, and not everybody may see it.
WHY: Final = (
    f"CASE WHEN c.action IN ('{RESTRICT}', 'computed') THEN NULL ELSE coalesce(c.why, x.why) END"
)
#: What was redacted in a version of ``t``, when and why, as JSON.
REDACTED: Final = (
    "(SELECT json_group_array(json_object('member', r.member, 'seq', r.seq, 'recorded_at', "
    "y.recorded_at, 'who', y.who, 'why', y.why)) FROM redactions r JOIN transactions y "
    "ON y.seq = r.seq WHERE r.resource = ? AND r.pk = t.pk AND r.from_seq = t.from_seq)"
)


class Passage(NamedTuple):
    """Whether everybody might see a record before a transaction, and may after it."""

    before: bool
    after: bool
    why: str | None


class Disclosure:
    """Enters among the changes which records everybody may see from now on, or no longer."""

    def __init__(self, tables: Tables, connection: Any, seq: int) -> None:
        self._tables = tables
        self._connection = connection
        self._seq = seq
        self._passages: dict[tuple[str, str], Passage] = {}

    def note(self, record: type[Record], items: Iterable[Item]) -> None:
        """Note records that were written; a record may be written more than once."""
        for item in items:
            if item.relevelled and item.before:
                key = (record.resource, item.before.id)
                first = self._passages.get(key)
                before = first.before if first else is_public(item.before.shown)
                why = item.why or (first.why if first else None)
                self._passages[key] = Passage(before, is_public(item.level), why)

    def keep(self) -> None:
        """Enter what has changed over the whole transaction."""
        if not self._passages:
            return
        sql = "SELECT max(n) FROM changes WHERE seq = ?"
        (n,) = self._connection.execute(sql, (self._seq,)).fetchone()
        for (resource, name), passage in self._passages.items():
            if passage.before == passage.after or self._created(resource, name):
                continue
            n += 1
            action = PUBLISH if passage.after else RESTRICT
            self._connection.execute(
                "INSERT INTO changes SELECT ?, ?, ?, id, version, ?, '[]', ? "
                f"FROM {resource} WHERE id = ?",
                (self._seq, n, resource, action, passage.why, name),
            )

    def _created(self, resource: str, name: str) -> bool:
        """Return whether this transaction made a record: then nobody has seen it before."""
        sql = (
            f"SELECT 1 FROM {resource} t JOIN changes c ON c.seq = t.from_seq AND c.n = t.n "
            "WHERE t.id = ? AND c.seq = ? AND c.action = 'create'"
        )
        return self._connection.execute(sql, (name, self._seq)).fetchone() is not None

    def rebuild(self) -> None:
        """Leave the entries: they are a log, and cannot be made from the records."""

    def faults(self) -> Iterator[str]:
        """Yield the records of which the last entry says something else than they do."""
        for table in self._tables:
            sql = (
                "SELECT c.id, c.action, max(c.seq), t.shown FROM changes c "
                f"JOIN {table.name} t ON t.id = c.id WHERE c.resource = ? AND {OF_LEVELS} "
                "GROUP BY c.id"
            )
            for name, action, seq, shown in self._connection.execute(sql, (table.name,)):
                if (action == PUBLISH) != is_public(shown):
                    yield f"{table.name}/{name}: transaction {seq} is not its last {action}"
