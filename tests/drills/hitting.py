"""What is done to disks and files of a server that is running, and what can be done here."""

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import requests

#: Longer than what may be left of a page, so that each write needs room.
NOTES: Final = "what was seen " * 700
MEGABYTE: Final = 1_000_000


def ran(*command: str | Path) -> bool:
    """Run a command of the system, and return whether it is there and did what it was told."""
    if shutil.which(str(command[0])) is None:
        return False
    told = subprocess.run([*map(str, command)], capture_output=True, timeout=60, check=False)
    return told.returncode == 0


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """Mount a disk of so many bytes; where that is not allowed, the drill is skipped."""
    folder.mkdir()
    if not ran("mount", "-t", "tmpfs", "-o", f"size={size}", "drill", folder):
        pytest.skip("a small disk cannot be mounted here: that takes root")
    try:
        yield folder
    finally:
        ran("umount", "-l", folder)


@contextmanager
def shut_disk(folder: Path) -> Iterator[Callable[[], None]]:
    """Make a folder one that nobody can write, until what is yielded is called."""
    there = ran("mount", "--bind", folder, folder)
    if not there or not ran("mount", "-o", "remount,bind,ro", folder):
        ran("umount", "-l", folder)
        pytest.skip("a folder cannot be mounted to be read only here: that takes root")
    try:
        yield lambda: _must(ran("mount", "-o", "remount,bind,rw", folder))
    finally:
        ran("umount", "-l", folder)


@contextmanager
def shut_file(path: Path) -> Iterator[Callable[[], None]]:
    """Make a file one that nobody can write, until what is yielded is called."""
    if os.geteuid() == 0:
        if not ran("chattr", "+i", path):
            pytest.skip("root may write every file here: chattr +i is not known to this disk")
        opened = ("chattr", "-i", path)
    else:
        path.chmod(0o444)
        opened = ("chmod", "644", path)
    try:
        yield lambda: _must(ran(*opened))
    finally:
        ran(*opened)


def _must(done: bool) -> None:
    assert done


def fill(folder: Path) -> Path:
    """Fill a disk to its last byte, and return the file that does."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return ballast


def limit_files(processes: list[int], most: int) -> None:
    """Let no file of these processes grow beyond so many bytes."""
    for process in processes:
        _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (most, hard))


class Hand:
    """Someone who writes and reads by hand, on a connection for each request."""

    def __init__(self, address: str, key: str) -> None:
        self.address, self.key = f"{address}/v1", key
        self.made: list[str] = []
        self.told: list[str] = []

    def write(self, notes: str = NOTES) -> int:
        """Write a record, and return the status; what was acknowledged is remembered."""
        name = f"h{len(self.told)}"
        answer = self._ask("POST", "/actors", {"id": name, **_ACTOR, "notes": notes})
        self.told.append(answer.text)
        if answer.ok:
            self.made.append(name)
        return answer.status_code

    def writes(self, count: int) -> list[int]:
        """Write so many records, and return the statuses that came."""
        return sorted({self.write() for _ in range(count)})

    def until(self, status: int, most: int = 2000) -> int:
        """Write until an answer has a status, and return after how many that is."""
        for number in range(most):
            if self.write() == status:
                return number
        raise AssertionError(f"no answer of {status} in {most}: {self.told[-1]}")

    def read(self, path: str = "/actors?limit=5") -> int:
        """Read, and return the status."""
        answer = self._ask("GET", path)
        self.told.append(answer.text)
        return answer.status_code

    def reads(self, count: int) -> list[int]:
        """Read so many times, and return the statuses that came."""
        return sorted({self.read() for _ in range(count)})

    def lost(self) -> list[str]:
        """Return what was acknowledged and is not there."""
        return [name for name in self.made if self.read(f"/actors/{name}") != 200]

    def _ask(self, method: str, path: str, body: Any = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.key}"}
        return requests.request(method, self.address + path, json=body, headers=headers, timeout=60)


_ACTOR: Final = {"name": "A", "actor_type": "media"}
