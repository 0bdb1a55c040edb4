"""Importing again, and later releases, beside what editors did in between: nothing is undone."""

from pathlib import Path

import pytest

from tests.conftest import Base
from tests.desk import FIRST, ROWS, SECOND, THIRD, Desk, incident, killed


@pytest.fixture
def desk(empty: Base, tmp_path: Path) -> Desk:
    return Desk(empty, tmp_path)


def test_what_an_editor_changed_stays_and_is_told(desk: Desk) -> None:
    desk.release("22.1", FIRST)
    desk.patch(incident(FIRST), place="An editor's place", title="An editor's title")
    later = FIRST | {"where_coordinates": "Elsewhere", "adm_1": "Another province"}
    assert desk.release("23.1", later).counts()["changed"] == 1
    found = desk.base.json(incident(FIRST))
    assert (found["title"], found["place"], found["admin1"]) == (
        "An editor's title",
        "An editor's place",
        "Another province",
    )
    (row,) = desk.rows()
    name = incident(FIRST).removeprefix("/v1/")
    assert row["changes"] == [f"{name}: admin1, source_values"] or row["changes"] == [
        f"{name}: admin1"
    ]
    assert row["kept"] == [f"{name}: title, place"]
    desk.unchanged_when_repeated("23.1", later)
    assert desk.rows()[0]["outcome"] == "kept"


def test_where_only_the_editors_members_differ_the_row_is_kept(desk: Desk) -> None:
    desk.release("22.1", FIRST)
    desk.patch(killed(FIRST), notes="The province's count is higher.", high=9)
    assert desk.release("23.1", FIRST | {"high": "7"}).counts()["kept"] == 1
    assert desk.base.json(killed(FIRST))["high"] == 9
    desk.unchanged_when_repeated("23.1", FIRST | {"high": "7"})


def test_a_change_that_does_not_go_with_the_editors_is_not_made(desk: Desk) -> None:
    row = FIRST | {"low": "2", "best": "3", "high": "4"}
    desk.release("22.1", row)
    desk.patch(killed(FIRST), high=5)
    later = row | {"low": "8", "best": "9", "high": "10"}
    assert desk.release("23.1", later).counts()["kept"] == 1
    found = desk.base.json(killed(FIRST))
    assert (found["low"], found["best"], found["high"]) == (2, 3, 5)
    desk.unchanged_when_repeated("23.1", later)


def test_an_incident_that_an_editor_withdrew_stays_so(desk: Desk) -> None:
    desk.release("22.1", FIRST, SECOND)
    desk.edit("DELETE", incident(FIRST), more="&cascade=true")
    later = FIRST | {"best": "3", "high": "3", "low": "3"}
    assert desk.release("23.1", later, SECOND).counts()["kept"] == 1
    assert desk.base.get(incident(FIRST)).status_code == 410
    assert desk.rows()[0]["kept"] == [f"{incident(FIRST)[4:]}: an editor has withdrawn it"]
    desk.unchanged_when_repeated("23.1", later, SECOND)


def test_a_figure_that_an_editor_withdrew_stays_so(desk: Desk) -> None:
    desk.release("22.1", FIRST)
    desk.edit("DELETE", f"{killed(FIRST)}-unknown")
    assert desk.release("23.1", FIRST).counts()["kept"] == 1
    assert desk.base.get(f"{killed(FIRST)}-unknown").status_code == 410
    desk.unchanged_when_repeated("23.1", FIRST)


def test_what_an_import_withdrew_comes_back_with_what_editors_made_of_it(desk: Desk) -> None:
    desk.release("21.1", FIRST, SECOND)
    desk.patch(incident(FIRST), title="An editor's title")
    gone = desk.release("22.1", SECOND, withdraw_missing=True, covers={})
    assert (gone.missing, gone.withdrawn) == ([incident(FIRST).rpartition("/")[2]], 1)
    later = FIRST | {"adm_1": "Another province"}
    back = desk.release("23.1", later, SECOND)
    assert back.counts()["accepted"] == 1
    found = desk.base.json(incident(FIRST))
    assert (found["title"], found["admin1"]) == ("An editor's title", "Another province")
    assert len(desk.base.ids(f"{incident(FIRST)}/figures")) == 5
    assert desk.rows()[0]["kept"] == [f"{incident(FIRST)[4:]}: title"]
    desk.unchanged_when_repeated("23.1", later, SECOND)


