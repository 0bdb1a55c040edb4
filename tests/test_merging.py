"""Merging duplicates: links move, readers are sent on, and all of it can be taken back."""

import threading
from pathlib import Path
from typing import Any, Final

import pytest

from incidents_api import bundle
from incidents_api.model import RESOURCES
from incidents_api.storage import clocks, consistency
from incidents_api.storage.store import Store
from incidents_api.storage.survivors import survivor
from tests.conftest import Base, open_base
from tests.editor import contents
from tests.merging import in_step, links, merge, put_twins, undo
from tests.test_errors import problem
from tests.test_writes import Given, good


@pytest.fixture
def twins(empty: Base) -> Base:
    """Two incidents that are the same, and two actors, with what links to them."""
    return put_twins(empty)


@pytest.mark.parametrize("record", list(RESOURCES), ids=[r.resource for r in RESOURCES])
def test_every_record_of_the_sample_is_merged_with_a_copy_and_back(base: Base, record: Any) -> None:
    resource = record.resource
    names = base.ids(f"/v1/{resource}")
    for name in names[:3]:
        copy = base.json(f"/v1/{resource}/{name}") | {"id": f"{name}-copy"}
        if copy.get("rank") == "preferred":
            copy["rank"] = "normal"
        good(base.write("POST", f"/v1/{resource}", copy), 201)
        before = contents(base)
        told = merge(base, resource, name, f"{name}-copy")
        assert told["survivor"] == f"{name}-copy"
        after = contents(base)
        for one, other in links(told["moved"]):
            assert after[one, other] != before[one, other]
        assert name not in base.ids(f"/v1/{resource}")
        in_step(base)
        undo(base, resource, name)
        assert contents(base) == before
        in_step(base)


def test_links_move_to_the_survivor_each_by_an_edit(twins: Base) -> None:
    told = merge(twins, "incidents", "j", "i")
    assert (told["survivor"], told["survivor_href"]) == ("i", "/v1/incidents/i")
    assert links(told["moved"]) == {("figures", "f"), ("incidents", "part"), ("relations", "s")}
    assert links(told["withdrawn"]) == {("relations", "r")}
    assert twins.json("/v1/figures/f")["incident"] == "i"
    assert twins.ids("/v1/incidents/i/parts") == ["part"]
    version = twins.json("/v1/figures/f/history")["data"][0]
    assert (version["action"], version["version"], version["why"]) == ("update", 2, "same")
    assert "incident" in version["changed_fields"]
    gone = twins.json("/v1/relations/r/history")["data"][0]
    assert (gone["action"], gone["why"]) == ("withdraw", "same")
    lost = twins.json("/v1/incidents/j/history")["data"][0]
    assert (lost["action"], lost["changed_fields"]) == ("merge", [])
    in_step(twins)


def test_an_entry_that_the_survivor_has_already_is_not_doubled(twins: Base) -> None:
    merge(twins, "actors", "b", "a")
    assert twins.json("/v1/figures/f")["population"]["actor"] == ["a"]
    undo(twins, "actors", "b")
    assert twins.json("/v1/figures/f")["population"]["actor"] == ["a", "b"]


PATHS: Final = ("", "/figures", "/parts?limit=1", "/figures?f=csv&sort=id", "?include=figures")


@pytest.mark.parametrize("path", PATHS)
def test_a_reader_is_sent_on_to_the_survivor(twins: Base, path: str) -> None:
    merge(twins, "incidents", "j", "i")
    for method in ("GET", "HEAD"):
        answer = twins.client.open(f"/v1/incidents/j{path}", method=method)
        assert (answer.status_code, answer.headers["Location"]) == (308, f"/v1/incidents/i{path}")
        assert answer.headers["Cache-Control"] == "no-cache"
    assert twins.get(answer.headers["Location"]).status_code == 200


def test_a_chain_leads_to_its_end(twins: Base) -> None:
    merge(twins, "actors", "a", "b")
    merge(twins, "actors", "b", "c")
    assert twins.get("/v1/actors/a").headers["Location"] == "/v1/actors/c"
    assert twins.json("/v1/figures/f")["population"]["actor"] == ["c"]
    in_step(twins)
    undo(twins, "actors", "a")
    assert twins.json("/v1/actors/a")["version"] == 3
    assert twins.json("/v1/figures/f")["population"]["actor"] == ["a", "c"]
    assert twins.json("/v1/figures/f")["claimant"] == "c"
    undo(twins, "actors", "b")
    assert twins.json("/v1/figures/f")["claimant"] == "b"
    in_step(twins)


def test_what_was_merged_is_found_nowhere_but_in_its_history(twins: Base) -> None:
    merge(twins, "actors", "b", "a")
    assert twins.ids("/v1/actors") == ["a", "c"]
    assert sorted(twins.ids("/v1/actors?q=a")) == ["a", "c"]
    assert [v["action"] for v in twins.json("/v1/actors/b/history")["data"]] == ["merge", "create"]
    told = problem(twins.get("/v1/figures?claimant=b"), 404)
    assert "merged: ask for a" in told["detail"]
    assert problem(twins.get("/v1/actors?id=b"), 404)


def test_undoing_leaves_what_was_edited_since(twins: Base) -> None:
    merge(twins, "actors", "b", "a")
    good(twins.write("PATCH", "/v1/figures/f", {"claimant": "c"}, If_Match="*"))
    undo(twins, "actors", "b")
    assert twins.json("/v1/figures/f")["claimant"] == "c"
    assert twins.json("/v1/figures/f")["population"]["actor"] == ["a", "b"]
    in_step(twins)


