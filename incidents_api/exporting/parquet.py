"""Parquet: the flat projection of one resource with typed columns; written by pyarrow.

Pyarrow is large, so it is installed by whoever wants it: ``pip install 'incidents-api[parquet]'``.
"""

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from incidents_api.exporting.export import Export
from incidents_api.exporting.refusals import NotExported
from incidents_api.exporting.sqlite import about
from incidents_api.storage.flat import Cell

#: So many rows make a group, which is held in memory while it is written.
GROUP: Final = 10_000


def need() -> None:
    """Check that pyarrow is installed.

    Raises:
        NotExported: It is not.

    """
    if find_spec("pyarrow") is None:
        raise NotExported("parquet needs pyarrow: pip install 'incidents-api[parquet]'")


def build(export: Export, path: Path) -> None:
    """Write the file.

    Raises:
        NotExported: Pyarrow is not installed.

    """
    need()
    from pyarrow import RecordBatch, parquet

    (resource,) = export.resources
    cells = export.columns(resource)
    schema = _schema(export, cells)
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for rows in _groups(export.flat(resource, words=False)):
            columns = list(zip(*rows, strict=True))[1:]
            arrays = [
                _array(cell, field, column)
                for cell, field, column in zip(cells, schema, columns, strict=True)
            ]
            writer.write_batch(RecordBatch.from_arrays(arrays, schema=schema))


def _groups(chunks: Iterator[list[tuple[Any, ...]]]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of several chunks together."""
    group: list[tuple[Any, ...]] = []
    for rows in chunks:
        group += rows
        if len(group) >= GROUP:
            yield group
            group = []
    if group:
        yield group


def _schema(export: Export, cells: Sequence[Cell]) -> Any:
    import pyarrow

    types = {
        "integer": pyarrow.int64(),
        "number": pyarrow.float64(),
        "boolean": pyarrow.bool_(),
        "string": pyarrow.string(),
    }
    fields = [
        pyarrow.field(cell.name, types[cell.type], cell.name != "id", {"description": cell.words})
        for cell in cells
    ]
    told = {name: str(value) for name, value in about(export).items() if value is not None}
    return pyarrow.schema(fields, metadata=told)


def _array(cell: Cell, field: Any, column: Sequence[Any]) -> Any:
    import pyarrow

    if cell.type == "boolean":
        column = [None if value is None else bool(value) for value in column]
    return pyarrow.array(column, type=field.type)
