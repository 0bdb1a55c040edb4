"""The comparison of two contracts: every rule, with a pair of tiny documents."""

from typing import Any

import pytest

from tests.contract import breaking
from tests.contract_schemas import Json

TEXT: Json = {"type": "string"}
COUNT: Json = {"type": "integer"}
ONE: Json = {"$ref": "#/components/schemas/One"}
OTHER: Json = {"$ref": "#/components/schemas/Other"}
BODY = "application/json"
ASKED = "GET /x query parameter p"
SENT = f"POST /x body {BODY}"
GOT = f"GET /x 200 {BODY}"


def document(method: str = "get", *, doc: Json | None = None, **operation: Any) -> Json:
    """Return a document with one operation."""
    components = {"schemas": {"One": object_of(a=TEXT), "Other": object_of(b=TEXT)}}
    whole = {"openapi": "3.1.0", "paths": {"/x": {method: operation}}, "components": components}
    return whole | (doc or {})


def object_of(*required: str, **properties: Any) -> Json:
    return {"type": "object", "required": list(required), "properties": properties}


def parameter(schema: Json, **more: Any) -> Json:
    return document(parameters=[{"name": "p", "in": "query", "schema": schema} | more])


def sent(schema: Json, **more: Any) -> Json:
    return document("post", requestBody={"content": {BODY: {"schema": schema}}} | more)


def answered(schema: Json, status: str = "200", **more: Any) -> Json:
    return document(responses={status: {"content": {BODY: {"schema": schema}}} | more})


#: What allows less, and what allows more.
NARROW_AND_WIDE = {
    "type": (TEXT, {"type": ["string", "integer"]}),
    "number": (COUNT, {"type": "number"}),
    "any type": (TEXT, {}),
    "null": (TEXT, {"type": ["string", "null"]}),
    "null beside": (ONE, {"anyOf": [ONE, {"type": "null"}]}),
    "null of terms": ({"enum": ["a"]}, {"enum": ["a", None]}),
    "terms": ({"type": "string", "enum": ["a", "b"]}, TEXT),
    "constant": ({"const": "a"}, TEXT),
    "minimum": (COUNT | {"minimum": 1}, COUNT | {"minimum": 0}),
    "no minimum": (COUNT | {"minimum": 1}, COUNT),
    "maximum": (COUNT | {"maximum": 5}, COUNT | {"maximum": 6}),
    "exclusive": (COUNT | {"exclusiveMaximum": 5}, COUNT),
    "minLength": (TEXT | {"minLength": 1}, TEXT),
    "minItems": ({"type": "array", "minItems": 1}, {"type": "array"}),
    "pattern": (TEXT | {"pattern": "^a"}, TEXT),
    "format": (TEXT | {"format": "date"}, TEXT),
    "multipleOf": (COUNT | {"multipleOf": 2}, COUNT),
    "items": ({"type": "array", "items": TEXT}, {"type": "array", "items": {}}),
    "member": (object_of(a=TEXT), object_of(a={})),
    "deep": (
        object_of(a={"type": "array", "items": object_of(b=COUNT)}),
        object_of(a={"type": "array", "items": object_of(b={"type": "number"})}),
    ),
    "required": (object_of("a", a=TEXT), object_of(a=TEXT)),
    "values": ({"additionalProperties": COUNT}, {"additionalProperties": {"type": "number"}}),
    "names": (
        {"type": "object", "propertyNames": {"pattern": "^a"}},
        {"type": "object", "propertyNames": {}},
    ),
    "anyOf": (TEXT, {"anyOf": [TEXT, COUNT]}),
    "oneOf": ({"oneOf": [TEXT, COUNT]}, {"oneOf": [COUNT, {"type": "boolean"}, TEXT]}),
    "inside anyOf": ({"anyOf": [ONE, COUNT]}, {"anyOf": [ONE, {"type": "number"}]}),
    "component": (ONE, {"anyOf": [OTHER, ONE]}),
    "allOf": ({"allOf": [TEXT, {"minLength": 2}]}, TEXT),
    "beside a reference": ({"$ref": ONE["$ref"], "required": ["a"]}, ONE),
    "nothing": (object_of(a=False), object_of(a=TEXT)),
}

