"""Bodies that are not what they should be: refused whole, with every fault and its place."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from werkzeug.test import TestResponse

from tests.conftest import Base, open_base
from tests.test_errors import problem
from tests.test_writes import Given, content

METHODS: Final = ("POST", "PUT", "PATCH")
RESOURCES: Final = ("incidents", "figures")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, sample_file: Any) -> Iterator[Base]:
    """The sample knowledge base with two copies; nothing in these tests may change it."""
    path = tmp_path_factory.mktemp("strict") / "strict.db"
    path.write_bytes(sample_file.read_bytes())
    base = open_base(path)
    for resource in RESOURCES:
        assert base.write("PUT", f"/v1/{resource}/copy", content(resource)).status_code == 201
    yield base
    base.store.close()


def refused(
    base: Base, resource: str, method: str, body: Any, status: int, **headers: str
) -> TestResponse:
    """Send a body, and check that it is refused as a whole problem and nothing is written."""
    path = f"/v1/{resource}" if method == "POST" else f"/v1/{resource}/copy"
    condition = {} if method == "POST" else {"If_Match": "*"}
    before = (base.store.seq(), base.store.records(), base.get(f"/v1/{resource}/copy").data)
    answer = base.write(method, path, body, **condition, **headers)
    problem(answer, status)
    after = (base.store.seq(), base.store.records(), base.get(f"/v1/{resource}/copy").data)
    assert after == before
    return answer


def places(answer: TestResponse) -> dict[str, str]:
    """Return the words of each fault by its place, of which each is named once."""
    errors = answer.get_json()["errors"]
    found = {error["pointer"]: error["detail"] for error in errors}
    assert len(found) == len(errors)
    assert all(found.values())
    return found


def whole(resource: str, method: str, members: Given) -> Given:
    """Return a body that has these members, and is all right but for them."""
    return members if method == "PATCH" else content(resource) | members


#: Members that are wrong by themselves, and the place of each fault.
WRONG: Final[list[tuple[str, Given, list[str]]]] = [
    *(("incidents", {name: 1}, [f"/{name}"]) for name in ("nope", "Title", "", "_id", "casualty")),
    ("incidents", {"a/b~c": 1, "ø": None}, ["/a~1b~0c", "/ø"]),
    *(
        (resource, {name: value}, [f"/{name}"])
        for resource, name in (("incidents", "number_of_sources"), ("figures", "amount"))
        for value in (1.5, "3", True, -1, 2**53, 10**30, 1e300, [3], {"a": 3}, "", "1_000")
    ),
    *(
        ("incidents", {"provisional": value}, ["/provisional"])
        for value in ("yes", 1, 0, "true", ["true"], {"a": True})
    ),
    *(
        (resource, {name: value}, [f"/{name}"])
        for resource, name in (("incidents", "date_end"), ("figures", "as_of_date"))
        for value in (20240101, "20240101", "2024-02-30", "2024-1-1", "2024-01-01T00:00:00Z")
    ),
    *(
        ("figures", {"said_at": value}, ["/said_at"])
        for value in (20240101, "2024-01-01T10:00:00", "2024-01-01T25:00:00Z", "2024-02-30", "now")
    ),
    *(
        ("incidents", {name: value}, [f"/{name}"])
        for name in ("title", "place", "notes")
        for value in (
            5,
            1.5,
            True,
            "",
            "a\0b",
            "a\x1bb",
            "a\x7f",
            [],
            ["a"],
            {"a": 1},
            "x" * 10_001,
        )
    ),
    *(("incidents", {"title_lang": value}, ["/title_lang"]) for value in ("english", "n", "nl\n")),
    *(("incidents", {"latitude": value}, ["/latitude"]) for value in ("36.5", 90.1, True, [36])),
    *(("incidents", {"country": value}, ["/country"]) for value in ("XXX", "syr", 1, ["SYR"])),
    *(("incidents", {"where_prec": value}, ["/where_prec"]) for value in (8, "2", 2.5, True)),
    *(("figures", {"measure": value}, ["/measure"]) for value in ("dead", "Killed", 1, ["killed"])),
    *(
        ("figures", {"incident": v}, ["/incident"])
        for v in ("No Id", "", 5, ["i"], "x" * 81, "a\n")
    ),
    *(("incidents", {"tags": value}, ["/tags"]) for value in ("text", 5, {"0": "a"}, True)),
    ("incidents", {"tags": ["a", 5, "b,c", "", "a", None]}, [f"/tags/{n}" for n in (1, 2, 3, 5)]),
    ("incidents", {"tags": ["a", "b", "a"]}, ["/tags/2"]),
    ("incidents", {"tags": [f"t{n}" for n in range(1001)]}, ["/tags"]),
    ("incidents", {"weapons": ["knife?"]}, ["/weapons/0"]),
    ("incidents", {"external_ids": [{"scheme": "wikidata"}]}, ["/external_ids/0/value"]),
    (
        "incidents",
        {"external_ids": [{"scheme": "x", "value": "1"}, 5, {"value": "", "more": 1}]},
        [f"/external_ids/{at}" for at in ("0/scheme", "1", "2/scheme", "2/value", "2/more")],
    ),
    (
        "incidents",
        {"source_values": {"a": [1], "b": {}, "c": 2**60}},
        [f"/source_values/{at}" for at in "abc"],
    ),
    ("incidents", {"source_values": []}, ["/source_values"]),
    *(("figures", {"population": value}, ["/population"]) for value in ("all", ["all"], 5, False)),
    (
        "figures",
        {"population": {"role": "guard", "sex": ["x", "male"], "all": 1, "identified": "3"}},
        [f"/population/{at}" for at in ("role", "sex/0", "all", "identified")],
    ),
    ("figures", {"nots": None, "population": {"rol": None}}, ["/nots", "/population/rol"]),
    ("figures", {"sources": "nos-2022-01-23-hasakah"}, ["/sources"]),
    ("figures", {"sources": [{}, {"source": None}]}, ["/sources/0/source", "/sources/1/source"]),
    ("figures", {"sources": [{"source": "s", "page": 1}, []]}, ["/sources/0/page", "/sources/1"]),
    ("figures", {"sources": [{"source": "s"}] * 1001}, ["/sources"]),
    ("figures", {"sources": [{"source": "s", "quote": "x" * 301}]}, ["/sources/0/quote"]),
    *(("incidents", {name: None}, [f"/{name}"]) for name in ("title", "date_start")),
    ("figures", {"measure": None}, ["/measure"]),
    *(("figures", {"id": name}, ["/id"]) for name in ("Copy", "", 5, "a b", "-a", "x" * 81, "a\n")),
]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("resource", "members", "expected"), WRONG, ids=lambda v: str(v)[:50])
def test_what_is_not_of_the_declared_kind_is_refused(
    written: Base, resource: str, members: Given, expected: list[str], method: str
) -> None:
    answer = refused(written, resource, method, whole(resource, method, members), 422)
    assert answer.get_json()["type"] == "/v1/problems/invalid-record"
    assert set(places(answer)) == set(expected)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("resource", RESOURCES)
def test_all_faults_are_told_at_once_and_the_shape_names_the_problem(
    written: Base, resource: str, method: str
) -> None:
    own: dict[str, Given] = {
        "incidents": {"title": 5, "date_end": "2021-12-31", "latitude": None, "tags": [1]},
        "figures": {"measure": "dead", "facility": "f", "best": 3, "high": 2, "sources": [1]},
    }
    rules = {
        "incidents": {"/date_end": "end-not-before-start", "/latitude": "point-is-whole"},
        "figures": {"/facility": "about-one-thing", "/high": "ordered-bounds"},
    }
    shape = {"incidents": {"/title", "/tags/0"}, "figures": {"/measure", "/sources/0"}}
    members = own[resource] | {"provisional": "yes", "nope": 1}
    text = json.dumps(whole(resource, method, members))
    body = text[:-1] + ', "notes": "One.", "source_values": {"a": 1, "a": {"b": 1}}, "notes": 2}'
    answer = refused(written, resource, method, body.encode(), 422)
    errors = answer.get_json()["errors"]
    assert {e["pointer"]: e["rule"] for e in errors if "rule" in e} == rules[resource]
    doubled = {"/source_values/a", "/notes"}
    twice = [e["pointer"] for e in errors if "more than once" in e["detail"]]
    assert len(twice) == len(doubled)
    assert {*twice} == doubled
    assert {e["pointer"] for e in errors if "rule" not in e} == (
        shape[resource] | doubled | {"/provisional", "/nope"}
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize(
    ("extra", "place"),
    [
        ('"notes": "a", "notes": "a"', "/notes"),
        ('"n\\u006ftes": "a", "notes": "b"', "/notes"),
        ('"source_values": {"a": 1, "b": 2, "a": 1}', "/source_values/a"),
        (
            '"external_ids": [{"scheme": "gtd", "value": "1", "scheme": "gtd"}]',
            "/external_ids/0/scheme",
        ),
        ('"version": 1, "version": 2', "/version"),
    ],
)
def test_a_member_given_twice_is_refused(
    written: Base, resource: str, method: str, extra: str, place: str
) -> None:
    given = content(resource)
    given.pop("notes", None)
    text = "{" if method == "PATCH" else json.dumps(given)[:-1] + ", "
    answer = refused(written, resource, method, f"{text}{extra}}}".encode(), 422)
    assert set(places(answer)) == {place}


#: What is not JSON that can be kept, as the value of a member; and the place of the fault.
UNKEPT: Final = [
    (b"NaN", "/notes"),
    (b"Infinity", "/notes"),
    (b"-Infinity", "/notes"),
    (b'{"a": [NaN]}', "/notes/a/0"),
    (b"1e400", "/notes"),
    (b"1" + b"0" * 400, "/notes"),
    (b'"\\ud800"', "/notes"),
    (b'"\\udc00\\ud800"', "/notes"),
    (b'{"\\ud800": 1}', "/notes"),
    (b'"a\x00b"', ""),
    (b"\x00", ""),
    (b'"\xff"', ""),
    (b'"\xed\xa0\x80"', ""),
    (b'"\xc0\xaf"', ""),
    (b"[" * 1000 + b"]" * 1000, ""),
    (b"[" * 100_000, ""),
    (b'{"a":' * 1000 + b"1" + b"}" * 1000, ""),
    (b"'a'", ""),
    (b"True", ""),
    (b"01", ""),
    (b"1,", ""),
    (b"1 // why", ""),
    (b"", ""),
]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize(("value", "place"), UNKEPT, ids=lambda v: repr(v)[:40])
def test_what_is_not_json_is_refused(
    written: Base, resource: str, method: str, value: bytes, place: str
) -> None:
    given = {k: v for k, v in whole(resource, method, {}).items() if k != "notes"}
    text = json.dumps(given)[:-1].encode() + (b", " if given else b"")
    answer = refused(written, resource, method, text + b'"notes": ' + value + b"}", 400)
    assert answer.get_json()["type"] == "/v1/problems/invalid-json"
    assert set(places(answer)) == {place}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize(
    ("body", "status"),
    [
        *((body, 422) for body in (b"[]", b"[{}]", b"null", b"5", b'"text"', b"true", b"[1, 2]")),
        *((body, 400) for body in (b"", b" \n", b"{", b"{}{}", b"\x00", b"\xef\xbb\xbf{}")),
        ('{"notes": "é"}'.encode("utf-16"), 400),
        (b'{"notes": "' + b"x" * 2_000_000 + b'"}', 413),
        (b" " * 2_000_000 + b"{}", 413),
        (b"[" * 2_000_000, 413),
    ],
    ids=lambda v: repr(v)[:40],
)
def test_a_body_is_one_object(
    written: Base, resource: str, method: str, body: bytes, status: int
) -> None:
    refused(written, resource, method, body, status)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize(
    "type_",
    [
        "",
        "text/plain",
        "text/json",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json-patch+json",
        "application/ld+json",
        "application/json; charset=latin-1",
        "*/*",
        "json",
    ],
)
def test_a_body_of_another_type_is_refused(
    written: Base, resource: str, method: str, type_: str
) -> None:
    body = json.dumps(whole(resource, method, {})).encode()
    answer = refused(written, resource, method, body, 415, Content_Type=type_)
    taken = "application/json"
    if method == "PATCH":
        taken = f"application/merge-patch+json, {taken}"
        assert answer.headers["Accept-Patch"] == taken
    assert answer.headers["Accept"] == taken
    assert answer.get_json()["errors"][0]["header"] == "Content-Type"


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_only_a_patch_is_a_patch(written: Base, method: str) -> None:
    patch = "application/merge-patch+json"
    refused(written, "figures", method, content("figures"), 415, Content_Type=patch)


def test_a_body_that_is_all_right_is_taken(base: Base) -> None:
    for resource in RESOURCES:
        path = f"/v1/{resource}/copy"
        assert base.write("PUT", path, content(resource)).status_code == 201
        for method in METHODS:
            where = f"/v1/{resource}" if method == "POST" else path
            body = whole(resource, method, {"notes": method})
            answer = base.write(method, where, body, If_Match="*", Content_Encoding="identity")
            assert answer.status_code == (201 if method == "POST" else 200), answer.text
