"""The document says exactly what can be written: bodies, answers, refusals and their headers."""

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

import orjson
import pytest
from werkzeug.test import TestResponse

from incidents_api import openapi
from incidents_api.contract import JSON, SECURITY
from incidents_api.model import RESOURCES
from incidents_api.model.record import readonly
from incidents_api.storage import access
from tests.conftest import Base
from tests.test_openapi import EVERY, OPERATIONS, RECORDS, SCHEMAS, Json, faults, resolved

WRITES: Final = [
    (path, method)
    for path, method in OPERATIONS
    if EVERY[path][method].get("security") not in (None, [{}])
]
#: What any answer has, whatever it is.
USUAL: Final = {
    "Content-Type",
    "Content-Length",
    "Access-Control-Allow-Origin",
    "Access-Control-Expose-Headers",
    *SECURITY,
}
EXAMPLE: Final = "from-the-document"


class Editor:
    """A base, and what an editor sends to it."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self.key = access.create(base.store, "Editor", "write")[1]

    def send(self, path: str, method: str, body: Any = None, **headers: str) -> TestResponse:
        """Send a body as JSON, with the key; underscores in header names stand for hyphens."""
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": JSON, **headers}
        given = {name.replace("_", "-"): value for name, value in sent.items() if value}
        data = None if body is None else orjson.dumps(body)
        return self.base.client.open(path, method=method.upper(), data=data, headers=given)


@pytest.fixture
def editor(base: Base) -> Editor:
    return Editor(base)


def body_of(path: str, method: str) -> tuple[str, Any]:
    """Return the type and the example of the body of an operation; nothing where it has none."""
    content = EVERY[path][method].get("requestBody", {}).get("content", {"": {}})
    return next((type_, one.get("example")) for type_, one in content.items())


def ready(editor: Editor, path: str, method: str) -> tuple[str, Any, str]:
    """Make what an operation needs, and return its address, its body and the ETag to match."""
    _, body = body_of(path, method)
    if "{id}" not in path:
        return path, body, ""
    resource = path.split("/")[2]
    _, given = body_of(f"/v1/{resource}", "post")
    made = editor.send(f"/v1/{resource}/{EXAMPLE}", "put", given)
    assert made.status_code == 201, made.text
    one, tag = f"/v1/{resource}/{EXAMPLE}", made.headers["ETag"]
    if path.endswith("/restore"):
        tag = editor.send(f"{one}?reason=x", "delete", If_Match=tag).headers["ETag"]
    if method == "put":
        body = body | {"id": EXAMPLE, "notes": "Replaced."}
    return path.replace("{id}", EXAMPLE), body, tag


def query(path: str, method: str) -> str:
    """Return the query of an operation, with the example of each parameter."""
    found = map(resolved, EVERY[path][method]["parameters"])
    asked = (one for one in found if one["in"] == "query" and "example" in one)
    pairs = [f"{one['name']}={quote(one['example'])}" for one in asked]
    return f"?{'&'.join(pairs)}"


def conforms(answer: TestResponse, path: str, method: str) -> None:
    """Check that the status, the headers and the body of an answer are as the document says."""
    told = EVERY[path][method]["responses"]
    assert str(answer.status_code) in told, (answer.status_code, answer.text[:300])
    said = resolved(told[str(answer.status_code)])
    schema = said["content"][answer.mimetype]["schema"]
    assert faults(schema, answer.get_json()) == [], answer.text[:300]
    assert set(answer.headers.keys()) - USUAL <= set(said["headers"])


@pytest.mark.parametrize(("path", "method"), WRITES)
def test_each_example_is_written_and_each_answer_conforms(
    editor: Editor, path: str, method: str
) -> None:
    address, body, tag = ready(editor, path, method)
    type_, _ = body_of(path, method)
    seq = editor.base.store.seq()
    answer = editor.send(
        address + query(path, method), method, body, If_Match=tag, Content_Type=type_
    )
    assert answer.status_code in (200, 201), answer.text
    # A release names a state, and makes none.
    assert editor.base.store.seq() == seq + (path != "/v1/releases")
    conforms(answer, path, method)


@pytest.mark.parametrize(("path", "method"), WRITES)
def test_each_body_that_is_shown_conforms_to_its_schema(path: str, method: str) -> None:
    for content in EVERY[path][method].get("requestBody", {}).get("content", {}).values():
        assert content["example"]
        assert faults(content["schema"], content["example"]) == []


#: What is wrong with a write: what is put behind its address, its headers, its body.
WRONG: Final[dict[str, tuple[str, dict[str, str], Any]]] = {
    "no key": ("", {"Authorization": ""}, None),
    "no such key": ("", {"Authorization": "Bearer x"}, None),
    "a narrow key": ("", {"Authorization": "read"}, None),
    "an unknown parameter": ("&no_such_parameter=1", {}, None),
    "a format that is not offered": ("", {"Accept": "image/png"}, None),
    "another type": ("", {"Content_Type": "text/csv"}, None),
    "a compressed body": ("", {"Content_Encoding": "gzip"}, None),
    "no condition": ("", {"If_Match": ""}, None),
    "another state": ("", {"If_Match": '"0-json-0"'}, None),
    "no object": ("", {}, []),
    "an unknown member": ("", {}, {"no_such_member": 1}),
    "an id of another": ("", {}, {"id": "another"}),
}


def wrong(editor: Editor, path: str, method: str) -> Iterator[tuple[str, TestResponse]]:
    """Yield the answers to an operation with each fault that it can have."""
    address, good, tag = ready(editor, path, method)
    read = access.create(editor.base.store, "Reader", "read")[1]
    type_, _ = body_of(path, method)
    for name, (more, headers, body) in WRONG.items():
        given = {"If_Match": tag, "Content_Type": type_, **headers}
        if given.get("Authorization") == "read":
            given["Authorization"] = f"Bearer {read}"
        if body and method == "patch":
            body = good | body
        sent = good if body is None or good is None else body
        yield name, editor.send(address + query(path, method) + more, method, sent, **given)
    if "{id}" in path:
        missing = address.replace(EXAMPLE, "no-such-thing") + query(path, method)
        given = {"If_Match": tag, "Content_Type": type_}
        yield "no such record", editor.send(missing, method, good, **given)


@pytest.mark.parametrize(("path", "method"), WRITES)
def test_each_refusal_conforms_to_its_schema(editor: Editor, path: str, method: str) -> None:
    statuses = set()
    for name, answer in wrong(editor, path, method):
        statuses.add(answer.status_code)
        if answer.status_code >= 400:
            conforms(answer, path, method)
        else:
            assert name in ("another type", "a compressed body", "no condition", "another state")
    assert {400, 401, 403, 406} <= statuses
    body = "requestBody" in EVERY[path][method]
    assert ({415, 422} <= statuses) == body


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_an_operation_needs_a_key_where_the_document_says_so(
    sample: Base, path: str, method: str
) -> None:
    address = re.sub(r"{\w+}", "x", path)
    answer = sample.client.open(address, method=method.upper())
    assert (answer.status_code == 401) == ((path, method) in WRITES)


def test_all_but_reading_needs_a_key() -> None:
    assert {method for _, method in WRITES} == {"post", "put", "patch", "delete"}
    open_ = {one for one in OPERATIONS if one not in WRITES and one[1] != "get"}
    assert open_ == {(f"/v1/{record.resource}/search", "post") for record in RESOURCES}


@pytest.mark.parametrize("record", RECORDS)
@pytest.mark.parametrize("kind", ["Input", "Patch"])
def test_what_the_service_sets_may_stand_in_a_body_as_it_was_read(record: Any, kind: str) -> None:
    schema = SCHEMAS[f"{openapi.name(record)}{kind}"]
    properties = schema["properties"]
    assert set(properties) == set(record.kinds())
    assert not [name for name, member in properties.items() if "readOnly" in member]
    for name in readonly(record):
        assert "ignored" in properties[name]["description"]
    assert schema["additionalProperties"] is False
    assert schema.get("required", []) == [
        name for name, member in record.kinds().items() if member.required and kind == "Input"
    ]


@pytest.mark.parametrize("record", RECORDS)
def test_what_is_read_conforms_to_what_is_written(record: Any, sample: Base) -> None:
    name = openapi.name(record)
    found: list[Json] = sample.json(f"/v1/{record.resource}?limit=1000")["data"]
    assert found
    for document in found:
        assert faults(SCHEMAS[f"{name}Input"], document) == []
        assert faults(SCHEMAS[f"{name}Patch"], document) == []