#: What breaks, where and in which words.
BREAKING: dict[str, tuple[Json, Json, str]] = {
    "server": (document(doc={"servers": [{"url": "/"}]}), document(), "server /: is gone"),
    "path": (document(), document(doc={"paths": {"/y": {}}}), "/x: is gone"),
    "method": (document("put"), document("get"), "PUT /x: is gone"),
    "operationId": (
        document(operationId="a"),
        document(operationId="b"),
        "GET /x: operationId is now b, was a",
    ),
    "credentials": (document(), document(security=[{"key": []}]), "GET /x: is no longer open"),
    "credentials everywhere": (
        document(),
        document(doc={"security": [{"key": []}]}),
        "GET /x: is no longer open",
    ),
    "other credentials": (
        document(security=[{"key": []}]),
        document(security=[{"key": [], "mark": []}]),
        "GET /x: key is no longer enough",
    ),
    "parameter": (parameter(TEXT), document(parameters=[]), f"{ASKED}: is gone"),
    "renamed parameter": (parameter(TEXT), parameter(TEXT, name="q"), f"{ASKED}: is gone"),
    "moved parameter": (parameter(TEXT), parameter(TEXT, **{"in": "header"}), f"{ASKED}: is gone"),
    "required parameter": (
        parameter(TEXT),
        parameter(TEXT, required=True),
        f"{ASKED}: is required now",
    ),
    "new required parameter": (
        document(),
        parameter(TEXT, required=True),
        f"{ASKED}: is new and required",
    ),
    "style": (
        parameter(TEXT),
        parameter(TEXT, style="pipeDelimited", explode=True),
        f"{ASKED}: style is now pipeDelimited, was form",
    ),
    "explode": (
        parameter(TEXT),
        parameter(TEXT, explode=False),
        f"{ASKED}: explode is now False, was True",
    ),
    "default": (
        parameter(COUNT | {"default": 50}),
        parameter(COUNT | {"default": 20}),
        f"{ASKED} (request): default is now 20, was 50",
    ),
    "term asked": (
        parameter({"type": "string", "enum": ["a", "b"]}),
        parameter({"type": "string", "enum": ["a"]}),
        f"{ASKED} (request): the term 'b' is gone",
    ),
    "maxLength asked": (
        parameter(TEXT | {"maxLength": 9}),
        parameter(TEXT | {"maxLength": 5}),
        f"{ASKED} (request): maxLength is now 5, was 9",
    ),
    "maxItems asked": (
        parameter({"type": "array"}),
        parameter({"type": "array", "maxItems": 5}),
        f"{ASKED} (request): maxItems is now 5, was free",
    ),
    "pattern asked": (
        parameter(TEXT | {"pattern": "a"}),
        parameter(TEXT | {"pattern": "b"}),
        f"{ASKED} (request): pattern is now b, was a",
    ),
    "spelt otherwise": (
        document(parameters=[{"name": "p", "in": "query", "content": {BODY: {"schema": COUNT}}}]),
        document(parameters=[{"name": "p", "in": "query", "content": {}}]),
        f"{ASKED} {BODY}: is gone",
    ),
    "body": (sent(TEXT), document("post"), "POST /x body: is gone"),
    "new body": (
        document("post"),
        document("post", requestBody={"required": True, "content": {}}),
        "POST /x body: is new and required",
    ),
    "required body": (
        document("post", requestBody={"content": {}}),
        document("post", requestBody={"required": True, "content": {}}),
        "POST /x body: is required now",
    ),
    "media type sent": (
        sent(TEXT),
        document("post", requestBody={"content": {}}),
        f"{SENT}: is gone",
    ),
    "member sent": (sent(object_of(a=TEXT)), sent(object_of()), f"{SENT}.a (request): is gone"),
    "new required member sent": (
        sent(object_of()),
        sent(object_of("a", a=TEXT)),
        f"{SENT}.a (request): is required now",
    ),
    "closed": (
        sent(object_of()),
        sent(object_of() | {"additionalProperties": False}),
        f"{SENT} (request): no longer takes further members",
    ),
    "status": (answered(TEXT), answered(TEXT, "201"), "GET /x 200: is gone"),
    "media type": (answered(TEXT), document(responses={"200": {}}), f"{GOT}: is gone"),
    "header": (
        answered(TEXT, headers={"ETag": {"schema": TEXT}}),
        answered(TEXT, headers={}),
        "GET /x 200 ETag: is gone",
    ),
    "header not sure": (
        answered(TEXT, headers={"ETag": {"required": True}}),
        answered(TEXT, headers={"etag": {}}),
        "GET /x 200 ETag: may be missing now",
    ),
    "header's type": (
        answered(TEXT, headers={"Age": {"schema": COUNT}}),
        answered(TEXT, headers={"Age": {"schema": TEXT}}),
        "GET /x 200 Age (response): may be string now",
    ),
    "member": (
        answered(object_of("description", a=TEXT, description=TEXT)),
        answered(object_of(a=TEXT)),
        f"{GOT}.description (response): is gone",
    ),
    "member in a component": (
        answered(ONE),
        answered(ONE) | {"components": {"schemas": {"One": object_of()}}},
        "components/schemas/One.a (response): is gone",
    ),
    "term answered": (
        answered({"type": "string", "enum": ["a", "b"]}),
        answered({"type": "string", "enum": ["a"]}),
        f"{GOT} (response): the term 'b' is gone",
    ),
    "another type": (
        answered(TEXT | {"format": "date"}),
        answered(COUNT),
        f"{GOT} (response): may be integer now",
    ),
    "map": (
        answered({"type": "object", "additionalProperties": COUNT}),
        answered({"type": "object", "additionalProperties": False}),
        f"{GOT} (response): has no further members",
    ),
    "alternative answered": (
        answered({"anyOf": [ONE, COUNT]}),
        answered({"anyOf": [ONE, COUNT, TEXT]}),
        f"{GOT} (response): there is a new alternative: string",
    ),
    "alternative sent": (
        sent({"anyOf": [COUNT, OTHER, ONE]}),
        sent({"anyOf": [ONE, COUNT]}),
        (f"{SENT} (request): an alternative is no longer taken: components/schemas/Other"),
    ),
}


