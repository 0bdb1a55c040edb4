"""The change feed: what was done with every record, in order, for whoever keeps a copy.

A transaction takes its number under the write lock and is seen whole or not at all, so whoever has
read up to a place has missed nothing before it. What not everybody may see is left out; that it
is no longer to be seen is told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

from incidents_api.model import Registry
from incidents_api.model.fields import Integer, Pattern
from incidents_api.model.published import published
from incidents_api.storage.arguments import Choice
from incidents_api.storage.clocks import CLOCKS, Source, clocks_of, source
from incidents_api.storage.disclosure import RESTRICT, WHY
from incidents_api.storage.parameters import NoSuchRecord, Parameter
from incidents_api.storage.store import Store, latest
from incidents_api.storage.tables import Tables

#: So many changes are looked through for a page; one that finds few among them is a short page.
SCANNED: Final = 20_000
#: The members of an entry.
MEMBERS: Final = (
    "seq",
    "n",
    "resource",
    "id",
    "href",
    "version",
    "action",
    "changed_fields",
    "recorded_at",
    "who",
    "why",
)
_WHOLE: Final = 2**62


class After(Pattern):
    """A place in the feed: behind a transaction, or behind one of its changes."""

    pattern = r"^(0|[1-9][0-9]{0,14})(\.[1-9][0-9]{0,14})?$"
    shape = "the number of a transaction (120), or of a change in it (120.3)"
    length = 31


class Place(NamedTuple):
    """A place in the feed: behind the change ``n`` of a transaction."""

    seq: int
    n: int = _WHOLE

    @classmethod
    def of(cls, text: str) -> "Place":
        """Read a place; without a change, it is behind the whole transaction."""
        return cls(*map(int, text.split(".")))

    def __str__(self) -> str:
        return str(self.seq) if self.n == _WHOLE else f"{self.seq}.{self.n}"


@dataclass
class Feed:
    """A page of the feed.

    Attributes:
        entries: Tuples of seq, n, resource, id, version, action, changed_fields, recorded_at, who
            and why.
        place: Where to go on.
        more: Whether there may be more behind that place now.
        seq: The number of the last transaction.
        known_seq: That of the last transaction that is told.
        documents: The records of these entries that everybody may see, if they were asked for.

    """

    entries: Sequence[tuple[Any, ...]]
    place: Place
    more: bool
    seq: int
    known_seq: int
    documents: Mapping[tuple[str, str], bytes] = field(default_factory=dict)


def parameters(registry: Registry) -> tuple[Parameter, ...]:
    """Return what can be asked of the feed."""
    resources = tuple(registry.records)
    actions = tuple(str(code) for code in published()["action"].codes)
    return (
        Parameter(
            "after",
            After("Where to go on."),
            "Where to go on: what an answer gave as next_cursor or after, or the number of the "
            "last transaction that the copy has. Left out, the feed begins with the first.",
            example="0",
            default="0",
        ),
        Parameter(
            "resource",
            Choice("A resource.", resources),
            "Only changes of these resources.",
            several=True,
            example=[resources[0]],
        ),
        Parameter(
            "action",
            Choice("What was done.", actions),
            "Only changes of these kinds.",
            several=True,
            example=[actions[0]],
        ),
        *(clock for clock in CLOCKS if clock.name == "known_at"),
        Parameter("limit", Integer("Page size.", low=1, high=1000), "Page size.", default=50),
        Parameter(
            "fields",
            Choice("A member.", MEMBERS),
            "Only these members of each entry.",
            several=True,
            example=["resource", "id", "action"],
        ),
        Parameter(
            "include",
            Choice("What to include.", ("record",)),
            "With each entry the record as it stands now (at known_at), or null if it is not to "
            "be seen: withdrawn, merged or restricted. It is all that a copy needs.",
            example="record",
        ),
    )


def feed(store: Store, values: Mapping[str, Any]) -> Feed:
    """Return a page of the feed.

    Args:
        store: The knowledge base.
        values: What is asked, by the names of :func:`parameters`.

    Raises:
        NoSuchRecord: It is to begin behind the last transaction.

    """
    after = Place.of(values.get("after", "0"))
    with store.reading() as connection:
        seq, clocks = latest(connection), clocks_of(connection, values)
        known_seq = clocks.known(seq)
        if after.seq > known_seq:
            words = (
                f"is {after}, but the last transaction is {known_seq}: is it another database's?"
            )
            raise NoSuchRecord({"after": [words]})
        found = _page(store.tables, connection, values, (after, Place(known_seq)), seq)
        if "include" in values:
            read = source(clocks, store.tables)
            found.documents = _documents(connection, read, found.entries)
    return found


def _page(
    tables: Tables,
    connection: Any,
    values: Mapping[str, Any],
    ends: tuple[Place, Place],
    seq: int,
) -> Feed:
    limit, (after, end) = values.get("limit", 50), ends
    sql = (
        "SELECT seq, n FROM changes WHERE (seq, n) > (?, ?) AND (seq, n) <= (?, ?) "
        f"ORDER BY seq, n LIMIT 1 OFFSET {SCANNED - 1}"
    )
    far = connection.execute(sql, (*after, *end)).fetchone()
    last = Place(*far) if far else end
    where, params = _asked(values)
    rows = connection.execute(
        "SELECT c.seq, c.n, c.resource, c.id, c.version, c.action, c.changed_fields, "
        f"x.recorded_at, x.who, {WHY} FROM changes c JOIN transactions x ON x.seq = c.seq "
        f"WHERE (c.seq, c.n) > (?, ?) AND (c.seq, c.n) <= (?, ?){where} "
        f"AND (c.action = '{RESTRICT}' OR {_level(tables)} IN (0, 2)) "
        "ORDER BY c.seq, c.n LIMIT ?",
        (*after, *last, *params, limit + 1),
    ).fetchall()
    if len(rows) > limit:
        rows.pop()
        return Feed(rows, Place(*rows[-1][:2]), True, seq, end.seq)
    return Feed(rows, last, far is not None, seq, end.seq)


def _asked(values: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the conditions of the filters, and what their marks stand for."""
    where, params = "", []
    for name in ("resource", "action"):
        if name in values:
            where += f" AND c.{name} IN (SELECT value FROM json_each(?))"
            params.append(orjson.dumps(values[name]).decode())
    return where, params


def _level(tables: Tables) -> str:
    """Return the SQL of who may see the record of a change: 2 everybody, 0 before it went."""
    arms = (
        f"WHEN '{table.name}' THEN (SELECT shown FROM {table.name} WHERE id = c.id)"
        for table in tables
    )
    return f"CASE c.resource {' '.join(arms)} END"


def _documents(
    connection: Any, read: Source, entries: Iterable[tuple[Any, ...]]
) -> dict[tuple[str, str], bytes]:
    """Return the documents of those records that everybody may see."""
    wanted: dict[str, set[str]] = {}
    for entry in entries:
        wanted.setdefault(entry[2], set()).add(entry[3])
    found: dict[tuple[str, str], bytes] = {}
    for resource, names in wanted.items():
        rows = connection.execute(
            f"SELECT id, CAST(document AS BLOB) FROM {read(resource)} WHERE shown = 2 "
            "AND id IN (SELECT value FROM json_each(?))",
            (orjson.dumps(sorted(names)).decode(),),
        )
        found |= {(resource, name): document for name, document in rows}
    return found
