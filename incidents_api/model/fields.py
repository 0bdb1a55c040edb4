"""The kinds of field that a record is made of: a closed set.

A kind *is* a marshmallow field, and it has one check. The check is called by the field, when a
body is read through marshmallow and all its faults are wanted, and by the compiled loop of
:mod:`incidents_api.model.record`, when a million rows are read and none is expected. So both
always agree. marshmallow's own fields are not used for input because they let through what a
casualty record must not contain: ``1.5`` or ``"1_000"`` for a count, ``"yes"`` for a flag,
``20240101`` for a day, NUL in a text.
"""

import math
import re
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Final, Literal

from marshmallow import ValidationError, fields, missing

from incidents_api.model.vocabularies import Vocabulary, vocabularies

Json = Any
Schema = dict[str, Any]

#: Largest whole number that every JSON reader keeps exactly (2^53 - 1, RFC 8259 section 6).
SAFE_INTEGER: Final = 2**53 - 1
ID_PATTERN: Final = r"^[a-z0-9][a-z0-9._-]{0,79}$"
TEXT_PATTERN: Final = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]+$"

DATE: Final = {"type": "string", "format": "date", "minLength": 10, "maxLength": 10}
DATE_TIME: Final = {"type": "string", "format": "date-time", "minLength": 20, "maxLength": 35}

INDEXED: Final = "indexed"
SCANNED: Final = "scanned"
Filtered = Literal["indexed", "scanned"]


@dataclass(frozen=True)
class Computed:
    """How a member that was not given follows from other records.

    Attributes:
        function: Takes the record's own values and the facts, returns the value.
        needs: Paths over links and reverse links to the members it looks at, such as
            ``{"sources": ("published_at",)}``. They are also the list of what must be computed
            again when one of those records is written.
    """

    function: Callable[[Mapping[str, Any], Mapping[str, list[tuple[Any, ...]]]], Any]
    needs: Mapping[str, tuple[str, ...]]


class Kind(fields.Field[Any]):
    """A field kind: what a value may be, and what follows from declaring one.

    Args:
        words: What the field means, for people: the description in every published contract.
        required: Whether a record without it is refused.
        search: Whether full-text search reads it.
        sort: Whether lists can be sorted by it.
        filter: ``INDEXED`` or ``SCANNED`` where lists can be filtered by it.
        readonly: Set by the service; ignored on input.
        computed: How the value follows from other records where it was not given.
        example: A value for the documentation.
        parameter: The name of the filter where it differs from the field's.
        default: The value of a record that does not say; null where there is none.
    """

    column: ClassVar[str] = "text"
    many: ClassVar[bool] = False
    ordered: ClassVar[bool] = False
    default_error_messages = {"required": "is required", "null": "may not be null"}

    def __init__(
        self,
        words: str,
        *,
        required: bool = False,
        search: bool = False,
        sort: bool = False,
        filter: Filtered | None = None,  # noqa: A002 - the word users know
        readonly: bool = False,
        computed: Computed | None = None,
        example: Json = None,
        parameter: str | None = None,
        default: Json = None,
    ) -> None:
        self.default = default
        super().__init__(
            required=required,
            allow_none=not required,
            load_default=missing if required else self.empty,
            dump_only=readonly,
            metadata={"description": words},
        )
        self.words = words
        self.search = search
        self.sort = sort
        self.filter = filter
        self.readonly = readonly
        self.computed = computed
        self.example = example
        self.parameter = parameter

    def bound(self, resource: str) -> "Kind":  # noqa: ARG002
        """Return this field as declared in a resource, its own name filled in for ``{plural}``."""
        return self

    def empty(self) -> Json:
        """Return the value of a record that does not give this field."""
        return self.default

    def check(self, value: Json) -> Json:
        """Return the value in its canonical form.

        Raises:
            ValidationError: The value is not of this kind; the message says what is.
        """
        raise NotImplementedError

    def parse(self, text: str) -> Json:
        """Read a value from a query string; raises as :meth:`check` does."""
        return self.check(text)

    def schema(self, *, given: bool = False) -> Schema:
        """Return the JSON Schema (2020-12) of a known value; ``given`` as a client may send it."""
        raise NotImplementedError

    def texts(self, value: Json) -> list[str]:
        """Return what full-text search reads of a value."""
        return [] if value is None else [str(value)]

    def deserialize(
        self, value: Json, attr: str | None = None, data: Any = None, **kwargs: Any
    ) -> Json:
        if value is None and not self.required:
            return self.empty()
        return super().deserialize(value, attr, data, **kwargs)

    def _deserialize(self, value: Json, attr: str | None, data: Any, **kwargs: Any) -> Json:  # noqa: ARG002
        return self.check(value)


