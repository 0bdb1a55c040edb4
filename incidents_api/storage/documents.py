"""A record as it is kept: its cells, its document, its hash.

The document is rendered once, when the record is written; it is the very bytes a reader gets.
It holds the record's own values, ids and root-relative addresses, never another record's name.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from hashlib import sha256
from operator import itemgetter
from typing import Any, Final

import orjson

from incidents_api.model import Record, Registry
from incidents_api.model.record import Leaf, canonical, readonly
from incidents_api.storage.tables import moment_cell

ROOT: Final = "/v1"
JSON: Final = "application/json"
#: It stands in documents written before their transaction knows its time; as long as a time.
NO_TIME: Final = "0000-00-00T00:00:00.000000Z"

Values = dict[str, Any]


def digest(record: type[Record], values: Mapping[str, Any]) -> bytes:
    """Return SHA-256 over a record's given values."""
    return sha256(canonical(record, values)).digest()


def values_of(record: type[Record], document: bytes | str) -> tuple[Values, Values]:
    """Read a document back: the values as given, and the values as shown."""
    shown: Values = orjson.loads(document)
    skip = readonly(record) | set(shown.get("computed", ()))
    kinds = record.kinds()
    given = {
        name: kind.empty() if name in skip else shown.get(name, kind.empty())
        for name, kind in kinds.items()
        if not kind.readonly
    }
    return given, shown


class Renderer:
    """Turns the values of one resource's records into documents."""

    def __init__(self, registry: Registry, record: type[Record]) -> None:
        self.resource = record.resource
        self.names = [name for name in record.kinds() if name != "links"]
        self._values = itemgetter(*self.names)
        home = f"{ROOT}/{record.resource}"
        here = f"{home}/*"
        ways = {"self": here, "collection": home, "history": f"{here}/history"}
        below = {item.name: f"{here}/{item.name}" for item in registry.sublists(record.resource)}
        self._first, self._last = (
            "".join(f",{_link(*way)}" for way in some.items()) for some in (ways, below)
        )
        self._columns = [
            (name, f",{_link(name, f'{ROOT}/{link.resource}/%s')}")
            for name, link in record.links_out().items()
        ]
        self._lists = [
            (part.leaf.of, part.of, f",{_link(part.name, f'{ROOT}/{part.kind.resource}/%s')}")
            for part in record.parts()
            if hasattr(part.kind, "resource")
        ]

    def links(self, name: str, values: Mapping[str, Any]) -> orjson.Fragment:
        """Return where one can go from a record, as JSON: ids need no escapes."""
        made = self._first.replace("*", name)
        for column, way in self._columns:
            if (target := values[column]) is not None:
                made += way % target
        for there, targets, way in self._lists:
            if there(values):
                made += "".join([way % target for target in targets(values)])
        return orjson.Fragment(f"[{made[1:]}{self._last.replace('*', name)}]")

    def render(self, shown: Mapping[str, Any]) -> str:
        """Return the document of a record from all the values it shows."""
        whole = dict(zip(self.names, self._values(shown), strict=True))
        whole["links"] = self.links(shown["id"], shown)
        return orjson.dumps(whole).decode()


def _link(rel: str, href: str) -> str:
    return orjson.dumps({"rel": rel, "href": href, "type": JSON}).decode()


Cell = Callable[[Any], Any]


def text(value: Any) -> str:
    """Return a list or object as compact JSON."""
    if value == []:
        return "[]"
    return orjson.dumps(value).decode()


@cache
def cells(record: type[Record]) -> tuple[tuple[Leaf, Cell | None], ...]:
    """Return how each leaf's value becomes a cell; None where it already is one."""
    makers: dict[str, Cell] = {
        "json": text,
        "moment": lambda value: None if value is None else moment_cell(value),
        "flag": lambda value: None if value is None else int(value),
    }
    return tuple((leaf, makers.get(leaf.kind.column)) for leaf in record.leaves())


def span(record: type[Record], values: Mapping[str, Any]) -> tuple[str | None, int | None]:
    """Return the last day of a record's time, and its length in days.

    A record that goes on has no last day yet: it ends with the calendar.
    """
    first, last = record.span or ("", "")
    start, end = values[first], values[last]
    if end is None:
        goes_on = record.open_when is None or values[record.open_when[0]] == record.open_when[1]
        end = "9999-12-31" if goes_on else start
    if start is None or end is None:
        return end, None
    return end, (date.fromisoformat(end[:10]) - date.fromisoformat(start[:10])).days
