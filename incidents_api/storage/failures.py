"""What can be wrong with a file, its disk or others who use it, in words that help.

SQLite says it in errors of its own; here is which of ours they become, and what those say to do.
"""

from typing import Final


class Unusable(Exception):
    """The file cannot be used as a knowledge base; the message says why and what to do."""


class TooSlow(Exception):
    """A query was stopped because it took longer than it may."""


class Busy(Exception):
    """Others held the database for longer than a writer waits."""


class NoRoom(Exception):
    """The disk took no more, or the file cannot be written; nothing of the transaction was."""


class Shut(NoRoom):
    """The file cannot be written, whatever room there is; nothing of the transaction was."""


#: What SQLite says where a disk or a file takes no more.
_FULL: Final = ("disk is full", "disk I/O error")
_SHUT: Final = ("readonly database", "unable to open")
#: How the names begin of what SQLite says of a damaged file, and of one that it cannot read.
_DAMAGED: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_UNREAD: Final = ("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")


def refused_by_disk(fault: Exception, disk: str) -> NoRoom | None:
    """Return an error of SQLite as one of the disk, if it is."""
    if any(words in str(fault) for words in _FULL):
        return NoRoom(
            f"{disk} does not take what is to be written ({fault}); nothing of this transaction "
            "was written. Make room, and repeat the command: it goes on where it ended"
        )
    if any(words in str(fault) for words in _SHUT):
        return Shut(
            "the database cannot be written; nothing of this transaction was written. Give whoever "
            "runs the command the right to write the file and the folder in which it is"
        )
    return None


def failure(fault: Exception) -> Unusable | NoRoom | None:
    """Return an error that SQLite told of the file or its disk in words that help, if it is one."""
    name = str(getattr(fault, "sqlite_errorname", ""))
    if name.startswith(_DAMAGED):
        return Unusable(
            f"the database is damaged ({fault}): stop serving it, say incidents-api check, and put "
            "a copy in its place"
        )
    if name.startswith(_UNREAD):
        return Unusable(f"the database cannot be read: {fault}")
    return refused_by_disk(fault, "the disk") if name.startswith("SQLITE_FULL") else None
