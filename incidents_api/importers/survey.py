"""Reading files whole before anything is written: what they are, and what they cover.

A file that is not what it claims to be is refused here. What is found is what must be known before
the first event: the digest, the days and countries that are covered, ids that stand there twice.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from incidents_api.importers.cells import Row, plain
from incidents_api.importers.formats import Format, is_hxl
from incidents_api.importers.reading import Line, Progress, Read, Unfit, printable
from incidents_api.storage.csv_cells import unguarded
from incidents_api.storage.scratch import Scratch

#: Names in :class:`Scratch`: of the rows of the files, and of the events.
ROWS: Final = "rows"
EVENTS: Final = "events"
#: So many cells of a header are shown where it is not one of any format.
_SHOWN: Final = 8
#: So many countries and divisions are noted, and so many characters of each.
_MOST_NAMES: Final = 1000
_LONGEST_NAME: Final = 200


@dataclass
class Coverage:
    """What the rows of files cover, as far as their columns tell."""

    rows: int = 0
    release: str = ""
    first: str = ""
    last: str = ""
    countries: set[str] = field(default_factory=set)
    divisions: set[str] = field(default_factory=set)

    def note(self, row: Row, format_: Format) -> None:
        """Note a row."""
        self.rows += 1
        self.release = self.release or row.cells.get(format_.release or "", "").strip()
        if day := format_.first_day(row):
            self.first = min(self.first or day, day)
            self.last = max(self.last, day)
        _meet(self.countries, row.cells.get(format_.country, "").strip())
        _meet(self.divisions, row.cells.get(format_.division, "").strip().casefold())

    @property
    def words(self) -> str:
        """What is covered, in words."""
        named = sorted(name for name in self.countries if name)
        where = ", ".join(named[:3]) + (f" and {len(named) - 3} more" if len(named) > 3 else "")
        when = f", {self.first} to {self.last}" if self.first else ""
        return f"{self.rows:,} rows{when}{', ' + where if where else ''}"


def _names(paths: Sequence[Path]) -> list[str]:
    """Return what to call files: by their names, or by their whole paths where two are the same."""
    names = [printable(path.name) for path in paths]
    return names if len({*names}) == len(names) else [printable(str(path)) for path in paths]


def _meet(names: set[str], name: str) -> None:
    """Note a name, so long as there are not more than any column of countries has."""
    if len(names) < _MOST_NAMES:
        names.add(plain(name)[:_LONGEST_NAME])


class Survey:
    """What was found in the files.

    Args:
        paths: The files.
        formats: The formats that they may have.
        encoding: The encoding of those that are text.
        scratch: Where names are noted, and rows of events that have several.
        progress: Told how many bytes have been read.

    Raises:
        Unfit: A file is not what it claims to be, or they are not all of one format.

    """

    def __init__(
        self,
        paths: Sequence[Path],
        formats: Iterable[Format],
        encoding: str,
        scratch: Scratch,
        progress: Progress | None = None,
    ) -> None:
        named = zip(paths, _names(paths), strict=True)
        self.reads = [Read(path, name, encoding, progress) for path, name in named]
        self.coverage = Coverage()
        self.hxl: list[str] = []
        self._scratch = scratch
        self._formats = list(formats)
        self.format = self._one_format()
        for read in self.reads:
            for row in self._rows(read):
                self._note(row)
        self._digests = [read.sha256 for read in self.reads]
        if not self.coverage.rows:
            raise Unfit(f"{self.reads[0].path}: has a header and no row")

    @property
    def sha256(self) -> str:
        """The digest of the file; of several, that of their digests."""
        if len(self._digests) == 1:
            return self._digests[0]
        return sha256("\n".join(self._digests).encode()).hexdigest()

    @property
    def names(self) -> list[str]:
        """The names of the files."""
        return [read.name for read in self.reads]

    def _one_format(self) -> Format:
        found = {format_.name: format_ for format_ in map(self._format_of, self.reads)}
        if len(found) > 1:
            raise Unfit(f"the files have different formats ({', '.join(found)}): import them apart")
        return next(iter(found.values()))

    def _format_of(self, read: Read) -> Format:
        header = read.header()
        if header is None:
            raise read.unfit(1, "is empty")
        fitting = [format_ for format_ in self._formats if format_.fits(header.cells)]
        named = [format_ for format_ in fitting if format_.named_in(read.path.name)]
        if fitting:
            return (named or fitting)[0]
        raise read.unfit(header.number, self._misfit(header))

    def _misfit(self, header: Line) -> str:
        """Return why a header is of none of the formats, and what to do."""
        shown = printable(", ".join(cell[:30] for cell in header.cells[:_SHOWN]))
        nearest = min(self._formats, key=lambda one: one.lacking(header.cells))
        lacking = nearest.lacks(header.cells)
        if header.cells[0].strip().lstrip("-").isdigit():
            return (
                f"has no header row, it begins with {shown}: the first line must name the columns, "
                f"for {nearest.name} at least {', '.join(lacking)}. Put the header of the "
                "release's codebook before it, or download a newer release"
            )
        known = ", ".join(one.name for one in self._formats)
        if len(self._formats) == 1:
            return (
                f"is no file of {known}: its columns are {shown}, …, without "
                f"{', '.join(lacking)}. Leave the format out to have it found"
            )
        return (
            f"is of no known format ({known}): its columns are {shown}, …; "
            f"{nearest.name} needs {', '.join(lacking)} too"
        )

    def again(self, progress: Progress | None) -> Iterator[list[Row]]:
        """Yield the rows of each event.

        Args:
            progress: Told how many bytes of the files have been passed.

        Raises:
            Unfit: A file has been changed meanwhile.

        """
        if self.format.groups:
            yield from self._groups(progress)
        else:
            for read in self.reads:
                read.progress = progress
            for row in self._all():
                yield [row]

    def _groups(self, progress: Progress | None) -> Iterator[list[Row]]:
        size, whole = sum(read.size for read in self.reads), self.coverage.rows
        passed = 0
        for found in self._scratch.groups():
            yield [Row(*content) for content in found]
            if progress:
                progress((passed + len(found)) * size // whole - passed * size // whole)
            passed += len(found)

    def _all(self) -> Iterator[Row]:
        """Yield the rows of all files again.

        Raises:
            Unfit: A file has been changed meanwhile.

        """
        for read, digest in zip(self.reads, self._digests, strict=True):
            yield from self._rows(read)
            if read.sha256 != digest:
                raise read.changed()

    def _rows(self, read: Read) -> Iterator[Row]:
        lines = read.lines()
        if (header := next(lines, None)) is None:
            raise read.changed()
        columns = self._columns(read, header)
        first = next(lines, None)
        if first and is_hxl(first.cells):
            self.hxl = [*dict.fromkeys((*self.hxl, f"{read.name}:{first.number}"))]
        elif first:
            yield self._row(read, columns, first)
        for line in lines:
            yield self._row(read, columns, line)

    def _columns(self, read: Read, header: Line) -> list[str]:
        """Return the names of the columns of a file; one without a name is called by its place."""
        columns = self.format.columns(header.cells)
        doubled = [name for name, times in Counter(columns).items() if times > 1 and name]
        if doubled:
            told = printable(", ".join(name[:40] for name in doubled[:_SHOWN]))
            raise read.unfit(header.number, f"names a column twice: {told}")
        return [name or f"column {place}" for place, name in enumerate(columns, 1)]

    def _row(self, read: Read, columns: Sequence[str], line: Line) -> Row:
        found = map(unguarded, line.cells) if self.format.exported else line.cells
        cells = dict(zip(columns, found, strict=False))
        row = Row(read.name, line.number, cells)
        return row if len(line.cells) == len(columns) else row.of_width(len(line.cells), columns)

    def _note(self, row: Row) -> None:
        self.coverage.note(row, self.format)
        if self.format.groups:
            group = row.cells.get(self.format.groups, "").strip()
            content = (row.file, row.line, dict(row.cells), row.misshapen)
            self._scratch.keep(group or row.place, content)
