"""A copy that follows the feed is equal to the service, however many write at once."""

import json
import runpy
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from werkzeug.serving import make_server

from incidents_api.model import RESOURCES
from incidents_api.storage import consistency
from tests.conftest import TOP, Base, open_base, serving
from tests.scribe import SHARED
from tests.test_dependents import record

WRITERS: Final = 3
TRANSACTIONS: Final = 50
Mirror = Callable[[str, str], None]
Records = dict[tuple[str, str], Any]


@pytest.fixture
def shared(empty: Base) -> Base:
    """A base with the incident that the writers share."""
    empty.put(record("incidents", SHARED))
    return empty


@contextmanager
def writing(path: Path) -> Iterator[Callable[[], bool]]:
    """Run writers, each a process, and tell whether any of them still writes."""
    command = [sys.executable, "-m", "tests.scribe", str(path)]
    writers = [
        subprocess.Popen([*command, str(number), str(TRANSACTIONS)], cwd=TOP)
        for number in range(WRITERS)
    ]
    try:
        yield lambda: any(writer.poll() is None for writer in writers)
        assert [writer.wait(60) for writer in writers] == [0] * WRITERS
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()


@pytest.fixture(scope="module")
def mirror() -> Mirror:
    """The function of the script that the documentation shows."""
    found: Mirror = runpy.run_path(str(TOP / "docs" / "mirror.py"))["mirror"]
    return found


def copied(copy: Path) -> Records:
    """Return what a copy holds."""
    connection = sqlite3.connect(copy)
    rows = connection.execute("SELECT resource, id, document FROM records").fetchall()
    connection.close()
    return {(resource, name): json.loads(document) for resource, name, document in rows}


def served(base: Base) -> Records:
    """Return what the service shows."""
    found = {}
    for one in RESOURCES:
        for line in base.get(f"/v1/{one.resource}?f=ndjson").text.splitlines():
            whole = json.loads(line)
            found[one.resource, whole["id"]] = whole
    return found


def test_a_reader_that_follows_several_writers_misses_nothing_and_is_told_nothing_twice(
    shared: Base,
) -> None:
    seen: list[tuple[int, int]] = []
    after, pages = "0", 0
    with writing(shared.store.path) as busy:
        while busy() or pages == 0:
            page = shared.json(f"/v1/changes?limit=7&after={after}")
            after = page["meta"]["after"]
            seen += [(entry["seq"], entry["n"]) for entry in page["data"]]
            pages += bool(page["data"])
    while page["data"]:
        page = shared.json(f"/v1/changes?limit=1000&after={after}")
        after = page["meta"]["after"]
        seen += [(entry["seq"], entry["n"]) for entry in page["data"]]
    assert seen == sorted(set(seen))
    assert pages > 5
    whole = shared.json("/v1/changes?limit=1000")["data"]
    # What is restricted now was told while it was public; what is public now was told always.
    assert {(entry["seq"], entry["n"]) for entry in whole} - set(seen) <= hidden(shared)


def hidden(base: Base) -> set[tuple[int, int]]:
    """Return the changes of records that not everybody might see all the time."""
    sql = (
        "SELECT seq, n FROM changes WHERE (resource, id) IN (SELECT resource, id FROM changes "
        "WHERE action IN ('restrict', 'publish'))"
    )
    return set(base.store.connection.execute(sql))


def test_a_copy_is_equal_after_every_pause(shared: Base, mirror: Mirror, tmp_path: Path) -> None:
    path, copy = shared.store.path, tmp_path / "mirror.db"
    with serving(path, tmp_path / "log", workers=2) as address:
        with writing(path) as busy:
            while busy():
                mirror(address, str(copy))
        mirror(address, str(copy))
    assert copied(copy) == served(shared)
    assert list(consistency.faults(shared.store)) == []
    done = shared.store.connection.execute("SELECT DISTINCT action FROM changes").fetchall()
    kinds = ("create", "update", "withdraw", "merge", "restore", "restrict", "publish")
    assert {action for (action,) in done} >= set(kinds)


@contextmanager
def answering(base: Base) -> Iterator[str]:
    """Answer over HTTP from a thread, for those who write nothing meanwhile."""
    server = make_server("127.0.0.1", 0, base.client.application, threaded=False)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_copy_of_the_sample_is_the_sample(sample: Base, mirror: Mirror, tmp_path: Path) -> None:
    with answering(sample) as address:
        mirror(address, str(tmp_path / "mirror.db"))
    assert copied(tmp_path / "mirror.db") == served(sample)


def test_a_copy_begins_anew_where_records_are_shown_in_another_way(
    shared: Base, mirror: Mirror, tmp_path: Path
) -> None:
    copy = tmp_path / "mirror.db"
    with answering(shared) as address:
        mirror(address, str(copy))
    with shared.store.exclusive() as connection:
        connection.execute("UPDATE incidents SET document = json_set(document, '$.new', 1)")
        connection.execute("UPDATE meta SET value = '2' WHERE key = 'render_revision'")
        connection.execute("COMMIT")
    with answering(open_base(shared.store.path)) as address:
        mirror(address, str(copy))
        mirror(address, str(copy))
    assert copied(copy)["incidents", SHARED]["new"] == 1


def test_the_script_is_short_and_shown_whole() -> None:
    script = (TOP / "docs" / "mirror.py").read_text(encoding="utf-8")
    assert len([line for line in script.splitlines() if line.strip()]) <= 42
    assert script in (TOP / "docs" / "changes.md").read_text(encoding="utf-8")
