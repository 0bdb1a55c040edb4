"""The knowledge base as one file: reading it at one moment, writing it in one transaction."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from incidents_api.model import RESOURCES, Registry
from incidents_api.storage import migrations
from incidents_api.storage.casualties import InView
from incidents_api.storage.connections import (
    BUSY_SECONDS,
    UNCHANGING,
    begin,
    check_file,
    creating,
    identity,
    open_reader,
    open_writer,
    optimize,
    reading_mode,
    told_of_disk,
)
from incidents_api.storage.deadlines import Deadline
from incidents_api.storage.documents import Renderer
from incidents_api.storage.failures import Busy, NoRoom, Shut, TooSlow, Unusable
from incidents_api.storage.refusals import Refused
from incidents_api.storage.sequence import latest, now
from incidents_api.storage.tables import Tables
from incidents_api.storage.write import Transaction

READ_SECONDS = 2.0


class Found(NamedTuple):
    """A record as a reader gets it."""

    document: bytes
    from_seq: int
    state: str
    shown: int


class Store:
    """One database file and the tables that the declarations make of it.

    Connections are opened by the thread that needs them, and never before a fork.

    Args:
        path: The file.
        registry: The resources.
        read_seconds: So long a reader may take.
        mapped: Whether readers map the file into memory.

    """

    def __init__(
        self,
        path: Path,
        registry: Registry = RESOURCES,
        *,
        read_seconds: float = READ_SECONDS,
        mapped: bool = True,
    ) -> None:
        self.path = path
        self.mapped = mapped
        self.registry = registry
        self.tables = Tables(registry)
        self.read_seconds = read_seconds
        self.renderers = {record.resource: Renderer(registry, record) for record in registry}
        self._local = threading.local()
        self._lock = threading.Lock()
        self._writer: Any = None
        #: Which file it is, once it has been opened, and whether readers take it for unchanging.
        self._file: tuple[int, int] | None = None
        self._unchanging = False
        self._get = {
            record.resource: (
                f"SELECT CAST(document AS BLOB), from_seq, state, shown FROM {record.resource} "
                "WHERE id = ?"
            )
            for record in registry
        }

    @classmethod
    def make(cls, path: Path, registry: Registry = RESOURCES) -> "Store":
        """Make a new knowledge base.

        Raises:
            Unusable: There is a file already.
            NoRoom: The disk takes no more.

        """
        store = cls(path, registry)
        with creating(path) as connection:
            migrations.build(connection, store.tables)
        return store

    def check(self) -> None:
        """Refuse a file that this program cannot serve.

        Raises:
            Unusable: It is missing, empty, foreign, damaged, older or newer than this program.

        """
        check_file(self.path)
        migrations.check(self.connection, self.tables)

    @property
    def connection(self) -> Any:
        """This thread's reading connection."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            self._opened()
            self._unchanging |= reading_mode(self.path) == UNCHANGING
            connection = open_reader(self.path, mapped=self.mapped)
            self._local.connection = connection
            self._local.deadline = Deadline(connection, self.read_seconds)
            self._local.in_view = InView(connection)
        return connection

    @contextmanager
    def reading(self, *, limited: bool = True) -> Iterator[Any]:
        """Read at one moment: all statements inside see the same state.

        Args:
            limited: Whether the time is limited; it is not for whoever has the file.

        Raises:
            TooSlow: The statements together took longer than ``read_seconds``.

        """
        connection = self.connection
        deadline = self._local.deadline
        connection.execute("BEGIN")
        self._local.in_view.begin()
        if limited:
            deadline.start()
        try:
            yield connection
        except sqlite3.OperationalError as fault:
            if "interrupted" in str(fault) and not limited:
                # Who stops the command by hand stops the query that it waits for.
                raise KeyboardInterrupt from None
            if "interrupted" in str(fault):
                raise TooSlow(f"the query took longer than {self.read_seconds:g} seconds") from None
            raise
        finally:
            deadline.stop()
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def get(self, resource: str, name: str) -> Found | None:
        """Return one record, or None if there has never been one of this id."""
        row = self.connection.execute(self._get[resource], (name,)).fetchone()
        return None if row is None else Found(*row)

    def exact(self, resource: str, name: str) -> bytes | None:
        """Return a record as it is known, where everybody sees a coarser point; else None."""
        if not self.tables[resource].generalizes:
            return None
        sql = f"SELECT CAST(exact AS BLOB) FROM {resource} WHERE id = ?"
        row = self.connection.execute(sql, (name,)).fetchone()
        return row[0] if row else None

    def records(self) -> int:
        """Return how many records there are, of all resources."""
        sql = "SELECT name FROM sqlite_schema WHERE type = 'table'"
        there = {name for (name,) in self.connection.execute(sql)}
        counted = (
            self.connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]
            for table in self.tables
            if table.name in there
        )
        return sum(counted)

    def seq(self) -> int:
        """Return the number of the last transaction; 0 in an empty knowledge base."""
        return latest(self.connection)

    @contextmanager
    def writing(
        self,
        who: str,
        why: str | None = None,
        request_id: str | None = None,
        key_id: str | None = None,
    ) -> Iterator[Transaction]:
        """Write in one transaction; it is on the disk when the block ends, or not at all.

        A transaction that changes nothing leaves no trace.

        Args:
            who: On whose authority.
            why: For what reason.
            request_id: The request that asked for it.
            key_id: The public id of the key by which it was asked for.

        Raises:
            Refused: A rule between records is broken; nothing is written.
            Busy: Another process is writing for too long; nothing is written.
            NoRoom: The disk takes no more, or the file cannot be written; nothing is written.
            Unusable: Another file has its name by now, or none; nothing is written.

        """
        with self.exclusive() as connection:
            sql = "SELECT seq + 1, recorded_at FROM transactions ORDER BY seq DESC LIMIT 1"
            number, last = connection.execute(sql).fetchone() or (1, "")
            transaction = Transaction(
                # The time never runs backwards.
                self.tables,
                connection,
                number,
                self.renderers,
                lambda: max(last, now()),
            )
            with transaction.uncollected:
                yield transaction
                transaction.finish()
            if transaction.changed:
                connection.execute(
                    "INSERT INTO transactions (seq, recorded_at, who, why, request_id, key_id) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    (number, transaction.recorded_at, who, why, request_id, key_id),
                )
            if transaction.changed or transaction.beside:
                connection.execute("COMMIT")

    @contextmanager
    def exclusive(self, patience: float | None = None) -> Iterator[Any]:
        """Hold the writing connection, and nobody else; what is not committed is rolled back.

        Args:
            patience: So many seconds to wait for others; as long as a writer waits, if not given.

        Raises:
            Busy: Others are writing for longer.
            NoRoom: The disk takes no more, or the file cannot be written.
            Unusable: Another file has its name by now, or none.

        """
        seconds = BUSY_SECONDS if patience is None else patience
        if not self._lock.acquire(timeout=seconds):
            raise Busy(f"others here have been writing for {seconds:g} seconds")
        try:
            with told_of_disk():
                connection = self._writing_connection()
                begin(connection, patience)
                try:
                    yield connection
                finally:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
        except NoRoom:
            # What was opened while a file could not be written cannot write when it can be again.
            self._forget_writer()
            raise
        finally:
            self._lock.release()

    def _opened(self) -> None:
        """Note which file it is, and refuse another one of its name.

        Whatever is written into a file that has lost its name is lost with it.

        Raises:
            Unusable: Another file has its name by now, or none.

        """
        found = identity(self.path)
        if self._file is None:
            self._file = found
        elif found != self._file:
            raise Unusable(
                "the file of the database has been removed or replaced since it was opened: put it "
                "back, or begin again"
            )

    def _forget_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _writing_connection(self) -> Any:
        self._opened()
        if self._unchanging:
            raise Shut(
                "the database cannot be written: neither could its folder when it was opened. Give "
                "the right to write both, and begin again"
            )
        if self._writer is None:
            self._writer = open_writer(self.path)
            # Whoever writes begins with begin(), which does the waiting.
            self._writer.execute("PRAGMA busy_timeout = 0")
        return self._writer

    def close(self) -> None:
        """Close this thread's connections and the writer."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None
        with self._lock:
            if self._writer is not None:
                try:
                    optimize(self._writer)
                finally:
                    self._writer.close()
                    self._writer = None


__all__ = ["Found", "Refused", "Store", "TooSlow", "Transaction", "latest", "now"]
