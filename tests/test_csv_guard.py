"""No cell of CSV is a formula to a spreadsheet, whoever writes the file; and it can be undone."""

import csv
import io
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents_api.exporting.job import Job
from incidents_api.importers.survey import Survey
from incidents_api.importers.ucdp_ged import GED
from incidents_api.storage.csv_cells import guarded, unguarded
from incidents_api.storage.scratch import Scratch
from incidents_api.web.answers import csv_rows
from tests.conftest import Base, open_base

FORMULA = '=HYPERLINK("http://evil.example")'
CELLS = {
    FORMULA: f"'{FORMULA}",
    "+1+1": "'+1+1",
    "-1+1": "'-1+1",
    "@SUM(1)": "'@SUM(1)",
    "\t=1": "'\t=1",
    "\r=1": "'\r=1",
    "-": "'-",
    "'=1": "''=1",
    # Numbers, and what no spreadsheet runs.
    "-5": "-5",
    "+5.25": "+5.25",
    "-1e3": "-1e3",
    "'tis": "'tis",
    "a=1": "a=1",
    " =1": " =1",
    "": "",
}
BEGINS = ("=", "+", "-", "@", "\t", "\r")


@pytest.mark.parametrize(("text", "cell"), CELLS.items())
def test_a_text_is_guarded_where_it_would_be_run(text: str, cell: str) -> None:
    assert guarded(text) == cell


@pytest.mark.parametrize("value", [-5, -0.5, None, True])
def test_what_is_no_text_is_left_alone(value: Any) -> None:
    assert guarded(value) is value


@given(st.text(max_size=8) | st.text(st.sampled_from("'=+-@\t\r1.e"), max_size=5))
def test_what_was_guarded_can_be_read_as_it_was(text: str) -> None:
    cell = guarded(text)
    assert unguarded(cell) == text
    if cell.startswith(BEGINS):
        assert float(cell) == float(text)


def cells(text: str) -> set[str]:
    """Return the cells of a file that begin as a formula does and are no number."""
    rows = csv.reader(io.StringIO(text, newline=""))
    return {cell for row in rows for cell in row if cell.startswith(BEGINS) and not number(cell)}


def number(cell: str) -> bool:
    try:
        return bool(float(cell)) or True
    except ValueError:
        return False


@pytest.fixture(scope="module")
def attacked(sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    """A base in whose texts are formulas, to read."""
    base = open_base(Path(shutil.copy(sample_file, tmp_path_factory.mktemp("attacked"))))
    texts = [text for text in CELLS if text.startswith(BEGINS) and text == text.strip()]
    for place, text in enumerate(texts):
        record = {"id": f"attacked-{place}", "title": text, "conflict_name": text}
        record |= {"event_type": "battles", "date_start": "2022-01-20"}
        base.put({"resource": "incidents", **record})
        base.put(
            {
                "resource": "actors",
                "id": f"attacked-{place}",
                "name": text,
                "actor_type": "state_forces",
            }
        )
        figure = {"incident": record["id"], "claimant": record["id"], "measure": "killed"}
        base.put({"resource": "figures", "id": record["id"], "best": 1, **figure})
    yield base
    base.store.close()


@pytest.mark.parametrize(
    "path",
    [
        "/v1/incidents?f=csv",
        "/v1/incidents?f=csv&limit=1000",
        "/v1/incidents?f=csv&as_of=2022-02-01",
        "/v1/actors?f=csv",
        "/v1/figures?f=csv",
        "/v1/export/incidents?format=csv",
        "/v1/export/incidents?format=ucdp",
        "/v1/vocabularies?f=csv",
    ],
)
def test_no_file_has_a_formula(attacked: Base, path: str) -> None:
    answer = attacked.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "text/csv"
    assert cells(answer.text) == set()


@pytest.mark.parametrize("path", ["/v1/incidents?f=csv", "/v1/incidents?f=csv&as_of=2022-02-01"])
def test_the_text_is_there_with_its_apostrophe(attacked: Base, path: str) -> None:
    rows = list(csv.DictReader(io.StringIO(attacked.get(path).text, newline="")))
    titles = {row["id"]: row["title"] for row in rows}
    document = attacked.json("/v1/incidents/attacked-0")
    assert (document["title"], titles["attacked-0"]) == (FORMULA, f"'{FORMULA}")
    assert "-5" in titles.values()


def test_rows_that_are_no_records_are_guarded_alike() -> None:
    made = b"".join(csv_rows(["a", "b"], [[text, -1] for text in CELLS])).decode()
    rows = list(csv.reader(io.StringIO(made, newline="")))[1:]
    assert rows == [[cell, "-1"] for cell in CELLS.values()]


def test_a_formula_would_be_found() -> None:
    assert cells('a,"=1"\r\n-1,-1+1\r\n') == {"=1", "-1+1"}


def test_a_file_for_scripts_that_read_ged_comes_in_as_it_was(
    attacked: Base, tmp_path: Path
) -> None:
    path = tmp_path / "again-23.1.csv"
    Job(attacked.store, "ucdp").write(path, lambda _: None)
    assert f",'{FORMULA[:5]}" in path.read_text().replace('"', "")
    with closing(Scratch()) as scratch:
        groups = Survey([path], [GED], "utf-8", scratch).again(None)
        names = {row.cells["conflict_name"] for rows in groups for row in rows}
    assert {FORMULA, "-1+1", "-5"} <= names
    assert not {name for name in names if name.startswith("'")}
