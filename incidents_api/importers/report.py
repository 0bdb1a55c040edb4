"""The report of an import: what became of every row, and what that comes to.

It is written while the import goes on, as JSON or CSV, so that it holds every row of a file of any
size; the counts stand at its end, and are what the command prints.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import shorten
from types import TracebackType
from typing import Any, Final, Self, TextIO

import orjson

from incidents_api.storage.csv_cells import guarded

#: What can become of a row.
OUTCOMES: Final = ("accepted", "unchanged", "changed", "kept", "refused")
#: What the CSV report says of what is here and not in the files.
MISSING: Final = "missing"
#: So many rows that were refused, and so many remarks, are printed; and so many characters of why.
SHOWN: Final = 10
_LONGEST: Final = 300
COLUMNS: Final = (
    *("file", "line", "id", "outcome", "repairs", "changes", "kept", "notes", "reasons"),
)


@dataclass(frozen=True)
class Told:
    """What became of a row.

    Attributes:
        file: The file in which it stands.
        line: The line on which it begins.
        id: The record that it makes, as ``resource/id``; empty where it makes none.
        outcome: One of :data:`OUTCOMES`.
        repairs: What was changed in it, each with what, from and to.
        changes: What changed, as ``resource/id: members``.
        kept: What was left as editors have it.
        notes: What else is to be told of it.
        reasons: Why it was refused.

    """

    file: str
    line: int
    id: str
    outcome: str
    repairs: list[dict[str, str]] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """Return it as a row of the report."""
        return {name: getattr(self, name) for name in COLUMNS}


@dataclass
class Summary:
    """What an import comes to.

    Attributes:
        rows: How many rows, by outcome, and how many of them were repaired.
        counted: What else was counted of them, such as ``unknown_sources``.
        events: How many events, by outcome.
        records: How many records, by resource and action.
        missing: The ids of what the data set had here and the files do not have.
        withdrawn: How many of those were withdrawn.
        refused: Where and why rows were refused, of the first few.
        remarks: What else is to be told.
        head: What was imported: format, files, data set, release, digest, coverage.
        seq: The number of the last transaction, before and after.

    """

    head: dict[str, Any]
    rows: Counter[str] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    records: dict[str, Counter[str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    withdrawn: int = 0
    refused: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    seq: tuple[int, int] = (0, 0)

    def note(self, told: Told) -> None:
        """Count a row."""
        self.rows["rows"] += 1
        self.rows[told.outcome] += 1
        self.rows["repaired"] += bool(told.repairs)
        if told.outcome == "refused" and len(self.refused) < SHOWN:
            words = shorten("; ".join(told.reasons), _LONGEST, placeholder=" …")
            self.refused.append(f"{told.file}:{told.line} refused: {words}")

    def record(self, resource: str, action: str) -> None:
        """Count a record."""
        self.records.setdefault(resource, Counter())[action] += 1

    def counts(self) -> dict[str, int]:
        """Return the counts of rows, those of nothing too."""
        names = ("rows", *OUTCOMES, "repaired")
        return {name: self.rows[name] for name in names} | dict(sorted(self.counted.items()))

    def as_json(self) -> dict[str, Any]:
        """Return it as it stands at the end of a report."""
        return {
            **self.head,
            "counts": self.counts(),
            "events": dict(self.events),
            "records": {name: dict(found) for name, found in sorted(self.records.items())},
            "missing": self.missing,
            "withdrawn": self.withdrawn,
            "remarks": self.remarks,
            "seq_before": self.seq[0],
            "seq_after": self.seq[1],
        }

    def lines(self) -> Iterable[str]:
        """Yield it as the command prints it."""
        head, counts = self.head, self.counts()
        release = f" {head['release']}" if head["release"] else ""
        tried = " (tried only: nothing is written)" if head["dry_run"] else ""
        yield f"{head['format']}{release} from {', '.join(head['files'])}{tried}"
        yield ", ".join(f"{counts[name]:,} {name}" for name in ("rows", *OUTCOMES))
        more = {name: counts[name] for name in counts if name not in ("rows", *OUTCOMES)}
        yield ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in more.items())
        if self.events:
            yield f"{sum(self.events.values()):,} {self.head['what']}: {_listed(self.events)}"
        for resource, found in sorted(self.records.items()):
            yield f"  {resource}: {_listed(found)}"
        yield from _first(self.refused, counts["refused"])
        yield from _first(self.remarks[:SHOWN], len(self.remarks))
        if self.missing:
            words = f"{self.withdrawn:,} withdrawn" if self.withdrawn else "left as they are"
            named = ", ".join(self.missing[:SHOWN]) + (", …" if len(self.missing) > SHOWN else "")
            yield f"{len(self.missing):,} are here and not in the files, {words}: {named}"
        yield f"transaction {self.seq[0]:,} before, {self.seq[1]:,} after"


def _first(told: list[str], many: int) -> Iterable[str]:
    """Yield the first of many things to be told."""
    yield from told
    if many > len(told):
        yield f"and {many - len(told):,} more: --report tells of every one"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in sorted(counts.items()) if number)


class Report:
    """Writes a report; used as ``with Report(path) as report``.

    Args:
        path: The file, CSV where its name ends so, else JSON; None where none is wanted.

    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._csv = path is not None and path.suffix.lower() == ".csv"
        self._file: TextIO | None = None
        self._began = self._ended = False

    def __enter__(self) -> Self:
        """Begin the file."""
        if self._path:
            self._file = self._path.open("w", encoding="utf-8", newline="")
            self._file.write("" if self._csv else '{"rows":[')
            if self._csv:
                csv.writer(self._file).writerow(COLUMNS)
        return self

    def tell(self, told: Told) -> None:
        """Write what became of a row."""
        if self._file is None:
            return
        row = told.row()
        if self._csv:
            csv.writer(self._file).writerow([guarded(_cell(row[name])) or None for name in COLUMNS])
        else:
            self._file.write((",\n" if self._began else "\n") + orjson.dumps(row).decode())
        self._began = True

    def close(self, summary: Summary) -> None:
        """Write what it all comes to; a CSV file has rows only, of what is missing too."""
        if self._csv:
            for name in summary.missing:
                self.tell(Told("", 0, f"{summary.head['what']}/{name}", MISSING))
        self._end(summary.as_json())

    def _end(self, told: Mapping[str, Any]) -> None:
        if self._file and not self._csv and not self._ended:
            self._ended = True
            rest = orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()
            self._file.write(f"\n],{rest[1:]}\n")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """End the file; of an import that was ended early, it holds what became of rows so far."""
        if self._file:
            with self._file:
                self._end({"ended_early": True})


def _cell(value: Any) -> Any:
    """Return a value as a cell of CSV."""
    if isinstance(value, list):
        texts = (
            f"{one['what']}: {one['from']} > {one['to']}" if isinstance(one, dict) else str(one)
            for one in value
        )
        return "; ".join(texts)
    return value
