"""MAVERICK: reports of one event are claims about one incident; its authors' totals come out."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from incidents_api.importers.report import Summary
from incidents_api.storage import consistency
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base
from tests.imports import MAVERICK, run, table, told, written

ROWS: Final = table(MAVERICK)
#: Which rule makes which total of the data set's authors (R package eventreport).
TOTALS: Final = {"conservative": 1445, "representative": 1524, "median": 2198, "informative": 2575}
FLAGS: Final = ("initiator", "perpetrator", "intervener", "bystander", "victim")


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Base, Summary, Path]]:
    folder = tmp_path_factory.mktemp("maverick")
    store = Store.make(folder / "maverick.db")
    report = folder / "report.json"
    summary = run(store, MAVERICK, report=report)
    store.close()
    base = open_base(folder / "maverick.db")
    yield base, summary, report
    base.store.close()


def test_reports_and_events_are_counted(imported: tuple[Base, Summary, Path]) -> None:
    _, summary, report = imported
    counts = summary.counts()
    assert (counts["rows"], counts["accepted"], counts["reports"]) == (1062, 1062, 1062)
    assert summary.events == {"accepted": 683}
    assert counts["repaired"] == 4
    assert len(told(report)["rows"]) == 1062


@pytest.mark.parametrize("rule", TOTALS)
def test_the_totals_are_those_of_the_authors(
    imported: tuple[Base, Summary, Path], rule: str
) -> None:
    page = imported[0].json(f"/v1/aggregate?group_by=country&rule={rule}&set=all")
    (row,) = page["data"]
    assert (row["country"], row["dataset"], row["best"]) == ("CIV", "maverick", TOTALS[rule])


def test_every_report_is_a_claim_of_its_author(imported: tuple[Base, Summary, Path]) -> None:
    base = imported[0]
    most = Counter(row["event_id"] for row in ROWS).most_common(1)[0][0]
    own = [row for row in ROWS if row["event_id"] == most]
    name = f"maverick-{most.lower()}"
    page = base.json(f"/v1/incidents/{name}/figures?measure=killed&include=claimant&limit=1000")
    found = {
        one["source_values"]["imported_from"]: (
            one["embedded"]["claimant"]["name"],
            *(one[bound] for bound in ("low", "best", "high")),
        )
        for one in page["data"]
    }
    lines = MAVERICK.read_text(encoding="utf-8").split("\n")
    assert len(found) == len(own)
    for row in own:
        place = next(
            place for place in found if lines[int(place.split(":")[1]) - 1].startswith(row["id"])
        )
        numbers = [int(row[f"deaths_{bound}"]) for bound in ("low", "best", "high")]
        assert found[place] == (row["source_author"], *numbers)
    incident = base.json(f"/v1/incidents/{name}")
    assert incident["date_start"] == min(row["date_start"] for row in own)
    assert incident["date_end"] == max(row["date_end"] for row in own)


def test_the_five_flags_are_roles(imported: tuple[Base, Summary, Path]) -> None:
    base = imported[0]
    wanted = Counter(
        flag
        for row in ROWS
        for slot in range(1, 7)
        if row[f"actor{slot}_id"]
        for flag in FLAGS
        if row[f"actor{slot}_{flag}"] == "1"
    )
    for flag in FLAGS:
        page = base.json(f"/v1/participations?role={flag}&total=true&limit=1")
        assert page["meta"]["total"] == wanted[flag]
    part = base.json("/v1/participations?role=perpetrator&include=actor,source&limit=1")["data"][0]
    assert part["claimant"].startswith("maverick-author-")
    assert part["embedded"]["source"]["published_at"]


def test_nothing_of_a_row_is_lost(imported: tuple[Base, Summary, Path]) -> None:
    row = ROWS[0]
    found = imported[0].json(f"/v1/figures/maverick-{row['id'].lower()}-killed")["source_values"]
    for column in ("election", "certain", "target", "event_context", "damage", "actor1_precision"):
        assert found[column] == row[column]


def test_everything_is_in_step(imported: tuple[Base, Summary, Path]) -> None:
    assert list(consistency.faults(imported[0].store, lambda _: None)) == []


def test_again_changes_nothing(imported: tuple[Base, Summary, Path]) -> None:
    base, first, _ = imported
    again = run(base.store, MAVERICK)
    assert again.seq == (first.seq[1], first.seq[1])


def test_a_report_that_is_gone_is_withdrawn_and_its_event_stays(
    empty: Base, tmp_path: Path
) -> None:
    most = Counter(row["event_id"] for row in ROWS).most_common(1)[0][0]
    own = [row for row in ROWS if row["event_id"] == most]
    run(empty.store, written(tmp_path / "all.csv", own))
    summary = run(empty.store, written(tmp_path / "fewer.csv", own[1:]))
    assert (summary.counts()["changed"], summary.missing) == (len(own) - 1, [])
    gone = f"/v1/figures/maverick-{own[0]['id'].lower()}-killed"
    assert empty.get(gone).status_code == 410
    assert empty.get(f"/v1/incidents/maverick-{most.lower()}").status_code == 200


def test_an_event_with_one_bad_report_is_refused_whole(empty: Base, tmp_path: Path) -> None:
    most = Counter(row["event_id"] for row in ROWS).most_common(1)[0][0]
    own = [row for row in ROWS if row["event_id"] == most]
    bad = [*own[:-1], own[-1] | {"deaths_best": "many"}]
    report = tmp_path / "report.json"
    summary = run(empty.store, written(tmp_path / "bad.csv", bad), report=report)
    assert summary.counts()["refused"] == len(own)
    reasons = {reason for row in told(report)["rows"] for reason in row["reasons"]}
    assert reasons == {f"line {len(own) + 1}: deaths_best: is 'many'; it must be a whole number"}
    assert empty.json("/v1/figures")["data"] == []


def test_of_an_event_of_which_a_report_cannot_be_read_nothing_is_taken(
    empty: Base, tmp_path: Path
) -> None:
    many = Counter(row["event_id"] for row in ROWS).most_common(2)
    rows = [row for row in ROWS if row["event_id"] in dict(many)]
    path = written(tmp_path / "maverick.csv", rows)
    assert run(empty.store, path).counts()["refused"] == 0
    before = empty.store.seq(), len(empty.ids("/v1/figures?limit=1000"))
    lines = path.read_text("utf-8").splitlines()
    at = next(n for n, row in enumerate(rows, 1) if row["event_id"] == many[0][0])
    lines[at] += ",one cell too many"
    path.write_text("\n".join(lines), "utf-8")
    report = tmp_path / "report.json"
    found = run(empty.store, path, report=report, withdraw_missing=True, covers={})
    assert (found.counts()["refused"], found.withdrawn) == (many[0][1], 0)
    reasons = {row["reasons"][0] for row in told(report)["rows"] if row["outcome"] == "refused"}
    width = len(rows[0])
    words = f"has {width + 1} cells; the header has {width}"
    other = f"belongs together with maverick.csv:{at + 1}, which {words}"
    assert reasons == {words, other}
    # But for the record of the data set, of which another file has now been read.
    assert empty.store.seq() == before[0] + 1
    assert len(empty.ids("/v1/figures?limit=1000")) == before[1]
