"""Records, their sub-lists, their history, what they embed, and the service's own pages."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest

from incidents_api.contract import PROBLEMS
from incidents_api.model import RESOURCES
from incidents_api.model.fields import Link
from incidents_api.model.published import published
from incidents_api.storage.grammar import Grammar
from tests.conftest import Base
from tests.test_plans import NAMES, World, open_world

GRAMMARS = {record.resource: Grammar(RESOURCES, record) for record in RESOURCES}
INCLUDES = [(name, include) for name in NAMES for include in GRAMMARS[name].includes]
SUBLISTS = [(name, item) for name in NAMES for item in RESOURCES.sublists(name)]
#: Sub-lists as the contract names them.
PROMISED = {
    "incidents": ["figures", "assertions", "participations", "sites", "relations"],
    "actors": ["incidents", "figures", "assertions", "controls", "relations"],
    "facilities": ["incidents", "figures", "controls"],
    "sources": ["figures", "assertions"],
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = open_world(tmp_path_factory.mktemp("records"))
    yield made
    made.base.store.close()


def actor(name: str = "a", **more: Any) -> dict[str, Any]:
    return {"resource": "actors", "id": name, "name": name, "actor_type": "unknown", **more}


@pytest.mark.parametrize("resource", NAMES)
def test_a_record_is_the_same_in_its_list_and_at_its_address(world: World, resource: str) -> None:
    page = world.base.json(f"/v1/{resource}?limit=20")
    assert page["data"]
    for record in page["data"]:
        assert world.base.json(f"/v1/{resource}/{record['id']}") == record


@pytest.mark.parametrize("resource", NAMES)
def test_a_record_always_has_every_member(world: World, resource: str) -> None:
    for record in world.base.json(f"/v1/{resource}?limit=1000")["data"]:
        assert set(record) == set(RESOURCES[resource].kinds())


@pytest.mark.parametrize("resource", NAMES)
def test_a_list_says_where_it_is_and_how_much_it_returns(world: World, resource: str) -> None:
    page = world.base.json(f"/v1/{resource}")
    assert list(page) == ["data", "links", "meta"]
    assert page["links"][0] == {
        "rel": "self",
        "href": f"/v1/{resource}",
        "type": "application/json",
    }
    assert page["meta"]["returned"] == len(page["data"])


@pytest.mark.parametrize("suffix", ["", "?limit=2", "?f=csv", "?f=ndjson&limit=2", "?q=hasakah"])
@pytest.mark.parametrize("resource", NAMES)
def test_head_has_the_headers_of_get(world: World, resource: str, suffix: str) -> None:
    name = next(iter(world.docs[resource]))
    paths = [f"/v1/{resource}{suffix}", f"/v1/{resource}/{name}", f"/v1/{resource}/{name}/history"]
    for path in paths:
        got, head = world.base.get(path), world.base.client.head(path)
        assert head.status_code == 200
        assert head.data == b""
        assert dict(head.headers) == dict(got.headers)


@pytest.mark.parametrize("resource", NAMES)
def test_an_unknown_id_is_not_found(world: World, resource: str) -> None:
    for path in ("none-such", "none-such/history", "none-such?f=csv", "none-such?include=dataset"):
        answer = world.base.get(f"/v1/{resource}/{path}")
        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"
        assert "none-such" in answer.get_json()["detail"]


@pytest.mark.parametrize("resource", NAMES)
def test_a_restricted_record_is_not_found(world: World, resource: str) -> None:
    sql = f"SELECT id FROM {resource} WHERE shown = 1"
    hidden = [name for (name,) in world.base.store.connection.execute(sql)]
    assert hidden
    for name in hidden:
        assert world.base.get(f"/v1/{resource}/{name}").status_code == 404
        assert world.base.get(f"/v1/{resource}/{name}/history").status_code == 404


def test_a_withdrawn_record_is_gone_with_its_history(base: Base) -> None:
    base.put(actor())
    with base.store.writing("test", "by mistake") as transaction:
        values = RESOURCES["actors"].read({k: v for k, v in actor().items() if k != "resource"})
        transaction.put("actors", values, state="withdrawn")
    assert base.get("/v1/actors/a").status_code == 410
    assert base.get("/v1/actors/a?f=csv").status_code == 410
    assert base.get("/v1/actors/a/incidents").status_code == 410
    assert "a" not in base.ids("/v1/actors")
    versions = base.json("/v1/actors/a/history")["data"]
    assert [version["action"] for version in versions] == ["withdraw", "create"]


@pytest.mark.parametrize("resource", NAMES)
def test_every_link_of_a_record_leads_somewhere(sample: Base, resource: str) -> None:
    for record in sample.json(f"/v1/{resource}?limit=1000")["data"]:
        rels = {link["rel"] for link in record["links"]}
        assert {"self", "collection", "history", *PROMISED.get(resource, [])} <= rels
        for link in record["links"]:
            answer = sample.get(link["href"])
            assert answer.status_code == 200, link
            assert answer.mimetype == link["type"]


@pytest.mark.parametrize(("resource", "item"), SUBLISTS)
def test_a_sublist_is_the_filtered_list_that_it_stands_for(
    world: World, resource: str, item: Any
) -> None:
    filled = 0
    for name in world.docs[resource]:
        whole = world.base.json(f"/v1/{item.resource}?{item.parameter}={name}&limit=1000")
        part = world.base.json(f"/v1/{resource}/{name}/{item.name}?limit=1000")
        assert part["data"] == whole["data"]
        filled += bool(part["data"])
        narrow = "provisional=false&sort=-id&limit=1000"
        narrowed = world.base.json(f"/v1/{resource}/{name}/{item.name}?{narrow}")["data"]
        right = [record for record in whole["data"] if record["provisional"] is False]
        assert narrowed == sorted(right, key=lambda record: str(record["id"]), reverse=True)
    assert filled


@pytest.mark.parametrize(("resource", "item"), SUBLISTS)
def test_a_sublist_of_nobody_is_not_found_and_its_filter_is_not_given_twice(
    world: World, resource: str, item: Any
) -> None:
    assert world.base.get(f"/v1/{resource}/none-such/{item.name}").status_code == 404
    name = next(iter(world.docs[resource]))
    answer = world.base.get(f"/v1/{resource}/{name}/{item.name}?{item.parameter}={name}")
    assert answer.status_code == 400
    assert answer.get_json()["errors"][0]["parameter"] == item.parameter


def linked(world: World, resource: str, record: dict[str, Any], include: str) -> Any:
    """Return what an include stands for, read from the other records' own addresses."""
    out = RESOURCES[resource].links_out().get(include)
    if out:
        return world.docs[out.resource].get(record[include])
    for part in RESOURCES[resource].parts():
        if part.name == include and isinstance(part.kind, Link):
            docs = world.docs[part.kind.resource]
            return [docs[name] for name in part.of(record) if name in docs]
    return world.base.json(f"/v1/{resource}/{record['id']}/{include}?limit=1000")["data"]


