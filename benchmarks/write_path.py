"""The write path against its target P11: what SQLite spends on a write, and several writers.

``python -m benchmarks.write_path --db PATH`` copies a world beside itself and writes to the copy.
In one run, in turn: a transaction of one row in a file of its own with the very same settings; a
POST and a PATCH of a figure and the refused DELETE of an actor through the Flask test client, with
the time that is spent in calls of SQLite. Then one and four processes that write figures through
:func:`incidents_api.storage.applying.apply`.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from statistics import mean, median, quantiles
from typing import Any, Final, NamedTuple

import click
from flask.testing import FlaskClient

from benchmarks.report import circumstances, met, show
from benchmarks.world import ACTORS, World
from incidents_api.config import SETTINGS
from incidents_api.model import RESOURCES
from incidents_api.storage import access
from incidents_api.storage.applying import apply
from incidents_api.storage.connections import create
from incidents_api.storage.edits import Edit
from incidents_api.storage.store import Store
from incidents_api.web import make_app

WRITERS: Final = 4
WARM_UP: Final = 20
HEADINGS: Final = (
    "question", "SQLite µs", "mean", "ratio", "of means", "target", "", "whole µs", "calls",
)  # fmt: skip
WRITER_HEADINGS: Final = (
    "writers",
    "writes/s",
    "ratio",
    "target",
    "",
    "p50 ms",
    "p99 ms",
    "longest ms",
)


class Meter:
    """Adds up the time that calls of SQLite take."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.calls = 0

    def call(self, function: Callable[..., Any], *arguments: Any) -> list[Any]:
        """Run a statement to its end, and return its rows."""
        begun = time.perf_counter()
        rows: list[Any] = function(*arguments).fetchall()
        self.seconds += time.perf_counter() - begun
        self.calls += 1
        return rows


class Rows:
    """The rows of a statement that has been run, as a cursor gives them."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = iter(rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def fetchone(self) -> Any:
        """Return the next row, or None."""
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""
        return list(self._rows)


class Metered:
    """A connection whose calls are timed."""

    def __init__(self, connection: Any, meter: Meter) -> None:
        self._connection = connection
        self._meter = meter

    def execute(self, *arguments: Any) -> Rows:
        """Run a statement."""
        return Rows(self._meter.call(self._connection.execute, *arguments))

    def executemany(self, sql: str, rows: Any) -> Rows:
        """Run a statement for each of the rows; it counts once."""
        return Rows(self._meter.call(self._connection.executemany, sql, list(rows)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


class MeteredStore(Store):
    """A store whose connections are timed."""

    def __init__(self, path: Path) -> None:
        self.meter = Meter()
        super().__init__(path)

    @property
    def connection(self) -> Any:
        """This thread's reading connection."""
        return Metered(super().connection, self.meter)

    def _writing_connection(self) -> Any:
        return Metered(super()._writing_connection(), self.meter)


class Cost(NamedTuple):
    """What one write cost: seconds in SQLite, seconds in all, calls of SQLite."""

    sqlite: float
    whole: float
    calls: int


class Client:
    """A client of the service, in this process."""

    def __init__(self, path: Path, world: World) -> None:
        self.store = MeteredStore(path)
        _, key = access.create(self.store, "benchmarks.write_path", "write")
        settings = {setting.name: setting.default for setting in SETTINGS}
        self._client: FlaskClient = make_app(self.store, settings).test_client()
        self._headers = {"Authorization": f"Bearer {key}"}
        self._figures = world.more_figures()
        self._random = Random(1)
        self._names = [
            name for (name,) in self.store.connection.execute("SELECT id FROM figures LIMIT 20000")
        ]

    def post(self) -> Cost:
        """Create a figure."""
        return self._cost(201, "POST", "/v1/figures", next(self._figures))

    def patch(self) -> Cost:
        """Change a figure."""
        path = f"/v1/figures/{self._random.choice(self._names)}"
        body = {"notes": f"Changed {self._random.random()}."}
        return self._cost(200, "PATCH", path, body, {"If-Match": "*"})

    def withdraw(self) -> Cost:
        """Try to withdraw an actor that much links to."""
        path = f"/v1/actors/actor-{self._random.randrange(ACTORS)}?reason=benchmark"
        return self._cost(409, "DELETE", path, None, {"If-Match": "*"})

    def _cost(self, status: int, method: str, path: str, body: Any, more: Any = None) -> Cost:
        meter = self.store.meter
        meter.seconds, meter.calls, begun = 0.0, 0, time.perf_counter()
        headers = {**self._headers, **(more or {})}
        answer = self._client.open(path, method=method, json=body, headers=headers)
        whole = time.perf_counter() - begun
        if answer.status_code != status:
            raise RuntimeError(answer.text)
        return Cost(meter.seconds, whole, meter.calls)


def one_row(connection: Any) -> Cost:
    """Write one row."""
    begun = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO one (text) VALUES (?)", ("x" * 100,))
    connection.execute("COMMIT")
    took = time.perf_counter() - begun
    return Cost(took, took, 3)


