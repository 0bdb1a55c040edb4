"""Rows of records that ask for a coarser point: what everybody sees of them, and what is known.

The columns and the document of such a row hold what everybody sees, so that filters, boxes,
tables, exports and the feed know nothing else; what is known is in its column ``exact``, a whole
document, from which every write begins.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from incidents_api.model.generalizing import ASKED, generalized
from incidents_api.storage.documents import cells
from incidents_api.storage.tables import Table

#: The members that a coarser point changes.
CHANGES: Final = frozenset({"latitude", "longitude", "priogrid_gid", "source_values"})


def told_of(table: Table, shown: dict[str, Any]) -> dict[str, Any]:
    """Return what everybody sees of a record; the same object where that is all there is."""
    return told_as(table, shown, shown[ASKED] if table.generalizes else None)


def told_as(table: Table, shown: dict[str, Any], asked: str | None) -> dict[str, Any]:
    """Return what everybody sees of a version of a record that asks for a coarser point, or not."""
    return generalized(table.record, shown, asked) if asked else shown


def asked_of(table: Table, document: str) -> str | None:
    """Return how coarse a record asks its point to be shown, by its document."""
    asked: str | None = orjson.loads(document)[ASKED] if table.generalizes else None
    return asked


def past_again(connection: Any, table: Table, key: int, asked: str | None) -> None:
    """Show the versions that a record had as it asks now: it is policy, and holds for all of them.

    Args:
        connection: The writing connection.
        table: The record's table.
        key: Its key.
        asked: How coarse its point is shown from now on; None for as it is known.

    """
    sql = f"SELECT from_seq, {table.given} FROM {table.name}_history WHERE pk = ?"
    for seq, document in connection.execute(sql, (key,)).fetchall():
        row = _row(table, orjson.loads(document), document, asked)
        sets = ", ".join(f"{name} = ?" for name in row)
        connection.execute(
            f"UPDATE {table.name}_history SET {sets} WHERE pk = ? AND from_seq = ?",
            (*row.values(), key, seq),
        )


def _row(
    table: Table, known: dict[str, Any], document: str, asked: str | None
) -> Mapping[str, Any]:
    """Return the columns of a version that a coarser point changes."""
    told = told_as(table, known, asked)
    row: dict[str, Any] = {
        leaf.name: leaf.of(told) if cell is None else cell(leaf.of(told))
        for leaf, cell in cells(table.record)
        if leaf.path[0] in CHANGES
    }
    row["document"] = orjson.dumps(told).decode() if asked else document
    return row | {"exact": document if asked else None}
