"""The routes that write, as the document describes them."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

from incidents_api.contract import JSON, LONGEST_TAGS, MERGE_PATCH, REASON, ROOT, WITHDRAWING
from incidents_api.model import Record, Registry
from incidents_api.model.record import given_values
from incidents_api.openapi.common import ALWAYS, ANY, ERRORS
from incidents_api.openapi.parameters import id_parameter
from incidents_api.openapi.schemas import (
    Schema,
    examples,
    headers,
    name,
    ref,
)
from incidents_api.storage.documents import values_of

#: The scheme by which writers show their keys, and readers of what is restricted.
KEY: Final = "key"
SCHEME: Final[Schema] = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key of scope write: `incidents-api keys create --scope write --owner NAME`. "
    "Reading needs none; with it, restricted and embargoed records are shown too.",
}
#: What every write may be refused for, and what those with a body may be refused for.
EVERY_WRITE: Final = (*ALWAYS, 401, 403, 406, 409, 507)
WITH_BODY: Final = (413, 415, 422)
IF_MATCH: Final[Schema] = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag of the record as you read it: 412 if it has been changed since.",
    "schema": {"type": "string", "maxLength": LONGEST_TAGS},
    "example": '"1-json-1"',
}
BATCH_RESULT: Final[Schema] = {
    "seq": 2,
    "results": [
        {
            "index": place,
            "action": "created",
            "resource": resource,
            "id": name_,
            "href": f"{ROOT}/{resource}/{name_}",
            "version": 1,
            "etag": '"2-json-1"',
        }
        for place, (resource, name_) in enumerate(
            (("actors", "example-agency"), ("sources", "example-report"))
        )
    ],
}

Refs = Any


def sent(record: type[Record]) -> Schema:
    """Return an example of a record as a client sends it: what it says, nothing computed."""
    example = examples().get(record.resource)
    if example is None:
        return {}
    given, _ = values_of(record, orjson.dumps(example))
    return given_values(record, given)


def write_routes(registry: Registry, refs: Refs) -> Iterable[tuple[str, str, Schema]]:
    """Yield the operations that write: path, method, operation."""
    for record in registry:
        yield from _on_resource(record, refs)
    yield f"{ROOT}/batch", "post", _batch_route(refs)


def _on_resource(record: type[Record], refs: Refs) -> Iterator[tuple[str, str, Schema]]:
    home, key, one = f"{ROOT}/{record.resource}", name(record), record.singular
    example = sent(record)
    nameless = {member: value for member, value in example.items() if member != "id"}
    id_ = id_parameter(record)
    reason, withdrawing = refs(REASON, None), refs(WITHDRAWING, None)
    needed = IF_MATCH | {"required": True}
    made = {"201": _answer(record, "Made.", created=True)}
    stands = {"200": _answer(record, "As it stands now.")}
    whole, patch = body_of(JSON, f"{key}Input"), body_of(MERGE_PATCH, f"{key}Patch")
    patch["content"][JSON] = {"schema": ref(f"{key}Patch")}
    if example:
        whole["content"][JSON]["example"] = example
        for content in patch["content"].values():
            content["example"] = {"notes": "Checked against the printed edition."}
    posted = {**whole, "content": {JSON: {**whole["content"][JSON], "example": nameless}}}
    yield (
        home,
        "post",
        operation(
            record.resource,
            f"create{key}",
            f"Create one {one}",
            "Without an id, one is minted.",
            reason,
            made,
            body=posted if example else whole,
        ),
    )
    yield (
        f"{home}/{{id}}",
        "put",
        operation(
            record.resource,
            f"replace{key}",
            f"Replace one {one}, or create it under this id",
            "A record that is there is replaced only by who has read it: If-Match. It is left "
            "out only to create a record, where If-None-Match: * makes sure that there is none.",
            [id_, *reason, needed],
            made | stands,
            body=whole,
            more=(412, 428),
        ),
    )
    yield (
        f"{home}/{{id}}",
        "patch",
        operation(
            record.resource,
            f"patch{key}",
            f"Change members of one {one}",
            "A merge patch (RFC 7396) over what was given of the record; the whole is checked.",
            [id_, *reason, needed],
            stands,
            body=patch,
            more=(404, 410, 412, 428),
        ),
    )
    yield (
        f"{home}/{{id}}",
        "delete",
        operation(
            record.resource,
            f"withdraw{key}",
            f"Withdraw one {one}",
            "It leaves a tombstone (410), its history stays readable, and it can be restored.",
            [id_, *withdrawing, needed],
            {"200": answered("What was withdrawn.", "Withdrawal", _withdrawal(record, example))},
            more=(404, 410, 412, 428),
        ),
    )
    yield (
        f"{home}/{{id}}/restore",
        "post",
        operation(
            record.resource,
            f"restore{key}",
            f"Restore one {one} that was withdrawn",
            "What it links to must stand.",
            [id_, *reason, IF_MATCH],
            stands,
            more=(404, 412, 413, 422),
        ),
    )


def _batch_route(refs: Refs) -> Schema:
    body = body_of(JSON, "Batch")
    body["content"][JSON]["example"] = {
        "operations": [
            {
                "op": "create",
                "resource": "actors",
                "record": {
                    "id": "example-agency",
                    "name": "Example Agency",
                    "actor_type": "media",
                },
            },
            {
                "op": "create",
                "resource": "sources",
                "record": {
                    "id": "example-report",
                    "title": "A report",
                    "publisher": "example-agency",
                    "source_type": "news_media",
                },
                "reason": "cited by a reader",
            },
        ]
    }
    return operation(
        "service",
        "batch",
        "Do many edits in one transaction, or none of them",
        "Records of one batch may refer to each other by the ids that they are given. Each "
        "record is edited at most once. Every fault is listed, with the operation's place.",
        refs(REASON, None),
        {"200": answered("What was done.", "BatchResult", BATCH_RESULT)},
        body=body,
        more=(404, 410, 412, 428),
    )


def operation(
    tag: str,
    name_: str,
    summary: str,
    words: str,
    parameters: list[Any],
    answers: Schema,
    *,
    body: Schema | None = None,
    more: tuple[int, ...] = (),
) -> Schema:
    """Return an operation with its errors: those of every write, and more."""
    refused = sorted({*EVERY_WRITE, *more, *(WITH_BODY if body else ())})
    made: Schema = {
        "operationId": name_,
        "tags": [tag],
        "summary": summary,
        "description": words,
        "security": [{KEY: []}],
        "parameters": parameters,
        "responses": answers | {str(status): ERRORS[status] for status in refused},
    }
    return made | ({"requestBody": body} if body else {})


def body_of(type_: str, schema: str) -> Schema:
    """Return a body of a media type, by the name of its schema."""
    return {
        "required": True,
        "description": "Strict JSON (RFC 8259), each member once.",
        "content": {type_: {"schema": ref(schema)}},
    }


def answered(words: str, schema: str, example: Schema | None = None) -> Schema:
    """Return a good answer in JSON, by the name of its schema."""
    return {
        "description": words,
        "headers": headers("ETag", *ANY),
        "content": {JSON: {"schema": ref(schema)} | ({"example": example} if example else {})},
    }


def _withdrawal(record: type[Record], example: Schema) -> Schema:
    """Return an example of what a withdrawal answers."""
    name_ = example.get("id", "x")
    gone = {"resource": record.resource, "id": name_, "href": f"{ROOT}/{record.resource}/{name_}"}
    return {"seq": 2, "withdrawn": [gone]}


def _answer(record: type[Record], words: str, *, created: bool = False) -> Schema:
    """Return the answer with a record, and what can be done next with it."""
    made = answered(words, name(record))
    if example := examples().get(record.resource):
        made["content"][JSON]["example"] = example
    made["headers"] |= headers(*["Location"] * created)
    return made | {"links": _next(record)}


def _next(record: type[Record]) -> Schema:
    """Return what can be done with a record that was answered, by OpenAPI links."""
    key, id_ = name(record), {"path.id": "$response.body#/id"}
    tagged = id_ | {"header.If-Match": "$response.header.ETag"}
    words = f"this {record.singular}"
    return {
        f"get{key}": _link(f"get{key}", f"Read {words}.", id_),
        f"get{key}History": _link(f"get{key}History", f"Read the history of {words}.", id_),
        f"replace{key}": _link(f"replace{key}", f"Replace {words}.", tagged),
        f"patch{key}": _link(f"patch{key}", f"Change {words}.", tagged),
    }


def _link(operation: str, words: str, parameters: Schema) -> Schema:
    return {"operationId": operation, "description": words, "parameters": parameters}
