"""What a release says beside another one: older, named later, without rows, with events dropped."""

import csv
from pathlib import Path
from typing import Final

import pytest

from incidents_api.importers.reading import Unfit
from incidents_api.importers.source_cells import names_the_dead
from tests.conftest import Base
from tests.imports import MAVERICK, SAMPLE, run, table, told, written

ROWS: Final = table(SAMPLE)[:3]
REPORTS: Final = table(MAVERICK)


def test_an_older_release_is_told_of_and_withdraws_nothing(empty: Base, tmp_path: Path) -> None:
    run(empty.store, written(tmp_path / "ged-23.1.csv", ROWS))
    old = written(tmp_path / "ged-22.1.csv", ROWS[:1])
    with pytest.raises(Unfit, match=r"22\.1 is older than 23\.1"):
        run(empty.store, old, withdraw_missing=True)
    before = empty.store.seq()
    summary = run(empty.store, old)
    assert any("older than 23.1" in remark for remark in summary.remarks)
    assert (summary.withdrawn, summary.seq[0]) == (0, before)


def test_a_release_that_is_named_later_says_when_it_was_said(empty: Base, tmp_path: Path) -> None:
    file = written(tmp_path / "ged.csv", ROWS)
    path = f"/v1/figures/ucdp-ged-{ROWS[0]['id']}-killed"
    run(empty.store, file)
    assert empty.json(path)["said_at"] == "2026-11-30"
    run(empty.store, file, release="23.1")
    assert empty.json(path)["said_at"] == "2023-12-31"
    assert run(empty.store, file, release="24.1").counts()["unchanged"] == 3
    assert empty.json(path)["said_at"] == "2023-12-31"


def test_a_file_without_rows_is_refused(empty: Base, tmp_path: Path) -> None:
    file = tmp_path / "ged-23.1.csv"
    file.write_text(",".join(ROWS[0]) + "\n", encoding="utf-8")
    with pytest.raises(Unfit, match="a header and no row"):
        run(empty.store, file)
    assert empty.store.seq() == 0


def test_a_candidate_that_the_yearly_release_drops_is_missing(empty: Base, tmp_path: Path) -> None:
    candidates = written(tmp_path / "candidate-v22_0_11.csv", ROWS)
    run(empty.store, candidates, name="ucdp-candidate")
    report = tmp_path / "report.csv"
    summary = run(empty.store, written(tmp_path / "ged-23.1.csv", ROWS[1:]), report=report)
    dropped = f"ucdp-ged-{ROWS[0]['id']}"
    if ROWS[0]["date_start"][:4] in {row["date_start"][:4] for row in ROWS[1:]}:
        assert summary.missing == [dropped]
        with report.open(encoding="utf-8", newline="") as file:
            lines = [row["id"] for row in csv.DictReader(file) if row["outcome"] == "missing"]
        assert lines == [f"incidents/{dropped}"]


def test_what_a_report_says_of_days_and_places_is_kept(empty: Base, tmp_path: Path) -> None:
    own = [row for row in REPORTS if row["event_id"] == REPORTS[0]["event_id"]]
    run(empty.store, written(tmp_path / "maverick.csv", own))
    found = empty.json(f"/v1/figures/maverick-{own[0]['id'].lower()}-killed")["source_values"]
    for column in ("date_start", "date_end", "latitude", "longitude", "geo_precision", "city"):
        assert found.get(column, "") == own[0][column]


def test_the_original_of_a_repair_is_kept_of_every_measure(empty: Base, tmp_path: Path) -> None:
    row = next(row for row in REPORTS if int(row["injuries_low"]) > int(row["injuries_best"]))
    run(empty.store, written(tmp_path / "maverick.csv", [row]))
    found = empty.json(f"/v1/figures/maverick-{row['id'].lower()}-injured")
    assert [found[bound] for bound in ("low", "best", "high")] == [2, 2, 4]
    assert found["source_values"] == {
        f"injuries_{bound}": int(row[f"injuries_{bound}"]) for bound in ("low", "best", "high")
    }


def test_the_first_refusals_are_told_on_the_terminal(empty: Base, tmp_path: Path) -> None:
    bad = [row | {"best": "many"} for row in ROWS]
    report = tmp_path / "report.json"
    summary = run(empty.store, written(tmp_path / "ged-23.1.csv", bad), report=report)
    lines = "\n".join(summary.lines())
    assert "ged-23.1.csv:2 refused: best: is 'many'; it must be a whole number" in lines
    assert told(report)["counts"]["refused"] == 3


@pytest.mark.parametrize(
    ("headline", "tells"),
    [
        ("An Invented, the brother of Another Invented was tortured to death", True),
        ("An Invented died of his wounds on Nov 2", True),
        ("Ten killed in Donetsk on first day of school", False),
        ("Forty-two soldiers died in the attack", False),
    ],
)
def test_more_forms_of_headlines_that_tell_a_name(headline: str, *, tells: bool) -> None:
    assert names_the_dead(headline) is tells
