"""Lists and objects of other kinds."""

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from typing import Any, ClassVar

from marshmallow import ValidationError

from incidents_api.model.fields.kind import Json, Kind, Schema, shown
from incidents_api.model.fields.numbers import SAFE_INTEGER
from incidents_api.model.fields.shape import Shape
from incidents_api.model.fields.texts import TEXT_PATTERN, broken, whole

#: A data set's own text may be empty.
VALUE_PATTERN = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$"


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
                raise ValidationError({place: [f"{shown(item)} is in the list already"]})
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
        self._shape = Shape(self.members)

    def empty(self) -> Json:
        return self._shape.empty()

    def check(self, value: Json) -> dict[str, Json]:
        return self._shape.check(value)

    def schema(self, *, given: bool = False) -> Schema:
        return members_schema(self.members, given=given)

    def given(self, value: Json) -> Json:
        """Leave out members that say nothing."""
        return _saying(value)

    def texts(self, value: Json) -> list[str]:
        return [
            text
            for name, kind in self.members.items()
            if kind.search
            for text in kind.texts(value[name])
        ]


def _saying(value: Mapping[str, Json]) -> dict[str, Json]:
    """Return the members of an object that say something."""
    return {name: item for name, item in value.items() if item is not None and item != []}


class Rows(Kind):
    """A list of objects with declared members, such as the sources of a claim."""

    many = True
    column = "json"

    def __init__(
        self, words: str, members: Mapping[str, Kind], *, limit: int = 200, **options: Any
    ) -> None:
        super().__init__(words, **options)
        self.members = dict(members)
        self._shape = Shape(self.members)
        self.limit = limit

    def bound(self, resource: str) -> "Rows":
        made = copy(self)
        made.members = {name: kind.bound(resource) for name, kind in self.members.items()}
        made._shape = Shape(made.members)
        return made

    def empty(self) -> Json:
        return []

    def check(self, value: Json) -> list[dict[str, Json]]:
        return _items(value, self.limit, self._shape.check)

    def schema(self, *, given: bool = False) -> Schema:
        return {
            "type": "array",
            "items": members_schema(self.members, given=given),
            "maxItems": self.limit,
        }

    def given(self, value: Json) -> Json:
        """Leave out members that say nothing."""
        return [_saying(item) for item in value]

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
        named = whole(TEXT_PATTERN)
        if any(len(name) > 200 or not named(name) or broken(name) for name in value):
            raise ValidationError("names a member with more than 200 or with control characters")
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
            "propertyNames": {"minLength": 1, "maxLength": 200, "pattern": TEXT_PATTERN},
            "additionalProperties": {
                "anyOf": [
                    {"type": "string", "maxLength": 10_000, "pattern": VALUE_PATTERN},
                    {"type": "number", "minimum": -SAFE_INTEGER, "maximum": SAFE_INTEGER},
                    {"type": "boolean"},
                    {"type": "null"},
                ]
            },
        }

    def texts(self, value: Json) -> list[str]:
        return []


def _scalar(item: Json) -> bool:
    if isinstance(item, str):
        return len(item) <= 10_000 and whole(VALUE_PATTERN)(item) is not None and not broken(item)
    return item is None or (isinstance(item, int | float) and abs(item) <= SAFE_INTEGER)


def _items(value: Json, limit: int, check: Callable[[Json], Json]) -> list[Json]:
    """Check each item of a list, and report every fault at its place."""
    if value is None:
        return []
    if type(value) is not list:
        raise ValidationError("must be a list")
    if len(value) > limit:
        raise ValidationError(f"has {len(value)} items; {limit} are allowed")
    try:
        return [check(item) for item in value]
    except ValidationError:
        raise ValidationError(dict(_faults(value, check))) from None


def _faults(items: list[Json], check: Callable[[Json], Json]) -> Iterator[tuple[int, Any]]:
    """Yield what is wrong with each item, by its place."""
    for place, item in enumerate(items):
        try:
            check(item)
        except ValidationError as fault:
            yield place, fault.messages


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
