"""Three clocks: what the claims speak of, what had been said, what this database held.

``as_of`` and ``said_by`` choose which records are in view, ``known_at`` which state of them.
:func:`source` says what to read each table from, so that lists, filters through links, embedded
records and every format follow by themselves.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from incidents_api.model.claims import STANDING
from incidents_api.model.fields import Day
from incidents_api.model.fields.texts import whole
from incidents_api.storage.arguments import TIME, KnownAt, SaidBy
from incidents_api.storage.casualties import BETWEEN
from incidents_api.storage.operators import END_OF_DAY
from incidents_api.storage.parameters import NoSuchRecord, Parameter, Unreadable
from incidents_api.storage.sequence import latest, now
from incidents_api.storage.stood import as_it_stood, changed_after
from incidents_api.storage.tables import Table, Tables, moment_cell

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
        example="2022-01-23T23:59:00+01:00",
    ),
    Parameter(
        "known_at",
        KnownAt("A transaction's number, a past time, or a release."),
        "What this database held then: after the transaction of this number (known_seq of an "
        "earlier answer), at a past time, or at a release, by its name.",
        example=1,
    ),
)
#: What each of them is called.
CLOCK_NAMES: Final = tuple(clock.name for clock in CLOCKS)


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

    def known(self, seq: int) -> int:
        """Return whose state is read, of the last transaction's number."""
        return seq if self.pin is None else self.pin

    def present(self, connection: Any) -> "Clocks":
        """Return the same clocks, without a pin where nothing has been written since."""
        return replace(self, pin=None) if self.pin == latest(connection) else self


#: The present, with everything in view.
NOW: Final = Clocks()


def clocks_of(connection: Any, values: Mapping[str, Any]) -> Clocks:
    """Return the clocks that a query asks for; the state of the last transaction is the present.

    Raises:
        Unreadable: ``known_at`` is in the future, or names no release.

    """
    if values.keys().isdisjoint(CLOCK_NAMES):
        return NOW
    known = values.get("known_at")
    pin = None if known is None else _pin(connection, known)
    return Clocks(pin, values.get("as_of"), _said(values.get("said_by"))).present(connection)


def pinned(values: Mapping[str, Any]) -> Clocks:
    """Return the clocks of a query whose ``known_at`` is the number of a transaction."""
    return Clocks(values["known_at"], values.get("as_of"), _said(values.get("said_by")))


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
    return NoSuchRecord({"known_at": [words]})


def source(clocks: Clocks, tables: Tables) -> Source:
    """Return what to read a table from: itself, its state at a transaction, what is in view."""
    return _itself if clocks == NOW else View(clocks, tables).read


def _itself(name: str) -> str:
    return name


