"""What follows from a record's own words and from other records: filled in, and held to."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from incidents_api.model import Record
from incidents_api.model.fields import Computed, Computing
from incidents_api.storage.casualties import casualties
from incidents_api.storage.documents import values_of
from incidents_api.storage.facts import facts, paths, ways
from incidents_api.storage.items import Item
from incidents_api.storage.refusals import Refusal
from incidents_api.storage.rows import Rows
from incidents_api.storage.tables import Tables

#: A rule looks at restricted records too: it refuses, it shows nothing.
ANY_LEVEL: Final = -1
#: The functions that declarations name: what they compute with stands above the model.
NAMED: Final[Mapping[str, Computing]] = {"casualties": casualties}


class Following:
    """Computes what follows, and notes where records do not agree, within one transaction."""

    def __init__(self, tables: Tables, connection: Any, rows: Rows) -> None:
        self._tables = tables
        self._connection = connection
        self._rows = rows
        self._disagree: dict[tuple[str, int], list[Refusal]] = {}

    def faults(self) -> Iterator[Refusal]:
        """Yield where records do not agree, as they stand now."""
        for refusals in self._disagree.values():
            yield from refusals

    def fill(self, record: type[Record], items: list[Item]) -> None:
        """Fill in what follows from the records' own words and from other records."""
        for item in items:
            item.shown = dict(item.values)
            item.fill(record.derive(item.values))
        self._inherit(record, items)
        wanted = paths(record)
        found = {}
        for path, steps in ways(self._tables.registry, record).items():
            starts = [(n, key) for n, item in enumerate(items) for key in item.starts(steps[0])]
            found[path] = facts(self._tables, self._connection, steps, wanted[path], starts)
        for number, item in enumerate(items):
            if item.stood is not None:
                _, was = values_of(record, item.stood)
                item.keep(record.computed_kinds(), was)
                continue
            for name, kind in record.computed_kinds().items():
                assert kind.computed
                seen = {
                    path: _pick(found[path].get(number, []), item.reach, wanted[path], members)
                    for path, members in kind.computed.needs.items()
                }
                item.fill({name: _function(kind.computed)(item.values, seen)})
            self._agree(record, item, {path: rows.get(number, []) for path, rows in found.items()})

    def _agree(
        self, record: type[Record], item: Item, found: Mapping[str, list[tuple[int, Any]]]
    ) -> None:
        """Note where a record does not agree with those it is linked to, as they stand now."""
        wanted = paths(record)
        refusals = []
        for rule in record.agreements if item.state == "live" else ():
            seen = {
                path: _pick(found[path], ANY_LEVEL, wanted[path], members)
                for path, members in rule.needs.items()
            }
            linked = record.links_out()
            refusals += [
                Refusal(
                    record.resource,
                    item.values["id"],
                    member,
                    words,
                    rule.rule,
                    f"{linked[member].resource}/{item.shown[member]}" if member in linked else "",
                )
                for member, words in rule.function(item.shown, seen)
            ]
        if refusals:
            self._disagree[record.resource, item.pk] = refusals
        else:
            self._disagree.pop((record.resource, item.pk), None)

    def _inherit(self, record: type[Record], items: list[Item]) -> None:
        """Take over from the records that each is about: who may see it, and its sort key."""
        about = {name: link.resource for name, link in record.links_out().items() if link.about}
        seen: dict[str, dict[int, tuple[int, dict[str, Any]]]] = {}
        for name, resource in about.items():
            members = [member for member, via in record.carries if via == name]
            keys = {item.links[name] for item in items if name in item.links}
            seen[name] = self._rows.inherited(self._tables[resource], keys, members)
        for item in items:
            item.reach = _own_reach(item.values)
            for name, known in seen.items():
                level, carried = known.get(item.links.get(name, 0), (2, {}))
                # Of what was withdrawn, who saw it while it stood: its level is two below that.
                item.reach = min(item.reach, level if level > 0 else level + 2)
                item.carried |= carried


def _function(computed: Computed) -> Computing:
    named = computed.function
    return NAMED[named] if isinstance(named, str) else named


def _pick(
    rows: list[tuple[int, tuple[Any, ...]]],
    level: int,
    have: tuple[str, ...],
    want: tuple[str, ...],
) -> list[tuple[Any, ...]]:
    """Return the members wanted of those facts that whoever sees the record may see too."""
    places = [have.index(member) for member in want]
    return [tuple(row[place] for place in places) for shown, row in rows if shown >= level]


def _own_reach(values: Mapping[str, Any]) -> int:
    return 2 if values["visibility"] == "public" else 1
