"""Importing UCDP GED at the size of the world: how long, how much memory, is it flat.

``python -m benchmarks.importing --rows 400000 --folder /tmp/ged`` writes a file of so many events,
the samples in ``tests/data`` multiplied with new ids and shifted days, and imports it with the
command, in a process of its own.
"""

import csv
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

import click

from benchmarks.report import circumstances, show

DATA: Final = Path(__file__).parent.parent / "tests" / "data"
SAMPLES: Final = ("ucdp-ged-sample.csv", "ucdp-ged-donetsk-22.1.csv")
#: New ids begin here; those of the samples are below.
FIRST: Final = 1_000_000
#: Each copy of the samples is so many days earlier than the one before; it stays in GED's years.
SHIFT: Final = 11
_DAYS: Final = (date(2022, 12, 31) - date(1989, 1, 1)).days
MEGABYTE: Final = 1024 * 1024
HEADINGS: Final = ("rows", "s", "CPU s", "rows/s", "peak MB", "file MB", "database MB")


class Cost(NamedTuple):
    """What an import cost: seconds, processor seconds, peak memory and file in bytes."""

    seconds: float
    processor: float
    memory: int
    size: int


def events() -> Iterator[dict[str, str]]:
    """Yield the events of the samples, over and over, each time with other ids and days."""
    rows: list[dict[str, str]] = []
    for name in SAMPLES:
        with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
            rows += [row for row in csv.DictReader(file) if not row["year"].startswith("#")]
    numbers = count(FIRST)
    for copy in count():
        for row in rows:
            yield row | {"id": str(next(numbers)), **_shifted(row, copy * SHIFT)}


def _shifted(row: dict[str, str], days: int) -> dict[str, str]:
    start, end = (date.fromisoformat(row[name][:10]) for name in ("date_start", "date_end"))
    first = date(1989, 1, 1)
    moved = first + timedelta(days=((start - first).days - days) % _DAYS)
    told = {"date_start": moved.isoformat(), "date_end": (moved + (end - start)).isoformat()}
    return {**told, "year": str(moved.year)}


def write(path: Path, rows: int) -> None:
    """Write a file of so many events, in the columns of GED."""
    with (DATA / SAMPLES[0]).open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        for _, row in zip(range(rows), events(), strict=False):
            writer.writerow(row)


def imported(path: Path, db: Path, *options: str) -> Cost:
    """Import a file with the command, and return what it cost."""
    command = [sys.executable, "-m", "incidents_api.cli", "import", "--db", str(db), str(path)]
    begun = time.perf_counter()
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE)
    assert process.stdout
    told = process.stdout.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(told)
    seconds = time.perf_counter() - begun
    return Cost(seconds, used.ru_utime + used.ru_stime, _peak(used), db.stat().st_size)


def _peak(used: resource.struct_rusage) -> int:
    """Return a peak of memory in bytes: Linux tells kilobytes."""
    return used.ru_maxrss * 1024


@click.command()
@click.option("--rows", type=int, multiple=True, default=(4000, 40_000), show_default=True)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--again", is_flag=True, help="Import the same file a second time, too.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False))
def main(rows: tuple[int, ...], folder: Path, output: Path | None, *, again: bool) -> None:
    """Import files of GED of these sizes, each into a new database."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for number in rows:
        path, db = folder / f"ged-{number}-23.1.csv", folder / f"ged-{number}.db"
        for old in folder.glob(f"{db.name}*"):
            old.unlink()
        write(path, number)
        times = ("import", "again")[: 1 + again]
        lines += [_line(what, number, path, imported(path, db)) for what in times]
    show(HEADINGS, lines, circumstances("one import each"), output)


def _line(what: str, rows: int, path: Path, cost: Cost) -> list[str]:
    sizes = (cost.memory, path.stat().st_size, cost.size)
    return [
        f"{what} of {rows:,}",
        f"{cost.seconds:,.0f}",
        f"{cost.processor:,.0f}",
        f"{rows / cost.seconds:,.0f}",
        *(f"{size / MEGABYTE:,.0f}" for size in sizes),
    ]


if __name__ == "__main__":
    main()
