"""What a database holds in all: how many rows of what, and one digest over them.

It tells whether two files say the same: a backup and what it is of, a restored one and the backup.
What is digested is what cannot be made again: records with all their versions, restricted and
withdrawn ones too, transactions, changes, releases, keys, the audit trail and ``meta``. Left out is
what follows from these (indexes, search, map, sums, contradictions), which ``check`` compares with
them, and the answers that are kept for a day (``retries``).

The digest is SHA-256 over lines of JSON: for each table, in the order of their names, its name and
its columns in the order of theirs, then one list a row in the order of its key; bytes are written
as hexadecimal digits. The columns are the file's own: the digest of a file stays what it was,
whatever columns later releases declare.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import orjson

from incidents_api.storage.sequence import latest
from incidents_api.storage.tables import Tables

#: Tables beside the resources that cannot be made again, with the columns of their keys.
OWN: Final = {
    "audit": "n",
    "changes": "seq, n",
    "keys": "id",
    "meta": "key",
    "redactions": "resource, pk, from_seq, member",
    "releases": "name",
    "transactions": "seq",
}
_SOME: Final = 500


@dataclass(frozen=True)
class Whole:
    """What a database holds.

    Attributes:
        seq: The number of its last transaction.
        rows: How many rows each table has.
        digest: SHA-256 over them, in hexadecimal digits.

    """

    seq: int
    rows: dict[str, int]
    digest: str


def whole(connection: Any, tables: Tables) -> Whole:
    """Read what a database holds, at the moment that the connection sees."""
    digest = sha256()
    rows: dict[str, int] = {}
    for name, key in sorted(_keys(tables).items()):
        columns = sorted(row[1] for row in connection.execute(f"PRAGMA table_info({name})"))
        if not columns:
            continue  # a file of an older release may lack a table
        digest.update(orjson.dumps([name, columns]) + b"\n")
        rows[name] = 0
        for lines, count in _lines(connection, name, columns, key):
            digest.update(lines)
            rows[name] += count
    return Whole(latest(connection), rows, digest.hexdigest())


def _keys(tables: Tables) -> dict[str, str]:
    """Return the tables that are digested, and in which order their rows are."""
    ours = dict(OWN)
    for table in tables:
        ours |= {table.name: "pk", f"{table.name}_history": "pk, from_seq"}
    return ours


def _lines(connection: Any, name: str, columns: list[str], key: str) -> Iterator[tuple[bytes, int]]:
    """Yield the rows of a table as lines, some at a time, and how many these are."""
    rows = connection.execute(f"SELECT {', '.join(columns)} FROM {name} ORDER BY {key}")
    while some := rows.fetchmany(_SOME):
        lines = b"".join(orjson.dumps(row, bytes.hex, orjson.OPT_APPEND_NEWLINE) for row in some)
        yield lines, len(some)
