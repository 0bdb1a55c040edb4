"""The state that an export shows: which transaction's, and when that was."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from incidents_api.storage.clocks import clocks_of
from incidents_api.storage.lists import Lists
from incidents_api.storage.sequence import latest


class Moment(NamedTuple):
    """A state of the knowledge base.

    Attributes:
        seq: The number of the last transaction.
        known_seq: That of the one whose state it is.
        recorded_at: When that was, in UTC; None of the empty base before the first one.

    """

    seq: int
    known_seq: int
    recorded_at: str | None


def moment_of(lists: Lists, values: Mapping[str, Any], level: int) -> Moment:
    """Return the state that a query asks for, once it is clear that it can be answered.

    Raises:
        Unreadable: It names a record or a state that is not there.

    """
    with lists.store.reading() as connection:
        seq = latest(connection)
        clocks = clocks_of(connection, values)
        lists.query(values, level, clocks).prepare(connection)
        known = clocks.known(seq)
        sql = "SELECT recorded_at FROM transactions WHERE seq = ?"
        row = connection.execute(sql, (known,)).fetchone()
    return Moment(seq, known, row and row[0])
