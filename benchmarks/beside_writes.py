"""Reading beside writing against its target P12.

``python -m benchmarks.beside_writes --db PATH --folder PATH`` asks for single records, once alone
and once while a process beside the server writes figures, in turn, round by round. The target: 99
of 100 reads take at most three times as long beside 500 writes a second as alone.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, Final

import click

from benchmarks.facts import facts_of
from benchmarks.load import Cost, Server
from benchmarks.ours import Ours
from benchmarks.questions import Facts
from benchmarks.report import circumstances, met, show
from benchmarks.side_by_side import serving
from benchmarks.world import World
from incidents_api.model import RESOURCES
from incidents_api.storage.store import Store

#: So many figures are written a second, in so many transactions.
WRITES: Final = 500
TRANSACTIONS: Final = 50
MOST: Final = 3.0
#: So many connections read. More would have both processors to themselves, and the writer would
#: not come to its rate.
READERS: Final = 2
HEADINGS: Final = (
    "question", "writes/s", "req/s", "p50 ms", "p99 ms", "min-max", "ratio", "target", "",
)  # fmt: skip


def write(db: Path, incidents: int, until_told: Any, written: Any) -> None:
    """Write figures at a steady rate until told to stop; count them."""
    store = Store(db)
    figures = World(incidents, seed=int(time.time())).more_figures()
    read = RESOURCES["figures"].read
    begun, number = time.monotonic(), 0
    while not until_told.is_set():
        with store.writing("benchmarks.beside_writes") as transaction:
            for _ in range(WRITES // TRANSACTIONS):
                transaction.put("figures", read(next(figures)))
        number += 1
        written.value = number * (WRITES // TRANSACTIONS)
        time.sleep(max(0.0, begun + number / TRANSACTIONS - time.monotonic()))
    store.close()


@contextmanager
def writing(db: Path, incidents: int) -> Iterator[Any]:
    """Write beside the block; yield the number of what has been written."""
    context = get_context("spawn")
    told, written = context.Event(), context.Value("q", 0)
    process = context.Process(target=write, args=(db, incidents, told, written))
    process.start()
    try:
        while not written.value and process.is_alive():
            time.sleep(0.05)
        yield written
    finally:
        told.set()
        process.join()


def one_round(
    server: Server, program: Ours, facts: Facts, db: Path, seconds: float
) -> tuple[Cost, Cost, float]:
    """Return what reads cost alone and beside writes, and how many were written a second."""
    asked = program.requests("one", facts)
    alone = server.cost(asked, seconds, READERS)
    with writing(db, facts.size) as written:
        before, begun = written.value, time.monotonic()
        beside = server.cost(asked, seconds, READERS)
        rate = (written.value - before) / (time.monotonic() - begun)
    return alone, beside, rate


@click.command()
@click.option("--db", required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--folder", required=True, type=click.Path(path_type=Path, file_okay=False))
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 100))
@click.option("--seconds", default=5.0, show_default=True, type=click.FloatRange(1, 60))
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Markdown.")
def main(db: Path, folder: Path, rounds: int, seconds: float, output: Path | None) -> None:
    """Measure reads beside writes and say whether the target is met."""
    facts, program = facts_of(db), Ours(db)
    folder.mkdir(parents=True, exist_ok=True)
    with serving([program], folder) as ((_, server),):
        done = [one_round(server, program, facts, db, seconds) for _ in range(rounds)]
    ratio = median(beside.p99 / alone.p99 for alone, beside, _ in done)
    rate = median(rate for *_, rate in done)
    rows = [
        [*_line("one record, alone", 0, [alone for alone, *_ in done]), "1.00", "", ""],
        [
            *_line("one record, beside writes", rate, [beside for _, beside, _ in done]),
            f"{ratio:.2f}",
            f"P12 ≤ {MOST:g}",
            met(ratio, most=MOST),
        ],
    ]
    words = f"{facts.size:,} incidents; median of {rounds} rounds of {seconds:g} s each."
    show(HEADINGS, rows, circumstances(words), output)


def _line(words: str, writes: float, costs: list[Cost]) -> list[str]:
    p99 = [cost.p99 / 1000 for cost in costs]
    return [
        words,
        f"{writes:,.0f}",
        f"{median(cost.rate for cost in costs):,.0f}",
        f"{median(cost.p50 for cost in costs) / 1000:.2f}",
        f"{median(p99):.2f}",
        f"{min(p99):.2f}-{max(p99):.2f}",
    ]


if __name__ == "__main__":
    main()