def test_a_record_of_the_same_id_entered_by_hand_is_left_alone(desk: Desk) -> None:
    by_hand = {"id": f"ucdp-ged-{FIRST['id']}", "title": "By hand", "date_start": "2020-01-01"}
    desk.edit("POST", "/v1/incidents", by_hand)
    assert desk.release("23.1", FIRST, SECOND).counts()["kept"] == 1
    assert desk.rows()[0]["kept"] == [
        f"{incident(FIRST)[4:]}: a record of this id was entered by hand"
    ]
    assert desk.base.json(incident(FIRST))["title"] == "By hand"
    assert desk.base.ids(f"{incident(FIRST)}/figures") == []
    desk.unchanged_when_repeated("23.1", FIRST, SECOND)
    gone = desk.release("24.1", SECOND, withdraw_missing=True, covers={})
    assert gone.missing == []


def test_what_others_link_to_is_not_withdrawn_and_it_is_told_why(desk: Desk) -> None:
    desk.release("22.1", FIRST, SECOND, THIRD)
    whole = incident(FIRST).rpartition("/")[2]
    part = {"id": "a-part", "title": "A part", "date_start": FIRST["date_start"], "part_of": whole}
    desk.edit("POST", "/v1/incidents", part)
    gone = desk.release("23.1", THIRD, withdraw_missing=True, covers={})
    assert (set(gone.missing), gone.withdrawn) == (
        {whole, incident(SECOND).rpartition("/")[2]},
        1,
    )
    assert any(
        words.startswith(f"{whole} is not withdrawn: incidents/a-part") for words in gone.remarks
    )
    assert desk.base.get(incident(SECOND)).status_code == 410
    assert len(desk.base.ids(f"{incident(FIRST)}/figures")) == 5
    desk.unchanged_when_repeated("23.1", THIRD, withdraw_missing=True, covers={})


def test_a_source_cell_that_a_later_release_drops_is_no_source_any_more(desk: Desk) -> None:
    row = next(row for row in ROWS if row["source_office"] == "Reuters News;Reuters News")
    desk.release("22.1", row)
    assert len(desk.base.json(killed(row))["sources"]) == 2
    columns = ("source_article", "source_office", "source_date", "source_headline")
    later = row | dict.fromkeys(columns, "")
    assert desk.release("23.1", later).counts()["changed"] == 1
    assert desk.base.json(killed(row))["sources"] == []
    desk.unchanged_when_repeated("23.1", later)


def test_what_an_editor_restored_is_not_withdrawn_again(desk: Desk) -> None:
    desk.release("22.1", FIRST, SECOND)
    gone = desk.release("23.1", SECOND, withdraw_missing=True, covers={})
    assert gone.withdrawn == 1
    desk.edit("POST", f"{incident(FIRST)}/restore")
    again = desk.release("24.1", SECOND, withdraw_missing=True, covers={})
    name = incident(FIRST).rpartition("/")[2]
    assert (again.missing, again.withdrawn) == ([name], 0)
    assert again.remarks[-1] == f"{name} is not withdrawn: an editor has restored it"
    assert desk.base.get(incident(FIRST)).status_code == 200
    desk.unchanged_when_repeated("24.1", SECOND, withdraw_missing=True, covers={})


def test_candidate_events_become_events_of_ged_and_stay_so(desk: Desk) -> None:
    desk.candidate("22.0.3", FIRST, SECOND)
    found = desk.base.json(incident(FIRST))
    assert (found["provisional"], found["dataset"]) == (True, "ucdp-candidate")
    later = FIRST | {"best": "9", "high": "9"}
    assert desk.release("23.1", later).counts()["changed"] == 1
    for path in (incident(FIRST), killed(FIRST), f"{killed(FIRST)}-a"):
        found = desk.base.json(path)
        assert (found["provisional"], found["dataset"]) == (False, "ucdp-ged")
    assert desk.base.json(incident(SECOND))["provisional"] is True
    before = desk.base.json(killed(FIRST))
    assert desk.candidate("22.0.4", FIRST, SECOND).counts()["kept"] == 1
    assert desk.rows()[0]["kept"] == [
        f"{incident(FIRST)[4:]}: a record of this id belongs to ucdp-ged"
    ]
    assert desk.base.json(killed(FIRST)) == before
    desk.unchanged_when_repeated("23.1", later)