class Pattern(Kind):
    """A text of a fixed shape."""

    pattern: ClassVar[str] = TEXT_PATTERN
    shape: ClassVar[str] = "text without control characters"
    length: ClassVar[int] = 500
    format: ClassVar[str | None] = None

    def __init_subclass__(cls) -> None:
        cls._match = re.compile(cls.pattern.removesuffix("$") + r"\Z").match

    _match = staticmethod(re.compile(TEXT_PATTERN.removesuffix("$") + r"\Z").match)

    def check(self, value: Json) -> str:
        if type(value) is not str:
            raise ValidationError(f"must be a text: {self.shape}")
        if not value:
            raise ValidationError("is empty: leave it out or give null")
        if len(value) > self.length:
            raise ValidationError(f"has {len(value):,} characters; {self.length:,} are allowed")
        if self._match(value) is None:
            raise ValidationError(f"must be {self.shape}")
        return value

    def schema(self, *, given: bool = False) -> Schema:
        made: Schema = {"type": "string", "minLength": 1, "maxLength": self.length}
        if self.format:
            made["format"] = self.format
        return made | {"pattern": self.pattern}


class Text(Pattern):
    """A text of at most a given number of characters."""

    def __init__(self, words: str, *, length: int = 500, **options: Any) -> None:
        super().__init__(words, **options)
        self.length = length  # type: ignore[misc]


class Id(Pattern):
    """The stable name of a record."""

    pattern = ID_PATTERN
    shape = "1 to 80 of the characters a-z 0-9 . _ -, the first a letter or digit"
    length = 80


class Language(Pattern):
    """A language tag, well-formed by RFC 5646."""

    pattern = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"
    shape = "a language tag such as nl, en or ar-SY (RFC 5646)"
    length = 35


class Url(Pattern):
    """A web address."""

    pattern = r"^https?://[!-~]+$"
    shape = "a web address that begins with http:// or https://, in ASCII characters"
    length = 2000


class Sha256(Pattern):
    """A SHA-256 digest."""

    pattern = r"^[0-9a-f]{64}$"
    shape = "64 hexadecimal digits, in lower case"
    length = 64


class Word(Pattern):
    """A name that serves as a code but has no fixed list, such as a breakdown's."""

    pattern = r"^[a-z0-9][a-z0-9_]{0,39}$"
    shape = "1 to 40 of the characters a-z 0-9 _"
    length = 40


class Integer(Kind):
    """A whole number."""

    column = "integer"
    ordered = True

    def __init__(
        self, words: str, *, low: int = 0, high: int = SAFE_INTEGER, **options: Any
    ) -> None:
        super().__init__(words, **options)
        self.low, self.high = low, high

    def check(self, value: Json) -> int:
        if type(value) is not int:
            raise ValidationError(f"must be a whole number from {self.low} to {self.high}")
        if not self.low <= value <= self.high:
            raise ValidationError(f"is {value}; it must be from {self.low} to {self.high}")
        return value

    def parse(self, text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,19}", text, re.ASCII):
            raise ValidationError(f"must be a whole number from {self.low} to {self.high}")
        return self.check(int(text))

    def schema(self, *, given: bool = False) -> Schema:
        return {"type": "integer", "format": "int64", "minimum": self.low, "maximum": self.high}

    def texts(self, value: Json) -> list[str]:
        return []


