"""Whatever is done to a file, it is refused whole, or each of its rows is told of: no half events.

``IMPORT_EXAMPLES`` says how many files are tried of each format, and of how many columns each cell
is: ``make drills`` tries more.
"""

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents_api.importers import FORMATS
from incidents_api.importers.reading import Unfit
from incidents_api.importers.report import OUTCOMES, Summary
from incidents_api.storage import consistency
from incidents_api.storage.store import Store
from tests.drills.importing import halves
from tests.imports import ACTORS, MAVERICK, SAMPLE, run, told
from tests.invented import acled, gtd

EXAMPLES: Final = int(os.environ.get("IMPORT_EXAMPLES", "25"))
#: Files, or invented rows.
FILES: Final[dict[str, Path | list[dict[str, Any]]]] = {
    "ucdp-ged": SAMPLE,
    "maverick": MAVERICK,
    "ucdp-actor": ACTORS,
    "acled": [acled(), acled(event_id_cnty="SYR900003", event_type="Protests"), acled()],
    "gtd": [gtd(), gtd(eventid="202403050002", nkill="", related="202403050001"), gtd(eventid="7")],
}
#: So many rows are imported: few, for many files.
COUNT: Final = 4
ENCODINGS: Final = ("utf-8", "utf-8-sig", "latin-1", "cp1252", "shift_jis", "utf-16", "utf-32")
#: What should not stand in a cell, or only in some.
CELLS: Final = (
    *("", " ", "=1+1", '=HYPERLINK("http://example.org","x")', "+1", "-1", "@SUM(A1)", "#REF!"),
    *("0", "00", "7", "-99", "3.0", "3.5", "1e9", "1e99", "1e400", "NaN", "inf", "1,000", "1 000"),
    *("999999999999999", "9" * 400, "²", "١٢", "٢٠٢٢-٠١-٠١", "²³", "Ⅻ", "1_000", "0x10", "true"),
    *(
        "2023-02-29",
        "2024-02-29",
        "0000-01-01",
        "0001-01-01",
        "9999-12-31",
        "2022-1-2",
        "29/2/2024",
    ),
    *(
        "23 January 2022",
        "2022-01-23 00:00:00.000",
        "2022-01-23T25:00Z",
        "2022-13-45",
        "1582-10-10",
    ),
    *("a\nb", "a\r\nb", "a\rb", '"', '"";""', '"A,2020-01-01,Name\tAn Invented";"', ";", "\t", ","),
    *(
        "x" * 400,
        "x" * 20_000,
        "é",
        "ß",
        "\u202etxt",
        "\ufeff",
        "\x85",
        "\u2028",
        "\x1b[2J",
        "\x7f",
    ),
    *("Government of ", "Civilians", "Serbia (Yugoslavia)", "XX", "#country", "../../etc/passwd"),
    *('"A,2022-02-30,B"', '"A,2022-02-03,B";"A,2022-02-03,B"', "n/a", "None", "null", "\ud7ff"),
)
BYTES: Final = (
    *(b",", b";", b"\t", b'"', b'""', b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"\xc0\xaf", b"\x1a"),
    *(b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\x80", b"=", b"\\", b"'", b"#"),
)
Rows = list[list[str]]
Draw = Callable[[st.SearchStrategy[Any]], Any]


@cache
def first(name: str) -> Rows:
    """Return the header and the first rows of the file of a format."""
    given = FILES[name]
    if not isinstance(given, Path):
        return [list(given[0]), *(list(row.values()) for row in given)]
    with given.open(encoding="utf-8-sig", newline="") as file:
        return [row for row, _ in zip(csv.reader(file), range(COUNT + 1), strict=False)]


def place(draw: Draw, rows: Rows) -> tuple[int, int]:
    """Draw a cell, that of the header among them."""
    line = draw(st.integers(0, len(rows) - 1))
    return line, draw(st.integers(0, max(len(rows[line]) - 1, 0)))


def with_cell(draw: Draw, rows: Rows) -> None:
    line, column = place(draw, rows)
    rows[line][column : column + 1] = [draw(st.sampled_from(CELLS))]


def with_text(draw: Draw, rows: Rows) -> None:
    line, column = place(draw, rows)
    rows[line][column : column + 1] = [draw(st.text(max_size=20))]


def with_swapped_cells(draw: Draw, rows: Rows) -> None:
    """Swap two columns in one row, the header perhaps."""
    line, one = place(draw, rows)
    other = draw(st.integers(0, max(len(rows[line]) - 1, 0)))
    if rows[line]:
        rows[line][one], rows[line][other] = rows[line][other], rows[line][one]


def with_doubled_row(draw: Draw, rows: Rows) -> None:
    line, _ = place(draw, rows)
    rows.insert(draw(st.integers(0, len(rows))), list(rows[line]))


def without_cell(draw: Draw, rows: Rows) -> None:
    line, column = place(draw, rows)
    del rows[line][column : column + 1]


def with_more_cells(draw: Draw, rows: Rows) -> None:
    line, column = place(draw, rows)
    rows[line][column:column] = [draw(st.sampled_from(CELLS))] * draw(st.integers(1, 3))


OF_ROWS: Final = (
    with_cell,
    with_cell,
    with_text,
    with_swapped_cells,
    with_doubled_row,
    without_cell,
    with_more_cells,
)


def flipped(draw: Draw, content: bytes) -> bytes:
    at = draw(st.integers(0, len(content)))
    return content[:at] + bytes([draw(st.integers(0, 255))]) + content[at + 1 :]


def cut(draw: Draw, content: bytes) -> bytes:
    return content[: draw(st.integers(0, len(content)))]


def inserted(draw: Draw, content: bytes) -> bytes:
    at = draw(st.integers(0, len(content)))
    new: bytes = draw(st.sampled_from(BYTES))
    return content[:at] + new + content[at:]


def left_out(draw: Draw, content: bytes) -> bytes:
    at = draw(st.integers(0, len(content)))
    return content[:at] + content[at + draw(st.integers(1, 40)) :]


def other_ends(draw: Draw, content: bytes) -> bytes:
    ends: bytes = draw(st.sampled_from((b"\r", b"\r\n", b"\n\n", b"\x85", b"")))
    return content.replace(b"\n", ends)


OF_BYTES: Final = (flipped, cut, inserted, left_out, other_ends)


@st.composite
def files(draw: Draw, name: str) -> tuple[bytes, str]:
    """Draw a file that something was done to, and the encoding in which it is said to be."""
    rows = [list(row) for row in first(name)]
    for change in draw(st.lists(st.sampled_from(OF_ROWS), max_size=3)):
        change(draw, rows)
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=draw(st.sampled_from(",,,;\t"))).writerows(rows)
    content = file.getvalue().encode(draw(st.sampled_from(("utf-8", *ENCODINGS))), "replace")
    for spoil in draw(st.lists(st.sampled_from(OF_BYTES), max_size=2)):
        content = spoil(draw, content)
    said = draw(st.sampled_from(("utf-8", "utf-8", "utf-8", "latin-1", "cp1252", "shift_jis")))
    return content, said


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without records, to copy."""
    path = tmp_path_factory.mktemp("blank") / "blank.db"
    Store.make(path).close()
    return path


def law(name: str, blank: Path, content: bytes, encoding: str) -> None:
    """Import a file twice, and check what is told and what is here."""
    with tempfile.TemporaryDirectory() as folder:
        path, report = Path(folder) / "file.csv", Path(folder) / "report.json"
        path.write_bytes(content)
        store = Store(Path(shutil.copy(blank, folder)))
        told_of, words = None, ""
        try:
            told_of = run(store, path, report=report, encoding=encoding)
        except Unfit as fault:
            words = str(fault)
        if told_of is None:
            assert (words.count("\n"), store.seq()) == (0, 0)
        else:
            accounted(told_of, told(report)["rows"])
            assert name != "ucdp-ged" or list(halves(store)) == []
            assert list(consistency.faults(store)) == []
            again = run(store, path, encoding=encoding)
            assert again.seq == (told_of.seq[1], told_of.seq[1])
            assert again.counts()["refused"] == told_of.counts()["refused"]
        store.close()


def accounted(summary: Summary, rows: list[dict[str, Any]]) -> None:
    """Check that each row is told of once, and why where it was refused."""
    counts = summary.counts()
    assert counts["rows"] == len(rows) == sum(counts[outcome] for outcome in OUTCOMES)
    assert all(row["reasons"] for row in rows if row["outcome"] == "refused")
    assert len({(row["file"], row["line"]) for row in rows}) == len(rows)


@pytest.mark.parametrize("name", FILES)
def test_whatever_is_done_to_a_file_every_row_is_told_of(name: str, blank: Path) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(file=files(name))
    def tried(file: tuple[bytes, str]) -> None:
        law(name, blank, *file)

    tried()


@pytest.mark.parametrize("name", FILES)
def test_no_cell_ends_an_import(name: str, blank: Path) -> None:
    header, *rows = first(name)
    key = header.index(FORMATS[name].key)
    for at in range(0, len(header), max(1, 400 // EXAMPLES)):
        table = [header]
        for number, cell in enumerate(CELLS):
            row = list(rows[number % len(rows)])
            row[key] = str(10_000 + number)
            row[at] = cell
            table.append(row)
        file = io.StringIO(newline="")
        csv.writer(file).writerows(table)
        law(name, blank, file.getvalue().encode(), "utf-8")
