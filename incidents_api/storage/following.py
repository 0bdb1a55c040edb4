"""What follows from a record's own words and from other records: filled in, and held to."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from incidents_api.model import Record, Registry
from incidents_api.model.between import Agreement
from incidents_api.model.fields import Computed, Computing
from incidents_api.model.registry import Step
from incidents_api.storage.at_hand import AtHand, Group, in_order
from incidents_api.storage.casualties import casualties
from incidents_api.storage.documents import cells, values_of
from incidents_api.storage.facts import Fact, paths, ways
from incidents_api.storage.items import Item
from incidents_api.storage.refusals import Refusal
from incidents_api.storage.rows import Rows
from incidents_api.storage.tables import Tables

#: A rule looks at restricted records too: it refuses, it shows nothing.
ANY_LEVEL: Final = -1
#: The functions that declarations name: what they compute with stands above the model.
NAMED: Final[Mapping[str, Computing]] = {"casualties": casualties}

#: Which of the members read along a path a function takes; None for all of them.
_Places = tuple[int, ...] | None
#: The paths along which a function looks, and what it takes there.
_Looks = tuple[tuple[str, _Places], ...]


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
        nothing = AtHand(self._tables)
        self._begin(record, items, nothing)
        self._follow(record, items, nothing)

    def together(self, groups: Sequence[Group]) -> AtHand:
        """Fill in what follows of new records that may look at each other, and return them."""
        hand = AtHand(self._tables, groups)
        for table, items in groups:
            self._begin(table.record, items, hand)
        own = {table.name: items for table, items in groups}
        for table in in_order(self._tables):
            self._follow(table.record, own.get(table.name, []), hand)
        return hand

    def _begin(self, record: type[Record], items: list[Item], hand: AtHand) -> None:
        """Fill in what follows from the records' own words, and who may see them."""
        for item in items:
            item.shown = dict(item.values)
            item.fill(record.derive(item.values))
        self._inherit(record, items, hand)

    def _follow(self, record: type[Record], items: list[Item], hand: AtHand) -> None:
        """Fill in what follows from other records."""
        plan = _plan(self._tables.registry, record)
        found = {path: self._found(path, plan, items, hand) for path in plan.paths}
        for number, item in enumerate(items):
            if item.stood is not None:
                _, was = values_of(record, item.stood)
                item.keep(record.computed_kinds(), was)
                continue
            for functions, looks in plan.computed:
                seen = {
                    path: _pick(found[path][number], item.reach, places)
                    for path, places in looks.items()
                }
                for name, function in functions:
                    item.take(name, function(item.values, seen))
            if plan.rules:
                self._agree(
                    record, plan, item, {path: rows[number] for path, rows in found.items()}
                )

    def _found(
        self, path: str, plan: "_Plan", items: Sequence[Item], hand: AtHand
    ) -> list[Sequence[Fact]]:
        """Return what each record sees along a path."""
        steps, members = plan.paths[path]
        starts = [tuple(item.starts(steps[0])) for item in items]
        wanted = {key for some in starts for key in some}
        known = hand.facts(self._connection, steps, members, wanted)
        return [
            known[some[0]] if len(some) == 1 else [fact for key in some for fact in known[key]]
            for some in starts
        ]

    def _agree(
        self,
        record: type[Record],
        plan: "_Plan",
        item: Item,
        found: Mapping[str, Sequence[Fact]],
    ) -> None:
        """Note where a record does not agree with those it is linked to, as they stand now."""
        refusals = []
        for rule, looks in plan.rules if item.state == "live" else ():
            seen = {path: _pick(found[path], ANY_LEVEL, places) for path, places in looks}
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

    def _inherit(self, record: type[Record], items: list[Item], hand: AtHand) -> None:
        """Take over from the records that each is about: who may see it, and its sort key."""
        about = {name: link.resource for name, link in record.links_out().items() if link.about}
        seen: dict[str, dict[int, tuple[int, dict[str, Any]]]] = {}
        for name, resource in about.items():
            members = [member for member, via in record.carries if via == name]
            keys = {item.links[name] for item in items if name in item.links}
            there = hand.of(resource)
            at_hand = {key: there[key] for key in keys & there.keys()}
            told = self._rows.inherited(self._tables[resource], keys - there.keys(), members)
            seen[name] = told | {
                key: (item.level, _carried(self._tables[resource].record, item, members))
                for key, item in at_hand.items()
            }
        for item in items:
            item.reach = _own_reach(item.values)
            for name, known in seen.items():
                level, carried = known.get(item.links.get(name, 0), (2, {}))
                # Of what was withdrawn, who saw it while it stood: its level is two below that.
                item.reach = min(item.reach, level if level > 0 else level + 2)
                item.carried |= carried


class _Plan(NamedTuple):
    """What a resource's records look at, and what is made of it.

    Attributes:
        paths: The steps of each path, and the members that are wanted at its end.
        computed: The members that are computed, those together that can look at the same: their
            names and functions, and what they look at.
        rules: The rules between records, and what each looks at.

    """

    paths: dict[str, tuple[tuple[Step, ...], tuple[str, ...]]]
    computed: "tuple[tuple[list[tuple[str, Computing]], dict[str, _Places]], ...]"
    rules: tuple[tuple[Agreement, "_Looks"], ...]


@cache
def _plan(registry: Registry, record: type[Record]) -> _Plan:
    wanted = paths(record)

    def looks(needs: Mapping[str, tuple[str, ...]]) -> _Looks:
        return tuple((path, _places(wanted[path], members)) for path, members in needs.items())

    computed: list[tuple[list[tuple[str, Computing]], dict[str, _Places]]] = []
    for name, kind in record.computed_kinds().items():
        assert kind.computed
        own = dict(looks(kind.computed.needs))
        if not computed or any(computed[-1][1].get(path, own[path]) != own[path] for path in own):
            computed.append(([], {}))
        computed[-1][0].append((name, _function(kind.computed)))
        computed[-1][1].update(own)
    return _Plan(
        {path: (steps, wanted[path]) for path, steps in ways(registry, record).items()},
        tuple(computed),
        tuple((rule, looks(rule.needs)) for rule in record.agreements),
    )


def _function(computed: Computed) -> Computing:
    named = computed.function
    return NAMED[named] if isinstance(named, str) else named


def _places(have: tuple[str, ...], want: tuple[str, ...]) -> tuple[int, ...] | None:
    """Return where the members wanted are among those that were read; None if they are those."""
    return None if want == have else tuple(have.index(member) for member in want)


def _pick(rows: Sequence[Fact], level: int, places: _Places) -> list[tuple[Any, ...]]:
    """Return the members wanted of those facts that whoever sees the record may see too."""
    if not rows:
        return []
    if places is None:
        return [row for shown, row in rows if shown >= level]
    return [tuple(row[place] for place in places) for shown, row in rows if shown >= level]


def _carried(record: type[Record], item: Item, members: list[str]) -> dict[str, Any]:
    """Return the sort keys that others take over from a record at hand, as its columns are."""
    return {
        leaf.name: leaf.of(item.shown) if cell is None else cell(leaf.of(item.shown))
        for leaf, cell in cells(record)
        if leaf.name in members
    }


def _own_reach(values: Mapping[str, Any]) -> int:
    return 2 if values["visibility"] == "public" else 1
