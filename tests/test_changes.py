"""The change feed: complete, in order, of what everybody may see."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from incidents_api.model import RESOURCES
from incidents_api.storage import changes
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base
from tests.test_dependents import record
from tests.test_errors import problem

Given = dict[str, Any]


def figure(name: str, **more: Any) -> Given:
    """Return a figure about some, of which an incident's casualties do not tell."""
    return record("figures", name, population={"status": ["civilian"]}, **more)


@pytest.fixture(scope="module")
def told_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with an incident, and a figure about it that was changed once."""
    path = tmp_path_factory.mktemp("told") / "told.db"
    Store.make(path).close()
    base = open_base(path)
    base.put(record("incidents", "i"), figure("f"), why="first")
    base.put(figure("f", best=4), who="ben", why="misread")
    base.store.close()
    return path


@pytest.fixture(scope="module")
def seen(told_file: Path) -> Iterator[Base]:
    """The base over it, to read."""
    base = open_base(told_file)
    yield base
    base.store.close()


@pytest.fixture
def told(told_file: Path, tmp_path: Path) -> Iterator[Base]:
    """A copy of it, to write to."""
    base = open_base(Path(shutil.copy(told_file, tmp_path / "told.db")))
    yield base
    base.store.close()


def entries(base: Base, query: str = "") -> list[Given]:
    """Return the entries of all pages of the feed."""
    found: list[Given] = []
    path = f"/v1/changes?{query}"
    while path:
        page = base.json(path)
        found += page["data"]
        path = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    return found


def short(found: list[Given]) -> list[tuple[Any, ...]]:
    return [(entry["seq"], entry["action"], entry["resource"], entry["id"]) for entry in found]


def write(base: Base, method: str, path: str, body: Any = None) -> None:
    """Write over HTTP, whatever stands there now."""
    answer = base.write(method, f"/v1/{path}", body, If_Match="*")
    assert answer.status_code == 200, answer.text


def test_an_entry_says_what_was_done_by_whom_and_why(seen: Base) -> None:
    entry = entries(seen)[-1]
    at = seen.json("/v1/figures/f")["recorded_at"]
    assert entry == {
        "seq": 2,
        "n": 1,
        "resource": "figures",
        "id": "f",
        "href": "/v1/figures/f",
        "version": 2,
        "action": "update",
        "changed_fields": ["best", "high", "low"],
        "recorded_at": at,
        "who": "ben",
        "why": "misread",
    }


def test_the_sample_is_told_whole_on_pages_of_any_size(sample: Base) -> None:
    whole = entries(sample, "limit=1000")
    counts = sample.json("/v1")["counts"]
    assert len(whole) == sum(counts.values())
    for limit in (1, 7, len(whole)):
        assert entries(sample, f"limit={limit}") == whole


def test_every_kind_of_write_is_told_in_order(told: Base) -> None:
    write(told, "DELETE", "figures/f?reason=wrong")
    write(told, "POST", "figures/f/restore?reason=right")
    told.put(figure("f", best=4, supersedes=None), record("actors", "paper"))
    told.put(figure("g", supersedes="f"))
    assert short(entries(told, "after=2")) == [
        (3, "withdraw", "figures", "f"),
        (4, "restore", "figures", "f"),
        (5, "create", "actors", "paper"),
        (6, "create", "figures", "g"),
        (6, "computed", "figures", "f"),
    ]
    assert [entry["why"] for entry in entries(told, "after=2")][:2] == ["wrong", "right"]


def test_a_feed_goes_on_behind_a_transaction_or_a_change(seen: Base) -> None:
    assert short(entries(seen, "after=1")) == [(2, "update", "figures", "f")]
    assert short(entries(seen, "after=1.1"))[0] == (1, "create", "figures", "f")
    assert entries(seen, "after=2") == []
    assert seen.json("/v1/changes?after=1")["meta"] == {
        "returned": 1,
        "next_cursor": None,
        "after": "2",
        "known_seq": 2,
    }
    assert seen.json("/v1/changes?limit=1")["meta"]["next_cursor"] == "1.1"


@pytest.mark.parametrize("record_type", [*RESOURCES], ids=lambda one: one.resource)
def test_a_feed_of_one_resource_has_its_changes_and_no_others(
    sample: Base, record_type: Any
) -> None:
    name = record_type.resource
    found = entries(sample, f"resource={name}&limit=5")
    assert [entry for entry in entries(sample, "limit=1000") if entry["resource"] == name] == found
    assert {entry["id"] for entry in found} == set(sample.ids(f"/v1/{name}"))


def test_a_feed_of_some_actions_has_those(seen: Base) -> None:
    assert short(entries(seen, "action=update,withdraw")) == [(2, "update", "figures", "f")]
    assert short(entries(seen, "action=create&resource=incidents")) == [
        (1, "create", "incidents", "i")
    ]


def test_nothing_new_is_not_told_again(told: Base) -> None:
    tag = told.get("/v1/changes?after=2").headers["ETag"]
    assert told.get("/v1/changes?after=2", If_None_Match=tag).status_code == 304
    told.put(figure("f", best=5))
    assert told.get("/v1/changes?after=2", If_None_Match=tag).status_code == 200


def test_only_the_members_asked_for_are_told(seen: Base) -> None:
    assert entries(seen, "fields=id,action&after=1") == [{"id": "f", "action": "update"}]


def test_a_record_comes_with_its_entry_as_it_stands_now(told: Base) -> None:
    write(told, "DELETE", "figures/f?reason=wrong")
    found = entries(told, "include=record&fields=id")
    now = told.json("/v1/incidents/i")
    gone = {"id": "f", "record": None}
    assert found == [{"id": "i", "record": now}, gone, gone, gone]


@pytest.mark.parametrize("after", ["3", "3.1", "999999999999999"])
def test_a_place_behind_the_last_transaction_is_refused(seen: Base, after: str) -> None:
    (fault,) = problem(seen.get(f"/v1/changes?after={after}"), 404)["errors"]
    assert fault["parameter"] == "after"
    assert "the last transaction is 2" in fault["detail"]


@pytest.mark.parametrize("query", ["after=", "after=-1", "after=1.0", "after=01", "resource=dogs"])
def test_what_is_no_place_or_resource_is_refused(seen: Base, query: str) -> None:
    (fault,) = problem(seen.get(f"/v1/changes?{query}"), 400)["errors"]
    assert fault["parameter"] == query.split("=")[0]


def test_a_rare_change_is_found_over_short_pages(
    told: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.put(*(record("actors", f"a{number}") for number in range(10)))
    whole = entries(told)
    monkeypatch.setattr(changes, "SCANNED", 3)
    page = told.json("/v1/changes?after=2&resource=figures")
    assert (page["data"], page["meta"]["next_cursor"]) == ([], "3.3")
    assert entries(told) == whole
    assert short(entries(told, "action=update")) == [(2, "update", "figures", "f")]


def test_what_was_never_public_is_not_told(told: Base) -> None:
    told.put(record("actors", "secret", visibility="restricted"))
    told.put(record("actors", "secret", visibility="restricted", notes="More."))
    write(told, "DELETE", "actors/secret?reason=hidden")
    assert entries(told, "after=2") == []


def test_what_becomes_restricted_is_told_without_reason_and_then_no_more(told: Base) -> None:
    told.put(record("incidents", "i", visibility="restricted"), why="a witness is in danger")
    told.put(record("incidents", "i", visibility="restricted", notes="More."))
    assert short(entries(told)) == [
        (3, "restrict", "incidents", "i"),
        (3, "restrict", "figures", "f"),
    ]
    assert {entry["why"] for entry in entries(told)} == {None}
    assert {entry["record"] for entry in entries(told, "include=record")} == {None}


def test_what_follows_from_what_is_restricted_does_not_tell_the_reason(told: Base) -> None:
    told.put(record("figures", "g"), why="a source in danger")
    told.put(record("figures", "g", visibility="restricted"), why="to protect a source in danger")
    follows = entries(told, "action=computed")
    assert [(entry["id"], entry["seq"]) for entry in follows] == [("i", 3), ("i", 4)]
    assert "danger" not in told.get("/v1/changes").text
    assert "danger" not in told.get("/v1/incidents/i/history").text


def test_what_becomes_public_is_told_again(told: Base) -> None:
    for visibility in ("restricted", "public"):
        told.put(record("incidents", "i", visibility=visibility))
    found = entries(told, "after=3&include=record")
    assert short(found) == [
        (4, "update", "incidents", "i"),
        (4, "publish", "incidents", "i"),
        (4, "publish", "figures", "f"),
    ]
    assert [entry["record"]["id"] for entry in found] == ["i", "i", "f"]
    assert (1, "create", "figures", "f") in short(entries(told))
