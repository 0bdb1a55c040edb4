"""The formats of exports: one a line, each written by its own module."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final

from incidents_api.contract import CSV, FORMATS
from incidents_api.exporting import bundles, csv_table, geojson, ndjson, parquet, sqlite, ucdp
from incidents_api.exporting.export import Export
from incidents_api.model import Record
from incidents_api.storage.belonging import INCIDENTS

#: What is built before it is sent is sent in pieces of so many bytes.
PIECE: Final = 256 * 1024


_Fits = Callable[[type[Record]], bool]


def _any(_: type[Record]) -> bool:
    return True


def _none(_: type[Record]) -> bool:
    return False


def _incidents(record: type[Record]) -> bool:
    return record.resource == INCIDENTS


def _spatial(record: type[Record]) -> bool:
    return record.spatial()


@dataclass(frozen=True)
class ExportFormat:
    """A format of exports; it is streamed as it is read, or built as a file.

    Attributes:
        name: What it is called.
        type: Its media type.
        ending: What the names of its files end in.
        words: What it is good for.
        stream: Yields the file, if it can be sent before it is whole.
        build: Else writes it to a place where there is none.
        fits: Takes a resource, returns whether a file can hold its records alone.
        together: Whether a file can hold the records of all resources.
        apart: Else whether those of all resources make a folder of files.
        loadable: Whether all that a record links to must be in the file.
        need: Checks that what it needs is installed.

    """

    name: str
    type: str
    ending: str
    words: str
    stream: Callable[[Export], Iterator[bytes]] | None = None
    build: Callable[[Export, Path], None] | None = None
    fits: _Fits = _any
    together: bool = False
    apart: bool = False
    loadable: bool = False
    need: Callable[[], None] = lambda: None

    @property
    def header(self) -> str:
        """The value of Content-Type."""
        return FORMATS["csv"].header if self.type == CSV else self.type

    def pieces(self, export: Export) -> Iterator[bytes]:
        """Yield the file; what must be built is built in a folder that is gone then."""
        if self.stream:
            return self.stream(export)
        with TemporaryDirectory(prefix="incidents-export-") as folder:
            path = Path(folder) / "export"
            self.write(export, path)
            return _pieces(path.open("rb"))

    def write(self, export: Export, path: Path) -> None:
        """Write the file to a place where there is none."""
        if self.build:
            self.build(export, path)
            return
        with path.open("xb") as file:
            for piece in self.pieces(export):
                file.write(piece)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


EXPORTS: Final = {
    made.name: made
    for made in (
        ExportFormat(
            "bundle",
            FORMATS["ndjson"].type,
            "ndjson",
            "Records of all resources as they were given; loads into another knowledge base.",
            stream=bundles.stream,
            fits=_none,
            together=True,
            loadable=True,
        ),
        ExportFormat(
            "csv", CSV, "csv", "The flat projection with a header row.", stream=csv_table.stream
        ),
        ExportFormat(
            "ndjson", FORMATS["ndjson"].type, "ndjson", "Whole records.", stream=ndjson.stream
        ),
        ExportFormat(
            "geojson",
            FORMATS["geojson"].type,
            "geojson",
            "Features with a point, for maps.",
            stream=geojson.stream,
            fits=_spatial,
        ),
        ExportFormat(
            "sqlite",
            "application/vnd.sqlite3",
            "sqlite",
            "A plain SQLite file with a table for each resource.",
            build=sqlite.build,
            together=True,
        ),
        ExportFormat(
            "parquet",
            "application/vnd.apache.parquet",
            "parquet",
            "The flat projection with typed columns.",
            build=parquet.build,
            apart=True,
            need=parquet.need,
        ),
        ExportFormat(
            "ucdp",
            CSV,
            "csv",
            "Incidents in the columns of UCDP GED, for scripts that read that.",
            stream=ucdp.stream,
            fits=_incidents,
        ),
    )
}


def formats_of(record: type[Record]) -> tuple[str, ...]:
    """Return the formats in which the records of one resource can be exported."""
    return tuple(name for name, made in EXPORTS.items() if made.fits(record))
