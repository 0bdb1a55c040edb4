"""Whether all programs say the same, so that what is compared is the same.

``python -m benchmarks.peers.check --world PATH --folder PATH`` starts each program on a small
world, asks it every question once, and compares the answers with what SQL finds in the plain file:
the same records in the same order, the same numbers, the same rows written.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import click
import orjson
from rich.console import Console
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from benchmarks.facts import facts_of
from benchmarks.load import Answer, free_port, running
from benchmarks.ours import Ours
from benchmarks.peers import peers
from benchmarks.peers.peer import GROUPS
from benchmarks.peers.plain import make
from benchmarks.programs import Program
from benchmarks.questions import BATCH, PAGE, QUESTIONS, Facts, Request

#: In which member an answer has its records, in one program or another.
_LISTS: Final = ("data", "items", "rows", "features")
#: What is compared of a record.
_COMPARED: Final = ("title", "summary", "date_start", "country", "latitude", "dyad_name")
#: What is asked by words, a box or an order: the same records in the same order.
_LISTED: Final = {
    "page": "i.country = :country ORDER BY date_start DESC, pk LIMIT :page",
    "first": "1 ORDER BY date_start DESC, pk LIMIT :page",
    "thousand": "i.country = :country ORDER BY date_start DESC, pk LIMIT 1000",
    "rare": "pk IN (SELECT rowid FROM incidents_fts WHERE incidents_fts MATCH :rare) "
    "ORDER BY pk LIMIT :page",
    "common": "pk IN (SELECT rowid FROM incidents_fts WHERE incidents_fts MATCH :common) "
    "ORDER BY pk LIMIT :page",
    "bbox": "longitude BETWEEN :west AND :east AND latitude BETWEEN :south AND :north "
    "ORDER BY date_start DESC, pk LIMIT :page",
}


class Different(Exception):
    """A program says something else."""


def same(said: Any, true: Any, what: str) -> None:
    """Compare.

    Raises:
        Different: They are not equal.

    """
    if said != true:
        raise Different(f"{what}: {str(said)[:200]} in the place of {str(true)[:200]}")


def records(answer: Answer) -> list[dict[str, Any]]:
    """Return the records of an answer, whatever its shape; of a feature its properties."""
    body = orjson.loads(answer.body)
    if isinstance(body, dict):
        found = next((body[name] for name in _LISTS if name in body), body)
        body = [found] if isinstance(found, dict) else found
    return [{**one, **one.get("properties", {})} for one in body]


def ids(answer: Answer) -> list[str]:
    """Return the ids of the records of an answer."""
    return [one["id"] for one in records(answer)]


def total(answer: Answer) -> int:
    """Return the total that an answer gives, whatever its shape."""
    body = orjson.loads(answer.body)
    places = (body, body.get("meta", {}), *body.get("rows", [])[:1])
    return int(next(place["total"] for place in places if "total" in place))


class Asks(Protocol):
    """What answers: a server, or what stands for one."""

    def ask(self, request: Request) -> Answer:
        """Ask once."""


class Check:
    """One program's answers beside the plain file.

    Args:
        plain: The plain file.
        written: Where the program writes its figures: the plain file, or a world of ours.
        facts: What is asked about.

    """

    def __init__(self, plain: Path, written: Path, facts: Facts) -> None:
        self._plain, self._written, self._facts = plain, written, facts
        self._others: Mapping[str, Callable[[Asks, Sequence[Request]], None]] = {
            "one": self._one,
            "unchanged": self._unchanged,
            "embedded": self._embedded,
            "middle": lambda server, asked: self._walked(server, asked, facts.middle),
            "end": lambda server, asked: self._walked(server, asked, facts.end),
            "total": self._total,
            "ranked": self._ranked,
            "estimates": self._answered,
            "months": self._months,
            "csv": self._csv,
            "columns": self._csv,
            "ndjson": self._ndjson,
            "post": lambda server, asked: self._adds(server, asked[0], 1),
            "batch": lambda server, asked: self._adds(server, asked[0], BATCH),
        }

    def run(self, question: str, server: Asks, asked: Sequence[Request]) -> None:
        """Put a question.

        Raises:
            Different: The answer is another than SQL finds.

        """
        if question in _LISTED:
            self._same_ids(server, asked, f"SELECT id FROM incidents i WHERE {_LISTED[question]}")
        else:
            self._others[question](server, asked)

    def _found(self, sql: str, **more: Any) -> list[tuple[Any, ...]]:
        west, south, east, north = self._facts.bbox
        values = {
            "country": self._facts.country, "since": self._facts.since, "page": PAGE,
            "rare": self._facts.rare, "common": self._facts.common,
            "west": west, "south": south, "east": east, "north": north, **more,
        }  # fmt: skip
        return _read(self._plain, sql, values)

    def _same_ids(self, server: Asks, asked: Sequence[Request], sql: str) -> None:
        true = [name for (name,) in self._found(sql)]
        if not true:
            raise Different("nothing is found")
        same(ids(_ask(server, asked[0])), true, "ids")

    def _one(self, server: Asks, asked: Sequence[Request]) -> None:
        for request, name in zip(asked[:20], self._facts.incidents, strict=False):
            (said,) = records(_ask(server, request))
            columns = ", ".join(_COMPARED)
            (true,) = self._found(f"SELECT {columns} FROM incidents WHERE id = :id", id=name)
            same(said["id"], name, "id")
            same(tuple(said[column] for column in _COMPARED), true, name)

    def _unchanged(self, server: Asks, asked: Sequence[Request]) -> None:
        tag = _ask(server, asked[0]).headers["etag"]
        again = server.ask(asked[0]._replace(headers=(("If-None-Match", tag),)))
        same((again.status, again.body), (304, b""), "unchanged")

    def _embedded(self, server: Asks, asked: Sequence[Request]) -> None:
        said = []
        for one in records(_ask(server, asked[0])):
            within = one.get("embedded", one)
            figures = sorted((f["id"], f["measure"], f["best"]) for f in within["figures"])
            said.append((one["id"], figures, sorted(p["id"] for p in within["participations"])))
        listed = f"SELECT pk, id FROM incidents i WHERE {_LISTED['page']}"
        true = [
            (
                name,
                self._found("SELECT id, measure, best FROM figures WHERE incident_id = :k "
                            "ORDER BY id", k=key),
                [one for (one,) in self._found("SELECT id FROM participations WHERE "
                                               "incident_id = :k ORDER BY id", k=key)],
            )
            for key, name in self._found(listed)
        ]  # fmt: skip
        same(said, true, "embedded")

    def _walked(self, server: Asks, asked: Sequence[Request], place: tuple[str, str]) -> None:
        """Compare a page after a place; whoever has pages by number gives the one that is near."""
        every = [
            name for (name,) in self._found("SELECT id FROM incidents ORDER BY date_start DESC, pk")
        ]
        said = ids(_ask(server, asked[0]))
        begin = every.index(said[0])
        same(said, every[begin : begin + PAGE], "ids")
        after = every.index(place[1]) + 1
        if not after - PAGE < begin <= after:
            raise Different(f"it begins with the {begin}th, not the {after}th")

    def _total(self, server: Asks, asked: Sequence[Request]) -> None:
        sql = "SELECT count(*) FROM incidents WHERE country = :country AND date_start >= :since"
        same(total(_ask(server, asked[0])), self._found(sql)[0][0], "total")

    def _ranked(self, server: Asks, asked: Sequence[Request]) -> None:
        """Compare the best by BM25; we rank the newest thousand alone, so ours need only match."""
        sql = (
            "SELECT i.id FROM incidents_fts w JOIN incidents i ON i.pk = w.rowid "
            "WHERE incidents_fts MATCH :common ORDER BY w.rank"
        )
        said, true = ids(_ask(server, asked[0])), [name for (name,) in self._found(sql)]
        if self._written == self._plain:
            same(said, true[:PAGE], "ids")
        else:
            same((len(said), set(said) - set(true)), (PAGE, set()), "ids")

    def _answered(self, server: Asks, asked: Sequence[Request]) -> None:
        _ask(server, asked[0])

    def _months(self, server: Asks, asked: Sequence[Request]) -> None:
        sql = "SELECT country, substr(date_start, 1, 7) m, count(*) FROM incidents GROUP BY 1, 2"
        true = self._found(f"{sql} ORDER BY 1, 2 LIMIT {GROUPS}")
        said = [
            (one["country"], one["month"], one.get("n_incidents", one.get("incidents")))
            for one in records(_ask(server, asked[0]))
        ]
        same(said, true, "months")

    def _csv(self, server: Asks, asked: Sequence[Request]) -> None:
        text = _ask(server, asked[0]).body.decode("utf-8-sig")
        self._everything(dict(row) for row in csv.DictReader(io.StringIO(text)))

    def _ndjson(self, server: Asks, asked: Sequence[Request]) -> None:
        self._everything(map(orjson.loads, _ask(server, asked[0]).body.splitlines()))

    def _everything(self, rows: Iterator[dict[str, Any]]) -> None:
        """Compare all incidents; CSV of features has no ids."""
        true = self._found("SELECT title, summary, date_start FROM incidents ORDER BY 1, 2, 3")
        said = sorted((row["title"], row["summary"], row["date_start"]) for row in rows)
        same(said, true, "everything")

    def _adds(self, server: Asks, request: Request, many: int) -> None:
        """Compare what was written: so many figures, with the numbers that were sent."""
        count, last = "SELECT count(*) FROM figures", "SELECT best FROM figures ORDER BY pk DESC"
        before = _read(self._written, count)[0][0]
        _ask(server, request)
        same(_read(self._written, count)[0][0] - before, many, "figures")
        sent = [int(number) for number in _bests(orjson.loads(request.body))]
        found = _read(self._written, f"{last} LIMIT {many}")
        same(sorted(number for (number,) in found), sorted(sent), "numbers")


def _bests(body: Any) -> Iterator[int]:
    """Yield the numbers of the figures in a body, whatever its shape."""
    if isinstance(body, dict) and "best" in body:
        yield body["best"]
    elif isinstance(body, dict | list):
        for inner in body.values() if isinstance(body, dict) else body:
            yield from _bests(inner)


def _read(path: Path, sql: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        return [tuple(row) for row in connection.execute(sql, values or {})]
    finally:
        connection.close()


def _ask(server: Asks, request: Request) -> Answer:
    answer = server.ask(request)
    if answer.status >= 400:
        raise Different(f"{answer.status}: {request.path}: {answer.body[:300]!r}")
    return answer


def check(program: Program, one: Check, facts: Facts, folder: Path) -> dict[str, str]:
    """Start a program, put every question, and return what came of each."""
    port = free_port()
    command, environment = program.command(folder, port)
    said = {}
    with running(command, environment, port, program.ready, folder / f"{program.name}.log") as it:
        for question in QUESTIONS:
            asked = program.requests(question.key, facts)
            try:
                if asked:
                    one.run(question.key, it, asked)
            except Different as fault:
                said[question.key] = f"DIFFERENT {fault}"
            else:
                said[question.key] = "same" if asked else "-"
    return said


def copied(world: Path, folder: Path) -> Path:
    """Copy a world, since it will be written into."""
    copy = folder / "world.db"
    for old in folder.glob("world.db*"):
        old.unlink()
    connection = sqlite3.connect(f"{world.resolve().as_uri()}?mode=ro", uri=True)
    connection.execute("VACUUM INTO ?", (str(copy),))
    connection.close()
    return copy


@click.command()
@click.option("--world", required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--folder", required=True, type=click.Path(path_type=Path, file_okay=False))
@click.option("--program", "names", multiple=True, help="Only this one; repeat for more.")
def main(world: Path, folder: Path, names: Sequence[str]) -> None:
    """Compare what all programs say about a small world."""
    folder.mkdir(parents=True, exist_ok=True)
    facts, plain, copy = facts_of(world), folder / "plain-check.db", copied(world, folder)
    make(world, plain)
    ours = Ours(copy)
    wrong = 0
    for program in [ours, *peers(plain)]:
        if names and program.name not in names:
            continue
        program.set_up(folder)
        one = Check(plain, copy if program is ours else plain, facts)
        for question, words in check(program, one, facts, folder).items():
            wrong += words.startswith("DIFFERENT")
            Console(highlight=False, soft_wrap=True).print(f"{program.name}: {question}: {words}")
    if wrong:
        raise click.ClickException(f"{wrong} answers differ")


if __name__ == "__main__":
    main()
