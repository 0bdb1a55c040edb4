"""The command: what it makes, what it says, and what it refuses in one line."""

import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from incidents_api import __version__, bundle, published_files
from incidents_api.cli import main
from incidents_api.model import RESOURCES
from incidents_api.storage.store import Store
from tests.conftest import TOP, free_port, open_base

COMMAND = [sys.executable, "-m", "incidents_api.cli"]
PLAIN = {name: text for name, text in os.environ.items() if not name.startswith("INCIDENTS_")}
SAMPLE = str(bundle.sample())


def run(*words: Any, **environment: str) -> Result:
    """Run the command in this process, without the settings of whoever runs the tests."""
    names = [name for name in os.environ if name.startswith("INCIDENTS_")]
    env: dict[str, str | None] = {**dict.fromkeys(names), **environment}
    return CliRunner().invoke(
        main, [str(word) for word in words], env=env, prog_name="incidents-api"
    )


def one_line(result: Result) -> str:
    """Return what a refused command says: one line, and no traceback."""
    assert (result.exit_code, type(result.exception)) == (1, SystemExit), result.output
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


@pytest.fixture
def db(sample_file: Path, tmp_path: Path) -> Path:
    """A copy of the sample's file."""
    return Path(shutil.copy(sample_file, tmp_path / "copy.db"))


