"""A disk that is full, files that may not grow, files and folders that cannot be written."""

import resource
import signal
import time
from pathlib import Path

from tests.drills.hitting import MEGABYTE, Hand, fill, limit_files, shut_disk, shut_file, small_disk
from tests.drills.report import tell, whole
from tests.drills.serving import Server, checked, made, served


def everyone(server: Server) -> list[int]:
    """Return all processes of a server."""
    return [server.pid, *server.workers()]


def quiet(log: Path) -> bool:
    """Return whether a server printed no traceback."""
    return "Traceback" not in log.read_text()


def test_files_that_may_not_grow(tmp_path: Path) -> None:
    path, log = tmp_path / "limited.db", tmp_path / "log"
    key = made(path)
    with served(path, log) as server:
        hand = Hand(server.address, key)
        first = hand.writes(5)
        limit_files(everyone(server), path.stat().st_size + MEGABYTE)
        before = hand.until(507)
        full, reading = hand.writes(10), hand.reads(10)
        limit_files(everyone(server), resource.RLIM_INFINITY)
        after, lost = hand.writes(10), hand.lost()
        ended = server.end()
    said = checked(path)
    tell(
        "file size limit",
        f"RLIMIT_FSIZE reached after {before} writes by a server of two workers, then lifted",
        "writes 507, reads 200; then 201 without a restart; in step",
        f"writes {full}, reads {reading}; then {after}; {len(hand.made)} acknowledged, "
        f"{len(lost)} lost; ended with {ended}; {said}",
    )
    assert (first, reading, after) == ([201], [200], [201])
    assert set(full) <= {201, 507}
    assert 507 in full
    assert (lost, ended, said) == ([], 0, "in step")
    assert quiet(log)


@whole
def test_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 24 * MEGABYTE) as disk:
        path, log = disk / "full.db", tmp_path / "log"
        key = made(path)
        with served(path, log) as server:
            hand = Hand(server.address, key)
            hand.writes(20)
            ballast = fill(disk)
            before = hand.until(507)
            full, reading = hand.writes(20), hand.reads(20)
            ready = hand.read("/ready")
            ballast.unlink()
            after, lost = hand.writes(20), hand.lost()
            ended = server.end()
        said = checked(path)
        tell(
            "disk full",
            f"a disk of 24 MB filled to its last byte; full after {before} more writes; then freed",
            "writes 507, reads 200; then 201 without a restart; in step",
            f"writes {full}, reads {reading}, /v1/ready {ready}; then {after}; {len(hand.made)} "
            f"acknowledged, {len(lost)} lost; ended with {ended}; {said}",
        )
        assert (full, reading, after) == ([507], [200], [201])
        assert (lost, ended, said) == ([], 0, "in step")
        assert quiet(log)


@whole
def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    path, log = tmp_path / "shut.db", tmp_path / "log"
    key = made(path)
    with shut_file(path) as opened, served(path, log) as server:
        hand = Hand(server.address, key)
        shut, reading, ready = hand.writes(5), hand.reads(5), hand.read("/ready")
        opened()
        after, lost = hand.writes(10), hand.lost()
        ended = server.end()
    said = checked(path)
    tell(
        "read-only file",
        "a file that nobody may write, served; then opened for writing",
        "reads 200, writes 503; then 201 without a restart; in step",
        f"reads {reading}, writes {shut}, /v1/ready {ready}; then {after}; {len(lost)} lost; "
        f"ended with {ended}; {said}",
    )
    assert (shut, reading, after) == ([503], [200], [201])
    assert (lost, ended, said) == ([], 0, "in step")
    assert quiet(log)


@whole
def test_a_file_system_that_cannot_be_written(tmp_path: Path) -> None:
    folder, log = tmp_path / "folder", tmp_path / "log"
    folder.mkdir()
    path = folder / "shut.db"
    key = made(path)
    with shut_disk(folder) as opened, served(path, log) as server:
        hand = Hand(server.address, key)
        shut, reading, ready = hand.writes(5), hand.reads(5), hand.read("/ready")
        opened()
        still = hand.writes(5)
        server.process_told(signal.SIGHUP)
        seconds = _until_written(hand)
        after, lost = hand.writes(10), hand.lost()
        ended = server.end()
        said = checked(path)
    tell(
        "read-only file system",
        "a file in a file system mounted to be read only; then mounted for writing; then SIGHUP",
        "reads 200, writes 503; after SIGHUP 201, without a restart; in step",
        f"reads {reading}, writes {shut}, /v1/ready {ready}; mounted for writing {still}, for what "
        f"was opened as unchanging is not seen changing; {seconds:.1f} s after SIGHUP {after}; "
        f"{len(lost)} lost; ended with {ended}; {said}",
    )
    assert (shut, reading, still, after) == ([503], [200], [503], [201])
    assert (lost, ended, said) == ([], 0, "in step")
    assert quiet(log)


def _until_written(hand: Hand) -> float:
    """Write until all workers take it, and return after how many seconds they do."""
    begun = time.monotonic()
    while hand.writes(5) != [201]:
        assert time.monotonic() < begun + 30
        time.sleep(0.2)
    return time.monotonic() - begun
