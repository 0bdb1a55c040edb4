"""The end of embargoes: what was to stay restricted until a time is made public, by a write.

The clock alone shows nothing to anybody: as long as nobody asks for it, an embargo lasts. What is
written is an ordinary version, with who and why, and the change feed tells of it.
"""

from collections.abc import Iterator
from typing import Any, Final

from incidents_api.model.fields import Moment
from incidents_api.storage.documents import Values, values_of
from incidents_api.storage.sequence import now
from incidents_api.storage.store import Store
from incidents_api.storage.tables import Table, differs, moment_cell

#: Why, where nobody says.
ENDED: Final = "the embargo has ended"
_WHEN: Final = Moment("When.")


def publish_due(
    store: Store, who: str, why: str | None = None, at: str | None = None
) -> dict[str, int]:
    """Make every embargoed record public whose ``publish_at`` has come, in one transaction.

    What was withdrawn or merged stays as it is. ``publish_at`` is kept: it says when the embargo
    was to end.

    Args:
        store: The knowledge base.
        who: On whose authority.
        why: For what reason, for the history; left out, that the embargo has ended.
        at: The time that counts as now, in UTC: a day, which is its beginning, or an instant.

    Returns:
        How many records of each resource were made public.

    Raises:
        ValidationError: The time is none.
        Refused: A rule between records is broken; nothing is written.

    """
    until = _cell(at or now())
    counts = {}
    with store.writing(who, why or ENDED) as transaction:
        for table in store.tables:
            due = list(_due(transaction.connection, table, until))
            for values in due:
                transaction.put(table.name, {**values, "visibility": "public"})
            counts[table.name] = len(due)
    return counts


def _cell(at: str) -> str:
    """Return a time as columns hold it."""
    given = _WHEN.check(at)
    return moment_cell(given if len(given) > 10 else f"{given}T00:00:00Z")


def _due(connection: Any, table: Table, until: str) -> Iterator[Values]:
    """Yield what is given of the records whose embargo has ended."""
    exceptions = differs(table.record.leaf("visibility").kind, "visibility")
    rows = connection.execute(
        f"SELECT document FROM {table.name} WHERE {exceptions} AND visibility = 'embargoed' "
        "AND publish_at <= ? AND state = 'live' ORDER BY pk",
        (until,),
    ).fetchall()
    yield from (values_of(table.record, document)[0] for (document,) in rows)
