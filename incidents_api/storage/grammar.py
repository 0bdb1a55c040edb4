"""The query grammar of a resource: every parameter of its lists, with its type and words.

It is derived from the declarations and the table of operators. Reading a query, building the
SQL, the error messages and the OpenAPI document all use the same :class:`Parameter` objects.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from difflib import get_close_matches
from typing import Any, Final

from marshmallow import ValidationError

from incidents_api.estimates import DEFAULT, RULES
from incidents_api.model import Record, Registry
from incidents_api.model.fields import Day, Flag, Id, Integer, Kind, Link, Many, Number, Text
from incidents_api.model.record import Leaf, Part
from incidents_api.storage.arguments import (
    CIRCLE,
    LATITUDE,
    LONGITUDE,
    Box,
    Choice,
    Cursor,
    Period,
    Query,
    together,
)
from incidents_api.storage.by_rule import ruled
from incidents_api.storage.clocks import CLOCK_NAMES, CLOCKS
from incidents_api.storage.flat import flat
from incidents_api.storage.operators import EQUAL, OPERATORS
from incidents_api.storage.parameters import MOST_FAULTS, Parameter, Unreadable

LIMIT: Final = 50
MOST: Final = 1000

RULE: Final = Parameter(
    "rule",
    Choice("Name of a rule.", tuple(RULES)),
    "By which rule claims that disagree become numbers: killed_low, killed_best, killed_high and "
    "the like speak of it, in filters, order and columns. Another one than the default is not "
    "indexed: combine it with another filter on large data.",
    default=DEFAULT,
)
#: The filters of a list that are no members of its records.
WHERE_AND_WHEN: Final = ("bbox", "from", "to", "datetime", "q")


class Grammar:
    """What can be asked of one resource's lists."""

    def __init__(self, registry: Registry, record: type[Record]) -> None:
        self.registry = registry
        self.record = record
        self.sorts = ("id", *(leaf.name for leaf in record.leaves() if leaf.kind.sort))
        self.includes = tuple(dict.fromkeys(_includes(registry, record)))
        self.parameters = {made.name: made for made in self._made()}

    def choosing(self) -> list[Parameter]:
        """Return the parameters that choose records: filters, places, times, words, clocks."""
        named = (*CIRCLE, *WHERE_AND_WHEN, *CLOCK_NAMES)
        return [made for name, made in self.parameters.items() if made.target or name in named]

    def only(self, parameters: Iterable[Parameter]) -> "Grammar":
        """Return the same grammar with these parameters in place of its own."""
        made = copy(self)
        made.parameters = {parameter.name: parameter for parameter in parameters}
        return made

    def _made(self) -> Iterator[Parameter]:
        yield from self._filters()
        yield from self._reaches()
        yield from self._places_and_times()
        yield from self._pages()

    def _filters(self) -> Iterator[Parameter]:
        id_ = Id(self.record.kinds()["id"].words, required=True)
        yield from _operations("id", id_, Leaf("id", ("id",), id_))
        for leaf in self.record.leaves():
            if leaf.kind.filter and not leaf.kind.many:
                yield from _operations(leaf.name, leaf.kind, leaf)
                if isinstance(leaf.kind, Link) and leaf.kind.through:
                    yield from self._through(leaf)
        for part in self.record.parts():
            yield from _operations(part.name, part.kind, part)

    def _through(self, link: Leaf) -> Iterator[Parameter]:
        """Filters on the members of the record at the other end of a link."""
        assert isinstance(link.kind, Link)
        for leaf in self.registry[link.kind.resource].leaves():
            if leaf.kind.filter == "indexed" and not (
                leaf.kind.many or isinstance(leaf.kind, Link)
            ):
                for made in _operations(leaf.name, leaf.kind, leaf):
                    if made.operator and made.operator.suffix in ("", "gte", "lte"):
                        words = f"{link.kind.words.rstrip('.')}: {made.words}"
                        yield Parameter(
                            f"{link.name}__{made.name}",
                            made.kind,
                            words,
                            made.several,
                            made.operator,
                            leaf,
                            via=link.name,
                        )

    def _reaches(self) -> Iterator[Parameter]:
        for reach in self.record.reaches:
            link = Link(reach.resource, reach.words)
            yield Parameter(reach.name, link, reach.words, True, EQUAL, reach)

    def _places_and_times(self) -> Iterator[Parameter]:
        if self.record.spatial():
            yield Parameter(
                "bbox",
                Box("Inside a rectangle: west,south,east,north in degrees."),
                "Inside a rectangle: west,south,east,north in degrees (WGS 84); west greater than "
                "east crosses the antimeridian, of the latitudes either may come first. Records "
                "without a point are outside.",
                example=[40, 36, 42, 37],
            )
            yield Parameter(
                "lat", LATITUDE, "Latitude of the middle of a circle, with lon and within_km."
            )
            yield Parameter("lon", LONGITUDE, "Longitude of the middle of a circle.")
            within = Number("Radius of the circle in kilometres.", low=0, high=20040)
            yield Parameter("within_km", within, "Radius of the circle in kilometres.")
        if self.record.span:
            first, last = self.record.span
            time = first if first == last else f"{first} to {last}"
            words = f"Records whose time ({time}) overlaps "
            if not self.record.leaf(first).kind.required and first != last:
                words = f"An end that is not known counts as open. {words}"
            both = "from and to hold each on its own: with from after to, what lasts all between."
            yield Parameter("from", Day("First day."), f"{words}the days from this one on; {both}")
            yield Parameter("to", Day("Last day."), f"{words}the days up to this one; {both}")
            yield Parameter(
                "datetime",
                Period("A day, or an interval a/b, ../b, a/..; of an instant the day counts."),
                f"{words}a day, or an interval a/b, ../b or a/.. (RFC 3339); a/b is from a and "
                "to b, and both hold beside from and to.",
            )

    def _pages(self) -> Iterator[Parameter]:
        if any(leaf.searched for leaf in self.record.leaves()):
            yield Parameter(
                "q",
                Query("Words to search for."),
                "Full-text search: records that hold all these words; case and diacritics do not "
                "matter, a word in double quotes is taken with its neighbours. The newest come "
                "first; with sort=relevance the newest 1,000 matches are ranked, in one page.",
            )
        yield Parameter(
            "sort",
            Choice("Order.", [*_orders(self.sorts), "relevance"]),
            "Order: a member, with - before it for descending; records without it come last, ties "
            "are broken by id in the same direction, or as ,id or ,-id after it says. relevance "
            "is for q; without q it is the usual order.",
            default=self.record.order,
        )
        if ruled(self.record):
            yield RULE
        yield Parameter(
            "limit",
            Integer("Page size.", low=1, high=MOST),
            "How many records a page has. CSV and NDJSON without it give everything.",
            default=LIMIT,
        )
        yield Parameter(
            "cursor",
            Cursor("Where to go on."),
            "Where to go on: next_cursor of the page before, with the same other parameters; "
            "empty, the beginning. A sample and a ranking have one page, and no cursor is theirs.",
        )
        yield Parameter(
            "total",
            Flag("Whether to count."),
            "Whether to count all matches too, in JSON and GeoJSON.",
        )
        cells = (cell.name for cell in flat(self.registry, self.record))
        names = list(dict.fromkeys((*self.record.kinds(), *cells)))
        yield Parameter(
            "fields",
            Choice("Members.", names),
            "Which members to answer with, or in CSV and GeoJSON which columns; id always.",
            True,
        )
        yield Parameter(
            "sample",
            Integer("Size of the sample.", low=1, high=MOST),
            "Answer with a random sample of so many of the matches, in one page: in random order, "
            "or sorted by the member that sort names; limit cuts it.",
        )
        yield Parameter(
            "seed",
            Integer("Seed of the sample.", high=2**31 - 1),
            "Seed of the sample: the same seed chooses the same records while the base stands.",
            default=0,
        )
        yield from CLOCKS
        if self.includes:
            yield Parameter(
                "include",
                Choice("Linked records.", self.includes),
                "Linked records to embed at each record's end, one level deep, in JSON and NDJSON.",
                True,
            )

    def read_json(self, given: Any) -> dict[str, Any]:
        """Read the JSON body of a search into values by parameter name, as :meth:`read` does.

        Raises:
            Unreadable: With every fault, by its JSON pointer without the first slash.

        """
        if type(given) is not dict:
            raise Unreadable({"": ["must be an object whose members are parameters of the list"]})
        values: dict[str, Any] = {}
        faults: dict[str, list[str]] = {}
        for name, value in given.items():
            parameter = self.parameters.get(name)
            if parameter is None:
                step = name[:80].replace("~", "~0").replace("/", "~1")
                faults[step] = [unknown(name, self.parameters)]
            else:
                try:
                    values[name] = parameter.take(value)
                except ValidationError as fault:
                    faults |= _by_pointer(name, fault.messages)
            if len(faults) >= MOST_FAULTS:
                break
        if not faults:
            faults = together(values)
        if faults:
            raise Unreadable(faults)
        return values

    def read(
        self, arguments: Sequence[tuple[str, str]], *, fixed: str | None = None
    ) -> dict[str, Any]:
        """Read a query string's pairs into values by parameter name.

        Args:
            arguments: The decoded pairs, in order.
            fixed: A parameter that the address has set already.

        Raises:
            Unreadable: With every fault.

        """
        values: dict[str, Any] = {}
        faults: dict[str, list[str]] = {}
        for name, text in arguments:
            parameter = self.parameters.get(name)
            if parameter is None:
                faults[name[:80]] = [unknown(name, self.parameters)]
                if len(faults) >= MOST_FAULTS:
                    break
            elif name in values:
                hint = "separate several values by commas" if parameter.several else "give it once"
                faults[name] = [f"is given twice: {hint}"]
            elif name == fixed:
                faults[name] = ["is set by the address already"]
            else:
                try:
                    values[name] = parameter.read(text)
                except ValidationError as fault:
                    faults[name] = [str(words) for words in fault.messages]
        if not faults:
            faults = together(values)
        if faults:
            raise Unreadable(faults)
        return values


