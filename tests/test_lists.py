"""Lists: order, paging, cursors, totals, samples."""

import base64
import csv
import io
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import orjson
import pytest
from requests.utils import parse_header_links

from incidents_api.model import RESOURCES
from incidents_api.model.record import Leaf
from incidents_api.storage import lists, query
from incidents_api.storage.cursors import written
from tests.conftest import Base
from tests.test_plans import NAMES, World, open_world

HERE = "http://localhost/"
SORTS = [
    (record.resource, sign + leaf.name)
    for record in RESOURCES
    for leaf in (Leaf("id", ("id",), record.kinds()["id"]), *record.leaves())
    for sign in ("", "-")
    if leaf.kind.sort or leaf.name == "id"
]
TIES = [(resource, f"{sort},{sign}id") for resource, sort in SORTS for sign in ("", "-")]
ALL = sorted({*SORTS, *(pair for pair in TIES if not pair[1].lstrip("-").startswith("id"))})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = open_world(tmp_path_factory.mktemp("lists"))
    yield made
    made.base.store.close()


def in_order(world: World, resource: str, sort: str) -> list[str]:
    """Return the ids in the order that a sort promises: nulls last, ties by id."""
    first, _, tie = sort.partition(",")
    name, down = first.lstrip("-"), first.startswith("-")
    keys = {i: sort_key(resource, name, doc) for i, doc in world.docs[resource].items()}
    ids = sorted(keys, reverse=tie == "-id" if tie else down)
    known = [i for i in ids if keys[i] is not None]
    known.sort(key=lambda i: keys[i], reverse=down)
    return known + [i for i in ids if keys[i] is None]


def sort_key(resource: str, name: str, doc: dict[str, Any]) -> Any:
    """Return the value of a record that a list is sorted by."""
    return doc["id"] if name == "id" else RESOURCES[resource].leaf(name).of(doc)


@pytest.mark.parametrize(("resource", "sort"), ALL)
def test_pages_give_each_record_once_in_order_with_the_unknown_last(
    world: World, resource: str, sort: str
) -> None:
    assert world.base.ids(f"/v1/{resource}?sort={sort}&limit=7") == in_order(world, resource, sort)


@pytest.mark.parametrize(("resource", "sort"), SORTS)
def test_streams_and_one_big_page_are_in_the_same_order(
    world: World, resource: str, sort: str
) -> None:
    right = in_order(world, resource, sort)
    path = f"/v1/{resource}?sort={sort}"
    page = world.base.json(f"{path}&limit=1000")
    rows = csv.DictReader(io.StringIO(world.base.get(f"{path}&f=csv").text, newline=""))
    lines = world.base.get(f"{path}&f=ndjson").data.splitlines()
    assert [record["id"] for record in page["data"]] == right
    assert [row["id"] for row in rows] == right
    assert [orjson.loads(line)["id"] for line in lines] == right


@pytest.mark.parametrize("extra", ["q=hasakah", "visibility=public"])
@pytest.mark.parametrize(("resource", "sort"), SORTS)
def test_a_stream_in_small_chunks_gives_what_pages_give(
    world: World, resource: str, sort: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "CHUNK", 5)
    path = f"/v1/{resource}?sort={sort}&{extra}"
    lines = world.base.get(f"{path}&f=ndjson").data.splitlines()
    assert [orjson.loads(line)["id"] for line in lines] == world.base.ids(path)


