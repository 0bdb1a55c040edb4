"""Past versions of incidents tell nothing of figures that are no longer shown to everybody.

Who may see a record is policy, and applies to all that was ever said of it. The casualties of an
incident are stored with each version, so they are made again where one of its figures is
restricted or published: from the figures of that time that everybody may see now.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

from incidents_api.model import Record
from incidents_api.storage.casualties import casualties
from incidents_api.storage.clocks import Clocks, source
from incidents_api.storage.documents import Renderer, cells
from incidents_api.storage.items import Item
from incidents_api.storage.levels import is_public
from incidents_api.storage.tables import Tables

_MEMBER: Final = "casualties"
_AMONG: Final = "IN (SELECT value FROM json_each(?))"


class PastCasualties:
    """Makes the casualties of past versions again where figures were restricted or published."""

    def __init__(self, tables: Tables, connection: Any, seq: int) -> None:
        self._tables = tables
        self._connection = connection
        self._figures: set[int] = set()

    def note(self, record: type[Record], items: Iterable[Item]) -> None:
        """Note the figures that everybody may see from now on, or no longer."""
        if record.resource == "figures":
            self._figures |= {
                item.pk
                for item in items
                if item.before and is_public(item.before.shown) != is_public(item.level)
            }

    def keep(self) -> None:
        """Write the versions whose casualties differ."""
        if not self._figures or _MEMBER not in self._tables["incidents"].record.kinds():
            return
        listed = orjson.dumps(list(self._figures)).decode()
        exact = "exact" if self._tables["incidents"].generalizes else "NULL"
        sql = (
            f"SELECT pk, from_seq, shown, document, {exact} FROM incidents_history WHERE pk IN ("
            f"SELECT incident FROM figures WHERE pk {_AMONG} UNION "
            f"SELECT incident FROM figures_history WHERE pk {_AMONG})"
        )
        rows = self._connection.execute(sql, (listed, listed)).fetchall()
        for key, seq, shown, document, known in rows:
            # Of what was withdrawn, who saw it while it stood: its level is two below that.
            level = shown if shown > 0 else shown + 2
            self._bring(key, seq, level, {"document": document, "exact": known})

    def _bring(self, key: int, seq: int, level: int, kept: dict[str, str | None]) -> None:
        figures = source(Clocks(seq), self._tables)("figures")
        found = self._connection.execute(
            f"SELECT t.document FROM {figures} t WHERE t.incident = ? AND t.shown >= ? "
            "ORDER BY t.id",
            (key, level),
        ).fetchall()
        whole = {name: orjson.loads(text) for name, text in kept.items() if text}
        told = whole["document"]
        made = casualties(told, {"figures": found})
        if made == told[_MEMBER]:
            return
        table = self._tables["incidents"]
        render = Renderer(self._tables.registry, table.record).render
        row = {name: render(values | {_MEMBER: made}) for name, values in whole.items()}
        told[_MEMBER] = made
        for leaf, cell in cells(table.record):
            if leaf.path[0] == _MEMBER:
                value = leaf.of(told)
                row[leaf.name] = value if cell is None else cell(value)
        sets = ", ".join(f"{name} = ?" for name in row)
        self._connection.execute(
            f"UPDATE incidents_history SET {sets} WHERE pk = ? AND from_seq = ?",
            (*row.values(), key, seq),
        )

    def rebuild(self) -> None:
        """Leave the versions as they are: they are right since they were written."""

    def faults(self) -> Iterator[str]:
        """Yield nothing: what a version says is compared with its columns elsewhere."""
        return iter(())