def test_init_makes_an_empty_base(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    assert run("init", "--db", path).output == f"made {path}\n"
    assert run("check", "--db", path).output == "in step\n"


def test_the_file_is_taken_from_the_environment_too(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    assert run("init", INCIDENTS_DB=str(path)).output == f"made {path}\n"


def test_init_refuses_an_existing_file_and_keeps_it(db: Path) -> None:
    before = db.read_bytes()
    assert "already" in one_line(run("init", "--db", db))
    assert db.read_bytes() == before


def test_init_refuses_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "nowhere" in one_line(run("init", "--db", tmp_path / "nowhere" / "new.db"))


def test_load_says_what_it_did(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    run("init", "--db", path)
    count = len(bundle.sample().read_bytes().splitlines()) - 1
    told = run("load", "--db", path, SAMPLE)
    assert (told.stdout, told.stderr) == (f"{count} created, 0 updated, 0 unchanged\n", "")
    told = run("load", "--db", path, SAMPLE)
    assert told.stdout == f"0 created, 0 updated, {count} unchanged\n"


def test_load_notes_who_and_why(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    run("init", "--db", path)
    run("load", "--db", path, "--who", "an editor", "--reason", "a correction", SAMPLE)
    store = Store(path)
    noted = store.connection.execute("SELECT who, why FROM transactions").fetchall()
    store.close()
    assert noted == [("an editor", "a correction")]


def test_load_tells_a_fault_by_file_and_line(db: Path, tmp_path: Path) -> None:
    file = tmp_path / "bad.ndjson"
    file.write_text('{"bundle": "incidents-api", "format": 1}\n{"resource": "event"}\n')
    assert f"{file}:2: resource is " in one_line(run("load", "--db", db, file))


def test_load_refuses_a_folder(db: Path, tmp_path: Path) -> None:
    told = run("load", "--db", db, tmp_path)
    assert (told.exit_code, "is a directory" in told.stderr) == (2, True), told.exception


def test_export_writes_a_bundle_to_the_standard_output(db: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.ndjson"
    told = run("export", "--db", db)
    file.write_bytes(told.stdout_bytes)
    assert told.stderr == ""
    assert run("load", "--db", db, file).stdout.startswith("0 created, 0 updated, ")


def test_export_writes_what_was_known(db: Path) -> None:
    before = run("export", "--db", db).output.splitlines()[1:]
    base = open_base(db)
    base.put({"resource": "actors", "id": "later", "name": "L", "actor_type": "unknown"})
    base.store.close()
    assert run("export", "--db", db).output.splitlines()[1:] != before
    assert run("export", "--db", db, "--known-at", "1").output.splitlines()[1:] == before
    assert len(run("export", "--db", db, "--known-at", "2020-01-01").output.splitlines()) == 1
    for wrong, words in (("3", "no transaction 3 yet"), ("x y", "must be"), ("x", "no release")):
        told = run("export", "--db", db, "--known-at", wrong)
        assert (told.exit_code, told.stdout) == (1, "")
        assert words in told.output


def test_export_writes_the_same_to_a_file(db: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.ndjson"
    assert run("export", "--db", db, "--output", file).output == ""
    assert file.read_bytes() == run("export", "--db", db).stdout_bytes


def test_export_writes_what_a_query_chooses_in_a_format(db: Path, tmp_path: Path) -> None:
    asked = ("--resource", "figures", "measure=killed&part_of__exists=false")
    told = run("export", "--db", db, "--format", "csv", *asked)
    assert told.stdout.count("\n") == 2
    assert "hasakah-killed-sohr," in told.stdout
    folder = tmp_path / "tables"
    assert run("export", "--db", db, "--format", "parquet", "--output", folder).output == ""
    assert (folder / "incidents.parquet").read_bytes()[:4] == b"PAR1"
    assert run("export", "--db", db, "--format", "sqlite").stdout_bytes[:13] == b"SQLite format"


def test_export_says_how_many_restricted_records_it_leaves_out(db: Path) -> None:
    base = open_base(db)
    hidden = {"actor_type": "unknown", "visibility": "restricted"}
    base.put({"resource": "actors", "id": "hidden", "name": "H", **hidden})
    base.store.close()
    asked = ("export", "--db", db, "--format", "ndjson", "--resource", "actors")
    told = run(*asked)
    assert told.stderr == "1 restricted records left out; --restricted exports them too\n"
    assert b'"hidden"' not in told.stdout_bytes
    told = run(*asked, "--restricted")
    assert (told.stderr, b'"hidden"' in told.stdout_bytes) == ("", True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("contry=SYR&from=2022-13-01",), "contry: there is no parameter"),
        (("--format", "parquet"), "parquet of all resources is a folder: give --output FOLDER"),
        (("--resource", "actors"), "bundle cannot hold actors alone"),
        (("--known-at", "1", "known_at=1"), "known_at: is given twice"),
    ],
)
def test_export_names_a_mistake_in_one_line(db: Path, words: tuple[str, ...], said: str) -> None:
    assert said in one_line(run("export", "--db", db, *words))


def test_check_finds_what_was_changed_behind_its_back(db: Path) -> None:
    connection = sqlite3.connect(db)
    connection.execute("UPDATE actors SET hash = zeroblob(32) WHERE id = 'sdf'")
    connection.commit()
    connection.close()
    told = run("check", "--db", db)
    assert told.exit_code == 1
    assert told.stderr == (
        "actors/sdf: column hash differs from what a fresh rendering makes\n"
        "Error: 1 found out of step\n"
    )


def test_migrate_finds_nothing_to_do_in_a_file_of_this_release(db: Path) -> None:
    assert run("migrate", "--db", db).output == "up to date\n"


def test_migrate_adds_what_an_older_file_lacks(db: Path) -> None:
    connection = sqlite3.connect(db)
    connection.execute("DROP INDEX incidents_country")
    connection.commit()
    connection.close()
    assert "incidents-api migrate" in one_line(run("check", "--db", db))
    assert run("migrate", "--db", db).output == "added index incidents_country\n"
    assert run("check", "--db", db).output == "in step\n"


def test_generate_check_passes_on_what_generate_wrote(tmp_path: Path) -> None:
    assert run("generate", "--top", tmp_path).exit_code == 0
    assert run("generate", "--check", "--top", tmp_path).output == ""
    assert run("generate", "--top", tmp_path).output == ""


def test_generate_check_names_what_is_out_of_date(tmp_path: Path) -> None:
    published_files.generate(RESOURCES, tmp_path)
    (tmp_path / "schema" / "tables.sql").unlink()
    (tmp_path / "schema" / "old.json").write_text("{}")
    told = one_line(run("generate", "--check", "--top", tmp_path))
    assert told.endswith("incidents-api generate: schema/old.json, schema/tables.sql\n")


def test_it_tells_its_version() -> None:
    assert run("--version").output == f"incidents-api, version {__version__}\n"


@pytest.mark.parametrize(
    "name", ["init", "load", "export", "check", "migrate", "generate", "serve", "keys"]
)
def test_every_command_explains_itself(name: str) -> None:
    assert f"  {name} " in run("--help").output
    told = run(name, "--help")
    assert (told.exit_code, "Usage: " in told.output) == (0, True)


@pytest.mark.parametrize("name", ["check", "export", "serve", "init"])
def test_an_unknown_setting_is_refused_with_the_list(name: str) -> None:
    told = one_line(run(name, INCIDENTS_WORKER="1"))
    assert "there is no setting INCIDENTS_WORKER; there are INCIDENTS_ANONYMOUS_READS, " in told


@pytest.mark.parametrize("name", ["check", "serve"])
def test_a_setting_of_the_wrong_type_is_refused_by_name(name: str, db: Path) -> None:
    assert "INCIDENTS_WORKERS" in one_line(run(name, "--db", db, INCIDENTS_WORKERS="two"))


def foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (x)")
    connection.close()


def newer(path: Path) -> None:
    Store.make(path).close()
    connection = sqlite3.connect(path)
    connection.execute("ALTER TABLE actors ADD COLUMN shoe_size INTEGER")
    connection.close()


def cut(path: Path) -> None:
    Store.make(path).close()
    path.write_bytes(path.read_bytes()[:20_000])


def overwritten(path: Path) -> None:
    Store.make(path).close()
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xff" * 8092 + whole[8192:])


UNUSABLE = {
    "missing": (lambda path: None, "there is no database at "),
    "empty": (lambda path: path.touch(), "is empty; make a database with: incidents-api init"),
    "no database": (lambda path: path.write_bytes(b"text" * 999), "is not a readable SQLite "),
    "foreign": (foreign, "but not one of this program's"),
    "newer": (newer, "made by a newer release"),
    "cut": (cut, "is not a readable SQLite database"),
    "overwritten": (overwritten, "is not a readable SQLite database"),
}


@pytest.mark.parametrize("name", ["serve", "check", "export", "migrate"])
@pytest.mark.parametrize(("make", "words"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_file_is_refused_in_one_line(
    make: Any, words: str, name: str, tmp_path: Path
) -> None:
    path = tmp_path / "it.db"
    make(path)
    assert words in one_line(run(name, "--db", path))
    assert path.exists() == (make is not UNUSABLE["missing"][0])


@contextmanager
def serving(db: Path, *words: str, terminal: bool = False) -> Iterator[tuple[str, int]]:
    """Run the server on a free port; yield its address and where its output can be read."""
    address = f"127.0.0.1:{free_port()}"
    near, far = pty.openpty() if terminal else os.pipe()
    command = [*COMMAND, "serve", "--workers", "1", "--db", str(db), "--bind", address, *words]
    process = subprocess.Popen(command, stdout=far, stderr=far, env=PLAIN | {"TERM": "xterm"})
    os.close(far)
    try:
        for _ in range(150):
            try:
                requests.get(f"http://{address}/v1/health", timeout=5)
                break
            except requests.ConnectionError:
                assert process.poll() is None, output(near)
                time.sleep(0.1)
        yield address, near
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        os.close(near)


def output(near: int) -> str:
    """Return what was written so far."""
    found = b""
    while select.select([near], [], [], 0.2)[0]:
        try:
            some = os.read(near, 65536)
        except OSError:
            break
        if not some:
            break
        found += some
    lines = found.decode().replace("\r\n", "\n").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith('{"'))  # requests are logged


def test_serve_sample_fills_a_fresh_file_and_says_only_that(tmp_path: Path) -> None:
    with serving(tmp_path / "new.db", "--sample") as (address, near):
        assert requests.get(f"http://{address}/v1/", timeout=5).json()["counts"]["figures"] == 14
        told = output(near)
    assert told == "56 created, 0 updated, 0 unchanged\n"


def test_serve_sample_greets_on_a_terminal_and_keeps_an_existing_file(tmp_path: Path) -> None:
    path = tmp_path / "own.db"
    run("init", "--db", path)
    with serving(path, "--sample", terminal=True) as (address, near):
        assert requests.get(f"http://{address}/v1/", timeout=5).json()["seq"] == 0
        first, *urls = output(near).splitlines()
        assert f"http://{address}/" in first
        assert len(urls) == 3
        answers = {url: requests.get(url.strip(), timeout=5).status_code for url in urls}
    assert set(answers.values()) == {200}, answers


def test_a_terminal_sees_progress_and_no_trace_of_it_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    run("init", "--db", path)
    near, far = pty.openpty()
    command = [*COMMAND, "load", "--db", str(path), SAMPLE]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=far, env=PLAIN, check=True)
    os.close(far)
    told = output(near)
    os.close(near)
    assert "Loading" in told
    assert told.endswith("\x1b[2K")


def test_the_committed_files_are_checked_from_anywhere() -> None:
    assert run("generate", "--check", "--top", TOP).exit_code == 0
