"""Backups: made beside writers, verified, restored, and refused where they are not good."""

import json
import re
import resource
import shlex
import shutil
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from incidents_api.storage import backups, consistency, releases
from incidents_api.storage.clocks import Clocks, source
from incidents_api.storage.deep_checks import deep_faults
from incidents_api.storage.store import Store
from incidents_api.storage.whole import Whole, whole
from tests.conftest import TOP, Base, open_base
from tests.test_cli import one_line, run
from tests.test_dependents import record

#: What a good database can be restored over, by what it is named.
ENDS: Final = ("", "-wal", "-shm", "-journal")


def held(store: Store, seq: int | None = None) -> tuple[Any, str]:
    """Return the counts and the digest of what the public could see at a transaction."""
    with store.reading(limited=False) as connection:
        read = source(Clocks(pin=seq), store.tables)
        return releases.contents(connection, store.tables, read)


def all_of(path: Path) -> Whole:
    store = Store(path)
    with store.reading(limited=False) as connection:
        found = whole(connection, store.tables)
    store.close()
    return found


@pytest.fixture
def busy(base: Base) -> Base:
    """A knowledge base with a history, restricted and withdrawn records, a key and a release."""
    base.put(record("incidents", "i"), record("actors", "hidden", visibility="restricted"))
    base.put(record("incidents", "i", title="Changed"))
    assert base.write("DELETE", "/v1/incidents/i?reason=x", If_Match="*").status_code == 200
    assert base.write("POST", "/v1/releases", {"name": "first"}).status_code == 201
    return base


def written(base: Base, stop: threading.Event) -> None:
    """Write one record after the other."""
    store = Store(base.store.path)
    number = 0
    while not stop.is_set():
        number += 1
        with store.writing("writer") as transaction:
            given = record("incidents", f"more-{number % 7}", title=f"Fight {number}")
            values = {name: value for name, value in given.items() if name != "resource"}
            transaction.put("incidents", store.registry["incidents"].read(values))
    store.close()


def test_a_restored_backup_holds_what_the_original_holds(busy: Base, tmp_path: Path) -> None:
    made = backups.make(busy.store, tmp_path / "b.db")
    backups.restore(tmp_path / "b.db", tmp_path / "restored.db", busy.store.tables)
    assert made.whole == all_of(busy.store.path) == all_of(tmp_path / "restored.db")
    assert made.whole.seq == busy.store.seq()
    assert made.whole.rows["incidents_history"] >= 2
    assert (made.whole.rows["keys"], made.whole.rows["releases"]) == (1, 1)
    other = open_base(tmp_path / "restored.db")
    assert list(consistency.faults(other.store)) == []
    assert list(deep_faults(other.store)) == []
    assert other.get("/v1/incidents?limit=3").data == busy.get("/v1/incidents?limit=3").data
    assert other.json("/v1/search?q=prison") == busy.json("/v1/search?q=prison")
    put = other.client.put(
        "/v1/actors/new",
        json={"name": "New", "actor_type": "media"},
        headers={"Authorization": f"Bearer {busy.key}"},
    )
    assert put.status_code == 201
    other.store.close()


def test_a_backup_is_of_one_moment_under_writers(base: Base, tmp_path: Path) -> None:
    stop = threading.Event()
    writer = threading.Thread(target=written, args=(base, stop))
    writer.start()
    try:
        made = [backups.make(base.store, tmp_path / f"{n}.db") for n in range(3)]
    finally:
        stop.set()
        writer.join(30)
    assert made[0].whole.seq < made[-1].whole.seq < base.store.seq()
    for n, one in enumerate(made):
        backups.restore(tmp_path / f"{n}.db", tmp_path / f"restored-{n}.db", base.store.tables)
        restored = Store(tmp_path / f"restored-{n}.db")
        assert held(restored) == held(base.store, one.whole.seq)
        assert (restored.seq(), list(consistency.faults(restored))) == (one.whole.seq, [])
        restored.close()


