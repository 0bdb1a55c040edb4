"""Every mistake is answered with a problem that names it, never with an empty list."""

import http.client
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from werkzeug.test import TestResponse

from incidents_api.contract import grammar
from incidents_api.model import RESOURCES
from incidents_api.model.fields import Kind, Link, Moment, Pattern, Text
from incidents_api.storage.parameters import Parameter
from tests.conftest import Base
from tests.test_plans import NAMES

GRAMMARS = {record.resource: grammar(RESOURCES, record) for record in RESOURCES}
PARAMETERS = [(name, parameter) for name in NAMES for parameter in GRAMMARS[name].parameters]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "NONSENSE"]
#: What no error may show: of the program, of the engine, of the machine.
SECRETS = ["Traceback", 'File "', "SELECT ", "sqlite", "/opt/", "/usr/", "/tmp/", ".py"]


def problem(answer: TestResponse, status: int = 400) -> dict[str, Any]:
    """Return a problem after checking that it is a whole one."""
    assert answer.status_code == status, answer.text[:300]
    assert answer.mimetype == "application/problem+json"
    body: dict[str, Any] = answer.get_json()
    assert {"type", "title", "status", "detail", "instance"} <= set(body)
    assert body["status"] == status
    assert body["detail"]
    assert body["instance"].isascii()
    assert not [secret for secret in SECRETS if secret in answer.text]
    return body


def refused(base: Base, path: str, *names: str, status: int = 400) -> dict[str, str]:
    """Return each parameter's fault in a refused query, after checking which ones are named."""
    errors = problem(base.get(path), status)["errors"]
    assert {error["parameter"] for error in errors} == set(names), path
    return {error["parameter"]: error["detail"] for error in errors}


def bad(parameter: Parameter) -> Iterator[str]:
    """Yield values that a parameter cannot take."""
    if parameter.name != "cursor":
        yield ""
    yield from ("a%00b", "%0b")
    kind: Kind = parameter.kind
    if type(kind) is Text or parameter.name.partition("__")[0] in ("q", "tags"):
        yield "x" * 501
        return
    yield from ("%EF%BC%91", "Not a term!", "x" * 3000, "' OR 1=1 --", "%F0%9F%95%8A")
    if isinstance(kind, Moment):
        yield from ("20220115", "2022-02-30", "2022-01-15T10:00:00", "2022-01-15T25:00:00Z")
    if kind.column in ("integer", "real"):
        yield from ("1_000", "1e400", "0x10", "NaN", "inf", "--1", "1.2.3")
    if not isinstance(kind, Link | Pattern):
        yield "true,false" if not parameter.several else "true,,false"


@pytest.mark.parametrize(("resource", "name"), PARAMETERS)
def test_a_value_of_the_wrong_type_is_refused_by_every_parameter(
    sample: Base, resource: str, name: str
) -> None:
    for value in bad(GRAMMARS[resource].parameters[name]):
        faults = refused(sample, f"/v1/{resource}?{name}={value}", name)
        assert faults[name]


@pytest.mark.parametrize(("resource", "name"), PARAMETERS)
def test_a_parameter_given_twice_is_refused(sample: Base, resource: str, name: str) -> None:
    parameter = GRAMMARS[resource].parameters[name]
    choices = getattr(parameter.kind, "choices", ["1"])
    path = f"/v1/{resource}?{name}={choices[0]}&{name}={choices[0]}"
    assert name in {error["parameter"] for error in problem(sample.get(path))["errors"]}


