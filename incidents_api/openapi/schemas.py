"""JSON Schemas of records, pages and parameters, made from the declarations."""

from importlib.resources import files
from typing import Any, Final

import orjson

from incidents_api.contract import JSON, ROOT
from incidents_api.model import Record
from incidents_api.model.fields import ID_PATTERN, SAFE_INTEGER, nullable
from incidents_api.model.fields import member_schema as field_schema
from incidents_api.model.published import published
from incidents_api.storage.flat import Cell

Schema = dict[str, Any]

#: A whole file; a stream has no length that could be promised.
FILE: Final = {"type": "string", "maxLength": SAFE_INTEGER}


def name(record: type[Record]) -> str:
    """Return the name of a resource's schema: Incident."""
    return record.singular.capitalize()


def examples() -> dict[str, Any]:
    """Return a record of each resource from the sample knowledge base."""
    text = files("incidents_api").joinpath("knowledge", "examples.json").read_bytes()
    found: dict[str, Any] = orjson.loads(text)
    return found


def record_schema(record: type[Record], *, given: bool = False) -> Schema:
    """Return the schema of a record, as it is answered or (``given``) as a client sends it."""
    kinds = record.kinds()
    properties = {}
    for member, kind in kinds.items():
        if given and kind.readonly:
            words = f"{kind.words} Set by the service: in a body it is ignored, if of this shape."
            properties[member] = nullable(kind.schema(given=True)) | {"description": words}
            continue
        schema = field_schema(kind, given=given)
        if member in ("version", "recorded_at", "links"):
            schema = kind.schema() | {"description": kind.words}
        if member == "id" and not given:
            schema = kind.schema() | {"description": kind.words}
        if kind.readonly:
            schema["readOnly"] = True
        if kind.default is not None and given:
            schema["default"] = kind.default
        if kind.example is not None:
            schema["examples"] = [kind.example]
        properties[member] = schema
    made: Schema = {"type": "object", "description": words_of(record)}
    if given:
        made["additionalProperties"] = False
        made["required"] = [member for member, kind in kinds.items() if kind.required]
    else:
        made["required"] = list(kinds)
    return made | {"properties": properties}


_WHERE = "Where to go from here."


def words_of(record: type[Record]) -> str:
    """Return what a resource is, in words."""
    return str(record.__doc__).strip()


def camel(text: str) -> str:
    """Return a name in camel case."""
    return "".join(part.capitalize() for part in text.split("_"))


def term_name(vocabulary: str) -> str:
    """Return the name of the schema of a vocabulary's terms."""
    return f"{camel(vocabulary)}Term"


def ref(key: str) -> Schema:
    """Return a reference to a schema."""
    return {"$ref": f"#/components/schemas/{key}"}


def headers(*names: str) -> Schema:
    """Return references to headers."""
    return {one: {"$ref": f"#/components/headers/{one}"} for one in names}


def text(words: str, length: int = 2000) -> Schema:
    """Return the schema of a text."""
    return {"type": "string", "maxLength": length, "description": words}


def time(words: str) -> Schema:
    """Return the schema of an instant."""
    return {"type": "string", "format": "date-time", "maxLength": 35, "description": words}


def count(words: str) -> Schema:
    """Return the schema of a count."""
    return {
        "type": "integer",
        "format": "int64",
        "minimum": 0,
        "maximum": SAFE_INTEGER,
        "description": words,
    }


def object_of(words: str, /, **properties: Schema) -> Schema:
    """Return the schema of an object; members marked optional need not be there."""
    return {
        "type": "object",
        "description": words,
        "required": [
            key for key, schema in properties.items() if not schema.pop("optional", False)
        ],
        "properties": properties,
    }


def list_of(words: str, item: Schema, most: int = 10_000) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "maxItems": most, "items": item, "description": words}


