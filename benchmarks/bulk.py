"""Bulk writing against its target P10: our own path, plain ``executemany``, and sqlite-utils.

``python -m benchmarks.bulk --incidents 20000 --output FILE`` makes the records of a world ahead,
and loads them in each way in turn, each time in a process of its own: through the compiled checks
and :meth:`incidents_api.storage.store.Store.writing`; by ``executemany`` of the very rows that
this made, into the same tables and indexes, in the same transactions; and by ``insert_all`` of
sqlite-utils. Reading what is to be written is not counted.
"""

import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from multiprocessing import get_context
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

import click
import orjson
import sqlite_utils

from benchmarks.report import circumstances, met, show
from benchmarks.world import World
from incidents_api.model import RESOURCES
from incidents_api.storage import consistency, migrations
from incidents_api.storage.connections import create, open_reader
from incidents_api.storage.documents import values_of
from incidents_api.storage.items import search_texts
from incidents_api.storage.store import Store
from incidents_api.storage.tables import Table, Tables

HEADINGS: Final = (
    "way", "rows", "rows/s", "records/s", "CPU µs a record", "min-max", "ratio of CPU", "of time",
    "target", "", "peak MB", "own MB",
)  # fmt: skip
OURS: Final = "checked and written"
PLAIN: Final = "executemany"
UTILS: Final = "insert_all"
EVERYTHING: Final = "insert_all of all rows"
#: Tables that a load writes beside those of the resources; ``changes`` is numbered by transaction.
KEPT: Final = ("sums", "left_out", "contradictions", "contradiction_keys")

Batch = list[tuple[str, list[Any]]]


class Load(NamedTuple):
    """What a load took.

    Attributes:
        seconds: How long.
        cpu: How much processor time.
        rows: How many rows it entered.
        peak: The most memory that the process had, in MB, what it maps of the file included.
        own: What it had at the end without what it maps, in MB.

    """

    seconds: float
    cpu: float
    rows: int
    peak: float
    own: float


class Meter:
    """Adds up the time of what is measured."""

    def __init__(self) -> None:
        self.seconds = self.cpu = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure what is done inside."""
        begun, used = time.perf_counter(), time.process_time()
        yield
        self.seconds += time.perf_counter() - begun
        self.cpu += time.process_time() - used

    def load(self, rows: int) -> Load:
        """Return what was measured, with the most memory that this process has had."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        own = next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))
        return Load(self.seconds, self.cpu, rows, peak, own / 1024)


def make(incidents: int, path: Path) -> int:
    """Write the records of a world, a line for each transaction, and return how many there are."""
    world = World(incidents, 1)
    with path.open("wb") as file:
        for group in world:
            file.write(orjson.dumps(group) + b"\n")
    return world.records


def ours(records: Path, path: Path) -> Load:
    """Load records through the compiled checks and the write path."""
    store, meter = Store.make(path), Meter()
    with records.open("rb") as lines:
        for line in lines:
            group = orjson.loads(line)
            with meter.running(), store.writing("benchmarks.bulk") as transaction:
                for name, given in group:
                    transaction.put(name, RESOURCES[name].check()(given))
    store.close()
    return meter.load(written(path))


def written(path: Path) -> int:
    """Return how many rows there are, of all tables."""
    connection = open_reader(path)
    sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage AND name <> 'meta'"
    names = [name for (name,) in connection.execute(sql) if not _inner(name)]
    rows = sum(connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names)
    virtual = sum(
        connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        for table in Tables(RESOURCES)
        for name in _virtual(table)
    )
    connection.close()
    return int(rows + virtual)


def _inner(name: str) -> bool:
    """Return whether a table is one in which SQLite keeps a virtual one, or its own."""
    parts = ("_search_", "_map_", "sqlite_")
    return any(part in name for part in parts)


def _virtual(table: Table) -> Iterator[str]:
    if table.searched:
        yield f"{table.name}_search_docsize"
    if table.spatial:
        yield f"{table.name}_map"


class Source:
    """Reads the rows of a load back, one transaction after the other."""

    def __init__(self, path: Path) -> None:
        self.connection = open_reader(path)
        self.tables = Tables(RESOURCES)
        self._rows = {table.name: self._by_seq(table) for table in self.tables}
        self._next = {name: next(rows, None) for name, rows in self._rows.items()}

    def _by_seq(self, table: Table) -> Iterator[tuple[int, list[Any]]]:
        seq = table.names.index("from_seq")
        rows = self.connection.execute(f"SELECT * FROM {table.name} ORDER BY pk")
        for number, some in groupby(rows, itemgetter(seq)):
            yield number, list(some)

    def main(self) -> Iterator[Batch]:
        """Yield the rows of the resources, by transaction."""
        (last,) = self.connection.execute("SELECT max(seq) FROM transactions").fetchone()
        for seq in range(1, last + 1):
            batch = []
            for name, waiting in self._next.items():
                if waiting and waiting[0] == seq:
                    batch.append((name, waiting[1]))
                    self._next[name] = next(self._rows[name], None)
            yield batch

    def everything(self) -> Iterator[Batch]:
        """Yield all rows by table, by transaction; the sums last."""
        for seq, main in enumerate(self.main(), 1):
            batch = [
                self._own("transactions", "seq = ?", seq),
                self._own("changes", "seq = ?", seq),
            ]
            for name, rows in main:
                batch.append((name, rows))
                batch += self._beside(self.tables[name], rows)
            yield [(name, rows) for name, rows in batch if rows]
        yield [self._own(name, "1") for name in KEPT]

    def columns(self, name: str) -> list[str]:
        """Return the columns of a table that are entered; of full text, the row's number too."""
        found = [row[1] for row in self.connection.execute(f"PRAGMA table_info({name})")]
        return ["rowid", *found] if name.endswith("_search") else found

    def _own(self, name: str, where: str, *marks: Any) -> tuple[str, list[Any]]:
        rows = self.connection.execute(f"SELECT * FROM {name} WHERE {where}", marks)
        return name, rows.fetchall()

    def _beside(self, table: Table, rows: list[Any]) -> Iterator[tuple[str, list[Any]]]:
        for part in table.parts:
            yield self._own(
                part.name, "owner BETWEEN ? AND ? ORDER BY owner", rows[0][0], rows[-1][0]
            )
        told = [(row[0], values_of(table.record, row[-1])[1]) for row in rows]
        if table.searched:
            name = f"{table.name}_search"
            yield name, [(pk, *search_texts(table, shown)) for pk, shown in told]
        if table.spatial:
            points = [(pk, shown["longitude"], shown["latitude"]) for pk, shown in told]
            known = [(pk, x, x, y, y) for pk, x, y in points if x is not None]
            yield f"{table.name}_map", known