class View:
    """What to read each table from under clocks: a sub-query with the table's own columns.

    What follows from claims is made anew from those in view: whether a claim is superseded, and the
    casualties of an incident. A claim that was taken back or disputed only later still stands.

    Args:
        clocks: Not those of the present.
        tables: The tables of all resources.

    """

    def __init__(self, clocks: Clocks, tables: Tables) -> None:
        self._clocks = clocks
        self._tables = tables
        self._made: dict[str, str] = {}

    def read(self, name: str) -> str:
        """Return what to read a table from."""
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> str:
        table = self._tables.by_resource.get(name)
        if table is None:
            return self._state(name, PARTS, [])
        where = self._in_view(table)
        made, changed = self._changed(table)
        if self._clocks.pin is None and not where and not changed:
            return name
        columns = (f"{changed[one]} AS {one}" if one in changed else one for one in table.names)
        return self._state(name, columns, where, made)

    def _state(
        self, name: str, columns: Iterable[str], where: Sequence[str], made: str | None = None
    ) -> str:
        """Return the rows of a table, ``v``, as the pinned transaction left them.

        What columns are made of is ``v.made``: once in the text, for SQLite to put where it is
        needed.
        """
        chosen, pin = ", ".join(columns), self._clocks.pin
        then = [*where] if pin is None else [f"from_seq <= {int(pin)}", *where]
        now = f"SELECT {chosen} FROM {_rows(name, then, made)}"
        if pin is None:
            return f"({now})"
        past = _rows(f"{name}_history", [*then, f"to_seq > {int(pin)}"], made)
        return f"({now} UNION ALL SELECT {chosen} FROM {past})"

    def _in_view(self, table: Table) -> list[str]:
        """Return the conditions on which a record, ``v``, is in view."""
        clocked, day, said = table.record.clocked, self._clocks.as_of, self._clocks.said_by
        found = []
        if day and clocked.day:
            first = ", ".join(f"v.{member}" for member in clocked.day)
            known = f"coalesce({first})" if len(clocked.day) > 1 else first
            # A day that an instant names begins with it: later days are greater as texts.
            found.append(f"{known} <= {_text(day + END_OF_DAY)}")
        if day and clocked.in_force:
            first, last = (f"v.{member}" for member in clocked.in_force)
            found.append(f"({first} IS NULL OR {first} <= {_text(day)})")
            found.append(f"({last} IS NULL OR {last} >= {_text(day)})")
        if said and clocked.said:
            instant, last_day = map(_text, said)
            at = f"v.{clocked.said}"
            found.append(f"{at} <= iif(length({at}) = 10, {last_day}, {instant})")
        if clocked.follows and (where := self._in_view(self._followed(table))):
            name = self._followed(table).name
            leader = self._state(name, ("pk",), where)
            found.append(f"EXISTS (SELECT 1 FROM {leader} l WHERE l.pk = v.{clocked.follows})")
        return found

    def _followed(self, table: Table) -> Table:
        link = table.record.links_out()[str(table.record.clocked.follows)]
        return self._tables[link.resource]

    def _changed(self, table: Table) -> tuple[str | None, dict[str, str]]:
        """Return what follows from the claims in view, as SQL, and the columns made of it."""
        clocks = self._clocks
        if clocks.as_of is None and clocks.said_by is None:
            return None, {}
        if "superseded" in table.names:
            return self._superseded(table), as_it_stood(self._until())
        blocks = [leaf for leaf in table.leaves if leaf.path[0] == "casualties"]
        if not blocks:
            return None, {}
        columns = {leaf.name: f"v.made ->> '$.{'.'.join(leaf.path[1:])}'" for leaf in blocks}
        columns["document"] = "json_set(v.document, '$.casualties', json(v.made))"
        kept = {one: f"iif(v.made = '', v.{one}, {sql})" for one, sql in columns.items()}
        return self._casualties(), kept

    def _until(self) -> str:
        """Return the last day that the clocks reach, as SQL writes it."""
        said = self._clocks.said_by
        return _text(min(day for day in (self._clocks.as_of, said and said[1]) if day))

    def _superseded(self, table: Table) -> str:
        """Return whether a claim, ``v``, is superseded by one in view."""
        status = as_it_stood(self._until())["status"]
        columns = ("pk", "supersedes", f"{status} AS status", "shown")
        others = self._state(table.name, columns, self._in_view(table))
        return (
            f"EXISTS (SELECT 1 FROM {others} s WHERE s.supersedes = v.pk AND "
            f"s.status IN ({', '.join(map(_text, STANDING))}) AND s.shown >= v.shown)"
        )

    def _casualties(self) -> str:
        """Return what the figures in view make of an incident, ``v``; empty if as it is stored.

        It is where all of them are in view, as they stand now: of most incidents, long ago.
        """
        clocks = _text(str(self._clocks))
        where = " AND ".join(self._in_view(self._tables["figures"]))
        # What corrects a figure may be about another incident, and is not looked at here.
        held = ("figures", "figures_history")[: 1 if self._clocks.pin is None else 2]
        corrected = " OR ".join(
            f"EXISTS (SELECT 1 FROM {name} y WHERE y.supersedes = v.pk)" for name in held
        )
        other = f"(({where}) IS NOT TRUE OR {changed_after(self._until())} OR {corrected})"
        unseen = self._state("figures", ("incident", "shown"), [other])
        # LIMIT keeps the two queries apart: else SQLite reads all figures that there were.
        about = (
            f"SELECT f.document AS one FROM {self.read('figures')} f "
            "WHERE f.incident = v.pk AND f.shown >= v.shown LIMIT -1"
        )
        figures = f"SELECT group_concat(one, char({ord(BETWEEN)})) FROM ({about})"
        return (
            f"coalesce(casualties_known(v.pk, {clocks}), iif(EXISTS (SELECT 1 FROM {unseen} u "
            f"WHERE u.incident = v.pk AND u.shown >= v.shown), casualties_made(v.pk, {clocks}, "
            f"v.id, v.date_start, v.date_end, v.status, ({figures})), "
            f"casualties_stored(v.pk, {clocks})))"
        )


class Standing(NamedTuple):
    """How a record stands under clocks.

    Attributes:
        seq: The number of the last transaction.
        known_seq: That of the last transaction whose state is looked at.
        state: Its state then; None where it was not there.
        shown: Who may see it.
        in_view: Whether it is in view.

    """

    seq: int
    known_seq: int
    state: str | None
    shown: int
    in_view: bool


def standing(
    connection: Any, tables: Tables, resource: str, name: str, values: Mapping[str, Any]
) -> Standing:
    """Return how a record stands under the clocks of a query.

    Raises:
        Unreadable: They cannot be told.

    """
    clocks, seq = clocks_of(connection, values), latest(connection)
    held = source(Clocks(clocks.pin), tables)(resource)
    sql = f"SELECT state, shown FROM {held} WHERE id = ?"
    state, shown = connection.execute(sql, (name,)).fetchone() or (None, -1)
    sql = f"SELECT 1 FROM {source(clocks, tables)(resource)} WHERE id = ?"
    in_view = connection.execute(sql, (name,)).fetchone() is not None
    return Standing(seq, clocks.known(seq), state, shown, in_view)


#: The columns of a table of single values.
PARTS: Final = ("value", "ord", "owner", "from_seq")


def _rows(name: str, conditions: Sequence[str], made: str | None) -> str:
    """Return the rows of a table, ``v``, that meet conditions, with what is made of each."""
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"(SELECT v.*, {made} AS made FROM {name} v{where}) v" if made else f"{name} v{where}"


def _text(value: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"