def test_alternatives_are_paired_by_their_names_first() -> None:
    old, new = answered({"anyOf": [ONE, OTHER]}), answered({"anyOf": [ONE, OTHER]})
    old["components"]["schemas"]["One"] = object_of("b", b=TEXT)
    new["components"]["schemas"]["Other"] = object_of("b", b=TEXT)
    new["components"]["schemas"]["One"] = object_of(b=TEXT)
    assert breaking(old, new) == ["components/schemas/One.b (response): may be missing now"]


BOTH: Json = {"allOf": [object_of("a", a=TEXT), object_of("b", b=TEXT)]}
RENAMED: Json = {"components": {"schemas": {"New": object_of(a=TEXT)}}}
#: What breaks nobody, although something changed.
HARMLESS: dict[str, tuple[Json, Json]] = {
    "words": (document(summary="a"), document(summary="b", tags=["c"], deprecated=True)),
    "path": (document(), document(doc={"paths": {"/x": {"get": {}}, "/y": {"get": {}}}})),
    "no credentials": (document(security=[{"key": []}]), document(security=[])),
    "optional credentials": (document(), document(security=[{"key": []}, {}])),
    "parameter": (document(), parameter(TEXT)),
    "parameter of the path": (
        parameter(TEXT),
        document(doc={"paths": {"/x": {"get": {}, **parameter(TEXT)["paths"]["/x"]["get"]}}}),
    ),
    "header's case": (
        parameter(TEXT, **{"in": "header"}),
        parameter(TEXT, **{"in": "header", "name": "P"}),
    ),
    "optional": (parameter(TEXT, required=True), parameter(TEXT)),
    "spelt out": (parameter(TEXT), parameter(TEXT, style="form", explode=True)),
    "optional body": (document("post"), sent(TEXT)),
    "member sent": (sent(object_of()), sent(object_of(a=TEXT))),
    "opened": (
        sent(object_of() | {"additionalProperties": False}),
        sent(object_of()),
    ),
    "status": (document(responses={}), answered(TEXT)),
    "header": (answered(TEXT), answered(TEXT, headers={"Age": {"schema": COUNT}})),
    "member": (answered(object_of(a=TEXT)), answered(object_of("b", a=TEXT, b=TEXT))),
    "term": (answered({"enum": ["a"]}), answered({"enum": ["b", "a"]})),
    "term beyond a bound": (
        answered({"enum": [1], "maximum": 1}),
        answered({"enum": [1, 2], "maximum": 2}),
    ),
    "list or text": (sent(TEXT), sent({"type": ["string", "array"], "items": TEXT})),
    "object or text": (sent(TEXT), sent(object_of("a") | {"type": ["string", "object"]})),
    "closed answer": (
        answered(object_of()),
        answered(object_of() | {"additionalProperties": False}),
    ),
    "allOf written out": (answered(BOTH), answered(object_of("a", "b", a=TEXT, b=TEXT))),
    "allOf written": (answered(object_of("a", "b", a=TEXT, b=TEXT)), answered(BOTH)),
    "null of terms": (answered({"enum": ["a", None]}), answered({"enum": ["a"]})),
    "longer texts": (answered(TEXT | {"maxLength": 5}), answered(TEXT)),
    "opened answer": (
        answered(object_of() | {"additionalProperties": False}),
        answered(object_of()),
    ),
    "renamed component": (
        answered({"anyOf": [ONE, COUNT]}),
        answered({"anyOf": [COUNT, {"$ref": "#/components/schemas/New"}]}) | RENAMED,
    ),
    "component written out": (sent(ONE), sent(object_of(a=TEXT))),
    "null in another way": (
        answered({"type": ["string", "null"]}),
        answered({"anyOf": [{"type": "null"}, TEXT]}),
    ),
    "alternatives taken together": (
        sent({"anyOf": [TEXT, COUNT]}),
        sent({"type": ["integer", "string"]}),
    ),
}
narrow_and_wide = pytest.mark.parametrize(
    ("narrow", "wide"), NARROW_AND_WIDE.values(), ids=NARROW_AND_WIDE
)