def example_page(record: type[Record], example: Any) -> Schema:
    """Return a page with one record, as an example."""
    return {
        "data": [example],
        "links": [{"rel": "self", "href": f"{ROOT}/{record.resource}", "type": JSON}],
        "meta": {"returned": 1, "next_cursor": None, "known_seq": 1},
    }


def page(item: Schema, words: str) -> Schema:
    """Return the schema of a page of items."""
    return {
        "type": "object",
        "description": words,
        "required": ["data", "links", "meta"],
        "properties": {
            "data": {"type": "array", "maxItems": 1000, "items": item, "description": words},
            "links": {"type": "array", "maxItems": 10, "items": ref("Link"), "description": _WHERE},
            "meta": ref("PageMeta") | {"description": "About this page."},
        },
    }


def version_of(record: Schema) -> Schema:
    """Return the schema of a version in a history."""
    return {
        "type": "object",
        "required": [
            "seq",
            "version",
            "action",
            "recorded_at",
            "who",
            "why",
            "changed_fields",
            "record",
        ],
        "properties": {
            "seq": count("The transaction's number."),
            "version": count("The editorial version."),
            "action": {
                "type": "string",
                "enum": list(published()["action"].codes),
                "description": "What was done.",
            },
            "recorded_at": time("When, in UTC."),
            "who": text("On whose authority."),
            "why": nullable(text("For what reason.")),
            "changed_fields": {
                "type": "array",
                "maxItems": 200,
                "items": text("A member."),
                "description": "The members that changed; empty for a new record.",
            },
            "redacted": _redacted(),
            "record": record | {"description": "The record as it stood, but for what is redacted."},
        },
    }


def _redacted() -> Schema:
    """Return the schema of what was taken out of a version."""
    members = {
        "member": text("What was taken out, such as notes or sources.quote."),
        "seq": count("The number of the transaction that did it."),
        "recorded_at": time("When, in UTC."),
        "who": text("On whose authority."),
        "why": nullable(text("For what reason.")),
    }
    item = {"type": "object", "required": list(members), "properties": members}
    words = "What was taken out of this version later, when and why, where something was."
    return {"type": "array", "maxItems": 200, "items": item, "description": words}


def feature(cells: tuple[Cell, ...]) -> Schema:
    """Return the schema of a GeoJSON feature over the flat projection."""
    kinds: dict[str, Schema] = {
        "integer": {
            "type": "integer",
            "format": "int64",
            "minimum": -SAFE_INTEGER,
            "maximum": SAFE_INTEGER,
        },
        "number": {"type": "number"},
        "boolean": {"type": "boolean"},
        "string": {"type": "string", "maxLength": 1_000_000},
    }
    return {
        "type": "object",
        "description": "A feature (RFC 7946); geometry is null where the place is unknown.",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"], "description": "Always Feature."},
            "id": {
                "type": "string",
                "maxLength": 80,
                "pattern": ID_PATTERN,
                "description": "The record's id.",
            },
            "geometry": {
                "anyOf": [ref("Point"), {"type": "null"}],
                "description": "The point; null where the place is unknown.",
            },
            "properties": {
                "type": "object",
                "description": "The flat projection.",
                "properties": {
                    cell.name: nullable(kinds[cell.type]) | {"description": cell.words}
                    for cell in cells
                },
            },
        },
    }


def features(feature: Schema) -> Schema:
    """Return the schema of a collection of features."""
    return {
        "type": "object",
        "description": "Features with a point, and where to go on.",
        "required": ["type", "features", "links", "meta"],
        "properties": {
            "type": {
                "type": "string",
                "enum": ["FeatureCollection"],
                "description": "Always FeatureCollection.",
            },
            "features": {
                "type": "array",
                "maxItems": 1000,
                "items": feature,
                "description": "The features of this page.",
            },
            "links": {"type": "array", "maxItems": 10, "items": ref("Link"), "description": _WHERE},
            "meta": ref("PageMeta") | {"description": "About this page."},
        },
    }