class Number(Kind):
    """A decimal number with its bounds, such as a latitude in degrees."""

    column = "real"
    ordered = True

    def __init__(self, words: str, *, low: float, high: float, **options: Any) -> None:
        super().__init__(words, **options)
        self.low, self.high = low, high

    def check(self, value: Json) -> float:
        if type(value) not in (int, float) or not math.isfinite(value):
            raise ValidationError(f"must be a number from {self.low:g} to {self.high:g}")
        if not self.low <= value <= self.high:
            raise ValidationError(f"is {value}; it must be from {self.low:g} to {self.high:g}")
        return float(value)

    def parse(self, text: str) -> float:
        if len(text) > 40 or not re.fullmatch(
            r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?", text, re.ASCII
        ):
            raise ValidationError(f"must be a number from {self.low:g} to {self.high:g}")
        return self.check(float(text))

    def schema(self, *, given: bool = False) -> Schema:
        return {"type": "number", "minimum": self.low, "maximum": self.high}


class Flag(Kind):
    """Yes or no."""

    column = "flag"

    def check(self, value: Json) -> bool:
        if type(value) is not bool:
            raise ValidationError("must be true or false")
        return value

    def parse(self, text: str) -> bool:
        if text not in ("true", "false"):
            raise ValidationError("must be true or false")
        return text == "true"

    def schema(self, *, given: bool = False) -> Schema:
        return {"type": "boolean"}


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z").match
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"([Zz]|[-+][0-9]{2}:[0-9]{2})\Z"
).match


def day(value: Json) -> str:
    """Check a calendar day written YYYY-MM-DD."""
    if type(value) is not str or _DAY(value) is None:
        raise ValidationError("must be a day written YYYY-MM-DD")
    try:
        date.fromisoformat(value)
    except ValueError:
        raise ValidationError(f"{value} is not a day of the calendar") from None
    return value


def instant(value: Json) -> str:
    """Check an RFC 3339 instant with its offset, and write it in UTC."""
    if type(value) is not str or _INSTANT(value) is None:
        raise ValidationError(
            "must be an instant with its offset, such as 2022-01-21T18:30:00Z (RFC 3339)"
        )
    try:
        moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValidationError(f"{value} is not an instant of the calendar") from None
    return moment.isoformat().replace("+00:00", "Z")


class Day(Kind):
    """A calendar day, local to the place it speaks about."""

    ordered = True

    def check(self, value: Json) -> str:
        return day(value)

    def schema(self, *, given: bool = False) -> Schema:
        return dict(DATE)

    def texts(self, value: Json) -> list[str]:
        return []


class Moment(Kind):
    """A calendar day, or an instant where the time of day is known; instants are kept in UTC."""

    ordered = True

    def check(self, value: Json) -> str:
        if type(value) is str and len(value) == 10:
            return day(value)
        if type(value) is str and _INSTANT(value):
            return instant(value)
        raise ValidationError(
            "must be a day written YYYY-MM-DD, or an instant with its offset, "
            "such as 2022-01-21T18:30:00Z (RFC 3339)"
        )

    def schema(self, *, given: bool = False) -> Schema:
        return {"anyOf": [dict(DATE), dict(DATE_TIME)]}

    def texts(self, value: Json) -> list[str]:
        return []


class Instant(Kind):
    """A point in time, kept in UTC."""

    ordered = True

    def check(self, value: Json) -> str:
        return instant(value)

    def schema(self, *, given: bool = False) -> Schema:
        return dict(DATE_TIME)


class Code(Kind):
    """A term of a controlled vocabulary."""

    def __init__(self, vocabulary: str, words: str, **options: Any) -> None:
        super().__init__(words, **options)
        self.vocabulary: Vocabulary = vocabularies()[vocabulary]
        self.codes = frozenset(self.vocabulary.codes)
        self.numeric = self.vocabulary.numeric
        self.column = "integer" if self.numeric else "text"  # type: ignore[misc]
        self.ordered = self.numeric  # type: ignore[misc]

    def check(self, value: Json) -> str | int:
        if type(value) not in (str, int) or value not in self.codes:
            raise ValidationError(self._refusal(value))
        return value  # type: ignore[no-any-return]

    def parse(self, text: str) -> str | int:
        if self.numeric and re.fullmatch(r"[0-9]{1,4}", text, re.ASCII):
            return self.check(int(text))
        return self.check(text)

    def _refusal(self, value: Json) -> str:
        codes = self.vocabulary.codes
        terms = (
            f"one of {', '.join(map(str, codes))}"
            if len(codes) <= 60
            else f"one of the {len(codes)} terms at /v1/vocabularies/{self.vocabulary.name}"
        )
        return f"{_shown(value)} is not a term of {self.vocabulary.name}; it must be {terms}"

    def schema(self, *, given: bool = False) -> Schema:
        codes = list(self.vocabulary.codes)
        if not self.numeric:
            return {"type": "string", "enum": codes}
        return {
            "type": "integer",
            "format": "int32",
            "minimum": codes[0],
            "maximum": codes[-1],
            "enum": codes,
        }

    def texts(self, value: Json) -> list[str]:
        return [] if value is None else [str(value).replace("_", " ")]


