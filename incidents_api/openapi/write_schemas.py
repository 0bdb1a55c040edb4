"""The schemas of what writes take and answer."""

from collections.abc import Iterator
from typing import Final

from incidents_api.model import Record, Registry
from incidents_api.openapi.schemas import (
    Schema,
    count,
    list_of,
    name,
    object_of,
    record_schema,
    ref,
    text,
)
from incidents_api.operations import MOST, operations

#: The schema of the content of each operation that has one.
CONTENTS: Final = {"create": "Input", "replace": "Input", "patch": "Patch"}
#: The operations that say whether a record stands, and not what it holds.
STATES: Final = ("withdraw", "restore", "merge")
_CHANGED: Final = ("unchanged", "created", "replaced", "patched", "withdrawn", "restored", "merged")


def write_schemas(registry: Registry) -> Iterator[tuple[str, Schema]]:
    """Yield the schemas of what writes take and answer, by name."""
    for record in registry:
        yield f"{name(record)}Input", record_schema(record, given=True)
        yield f"{name(record)}Patch", _patch(record)
        yield from _operations_on(registry, record)
    gone = object_of(
        "A record that was withdrawn.",
        resource=resource_schema(registry),
        id=text("Its id.", 80),
        href=text("Its address; its history stays readable there.", 200),
    )
    yield "Withdrawn", gone
    listed = list_of("What was withdrawn, the record itself first.", ref("Withdrawn"), 10_001)
    yield (
        "Withdrawal",
        object_of(
            "What a withdrawal did.", seq=count("The transaction's number."), withdrawn=listed
        ),
    )
    for op, shape in operations(registry).items():
        if op in STATES:
            yield f"{op.capitalize()}Operation", shape.schema(given=True)
    yield "Batch", _batch(registry)
    done = object_of(
        "What an operation did.",
        index=count("Its place in the batch, from 0."),
        action={"type": "string", "enum": list(_CHANGED), "description": "What was done."},
        resource=resource_schema(registry),
        id=text("The record's id.", 80),
        href=text("Its address.", 200),
        version=count("Its editorial version now."),
        etag=text("Its entity tag now.", 100),
        withdrawn={**listed, "optional": True},
        survivor={**text("The record into which it was merged.", 80), "optional": True},
        survivor_href={**text("The survivor's address.", 200), "optional": True},
        moved={**list_of("Records whose links moved.", ref("Moved")), "optional": True},
    )
    yield (
        "BatchResult",
        object_of(
            "What a batch did.",
            seq=count("The transaction's number."),
            results=list_of("What each operation did.", done, MOST),
        ),
    )


def resource_schema(registry: Registry) -> Schema:
    """Return the schema of the name of a resource."""
    return {
        "type": "string",
        "enum": list(registry.records),
        "description": "Of which resource it is.",
    }


def _patch(record: type[Record]) -> Schema:
    """Return the schema of a merge patch: every member may be left out."""
    whole = {**record_schema(record, given=True)}
    del whole["required"]
    words = f"Members of a {record.singular} to change; null takes one away (RFC 7396)."
    properties = {
        key: {part: value for part, value in schema.items() if part != "default"}
        for key, schema in whole["properties"].items()
    }
    return whole | {"description": words, "properties": properties}


def _operations_on(registry: Registry, record: type[Record]) -> Iterator[tuple[str, Schema]]:
    """Yield the operations whose content is a record of one resource."""
    for op, content in CONTENTS.items():
        shape = operations(registry)[op].schema(given=True)
        shape["properties"]["resource"] = {
            "type": "string",
            "enum": [record.resource],
            "description": "Of which resource the record is.",
        }
        shape["properties"]["record"] = ref(f"{name(record)}{content}")
        words = f"{op.capitalize()} a record of {record.resource}."
        yield f"{name(record)}{op.capitalize()}Operation", shape | {"description": words}


def _batch(registry: Registry) -> Schema:
    kinds = [
        ref(f"{name(record)}{op.capitalize()}Operation") for record in registry for op in CONTENTS
    ]
    kinds += [ref(f"{op.capitalize()}Operation") for op in STATES]
    return {
        "type": "object",
        "description": "Operations on any resources, done in one transaction or not at all.",
        "additionalProperties": False,
        "required": ["operations"],
        "properties": {
            "operations": {
                "type": "array",
                "minItems": 1,
                "maxItems": MOST,
                "items": {"anyOf": kinds},
                "description": "The operations; each record in at most one of them.",
            }
        },
    }