@pytest.mark.parametrize(
    ("resource", "filter_"),
    [
        ("incidents", "actor"),
        ("incidents", "facility"),
        ("incidents", "claimant"),
        ("incidents", "tags"),
        ("figures", "source"),
        ("figures", "incident__country"),
        ("facilities", "actor"),
        ("relations", "incident"),
    ],
)
def test_pages_of_common_values_are_walked_in_order(
    world: World, resource: str, filter_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    targets = {"incident": "incidents", "facility": "facilities", "source": "sources"}
    value = {"tags": "Hasakah", "incident__country": "AFG"}.get(filter_)
    names = [value] if value else sorted(world.docs[targets.get(filter_, "actors")])
    for name in names:
        for sort in ("", "&sort=id", "&sort=-id"):
            path = f"/v1/{resource}?{filter_}={name}{sort}"
            right = world.base.ids(path)
            with monkeypatch.context() as patch:
                patch.setattr(query, "FEW", 0)
                assert world.base.ids(f"{path}&limit=2") == right


@pytest.mark.parametrize("resource", NAMES)
def test_without_a_sort_a_list_is_in_its_declared_order(world: World, resource: str) -> None:
    order = RESOURCES[resource].order
    assert world.base.ids(f"/v1/{resource}") == in_order(world, resource, order)


@pytest.mark.parametrize("resource", NAMES)
def test_a_page_has_fifty_records_unless_another_limit_is_given(
    world: World, resource: str
) -> None:
    there = len(world.docs[resource])
    assert world.base.json(f"/v1/{resource}")["meta"]["returned"] == min(50, there)
    for limit in (1, 2, 1000):
        page = world.base.json(f"/v1/{resource}?limit={limit}")
        assert len(page["data"]) == page["meta"]["returned"] == min(limit, there)
        assert (page["meta"]["next_cursor"] is None) is (limit >= there)


@pytest.mark.parametrize("resource", NAMES)
def test_a_total_counts_all_matches(world: World, resource: str) -> None:
    page = world.base.json(f"/v1/{resource}?total=true&limit=1")
    assert page["meta"]["total"] == len(world.docs[resource])
    assert page["meta"]["total_is_minimum"] is False
    found = world.base.json(f"/v1/{resource}?total=true&limit=1&provisional=true")
    docs = world.docs[resource].values()
    assert found["meta"]["total"] == sum(doc["provisional"] for doc in docs)
    assert "total" not in world.base.json(f"/v1/{resource}")["meta"]


@pytest.mark.parametrize("format_", ["json", "csv", "ndjson"])
@pytest.mark.parametrize("resource", NAMES)
def test_the_link_header_leads_to_the_next_page(world: World, resource: str, format_: str) -> None:
    answer = world.base.get(f"/v1/{resource}?limit=9&visibility=public,restricted&f={format_}")
    links = {link["rel"]: link["url"] for link in parse_header_links(answer.headers["Link"])}
    assert world.base.get(links["next"]).status_code == 200
    if format_ == "json":
        found = {one["rel"]: one["href"] for one in answer.get_json()["links"]}
        assert urljoin(HERE, found["next"]) == urljoin(HERE, links["next"])
    last = world.base.get(f"/v1/{resource}?limit=1000&f={format_}")
    assert 'rel="next"' not in last.headers.get("Link", "")


@pytest.mark.parametrize("sort", ["-date_start", "date_end", "-date_end,id", "id"])
def test_a_cursor_stays_in_its_place_while_others_write(base: Base, sort: str) -> None:
    days: list[dict[str, Any]] = [
        {"date_start": f"2022-02-{1 + n // 3:02}", **({"date_end": "2022-03-01"} if n % 2 else {})}
        for n in range(20)
    ]
    made = [
        {"resource": "incidents", "id": f"i{n:02}", "title": "T", **day, "tags": ["paged"]}
        for n, day in enumerate(days)
    ]
    base.put(*made)
    path = f"/v1/incidents?tags=paged&sort={sort}"
    before = base.ids(path)
    first = base.json(f"{path}&limit=8")
    seen = [record["id"] for record in first["data"]]
    late = {**made[int(before[12][1:])], "visibility": "restricted"}
    base.put(
        {**made[int(before[2][1:])], "title": "changed"},
        {**made[int(before[1][1:])], "visibility": "restricted"},
        late,
        {**made[int(before[0][1:])], "id": f"{before[0]}x"},
    )
    (link,) = [link for link in first["links"] if link["rel"] == "next"]
    rest = base.ids(link["href"])
    wanted = [name for name in before[8:] if name != late["id"]]
    assert [name for name in rest if name in before] == wanted
    assert not set(rest) & set(seen)


def next_of(world: World, path: str) -> str:
    cursor = world.base.json(path)["meta"]["next_cursor"]
    assert isinstance(cursor, str)
    return cursor


@pytest.mark.parametrize(
    "path",
    [
        "/v1/incidents?sort=date_start&country__exists=true",
        "/v1/incidents?sort=-date_start",
        "/v1/incidents?sort=date_end",
        "/v1/incidents?q=hasakah",
        "/v1/figures",
        "/v1/actors?sort=name",
        "/v1/incidents?sort=date_start&sample=5",
        "/v1/incidents?sort=relevance&q=hasakah",
        "/v1/incidents?sort=date_start&sample=5&f=csv",
        "/v1/incidents/{id}/history",
    ],
)
def test_the_cursor_of_another_query_or_resource_is_refused(world: World, path: str) -> None:
    cursor = next_of(world, "/v1/incidents?sort=date_start&limit=3")
    path = path.format(id=next(iter(world.docs["incidents"])))
    sign = "&" if "?" in path else "?"
    answer = world.base.get(f"{path}{sign}cursor={cursor}")
    assert answer.status_code == 409
    assert answer.get_json()["type"] == "/v1/problems/cursor-of-another-query"
    assert [e["parameter"] for e in answer.get_json()["errors"]] == ["cursor"]


def test_a_cursor_with_one_character_changed_is_refused(world: World) -> None:
    path = "/v1/incidents?limit=3"
    cursor = next_of(world, path)
    passed = []
    for place, sign in enumerate(cursor):
        wrong = cursor[:place] + ("A" if sign != "A" else "B") + cursor[place + 1 :]
        if world.base.get(f"{path}&cursor={wrong}").status_code != 400:
            passed.append(wrong)
    assert not passed


@pytest.mark.parametrize("text", [b"5", b"null", b'"text"', b"{}", b"[]", b"[1,2,3]", b"nonsense"])
def test_a_cursor_that_is_no_cursor_inside_is_refused(world: World, text: bytes) -> None:
    cursor = base64.urlsafe_b64encode(text).decode().rstrip("=")
    answer = world.base.get(f"/v1/incidents?cursor={cursor}")
    assert answer.status_code == 400
    assert answer.get_json()["errors"][0]["parameter"] == "cursor"


@pytest.mark.parametrize(
    "place", [[0, 2**64 - 1, "x"], [1, None, "x"], [0, None, "x"], [0, {}, "x"]]
)
def test_a_forged_cursor_is_refused(world: World, place: list[Any]) -> None:
    cursor = next_of(world, "/v1/incidents?limit=3")
    check, bound_to = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))[:2]
    unchecked = base64.urlsafe_b64encode(orjson.dumps([check, bound_to, *place])).decode()
    forged = unchecked.rstrip("=")
    assert world.base.get(f"/v1/incidents?limit=3&cursor={forged}").status_code == 400


