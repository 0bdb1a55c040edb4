"""Exports, read back."""

import csv
import io
from pathlib import Path
from typing import Any

import orjson
from pyarrow import parquet
from sqlite_utils import Database

from incidents_api import bundle
from incidents_api.exporting.job import Job
from incidents_api.model import RESOURCES
from incidents_api.storage.csv_cells import unguarded
from incidents_api.storage.flat import flat
from incidents_api.storage.store import Store

Row = dict[str, Any]


def sent(store: Store, format_: str, **asked: Any) -> bytes:
    """Return an export as one that is streamed."""
    to = io.BytesIO()
    Job(store, format_, **asked).write(to, lambda _: None)
    return to.getvalue()


def placed(store: Store, path: Path, format_: str, **asked: Any) -> Path:
    """Write an export to a place, and return that."""
    Job(store, format_, **asked).write(path, lambda _: None)
    return path


#: The columns of each resource that hold numbers with a fraction, or may.
FRACTIONS = {
    record.resource: [cell.name for cell in flat(RESOURCES, record) if cell.type == "number"]
    for record in RESOURCES
}


def csv_rows(data: bytes, resource: str) -> list[Row]:
    """Return the rows of a CSV file, without what guards formulas; None where a cell is empty."""
    rows = csv.DictReader(io.StringIO(data.decode(), newline=""), strict=True)
    made = [{name: unguarded(cell) or None for name, cell in row.items()} for row in rows]
    for row in made:
        row |= {name: str(float(row[name] or 0)) for name in FRACTIONS[resource] if row[name]}
    return made


def ndjson_rows(data: bytes) -> list[Row]:
    """Return the records of an NDJSON file."""
    return [orjson.loads(line) for line in data.splitlines()]


def geojson_rows(data: bytes, resource: str) -> list[Row]:
    """Return the properties of a GeoJSON file's features, as CSV has them."""
    found = [feature["properties"] for feature in orjson.loads(data)["features"]]
    return list(map(as_csv, _fractions(found, resource)))


def parquet_rows(path: Path) -> list[Row]:
    """Return the rows of a Parquet file, as CSV has them."""
    return [as_csv(row) for row in parquet.read_table(path).to_pylist()]


def sqlite_rows(path: Path, table: str) -> list[Row]:
    """Return the rows of a table of a plain SQLite file, as CSV has them but for its flags."""
    database = Database(path)
    flags = [
        row["column_name"]
        for row in database.query(f"SELECT * FROM columns WHERE table_name = '{table}'")
        if row["type"] == "boolean"
    ]
    rows = [
        row | {flag: bool(row[flag]) for flag in flags if row[flag] is not None}
        for row in database.table(table).rows
    ]
    database.close()
    return list(map(as_csv, _fractions(rows, table)))


def as_csv(row: Row) -> Row:
    """Return a row with its values as CSV writes them."""
    return {name: _cell(value) for name, value in row.items()}


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fractions(rows: list[Row], resource: str) -> list[Row]:
    """Return rows with their numbers as such: JSON and SQLite write some of them without."""
    return [
        row | {name: float(row[name]) for name in FRACTIONS[resource] if row[name] is not None}
        for row in rows
    ]


def loaded(data: bytes, folder: Path) -> Store:
    """Return a new base into which a bundle has been loaded."""
    file = folder / "bundle.ndjson"
    file.write_bytes(data)
    store = Store.make(folder / "loaded.db")
    bundle.load(store, [file], who="test")
    return store
