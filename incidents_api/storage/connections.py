"""Opening the database: one guarded reader a thread, one writer at a time.

The SQLite module is the one that sqlite-utils chose, everywhere: two copies of SQLite in one
process can corrupt a database. Releases 3.7.0 to 3.51.2 can lose data when several processes
write while one checkpoints (the WAL-reset bug), so with one of those a second worker is refused.
"""

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from incidents_api.model.sphere import km
from incidents_api.storage.csv_cells import quoted
from incidents_api.storage.failures import Busy, Unusable, refused_by_disk

#: "INCA", read as a big-endian number: tells our files from others (PRAGMA application_id).
APPLICATION_ID: Final = 0x494E4341
#: Releases from this one on are free of the WAL-reset bug.
SAFE_VERSION: Final = (3, 51, 3)
#: So long a writer waits for others, and so long between two times that it asks.
BUSY_SECONDS: Final = 30.0
ASKING_SECONDS: Final = 0.01
#: Counts are kept of what has so many entries. Fewer would have SQLite go through all of a table,
#: and it still would when that has grown: a write then took a hundred times as long.
COUNTED: Final = 10_000

_TUNING: Final = ("cache_size = -65536", "temp_store = MEMORY", "busy_timeout = 30000")
#: The whole file, up to 1 TiB. What is not mapped is copied into a cache of each connection, which
#: took 800 MB of a server of 100,000 incidents, and a tenth of the time of a page.
_MMAP: Final = "mmap_size = 1099511627776"
#: Pragmas whose argument says what to look at, not what to set.
_ASKING: Final = frozenset({"table_info", "index_info", "integrity_check", "foreign_key_check"})
#: How a file is opened that nobody can write.
UNCHANGING: Final = "ro&immutable=1"
_FORBIDDEN: Final = frozenset({sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH})


@contextmanager
def told_of_disk(disk: str = "the disk") -> Iterator[None]:
    """Tell what SQLite says of a disk or a file that takes no more in words that help.

    Args:
        disk: Which disk it is, in words.

    Raises:
        NoRoom: The disk takes no more, or the file cannot be written.

    """
    try:
        yield
    except sqlite3.OperationalError as fault:
        raise refused_by_disk(fault, disk) or fault from None


@contextmanager
def told_of_damage(what: Any) -> Iterator[None]:
    """Say of what it is that SQLite cannot read it.

    Raises:
        Unusable: It cannot be read.

    """
    try:
        yield
    except sqlite3.DatabaseError as fault:
        raise Unusable(f"{what} cannot be read as a whole: {fault}") from None


