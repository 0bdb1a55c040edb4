"""The query grammar of a resource: every parameter of its lists, with its type and words.

It is derived from the declarations and the table of operators. Reading a query, building the
SQL, the error messages and the OpenAPI document all use the same :class:`Parameter` objects.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from marshmallow import ValidationError

from incidents_api.model import Record, Registry
from incidents_api.model.fields import Day, Flag, Id, Integer, Kind, Link, Many, Number, Text
from incidents_api.model.record import Leaf, Part, Reach
from incidents_api.storage.arguments import (
    LATITUDE,
    LONGITUDE,
    Box,
    Choice,
    Cursor,
    Period,
    Query,
    together,
)
from incidents_api.storage.flat import flat
from incidents_api.storage.operators import EQUAL, OPERATORS, Operator

LIMIT: Final = 50
MOST: Final = 1000
#: After so many faults, a query is read no further.
MOST_FAULTS: Final = 20
#: So many values may be given to one filter, and so many filters to one request.
MOST_VALUES: Final = 200
MOST_FILTERS: Final = 400


@dataclass(frozen=True)
class Parameter:
    """One parameter of a list.

    Attributes:
        name: Its name in the query string.
        kind: What a value may be.
        words: What it does.
        several: Whether it takes a comma-separated list.
        operator: For a filter, what it does with the values.
        target: For a filter, the leaf, part or reach that it looks at.
        via: For a filter through a link, that link's name.
        required: Whether a query without it cannot be answered.

    """

    name: str
    kind: Kind
    words: str
    several: bool = False
    operator: Operator | None = None
    target: Leaf | Part | Reach | None = None
    via: str | None = None
    example: Any = None
    default: Any = None
    required: bool = False

    def read(self, text: str) -> Any:
        """Read the value; a list where several may be given.

        Raises:
            ValidationError: It is not of this kind; the message says what is.

        """
        if not self.several:
            return self.kind.parse(text)
        texts = text.split(",")
        if len(texts) > MOST_VALUES:
            raise ValidationError(f"has {len(texts)} values; {MOST_VALUES} are allowed")
        return list(dict.fromkeys(self.kind.parse(one) for one in texts))


class Unreadable(Exception):
    """A query that cannot be answered: what is wrong with which parameter."""

    def __init__(self, faults: Mapping[str, list[str]]) -> None:
        super().__init__(str(faults))
        self.faults = dict(faults)


class Grammar:
    """What can be asked of one resource's lists."""

    def __init__(self, registry: Registry, record: type[Record]) -> None:
        self.registry = registry
        self.record = record
        self.sorts = ("id", *(leaf.name for leaf in record.leaves() if leaf.kind.sort))
        self.includes = tuple(dict.fromkeys(_includes(registry, record)))
        self.parameters = {made.name: made for made in self._made()}

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
                "east crosses the antimeridian. Records without a point are outside.",
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
            yield Parameter("from", Day("First day."), f"{words}the days from this one on.")
            yield Parameter("to", Day("Last day."), f"{words}the days up to this one.")
            yield Parameter(
                "datetime",
                Period("A day, or an interval a/b, ../b, a/..; of an instant the day counts."),
                f"{words}a day, or an interval a/b, ../b or a/.. (RFC 3339 full-date).",
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
        choices = [sign + name for name in self.sorts for sign in ("", "-")]
        yield Parameter(
            "sort",
            Choice("Order.", [*choices, "relevance"]),
            "Order: a member, with - before it for descending; records without it come last, ties "
            "are broken by id in the same direction. relevance goes with q.",
            several=True,
            default=self.record.order,
        )
        yield Parameter(
            "limit",
            Integer("Page size.", low=1, high=MOST),
            "How many records a page has. CSV and NDJSON without it give everything.",
            default=LIMIT,
        )
        yield Parameter(
            "cursor",
            Cursor("Where to go on."),
            "Where to go on: next_cursor of the page before, with the same other parameters.",
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
            "Answer with a random sample of so many of the matches, in one page.",
        )
        yield Parameter(
            "seed",
            Integer("Seed of the sample.", high=2**31 - 1),
            "Seed of the sample: the same seed chooses the same records while the base stands.",
            default=0,
        )
        if self.includes:
            yield Parameter(
                "include",
                Choice("Linked records.", self.includes),
                "Linked records to embed at each record's end, one level deep, in JSON and NDJSON.",
                True,
            )

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