@pytest.mark.parametrize(("resource", "include"), INCLUDES)
def test_what_is_embedded_is_what_is_linked(world: World, resource: str, include: str) -> None:
    found = 0
    for record in world.base.json(f"/v1/{resource}?limit=1000&include={include}")["data"]:
        right = linked(world, resource, record, include)
        assert list(record)[-1] == "embedded"
        (embedded,) = record["embedded"].values()
        if isinstance(right, list):
            found += len(right)
            right.sort(key=lambda one: str(one["id"]))
            embedded.sort(key=lambda one: str(one["id"]))
        assert embedded == right
        found += bool(right)
    assert found


@pytest.mark.parametrize("resource", NAMES)
def test_a_single_record_embeds_as_a_list_does(world: World, resource: str) -> None:
    names = ",".join(GRAMMARS[resource].includes)
    for record in world.base.json(f"/v1/{resource}?limit=5&include={names}")["data"]:
        assert list(record["embedded"]) == names.split(",")
        assert world.base.json(f"/v1/{resource}/{record['id']}?include={names}") == record


@pytest.mark.parametrize("resource", NAMES)
def test_fields_choose_members_of_a_record(world: World, resource: str) -> None:
    name, doc = next(iter(world.docs[resource].items()))
    found = world.base.json(f"/v1/{resource}/{name}?fields=notes,links")
    assert found == {key: doc[key] for key in ("id", "notes", "links")}