def identity(path: Path) -> tuple[int, int] | None:
    """Return which file has a name, whatever it holds; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def sqlite_is_safe() -> bool:
    """Return whether this SQLite is free of the WAL-reset bug."""
    return sqlite3.sqlite_version_info >= SAFE_VERSION


def check_file(path: Path) -> None:
    """Refuse a file that is not a knowledge base.

    Raises:
        Unusable: It is missing, empty, foreign or damaged.

    """
    if not path.is_file():
        raise Unusable(f"there is no database at {path}; make one with: incidents-api init")
    if path.stat().st_size == 0:
        raise Unusable(f"{path} is empty; make a database with: incidents-api init")
    try:
        connection = _connect(path, reading_mode(path))
        try:
            found = connection.execute("PRAGMA application_id").fetchone()[0]
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        finally:
            connection.close()
    except sqlite3.DatabaseError as fault:
        raise Unusable(f"{path} is not a readable SQLite database: {fault}") from None
    if found != APPLICATION_ID:
        raise Unusable(f"{path} is an SQLite database, but not one of this program's")


def _connect(path: Path, mode: str) -> Any:
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        timeout=BUSY_SECONDS,
        cached_statements=512,
        check_same_thread=False,
    )


def reading_mode(path: Path) -> str:
    """Return how to open a file for reading.

    In a folder where nothing can be written, SQLite cannot make the files that go with a
    write-ahead log; then nobody else can write either, and the file is read as it stands.
    """
    writable = os.access(path.parent, os.W_OK)
    return "ro" if writable or path.with_name(f"{path.name}-wal").exists() else UNCHANGING


def _tune(connection: Any, *, mapped: bool) -> None:
    for setting in _TUNING:
        connection.execute(f"PRAGMA {setting}")
    if mapped and sqlite_is_safe():
        connection.execute(f"PRAGMA {_MMAP}")
    connection.create_function("km", 4, km, deterministic=True)
    connection.create_function("csv_cell", 1, quoted, deterministic=True)


def open_reader(path: Path, *, mapped: bool = True) -> Any:
    """Open a connection that cannot write, attach or change anything.

    Args:
        path: The database.
        mapped: Whether the file is mapped into memory: the more of it is read, the more counts as
            used, which is for servers.

    """
    connection = _connect(path, reading_mode(path))
    _tune(connection, mapped=mapped)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.set_authorizer(_only_read)
    return connection


def _only_read(action: int, name: str | None, value: str | None, *_: Any) -> int:
    """Deny what would let a reader write: other files, and settings (asking for one is allowed)."""
    denied = action in _FORBIDDEN or (
        action == sqlite3.SQLITE_PRAGMA and value is not None and name not in _ASKING
    )
    return int(sqlite3.SQLITE_DENY if denied else sqlite3.SQLITE_OK)


def open_memory() -> Any:
    """Open a database in memory, to compare with."""
    return sqlite3.connect(":memory:", isolation_level=None)


def open_scratch() -> Any:
    """Open a database of its own in a temporary file, which is gone when it is closed."""
    connection = sqlite3.connect("", isolation_level=None)
    connection.execute("PRAGMA cache_size = -16384")
    return connection


def open_plain(path: Path) -> Any:
    """Make a file that is no knowledge base, and open it for writing it once.

    It is not read before it is whole, so nothing is kept for the case that writing is cut short.
    """
    connection = _connect(path, "rwc")
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def open_copy(path: Path) -> Any:
    """Open a file to copy a database into; only its owner can read a file that is made."""
    path.touch(mode=0o600)
    return _connect(path, "rwc")


def open_writer(path: Path) -> Any:
    """Open the connection that writes. A commit is on the disk before it returns."""
    connection = _connect(path, "rw")
    # A file that is mapped makes no write faster.
    _tune(connection, mapped=False)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA journal_size_limit = 67108864")
    return connection


def create(path: Path) -> Any:
    """Make a new database file with this program's settings, and open it for writing.

    Raises:
        Unusable: There is a file already.

    """
    _refuse_taken(path)
    try:
        connection = _connect(path, "rwc")
    except sqlite3.OperationalError as fault:
        raise Unusable(f"{path} cannot be made: {fault}") from None
    connection.execute("PRAGMA page_size = 8192")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    return open_writer(path)


@contextmanager
def creating(path: Path) -> Iterator[Any]:
    """Make a new database file as :func:`create` does, and write into it.

    It has its name once the block has ended: whatever ends that before leaves no half of one.

    Raises:
        Unusable: There is a file already.
        NoRoom: The disk takes no more.

    """
    _refuse_taken(path)
    making = path.with_name(f"{path.name}.making")
    remove(making)
    try:
        with told_of_disk(), closing(create(making)) as connection:
            yield connection
        # What is left of an earlier database of this name would be taken for a part of this one.
        remove(path)
        making.rename(path)
    finally:
        remove(making)


def _refuse_taken(path: Path) -> None:
    """Refuse to make a database where there is a file, or no folder."""
    if path.exists() and path.stat().st_size:
        raise Unusable(f"there is a file at {path} already")
    if not path.parent.is_dir():
        raise Unusable(f"there is no folder {path.parent}")


def remove(path: Path) -> None:
    """Remove a database file with what goes with it."""
    for end in ("", "-wal", "-shm"):
        path.with_name(f"{path.name}{end}").unlink(missing_ok=True)


def begin(connection: Any, patience: float | None = None) -> None:
    """Take the write lock.

    It is asked for at equal intervals. SQLite's own waiting grows to 100 ms, so that whoever has
    waited longest is the least likely to get it: of four writers one waited for 3 s.

    Args:
        connection: The writing connection.
        patience: So many seconds to wait for others; as long as a writer waits, if not given.

    Raises:
        Busy: Another process has held it for longer than that.

    """
    patience = BUSY_SECONDS if patience is None else patience
    until = time.monotonic() + patience
    while not _begun(connection):
        if time.monotonic() >= until:
            raise Busy(f"another process has been writing for {patience:g} seconds")
        time.sleep(ASKING_SECONDS)


def _begun(connection: Any) -> bool:
    """Return whether the write lock could be taken."""
    try:
        with told_of_writers():
            connection.execute("BEGIN IMMEDIATE")
    except Busy:
        return False
    return True


@contextmanager
def told_of_writers() -> Iterator[None]:
    """Tell that others are writing.

    Raises:
        Busy: They have been for longer than the connection waits.

    """
    try:
        yield
    except sqlite3.OperationalError as fault:
        if "locked" in str(fault) or "busy" in str(fault):
            raise Busy("another process is writing") from None
        raise


def optimize(connection: Any) -> None:
    """Let SQLite count how values are spread, where that helps it to choose an index.

    Where others are writing, or nothing can be written, it is left for another time.
    """
    with suppress(sqlite3.OperationalError):
        if not _begun(connection):
            return
        connection.execute("PRAGMA optimize")
        sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'"
        if connection.execute(sql).fetchone()[0]:
            small = "DELETE FROM sqlite_stat1 WHERE CAST(stat AS INTEGER) < ?"
            connection.execute(small, (COUNTED,))
        connection.execute("COMMIT")


def overwrite(connection: Any, *, yes: bool) -> None:
    """Say whether a connection writes zeros over what it deletes."""
    connection.execute(f"PRAGMA secure_delete = {'ON' if yes else 'OFF'}").fetchone()


@contextmanager
def overwriting(connection: Any) -> Iterator[None]:
    """Write zeros over what is deleted meanwhile."""
    overwrite(connection, yes=True)
    try:
        yield
    finally:
        overwrite(connection, yes=False)
