"""What a later release does not have any more: looked for only in what its files cover."""

from pathlib import Path

import pytest

from tests.conftest import Base
from tests.desk import FIRST, ROWS, SECOND, Desk, killed, names


@pytest.fixture
def desk(empty: Base, tmp_path: Path) -> Desk:
    return Desk(empty, tmp_path)


def test_a_file_of_which_no_row_can_be_taken_has_nothing_withdrawn(desk: Desk) -> None:
    desk.release("22.1", FIRST, SECOND)
    bad = FIRST | {"id": "none", "date_start": "never"}
    gone = desk.release("23.1", bad, withdraw_missing=True, covers={})
    assert (gone.missing, gone.withdrawn) == ([], 0)
    assert gone.remarks[-1] == "no row could be taken: nothing counts as missing"


def test_only_the_country_of_the_files_is_looked_at(desk: Desk) -> None:
    elsewhere = next(row for row in ROWS if row["country"] == "India")
    desk.release("22.1", FIRST, SECOND, elsewhere)
    years = {"date_start": FIRST["date_start"], "date_end": FIRST["date_end"]}
    assert desk.release("23.1", FIRST).missing == names(
        *(row for row in (SECOND,) if row["date_start"][:4] == FIRST["date_start"][:4])
    )
    assert desk.release("23.1", FIRST, SECOND | years).missing == []
    covered = desk.release("23.1", FIRST, covers={"country": "DZA"})
    assert covered.missing == names(SECOND)
    assert "looked for what is missing in: country=DZA" in covered.remarks
    everywhere = desk.release("23.1", FIRST, covers={})
    assert sorted(everywhere.missing) == names(SECOND, elsewhere)


def test_only_the_division_of_the_files_is_looked_at(desk: Desk) -> None:
    rows = [
        FIRST | {"id": f"99900{n}", "adm_1": division}
        for n, division in enumerate(("North", "North", "South"))
    ]
    desk.release("22.1", *rows)
    assert desk.release("23.1", rows[0]).missing == names(rows[1])


def test_only_the_months_of_candidate_files_are_looked_at(desk: Desk) -> None:
    rows = [
        FIRST | {"id": f"99900{n}", "date_start": day, "date_end": day}
        for n, day in enumerate(("2022-01-31", "2022-02-01", "2022-02-28", "2022-03-01"))
    ]
    desk.candidate("22.0.2", *rows)
    assert desk.candidate("22.0.3", rows[1]).missing == names(rows[2])


def test_a_row_that_is_refused_is_not_missing(desk: Desk) -> None:
    desk.release("22.1", FIRST, SECOND)
    bad = FIRST | {"best": "many"}
    gone = desk.release("23.1", bad, SECOND, withdraw_missing=True, covers={})
    assert (gone.counts()["refused"], gone.missing) == (1, [])
    assert desk.base.json(killed(FIRST))["best"] == int(FIRST["best"])


def test_a_day_that_is_none_does_not_widen_what_is_looked_at(desk: Desk) -> None:
    desk.release("22.1", FIRST, SECOND)
    for day in ("n/a", "=1+1", "2022-13-45", "0000-01-01", "day", "٢٠٢٢-٠١-٠١"):
        bad = SECOND | {"id": "77", "date_start": day}
        found = desk.release("23.1", FIRST, SECOND, bad)
        assert (found.counts()["refused"], found.missing) == (1, [])
        assert desk.base.json("/v1/sources/ucdp-ged")["coverage"].startswith(
            f"3 rows, {min(FIRST['date_start'], SECOND['date_start'])} to "
        )


def test_an_event_that_a_rule_refuses_is_not_missing(desk: Desk) -> None:
    desk.release("22.1", FIRST, SECOND)
    gone = {"id": "ucdp-actor-777", "name": "Nobody", "actor_type": "rebel_group"}
    desk.edit("POST", "/v1/actors", gone)
    desk.edit("DELETE", "/v1/actors/ucdp-actor-777")
    changed = FIRST | {"side_b_new_id": "777", "side_b": "Nobody"}
    found = desk.release("23.1", changed, SECOND, withdraw_missing=True, covers={})
    assert (found.counts()["refused"], found.missing) == (1, [])
    assert desk.base.get(f"/v1/incidents/ucdp-ged-{FIRST['id']}").status_code == 200


@pytest.mark.parametrize("number", ["", "16x48"])
def test_nothing_is_withdrawn_where_it_is_not_certain_what_is_missing(
    number: str, desk: Desk
) -> None:
    desk.release("22.1", FIRST, SECOND)
    found = desk.release("23.1", FIRST | {"id": number}, SECOND, withdraw_missing=True, covers={})
    assert (found.counts()["refused"], found.missing, found.withdrawn) == (1, names(FIRST), 0)
    assert found.remarks[-1] == (
        "rows that were refused (1) may be any of what is missing: nothing is withdrawn. "
        "Mend them, and begin again"
    )
    assert desk.base.get(f"/v1/incidents/ucdp-ged-{FIRST['id']}").status_code == 200
