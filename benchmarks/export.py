"""Exports against their target P9: rows a second of processor time, beside the shell of SQLite.

``python -m benchmarks.export --db PATH`` writes incidents and figures as CSV and NDJSON, in
process, and has ``sqlite3 -csv`` write the same rows with the same columns, in turn. The targets
are ratios: CSV at least 0.35 of the shell's rows a second, NDJSON at least 0.5.
"""

import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Final

import click

from benchmarks.report import circumstances, met, show
from incidents_api.exporting.formats import EXPORTS
from incidents_api.exporting.job import Job
from incidents_api.model import RESOURCES
from incidents_api.storage.flat import flat, select
from incidents_api.storage.store import Store

#: What is compared: a format and the least ratio to the shell.
TARGETS: Final = {"csv": 0.35, "ndjson": 0.5}
HEADINGS: Final = (
    "question", "rows", "rows/CPU s", "min-max", "ratio", "target", "", "first ms", "MB",
    "grown MB",
)  # fmt: skip


def same_columns(name: str) -> str:
    """Return the statement of all rows of a resource with the columns of the flat projection."""
    cells = flat(RESOURCES, RESOURCES[name])
    columns = select(cells, str, 2, words=True)
    return f"SELECT {columns} FROM {name} t WHERE t.shown >= 2 ORDER BY {_order(name)}"


def own_columns(name: str) -> str:
    """Return that of the table's own columns."""
    columns = ", ".join(("id", *(leaf.name for leaf in RESOURCES[name].leaves())))
    return f"SELECT {columns} FROM {name} t WHERE shown >= 2 ORDER BY {_order(name)}"


def _order(name: str) -> str:
    order = RESOURCES[name].order
    return f"{order[1:]} DESC, id DESC" if order.startswith("-") else order


def shell(db: Path, sql: str) -> float:
    """Return the processor time that the shell takes to write the rows of a statement."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = ["sqlite3", "-readonly", "-csv", str(db), sql]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def held() -> float:
    """Return the memory that this process holds for itself, mapped files not counted, in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("RssAnon:")[2].split()[0]) / 1024


class Ours:
    """An export in a format, timed."""

    def __init__(self, store: Store, name: str, format_: str) -> None:
        self._job = Job(store, format_, resource=name)
        self._format = EXPORTS[format_]
        self.first: list[float] = []
        self.size = 0
        self.grown = 0.0

    def __call__(self) -> float:
        """Return the processor time it takes; note when its first piece came."""
        before, begun, used = held(), time.perf_counter(), time.process_time()
        pieces = self._pieces()
        self.size = len(next(pieces))
        self.first.append(time.perf_counter() - begun)
        for piece in pieces:
            self.size += len(piece)
            self.grown = max(self.grown, held() - before)
        return time.process_time() - used

    def _pieces(self) -> Iterator[bytes]:
        return self._format.pieces(self._job._export(self._job.level))


@click.command()
@click.option("--db", required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 100))
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Markdown.")
def main(db: Path, rounds: int, output: Path | None) -> None:
    """Measure exports and say which targets are met."""
    store = Store(db, read_seconds=3600)
    rows = []
    for name in ("incidents", "figures"):
        rows += list(_measured(store, db, name, rounds))
    show(HEADINGS, rows, circumstances(f"median of {rounds} rounds."), output)


def _measured(store: Store, db: Path, name: str, rounds: int) -> Iterator[list[str]]:
    total = Job(store, "csv", resource=name).total
    asked: dict[str, Callable[[], float]] = {
        f"sqlite3 -csv, {name}": lambda: shell(db, same_columns(name)),
        f"sqlite3 -csv, {name}, own columns": lambda: shell(db, own_columns(name)),
    }
    ours = {f"{format_}, {name}": Ours(store, name, format_) for format_ in TARGETS}
    asked |= ours
    found: dict[str, list[float]] = {question: [] for question in asked}
    for _ in range(rounds):
        for question, run in asked.items():
            found[question].append(run())
    base = found[f"sqlite3 -csv, {name}"]
    for question, seconds in found.items():
        ratio = median(b / s for b, s in zip(base, seconds, strict=True))
        one, least = ours.get(question), TARGETS.get(question.split(",")[0])
        yield [
            question,
            f"{total:,}",
            f"{total / median(seconds):,.0f}",
            f"{total / max(seconds):,.0f}-{total / min(seconds):,.0f}",
            f"{ratio:.2f}",
            f"P9 ≥ {least}" if least else "",
            met(ratio, least=least) if least else "",
            f"{median(one.first) * 1000:.0f}" if one else "",
            f"{one.size / 1e6:,.0f}" if one else "",
            f"{one.grown:.0f}" if one else "",
        ]


if __name__ == "__main__":
    main()
