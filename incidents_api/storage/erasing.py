"""Erasing: writing the file anew, so that its bytes hold nothing but what it says.

SQLite leaves what was replaced in free pages and in gaps of pages, and earlier states in the
write-ahead log. Both go here: the whole file is written again, and the log emptied.
"""

from contextlib import closing

from incidents_api.storage.connections import (
    BUSY_SECONDS,
    open_writer,
    overwrite,
    told_of_disk,
    told_of_writers,
)
from incidents_api.storage.failures import Busy
from incidents_api.storage.store import Store


def erase(store: Store, seconds: float = BUSY_SECONDS) -> str:
    """Write the file anew.

    Args:
        store: The knowledge base; this thread may not be writing.
        seconds: So long others are waited for.

    Returns:
        Why the old bytes are still there, in words; nothing where they are not.

    Raises:
        NoRoom: The disk takes no more.

    """
    with told_of_disk(), closing(open_writer(store.path)) as connection:
        connection.execute(f"PRAGMA busy_timeout = {round(1000 * seconds)}")
        overwrite(connection, yes=True)
        try:
            with told_of_writers():
                connection.execute("VACUUM")
                checkpoint = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                (busy, *_) = checkpoint.fetchone()
        except Busy as fault:
            return str(fault)
    return "a reader still reads a state from before" if busy else ""