@narrow_and_wide
def test_what_is_asked_may_be_allowed_more_and_not_less(narrow: Json, wide: Json) -> None:
    assert breaking(sent(narrow), sent(wide)) == []
    assert breaking(parameter(narrow), parameter(wide)) == []
    assert breaking(sent(wide), sent(narrow)) != []
    assert breaking(parameter(wide), parameter(narrow)) != []


@narrow_and_wide
def test_what_is_answered_may_become_less_and_not_more(narrow: Json, wide: Json) -> None:
    assert breaking(answered(wide), answered(narrow)) == []
    assert breaking(answered(narrow), answered(wide)) != []


@narrow_and_wide
def test_a_schema_that_holds_itself_is_compared_once(narrow: Json, wide: Json) -> None:
    node = {"$ref": "#/components/schemas/Node"}
    old, new = answered(node), answered(node)
    old["components"]["schemas"]["Node"] = object_of(a=narrow, more=node)
    new["components"]["schemas"]["Node"] = object_of(a=wide, more=node)
    found = breaking(old, new)
    assert found
    assert all(fault.startswith("components/schemas/Node.a") for fault in found)
    assert breaking(new, old) == []


@pytest.mark.parametrize(("old", "new", "words"), BREAKING.values(), ids=BREAKING)
def test_a_break_is_found_and_said(old: Json, new: Json, words: str) -> None:
    assert breaking(old, new) == [words]


@pytest.mark.parametrize(("old", "new"), HARMLESS.values(), ids=HARMLESS)
def test_what_is_harmless_is_let_pass(old: Json, new: Json) -> None:
    assert old != new
    assert breaking(old, new) == []