@pytest.mark.parametrize(
    "place", [[0, 2**64 - 1, "x"], [0, {}, "x"], [2, None, "x"], [0, None], [0, None, 5], []]
)
def test_a_whole_cursor_that_is_no_place_is_refused(world: World, place: list[Any]) -> None:
    cursor = next_of(world, "/v1/incidents?limit=3")
    bound_to = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))[1]
    answer = world.base.get(f"/v1/incidents?limit=3&cursor={written(bound_to, place)}")
    assert answer.status_code == 400
    assert answer.get_json()["errors"][0]["parameter"] == "cursor"


@pytest.mark.parametrize("resource", NAMES)
def test_an_empty_cursor_means_the_beginning(world: World, resource: str) -> None:
    name = next(iter(world.docs[resource]))
    for path in (f"/v1/{resource}?limit=3", f"/v1/{resource}/{name}/history?limit=3"):
        assert world.base.json(f"{path}&cursor=")["data"] == world.base.json(path)["data"]
    path = f"/v1/{resource}?limit=9"
    assert world.base.ids(f"{path}&cursor=") == world.base.ids(path)


@pytest.mark.parametrize("resource", NAMES)
def test_a_sample_is_of_distinct_matches_and_the_same_for_its_seed(
    world: World, resource: str
) -> None:
    def drawn(seed: int) -> list[str]:
        page = world.base.json(f"/v1/{resource}?sample=9&seed={seed}&visibility=public")
        assert page["meta"]["sample"] == 9
        assert page["meta"]["seed"] == seed
        return [record["id"] for record in page["data"]]

    first = drawn(1)
    assert len(set(first)) == 9
    assert set(first) <= set(world.docs[resource])
    assert drawn(1) == first
    assert len({tuple(drawn(seed)) for seed in range(12)}) == 12


def test_a_large_sample_gives_everything(world: World) -> None:
    page = world.base.json("/v1/incidents?sample=1000")
    assert sorted(r["id"] for r in page["data"]) == sorted(world.docs["incidents"])


def test_samples_favour_no_record(world: World) -> None:
    there = len(world.docs["incidents"])
    size, seeds = there * 9 // 10, 200
    seen: Counter[str] = Counter()
    for seed in range(seeds):
        page = world.base.json(f"/v1/incidents?sample={size}&seed={seed}&fields=id")
        seen.update(record["id"] for record in page["data"])
    share = size / there
    spread = (seeds * share * (1 - share)) ** 0.5
    far = {name: n for name, n in seen.items() if abs(n - seeds * share) > 5 * spread}
    assert not far


@pytest.mark.parametrize("sort", ["date_start", "-date_end,id", "id", "-id"])
def test_a_sample_is_sorted_where_a_sort_is_given_and_cut_by_a_limit(
    world: World, sort: str
) -> None:
    path = "/v1/incidents?sample=40&seed=5&visibility=public"
    drawn = world.base.ids(path)
    right = [name for name in in_order(world, "incidents", sort) if name in drawn]
    assert drawn != right
    assert world.base.ids(f"{path}&limit=7") == drawn[:7]
    assert world.base.ids(f"{path}&sort=relevance") == drawn
    assert world.base.ids(f"{path}&sort={sort}") == right
    page = world.base.json(f"{path}&sort={sort}&limit=7&cursor=")
    assert [record["id"] for record in page["data"]] == right[:7]
    told = {"returned": 7, "next_cursor": None, "known_seq": 1, "sample": 40, "seed": 5}
    assert page["meta"] == told
    lines = world.base.get(f"{path}&sort={sort}&f=ndjson").data.splitlines()
    assert [orjson.loads(line)["id"] for line in lines] == right


def test_relevance_without_words_is_the_usual_order(world: World) -> None:
    assert world.base.ids("/v1/incidents?sort=relevance&limit=9") == world.base.ids("/v1/incidents")


def test_a_sample_is_the_same_in_every_format(world: World) -> None:
    page = world.base.json("/v1/incidents?sample=9&seed=3")
    lines = world.base.get("/v1/incidents?sample=9&seed=3&f=ndjson").data.splitlines()
    assert [orjson.loads(line) for line in lines] == page["data"]