@pytest.mark.parametrize("resource", NAMES)
def test_an_unknown_parameter_is_refused_with_what_there_is(sample: Base, resource: str) -> None:
    words = refused(sample, f"/v1/{resource}?zzzz=1", "zzzz")["zzzz"]
    assert "sort" in words
    assert "limit" in words


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("contry", "country"),
        ("Country", "country"),
        ("date_start__gtee", "date_start__gte"),
        ("limits", "limit"),
        ("countrys", "country"),
    ],
)
def test_a_near_miss_gets_a_suggestion(sample: Base, name: str, near: str) -> None:
    words = refused(sample, f"/v1/incidents?{name}=SYR", name)[name]
    assert f" {near}?" in words.replace(" or ", "? ")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("country=Syria", "country"),
        ("country=SYR,syr", "country"),
        ("where_prec=8", "where_prec"),
        ("type_of_violence=%EF%BC%91", "type_of_violence"),
        ("limit=%D9%A1", "limit"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("limit=1.5", "limit"),
        ("limit=1_000", "limit"),
        ("limit=%201", "limit"),
        ("lat=1e400&lon=0&within_km=1", "lat"),
        ("lat=91&lon=0&within_km=1", "lat"),
        ("bbox=1e400,0,1,1", "bbox"),
        ("bbox=0,0,1,1,2", "bbox"),
        ("bbox=0,0,1", "bbox"),
        ("bbox=36,181,37,182", "bbox"),
        ("bbox=0,0,1,nan", "bbox"),
        ("lat=1", "lat"),
        ("lon=1&within_km=5", "lon"),
        ("within_km=5", "within_km"),
        ("datetime=../..", "datetime"),
        ("cursor=garbage", "cursor"),
        ("cursor=!!", "cursor"),
        ("cursor=WyJ4Il0", "cursor"),
        ("f=xml", "f"),
        ("include=nonsense", "include"),
        ("fields=nonsense", "fields"),
        ("sort=title", "sort"),
        ("sort=--id", "sort"),
        ("sort=date_start,country", "sort"),
        ("sort=relevance,id", "sort"),
        ("sort=id,-id", "sort"),
        ("sort=", "sort"),
        ("sample=0", "sample"),
        ("sample=5&cursor=garbage", "cursor"),
        ("q=%22%22", "q"),
        ("q=***", "q"),
        ("total=yes", "total"),
        ("tags__exists=1", "tags__exists"),
        ("country__gte=SYR", "country__gte"),
        ("country__=SYR", "country__"),
        ("date_start=2022", "date_start"),
        ("place=%ff", "place"),
        ("q=%ff", "q"),
        ("q=caf%e9", "q"),
        ("country=%ff", "country"),
        ("zz%ff=1", "zz%ff"),
    ],
)
def test_a_query_that_is_a_mistake_is_refused(sample: Base, query: str, name: str) -> None:
    assert refused(sample, f"/v1/incidents?{query}", name)


def test_all_faults_of_a_query_are_told_at_once(sample: Base) -> None:
    query = "limit=0&country=Syria&nonsense=1&bbox=1&f=xml"
    refused(sample, f"/v1/incidents?{query}", "limit", "country", "nonsense", "bbox", "f")
    missing = "/v1/figures?claimant=none-such&incident=no"
    refused(sample, missing, "claimant", "incident", status=404)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/?x=1", "x"),
        ("/v1/health?x=1", "x"),
        ("/v1/search", "q"),
        ("/v1/search?q=a&sort=id", "sort"),
        ("/v1/search?q=a&limit=0", "limit"),
        ("/v1/vocabularies?f=geojson", "f"),
        ("/v1/problems?f=csv", "f"),
        ("/v1/openapi.json?x=1", "x"),
        ("/v1/actors/is?limit=1", "limit"),
        ("/v1/actors/is?f=geojson", "f"),
        ("/v1/actors/is/history?cursor=x", "cursor"),
        ("/v1/actors/is/history?limit=1001", "limit"),
        ("/v1/actors/is/incidents?contry=SYR", "contry"),
    ],
)
def test_routes_that_are_no_lists_refuse_mistakes_too(sample: Base, path: str, name: str) -> None:
    assert refused(sample, path, name)


def routes(sample: Base) -> list[str]:
    """Return an address of every route of the service."""
    rules = sample.client.application.url_map.iter_rules()
    return sorted({rule.rule.replace("<id>", "is").replace("<name>", "gone") for rule in rules})


