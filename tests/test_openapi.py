"""The OpenAPI document says exactly what the service does, and the service does what it says."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from incidents_api import openapi
from incidents_api.contract import SECURITY, grammar, record_parameters
from incidents_api.model import RESOURCES
from tests.conftest import TOP, Base

Json = dict[str, Any]
DOCUMENT: Json = openapi.document(RESOURCES)
EVERY: Json = DOCUMENT["paths"]
#: What can be read.
PATHS: Json = {path: item for path, item in EVERY.items() if "get" in item}
OPERATIONS = [(path, method) for path, item in EVERY.items() for method in item]
SCHEMAS: Json = DOCUMENT["components"]["schemas"]
RECORDS = [pytest.param(record, id=record.resource) for record in RESOURCES]
REGISTRY: Registry[Any] = Registry().with_resource(
    "urn:document", Resource.from_contents(DOCUMENT, default_specification=DRAFT202012)
)
#: What is no part of the contract: where the browser begins, and the page that shows it.
PAGES = re.compile(r"/|/v1/docs.*")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: What stands for a path's parameters, in order.
NAMED = {
    "/v1/vocabularies/{name}": "measure",
    "/v1/problems/{name}": "not-found",
    "/v1/releases/{name}": "no-such-release",
    "/v1/releases/{name}/{path}": "1 incidents",
    "/v1/releases/{name}/diff/{other}": "0 1",
}


def resolved(value: Any) -> Any:
    """Follow a reference within the document."""
    while isinstance(value, dict) and "$ref" in value:
        found: Any = DOCUMENT
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        value = found
    return value


def test_the_index_leads_to_every_address_without_a_name(sample: Base) -> None:
    led = {link["href"].rstrip("/") for link in sample.json("/v1/")["links"]}
    assert {path for path in PATHS if "{" not in path} <= led
    for href in led - {"/v1/docs"}:
        assert sample.get(href).status_code == (400 if href == "/v1/search" else 200), href


@cache
def validator(text: bytes) -> Draft202012Validator:
    return Draft202012Validator(
        orjson.loads(text), registry=REGISTRY, format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def faults(schema: Json, value: Any) -> list[str]:
    """Return where a value does not conform to a schema."""
    text = orjson.dumps(schema).replace(b'"#/', b'"urn:document#/')
    found = validator(text).iter_errors(value)
    return [f"{fault.json_path}: {fault.message[:300]}" for fault in found]


def declared(path: str, method: str = "get") -> dict[str, Json]:
    """Return the parameters of an operation by name."""
    found = map(resolved, EVERY[path][method].get("parameters", []))
    return {one["name"]: one for one in found if one["in"] != "header"}


def parameters(path: str) -> dict[str, Json]:
    """Return the same as they are sent: the members of an exploded object each on its own."""
    found: dict[str, Json] = {}
    for name, one in declared(path).items():
        members = resolved(one["schema"]).get("properties")
        if members:
            assert (one["style"], one["explode"]) == ("form", True)
            found |= {member: {**one, "schema": schema} for member, schema in members.items()}
        else:
            found[name] = one
    return found


def objects(where: str, schema: Any) -> Iterator[tuple[str, Json]]:
    """Yield every property inside a schema, with its place."""
    for name, member in schema.get("properties", {}).items():
        yield f"{where}.{name}", member
        yield from objects(f"{where}.{name}", member)
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), dict):
            yield from objects(where, schema[word])
    for inner in schema.get("anyOf", []):
        yield from objects(where, inner)


def addresses(path: str, sample: Base) -> list[str]:
    """Return a path with its parameter filled in from the sample, for every record of it."""
    if "{id}" in path:
        resource = path.split("/")[2]
        return [path.replace("{id}", quote(name)) for name in sample.ids(f"/v1/{resource}")]
    named = iter(NAMED.get(path, "").split())
    return [re.sub(r"{\w+}", lambda _: next(named), path)]


def test_the_document_is_valid() -> None:
    validate(DOCUMENT)


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_is_a_valid_schema(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


def test_paths_and_routes_are_the_same(sample: Base) -> None:
    rules = sample.client.application.url_map.iter_rules()
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule).rstrip("/"), method.lower())
        for rule in rules
        if not PAGES.fullmatch(rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == set(OPERATIONS)


def test_operation_ids_are_unique() -> None:
    names = [EVERY[path][method]["operationId"] for path, method in OPERATIONS]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_each_operation_says_what_it_does_and_under_which_heading(path: str, method: str) -> None:
    told = EVERY[path][method]
    headings = {tag["name"] for tag in DOCUMENT["tags"]}
    for told in EVERY[path].values():
        assert set(told["tags"]) <= headings
        assert [told["summary"], told["description"]] != ["", ""]


@pytest.mark.parametrize("record", RECORDS)
def test_each_list_has_every_parameter_of_its_grammar_and_no_other(record: Any) -> None:
    asked = grammar(RESOURCES, record)
    assert set(parameters(f"/v1/{record.resource}")) == set(asked.parameters)
    one = {"id", *(parameter.name for parameter in record_parameters(asked))}
    assert set(parameters(f"/v1/{record.resource}/{{id}}")) == one


@pytest.mark.parametrize("record", RECORDS)
def test_each_sub_list_has_the_parameters_of_the_list_that_it_narrows(record: Any) -> None:
    for item in RESOURCES.sublists(record.resource):
        taken = set(grammar(RESOURCES, RESOURCES[item.resource]).parameters) - {item.parameter}
        assert set(parameters(f"/v1/{record.resource}/{{id}}/{item.name}")) == {*taken, "id"}


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_each_parameter_has_words_and_a_schema(path: str, method: str) -> None:
    for name, one in declared(path, method).items():
        assert one["description"].strip(), name
        assert {"type", "anyOf", "$ref", "enum"} & set(one["schema"]), name


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_each_list_of_values_is_separated_by_commas(path: str, method: str) -> None:
    for one in declared(path, method).values():
        if resolved(one["schema"]).get("type") == "array":
            assert (one["style"], one["explode"]) == ("form", False)


@pytest.mark.parametrize("path", PATHS)
def test_each_example_of_a_parameter_is_accepted(path: str, sample: Base) -> None:
    for one in declared(path).values():
        if "example" in one and one["in"] == "query":
            given = one["example"]
            members = given if isinstance(given, dict) else {one["name"]: given}
            texts = {
                name: ",".join(map(str, value)) if isinstance(value, list) else str(value)
                for name, value in members.items()
            }
            needed = {"/v1/search": {"q": "prison"}, "/v1/aggregate": {"group_by": "country"}}
            asked = needed.get(path, {}) | texts
            address = f"{addresses(path, sample)[0]}?{urlencode(asked)}"
            assert sample.get(address).status_code in (200, 304), address
            assert faults(one["schema"], given) == []


def checked(path: str, address: str, sample: Base, **headers: str) -> None:
    """Check an answer: its status, headers and body are as the document says."""
    answer = sample.get(address, **headers)
    told = PATHS[path]["get"]["responses"]
    assert str(answer.status_code) in told, (address, answer.status_code, answer.text[:300])
    said = resolved(told[str(answer.status_code)])
    content = said.get("content", {})
    if content:
        type_ = answer.mimetype or ""
        assert type_ in content, (address, type_)
        schema = content[type_]["schema"]
        whole = type_.endswith("json") and type_ != "application/x-ndjson"
        body = orjson.loads(answer.data) if whole else answer.data.decode(errors="replace")
        if type_ == "application/yaml":
            body = yaml.load(answer.data, Loader=LOADER)
        assert faults(schema, body) == [], address
    else:
        assert answer.data == b""


KINDS = {
    "whole": ("", {}),
    "unchanged": ("", {"If_None_Match": "*"}),
    "refused": ("&no_such_parameter=1", {}),
    "not acceptable": ("", {"Accept": "image/png"}),
    "csv": ("", {"Accept": "text/csv"}),
    "compressed": ("", {"Accept_Encoding": "gzip"}),
}


@pytest.mark.parametrize(("query", "headers"), KINDS.values(), ids=KINDS)
def test_each_header_of_an_answer_is_in_the_document(
    query: str, headers: dict[str, str], sample: Base
) -> None:
    usual = {"Content-Type", "Content-Length", "Content-Encoding", "Access-Control-Allow-Origin"}
    usual |= {"Access-Control-Expose-Headers", "Date", *SECURITY}
    missing = set()
    for path in PATHS:
        words = "q=prison" if path == "/v1/search" else ""
        answer = sample.get(f"{addresses(path, sample)[0]}?{words}{query}".rstrip("?"), **headers)
        answer.get_data()  # a stream keeps its request until it is read
        said = resolved(PATHS[path]["get"]["responses"][str(answer.status_code)])
        more = set(answer.headers.keys()) - usual - set(said["headers"])
        missing |= {(name, answer.status_code, path) for name in more}
    assert sorted(missing) == []


@pytest.mark.parametrize("path", PATHS)
def test_each_answer_conforms_to_its_schema(path: str, sample: Base) -> None:
    for address in addresses(path, sample):
        query = "?q=prison" if path == "/v1/search" else ""
        checked(path, address + query, sample)


@pytest.mark.parametrize("path", PATHS)
def test_each_format_conforms_to_its_schema(path: str, sample: Base) -> None:
    address = addresses(path, sample)[0] + ("?q=prison" if path == "/v1/search" else "")
    for type_ in resolved(PATHS[path]["get"]["responses"]["200"])["content"]:
        checked(path, address, sample, Accept=type_)


@pytest.mark.parametrize("path", PATHS)
def test_each_refusal_conforms_to_its_schema(path: str, sample: Base) -> None:
    told = PATHS[path]["get"]["responses"]
    address = addresses(path, sample)[0]
    checked(path, f"{address}?no_such_parameter=1", sample)
    if "304" in told:
        checked(path, address + "?q=prison" * (path == "/v1/search"), sample, If_None_Match="*")
    if "406" in told:
        checked(path, address + "?q=prison" * (path == "/v1/search"), sample, Accept="image/png")
    if "404" in told:
        checked(path, re.sub(r"{\w+}", "no-such-thing", path), sample)


@pytest.mark.parametrize("record", RECORDS)
@pytest.mark.parametrize("more", ["limit=2", "total=true", "fields=notes", "sample=2&seed=1"])
def test_pages_of_every_make_conform(record: Any, more: str, sample: Base) -> None:
    path = f"/v1/{record.resource}"
    checked(path, f"{path}?{more}", sample)
    for name in grammar(RESOURCES, record).includes:
        checked(path, f"{path}?include={name}&limit=3", sample)


@pytest.mark.parametrize("name", SCHEMAS)
def test_examples_conform_to_their_schemas(name: str) -> None:
    schema = SCHEMAS[name]
    shown = [(schema, one) for one in schema.get("examples", [])]
    for member in schema.get("properties", {}).values():
        shown += [(member, one) for one in member.get("examples", [])]
    assert [found for inner, one in shown for found in faults(inner, one)] == []


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_examples_of_answers_conform_to_their_schemas(path: str, method: str) -> None:
    for answer in map(resolved, EVERY[path][method]["responses"].values()):
        for content in answer.get("content", {}).values():
            if "example" in content:
                assert faults(content["schema"], content["example"]) == []


def test_every_property_has_words() -> None:
    found = [pair for name, schema in SCHEMAS.items() for pair in objects(name, schema)]
    assert len(found) > 500
    silent = [where for where, one in found if not {**resolved(one), **one}.get("description")]
    assert silent == []


def test_what_is_served_is_what_is_committed(sample: Base) -> None:
    text = (TOP / "openapi.yaml").read_text(encoding="utf-8")
    for accept in ("*/*", "text/plain", "application/yaml", "image/png"):
        answer = sample.get("/v1/openapi.yaml", Accept=accept)
        assert answer.text == text
        assert answer.mimetype == (accept if accept == "application/yaml" else "text/plain")
    assert sample.json("/v1/openapi.json") == yaml.load(text, Loader=LOADER)


@pytest.mark.parametrize("record", RECORDS)
def test_every_field_is_in_every_contract(record: Any, sample: Base) -> None:
    rows = (TOP / "schema" / "data-dictionary.csv").read_text(encoding="utf-8").splitlines()
    listed = {row.split(",")[1] for row in rows if row.startswith(f"{record.resource},")}
    shown = SCHEMAS[openapi.name(record)]["properties"]
    header = sample.get(f"/v1/{record.resource}?f=csv").text.split("\r\n")[0].split(",")
    columns = set(header)
    for name in record.kinds():
        assert name in listed
        assert name in shown
        inside = {leaf.path[0] for leaf in record.leaves() if leaf.name in columns}
        flat = any(one == name or one.startswith(f"{name}_") for one in columns | inside)
        assert flat or name in ("external_ids", "links")


@pytest.mark.parametrize("record", RECORDS)
def test_every_column_is_there_once_and_every_leaf_has_one(record: Any, sample: Base) -> None:
    header = sample.get(f"/v1/{record.resource}?f=csv").text.split("\r\n")[0].split(",")
    assert len(header) == len(set(header))
    leaves = {leaf.name for leaf in record.leaves()} - {"external_ids"}
    assert leaves <= set(header)


@pytest.mark.parametrize("record", RECORDS)
def test_the_body_of_a_search_has_every_parameter_of_the_list(record: Any) -> None:
    told = EVERY[f"/v1/{record.resource}/search"]["post"]
    body = resolved(told["requestBody"]["content"]["application/json"]["schema"])
    assert set(body["properties"]) == set(parameters(f"/v1/{record.resource}"))
    assert body["additionalProperties"] is False


def test_few_parameters_are_needed() -> None:
    needed = {
        (path, method, name)
        for path, method in OPERATIONS
        for name, parameter in declared(path, method).items()
        if parameter.get("required") and parameter["in"] == "query"
    }
    withdrawals = {(f"/v1/{record.resource}/{{id}}", "delete", "reason") for record in RESOURCES}
    assert needed == {("/v1/search", "get", "q"), *withdrawals}