@pytest.mark.parametrize("resource", NAMES)
def test_a_record_as_entered_has_one_version(world: World, resource: str) -> None:
    name, doc = next(iter(world.docs[resource].items()))
    answer = world.base.json(f"/v1/{resource}/{name}/history")
    versions = [version for version in answer["data"] if version["action"] == "create"]
    assert [version["version"] for version in versions] == [1]
    assert answer["data"][0]["record"] == doc


def test_history_tells_who_changed_what_and_why_newest_first(base: Base) -> None:
    base.put(actor(), who="ann", why="first")
    base.put(actor(notes="n", country="SYR"), who="ben")
    base.put(actor(notes="n", country="IRQ"), who="eve", why="moved")
    path, seen = "/v1/actors/a/history", []
    answer = base.json(path)
    told = [(v["version"], v["who"], v["why"], v["action"]) for v in answer["data"]]
    assert told == [
        (3, "eve", "moved", "update"),
        (2, "ben", None, "update"),
        (1, "ann", "first", "create"),
    ]
    assert [v["changed_fields"] for v in answer["data"]] == [["country"], ["country", "notes"], []]
    assert [v["record"]["country"] for v in answer["data"]] == ["IRQ", "SYR", None]
    assert [v["record"]["version"] for v in answer["data"]] == [3, 2, 1]
    assert all(v["recorded_at"] == v["record"]["recorded_at"] for v in answer["data"])
    href = f"{path}?limit=1"
    while href:
        page = base.json(href)
        seen += page["data"]
        href = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
        assert len(page["data"]) == 1
    assert seen == answer["data"]


def test_the_index_counts_and_leads_to_everything(world: World) -> None:
    index = world.base.json("/v1/")
    assert index["counts"] == {name: len(docs) for name, docs in world.docs.items()}
    assert index["seq"] == world.base.store.seq()
    assert world.base.json("/v1") == index
    for link in index["links"]:
        answer = world.base.get(link["href"], Accept=link["type"])
        if link["rel"] == "search":
            assert answer.get_json()["errors"] == [{"parameter": "q", "detail": "is required"}]
        else:
            assert (answer.status_code, answer.mimetype) == (200, link["type"]), link
    sets = [d for d in world.docs["sources"].values() if d["source_type"] == "dataset"]
    assert sorted(one["id"] for one in index["datasets"]) == sorted(doc["id"] for doc in sets)


def test_the_counts_follow_what_is_written(base: Base) -> None:
    before = base.json("/v1/")["counts"]["actors"]
    base.put(actor(), actor("b", visibility="restricted"))
    assert base.json("/v1/")["counts"]["actors"] == before + 1


def test_vocabularies_are_the_same_in_json_and_csv(sample: Base) -> None:
    whole = sample.json("/v1/vocabularies")["data"]
    assert [vocabulary["id"] for vocabulary in whole] == list(published())
    for vocabulary in whole:
        path = f"/v1/vocabularies/{vocabulary['id']}"
        single = sample.json(path)
        assert {key: single[key] for key in vocabulary} == vocabulary
        rows = csv.DictReader(io.StringIO(sample.get(f"{path}?f=csv").text, newline=""))
        terms = [(row["term"], row["definition"]) for row in rows]
        assert terms == [(str(t["term"]), t["definition"]) for t in vocabulary["terms"]]
        assert all(definition for _, definition in terms)


def test_every_problem_is_explained(sample: Base) -> None:
    listed = sample.json("/v1/problems")["data"]
    assert [problem["type"] for problem in listed] == [f"/v1/problems/{name}" for name in PROBLEMS]
    for problem in listed:
        assert sample.json(problem["type"]) == problem
    assert sample.get("/v1/problems/none-such").status_code == 404
    assert sample.get("/v1/vocabularies/none-such").status_code == 404


def test_the_service_says_that_it_is_alive_and_ready(sample: Base) -> None:
    assert sample.json("/v1/health") == {"status": "alive"}
    ready = sample.json("/v1/ready")
    assert (ready["status"], ready["seq"]) == ("ready", sample.store.seq())


def test_the_root_leads_to_the_index(sample: Base) -> None:
    answer = sample.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/v1/")
