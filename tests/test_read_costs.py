"""What a read costs in SQL: how many statements, and how far they go through the base.

SQLite tells nobody how many rows it reads. Counted are the steps of its virtual machine, of the
very statements of a request: the plainest walk takes five a row, a page ten or so. What is read in
one step is left out: how often a word is found is read from lists within rows, and a table can be
counted without going over its rows, which no read does.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from werkzeug.test import TestResponse

from benchmarks.world import Entry, World
from benchmarks.world import write as write_world
from incidents_api.model import RESOURCES
from incidents_api.storage.lists import CHUNK, FIRST
from incidents_api.storage.pace import STEP
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base
from tests.hub import BOX, HUB, LINKED, RARE, hub, scarce

SMALL: Final = 300
TIMES: Final = 5
#: A page of 50 is of one country, in the smaller base too.
SHARE: Final = 0.3
NAMES: Final = [record.resource for record in RESOURCES]
SUBLISTS: Final = [(name, item.name) for name in NAMES for item in RESOURCES.sublists(name)]
#: The steps of an answer beside those of its rows.
START: Final = 100
#: So many times the steps in the larger base are not more: a day has more rows that tie.
ALIKE: Final = 1.1


class Read(NamedTuple):
    """A request that reads.

    Attributes:
        path: What is asked.
        statements: How many statements that takes, exactly; BEGIN and ROLLBACK count.
        rows: How many rows are answered.
        steps: How many steps a row may take, beside START in all.

    """

    path: str
    statements: int
    rows: int
    steps: int


class Cost(NamedTuple):
    """What a request took: statements, steps, and the rows that were answered."""

    statements: int
    steps: int
    rows: int


PAGE: Final = "/incidents?country=SYR&sort=-date_start&limit=50"
READS: Final = {
    "a record": Read("/incidents/hub", 1, 1, 0),
    "some members": Read("/incidents/hub?fields=id,title", 1, 1, 0),
    "a page by country and date": Read(PAGE, 4, 50, 12),
    "a page of all": Read("/incidents?limit=50", 4, 50, 10),
    "a page from the middle": Read("/incidents?limit=50&cursor={middle}", 4, 50, 15),
    "a page by the killed": Read("/incidents?sort=-killed_best&limit=50", 4, 50, 12),
    "a page of a period": Read("/incidents?from=2020-01-01&to=2024-12-31&limit=20", 4, 20, 28),
    "a page of 1,000": Read("/figures?limit=1000", 4, 1000, 11),
    "embedded": Read(f"{PAGE}&include=figures,participations", 104, 50, 300),
    "a total": Read("/incidents?limit=50&total=true", 5, 50, 70),
    "a rare word": Read(f"/incidents?q={RARE}", 4, 1, 20),
    "a common word": Read("/incidents?q=forces&limit=50", 4, 50, 13),
    "ranked": Read("/incidents?q=forces&sort=relevance&limit=50", 7, 50, 70),
    "a box": Read(f"/incidents?bbox={','.join(map(str, BOX))}", 6, 4, 50),
    "a box of everything": Read("/incidents?bbox=-180,-90,180,90&limit=50", 6, 50, 250),
    "a circle": Read("/incidents?lat=-55&lon=-130&within_km=9", 6, 4, 65),
    "a page of CSV": Read("/incidents?f=csv&limit=50", 4, 50, 700),
    "a page of GeoJSON": Read("/incidents?f=geojson&limit=50", 4, 50, 340),
    "estimates": Read("/incidents/hub/estimates", 9, 1, 370),
    "a timeline": Read("/incidents/hub/timeline", 16, 7, 60),
    "history": Read("/incidents/hub/history", 5, 1, 70),
    "contradictions": Read("/contradictions?limit=10", 5, 10, 10),
    "sums by country": Read("/aggregate?group_by=country&limit=10", 7, 10, 1750),
    "sums by country and month": Read("/aggregate?group_by=country,month&limit=200", 7, 200, 200),
    "the newest changes": Read("/changes?after={before}&limit=50", 6, 50, 90),
    "the oldest changes": Read("/changes?limit=50", 6, 50, 800),
    "search of all": Read("/search?q=forces", 13, 50, 250),
}
#: What takes more in a base that is five times as large, how many times as much at most, and why.
GROWING: Final = {
    "a total": 5,  # counts what matches
    "a rare word": 3,  # the index of words has more parts
    "a common word": 1.3,  # the same
    "ranked": 5,  # ranks what matches, up to 1,000
    "a box of everything": 3,  # counts what is in it, up to the root of twice the base
    "sums by country": 5,  # adds up a row a month
    "sums by country and month": 5,  # the same
    "the oldest changes": 5,  # looks how far 20,000 changes reach
    "search of all": 5,  # ranks what matches, of each resource up to 1,000
}
each_read = pytest.mark.parametrize("read", READS.values(), ids=READS)


def made(incidents: int, folder: Path) -> Base:
    """Return a base with so many incidents, and the same records around the hub."""
    path = folder / f"{incidents}.db"
    store = Store.make(path)
    write_world(store, World(incidents, 1, SHARE))
    write(store, (entry for number in range(1, incidents // 10) for entry in scarce(number)))
    write(store, hub())
    store.close()
    return open_base(path)


def write(store: Store, entries: Iterable[Entry]) -> None:
    with store.writing("test") as transaction:
        for resource, given in entries:
            transaction.put(resource, RESOURCES[resource].read(given))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    base = made(SMALL, tmp_path_factory.mktemp("costs"))
    yield base
    base.store.close()


@contextmanager
def counted(base: Base) -> Iterator[tuple[list[str], list[int]]]:
    """Collect the statements of reads, without those that SQLite makes, and count their steps."""
    found: list[str] = []
    steps = [0]

    def step() -> int:
        steps[0] += 1
        return 0

    connection = base.store.connection
    connection.set_trace_callback(found.append)
    connection.set_progress_handler(step, 1)
    yield found, steps
    connection.set_trace_callback(None)
    connection.set_progress_handler(None, 0)
    found[:] = [sql for sql in found if not re.match(r"--|.* FROM 'main'\.", sql)]


def cost(base: Base, path: str) -> Cost:
    """Ask twice, and return what the second request took: the first one makes what is kept."""
    asked = f"/v1{path.format_map(places(base))}"
    base.get(asked)
    with counted(base) as (found, steps):
        answer = base.get(asked)
        rows = rows_of(answer)
    assert answer.status_code == 200, answer.text
    return Cost(len(found), steps[0], rows)


def places(base: Base) -> dict[str, Any]:
    """Return where the middle of the incidents is, and what was before the last transaction."""
    page = base.json(f"/v1/incidents?limit={SMALL // 2}")
    return {"middle": page["meta"]["next_cursor"], "before": base.store.seq() - 1}


def rows_of(answer: TestResponse) -> int:
    """Return how many rows an answer has."""
    if answer.mimetype in ("text/csv", "application/x-ndjson"):
        return answer.text.count("\n") - (answer.mimetype == "text/csv")
    body = answer.get_json()
    rows: list[Any] = body.get("data", body.get("features", [body]))
    return len(rows)


def the_same_everywhere() -> dict[str, str]:
    """Return what is answered with as many rows in a base of any size, by name."""
    asked = {name: read.path for name, read in READS.items()}
    asked |= {f"a page of {name}": f"/{name}?limit=20" for name in NAMES}
    return asked | {f"{name} of {of}": f"/{of}/{HUB}/{name}" for of, name in SUBLISTS}


@each_read
def test_a_read_takes_exactly_so_many_statements(base: Base, read: Read) -> None:
    found = cost(base, read.path)
    assert (found.statements, found.rows) == (read.statements, read.rows)


@each_read
def test_a_read_goes_over_few_rows(base: Base, read: Read) -> None:
    assert cost(base, read.path).steps <= START + read.rows * read.steps


@pytest.mark.parametrize("name", NAMES)
def test_every_list_takes_four_statements_and_a_record_one(base: Base, name: str) -> None:
    found = cost(base, f"/{name}?limit=20")
    assert found.steps <= START + 20 * 10
    assert (found.statements, found.rows) == (4, 20)
    (record,) = base.json(f"/v1/{name}?limit=1")["data"]
    assert cost(base, f"/{name}/{record['id']}").statements == 1


@pytest.mark.parametrize(("of", "name"), SUBLISTS)
def test_a_sublist_takes_six_statements_and_one_where_others_link(
    base: Base, of: str, name: str
) -> None:
    item = next(item for item in RESOURCES.sublists(of) if item.name == name)
    own = item.parameter in RESOURCES[item.resource].kinds()
    found = cost(base, f"/{of}/{HUB}/{name}")
    assert found.rows >= LINKED
    assert found.statements == (6 if own else 7)
    assert found.steps <= START + found.rows * (15 if own else 110)


@pytest.mark.parametrize("path", ["/incidents/hub", PAGE, "/aggregate?group_by=country"])
def test_what_the_client_has_takes_one_statement(base: Base, path: str) -> None:
    tag = base.get(f"/v1{path}").headers["ETag"]
    with counted(base) as (found, steps):
        answer = base.get(f"/v1{path}", If_None_Match=tag)
    assert (answer.status_code, len(found)) == (304, 1)
    assert steps[0] <= 20


@pytest.mark.parametrize("resource", ["incidents", "figures"])
@pytest.mark.parametrize(("format_", "steps"), [("csv", 720), ("ndjson", 15)])
def test_a_stream_takes_four_statements_a_chunk(
    base: Base, resource: str, format_: str, steps: int
) -> None:
    found = cost(base, f"/{resource}?f={format_}")
    chunks, read = 0, 0
    for chunk in (FIRST, FIRST * STEP, CHUNK, CHUNK):
        chunks, read = chunks + 1, read + chunk
        if read > found.rows:
            break
    assert chunks == (2 if resource == "incidents" else 4)
    assert found.statements == 4 + 4 * chunks
    assert found.steps <= START * chunks + found.rows * steps


def test_what_takes_more_in_a_larger_base_is_known(base: Base, tmp_path: Path) -> None:
    larger = made(TIMES * SMALL, tmp_path)
    times = {}
    for name, path in the_same_everywhere().items():
        here, there = cost(base, path), cost(larger, path)
        assert (name, *there[::2]) == (name, *here[::2])
        times[name] = there.steps / here.steps
    larger.store.close()
    assert {name for name, many in times.items() if many > ALIKE} == GROWING.keys()
    assert {name for name, most in GROWING.items() if times[name] > most} == set()


def test_steps_tell_of_rows(base: Base) -> None:
    def walked(rows: int) -> int:
        with counted(base) as (_, steps):
            base.store.connection.execute(
                f"SELECT id, document FROM figures LIMIT {rows}"
            ).fetchall()
        return steps[0]

    assert 4 <= (walked(1000) - walked(500)) / 500 <= 6


def test_no_table_is_counted_in_one_step(base: Base) -> None:
    asked = {path.format_map(places(base)) for path in the_same_everywhere().values()}
    with counted(base) as (found, _):
        for path in sorted(asked):
            base.get(f"/v1{path}")
    explained = [sql for sql in found if sql.startswith("SELECT")]
    codes = {row[1] for sql in explained for row in base.store.connection.execute(f"EXPLAIN {sql}")}
    assert "Next" in codes
    assert "Count" not in codes
