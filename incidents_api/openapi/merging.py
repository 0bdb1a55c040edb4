"""Merging records, as the document describes it."""

from collections.abc import Iterator
from typing import Any, Final

from incidents_api.contract import JSON, REASON, ROOT
from incidents_api.model import Record, Registry
from incidents_api.openapi.common import ANY
from incidents_api.openapi.parameters import id_parameter
from incidents_api.openapi.schemas import (
    Schema,
    count,
    examples,
    headers,
    list_of,
    name,
    object_of,
    ref,
    text,
)
from incidents_api.openapi.write_schemas import resource_schema
from incidents_api.openapi.writes import IF_MATCH, answered, body_of, operation
from incidents_api.operations import MERGING
from incidents_api.storage.merging import MOST_MOVED

WORDS: Final = f"""\
Links of all living records to it move to the survivor, each as an edit of its own; a relation that
would join the survivor to itself is withdrawn. Its own content stays in its history, and nothing of
it is taken over. From then on reading it, or a list below it, answers 308 with the survivor's
address, and writing to it 409; restoring it takes the merge back, with the links that have not been
changed since. Both must be seen by the same people. At most {MOST_MOVED:,} links move: beyond that
`incidents-api merge` does it.
"""
#: The answer to whoever reads a record that has been merged.
ELSEWHERE: Final[Schema] = {
    "description": "The record has been merged: it is to be read at the survivor's address.",
    "headers": headers("Location", *ANY),
    "content": {JSON: {"schema": ref("Elsewhere")}},
}


def merge_schemas(registry: Registry) -> Iterator[tuple[str, Schema]]:
    """Yield the schemas of what merging takes and answers, by name."""
    yield "Merge", MERGING.schema(given=True) | {"description": MERGING.words}
    moved = object_of(
        "A record whose links moved.",
        resource=resource_schema(registry),
        id=text("Its id.", 80),
        href=text("Its address.", 200),
    )
    yield "Moved", moved
    yield "Merged", object_of("What a merge did.", seq=count("Its transaction."), **merged())
    elsewhere = object_of(
        "Where a record that has been merged is to be read.",
        survivor=text("The id of the record that survives it.", 80),
        href=text("The address to read it, or what was asked of it, at.", 8190),
    )
    yield "Elsewhere", elsewhere


def merged() -> dict[str, Schema]:
    """Return the members that say what a merge did."""
    return {
        "survivor": text("The id of the record that survives.", 80),
        "survivor_href": text("Its address.", 200),
        "moved": list_of("The records whose links moved to it.", ref("Moved")),
        "withdrawn": list_of(
            "What would have joined it to itself, and was withdrawn.", ref("Withdrawn")
        ),
    }


def merge_routes(registry: Registry, refs: Any) -> Iterator[tuple[str, str, Schema]]:
    """Yield the operations that merge: path, method, operation."""
    for record in registry:
        yield f"{ROOT}/{record.resource}/{{id}}/merge-into", "post", _merge(record, refs)


def _merge(record: type[Record], refs: Any) -> Schema:
    survivor = examples().get(record.resource, {"id": "x"})["id"]
    href = f"{ROOT}/{record.resource}/{survivor}"
    done = {"seq": 3, "survivor": survivor, "survivor_href": href, "moved": [], "withdrawn": []}
    body = body_of(JSON, "Merge")
    body["content"][JSON]["example"] = {"into": survivor}
    return operation(
        record.resource,
        f"merge{name(record)}",
        f"Merge one {record.singular} into another",
        WORDS,
        [id_parameter(record), *refs(REASON, None), IF_MATCH | {"required": True}],
        {"200": answered("What was done.", "Merged", done)},
        body=body,
        more=(404, 410, 412, 428),
    )