def _shown(value: Json) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


class Link(Kind):
    """A reference to another record, by its id.

    Args:
        resource: What is referred to.
        reverse: The name of the sub-list of the other record that this link makes.
        about: Whether this record is about the other one: it can be seen by nobody who may not
            see that one, and it shares its tombstone.
        acyclic: Whether a chain of these links may not lead back to where it began.
        through: Whether lists can be filtered by the other record's members.
    """

    def __init__(
        self,
        resource: str,
        words: str,
        *,
        reverse: str | None = None,
        about: bool = False,
        acyclic: bool = False,
        through: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(words, **{"filter": INDEXED} | options)
        self.resource = resource
        self.reverse = reverse
        self.about = about
        self.acyclic = acyclic
        self.through = through

    column = "link"

    def bound(self, resource: str) -> "Link":
        made = copy(self)
        made.resource = self.resource.format(plural=resource)
        made.reverse = self.reverse and self.reverse.format(plural=resource)
        return made

    def check(self, value: Json) -> str:
        if type(value) is not str or _is_id(value) is None:
            raise ValidationError(f"must be the id of one of the {self.resource}: {Id.shape}")
        return value

    def schema(self, *, given: bool = False) -> Schema:
        return {"type": "string", "minLength": 1, "maxLength": Id.length, "pattern": ID_PATTERN}

    def texts(self, value: Json) -> list[str]:
        return []


_is_id = re.compile(ID_PATTERN.removesuffix("$") + r"\Z").match


class Many(Kind):
    """A list of distinct values of one kind; an empty list where nothing is known."""

    many = True
    column = "json"

    def __init__(self, item: Kind, *, limit: int = 100, **options: Any) -> None:
        super().__init__(item.words, **{"search": item.search, "filter": item.filter} | options)
        self.item = item
        self.limit = limit

    def empty(self) -> Json:
        return []

    def check(self, value: Json) -> list[Json]:
        found = _items(value, self.limit, self.item.check)
        for place, item in enumerate(found):
            if item in found[:place]:
                raise ValidationError({place: [f"{_shown(item)} is in the list already"]})
        return found

    def parse(self, text: str) -> Json:
        return self.item.parse(text)

    def schema(self, *, given: bool = False) -> Schema:
        return {
            "type": "array",
            "items": self.item.schema(given=given),
            "maxItems": self.limit,
            "uniqueItems": True,
        }

    def texts(self, value: Json) -> list[str]:
        return [text for item in value for text in self.item.texts(item)]


class Members(Kind):
    """An object with declared members, such as a figure's population; every member is present."""

    column = "object"

    def __init__(self, words: str, members: Mapping[str, Kind], **options: Any) -> None:
        super().__init__(words, **options)
        self.members = dict(members)

    def empty(self) -> Json:
        return {name: kind.empty() for name, kind in self.members.items()}

    def check(self, value: Json) -> dict[str, Json]:
        return _object(value, self.members)

    def schema(self, *, given: bool = False) -> Schema:
        return members_schema(self.members, given=given)

    def texts(self, value: Json) -> list[str]:
        return [
            text
            for name, kind in self.members.items()
            if kind.search
            for text in kind.texts(value[name])
        ]


class Rows(Kind):
    """A list of objects with declared members, such as the sources of a claim."""

    many = True
    column = "json"

    def __init__(
        self, words: str, members: Mapping[str, Kind], *, limit: int = 200, **options: Any
    ) -> None:
        super().__init__(words, **options)
        self.members = dict(members)
        self.limit = limit

    def bound(self, resource: str) -> "Rows":
        made = copy(self)
        made.members = {name: kind.bound(resource) for name, kind in self.members.items()}
        return made

    def empty(self) -> Json:
        return []

    def check(self, value: Json) -> list[dict[str, Json]]:
        return _items(value, self.limit, lambda item: _object(item, self.members))

    def schema(self, *, given: bool = False) -> Schema:
        return {
            "type": "array",
            "items": members_schema(self.members, given=given),
            "maxItems": self.limit,
        }

    def texts(self, value: Json) -> list[str]:
        return [
            text
            for item in value
            for name, kind in self.members.items()
            if kind.search
            for text in kind.texts(item[name])
        ]


class Values(Kind):
    """A data set's own columns that have no field here: texts, numbers and flags by name."""

    column = "json"
    limit: ClassVar[int] = 200

    def empty(self) -> Json:
        return {}

    def check(self, value: Json) -> dict[str, Json]:
        if type(value) is not dict:
            raise ValidationError("must be an object of texts, numbers, true, false or null")
        if len(value) > self.limit:
            raise ValidationError(f"has {len(value)} members; {self.limit} are allowed")
        faults = {
            name: ["must be a text of at most 10,000 characters, a number, true, false or null"]
            for name, item in value.items()
            if not _scalar(item)
        }
        if faults:
            raise ValidationError(faults)
        return value

    def schema(self, *, given: bool = False) -> Schema:
        return {
            "type": "object",
            "maxProperties": self.limit,
            "additionalProperties": {
                "anyOf": [
                    {"type": "string", "maxLength": 10_000},
                    {"type": "number"},
                    {"type": "boolean"},
                    {"type": "null"},
                ]
            },
        }

    def texts(self, value: Json) -> list[str]:
        return []


def _scalar(item: Json) -> bool:
    if isinstance(item, str):
        return len(item) <= 10_000
    return item is None or isinstance(item, int | float)


def _items(value: Json, limit: int, check: Callable[[Json], Json]) -> list[Json]:
    """Check each item of a list, and report every fault at its place."""
    if value is None:
        return []
    if type(value) is not list:
        raise ValidationError("must be a list")
    if len(value) > limit:
        raise ValidationError(f"has {len(value)} items; {limit} are allowed")
    found, faults = [], {}
    for place, item in enumerate(value):
        try:
            found.append(check(item))
        except ValidationError as fault:
            faults[place] = fault.messages
    if faults:
        raise ValidationError(faults)  # type: ignore[arg-type]
    return found


def _object(value: Json, members: Mapping[str, Kind]) -> dict[str, Json]:
    """Check each member of an object, and report every fault by its name."""
    if type(value) is not dict:
        raise ValidationError(f"must be an object with the members {', '.join(members)}")
    found: dict[str, Json] = {}
    faults: dict[str, Any] = {
        name: [f"is not a member; there are {', '.join(members)}"]
        for name in value
        if name not in members
    }
    for name, kind in members.items():
        given = value.get(name)
        try:
            if given is not None:
                found[name] = kind.check(given)
            elif kind.required:
                faults[name] = ["is required"]
            else:
                found[name] = kind.empty()
        except ValidationError as fault:
            faults[name] = fault.messages
    if faults:
        raise ValidationError(faults)
    return found


def nullable(schema: Schema) -> Schema:
    """Return a schema that also takes null."""
    if "enum" in schema:
        return schema | {"type": [schema["type"], "null"], "enum": [*schema["enum"], None]}
    if "type" in schema:
        return schema | {"type": [schema["type"], "null"]}
    return {"anyOf": [*schema["anyOf"], {"type": "null"}]}


def member_schema(kind: Kind, *, given: bool = False) -> Schema:
    """Return the schema of a member with its words; ``given`` for a body that a client sends."""
    schema = kind.schema(given=given)
    always = kind.required or (kind.empty() is not None and not given)
    return (schema if always else nullable(schema)) | {"description": kind.words}


def members_schema(members: Mapping[str, Kind], *, given: bool = False) -> Schema:
    """Return the schema of an object with declared members."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name, kind in members.items() if kind.required or not given],
        "properties": {name: member_schema(kind, given=given) for name, kind in members.items()},
    }