def test_a_list_that_was_edited_since_gets_back_what_moved(twins: Base) -> None:
    merge(twins, "actors", "b", "a")
    population = {"population": {"actor": ["c", "a"]}}
    good(twins.write("PATCH", "/v1/figures/f", population, If_Match="*"))
    undo(twins, "actors", "b")
    assert twins.json("/v1/figures/f")["population"]["actor"] == ["c", "a", "b"]


def test_what_is_restored_follows_what_was_merged_meanwhile(twins: Base) -> None:
    good(twins.write("DELETE", "/v1/figures/f?reason=x", If_Match="*"))
    merge(twins, "incidents", "j", "i")
    undo(twins, "figures", "f")
    assert twins.json("/v1/figures/f")["incident"] == "i"
    in_step(twins)


def test_a_batch_merges_what_it_makes_and_all_or_nothing(twins: Base) -> None:
    new = {"id": "n", "name": "N", "actor_type": "media"}
    operations: list[Given] = [
        {"op": "merge", "resource": "actors", "id": "a", "into": "n", "if_match": "*"},
        {"op": "merge", "resource": "actors", "id": "b", "into": "n", "if_match": "*"},
        {"op": "create", "resource": "actors", "record": new},
    ]
    told = good(twins.write("POST", "/v1/batch", {"operations": operations}))["results"]
    assert [(one["action"], one.get("survivor")) for one in told] == [
        ("merged", "n"),
        ("merged", "n"),
        ("created", None),
    ]
    assert twins.json("/v1/figures/f")["population"]["actor"] == ["n"]
    in_step(twins)
    undo(twins, "actors", "a")
    assert twins.json("/v1/figures/f")["population"]["actor"] == ["a", "n"]
    wrong = [operations[0], {**operations[1], "into": "none"}]
    wrong[0] = {**wrong[0], "into": "c"}
    wrong[1] = {**wrong[1], "id": "c"}
    before = contents(twins)
    errors = problem(twins.write("POST", "/v1/batch", {"operations": wrong}), 409)["errors"]
    assert [error["pointer"] for error in errors] == ["/operations/1/into"]
    assert contents(twins) == before


def test_what_everybody_may_not_see_is_not_named(twins: Base) -> None:
    merge(twins, "incidents", "j", "k")
    hidden = {"visibility": "restricted"}
    good(twins.write("PATCH", "/v1/incidents/k", hidden, If_Match="*"))
    assert problem(twins.get("/v1/incidents/j"), 404)
    told = problem(twins.get("/v1/figures?incident=j"), 404)["errors"][0]
    assert told["detail"] == "there is no record j among the incidents"
    known = twins.get("/v1/incidents/j", Authorization=f"Bearer {twins.key}")
    assert known.headers["Location"] == "/v1/incidents/k"


def test_before_the_merge_the_record_answers_as_itself(twins: Base) -> None:
    seq = twins.store.seq()
    merge(twins, "actors", "b", "a")
    with twins.store.reading() as connection:
        for at, found in ((seq, None), (seq + 1, "a")):
            read = clocks.source(clocks.Clocks(at), twins.store.tables)
            last = survivor(connection, read, "actors", "b")
            assert (last and last.id) == found


def test_an_export_with_merged_records_loads_into_an_equal_base(
    twins: Base, tmp_path: Path
) -> None:
    merge(twins, "actors", "b", "a")
    merge(twins, "actors", "a", "c")
    file = tmp_path / "all.ndjson"
    file.write_bytes(b"".join(bundle.export(twins.store)))
    Store.make(tmp_path / "other.db").close()
    other = open_base(tmp_path / "other.db")
    bundle.load(other.store, [file], who="test")
    assert contents(other) == contents(twins)
    assert other.get("/v1/actors/b").headers["Location"] == "/v1/actors/c"
    assert bundle.load(other.store, [file], who="test")["unchanged"] == len(contents(other))
    in_step(other)
    other.store.close()


def test_a_bundle_does_not_revive_what_was_merged(twins: Base, tmp_path: Path) -> None:
    file = tmp_path / "all.ndjson"
    file.write_bytes(b"".join(bundle.export(twins.store)))
    merge(twins, "actors", "b", "a")
    with pytest.raises(bundle.Faulty, match="has been merged"):
        bundle.load(twins.store, [file], who="test")


def test_a_survivor_that_does_not_go_with_its_state_is_found(twins: Base) -> None:
    merge(twins, "actors", "b", "a")
    with twins.store.exclusive() as connection:
        connection.execute("UPDATE actors SET survivor = pk WHERE id = 'b'")
        connection.execute("UPDATE actors SET survivor = pk WHERE id = 'c'")
        connection.execute("COMMIT")
    assert [words for words in consistency.faults(twins.store) if "survivor" in words] == [
        "actors/c: its state and its survivor do not go together",
        "actors/b: the chain of its survivors leads back to it",
    ]


def test_of_two_merges_at_once_one_is_done(twins: Base) -> None:
    other = open_base(twins.store.path)
    twins.key  # noqa: B018 - made before both write
    other.__dict__["key"] = twins.key
    statuses = []

    def run(base: Base, name: str, into: str) -> None:
        path = f"/v1/actors/{name}/merge-into"
        statuses.append(base.write("POST", path, {"into": into}, If_Match="*").status_code)

    for _ in range(5):
        pair = ((twins, "a", "b"), (other, "b", "a"))
        threads = [threading.Thread(target=run, args=one) for one in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        lost = "a" if twins.get("/v1/actors/a").status_code == 308 else "b"
        undo(twins, "actors", lost)
    other.store.close()
    assert sorted(statuses) == [200] * 5 + [409] * 5
    in_step(twins)
