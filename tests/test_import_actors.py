"""The UCDP Actor Dataset: names, splinters and alliances; actors are found, never guessed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from incidents_api.importers.report import Summary
from incidents_api.storage import consistency
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base
from tests.imports import ACTORS, SAMPLE, run, table, told, written

ROWS: Final = {row["ActorId"]: row for row in table(ACTORS)}
EVENT: Final = table(SAMPLE)[0]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Base, Summary, Path]]:
    folder = tmp_path_factory.mktemp("actors")
    store = Store.make(folder / "actors.db")
    report = folder / "report.json"
    summary = run(store, ACTORS, report=report)
    store.close()
    base = open_base(folder / "actors.db")
    yield base, summary, report
    base.store.close()


def relations(base: Base, number: int) -> set[tuple[str, str]]:
    """Return the relations that lead from an actor."""
    name = f"ucdp-actor-{number}"
    page = base.json(f"/v1/actors/{name}/relations")
    return {(one["type"], one["to_actor"]) for one in page["data"] if one["from_actor"] == name}


def test_every_row_is_an_actor(imported: tuple[Base, Summary, Path]) -> None:
    base, summary, _ = imported
    assert summary.head["release"] == "22.1"
    counts = summary.counts()
    assert (counts["rows"], counts["accepted"], counts["refused"]) == (1725, 1725, 0)
    for number in ("2", "234", "751", "1198"):
        found = base.json(f"/v1/actors/ucdp-actor-{number}")
        assert found["name"] == ROWS[number]["NameData"].strip()
        assert found["external_ids"] == [{"scheme": "ucdp_actor", "value": number}]
        assert found["source_values"]["imported_from"].startswith("ucdp-actor-22.1.csv:")


def test_names_one_after_the_other_are_aliases(imported: tuple[Base, Summary, Path]) -> None:
    found = imported[0].json("/v1/actors/ucdp-actor-234")
    names = {one["name"]: (one["kind"], one["lang"]) for one in found["aliases"]}
    assert names["ISIS"] == ("former", None)
    assert names["Islamic State"] == ("official", "en")
    assert names["Islamic State of Iraq"] == ("former", "en")
    assert found["name"] not in names


def test_a_comma_in_a_name_parts_nothing(imported: tuple[Base, Summary, Path]) -> None:
    found = imported[0].json("/v1/actors/ucdp-actor-47")
    assert [one["name"] for one in found["aliases"]] == ["Government of Macedonia, FYR"]
    assert (found["country"], found["gwno"], found["actor_type"]) == ("MKD", 343, "government")


def test_splinters_alliances_and_joined_groups_are_relations(
    imported: tuple[Base, Summary, Path],
) -> None:
    base = imported[0]
    assert ("splinter_of", "ucdp-actor-890") in relations(base, 180)
    assert ("allied_with", "ucdp-actor-195") in relations(base, 193)
    assert {("member_of", "ucdp-actor-204"), ("member_of", "ucdp-actor-1067")} <= relations(
        base, 205
    )
    assert ("merged_into", "ucdp-actor-123") in relations(base, 124)


def test_an_actor_is_no_splinter_of_itself(imported: tuple[Base, Summary, Path]) -> None:
    base, _, report = imported
    assert relations(base, 283) == set()
    mended = [row for row in told(report)["rows"] if row["repairs"]]
    assert [row["id"] for row in mended] == ["actors/ucdp-actor-283"]


def test_states_that_ended_are_told_of(imported: tuple[Base, Summary, Path]) -> None:
    rows = told(imported[2])["rows"]
    noted = {row["id"] for row in rows if any("country" in note for note in row["notes"])}
    assert "actors/ucdp-actor-124" in noted  # the Government of South Yemen


def test_again_changes_nothing(imported: tuple[Base, Summary, Path]) -> None:
    base, first, _ = imported
    again = run(base.store, ACTORS)
    assert again.seq == (first.seq[1], first.seq[1])
    assert (again.counts()["unchanged"], again.missing) == (1725, [])


def test_everything_is_in_step(imported: tuple[Base, Summary, Path]) -> None:
    assert list(consistency.faults(imported[0].store, lambda _: None)) == []


@pytest.mark.parametrize("first", [SAMPLE, ACTORS], ids=["events first", "actors first"])
def test_events_and_actors_meet_in_either_order(empty: Base, tmp_path: Path, first: Path) -> None:
    numbers = [EVENT["side_a_new_id"], EVENT["side_b_new_id"]]
    events = written(tmp_path / "ged-23.1.csv", [EVENT])
    actors = written(tmp_path / "actor.csv", [ROWS[number] for number in numbers])
    for file in (events, actors) if first is SAMPLE else (actors, events):
        run(empty.store, file)
    parts = empty.json(f"/v1/incidents/ucdp-ged-{EVENT['id']}/participations?include=actor")["data"]
    told_of = {one["actor"]: one["embedded"]["actor"] for one in parts}
    for number in numbers:
        actor = told_of[f"ucdp-actor-{number}"]
        assert actor["dataset"] == "ucdp-actor"
        assert actor["name"] == ROWS[number]["NameData"].strip()
    assert run(empty.store, events).counts()["unchanged"] == 1
    assert run(empty.store, actors).counts()["unchanged"] == 2


def editor(**values: Any) -> dict[str, Any]:
    """Return an actor that an editor has entered."""
    return {"resource": "actors", "id": "ours", "actor_type": "rebel_group", **values}


def side(base: Base, letter: str) -> str:
    """Return who is on a side of the event."""
    page = base.json(f"/v1/incidents/ucdp-ged-{EVENT['id']}/participations?side={letter}")
    return str(page["data"][0]["actor"])


def test_an_actor_is_found_by_its_identifier(empty: Base, tmp_path: Path) -> None:
    number = EVENT["side_b_new_id"]
    identifier = [{"scheme": "ucdp_actor", "value": number}]
    empty.put(editor(name="Another Name", external_ids=identifier))
    run(empty.store, written(tmp_path / "ged.csv", [EVENT]))
    assert side(empty, "b") == "ours"
    summary = run(empty.store, written(tmp_path / "actor.csv", [ROWS[number]]))
    assert summary.counts()["kept"] == 1
    assert empty.json("/v1/actors/ours")["name"] == "Another Name"
    assert empty.get(f"/v1/actors/ucdp-actor-{number}").status_code == 404


def test_an_actor_is_found_by_its_exact_alias(empty: Base, tmp_path: Path) -> None:
    empty.put(editor(name="Another Name", aliases=[{"name": EVENT["side_b"]}]))
    summary = run(empty.store, written(tmp_path / "ged.csv", [EVENT]))
    assert side(empty, "b") == "ours"
    assert summary.records["actors"]["found by name"] == 1


@pytest.mark.parametrize(
    "others",
    [
        [editor(name=EVENT["side_b"].lower())],
        [editor(name=EVENT["side_b"]), editor(id="theirs", name=EVENT["side_b"])],
        [editor(name=EVENT["side_b"], external_ids=[{"scheme": "ucdp_actor", "value": "9"}])],
    ],
    ids=["another case", "two of one name", "another identifier"],
)
def test_an_actor_is_never_guessed(
    empty: Base, tmp_path: Path, others: list[dict[str, Any]]
) -> None:
    empty.put(*others)
    run(empty.store, written(tmp_path / "ged.csv", [EVENT]))
    assert side(empty, "b") == f"ucdp-actor-{EVENT['side_b_new_id']}"
