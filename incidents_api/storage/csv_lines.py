"""Rows of the flat projection as lines of CSV (RFC 4180), made by SQLite.

To take seventy values of each row out of SQLite and write them one by one costs more than to find
them. A value is quoted only where it must be; what may have to be guarded is rare, and left to
:func:`incidents_api.storage.csv_cells.quoted`.
"""

from typing import Final

from incidents_api.storage import csv_cells
from incidents_api.storage.clocks import Source
from incidents_api.storage.flat import Cell, Written, as_it_is, in_words

#: A function of SQL takes 127 arguments in every build of SQLite.
TOGETHER: Final = 100
#: What must stand in quotes if it holds one of these.
QUOTED: Final = """'*[",' || char(13, 10) || ']*'"""
#: What a text begins with that may have to be guarded.
BEGINS: Final = f"'[' || char({', '.join(str(ord(mark)) for mark in csv_cells.BEGINS)}) || ']*'"


def line(cells: tuple[Cell, ...], source: Source, level: int, *, plainly: bool) -> str:
    """Return the SQL of a row as a line of CSV, without its end.

    Args:
        cells: The columns.
        source: Returns what to read a table from.
        level: What the reader may see.
        plainly: Whether the tables themselves are read. Under clocks a column may be a query: it is
            named once, and :func:`incidents_api.storage.csv_cells.quoted` is called for it.

    """
    told = _named_often if plainly else _named_once
    values = [told(cell, source, level) for cell in cells]
    pieces = [values[at : at + TOGETHER] for at in range(0, len(values), TOGETHER)]
    return " || ',' || ".join(map(_together, pieces))


def _named_often(cell: Cell, source: Source, level: int) -> str:
    return in_words(cell, source, level, _how(cell))


def _named_once(cell: Cell, source: Source, level: int) -> str:
    sql = in_words(cell, source, level)
    return sql if _how(cell) is as_it_is else f"csv_cell({sql})"


def _together(values: list[str]) -> str:
    marks = ",".join(["%s"] * len(values))
    return f"printf('{marks}', {', '.join(values)})"


def _how(cell: Cell) -> Written:
    """Return how the values of a column stand in CSV."""
    if cell.type == "number":
        return _number
    return as_it_is if cell.plain else _text


def _number(v: str) -> str:
    """Tell a fraction as everywhere: SQLite's digits differ from Python's in the last of 17."""
    return f"CASE WHEN typeof({v}) = 'real' THEN csv_cell({v}) ELSE {v} END"


def _text(v: str) -> str:
    quoted = f"""'"' || replace({v}, '"', '""') || '"'"""
    return (
        f"CASE WHEN {v} GLOB {BEGINS} THEN csv_cell({v}) "
        f"WHEN {v} GLOB {QUOTED} THEN {quoted} ELSE {v} END"
    )