def plain(loaded: Path, path: Path) -> Load:
    """Enter the very same rows by ``executemany``, in the same transactions."""
    connection, meter, entered, source = create(path), Meter(), 0, Source(loaded)
    migrations.build(connection, source.tables)
    for batch in source.everything():
        told = [(_entering(name, source.columns(name)), rows) for name, rows in batch]
        with meter.running():
            connection.execute("BEGIN IMMEDIATE")
            for sql, rows in told:
                connection.executemany(sql, rows)
            connection.execute("COMMIT")
        entered += sum(len(rows) for _, rows in batch)
    connection.close()
    return meter.load(entered)


def _entering(name: str, columns: list[str]) -> str:
    return f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def utils(loaded: Path, path: Path, *, everything: bool = False) -> Load:
    """Enter rows by ``insert_all`` with its defaults: those of the resources, or all."""
    connection, meter, entered, source = create(path), Meter(), 0, Source(loaded)
    migrations.build(connection, source.tables)
    # What rows refer to comes in any order, and each hundred is a transaction of its own.
    connection.execute("PRAGMA foreign_keys = OFF")
    database = sqlite_utils.Database(connection)
    for batch in source.everything() if everything else source.main():
        for name, rows in batch:
            columns = source.columns(name)
            named = [dict(zip(columns, row, strict=True)) for row in rows]
            with meter.running():
                database.table(name).insert_all(named)
            entered += len(rows)
    connection.close()
    return meter.load(entered)


def alone(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


OTHERS: Final[dict[str, Callable[..., Load]]] = {
    PLAIN: plain,
    UTILS: utils,
    EVERYTHING: partial(utils, everything=True),
}


def one_round(folder: Path, records: Path, ways: Iterable[str]) -> dict[str, Load]:
    """Load once in each way."""
    loaded = folder / "ours.db"
    found = {OURS: alone(ours, records, loaded)}
    for name in ways:
        path = folder / "other.db"
        found[name] = alone(OTHERS[name], loaded, path)
        _remove(path)
    return found


def _remove(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def faults(path: Path) -> list[str]:
    """Return where a database is out of step with itself."""
    return list(consistency.faults(Store(path)))


def row(way: str, rounds: list[dict[str, Load]], records: int) -> list[str]:
    """Return the line of the table for one way."""
    loads = [found[way] for found in rounds]
    costs = [load.cpu / records * 1e6 for load in loads]
    cpu, wall = (partial(_ratio, way, rounds, part) for part in ("cpu", "seconds"))
    least = {PLAIN: 0.5, UTILS: 4.0, EVERYTHING: 4.0}.get(way)
    return [
        way,
        f"{loads[0].rows:,}",
        f"{median(load.rows / load.seconds for load in loads):,.0f}",
        f"{median(records / load.seconds for load in loads):,.0f}",
        f"{median(costs):.0f}",
        f"{min(costs):.0f}-{max(costs):.0f}",
        f"{cpu():.2f}",
        f"{wall():.2f}",
        f"P10 ≥ {least:g}" if least else "",
        met(cpu(), least=least) if least else "",
        f"{max(load.peak for load in loads):.0f}",
        f"{max(load.own for load in loads):.0f}",
    ]


def _ratio(way: str, rounds: list[dict[str, Load]], part: str) -> float:
    """Return how many times as fast as this way ours is."""
    return median(float(getattr(found[way], part) / getattr(found[OURS], part)) for found in rounds)


@click.command()
@click.option("--incidents", default=20_000, show_default=True, type=click.IntRange(1))
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1, 100))
@click.option("--way", "ways", multiple=True, type=click.Choice(list(OTHERS)), help="Beside ours.")
@click.option("--check", is_flag=True, help="Check what was loaded; not counted.")
@click.option("--folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Markdown.")
def main(
    incidents: int,
    rounds: int,
    ways: tuple[str, ...],
    check: bool,
    folder: Path | None,
    output: Path | None,
) -> None:
    """Measure bulk writing and say whether its target is met."""
    done = []
    with tempfile.TemporaryDirectory(dir=folder) as inside:
        records = Path(inside, "records.ndjson")
        number = make(incidents, records)
        for _ in range(rounds):
            done.append(one_round(Path(inside), records, ways))
            if check and (found := faults(Path(inside, "ours.db"))):
                raise click.ClickException("\n".join(found))
            _remove(Path(inside, "ours.db"))
    told = f"{incidents:,} incidents, {number:,} records; median of {rounds} rounds."
    show(HEADINGS, [row(way, done, number) for way in done[0]], circumstances(told), output)


if __name__ == "__main__":
    main()
