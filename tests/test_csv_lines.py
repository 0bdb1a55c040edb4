"""Lines of CSV that SQLite makes are what the csv module makes of the same values."""

import csv
import io
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from incidents_api.storage.csv_cells import guarded, quoted
from incidents_api.storage.csv_lines import TOGETHER, line
from incidents_api.storage.flat import Cell

TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=20
) | st.sampled_from(
    [
        '"',
        ",",
        "\r",
        "\n",
        "\r\n",
        'a"b,c',
        ";",
        " x ",
        "]",
        "[",
        "^",
        "*",
        "?",
        "%s",
        "'",
        "=1+1",
        "-5",
        "'=",
        "\t=1",
    ]
)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.lists(st.none() | TEXTS | NUMBERS, min_size=2, max_size=8)


def cell(place: int, value: Any) -> Cell:
    """Return a column that holds a value, found by a query or named."""
    kind = "number" if isinstance(value, int | float) else "string"
    column = f"t.c{place}"
    inside = f"(SELECT {{}} FROM (SELECT {column} AS c))" if place % 2 else "{}"
    found = "c" if place % 2 else column
    told = lambda _, __, written: inside.format(written(found))  # noqa: E731
    return Cell(column, column, "", kind, told)


def made(values: list[Any], *, plainly: bool = True) -> str:
    connection = sqlite3.connect(":memory:")
    connection.create_function("csv_cell", 1, quoted)
    columns = ", ".join(f"? AS c{place}" for place in range(len(values)))
    cells = tuple(cell(place, value) for place, value in enumerate(values))
    sql = f"SELECT {line(cells, str, 2, plainly=plainly)} FROM (SELECT {columns} LIMIT 1) t"
    (found,) = connection.execute(sql, values).fetchone()
    connection.close()
    return str(found)


@given(VALUES, st.booleans())
def test_a_line_is_read_as_the_values_that_were_written(values: list[Any], plainly: bool) -> None:
    (row,) = csv.reader(io.StringIO(made(values, plainly=plainly), newline=""))
    assert len(row) == len(values)
    for told, value in zip(row, values, strict=True):
        if isinstance(value, int | float):
            assert float(told) == value
        else:
            assert told == (guarded(value) or "")


@given(
    st.lists(st.none() | TEXTS | st.integers(-(2**53), 2**53), min_size=2, max_size=8),
    st.booleans(),
)
def test_a_line_without_fractions_is_the_csv_module_s_to_the_letter(
    values: list[Any], plainly: bool
) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerow(map(guarded, values))
    assert made(values, plainly=plainly) + "\r\n" == buffer.getvalue()


def test_more_columns_than_a_function_takes_are_one_line() -> None:
    many = [str(place) for place in range(TOGETHER * 2 + 1)]
    assert made(many) == ",".join(many)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_fraction_has_the_same_digits_under_clocks(value: float) -> None:
    told = [made([value, ""], plainly=plainly) for plainly in (True, False)]
    assert told == [f"{value!r},"] * 2
