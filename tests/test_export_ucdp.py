"""The column layout of UCDP GED: what was imported comes out again, cell by cell."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from incidents_api.exporting.job import Job
from incidents_api.exporting.ucdp import COLUMNS
from incidents_api.storage.csv_cells import unguarded
from incidents_api.storage.store import Store
from tests.conftest import Base
from tests.imports import DONETSK, SAMPLE, run, table

#: Cells that do not come out as they went in, and why; all others are equal to the letter.
EXCEPTIONS: Final = {
    "low": "bounds that stood out of order were put in order",
    "high": "bounds that stood out of order were put in order",
}
#: Columns of country extracts that are not in the layout; the values are kept in source_values.
NOT_IN_GED: Final = {"iso3", "start_year", "end_year"}
#: Columns whose notation is ours: the same number without zeros at its end, a day without a time.
NUMBERS: Final = {"latitude", "longitude"}
DAYS: Final = {"date_start", "date_end"}


def exported(store: Store, query: str = "") -> list[dict[str, str]]:
    """Return what an export writes."""
    buffer = io.BytesIO()
    Job(store, "ucdp", query=query).write(buffer, lambda _: None)
    rows = csv.DictReader(io.StringIO(buffer.getvalue().decode(), newline=""))
    return [{name: unguarded(cell) for name, cell in row.items()} for row in rows]


@pytest.fixture(scope="module", params=[SAMPLE, *DONETSK], ids=lambda file: file.stem)
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Store]]:
    store = Store.make(tmp_path_factory.mktemp("ucdp") / "ucdp.db")
    run(store, request.param)
    yield request.param, store
    store.close()


def same(column: str, before: str, after: str) -> bool:
    if column in NUMBERS:
        return float(before) == float(after)
    return before[:10] == after if column in DAYS else before == after


def test_every_cell_comes_out_as_it_went_in(both: tuple[Path, Store]) -> None:
    file, store = both
    before = {row["id"]: row for row in table(file)}
    after = {row["id"]: row for row in exported(store)}
    assert before.keys() == after.keys()
    differ = set()
    for number, row in before.items():
        for column in row.keys() - NOT_IN_GED:
            if not same(column, row[column], after[number][column]):
                differ.add((number, column))
    mended = {
        number
        for number, row in before.items()
        if not int(row["low"]) <= int(row["best"]) <= int(row["high"])
    }
    assert {column for _, column in differ} <= EXCEPTIONS.keys()
    assert {number for number, _ in differ} == mended


def test_what_was_exported_can_be_imported_again(both: tuple[Path, Store], tmp_path: Path) -> None:
    _, store = both
    path = tmp_path / "again-22.1.csv"
    Job(store, "ucdp").write(path, lambda _: None)
    other = Store.make(tmp_path / "other.db")
    counts = run(other, path).counts()
    assert (counts["accepted"], counts["rows"], counts["repaired"]) == (counts["rows"],) * 2 + (0,)
    assert exported(other) == exported(store)
    other.close()


def test_a_filter_chooses_the_incidents(both: tuple[Path, Store]) -> None:
    file, store = both
    found = exported(store, "killed_best__gte=50")
    wanted = {row["id"] for row in table(file) if int(row["best"]) >= 50}
    assert {row["id"] for row in found} == wanted


def test_incidents_of_other_sources_fill_what_they_can(sample: Base) -> None:
    answer = sample.get("/v1/export/incidents?format=ucdp")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(answer.text, newline=""))}
    battle = rows["hasakah-prison-battle-2022"]
    assert tuple(battle) == COLUMNS
    # At least 136, of whom 84 attackers, 45 guards, 7 civilians: the floor is the point value.
    assert (battle["low"], battle["best"], battle["high"]) == ("136", "136", "136")
    assert battle["deaths_civilians"] == "7"
    parts = [battle[f"deaths_{part}"] for part in ("a", "b", "civilians", "unknown")]
    assert sum(int(part) for part in parts if part) == 136
    assert battle["number_of_sources"] == "-1"
    assert rows["hasakah-air-strikes-2022"]["best"] == ""


def test_the_clocks_are_those_of_the_query(sample: Base) -> None:
    answer = sample.get("/v1/export/incidents?format=ucdp&said_by=2022-01-21")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert {row["best"] for row in rows} == {""}
    assert {row["deaths_civilians"] for row in rows} == {""}
