"""A search by POST takes what the list takes, in a body, and answers what the list answers."""

import random
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from werkzeug.test import TestResponse

from incidents_api.contract import grammar
from incidents_api.model import RESOURCES
from incidents_api.model.fields import Flag, Integer, Number
from incidents_api.storage import query
from incidents_api.storage.parameters import Parameter
from tests.conftest import DEFAULTS, Base
from tests.test_errors import problem
from tests.test_filters import draw, written
from tests.test_plans import NAMES, World, open_world

GRAMMARS = {record.resource: grammar(RESOURCES, record).parameters for record in RESOURCES}
FILTERS = [
    (name, parameter.name) for name in NAMES for parameter in GRAMMARS[name].values()
    if parameter.operator
]  # fmt: skip
SPOILT = [(name, parameter) for name in NAMES for parameter in GRAMMARS[name]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = open_world(tmp_path_factory.mktemp("posted"))
    yield made
    made.base.store.close()


def post(base: Base, resource: str, body: Any, **headers: str) -> TestResponse:
    """Search, with a body of plain values."""
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    sent = {"Content-Type": "application/json"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return base.client.post(f"/v1/{resource}/search", data=data, headers=sent)


def answered(base: Base, resource: str, **body: Any) -> Any:
    answer = post(base, resource, body)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def ids(base: Base, resource: str, **body: Any) -> list[str]:
    """Return the ids of all pages of a search."""
    found: list[str] = []
    cursor = ""
    while cursor is not None:
        page = answered(base, resource, **body, cursor=cursor)
        found += [record["id"] for record in page["data"]]
        cursor = page["meta"]["next_cursor"]
    return found


def faults(answer: TestResponse, status: int = 422) -> dict[str, str]:
    return {one["pointer"]: one["detail"] for one in problem(answer, status)["errors"]}


@pytest.mark.parametrize(("resource", "name"), FILTERS)
def test_each_filter_gives_what_it_gives_in_the_list(
    world: World, resource: str, name: str
) -> None:
    parameter = GRAMMARS[resource][name]
    rng = random.Random(6)
    for _ in range(2):
        values = draw(world, resource, parameter, rng)
        right = world.base.ids(f"/v1/{resource}?{name}={quote(written(values))}")
        given = values if parameter.several else values[0]
        assert ids(world.base, resource, **{name: given}) == right
        if len(values) == 1:
            assert ids(world.base, resource, **{name: values[0]}) == right


@pytest.mark.parametrize(
    ("body", "query_"),
    [
        ({}, ""),
        ({"sort": "-date_end,id", "limit": 7}, "sort=-date_end,id&limit=7"),
        ({"bbox": [-30, -40.5, 120, 60]}, "bbox=-30,-40.5,120,60"),
        ({"lat": 36, "lon": 40.5, "within_km": 4000}, "lat=36&lon=40.5&within_km=4000"),
        ({"from": "2022-01-10", "to": "2022-02-01"}, "from=2022-01-10&to=2022-02-01"),
        ({"datetime": "2022-01-10/.."}, "datetime=2022-01-10/.."),
        ({"q": "hasakah", "sort": "relevance"}, "q=hasakah&sort=relevance"),
        ({"sample": 9, "seed": 4, "sort": "id"}, "sample=9&seed=4&sort=id"),
        ({"total": True, "limit": 1}, "total=true&limit=1"),
        ({"fields": ["title", "date_start"], "limit": 3}, "fields=title,date_start&limit=3"),
        ({"include": "participations", "limit": 3}, "include=participations&limit=3"),
    ],
)
def test_a_search_answers_what_the_list_answers(
    world: World, body: dict[str, Any], query_: str
) -> None:
    page = answered(world.base, "incidents", **body)
    same = world.base.json(f"/v1/incidents?{query_}")
    assert (page["data"], page["meta"]) == (same["data"], same["meta"])
    self_ = {"rel": "self", "href": "/v1/incidents/search", "type": "application/json"}
    assert page["links"] == [self_]


@pytest.mark.parametrize("format_", ["json", "csv", "ndjson", "geojson"])
def test_a_search_answers_in_every_format(world: World, format_: str) -> None:
    same = world.base.get(f"/v1/incidents?limit=9&country__exists=true&f={format_}")
    body = {"limit": 9, "country__exists": True}
    for answer in (
        post(world.base, "incidents", {**body, "f": format_}),
        post(world.base, "incidents", body, Accept=str(same.mimetype)),
    ):
        assert answer.status_code == 200
        assert answer.content_type == same.content_type
        if format_ in ("csv", "ndjson"):
            assert answer.data == same.data
        else:
            assert answer.get_json()["meta"] == same.get_json()["meta"]


def test_a_search_has_no_tag_and_no_next_address(world: World) -> None:
    answer = post(world.base, "incidents", {"limit": 1}, If_None_Match="*")
    assert answer.status_code == 200
    assert not {"ETag", "Link"} & set(answer.headers.keys())


def test_a_cursor_goes_on_in_the_list_and_the_other_way_round(world: World) -> None:
    everything = world.base.ids("/v1/incidents?visibility=public&bbox=-180,-90,180,90")
    body: dict[str, Any] = {"visibility": ["public"], "bbox": [-180, -90, 180, 90]}
    first = answered(world.base, "incidents", **body, limit=5)
    rest = "/v1/incidents?visibility=public&bbox=-180,-90,180,90&cursor="
    assert world.base.ids(rest + first["meta"]["next_cursor"]) == everything[5:]
    listed = world.base.json("/v1/incidents?visibility=public&bbox=-180,-90,180,90&limit=5")
    second = answered(
        world.base, "incidents", **body, limit=5, cursor=listed["meta"]["next_cursor"]
    )
    assert [record["id"] for record in second["data"]] == everything[5:10]


@pytest.mark.parametrize("few", [0, 2000])
@pytest.mark.parametrize("sort", ["id", "-id", "-date_start", "date_end,-id"])
def test_pages_of_a_search_for_many_ids_are_in_order(
    world: World, sort: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "FEW", few)
    order = world.base.ids(f"/v1/incidents?sort={sort}")
    wanted = set(random.Random(3).sample(order, 80))
    right = [name for name in order if name in wanted]
    body = {"id": sorted(wanted), "sort": sort, "limit": 9}
    assert ids(world.base, "incidents", **body) == right
    figures = [doc for doc in world.docs["figures"].values() if doc["incident"] in wanted]
    some = {"incident": sorted(wanted), "sort": "id", "limit": 9}
    assert ids(world.base, "figures", **some) == sorted(doc["id"] for doc in figures)
    without = {"incident__not": sorted(wanted), "limit": 9}
    others = sorted(set(world.docs["figures"]) - {doc["id"] for doc in figures})
    assert sorted(ids(world.base, "figures", **without)) == others


def test_ten_thousand_ids_are_looked_up_in_less_than_a_second(empty: Base) -> None:
    one = {"resource": "incidents", "title": "T", "date_start": "2022-01-01"}
    names = [f"i{n:05}" for n in range(10_000)]
    empty.put(*({**one, "id": name} for name in names))
    begun = time.monotonic()
    page = answered(empty, "incidents", id=names, total=True)
    assert time.monotonic() - begun < 1
    assert page["meta"]["total"] == 10_000
    assert "/id" in faults(post(empty, "incidents", {"id": [*names, "more"]}))


def wrong(parameter: Parameter) -> Iterator[tuple[Any, str]]:
    """Yield values that a member cannot have, and where in it the fault is."""
    yield from ((None, ""), ({}, ""), ({"a": 1}, ""))
    if parameter.several:
        yield from (([], ""), ([None], "/0"), ([[1]], "/0"))
        yield (["x"] * 11_000, "")
    elif parameter.name != "bbox":
        yield ([], "")
    if isinstance(parameter.kind, Flag):
        yield from ((1, ""), ("true", ""))
    elif isinstance(parameter.kind, Integer | Number):
        yield from (("1", ""), (True, ""), (1e300, ""), (-1000, ""))
    elif parameter.name == "bbox":
        yield from (([1, 2, 3], ""), ([1, 2, 3, "4"], ""), ("1,2,3,4", ""), ([0, 91, 0, 0], ""))
    else:
        yield (1.5, "")


@pytest.mark.parametrize(("resource", "name"), SPOILT)
def test_a_member_of_the_wrong_type_is_refused(sample: Base, resource: str, name: str) -> None:
    for value, place in wrong(GRAMMARS[resource][name]):
        found = faults(post(sample, resource, {name: value}))
        assert set(found) == {f"/{name}{place}"}, value


@pytest.mark.parametrize("resource", NAMES)
def test_all_faults_of_a_search_are_told_at_once(sample: Base, resource: str) -> None:
    body = {"limit": 0, "id": ["ok", "NOT", "ok2", ""], "no/such~thing": 1, "f": "xml"}
    found = faults(post(sample, resource, body))
    assert set(found) == {"/limit", "/id/1", "/id/3", "/no~1such~0thing", "/f"}
    assert "sort" in found["/no~1such~0thing"]


@pytest.mark.parametrize("body", [[], "text", 1, None, True])
def test_a_body_that_is_no_object_is_refused(sample: Base, body: Any) -> None:
    assert set(faults(post(sample, "incidents", body))) == {""}


def test_a_part_of_a_circle_is_refused(sample: Base) -> None:
    assert "together" in faults(post(sample, "incidents", {"lat": 1, "lon": 2}))["/lat"]


def test_an_id_that_is_not_there_is_named(sample: Base) -> None:
    for member, names in (("id", ["is", "nobody"]), ("affiliated_to", "nobody")):
        if member in GRAMMARS["actors"]:
            words = faults(post(sample, "actors", {member: names}), 404)[f"/{member}"]
            assert "nobody" in words


def test_a_cursor_that_is_not_this_search_s_is_refused(world: World) -> None:
    cursor = world.base.json("/v1/incidents?limit=1")["meta"]["next_cursor"]
    for given in (cursor, "garbage"):
        answer = post(world.base, "incidents", {"sort": "id", "cursor": given})
        assert set(faults(answer, 409)) == {"/cursor"}
        assert answer.get_json()["type"] == "/v1/problems/cursor-of-another-query"


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b'{"limit": 1'])
def test_a_body_that_is_no_json_is_refused(sample: Base, data: bytes) -> None:
    problem(post(sample, "incidents", data), 400)