def test_what_is_written_between_digest_and_copy_is_no_part_of_it(
    base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = backups._copy_of

    def after_a_write(connection: Any, part: Path) -> None:
        base.put(record("incidents", "late"))
        copy(connection, part)

    monkeypatch.setattr(backups, "_copy_of", after_a_write)
    seq = base.store.seq()
    assert backups.make(base.store, tmp_path / "b.db").whole.seq == seq
    assert base.store.seq() == seq + 1
    assert (
        all_of(tmp_path / "b.db").rows["incidents"] == base.json("/v1")["counts"]["incidents"] - 1
    )


UNTOLD: Final = (
    "UPDATE incidents_history SET document = json_set(document, '$.title', 'x')",
    "UPDATE actors SET shown = 2 WHERE id = 'hidden'",
    "UPDATE transactions SET who = 'x'",
    "UPDATE keys SET hash = zeroblob(32)",
    "DELETE FROM releases",
    "UPDATE changes SET why = 'x' WHERE n = 1",
    "INSERT INTO audit (at, who, action) VALUES ('x', 'x', 'x')",
)


def test_the_digest_is_over_all_that_cannot_be_made_again(busy: Base) -> None:
    found = {all_of(busy.store.path).digest}
    for sql in UNTOLD:
        with busy.store.exclusive() as connection:
            connection.execute(sql)
            found.add(whole(connection, busy.store.tables).digest)
    assert len(found) == len(UNTOLD) + 1


def test_the_digest_is_the_documented_one(empty: Base) -> None:
    told = sha256()
    tables = [*empty.store.registry.records, "audit", "changes", "keys", "meta"]
    tables += [f"{name}_history" for name in empty.store.registry.records]
    for table in sorted([*tables, "redactions", "releases", "transactions"]):
        rows = empty.store.connection.execute(f"PRAGMA table_info({table})")
        columns = sorted(row[1] for row in rows)
        told.update(json.dumps([table, columns], separators=(",", ":")).encode() + b"\n")
        if table == "meta":
            told.update(b'["render_revision","1"]\n')
    assert all_of(empty.store.path).digest == told.hexdigest()


@pytest.fixture(scope="module")
def made(sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the sample."""
    path = tmp_path_factory.mktemp("made") / "backup.db"
    told = run("backup", "create", "--db", sample_file, path)
    assert told.exit_code == 0, told.output
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(list(path.parent.iterdir())) == 2
    return path


@pytest.fixture
def backup(made: Path, tmp_path: Path) -> Path:
    """A copy of it, with the file beside it."""
    shutil.copy(f"{made}.json", tmp_path)
    return Path(shutil.copy(made, tmp_path))


def test_the_command_makes_verifies_and_restores(sample: Base, backup: Path) -> None:
    told = run("backup", "verify", backup)
    restored = run("backup", "restore", backup, "--db", backup.with_name("new.db"))
    assert told.output == restored.output
    lines = dict(line.split("\t") for line in told.output.splitlines())
    counts = sample.json("/v1")["counts"]
    assert {name: int(lines[name]) for name in counts} == counts
    deep = run("check", "--deep", "--db", backup.with_name("new.db"))
    assert deep.output == f"in step\ntransaction\t1\ndigest\t{lines['digest']}\n"


def flipped(backup: Path) -> None:
    damaged = bytearray(backup.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    backup.write_bytes(damaged)


def edited(backup: Path) -> None:
    connection = sqlite3.connect(backup)
    connection.execute("UPDATE transactions SET who = 'x'")
    connection.commit()
    connection.close()


def cut_off(backup: Path) -> None:
    backup.write_bytes(backup.read_bytes()[:-8192])


def told_otherwise(backup: Path) -> None:
    """Tell of the edited file, with the digest of what it was."""
    edited(backup)
    beside = Path(f"{backup}.json")
    told = json.loads(beside.read_text())
    beside.write_text(json.dumps(told | {"sha256": backups._sha256(backup)}))


def alone(backup: Path) -> None:
    Path(f"{backup}.json").unlink()


def no_words(backup: Path) -> None:
    Path(f"{backup}.json").write_text("{}")


def newer(backup: Path) -> None:
    Path(f"{backup}.json").write_text('{"backup": 2}')


def no_database(backup: Path) -> None:
    backup.write_bytes(b"x" * 8192)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (flipped, "damaged?"),
        (edited, "damaged?"),
        (cut_off, "not a readable SQLite database"),
        (told_otherwise, "holds something else"),
        (alone, "there is no "),
        (no_words, "does not tell of a backup"),
        (newer, "newer release"),
        (no_database, "not a readable SQLite database"),
    ],
)
def test_a_backup_that_is_not_good_is_refused(
    backup: Path, damage: Callable[[Path], None], words: str
) -> None:
    damage(backup)
    target = backup.with_name("new.db")
    assert words in one_line(run("backup", "verify", backup))
    assert words in one_line(run("backup", "restore", backup, "--db", target))
    assert list(backup.parent.glob("new.db*")) == []


@pytest.mark.parametrize("end", ENDS)
def test_nothing_is_restored_over_what_is_there(backup: Path, end: str) -> None:
    taken = backup.with_name(f"new.db{end}")
    taken.write_bytes(b"kept")
    refused = one_line(run("backup", "restore", backup, "--db", backup.with_name("new.db")))
    assert f"there is a file at {taken} already" in refused
    assert taken.read_bytes() == b"kept"
    assert list(backup.parent.glob("new.db*")) == [taken]


@pytest.mark.parametrize("end", ["", ".json"])
def test_no_backup_is_made_over_what_is_there(sample_file: Path, tmp_path: Path, end: str) -> None:
    taken = tmp_path / f"taken.db{end}"
    taken.write_bytes(b"kept")
    made = run("backup", "create", "--db", sample_file, tmp_path / "taken.db")
    assert f"there is a file at {taken} already" in one_line(made)
    assert taken.read_bytes() == b"kept"
    assert list(tmp_path.glob("taken.db*")) == [taken]


def test_a_backup_needs_a_folder(sample_file: Path, tmp_path: Path) -> None:
    made = run("backup", "create", "--db", sample_file, tmp_path / "none" / "b.db")
    assert "there is no folder" in one_line(made)


def test_what_an_interrupted_backup_left_is_in_nobody_s_way(
    sample_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "b.db.part").write_bytes(b"half")
    (tmp_path / "b.db.part-wal").write_bytes(b"half")
    assert run("backup", "create", "--db", sample_file, tmp_path / "b.db").exit_code == 0
    assert run("backup", "verify", tmp_path / "b.db").exit_code == 0
    assert list(tmp_path.glob("*.part*")) == []


@contextmanager
def full_disk(most: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("what", ["create", "restore"])
def test_a_disk_that_takes_no_more_leaves_nothing(
    sample_file: Path, backup: Path, what: str
) -> None:
    new = backup.with_name("new.db")
    words = {"create": ("--db", sample_file, new), "restore": ("--db", new, backup)}[what]
    with full_disk(backup.stat().st_size // 2):
        ended = run("backup", what, *words)
    assert "does not take what is to be written" in one_line(ended)
    assert list(backup.parent.glob("new.db*")) == []


def test_a_backup_of_an_older_release_is_restored_as_it_was(backup: Path) -> None:
    connection = sqlite3.connect(backup)
    connection.execute("DROP TABLE retries")
    connection.commit()
    connection.close()
    beside = Path(f"{backup}.json")
    told = json.loads(beside.read_text()) | {"sha256": backups._sha256(backup)}
    beside.write_text(json.dumps(told))
    new = backup.with_name("new.db")
    restored = run("backup", "restore", backup, "--db", new)
    assert restored.exit_code == 0
    assert "incidents-api migrate" in restored.stderr
    assert run("migrate", "--db", new).exit_code == 0
    assert all_of(new).rows == told["whole"]["rows"]


def test_the_commands_of_the_page_work(sample_file: Path, tmp_path: Path) -> None:
    page = (TOP / "docs" / "backup.md").read_text(encoding="utf-8")
    stands = {
        "incidents.db": str(sample_file),
        "new.db": f"{tmp_path}/new.db",
        "$to": f"{tmp_path}/night.db",
        "$try/incidents.db": f"{tmp_path}/try.db",
    }
    for line in re.findall(r"^incidents-api (.*)$", page, re.MULTILINE):
        given = shlex.split(line.replace("/backups", str(tmp_path)), comments=True)
        told = run(*(stands.get(word, word) for word in given), INCIDENTS_DB=str(sample_file))
        assert told.exit_code == 0, (line, told.output)
    assert len(list(tmp_path.glob("*.db"))) == 4


BREAKS: Final = {
    "a gap in a history": (
        "UPDATE incidents_history SET to_seq = to_seq + 50 WHERE id = 'i' AND version = 1",
        "does not follow",
    ),
    "a version that is missing": (
        "DELETE FROM incidents_history WHERE id = 'i' AND version = 1",
        "does not follow",
    ),
    "a search index that has lost a page": (
        "DELETE FROM incidents_search_data WHERE id = (SELECT max(id) FROM incidents_search_data)",
        "incidents_search cannot be read",
    ),
    "a map that has lost a row": (
        "DELETE FROM incidents_map_rowid WHERE rowid IN (SELECT min(pk) FROM incidents_map)",
        "incidents_map: ",
    ),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_a_deep_check_finds(busy: Base, broken: str) -> None:
    assert list(deep_faults(busy.store)) == []
    sql, words = BREAKS[broken]
    with busy.store.exclusive() as connection:
        assert connection.execute(sql).rowcount == 1
        connection.execute("COMMIT")
    told = run("check", "--deep", "--db", busy.store.path)
    assert (told.exit_code, words in told.stderr) == (1, True), told.output
