"""Backups: one file that says what the knowledge base said at one moment, and is known to.

SQLite copies the file while others read and write. It is one step: in several, each write makes it
begin again, and beside a steady writer it never ended. The copy is taken at the moment at which the
original is digested, and is read back whole before it has its name.

Beside a backup stands a file of its name and ``.json``: what it holds, by which it can be verified
wherever it is brought to.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

import orjson

from incidents_api.storage.connections import (
    check_file,
    open_copy,
    open_reader,
    remove,
    told_of_damage,
    told_of_disk,
)
from incidents_api.storage.consistency import damage
from incidents_api.storage.failures import NoRoom, Unusable
from incidents_api.storage.sequence import now
from incidents_api.storage.store import Store
from incidents_api.storage.tables import Tables
from incidents_api.storage.whole import Whole, whole

#: What the file beside a backup is: its first member.
_VERSION: Final = 1
_DISK: Final = "the disk of the copy"


@dataclass(frozen=True)
class Backup:
    """What is said of a backup in the file beside it.

    Attributes:
        made_at: When it was begun, in UTC.
        sha256: SHA-256 over the file, in hexadecimal digits.
        whole: What it holds.

    """

    made_at: str
    sha256: str
    whole: Whole


def make(store: Store, target: Path) -> Backup:
    """Write a backup, verify it, and only then give it its name.

    Args:
        store: The knowledge base; others may write to it meanwhile.
        target: The file.

    Raises:
        Unusable: There is a file already, or the copy does not say what the original says.
        NoRoom: The disk takes no more.

    """
    beside = _beside(target)
    _refuse_taken(target)
    _refuse_taken(beside)
    made_at = now()
    with _part(target) as part, _part(beside) as told:
        with told_of_damage(store.path), store.reading(limited=False) as connection:
            wanted = whole(connection, store.tables)
            _copy_of(connection, part)
        _verify(part, store.tables, wanted)
        made = Backup(made_at, _sha256(part), wanted)
        told.write_bytes(_written(made))
        _name(told, beside)
        _name(part, target)
    return made


def verify(backup: Path, tables: Tables) -> Backup:
    """Verify a backup by the file beside it, and return what it holds.

    Raises:
        Unusable: One of the two is missing or damaged, or they do not go together.

    """
    check_file(backup)
    told = _read(_beside(backup))
    _verify_file(backup, told, backup)
    _verify(backup, tables, told.whole)
    return told


def restore(backup: Path, target: Path, tables: Tables) -> Backup:
    """Make a database of a backup, and verify it before it has its name.

    Raises:
        Unusable: There is something at the target, or the backup is not good.
        NoRoom: The disk takes no more.

    """
    for end in ("", "-wal", "-shm", "-journal"):
        _refuse_taken(target.with_name(f"{target.name}{end}"))
    check_file(backup)
    told = _read(_beside(backup))
    with _part(target) as part:
        shutil.copyfile(backup, part)
        _verify_file(part, told, backup)
        _verify(part, tables, told.whole)
        with told_of_disk(_DISK), closing(open_copy(part)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        _name(part, target)
    return told


def _copy_of(connection: Any, part: Path) -> None:
    """Copy the database as a connection sees it, into one file that needs no others."""
    with told_of_disk(_DISK), closing(open_copy(part)) as copy:
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def _verify_file(path: Path, told: Backup, backup: Path) -> None:
    """Compare a file, byte for byte, with what stands beside the backup."""
    if _sha256(path) != told.sha256:
        raise Unusable(f"{backup} is not the file that {_beside(backup).name} tells of: damaged?")


def _verify(path: Path, tables: Tables, wanted: Whole) -> None:
    """Read a copy as a whole: undamaged, and saying what it should.

    Raises:
        Unusable: It is not.

    """
    with told_of_damage(path), closing(open_reader(path)) as connection:
        if found := next(damage(connection), None):
            raise Unusable(f"the copy {path} is damaged: {found}")
        told = whole(connection, tables)
    if told != wanted:
        raise Unusable(
            f"the copy {path} holds something else than what it is of: transaction {told.seq} and "
            f"digest {told.digest}, not transaction {wanted.seq} and digest {wanted.digest}"
        )


def _beside(backup: Path) -> Path:
    return backup.with_name(f"{backup.name}.json")


def _written(made: Backup) -> bytes:
    told = {"backup": _VERSION, **asdict(made)}
    return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _read(beside: Path) -> Backup:
    """Read the file beside a backup.

    Raises:
        Unusable: It is missing or damaged.

    """
    try:
        told = orjson.loads(beside.read_bytes())
        if told.pop("backup") != _VERSION:
            raise Unusable(f"{beside} was written by a newer release; use that one")
        return Backup(**told | {"whole": Whole(**told["whole"])})
    except FileNotFoundError:
        words = "it stands beside every backup, and says what that holds"
        raise Unusable(f"there is no {beside}: {words}") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Unusable(f"{beside} is damaged, or does not tell of a backup") from None


def _refuse_taken(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise Unusable(f"there is a file at {path} already; it is left as it is")
    if not path.parent.is_dir():
        raise Unusable(f"there is no folder {path.parent}")


@contextmanager
def _part(path: Path) -> Iterator[Path]:
    """Lend a name for the unfinished file; what has it when the block ends is removed."""
    part = path.with_name(f"{path.name}.part")
    remove(part)
    try:
        with _told_of_disk():
            yield part
    finally:
        remove(part)


@contextmanager
def _told_of_disk() -> Iterator[None]:
    try:
        yield
    except (OSError, NoRoom):
        raise NoRoom(
            f"{_DISK} does not take what is to be written; nothing is left there. Make room, or "
            "see that it can be written, and repeat the command"
        ) from None


def _name(part: Path, path: Path) -> None:
    """Give a finished file its name, so that both are on the disk."""
    _sync(part)
    part.rename(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
