"""What a record is: the members that all resources share, and all that follows from a declaration.

A resource is a subclass of :class:`Record` with one line for each field. Tables, filters, the
CSV header, the OpenAPI document and the data dictionary are derived from that class; this
module gives them the two views they need, :meth:`Record.leaves` and :meth:`Record.parts`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from operator import itemgetter
from typing import Any, ClassVar, NamedTuple

import orjson
from marshmallow import RAISE, Schema, ValidationError, validates_schema

from incidents_api.model.between import Agreement, Sole
from incidents_api.model.clocked import Clocked
from incidents_api.model.faults import Rule, rule_faults
from incidents_api.model.fields import (
    SCANNED,
    Block,
    Code,
    Flag,
    Id,
    Instant,
    Integer,
    Kind,
    Link,
    Many,
    Members,
    Moment,
    Rows,
    Shape,
    Text,
    Values,
)
from incidents_api.model.identifiers import ExternalIds, Identifier
from incidents_api.model.rules import embargo_has_an_end

Values_ = dict[str, Any]


@dataclass(frozen=True)
class Leaf:
    """A value of a record in flat form: one column, one filter, one CSV heading."""

    name: str
    path: tuple[str, ...]
    kind: Kind

    @property
    def searched(self) -> bool:
        """Whether full-text search reads it, or some of its members."""
        members = self.kind.members.values() if isinstance(self.kind, Rows) else ()
        return self.kind.search or any(member.search for member in members)

    @cached_property
    def of(self) -> Callable[[Mapping[str, Any]], Any]:
        """What takes this leaf's value from a record; each is asked for it several times."""
        if len(self.path) == 1:
            return itemgetter(*self.path)
        *above, last = self.path

        def inside(values: Mapping[str, Any]) -> Any:
            found: Any = values
            for member in above:
                found = found[member]
                if found is None:  # a block of which nothing is known
                    return None
            return found[last]

        return inside


class Part(NamedTuple):
    """The single values inside a list-valued leaf, by which lists are filtered."""

    name: str
    leaf: Leaf
    kind: Kind
    of: Callable[[Mapping[str, Any]], list[Any]]


@dataclass(frozen=True)
class Reach:
    """A filter for another record's id that leads over several links.

    Attributes:
        name: The filter, such as ``actor`` on incidents.
        resource: Whose id it takes.
        paths: Dotted links and reverse links; a record matches when one of them leads there.
        words: What it chooses.
        reverse: The name of the other record's sub-list, if it makes one.

    """

    name: str
    resource: str
    paths: tuple[str, ...]
    words: str
    reverse: str | None = None


