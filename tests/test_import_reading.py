"""Files as they come: other separators, line ends, old names of columns, workbooks, cut ones."""

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.formula import ArrayFormula

from incidents_api.importers import reading, sheets
from incidents_api.importers.reading import Read, Unfit
from incidents_api.storage import consistency
from tests.conftest import Base
from tests.imports import SAMPLE, run, table, told

ROWS = table(SAMPLE)[:4]
HEADER = list(ROWS[0])


def text(rows: Iterable[Iterable[str]], separator: str = ",", ends: str = "\n") -> str:
    """Return a table as text."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=separator, lineterminator=ends).writerows(rows)
    return file.getvalue()


def cells(rows: list[dict[str, str]] = ROWS) -> list[list[str]]:
    """Return rows with their header."""
    return [HEADER, *([row[name] for name in HEADER] for row in rows)]


def taken(base: Base, path: Path, count: int = len(ROWS)) -> None:
    """Check that a file says what the sample does."""
    counts = run(base.store, path).counts()
    assert (counts["accepted"], counts["refused"]) == (count, 0)
    for row in ROWS[:count]:
        found = base.json(f"/v1/incidents/ucdp-ged-{row['id']}")
        assert (found["date_start"], found["place"], found["latitude"]) == (
            row["date_start"],
            row["where_coordinates"],
            float(row["latitude"]),
        )
        assert base.json(f"/v1/figures/ucdp-ged-{row['id']}-killed")["best"] == int(row["best"])
    assert list(consistency.faults(base.store)) == []


def swapped() -> list[list[str]]:
    """Return the table with its columns the other way round."""
    return [row[::-1] for row in cells()]


def old() -> list[list[str]]:
    """Return the table under the names of the first releases."""
    names = {"best": "best_est", "low": "low_est", "high": "high_est"}
    names |= {f"{name}_new_id": f"{name}_id" for name in ("conflict", "dyad", "side_a", "side_b")}
    header, *rows = cells()
    return [[names.get(name, name) for name in header], *rows]


def hashtags() -> list[list[str]]:
    """Return the table with a row of HXL hashtags, after a header that has a line break."""
    header, *rows = cells()
    tags = ["#event+id", *("" for _ in header[1:-1]), "#meta"]
    return [[*header, "a note\nin two lines"], [*tags, ""], *([*row, "x"] for row in rows)]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(text(cells(), ";").encode(), id="semicolons"),
        pytest.param(text(cells(), "\t").encode(), id="tabs"),
        pytest.param(text(cells(), ends="\r\n").encode(), id="CRLF"),
        pytest.param(text(cells()).rstrip("\n").encode(), id="no line end at the end"),
        pytest.param(text(cells()).encode("utf-8-sig"), id="BOM"),
        pytest.param(text(swapped()).encode(), id="columns swapped"),
        pytest.param(text(old()).encode(), id="old names"),
        pytest.param(text(hashtags()).encode(), id="HXL"),
        pytest.param(
            text([[f" {name} " for name in HEADER], *cells()[1:]]).encode(), id="spaces in header"
        ),
        pytest.param(
            b"\n\n" + text(cells()).replace("\n", "\n\n").encode() + b"\n,,,,,\n", id="blank lines"
        ),
    ],
)
def test_the_usual_kinds_of_table_are_read(content: bytes, empty: Base, tmp_path: Path) -> None:
    path = tmp_path / "ged.csv"
    path.write_bytes(content)
    taken(empty, path)


def test_columns_without_a_name_are_kept_by_their_place(empty: Base, tmp_path: Path) -> None:
    path = tmp_path / "ged.csv"
    extended = [["", *row, ""] for row in cells()]
    extended[1][0], extended[1][-1] = "first", "last"
    path.write_text(text(extended), "utf-8")
    run(empty.store, path)
    kept = empty.json(f"/v1/incidents/ucdp-ged-{ROWS[0]['id']}")["source_values"]
    assert (kept["column 1"], kept[f"column {len(HEADER) + 2}"]) == ("first", "last")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(text(cells()[1:]).encode(), "has no header row", id="no header"),
        pytest.param(text(cells()).encode("utf-16"), "is UTF-16", id="UTF-16"),
        pytest.param(text(cells()).encode() + b"1,\xff", "is not utf-8, at byte 3", id="latin-1"),
        pytest.param(text(cells()).encode() + b'1,"cut', "seems to be cut off", id="cut off"),
        pytest.param(text(cells()).encode() + b"1,\0", "this is no text file", id="NUL"),
        pytest.param(
            text(cells(), ends="\r").encode(), "neither LF nor CRLF", id="only CR as line ends"
        ),
        pytest.param(
            text([[*row, row[0]] for row in cells()]).encode(), "names a column twice: id", id="2"
        ),
        pytest.param(
            text(cells()).replace("relid", '"a\x1b[2J\nb"').replace("best", "worst", 1).encode(),
            "its columns are id, a\ufffd[2J\ufffdb, year",
            id="another column",
        ),
    ],
)
def test_what_is_no_table_is_refused_and_told_where(
    content: bytes, says: str, empty: Base, tmp_path: Path
) -> None:
    path = tmp_path / "ged.csv"
    path.write_bytes(content)
    with pytest.raises(Unfit) as fault:
        run(empty.store, path)
    assert re.fullmatch(rf"{re.escape(str(path))}:[0-9]+: .*", str(fault.value))
    assert says in str(fault.value)
    assert empty.store.seq() == 0


def test_a_file_without_a_header_is_told_what_it_needs(tmp_path: Path, empty: Base) -> None:
    path = tmp_path / "ged.csv"
    path.write_text(text(cells()[1:]), "utf-8")
    with pytest.raises(Unfit, match=r"for ucdp-ged at least best, date_end, .* codebook before it"):
        run(empty.store, path)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b'id,a\n"' + b"x" * 5000 + b'"\n', id="a long cell in a line"),
        pytest.param(b'id,a\n"' + b"x\n" * 2500 + b'"\n', id="a long cell in many lines"),
        pytest.param(b"id,a\n" + b'"x\n",' * 2500 + b"\n", id="many cells in many lines"),
        pytest.param(b"id,a" + b",b" * 2500 + b"\n", id="a long header"),
    ],
)
def test_no_more_is_read_at_once_than_any_table_has(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LONGEST", 1000)
    monkeypatch.setattr(reading, "LONGEST_ROW", 4000)
    path = tmp_path / "ged.csv"
    path.write_bytes(content)
    with pytest.raises(Unfit, match=r"of more than [14],000"):
        list(Read(path, "ged.csv").lines())


def workbook(path: Path, rows: Iterable[Iterable[object]]) -> Path:
    """Write a workbook of one sheet."""
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    book.save(path)
    return path


def typed(name: str, cell: str) -> object:
    """Return a cell as a spreadsheet holds it: numbers as numbers."""
    try:
        return float(cell) if name != "where_description" else cell
    except ValueError:
        return cell or None


def test_a_workbook_is_read_as_a_table_is(empty: Base, tmp_path: Path) -> None:
    rows = [[typed(name, row[name]) for name in HEADER] for row in ROWS]
    taken(empty, workbook(tmp_path / "ged.xlsx", [HEADER, *rows]))


def test_formulas_of_a_workbook_are_refused_where_a_value_must_be(
    empty: Base, tmp_path: Path
) -> None:
    rows = [[typed(name, row[name]) for name in HEADER] for row in ROWS[:3]]
    best = HEADER.index("best")
    rows[0][best] = "=1+1"
    rows[1][best] = ArrayFormula("A1:A2", "=SUM(A1:A2)")
    path = workbook(tmp_path / "ged.xlsx", [HEADER, *rows])
    report = tmp_path / "report.json"
    assert run(empty.store, path, report=report).counts()["refused"] == 2
    reasons = [row["reasons"] for row in told(report)["rows"]]
    assert reasons == [
        ["best: holds a formula, '=1+1'; save the file with its values"],
        ["best: holds a formula, '=SUM(A1:A2)'; save the file with its values"],
        [],
    ]


def rewritten(path: Path, part: str, pattern: str, new: str) -> Path:
    """Change a part of a workbook."""
    with ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    changed = re.sub(pattern.encode(), new.encode(), parts[part])
    assert changed != parts[part]
    with ZipFile(path, "w", ZIP_DEFLATED) as book:
        for name, content in (parts | {part: changed}).items():
            book.writestr(name, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"


def test_what_a_workbook_says_of_its_size_is_not_believed(empty: Base, tmp_path: Path) -> None:
    path = workbook(tmp_path / "ged.xlsx", cells())
    taken(empty, rewritten(path, SHEET, r'<dimension ref="[^"]*"', '<dimension ref="A1:B2"'))


@pytest.mark.parametrize(
    ("part", "pattern", "new", "says"),
    [
        pytest.param(
            SHEET, "<row r=.2.", '<row r="99999999999"', "more than 1,048,576 rows", id="r"
        ),
        pytest.param(SHEET, "</sheetData>", "", "no workbook that can be read", id="broken"),
        pytest.param(SHEET, "relid", "9" * 9000, "of more than 5,000", id="long"),
        pytest.param(
            SHEET, "inlineStr.><is><t>relid</t></is>", 's"><v>9</v>', "no workbook that", id="index"
        ),
    ],
)
def test_a_workbook_that_cannot_be_read_is_refused(
    part: str,
    pattern: str,
    new: str,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "LONGEST", 5000)
    monkeypatch.setattr(sheets, "PIECE", 1000)
    path = rewritten(workbook(tmp_path / "ged.xlsx", cells()), part, pattern, new)
    with pytest.raises(Unfit, match=says):
        list(Read(path, "ged.xlsx").lines())


def test_a_workbook_of_more_text_than_fits_into_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MOST_TEXTS", 100)
    path = workbook(tmp_path / "ged.xlsx", cells())
    with ZipFile(path, "a") as book:
        book.writestr("xl/sharedStrings.xml", f"<sst>{'<si><t>A text</t></si>' * 10}</sst>")
    with pytest.raises(Unfit, match="more text than can be read from a workbook: save it as CSV"):
        list(Read(path, "ged.xlsx").lines())


def test_a_file_that_is_changed_while_it_is_imported_is_told(
    empty: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ged.csv"
    path.write_text(text(cells()), "utf-8")
    seq = empty.store.seq

    def changed() -> int:
        path.write_text(text(cells(ROWS[:2])), "utf-8")
        return seq()

    monkeypatch.setattr(empty.store, "seq", changed)
    with pytest.raises(Unfit, match="has been changed while it was being imported"):
        run(empty.store, path)
    assert list(consistency.faults(empty.store)) == []
