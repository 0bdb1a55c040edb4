"""The read path against its targets P1, P2 and P4, all measured interleaved in one run.

``python -m benchmarks.read_path --db PATH`` runs the program and a Flask constant under the same
gunicorn settings, and asks them in turn, round by round. The figure is the processor time of the
server's whole process tree per request; the targets are ratios of two such figures.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final
from urllib.parse import urlencode

import click
import orjson
from rich.console import Console
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from benchmarks.load import Asked, Cost, Server, serving
from benchmarks.report import circumstances, met, show

HOME: Final = "/v1/incidents"
#: So many records are asked for in turn, so that none is hot.
RECORDS: Final = 20_000
TAGS: Final = 500
WARM_UP: Final = 1.0
PAGE: Final = {"country": "SYR", "sort": "-date_start", "limit": "50"}
LONG: Final = {"sort": "-date_start", "limit": "50"}
HEADINGS: Final = (
    "question", "CPU µs", "min-max", "ratio", "to", "target", "", "p50 ms", "p99 ms", "req/s",
    "bytes",
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    """Something to ask a server, and what it may cost.

    Attributes:
        name: What is asked.
        server: Whom.
        asked: The requests, to be made at random.
        size: How many bytes an answer has, about.
        base: The question whose cost it is compared with.
        target: The target's id and the largest ratio that meets it.

    """

    name: str
    server: Server
    asked: Sequence[Asked]
    size: int
    base: str = "constant"
    target: tuple[str, float] | None = None


def _path(values: Mapping[str, str]) -> str:
    return f"{HOME}?{urlencode(values)}"


def ids(db: Path) -> list[str]:
    """Return the ids of the incidents that everybody may see, in a random order."""
    connection = sqlite3.connect(f"{db.resolve().as_uri()}?mode=ro", uri=True)
    try:
        found = [name for (name,) in connection.execute("SELECT id FROM incidents WHERE shown = 2")]
    finally:
        connection.close()
    Random(1).shuffle(found)
    return found


def cursors(server: Server) -> list[str]:
    """Walk a long list from end to end in large steps, and return the cursor after each."""
    found: list[str] = []
    while True:
        query = {**LONG, "limit": "1000", **({"cursor": found[-1]} if found else {})}
        meta: dict[str, Any] = orjson.loads(server.get(_path(query)).body)["meta"]
        if meta["next_cursor"] is None:
            return found
        found.append(meta["next_cursor"])


def questions(ours: Server, constant: Server, names: Sequence[str]) -> Iterator[Question]:
    """Yield what is measured, in the order in which it is asked in every round."""
    records = [Asked(f"{HOME}/{name}") for name in names[:RECORDS]]
    tagged = [Asked(one.path, ours.get(one.path).headers["ETag"]) for one in records[:TAGS]]
    places = cursors(ours)
    if not places:
        raise click.ClickException("the list has one page; make a world of 5,000 or more")
    pages = {
        "page of 50, country and date": (PAGE, "constant", ("P2", 4.0)),
        "first page of all": (LONG, "constant", None),
        "page from the middle": (
            {**LONG, "cursor": places[len(places) // 2]},
            "first page of all",
            ("P4", 1.2),
        ),
        "page from the end": ({**LONG, "cursor": places[-1]}, "first page of all", ("P4", 1.2)),
    }
    size = len(constant.get("/constant").body)
    yield Question("constant", constant, [Asked("/constant")], size)
    yield Question("get one", ours, records, size, target=("P1", 1.5))
    yield Question("get one, 304", ours, tagged, 0)
    for name, (values, base, target) in pages.items():
        size = len(ours.get(_path(values)).body)
        yield Question(name, ours, [Asked(_path(values))], size, base, target)


def measure(asked: Sequence[Question], rounds: int, seconds: float) -> dict[str, list[Cost]]:
    """Ask every question once a round, and return what each cost."""
    console = Console(stderr=True)
    found: dict[str, list[Cost]] = {question.name: [] for question in asked}
    for question in asked:
        question.server.cost(question.asked, WARM_UP)
    for number in range(1, rounds + 1):
        for question in asked:
            if console.is_terminal:
                console.print(f"round {number} of {rounds}: {question.name}", style="dim")
            found[question.name].append(question.server.cost(question.asked, seconds))
    return found


def row(question: Question, found: Mapping[str, list[Cost]]) -> list[str]:
    """Return a question's line of the table."""
    costs = found[question.name]
    micros = [cost.micros for cost in costs]
    ratio = ratio_of(question, found)
    name, most = question.target or ("", 0.0)
    return [
        question.name,
        f"{median(micros):,.0f}",
        f"{min(micros):,.0f}-{max(micros):,.0f}",
        f"{ratio:.2f}",
        question.base,
        f"{name} ≤ {most:g}" if name else "",
        met(ratio, most=most) if name else "",
        f"{median(cost.p50 for cost in costs) / 1000:.2f}",
        f"{median(cost.p99 for cost in costs) / 1000:.2f}",
        f"{median(cost.rate for cost in costs):,.0f}",
        f"{question.size:,}",
    ]


def ratio_of(question: Question, found: Mapping[str, list[Cost]]) -> float:
    """Return the median over the rounds of the ratio to the base, taken in the same round."""
    pairs = zip(found[question.name], found[question.base], strict=True)
    return median(cost.micros / base.micros for cost, base in pairs)


@click.command()
@click.option("--db", required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 100))
@click.option("--seconds", default=4.0, show_default=True, type=click.FloatRange(1, 60))
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Markdown.")
def main(db: Path, rounds: int, seconds: float, output: Path | None) -> None:
    """Measure the read path and say which targets are met."""
    names = ids(db)
    with serving("incidents_api.cli", "serve", "--db", db, ready="/v1/health") as ours:
        sizes = [len(ours.get(f"{HOME}/{name}").body) for name in names[:100]]
        arguments = ("--size", round(sum(sizes) / len(sizes)))
        with serving("benchmarks.constant", *arguments, ready="/constant") as constant:
            asked = list(questions(ours, constant, names))
            found = measure(asked, rounds, seconds)
    rows = [row(question, found) for question in asked]
    told = f"{len(names):,} incidents; median of {rounds} rounds of {seconds:g} s each."
    show(HEADINGS, rows, circumstances(told), output)


if __name__ == "__main__":
    main()
