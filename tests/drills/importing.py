"""Imports as processes of their own: files of any size, what ends them, and what they leave."""

import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

from incidents_api.storage import consistency
from incidents_api.storage.documents import NO_TIME
from incidents_api.storage.store import Store
from tests.conftest import TOP
from tests.imports import SAMPLE, table, written

ROWS: Final = table(SAMPLE)
#: How many records belong to an event of UCDP GED, itself included, where both sides are named.
WHOLE: Final = {"participations": 2, "figures": 5}


def many(path: Path, count: int) -> Path:
    """Write so many rows of UCDP GED: those of the sample, again and again under new ids."""
    rows: list[dict[str, str]] = []
    for number in range(count):
        row = ROWS[number % len(ROWS)]
        round_ = number // len(ROWS)
        rows.append(row | {"id": str(int(row["id"]) + 10_000_000 * round_)})
    return written(path, rows)


def begin(db: Path, *words: Any, **how: Any) -> subprocess.Popen[str]:
    """Begin the command ``incidents-api import``."""
    command = [sys.executable, "-m", "incidents_api.cli", "import", "--db", str(db)]
    return subprocess.Popen(
        [*command, *map(str, words)],
        cwd=TOP,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **how,
    )


def done(db: Path, *words: Any, **how: Any) -> tuple[int, str, str]:
    """Run the command to its end, and return its status and what it printed."""
    process = begin(db, *words, **how)
    out, err = process.communicate(timeout=580)
    return process.returncode, out, err


class Measured(NamedTuple):
    """What a process came to: its status, what it said, and its largest memory, in bytes."""

    status: int
    said: str
    memory: int


#: Runs a command, and prints the largest memory of its process, in kilobytes: that of a process
#: begins with what whoever began it had, so that this must be small.
LAUNCHER: Final = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stderr=subprocess.STDOUT)
_, status, used = os.wait4(process.pid, 0)
print(used.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def measured(db: Path, *words: Any, most: int = resource.RLIM_INFINITY) -> Measured:
    """Run the command to its end, with so many bytes of addresses at most."""
    command = [sys.executable, "-m", "incidents_api.cli", "import", "--db", str(db)]
    ran = subprocess.run(
        [sys.executable, "-c", LAUNCHER, *command, *map(str, words)],
        cwd=TOP,
        text=True,
        stdout=subprocess.PIPE,
        preexec_fn=limited(resource.RLIMIT_AS, most),
        timeout=590,
        check=False,
    )
    said, _, memory = ran.stdout.rstrip("\n").rpartition("\n")
    return Measured(ran.returncode, said, int(memory) * 1024)


def ended(db: Path, file: Path, after: float, by: signal.Signals) -> tuple[int, str]:
    """End an import by a signal, and return its status and what it said.

    Args:
        db: The database.
        file: What is imported.
        after: So many seconds after its first batch of new events is here; if negative, so many
            after it has begun.
        by: The signal.

    """
    before = max(batches(db), 1)
    process = begin(db, file, "--release", "23.1", preexec_fn=_listening)
    while after >= 0 and batches(db) <= before and process.poll() is None:
        time.sleep(0.005)
    time.sleep(abs(after))
    process.send_signal(by)
    _, err = process.communicate(timeout=60)
    return process.returncode, err


def _listening() -> None:
    """Have a process that is about to begin hear what a terminal says, though we may not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def batches(db: Path) -> int:
    """Return how many transactions are in a database, which may not be there yet."""
    if not db.exists():
        return 0
    store = Store(db)
    try:
        return store.seq()
    finally:
        store.close()


def limited(kind: int, most: int) -> Callable[[], None]:
    """Return what limits a process that is about to begin."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(kind, (most, most))

    return limit


def halves(store: Store) -> Iterator[str]:
    """Yield the incidents that do not have all that belongs to them."""
    for resource_, count in WHOLE.items():
        sql = (
            f"SELECT i.id FROM incidents i WHERE (SELECT count(*) FROM {resource_} o "
            f"WHERE o.incident = i.pk) <> {count}"
        )
        for (name,) in store.connection.execute(sql):
            yield f"{name} has not {count} {resource_}"


def sound(db: Path, *, checked: bool = True) -> int:
    """Check that a database is whole, with whole events only; return how many there are."""
    if not db.exists():
        return 0
    store = Store(db)
    try:
        store.check()
        assert list(halves(store)) == []
        if checked:
            assert list(consistency.faults(store)) == []
        (count,) = store.connection.execute("SELECT count(*) FROM incidents").fetchone()
        assert isinstance(count, int)
        return count
    finally:
        store.close()


def state(db: Path) -> str:
    """Return a digest of all records, but for when they were recorded."""
    store = Store(db)
    digest = sha256()
    for name in store.tables:
        sql = (
            "SELECT id, version, state, substr(document, 1, instr(document, :mark)), "
            "substr(document, instr(document, :mark) + :long) "
            f"FROM {name.name} ORDER BY id"
        )
        marks = {"mark": '"recorded_at":"', "long": len(f'"recorded_at":"{NO_TIME}"')}
        for row in store.connection.execute(sql, marks):
            digest.update(repr(row).encode())
    store.close()
    return digest.hexdigest()
