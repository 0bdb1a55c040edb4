"""Databases that are no good: what ``serve`` refuses, and damage and loss while one is served."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import requests
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from tests.conftest import TOP, free_port
from tests.drills.hitting import Hand
from tests.drills.report import WHOLE, tell, whole
from tests.drills.serving import Server, checked, made, served

PAGE: Final = 8192


def emptied(path: Path) -> None:
    """Leave a file of no bytes."""
    path.write_bytes(b"")


def overwritten(path: Path) -> None:
    """Overwrite the page in which the schema begins."""
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xa5" * (PAGE - 100))


def foreign(path: Path) -> None:
    """Put another program's database in the place."""
    path.unlink()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE incidents (id TEXT)")
    other.close()


def newer(path: Path) -> None:
    """Give a table a column that this program does not know."""
    other = sqlite3.connect(path)
    other.execute("ALTER TABLE incidents ADD COLUMN of_a_later_release TEXT")
    other.close()


#: What is done to a database, and what ``serve`` must say of it.
BAD: Final[dict[str, tuple[Callable[[Path], None], str]]] = {
    "damaged": (overwritten, "is not a readable SQLite database"),
    "empty": (emptied, "is empty; make a database with"),
    "missing": (Path.unlink, "there is no database at"),
    "foreign": (foreign, "but not one of this program's"),
    "newer": (newer, "it was made by a newer release; use that one"),
}

#: The tests have one alone: all are refused without a process in tests/test_connections.py.
CHOSEN: Final = tuple(BAD) if WHOLE else ("newer",)


def test_serve_refuses_what_it_must(tmp_path: Path) -> None:
    sound = tmp_path / "sound.db"
    made(sound)
    serving = {name: _served(tmp_path, sound, name) for name in CHOSEN}
    told = {name: process.communicate(timeout=60) for name, process in serving.items()}
    seen = [
        f"{name}: {serving[name].returncode}, {err.replace(str(tmp_path), '').strip()}"
        for name, (_, err) in told.items()
    ]
    tell(
        "what serve refuses",
        f"serve over a file that is {', '.join(CHOSEN)}",
        "refused in a sentence that says what to do, status 1",
        "; ".join(seen),
    )
    for name, (_, err) in told.items():
        assert (serving[name].returncode, err.count("\n")) == (1, 1), err
        assert BAD[name][1] in err


def _served(folder: Path, sound: Path, name: str) -> subprocess.Popen[str]:
    """Serve a copy to which something was done."""
    path = folder / f"{name}.db"
    shutil.copy(sound, path)
    BAD[name][0](path)
    command = [sys.executable, "-m", "incidents_api.cli", "serve", "--db", str(path)]
    command += ["--bind", f"127.0.0.1:{free_port()}"]
    return subprocess.Popen(
        command, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@whole
def test_damage_while_it_is_served(tmp_path: Path) -> None:
    path, log = tmp_path / "damaged.db", tmp_path / "log"
    key = made(path)
    with served(path, log) as server:
        hand = Hand(server.address, key)
        first = hand.writes(50)
        sound = _settled(server)
        with path.open("r+b") as file:
            file.seek(PAGE)
            file.write(b"\xa5" * (len(sound) - PAGE))
        reading, writing = hand.reads(20), hand.writes(20)
        _put_back(path, sound)
        again, lost = hand.reads(20), hand.lost()
        ended = server.end()
    said, printed = checked(path), log.read_text()
    told = [words for words in ("Traceback", "SELECT", str(path)) if words in "".join(hand.told)]
    tell(
        "damaged while served",
        "all pages but the first overwritten under a server, then put back as they were",
        "503 and neither traceback nor SQL nor path in any answer; 200 once it is sound",
        f"reads {reading}, writes {writing}; found in answers: {told or 'none'}; then {again}; "
        f"{len(lost)} lost; ended with {ended}; {said}",
    )
    assert (first, told, again, lost) == ([201], [], [200], [])
    assert set(reading) <= {200, 503}
    assert set(writing) <= {201, 503}
    assert 503 in (*reading, *writing)
    assert "Traceback" not in printed


@whole
def test_a_file_that_is_moved_away_while_it_is_served(tmp_path: Path) -> None:
    path, log, kept = tmp_path / "moved.db", tmp_path / "log", tmp_path / "kept.db"
    key = made(path)
    with served(path, log) as server:
        hand = Hand(server.address, key)
        first = hand.writes(20)
        path.rename(kept)
        reading, writing = hand.reads(10), hand.writes(10)
        kept.rename(path)
        after, lost = hand.writes(10), hand.lost()
        ended = server.end()
    said = checked(path)
    tell(
        "missing while served",
        "the file moved away under a server, then back",
        "writes 503, for they would be lost; reads 200, or 503 by who has not read before; then "
        "201 without a restart",
        f"reads {reading}, writes {writing}; then {after}; {len(lost)} lost; ended with {ended}; "
        f"{said}",
    )
    assert (first, writing, after) == ([201], [503], [201])
    assert set(reading) <= {200, 503}
    assert (lost, ended, said) == ([], 0, "in step")


@whole
def test_a_file_that_is_cut_off_while_it_is_served(tmp_path: Path) -> None:
    path, log = tmp_path / "cut.db", tmp_path / "log"
    key = made(path)
    with served(path, log) as server:
        hand = Hand(server.address, key)
        hand.writes(200)
        sound = _settled(server)
        os.truncate(path, 4 * PAGE)
        cut = [_tried(ask) for _ in range(20) for ask in (hand.read, hand.write)]
        _put_back(path, sound)
        for _ in range(100):
            if _tried(hand.read) == 200:
                break
            time.sleep(0.1)
        again, lost = hand.reads(20), hand.lost()
        ended = server.end()
    said, printed = checked(path), log.read_text()
    statuses = sorted(set(cut))
    tell(
        "cut off while served",
        "the file truncated to four pages under a server, then put back as it was",
        "503, or the connection ends (0) where the system kills whoever reads what is gone; 200 "
        "without a restart once it is whole",
        f"{statuses}; then {again}; {len(lost)} lost; ended with {ended}; {said}",
    )
    assert set(statuses) <= {0, 503}
    assert (again, lost, ended, said) == ([200], [], 0, "in step")
    assert "Traceback" not in printed


def _settled(server: Server) -> bytes:
    """Begin a server anew, so that all is in the file and nothing in a cache; return its bytes."""
    server.end()
    server.up()
    return server.path.read_bytes()


def _put_back(path: Path, sound: bytes) -> None:
    """Make a file again what it was, under whoever has it open."""
    with path.open("r+b") as file:
        file.write(sound)


def _tried(ask: Callable[[], int]) -> int:
    """Return a status, or 0 where the connection ends without an answer."""
    try:
        return ask()
    except requests.ConnectionError:
        return 0
