"""Three clocks: what the claims speak of, what had been said, what this database held.

``as_of`` and ``said_by`` choose which records are in view, ``known_at`` which state of them.
:func:`source` says what to read each table from, so that lists, filters through links, embedded
records and every format follow by themselves.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from incidents_api.model.fields import Day
from incidents_api.model.fields.texts import whole
from incidents_api.storage.arguments import TIME, KnownAt, SaidBy
from incidents_api.storage.operators import END_OF_DAY
from incidents_api.storage.parameters import Parameter, Unreadable
from incidents_api.storage.store import latest, now
from incidents_api.storage.tables import Tables, moment_cell

Source = Callable[[str], str]

CLOCKS: Final = (
    Parameter(
        "as_of",
        Day("A day."),
        "Claims that speak about this day or an earlier one, incidents that had begun, controls "
        "and relations in force on it.",
        example="2022-01-23",
    ),
    Parameter(
        "said_by",
        SaidBy("A day or an instant."),
        "Claims that had been said, and sources that had been published, by the end of this day "
        "or by this instant.",
        example="2022-01-21T23:59:00+02:00",
    ),
    Parameter(
        "known_at",
        KnownAt("A transaction's number, a past time, or a release."),
        "What this database held then: after the transaction of this number (known_seq of an "
        "earlier answer), at a past time, or at a release, by its name.",
        example="1",
    ),
)


@dataclass(frozen=True)
class Clocks:
    """From when a knowledge base is looked at.

    Attributes:
        pin: The number of the transaction whose state is read; None for the present.
        as_of: A day: claims about later days, and incidents that begin later, are not in view.
        said_by: What was said later is not in view: the last instant as a column holds it, and
            the last day, where only a day is known.

    """

    pin: int | None = None
    as_of: str | None = None
    said_by: tuple[str, str] | None = None


#: The present, with everything in view.
NOW: Final = Clocks()


def clocks_of(connection: Any, values: Mapping[str, Any]) -> Clocks:
    """Return the clocks that a query asks for.

    Raises:
        Unreadable: ``known_at`` is in the future, or names no release.

    """
    if values.keys().isdisjoint(("as_of", "said_by", "known_at")):
        return NOW
    known = values.get("known_at")
    pin = None if known is None else _pin(connection, known)
    return Clocks(pin, values.get("as_of"), _said(values.get("said_by")))


def _said(given: str | None) -> tuple[str, str] | None:
    """Return the last instant, as columns hold it, and the last day, as it was asked for."""
    if given is None:
        return None
    moment, _, day = given.partition(" ")
    last = f"{moment}{END_OF_DAY}" if len(moment) == 10 else moment_cell(moment)
    return last, day or moment


def _pin(connection: Any, known: int | str) -> int:
    """Return the number of the last transaction of a state."""
    last = latest(connection)
    if isinstance(known, int):
        if known > last:
            raise _wrong(f"there is no transaction {known} yet: the last one is {last}")
        return known
    if whole(TIME)(known):
        return _by_time(connection, known, last)
    return _by_release(connection, known)


def _by_time(connection: Any, known: str, last: int) -> int:
    """Return the last transaction by the end of a day in UTC, or by an instant; 0 before all."""
    until = f"{known}T23:59:59.999999Z" if len(known) == 10 else known
    moment = datetime.fromisoformat(until).isoformat(timespec="microseconds")
    moment = moment.replace("+00:00", "Z")
    if moment > now():
        words = "is not over yet (in UTC)" if len(known) == 10 else "is in the future"
        raise _wrong(f"{known} {words}: leave known_at out to read the present")
    sql = "SELECT recorded_at FROM transactions WHERE seq = ?"
    return bisect_right(
        range(1, last + 1), moment, key=lambda seq: connection.execute(sql, (seq,)).fetchone()[0]
    )


def _by_release(connection: Any, name: str) -> int:
    row = connection.execute("SELECT seq FROM releases WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise _wrong(f"there is no release {name!r}; it takes a number or a past time too")
    return int(row[0])


def _wrong(words: str) -> Unreadable:
    return Unreadable({"known_at": [words]})


def source(clocks: Clocks, tables: Tables) -> Source:
    """Return what to read a table from: itself, its state at a transaction, what is in view."""
    pin = clocks.pin

    def read(name: str) -> str:
        if pin is None:
            return name
        columns = ", ".join(_columns(tables, name))
        return (
            f"(SELECT {columns} FROM {name} WHERE from_seq <= {int(pin)} UNION ALL "
            f"SELECT {columns} FROM {name}_history WHERE from_seq <= {int(pin)} "
            f"AND to_seq > {int(pin)})"
        )

    return read


def _columns(tables: Tables, name: str) -> Sequence[str]:
    for table in tables:
        if table.name == name:
            return table.names
    return ("value", "ord", "owner", "from_seq")
