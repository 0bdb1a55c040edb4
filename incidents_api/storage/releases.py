"""Releases: names for states of the knowledge base, so that a paper can say what it rests on.

A release names the number of a transaction: nothing is copied, and what it shows can be read for
as long as the database lives. It is no transaction itself: it has no number and is no change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import orjson
from marshmallow import ValidationError

from incidents_api.model.fields import Members, Pattern, Text
from incidents_api.storage import audit
from incidents_api.storage.arguments import RELEASE, KnownAt
from incidents_api.storage.clocks import Clocks, Source, clocks_of, source
from incidents_api.storage.parameters import Unreadable
from incidents_api.storage.retries import Beside
from incidents_api.storage.store import Store, latest, now
from incidents_api.storage.tables import Tables

#: More releases than anybody makes.
ALL: Final = 2**31
_COLUMNS: Final = "name, seq, created_at, who, notes, counts, digest, citation"
#: How many records of a release were redacted since: what is redacted is always a past version.
_REDACTED: Final = (
    "(SELECT count(*) FROM (SELECT DISTINCT resource, pk FROM redactions d WHERE d.public "
    "AND d.from_seq <= releases.seq AND d.to_seq > releases.seq))"
)


class ReleaseName(Pattern):
    """The name of a release: never a number, nor what begins like a time."""

    pattern = RELEASE
    shape = "letters, digits, . _ and -, the first a letter or digit, and no number or day"
    length = 100


#: What whoever makes a release says of it.
GIVEN: Final = Members(
    "A release.",
    {
        "name": ReleaseName("What to call it.", required=True, example="2026-spring"),
        "notes": Text("What is to be said about it.", length=10_000),
    },
)


class Taken(Exception):
    """There is a release of this name already: what a name stands for never changes."""


@dataclass(frozen=True)
class Release:
    """A name for a state.

    Attributes:
        name: The name.
        seq: The number of the transaction whose state it names.
        created_at: When it was named, in UTC.
        who: On whose authority.
        notes: What is to be said about it.
        counts: How many records of each resource everybody could see.
        digest: SHA-256 over all those records, in hexadecimal digits.
        citation: How to cite it.
        redacted: In how many of those records something was redacted since: the digest is of what
            they were.

    """

    name: str
    seq: int
    created_at: str
    who: str
    notes: str | None
    counts: Mapping[str, int]
    digest: str
    citation: str
    redacted: int = 0


def create(
    store: Store,
    name: str,
    who: str,
    notes: str | None = None,
    key_id: str | None = None,
    beside: Beside | None = None,
) -> Release:
    """Name the present state.

    Every record is read for the digest, beside which others may write: what they write meanwhile
    is no part of the release.

    Args:
        store: The knowledge base.
        name: What to call it.
        who: On whose authority.
        notes: What is to be said about it.
        key_id: The public id of the key by which it is asked for.
        beside: What is done beside it, with the release.

    Raises:
        ValidationError: The name is not of the shape of one.
        Taken: There is a release of this name.

    """
    ReleaseName("The name.").check(name)
    with store.reading(limited=False) as connection:
        _check_free(connection, name, beside)
        seq = latest(connection)
        counts, digest = contents(connection, store.tables, source(Clocks(), store.tables))
    created_at = now()
    citation = f"Incidents API, release {name} of {created_at[:10]} (transaction {seq}). {digest}"
    made = Release(name, seq, created_at, who, notes, counts, digest, citation)
    with store.exclusive() as connection:
        _check_free(connection, name, beside)
        row = (name, seq, created_at, who, notes, orjson.dumps(counts).decode(), digest, citation)
        connection.execute(
            f"INSERT INTO releases ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row
        )
        audit.note(connection, "create release", who, about=name, why=notes, key_id=key_id)
        if beside:
            beside.end(connection, made)
        connection.execute("COMMIT")
    return made


def _check_free(connection: Any, name: str, beside: Beside | None) -> None:
    """Refuse a name that is taken, unless this is what took it."""
    if beside:
        beside.begin(connection)
    if find(connection, name):
        raise Taken(name)


def contents(connection: Any, tables: Tables, read: Source) -> tuple[dict[str, int], str]:
    """Count the records that everybody may see, and digest what they say.

    The digest is SHA-256 over one line a record, sorted by resource and id: the resource, a
    slash, the id, a space, and the hash of what was given of it.
    """
    whole = sha256()
    counts = {table.name: 0 for table in tables}
    for name in sorted(counts):
        rows = connection.execute(f"SELECT id, hash FROM {read(name)} WHERE shown = 2 ORDER BY id")
        for record, hash_ in rows:
            whole.update(f"{name}/{record} {hash_.hex()}\n".encode())
            counts[name] += 1
    return counts, whole.hexdigest()


def find(connection: Any, name: str) -> Release | None:
    """Return a release, or None if there is none of this name."""
    sql = f"SELECT {_COLUMNS}, {_REDACTED} FROM releases WHERE name = ?"
    row = connection.execute(sql, (name,)).fetchone()
    return None if row is None else _release(row)


def listed(
    connection: Any, limit: int, before: tuple[int, str] | None = None
) -> tuple[int, list[Release]]:
    """Return how many releases there are, and some of them, the newest state first.

    Args:
        connection: What to read with.
        limit: How many at most.
        before: The number and the name behind which to go on.

    """
    (count,) = connection.execute("SELECT count(*) FROM releases").fetchone()
    sql = (
        f"SELECT {_COLUMNS}, {_REDACTED} FROM releases WHERE (seq, name) < (?, ?) "
        "ORDER BY seq DESC, name DESC LIMIT ?"
    )
    rows = connection.execute(sql, (*(before or (2**62, "")), limit))
    return count, [_release(row) for row in rows]


def _release(row: tuple[Any, ...]) -> Release:
    name, seq, created_at, who, notes, counts, *rest = row
    return Release(name, seq, created_at, who, notes, orjson.loads(counts), *rest)


def pin_of(connection: Any, text: str) -> int | None:
    """Return the number of the transaction that a part of an address names.

    Args:
        connection: What to read with.
        text: The name of a release, or the number of a transaction, or a past time.

    Returns:
        The number, or None if it names nothing here.

    """
    try:
        clocks = clocks_of(connection, {"known_at": KnownAt("A state.").parse(text)})
    except (ValidationError, Unreadable):
        return None
    return clocks.known(latest(connection))
