"""Opening the database: what a reader cannot do, and which files are refused."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from incidents_api.model.sphere import km
from incidents_api.storage import access, connections
from incidents_api.storage.connections import (
    APPLICATION_ID,
    ASKING_SECONDS,
    create,
    open_reader,
    open_writer,
)
from incidents_api.storage.deadlines import Deadline
from incidents_api.storage.failures import TooSlow, Unusable
from incidents_api.storage.store import Store
from tests.conftest import Base

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


@pytest.fixture(scope="module")
def sound(sample_file: Path) -> bytes:
    """The bytes of a sound database."""
    store = Store(sample_file)
    store.check()
    store.close()
    return sample_file.read_bytes()


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO meta VALUES ('a', 'b')",
        "UPDATE incidents SET title = 'x'",
        "DELETE FROM incidents",
        "DROP TABLE incidents",
        "CREATE TABLE more (a)",
        "CREATE TEMP TABLE more (a)",
        "ALTER TABLE incidents ADD COLUMN more",
        "REINDEX",
        "VACUUM",
        "VACUUM INTO 'copy.db'",
        "ATTACH 'other.db' AS other",
        "DETACH main",
        "PRAGMA user_version = 5",
        "PRAGMA application_id = 5",
        "PRAGMA journal_mode = DELETE",
    ],
)
def test_a_reader_cannot_write_or_attach(
    sample: Base, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sql: str
) -> None:
    monkeypatch.chdir(tmp_path)
    reader = open_reader(sample.store.path)
    with pytest.raises(sqlite3.DatabaseError, match=r"read.?only|authoriz|locked"):
        reader.execute(sql)
    reader.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("pragma", "value"), [("query_only", 1), ("trusted_schema", 0)])
def test_a_reader_cannot_loosen_its_guards(sample: Base, pragma: str, value: int) -> None:
    reader = open_reader(sample.store.path)
    assert reader.execute(f"PRAGMA {pragma}").fetchone() == (value,)
    try:
        reader.execute(f"PRAGMA {pragma} = {1 - value}")
    except sqlite3.DatabaseError as fault:
        assert "authoriz" in str(fault)  # noqa: PT017 - refusing it aloud is as good
    assert reader.execute(f"PRAGMA {pragma}").fetchone() == (value,)
    reader.close()


def test_a_reader_still_cannot_write_with_its_guards_off(base: Base) -> None:
    reader = open_reader(base.store.path)
    for pragma in ("query_only = OFF", "writable_schema = ON"):
        try:
            reader.execute(f"PRAGMA {pragma}")
        except sqlite3.DatabaseError:
            continue
    with pytest.raises(sqlite3.DatabaseError, match="readonly"):
        reader.execute("DELETE FROM incidents")
    reader.close()


@pytest.mark.parametrize(
    ("pragma", "value"), [("foreign_keys", 1), ("synchronous", 2), ("journal_mode", "wal")]
)
def test_a_writer_keeps_what_it_promises(base: Base, pragma: str, value: int | str) -> None:
    writer = open_writer(base.store.path)
    assert writer.execute(f"PRAGMA {pragma}").fetchone() == (value,)
    writer.close()


def test_a_broken_reference_cannot_be_committed(base: Base) -> None:
    writer = open_writer(base.store.path)
    writer.execute("BEGIN")
    writer.execute("UPDATE participations SET actor = 99999")
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        writer.execute("COMMIT")
    writer.execute("ROLLBACK")
    writer.close()


def test_every_table_is_strict(sample: Base) -> None:
    own = {table.name for table in sample.store.tables} | {
        "transactions",
        "changes",
        "meta",
        "keys",
    }
    own |= {part.name for table in sample.store.tables for part in table.parts}
    sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE TABLE %'"
    made = dict(sample.store.connection.execute(sql).fetchall())
    twins = {f"{name}_history" for name in own} & set(made)
    assert own <= set(made)
    assert len(twins) == len(own) - 4
    assert not [name for name in own | twins if "STRICT" not in made[name].rsplit(")", 1)[1]]


def test_a_new_file_is_ours(tmp_path: Path) -> None:
    connection = create(tmp_path / "new.db")
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path, sound: bytes) -> None:
    path = tmp_path / "there.db"
    path.write_bytes(sound)
    with pytest.raises(Unusable, match="there is a file at"):
        Store.make(path)
    assert path.read_bytes() == sound


def refused(path: Path) -> str:
    """Return why a file is refused."""
    store = Store(path)
    with pytest.raises(Unusable) as fault:
        store.check()
    store.close()
    return str(fault.value)


def test_a_missing_file_is_refused_and_not_made(tmp_path: Path) -> None:
    assert "no database at" in refused(tmp_path / "nowhere.db")
    assert "incidents-api init" in refused(tmp_path / "nowhere.db")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "no database at" in refused(tmp_path)


def noise(count: int) -> bytes:
    """Return bytes without a meaning, always the same."""
    return random.Random(1).randbytes(count)


DAMAGES: list[tuple[str, str, Callable[[bytes], bytes]]] = [
    ("empty", "is empty; make a database with: incidents-api init", lambda _: b""),
    ("text", "is not a readable SQLite database", lambda _: b"id,title\n1,Attack\n" * 1000),
    ("short text", "is not a readable SQLite database", lambda _: b"hello"),
    ("only a header", "is not a readable SQLite database", lambda whole: whole[:100]),
    ("one page", "is not a readable SQLite database", lambda whole: whole[:8192]),
    ("half", "is not a readable SQLite database", lambda whole: whole[: len(whole) // 2]),
    ("without its end", "is not a readable SQLite database", lambda whole: whole[:-8192]),
    ("header", "is not a readable SQLite database", lambda whole: noise(100) + whole[100:]),
    (
        "schema",
        "is not a readable SQLite database",
        lambda whole: whole[:100] + noise(8092) + whole[8192:],
    ),
]


@pytest.mark.parametrize(
    ("words", "damage"), [(w, d) for _, w, d in DAMAGES], ids=[name for name, *_ in DAMAGES]
)
def test_a_damaged_file_is_refused_with_what_is_wrong(
    tmp_path: Path, sound: bytes, words: str, damage: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "damaged.db"
    path.write_bytes(damage(sound))
    assert words in refused(path)
    assert str(path) in refused(path)


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE incidents (id TEXT)")
    other.execute("PRAGMA application_id = 252006673")
    other.close()
    assert "not one of this program's" in refused(path)


def test_our_number_alone_does_not_make_a_knowledge_base(tmp_path: Path) -> None:
    create(tmp_path / "bare.db").close()
    assert "incidents-api migrate" in refused(tmp_path / "bare.db")


def test_a_long_query_is_stopped(sample_file: Path) -> None:
    store = Store(sample_file, read_seconds=0.05)
    with pytest.raises(TooSlow, match=r"took longer than 0\.05 seconds"), store.reading() as reader:
        reader.execute(ENDLESS).fetchone()
    store.close()


def test_a_store_reads_on_after_a_query_was_stopped(sample_file: Path) -> None:
    store = Store(sample_file, read_seconds=0.05)
    with pytest.raises(TooSlow), store.reading() as reader:
        reader.execute(ENDLESS).fetchone()
    with store.reading() as reader:
        assert reader.execute("SELECT count(*) FROM incidents").fetchone()[0] > 0
    store.close()


def test_the_reads_of_one_block_see_one_state(base: Base) -> None:
    incident = {"resource": "incidents", "id": "new", "title": "T", "date_start": "2022-01-20"}
    with base.store.reading() as reader:
        before = reader.execute("SELECT count(*) FROM incidents").fetchone()
        base.put(incident)
        assert reader.execute("SELECT count(*) FROM incidents").fetchone() == before
    assert base.store.get("incidents", "new")


@pytest.mark.parametrize(
    ("points", "distance"),
    [
        ((36.5, 40.75, 36.5, 40.75), 0.0),
        ((0.0, 0.0, 0.0, 1.0), 111.195),
        ((0.0, 0.0, 90.0, 0.0), 10_007.557),
        ((0.0, 0.0, 0.0, 180.0), 20_015.115),
        ((90.0, 0.0, -90.0, 77.0), 20_015.115),
        ((0.0, 179.5, 0.0, -179.5), 111.195),
        ((60.0, 0.0, 60.0, 1.0), 55.597),
        ((52.3676, 4.9041, 48.8566, 2.3522), 430.0),
        ((51.5074, -0.1278, 40.7128, -74.006), 5570.2),
    ],
)
def test_distances_are_those_of_the_great_circle(
    sample: Base, points: tuple[float, ...], distance: float
) -> None:
    assert km(*points) == pytest.approx(distance, rel=1e-3, abs=1e-6)
    found = sample.store.connection.execute("SELECT km(?, ?, ?, ?)", points).fetchone()
    assert found == (km(*points),)


@contextmanager
def held(base: Base) -> Iterator[Any]:
    """Hold the write lock, as another process does."""
    other = open_writer(base.store.path)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


def test_a_writer_that_waits_asks_at_equal_intervals(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 30:
            other.execute("ROLLBACK")

    monkeypatch.setattr(time, "sleep", sleep)
    with held(base) as other:
        base.put({"resource": "incidents", "id": "i", "title": "T", "date_start": "2022-01-20"})
    assert slept == [ASKING_SECONDS] * 30
    assert base.get("/v1/incidents/i").status_code == 200


def test_a_writer_that_waits_too_long_is_told_to_come_again(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.05)
    _, key = access.create(base.store, "test", "write")
    given = {"title": "T", "date_start": "2022-01-20"}
    headers = {"Authorization": f"Bearer {key}"}
    with held(base):
        answer = base.client.post("/v1/incidents", json=given, headers=headers)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert base.client.post("/v1/incidents", json=given, headers=headers).status_code == 201


def test_whoever_stops_a_command_stops_its_query(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(_: Deadline) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(Deadline, "_over", stopped)
    store = Store(base.store.path)
    with pytest.raises(KeyboardInterrupt), store.reading(limited=False) as connection:
        connection.execute(ENDLESS)
    store.close()