class Record(Schema):
    """The members every record has."""

    class Meta:
        """An unknown member is a mistake, never ignored."""

        unknown = RAISE

    error_messages = {
        "unknown": "is not a member of this record",
        "type": "must be an object",
    }

    resource: ClassVar[str]
    singular: ClassVar[str]
    prefix: ClassVar[str]
    title_member: ClassVar[str | None] = None
    order: ClassVar[str] = "id"
    #: Members that the index of that order knows: a walk passes over ranges of them quickly.
    beside: ClassVar[tuple[str, ...]] = ()
    #: A member to filter by and one to sort by, where both together have an index.
    sorted_within: ClassVar[tuple[tuple[str, str], ...]] = ()
    span: ClassVar[tuple[str, str] | None] = None
    open_when: ClassVar[tuple[str, str] | None] = None
    clocked: ClassVar[Clocked] = Clocked()
    reaches: ClassVar[tuple[Reach, ...]] = ()
    #: Sort keys taken over from linked records: (member, link).
    carries: ClassVar[tuple[tuple[str, str], ...]] = ()
    #: Names that flat formats gather from link records: (column, reverse, link, member, term).
    gathers: ClassVar[tuple[tuple[str, str, str, str, str], ...]] = ()
    rules: ClassVar[tuple[Rule, ...]] = ()
    #: Rules between records.
    agreements: ClassVar[tuple[Agreement, ...]] = ()
    soles: ClassVar[tuple[Sole, ...]] = ()
    #: Link records whose chains may not close: (member, its term, first end, second end).
    acyclic: ClassVar[tuple[tuple[str, str, str, str], ...]] = ()

    id = Id(
        "Stable name of the record, chosen by whoever enters it, or minted.",
        example="hasakah-prison-attack-2022",
    )
    version = Integer(
        "How often the record has been edited: 1, 2, …", low=1, readonly=True, example=1
    )
    recorded_at = Instant(
        "When this state of the record was entered here, in UTC.",
        readonly=True,
        example="2026-11-20T09:30:00.000000Z",
    )
    external_ids = ExternalIds()
    dataset = Link("sources", "The data set it was imported from; null if it was entered by hand.")
    source_values = Values(
        "The imported data set's own columns that have no field here, as they stood.",
        example={"active_year": True},
    )
    provisional = Flag(
        "Whether it is preliminary and may still change.", filter=SCANNED, default=False
    )
    visibility = Code(
        "visibility", "Who may see it.", filter=SCANNED, default="public", example="public"
    )
    publish_at = Moment("Until when an embargoed record stays restricted.")
    notes = Text("Remarks of the editors.", length=10_000, search=True)
    links = Rows(
        "Where to go from here: records it refers to, and its sub-lists.",
        {
            "rel": Text("What the target is to this record.", required=True, length=60),
            "href": Text("Address, relative to the root of the server.", required=True),
            "type": Text("Media type.", required=True, length=100),
        },
        limit=2000,
        readonly=True,
    )

    @validates_schema(skip_on_field_errors=False)
    def _obey_rules(self, values: Values_, original_data: Any = None, **_: Any) -> None:
        """Apply the rules to the members that are as they should be."""
        kinds = type(self).kinds()
        given = {name for name, kind in kinds.items() if not kind.readonly}
        failed = given - set(values)
        whole = {name: kinds[name].empty() for name in failed} | values
        if faults := rule_faults(_rules(type(self)), whole, frozenset(failed)):
            raise ValidationError(faults)

    @classmethod
    @cache
    def kinds(cls) -> dict[str, Kind]:
        """Return the fields in the order in which a record shows them."""
        head = ("id", "version", "recorded_at")
        tail = [name for name in Record._declared_fields if name not in head]
        own = [name for name in cls._declared_fields if name not in Record._declared_fields]
        declared: dict[str, Any] = cls._declared_fields
        return {name: declared[name].bound(cls.resource) for name in (*head, *own, *tail)}

    @classmethod
    @cache
    def leaves(cls) -> tuple[Leaf, ...]:
        """Return the record's values in flat form, without those the service keeps elsewhere."""
        return tuple(
            leaf
            for name, kind in cls.kinds().items()
            if name not in ("id", "version", "recorded_at", "links")
            for leaf in _leaves(name, kind)
        )

    @classmethod
    @cache
    def leaf(cls, name: str) -> Leaf:
        """Return one leaf by its flat name."""
        return next(leaf for leaf in cls.leaves() if leaf.name == name)

    @classmethod
    @cache
    def parts(cls) -> tuple[Part, ...]:
        """Return the list-valued leaves' single values that lists can be filtered by."""
        return tuple(part for leaf in cls.leaves() for part in _parts(leaf))

    @classmethod
    @cache
    def spatial(cls) -> bool:
        """Return whether records of this resource have a point."""
        return {"latitude", "longitude"} <= {leaf.name for leaf in cls.leaves()}

    @classmethod
    @cache
    def links_out(cls) -> dict[str, Link]:
        """Return the scalar links to other records."""
        return {leaf.name: leaf.kind for leaf in cls.leaves() if isinstance(leaf.kind, Link)}

    @classmethod
    @cache
    def computed_kinds(cls) -> dict[str, Kind]:
        """Return the fields that follow from other records where they were not given."""
        return {name: kind for name, kind in cls.kinds().items() if kind.computed}

    @classmethod
    @cache
    def looks(cls) -> tuple[Mapping[str, tuple[str, ...]], ...]:
        """Return what its computed fields and its rules look at in other records, by path."""
        computed = [kind.computed.needs for kind in cls.kinds().values() if kind.computed]
        return (*computed, *(rule.needs for rule in cls.agreements))

    @classmethod
    @cache
    def check(cls) -> Callable[[Mapping[str, Any]], Values_]:
        """Return the compiled check of a whole record: the same as marshmallow's, faster."""
        return _compile(cls)

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Values_:
        """Check a record as a client gives it and return its values, one for every field.

        What members say that only the service sets is ignored, so that a record read can be put
        back; but they must be what reading gives.

        Raises:
            ValidationError: With every fault, by member.

        """
        misread = cls._misread(given)
        try:
            values = cls.check()(given)
        except ValidationError:
            own = {name: item for name, item in given.items() if name not in readonly(cls)}
            try:
                values = instance(cls).load(own)
            except ValidationError as fault:
                raise ValidationError({**fault.messages_dict, **misread}) from None
        if misread:
            raise ValidationError(misread)
        return values

    @classmethod
    def _misread(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the faults of members that only the service sets."""
        faults = {}
        for name in readonly(cls) & given.keys():
            try:
                if given[name] is not None:
                    cls.kinds()[name].check(given[name])
            except ValidationError as fault:
                faults[name] = fault.messages
        return faults

    @classmethod
    def derive(cls, values: Mapping[str, Any]) -> Values_:
        """Return what the record's own words imply for members that were not given."""
        return {}


@cache
def instance(record: type[Record]) -> Record:
    """Return the one instance of a schema; making one costs as much as loading two records."""
    record._declared_fields.update(record.kinds())
    return record()


@cache
def readonly(record: type[Record]) -> frozenset[str]:
    """Return the names of the members that only the service sets."""
    return frozenset(name for name, kind in record.kinds().items() if kind.readonly)


def _rules(record: type[Record]) -> tuple[Rule, ...]:
    """Return the rules that a record obeys, those of all resources first."""
    return embargo_has_an_end, *record.rules


def _compile(record: type[Record]) -> Callable[[Mapping[str, Any]], Values_]:
    shape = Shape({name: kind for name, kind in record.kinds().items() if not kind.readonly})
    known = frozenset(record.kinds())
    rules = _rules(record)

    def check(given: Mapping[str, Any]) -> Values_:
        if type(given) is not dict or not known.issuperset(given):
            raise ValidationError("has unknown members")
        values = shape.taken(given)
        if faults := rule_faults(rules, values):
            raise ValidationError(faults)
        return values

    return check


def _leaves(name: str, kind: Kind) -> Iterator[Leaf]:
    if isinstance(kind, Members):
        for member, inner in kind.members.items():
            yield Leaf(f"{name}_{member}", (name, member), inner)
    elif isinstance(kind, Block):
        for column, (path, inner) in kind.leaves.items():
            yield Leaf(column, (name, *path), inner)
    else:
        yield Leaf(name, (name,), kind)


def _parts(leaf: Leaf) -> Iterator[Part]:
    kind = leaf.kind
    if isinstance(kind, ExternalIds):
        yield Part(
            "external_id",
            leaf,
            Identifier("An identifier elsewhere, as scheme:value."),
            lambda values: [f"{row['scheme']}:{row['value']}" for row in leaf.of(values)],
        )
    elif isinstance(kind, Many) and kind.filter:
        yield Part(kind.parameter or leaf.name, leaf, kind.item, leaf.of)
    elif isinstance(kind, Rows):
        for member, inner in kind.members.items():
            if inner.filter:
                yield Part(
                    inner.parameter or f"{leaf.name}_{member}",
                    leaf,
                    inner,
                    lambda values, member=member: _distinct(  # type: ignore[misc]
                        row[member] for row in leaf.of(values) if row[member] is not None
                    ),
                )


def _distinct(items: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(items))


def given_values(record: type[Record], values: Mapping[str, Any]) -> Values_:
    """Return the members of a record that say something: not null, empty or the default."""
    nothing, telling = _saying(record)
    found = {
        name: value
        for name, value in values.items()
        if value is not None and value != nothing[name]
    }
    for name, told in telling.items():
        if name in found:
            found[name] = told(found[name])
    return found


@cache
def _saying(record: type[Record]) -> tuple[Values_, dict[str, Callable[[Any], Any]]]:
    """Return what each member is that says nothing, and what tells of some what they say."""
    kinds = record.kinds()
    telling: dict[str, Callable[[Any], Any]] = {
        name: kind.given for name, kind in kinds.items() if type(kind).given is not Kind.given
    }
    return {name: kind.empty() for name, kind in kinds.items()}, telling


def canonical(record: type[Record], values: Mapping[str, Any]) -> bytes:
    """Return a record's given values as bytes that are equal when the values are."""
    return orjson.dumps(given_values(record, values), option=orjson.OPT_SORT_KEYS)