def test_a_body_of_another_type_is_refused(sample: Base) -> None:
    answer = post(sample, "incidents", b"limit=1", Content_Type="text/plain")
    problem(answer, 415)
    assert answer.headers["Accept"] == "application/json"


def test_a_body_that_is_too_large_is_refused(sample: Base) -> None:
    problem(post(sample, "incidents", b" " * (DEFAULTS["search_bytes"] + 1)), 413)


def test_the_address_of_a_search_takes_no_parameters(sample: Base) -> None:
    answer = sample.client.post("/v1/incidents/search?limit=1", json={})
    assert [one["parameter"] for one in problem(answer)["errors"]] == ["limit"]


def test_a_record_that_is_called_search_is_still_read(base: Base) -> None:
    problem(base.get("/v1/incidents/search"), 404)
    one = {"resource": "incidents", "title": "T", "date_start": "2022-01-01"}
    base.put({**one, "id": "search"})
    assert base.json("/v1/incidents/search")["id"] == "search"


def test_a_page_of_another_site_may_search(sample: Base) -> None:
    answer = sample.client.options(
        "/v1/incidents/search",
        headers={"Origin": "https://example.org", "Access-Control-Request-Method": "POST"},
    )
    allowed = answer.headers["Access-Control-Allow-Methods"]
    assert "POST" in {name.strip() for name in allowed.split(",")}
    assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]
