"""Files of any size: what is too much is told at once, and memory does not grow with them.

``IMPORT_CELL`` says how many bytes a cell has, ``IMPORT_MANY`` how many rows are imported. With
``-s`` the figures are printed.
"""

import os
from itertools import repeat
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from tests.drills.importing import many, measured

CELL: Final = int(os.environ.get("IMPORT_CELL", "20_000_000"))
ROWS: Final = int(os.environ.get("IMPORT_MANY", "300"))
#: The memory that an import may have: of addresses, and in use, in bytes.
ADDRESSES: Final = 1_000_000_000
MEMORY: Final = 300_000_000
#: By so many bytes more an import of twice as many rows may grow: the first ten thousand records
#: fill a transaction and the cache of SQLite, so the drill begins beyond.
GROWTH: Final = 40_000_000
PIECE: Final = 1_000_000


def filled(path: Path, before: bytes, piece: bytes, after: bytes) -> Path:
    """Write a file of which the same piece is repeated to the size of a cell."""
    with path.open("wb") as file:
        file.write(before)
        file.writelines(repeat(piece, CELL // len(piece)))
        file.write(after)
    return path


@pytest.mark.parametrize(
    ("before", "piece", "says"),
    [
        pytest.param(b'\n"', b"x" * PIECE, "has a line of more than", id="in a line"),
        pytest.param(b'\n"', b"x\n" * (PIECE // 2), "has a cell of more than", id="in many lines"),
        pytest.param(b"\n", b'"x\n",' * (PIECE // 5), "has a row of more than", id="in many cells"),
        pytest.param(b",", b"x," * (PIECE // 2), "has a line of more than", id="in the header"),
        pytest.param(b"", b"\0" * PIECE, "has a line of more than", id="of nothing"),
    ],
)
def test_a_cell_without_end_is_refused_in_little_memory(
    before: bytes, piece: bytes, says: str, tmp_path: Path
) -> None:
    header = many(tmp_path / "header.csv", 1).read_bytes().splitlines()[0]
    path = filled(tmp_path / "ged.csv", header + before, piece, b'"\n')
    told = measured(tmp_path / "ged.db", path, most=ADDRESSES)
    print(f"\n{path.stat().st_size:,} bytes: {told.memory:,} bytes of memory, {told.said.strip()}")
    assert (told.status, told.said.count("\n")) == (1, 0)
    assert told.said.startswith(f"Error: {path}:")
    assert says in told.said
    path.unlink()
    assert told.memory < MEMORY
    assert not (tmp_path / "ged.db").exists()


def test_a_workbook_into_which_that_much_is_packed_is_refused_in_little_memory(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ged.xlsx"
    with (
        ZipFile(path, "w", ZIP_DEFLATED, compresslevel=1) as book,
        book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet,
    ):
        sheet.write(b'<worksheet><sheetData><row r="1"><c t="inlineStr"><is><t>')
        for _ in range(CELL // PIECE):
            sheet.write(b"x" * PIECE)
        sheet.write(b"</t></is></c></row></sheetData></worksheet>")
    told = measured(tmp_path / "ged.db", path, most=ADDRESSES)
    print(f"\n{path.stat().st_size:,} bytes: {told.memory:,} bytes of memory, {told.said.strip()}")
    assert (told.status, "has a cell of more than" in told.said) == (1, True)
    assert told.memory < MEMORY


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    memory = []
    for count in (ROWS // 2, ROWS):
        told = measured(tmp_path / f"{count}.db", many(tmp_path / f"{count}.csv", count))
        assert told.status == 0, told.said
        memory.append(told.memory)
        print(f"\n{count:,} rows: {told.memory:,} bytes of memory")
    assert memory[1] - memory[0] < GROWTH
