"""How the database is: what a supervisor and a scrape of metrics ask for, without reading much."""

import os
import shutil
from typing import NamedTuple

from incidents_api.storage.store import Store

#: A megabyte, as disks are sold.
MB = 1_000_000


class Health(NamedTuple):
    """How the database is.

    Attributes:
        seq: The number of the last transaction; 0 where there is none.
        written_at: When it was recorded, in UTC; empty where there is none.
        database_bytes: The size of the file.
        wal_bytes: The size of the write-ahead log beside it.
        free_bytes: How much its disk has left.
        writable: Whether the file and its folder may be written by this process.

    """

    seq: int
    written_at: str
    database_bytes: int
    wal_bytes: int
    free_bytes: int
    writable: bool

    def warnings(self, min_free_mb: int) -> list[str]:
        """Return what whoever runs the service should look at, in words without paths."""
        found = []
        if not self.writable:
            found.append("the database can only be read: its file or folder may not be written")
        if self.free_bytes < min_free_mb * MB:
            found.append(f"the disk of the database has less than {min_free_mb:,} MB left")
        return found


def health(store: Store) -> Health:
    """Return how the database is: its file is looked at, and its last transaction read.

    The schema is compared with this program's, and a page read through to the newest transaction.
    What is damaged elsewhere is found by ``incidents-api check``, which reads everything.

    Raises:
        Unusable: The file is missing, foreign, damaged, older or newer than this program.

    """
    store.check()
    sql = "SELECT seq, recorded_at FROM transactions ORDER BY seq DESC LIMIT 1"
    seq, written_at = store.connection.execute(sql).fetchone() or (0, "")
    path = store.path.absolute()
    wal = path.with_name(f"{path.name}-wal")
    return Health(
        seq,
        written_at,
        path.stat().st_size,
        wal.stat().st_size if wal.exists() else 0,
        shutil.disk_usage(path.parent).free,
        os.access(path, os.W_OK) and os.access(path.parent, os.W_OK),
    )
