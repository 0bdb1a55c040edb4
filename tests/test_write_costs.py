"""What a write costs in SQL: how many statements, and each of them along an index."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from benchmarks import world
from incidents_api.model import RESOURCES
from incidents_api.storage import access, standing
from incidents_api.storage.facts import facts, owners, paths, triggers
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base

INCIDENTS: Final = 300
NAMES: Final = [record.resource for record in RESOURCES]
FIGURE: Final = {
    "incident": "incident-0000001",
    "measure": "killed",
    "value_text": "at least 40",
    "value_lang": "en",
    "claimant": "actor-1",
    "sources": [{"source": "source-0000001", "quote": "forty"}],
    "population": {"status": ["civilian"], "actor": ["actor-2"]},
}
INCIDENT: Final = {"title": "T", "date_start": "2022-01-20"}


class Write(NamedTuple):
    """A request that writes, its answer's status, and the most statements that it may take."""

    method: str
    path: str
    body: Any
    status: int
    most: int


WRITES: Final = {
    "a figure": Write("POST", "/figures", FIGURE, 201, 28),
    "a preferred figure": Write("POST", "/figures", FIGURE | {"rank": "preferred"}, 201, 30),
    "a figure of a new id": Write("POST", "/figures", FIGURE | {"id": "f"}, 201, 28),
    "a part": Write("POST", "/incidents", INCIDENT | {"part_of": "incident-0000002"}, 201, 22),
    "a relation": Write(
        "POST",
        "/relations",
        {
            "type": "duplicate_of",
            "from_incident": "incident-0000001",
            "to_incident": "incident-0000002",
        },
        201,
        28,
    ),
    "notes of a figure": Write("PATCH", "/figures/incident-0000001-f1", {"notes": "N"}, 200, 21),
    "notes of an incident": Write("PATCH", "/incidents/incident-0000001", {"notes": "N"}, 200, 16),
    "its day": Write("PATCH", "/incidents/incident-0000001", {"date_start": "1980-01-01"}, 200, 42),
    "an actor's kind": Write("PATCH", "/actors/actor-1", {"actor_type": "media"}, 200, 32),
    "withdraw a figure": Write("DELETE", "/figures/incident-0000001-f1?reason=R", None, 200, 45),
    "withdraw an incident": Write(
        "DELETE", "/incidents/incident-0000001?reason=R&cascade=true", None, 200, 128
    ),
    "twenty incidents": Write(
        "POST",
        "/batch",
        {"operations": [{"op": "create", "resource": "incidents", "record": INCIDENT}] * 20},
        200,
        90,
    ),
}
#: What may be gone through: the values asked for, one row, one row of a virtual table.
SMALL: Final = re.compile(r"SCAN (s|CONSTANT ROW)$|VIRTUAL TABLE INDEX (0:=|1:)$")
each_write = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)


@pytest.fixture(scope="module")
def world_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a world of some 3,000 records, left as loading them leaves it."""
    path = tmp_path_factory.mktemp("world") / "world.db"
    store = Store.make(path)
    world.write(store, world.World(INCIDENTS, 1))
    store.close()
    return path


@pytest.fixture
def base(world_file: Path, tmp_path: Path) -> Iterator[Base]:
    base = open_base(Path(shutil.copy(world_file, tmp_path / "world.db")))
    made, key = access.create(base.store, "test", "write")
    access.used(base.store, made)  # once an hour, and no part of a write
    base.client.environ_base |= {"HTTP_AUTHORIZATION": f"Bearer {key}", "HTTP_IF_MATCH": "*"}
    yield base
    base.store.close()


@contextmanager
def traced(base: Base) -> Iterator[list[str]]:
    """Collect the statements of a write, without those that SQLite makes for its own tables."""
    found: list[str] = []
    with base.store.exclusive() as connection:
        pass
    connection.set_trace_callback(found.append)
    yield found
    connection.set_trace_callback(None)
    found[:] = [sql for sql in found if not re.match(r"--|.* FROM 'main'\.", sql)]


def sent(base: Base, write: Write) -> list[str]:
    """Do a write, and return its statements."""
    with traced(base) as found:
        answer = base.client.open(f"/v1{write.path}", method=write.method, json=write.body)
    assert answer.status_code == write.status, answer.text
    return found


def scans(connection: Any, sql: str, values: tuple[Any, ...] = ()) -> list[str]:
    """Return the tables that a statement goes through from end to end."""
    lines = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    return [line for line in lines if line.startswith("SCAN ") and not SMALL.search(line)]


class Explained:
    """A connection that notes the tables that its statements go through from end to end."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.statements = 0
        self.scans: list[str] = []

    def execute(self, sql: str, values: tuple[Any, ...]) -> Any:
        self.statements += 1
        self.scans += scans(self._connection, sql, values)
        return self._connection.execute(sql, values)


@each_write
def test_a_write_takes_few_statements(base: Base, write: Write) -> None:
    found = sent(base, write)
    assert len(found) <= write.most, "\n".join(found)


def test_nothing_is_computed_that_would_be_refused(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = Write("DELETE", "/actors/actor-1?reason=R", None, 409, 0)
    whole = sent(base, needed)
    monkeypatch.setattr("incidents_api.storage.write.COMPUTED_TO_TELL", 1)
    found = sent(base, needed)
    assert len(found) <= 42 < len(whole)


@each_write
def test_a_write_goes_through_no_table(base: Base, write: Write) -> None:
    found = [sql for sql in sent(base, write) if re.match("SELECT|INSERT|UPDATE|DELETE", sql)]
    with base.store.exclusive() as connection:
        through = {sql: scans(connection, sql) for sql in found if not sql.endswith("LIMIT 1")}
    assert {sql: lines for sql, lines in through.items() if lines} == {}


@pytest.mark.parametrize("resource", NAMES)
def test_what_links_to_a_record_is_found_along_indexes(base: Base, resource: str) -> None:
    explained = Explained(base.store.connection)
    list(standing.dependents(base.store.tables, explained, resource, [1, 2]))
    assert explained.scans == []


@pytest.mark.parametrize("resource", NAMES)
def test_what_a_record_looks_at_is_found_along_indexes(base: Base, resource: str) -> None:
    explained = Explained(base.store.connection)
    tables = base.store.tables
    for path, members in paths(RESOURCES[resource]).items():
        facts(tables, explained, RESOURCES.steps(resource, path), members, [(0, 1), (1, 2)])
    for trigger in triggers(RESOURCES)[resource]:
        owners(tables, explained, trigger.steps, [1, 2])
    assert explained.scans == []