def _by_pointer(name: str, messages: list[str] | dict[int, list[str]]) -> dict[str, list[str]]:
    """Return the faults of a member: its own, or those of the items of its list."""
    if isinstance(messages, dict):
        return {f"{name}/{place}": words for place, words in messages.items()}
    return {name: messages}


def _orders(members: Sequence[str]) -> Iterator[str]:
    """Yield the orders by these members: up and down, ties by id the same way or as is said."""
    for member in members:
        for order in (member, f"-{member}"):
            yield order
            if member != "id":
                yield f"{order},id"
                yield f"{order},-id"


def unknown(name: str, known: Mapping[str, Any]) -> str:
    """Say that there is no such parameter, and which ones there are."""
    shown = name if len(name) <= 60 else name[:57] + "..."
    close = get_close_matches(shown, known, n=2, cutoff=0.75)
    hint = f"; did you mean {' or '.join(close)}?" if close else "."
    plain = [parameter for parameter in known if "__" not in parameter]
    more = ""
    if len(plain) < len(known):
        suffixes = ", ".join(operator.suffix for operator in OPERATORS if operator.suffix)
        more = f", and field__operator with {suffixes}"
    return f"there is no parameter {shown!r}{hint} There are {', '.join(plain)}{more}."


def _operations(name: str, kind: Kind, target: Leaf | Part) -> Iterator[Parameter]:
    part = isinstance(target, Part)
    for operator in OPERATORS:
        if operator.applies(kind, part=part):
            words = f"{kind.words} {operator.words}"
            if part and operator is EQUAL:
                words = f"{kind.words} Contains the value, or one of several separated by commas."
            if not part and kind.filter == "scanned" and kind.default is None:
                words += " Not indexed: combine it with another filter on large data."
            value = Flag(operator.words) if operator.suffix == "exists" else kind
            # A free text may hold a comma: it is one value.
            listed = isinstance(target, Part) and isinstance(target.leaf.kind, Many)
            several = operator.several and (listed or not isinstance(kind, Text))
            yield Parameter(operator.name(name), value, words, several, operator, target)


def _includes(registry: Registry, record: type[Record]) -> Iterator[str]:
    yield from record.links_out()
    for part in record.parts():
        if isinstance(part.kind, Link):
            yield part.name
    for item in registry.sublists(record.resource):
        yield item.name
