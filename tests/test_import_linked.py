"""Whom rows name and what they cite, where editors have merged and withdrawn: never by guess."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from incidents_api.importers import FORMATS
from incidents_api.importers.entering import Entering, Parsed
from tests.conftest import Base
from tests.desk import ALGERIA, FIRST, ROWS, SECOND, THIRD, Desk, incident, killed


@pytest.fixture
def desk(empty: Base, tmp_path: Path) -> Desk:
    return Desk(empty, tmp_path)


def merge(desk: Desk, resource: str, name: str, into: str) -> None:
    desk.edit("POST", f"/v1/{resource}/{name}/merge-into", {"into": into})


def test_what_belongs_to_a_merged_incident_goes_to_its_survivor(desk: Desk) -> None:
    desk.release("22.1", FIRST, SECOND)
    pair = [incident(row).rpartition("/")[2] for row in (FIRST, SECOND)]
    merge(desk, "incidents", *pair)
    figures = desk.base.ids(f"{incident(SECOND)}/figures")
    assert len(figures) == 10
    later = FIRST | {"best": "7", "high": "9", "deaths_a": "6"}
    assert desk.release("23.1", later, SECOND).counts()["changed"] == 1
    assert desk.base.json(killed(FIRST))["best"] == 7
    assert desk.base.json(killed(FIRST))["incident"] == pair[1]
    assert desk.base.ids(f"{incident(SECOND)}/figures") == figures
    desk.unchanged_when_repeated("23.1", later, SECOND)


def test_merged_incidents_may_stand_in_different_files(desk: Desk) -> None:
    desk.release("22.1", FIRST, SECOND)
    pair = [incident(row).rpartition("/")[2] for row in (FIRST, SECOND)]
    merge(desk, "incidents", *pair)
    figures = desk.base.ids(f"{incident(SECOND)}/figures")
    desk.release("23.1", SECOND)
    assert desk.base.ids(f"{incident(SECOND)}/figures") == figures
    desk.unchanged_when_repeated("23.1", SECOND)
    desk.release("23.1", FIRST)
    desk.unchanged_when_repeated("23.1", FIRST)


def test_an_incident_into_which_others_were_merged_is_not_withdrawn(desk: Desk) -> None:
    desk.release("22.1", FIRST, SECOND, THIRD)
    pair = [incident(row).rpartition("/")[2] for row in (FIRST, SECOND)]
    merge(desk, "incidents", *pair)
    gone = desk.release("23.1", FIRST, THIRD, withdraw_missing=True, covers={})
    assert (gone.missing, gone.withdrawn) == ([pair[1]], 0)
    assert gone.remarks[-1].startswith(f"{pair[1]} is not withdrawn: ")
    assert f"figures/{pair[0]}-killed links to it" in gone.remarks[-1]
    assert "links to it by incident: change that, or withdraw both; " in gone.remarks[-1]
    assert gone.remarks[-1].endswith("; and 4 more")
    assert len(desk.base.ids(f"{incident(SECOND)}/figures")) == 10
    desk.unchanged_when_repeated("23.1", FIRST, THIRD, withdraw_missing=True, covers={})


def test_a_new_row_names_the_survivor_of_a_merged_actor(desk: Desk) -> None:
    desk.release("22.1", FIRST)
    actor = f"ucdp-actor-{FIRST['side_b_new_id']}"
    desk.edit(
        "POST",
        "/v1/actors",
        {"id": "survivor", "name": "S", "actor_type": "rebel_group", "visibility": "public"},
    )
    merge(desk, "actors", actor, "survivor")
    new = FIRST | {"id": "999999901"}
    assert desk.release("23.1", FIRST, new).counts()["accepted"] == 1
    assert desk.base.json(f"/v1/participations/ucdp-ged-{new['id']}-b")["actor"] == "survivor"
    population = desk.base.json(f"{killed(new)}-b")["population"]
    assert population["actor"] == ["survivor"]
    desk.unchanged_when_repeated("23.1", FIRST, new)


def test_the_identifier_of_an_actor_that_was_merged_leads_to_its_survivor(desk: Desk) -> None:
    identifier = {"scheme": "ucdp_actor", "value": FIRST["side_b_new_id"]}
    for name, identifiers in (("by-hand", [identifier]), ("survivor", [])):
        made = {"id": name, "name": name, "actor_type": "rebel_group"}
        desk.edit("POST", "/v1/actors", made | {"external_ids": identifiers})
    merge(desk, "actors", "by-hand", "survivor")
    desk.release("23.1", FIRST)
    name = f"/v1/participations/ucdp-ged-{FIRST['id']}-b"
    assert desk.base.json(name)["actor"] == "survivor"
    desk.unchanged_when_repeated("23.1", FIRST)


def test_a_new_row_cites_the_survivor_of_a_merged_source(desk: Desk) -> None:
    row = next(row for row in ROWS if row["source_office"] == "Reuters News;Reuters News")
    desk.release("22.1", row)
    one, other = (cited["source"] for cited in desk.base.json(killed(row))["sources"])
    merge(desk, "sources", one, other)
    new = row | {"id": "999999902"}
    assert desk.release("23.1", row, new).counts()["refused"] == 0, desk.rows()
    assert [cited["source"] for cited in desk.base.json(killed(new))["sources"]] == [other]
    desk.unchanged_when_repeated("23.1", row, new)


def side_b(desk: Desk, row: dict[str, str]) -> str:
    found = desk.base.json(f"/v1/participations/ucdp-ged-{row['id']}-b")["actor"]
    assert isinstance(found, str)
    return found


def actor(name: str, *aliases: str, number: str | None = None) -> dict[str, Any]:
    made = {"id": name, "name": f"The {name}", "actor_type": "rebel_group"}
    known = [{"name": alias} for alias in aliases]
    numbers = [] if number is None else [{"scheme": "ucdp_actor", "value": number}]
    return made | {"aliases": known, "external_ids": numbers}


@pytest.mark.parametrize(
    ("there", "found"),
    [
        pytest.param([actor("one", number=FIRST["side_b_new_id"])], "one", id="identifier"),
        pytest.param([actor("one", FIRST["side_b"])], "one", id="alias"),
        pytest.param([actor("one", FIRST["side_b"].lower())], None, id="no exact alias"),
        pytest.param(
            [actor("one", FIRST["side_b"]), actor("two", FIRST["side_b"])],
            None,
            id="two of one alias",
        ),
        pytest.param(
            [actor("one", FIRST["side_b"], number="1234567")],
            None,
            id="another one by its identifier",
        ),
        pytest.param(
            [actor("one", FIRST["side_b"]), actor("two", number=FIRST["side_b_new_id"])],
            "two",
            id="identifier before alias",
        ),
    ],
)
def test_actors_are_found_by_identifier_or_exact_alias_never_by_guess(
    desk: Desk, there: list[dict[str, Any]], found: str | None
) -> None:
    for one in there:
        desk.edit("POST", "/v1/actors", one)
    desk.release("23.1", FIRST)
    assert side_b(desk, FIRST) == (found or f"ucdp-actor-{FIRST['side_b_new_id']}")
    desk.unchanged_when_repeated("23.1", FIRST)


def test_rows_that_name_an_actor_whom_an_editor_withdrew_are_refused(desk: Desk) -> None:
    number = FIRST["side_b_new_id"]
    desk.edit("POST", "/v1/actors", actor(f"ucdp-actor-{number}"))
    desk.edit("DELETE", f"/v1/actors/ucdp-actor-{number}")
    other = next(row for row in ALGERIA if row["side_b_new_id"] != number)
    counts = desk.release("23.1", FIRST, other).counts()
    assert (counts["accepted"], counts["refused"]) == (1, 1)
    refused = next(row for row in desk.rows() if row["outcome"] == "refused")
    assert f"'ucdp-actor-{number}' among the actors has been withdrawn" in refused["reasons"][0]


def test_an_actor_that_is_merged_while_the_import_goes_on_is_followed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FORMATS, "ucdp-ged", replace(FORMATS["ucdp-ged"], batch=1))
    number = FIRST["side_b_new_id"]
    desk.edit("POST", "/v1/actors", actor("survivor"))
    enter = Entering.enter

    def merged(self: Entering, batch: Sequence[Parsed]) -> Any:
        found = enter(self, batch)
        if desk.base.get(f"/v1/actors/ucdp-actor-{number}").status_code == 200:
            merge(desk, "actors", f"ucdp-actor-{number}", "survivor")
        return found

    monkeypatch.setattr(Entering, "enter", merged)
    rows = [FIRST | {"id": f"99900{n}"} for n in range(3)]
    assert desk.release("23.1", *rows, name="ucdp-ged").counts()["accepted"] == 3
    assert {side_b(desk, row) for row in rows} == {"survivor"}