def interleaved(
    asked: dict[str, Callable[[], Cost]], rounds: int, each: int
) -> dict[str, list[list[Cost]]]:
    """Do each in turn, so many times a round, and return what each cost, by round."""
    for ask in asked.values():
        for _ in range(WARM_UP):
            ask()
    found: dict[str, list[list[Cost]]] = {name: [] for name in asked}
    for _ in range(rounds):
        for costs in found.values():
            costs.append([])
        for _ in range(each):
            for name, ask in asked.items():
                found[name][-1].append(ask())
    return found


def row(name: str, found: dict[str, list[list[Cost]]]) -> list[str]:
    """Return the line of the table for one kind of write."""
    base = next(iter(found.values()))
    ratios = [
        [spent([one.sqlite for one in costs]) / spent([one.sqlite for one in ones])
         for costs, ones in zip(found[name], base, strict=True)]
        for spent in (median, mean)
    ]  # fmt: skip
    every = [cost for costs in found[name] for cost in costs]
    target = name.startswith("POST")
    return [
        name,
        f"{median(cost.sqlite for cost in every) * 1e6:,.0f}",
        f"{mean(cost.sqlite for cost in every) * 1e6:,.0f}",
        f"{median(ratios[0]):.1f}",
        f"{median(ratios[1]):.1f}",
        "P11 ≤ 10" if target else "",
        met(median(ratios[0]), most=10) if target else "",
        f"{median(cost.whole for cost in every) * 1e6:,.0f}",
        f"{median(cost.calls for cost in every):g}",
    ]


_writing: dict[str, Any] = {}


def _open(path: Path, incidents: int) -> None:
    """Make a process of the pool a writer."""
    figures = World(incidents, 2).more_figures()
    _writing.update(store=Store(path), figures=figures, read=RESOURCES["figures"].read)


def _write(seconds: float) -> list[float]:
    """Write figures for so long, and return how long each took, its waiting included."""
    found = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        edit = Edit("create", "figures", None, _writing["read"](next(_writing["figures"])))
        begun = time.perf_counter()
        apply(_writing["store"], [edit], "benchmarks.write_path")
        found.append(time.perf_counter() - begun)
    return found


def several(
    path: Path, incidents: int, rounds: int, seconds: float
) -> dict[int, list[list[float]]]:
    """Let one process write and then several, in turn; return the times of all, by round."""
    found: dict[int, list[list[float]]] = {1: [], WRITERS: []}
    pool = ProcessPoolExecutor(WRITERS, get_context("spawn"), _open, (path, incidents))
    with pool:
        list(pool.map(_write, [1.0] * WRITERS))
        for _ in range(rounds):
            for writers, times in found.items():
                done = pool.map(_write, [seconds] * writers)
                times.append([took for some in done for took in some])
    return found


def writers_row(writers: int, found: dict[int, list[list[float]]], seconds: float) -> list[str]:
    """Return the line of the table for so many writers."""
    ratio = median(len(some) / len(one) for some, one in zip(found[writers], found[1], strict=True))
    every = [took * 1000 for times in found[writers] for took in times]
    cuts = quantiles(every, n=100)
    target = writers > 1
    return [
        str(writers),
        f"{median(len(times) for times in found[writers]) / seconds:,.0f}",
        f"{ratio:.2f}",
        "P11 ≥ 0.7" if target else "",
        met(ratio, least=0.7) if target else "",
        f"{cuts[49]:.1f}",
        f"{cuts[98]:.1f}",
        f"{max(every):,.0f}",
    ]


@click.command()
@click.option("--db", required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 100))
@click.option("--each", default=60, show_default=True, help="Writes of a kind, a round.")
@click.option("--seconds", default=4.0, show_default=True, type=click.FloatRange(1, 60))
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Markdown.")
def main(db: Path, rounds: int, each: int, seconds: float, output: Path | None) -> None:
    """Measure the write path and say whether its target is met."""
    with tempfile.TemporaryDirectory(dir=db.parent) as folder:
        path, other = Path(folder, "world.db"), Path(folder, "one.db")
        shutil.copy(db, path)
        plain = create(other)
        plain.execute("CREATE TABLE one (pk INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")
        sql = "SELECT count(*) FROM incidents"
        incidents = Store(path).connection.execute(sql).fetchone()[0]
        client = Client(path, World(incidents, 1))
        asked: dict[str, Callable[[], Cost]] = {
            "one row": partial(one_row, plain),
            "POST a figure": client.post,
            "PATCH a figure": client.patch,
            "DELETE an actor, refused": client.withdraw,
        }
        costs = interleaved(asked, rounds, each)
        client.store.close()
        times = several(path, incidents, rounds, seconds)
    told = f"{incidents:,} incidents; median of {rounds} rounds"
    words = circumstances(f"{told} of {each} writes of each kind.")
    show(HEADINGS, [row(name, costs) for name in asked], words, output)
    words = circumstances(f"{told} of {seconds:g} s each.")
    more = output.with_suffix(f".writers{output.suffix}") if output else None
    lines = [writers_row(writers, times, seconds) for writers in times]
    show(WRITER_HEADINGS, lines, words, more)


if __name__ == "__main__":
    main()