def methods(path: str) -> set[str]:
    """Return the methods that an address has: what there is of a resource to read and to edit."""
    match path.split("/")[2:]:
        case [resource] if resource in (*NAMES, "releases"):
            return {"GET", "HEAD", "POST", "OPTIONS"}
        case [resource, name] if resource in NAMES:
            # A record may be called search: what searches is the POST.
            posted = {"POST"} if name == "search" else set()
            return {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", *posted}
        case ["batch"] | [_, _, "restore" | "merge-into"]:
            return {"POST", "OPTIONS"}
    return {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("method", METHODS)
def test_a_route_answers_a_method_that_it_has_not_with_those_that_it_has(
    sample: Base, method: str
) -> None:
    without = [path for path in routes(sample) if "<" not in path and method not in methods(path)]
    assert without
    for path in without:
        answer = sample.client.open(path, method=method)
        assert answer.status_code == 405, path
        if method != "HEAD":
            problem(answer, 405)
        allowed = [name.strip() for name in answer.headers["Allow"].split(",")]
        assert sorted(allowed) == sorted(methods(path)), path


def test_every_route_tells_its_methods_when_asked(sample: Base) -> None:
    for path in (path for path in routes(sample) if "<" not in path):
        answer = sample.client.options(path)
        assert answer.status_code == 200, path
        assert set(answer.allow) == methods(path), path


@pytest.mark.parametrize(
    "path",
    ["/", "/nowhere", "/v1/nowhere", "/v2/", "/v1/incidents/a/nowhere", "/v1/incidents/a/b/c"]
    + ["/v1/incidents/" + text for text in ("a b", "a'b\"c", "é", "🕊", "a\nb", "a\r\nX: y")]
    + ["/v1/" + text for text in ("a b", "سجن", "<script>", "%00", "a\\b", "..", "%2e%2e/etc")]
    + ["/v1/incidents/" + "x" * 5000, "/v1/incidents/\0", "/v1/vocabularies/" + "é" * 900],
)
def test_what_is_not_there_is_not_found_at_an_encoded_address(sample: Base, path: str) -> None:
    if path == "/":
        return
    encoded = quote(path)
    body = problem(sample.get(encoded), 404)
    assert body["instance"] == encoded
    assert len(body["detail"]) < 3000 or len(path) > 1000


def test_bad_utf_8_in_a_path_is_no_mistake_of_the_service(sample: Base) -> None:
    for path in ("/v1/incidents/%ff", "/v1/%c3%28", "/v1/incidents/%ed%a0%80"):
        problem(sample.get(path), 404)


def test_a_header_that_makes_no_sense_is_no_mistake_of_the_service(sample: Base) -> None:
    for accept in (";;;", "a/b/c", "application/json;q=x", "x" * 5000, "\xff", ",", "*/json"):
        answer = sample.get("/v1/incidents", Accept=accept)
        assert answer.status_code in (200, 406), accept
        assert not [secret for secret in SECRETS if secret in answer.text]


def asked(server: str, target: str) -> tuple[int, str, bytes]:
    """Send a request line as it is, without a client's corrections."""
    where = urlsplit(server)
    with socket.create_connection((str(where.hostname), where.port or 80), timeout=10) as line:
        line.sendall(
            f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode("latin1")
        )
        answer = http.client.HTTPResponse(line)
        answer.begin()
        return answer.status, answer.headers.get_content_type(), answer.read()


def test_the_server_takes_a_long_list_of_ids_and_refuses_a_longer_line(server: str) -> None:
    status, type_, body = asked(server, "/v1/incidents?id=" + ",".join(["x"] * 3900))
    assert (status, type_) == (400, "application/problem+json")
    assert b"50 are allowed (POST" in body
    status, _, body = asked(server, "/v1/incidents?id=" + "x" * 9000)
    assert status == 414
    assert b"Traceback" not in body


@pytest.mark.parametrize(
    "target", ["/v1/incidents?country=%", "/v1/incidents?q=%zz", "/v1/%", "/v1/%zz"]
)
def test_the_server_refuses_bad_percent_encoding(server: str, target: str) -> None:
    status, type_, _ = asked(server, target)
    assert status in (400, 404)
    assert type_ == "application/problem+json"
