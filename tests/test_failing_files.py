"""What a client is told of a file that is full, shut, damaged or gone, and that it heals."""

import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner
from werkzeug.test import TestResponse

from incidents_api.cli import main
from incidents_api.storage import connections, store
from tests.conftest import Base

PAGE: Final = 8192
#: Longer than what may be left of a page.
NOTES: Final = "what was seen " * 700


def write(base: Base, name: str) -> TestResponse:
    body = {"id": name, "name": "New", "actor_type": "media", "notes": NOTES}
    return base.write("POST", "/v1/actors", body)


def means(answer: TestResponse, status: int, kind: str) -> None:
    told = answer.get_json()
    assert (answer.status_code, told["type"]) == (status, f"/v1/problems/{kind}")
    assert not [words for words in ("SQL", "/", "disk I/O") if words in told["detail"]]


def unwritten(base: Base, name: str) -> None:
    """Nothing of a write is there, and everything else is read as before."""
    assert base.get(f"/v1/actors/{name}").status_code == 404
    assert base.get("/v1/incidents").status_code == 200


def written_again(base: Base, name: str) -> None:
    """What was refused is written by the same request, and the whole is in step."""
    assert write(base, name).status_code == 201
    told = CliRunner().invoke(main, ["check", "--db", str(base.store.path)])
    assert told.output == "in step\n"


@contextmanager
def small_files(path: Path) -> Iterator[None]:
    """Let no file grow beyond what the log has now: what a full disk comes to."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = path.with_name(f"{path.name}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 3 * PAGE, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_without_room_a_write_is_refused_and_done_once_there_is_room(base: Base) -> None:
    assert write(base, "first").status_code == 201
    with small_files(base.store.path):
        means(write(base, "second"), 507, "no-room")
        unwritten(base, "second")
    written_again(base, "second")


def test_a_file_that_cannot_be_written_is_read_and_written_once_it_can(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.key  # noqa: B018 - made while it can be
    base.store.close()
    connect = connections._connect
    # What SQLite makes of a file that it may only read; whoever is root may write all files.
    monkeypatch.setattr(connections, "_connect", lambda path, _: connect(path, "ro"))
    means(write(base, "new"), 503, "not-writable")
    unwritten(base, "new")
    monkeypatch.undo()
    written_again(base, "new")


def test_a_folder_that_could_not_be_written_is_written_once_it_is_opened_again(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.key  # noqa: B018 - made while it can be
    base.store.close()
    monkeypatch.setattr(store, "reading_mode", lambda _: connections.UNCHANGING)
    assert base.get("/v1/incidents").status_code == 200
    monkeypatch.undo()
    # Its readers do not see what others write, and would answer what is not true any more.
    means(write(base, "new"), 503, "not-writable")
    unwritten(base, "new")


def damage(path: Path) -> None:
    """Overwrite all pages but the first, which has the schema's beginning."""
    with path.open("r+b") as file:
        file.seek(PAGE)
        file.write(b"\xa5" * (path.stat().st_size - PAGE))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_damage_is_no_mistake_of_the_program(base: Base, method: str) -> None:
    base.key  # noqa: B018 - made while it can be
    base.store.close()
    damage(base.store.path)
    answer = base.get("/v1/incidents") if method == "GET" else write(base, "new")
    means(answer, 503, "not-ready")


def test_a_command_tells_damage_in_a_line(base: Base) -> None:
    base.store.close()
    damage(base.store.path)
    told = CliRunner().invoke(main, ["check", "--db", str(base.store.path)])
    assert told.exit_code == 1
    assert told.output.startswith("Error: ")
    assert told.output.count("\n") == 1


@pytest.mark.parametrize("replaced", [False, True])
def test_nothing_is_written_into_a_file_that_has_lost_its_name(base: Base, replaced: bool) -> None:
    assert write(base, "first").status_code == 201
    kept = base.store.path.with_name("kept.db")
    base.store.path.rename(kept)
    if replaced:
        shutil.copy(kept, base.store.path)
    means(write(base, "second"), 503, "not-ready")
    kept.replace(base.store.path)
    written_again(base, "second")
