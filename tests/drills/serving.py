"""The command's own server as a group of processes, which can be hit at any moment."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import requests

from incidents_api.storage import access
from incidents_api.storage.store import Store
from tests.conftest import TOP, free_port
from tests.untold import assert_untold

#: So long a server may take to answer, also where others' workers must end first.
PATIENCE: Final = 60.0


class Server:
    """A server over a database, on one address for as long as it is.

    Args:
        path: The database.
        log: The file for all that it prints.
        workers: How many processes serve.
        limit: What limits the processes before they begin.
        environment: More variables of the environment.

    """

    def __init__(
        self,
        path: Path,
        log: Path,
        *,
        workers: int = 2,
        limit: Callable[[], None] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.path, self.log, self.limit = path, log, limit
        self.bind = f"127.0.0.1:{free_port()}"
        self.address = f"http://{self.bind}"
        self.count = workers
        own = {name: told for name, told in os.environ.items() if not re.match("INCIDENTS_", name)}
        self.environment = {**own, **(environment or {})}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process that began the workers."""
        assert self.process is not None
        return self.process.pid

    def begin(self) -> None:
        """Begin it, without waiting until it answers."""
        command = [sys.executable, "-m", "incidents_api.cli", "serve", "--db", str(self.path)]
        command += ["--bind", self.bind, "--workers", str(self.count)]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                stdout=output,
                stderr=output,
                cwd=TOP,
                env=self.environment,
                start_new_session=True,
                preexec_fn=self.limit,
            )

    def up(self) -> float:
        """Have it answer, begun as often as that takes; return after how many seconds it does.

        Workers that have lost the process that began them hold the address for a moment.
        """
        begun = time.monotonic()
        while time.monotonic() < begun + PATIENCE:
            if self.process is None or self.process.poll() is not None:
                self.begin()
            if self.workers() and self._answers():
                return time.monotonic() - begun
            time.sleep(0.05)
        raise AssertionError(f"it does not answer: {self.log.read_text()[-2000:]}")

    def _answers(self) -> bool:
        with suppress(requests.RequestException):
            return requests.get(f"{self.address}/v1/health", timeout=5).ok
        return False

    def workers(self) -> list[int]:
        """Return the processes that serve."""
        with suppress(OSError):
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(
                encoding="ascii"
            )
            return [int(one) for one in children.split()]
        return []

    def worker_killed(self, which: int = 0) -> None:
        """Kill one of the workers."""
        if workers := self.workers():
            _kill(workers[which % len(workers)])

    def master_killed(self) -> None:
        """Kill the process that began the workers, which are left alone."""
        os.kill(self.pid, signal.SIGKILL)
        self._gone()

    def everything_killed(self) -> None:
        """Kill all of its processes at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._gone()

    def _gone(self) -> None:
        if self.process is not None:
            self.process.wait(PATIENCE)

    def process_told(self, what: signal.Signals) -> None:
        """Send a signal to the process that began the workers."""
        os.kill(self.pid, what)

    def end(self, by: signal.Signals = signal.SIGTERM) -> int:
        """End it by a signal, and return its exit status."""
        assert self.process is not None
        self.process.send_signal(by)
        return self.process.wait(PATIENCE)


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


@contextmanager
def served(path: Path, log: Path, **how: Any) -> Iterator[Server]:
    """Serve a database until the block ends, whatever ends it."""
    server = Server(path, log, **how)
    try:
        server.up()
        yield server
    finally:
        server.everything_killed()
    assert_untold(log, path=path)


def made(path: Path) -> str:
    """Make a database, and return a key that may write to it."""
    store = Store.make(path)
    _, key = access.create(store, "drill", "write")
    store.close()
    return key


def checked(path: Path) -> str:
    """Return what the command says of a database that nobody serves any more."""
    command = [sys.executable, "-m", "incidents_api.cli", "check", "--db", str(path)]
    told = subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=590)
    return (told.stdout + told.stderr).strip()


def log_size(path: Path) -> int:
    """Return how many bytes the write-ahead log of a database has."""
    log = path.with_name(f"{path.name}-wal")
    return log.stat().st_size if log.exists() else 0
