"""An export that somebody who has the file asks for: what is written, and where to."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from incidents_api.exporting.export import ALL, HOW, Export
from incidents_api.exporting.formats import EXPORTS
from incidents_api.exporting.places import whole
from incidents_api.exporting.questions import asked
from incidents_api.exporting.refusals import NotExported
from incidents_api.model import Record
from incidents_api.storage.addresses import pairs
from incidents_api.storage.belonging import INCIDENTS
from incidents_api.storage.levels import PUBLIC, RESTRICTED
from incidents_api.storage.lists import Lists
from incidents_api.storage.store import Store


class Job:
    """An export to a file, a folder or a stream.

    Args:
        store: The knowledge base.
        format_: The name of the format.
        resource: The one resource that is exported; None for those that the format holds.
        query: What chooses the records, as a query string.
        known_at: A transaction's number, a past time, a release; None for the present, or what
            the query string says.
        restricted: Whether restricted records are exported too.

    Raises:
        NotExported: The format cannot hold that resource, or needs what is not installed.
        Unreadable: The query cannot be answered.

    """

    def __init__(
        self,
        store: Store,
        format_: str,
        *,
        resource: str | None = None,
        query: str = "",
        known_at: str | None = None,
        restricted: bool = False,
    ) -> None:
        self.format = EXPORTS[format_]
        self.format.need()
        self._lists = {record.resource: Lists(store, record) for record in store.registry}
        self._record = self._one(store, resource)
        grammar = self._lists[self._record.resource if self._record else INCIDENTS].grammar
        given = pairs(query.encode())
        given += [("known_at", known_at)] if known_at is not None else []
        self._values = asked(grammar, alone=self._record is not None).read(given)
        self._question = query
        #: A bundle of everything is a copy of the base: nothing is left out of it.
        backup = self.format.loadable and self._values.keys() <= {"known_at", *HOW}
        self.level = ALL if backup else RESTRICTED if restricted else PUBLIC

    def _one(self, store: Store, resource: str | None) -> type[Record] | None:
        """Return the one resource whose records are exported, if it is one."""
        if resource is None and (self.format.together or self.format.apart):
            return None
        name = INCIDENTS if resource is None else resource
        fit = [record.resource for record in store.registry if self.format.fits(record)]
        if name not in store.registry:
            raise NotExported(f"there is no resource {name!r}, only {', '.join(self._lists)}")
        if name not in fit:
            words = f"holds {', '.join(fit)}" if fit else "holds all resources: leave it out"
            raise NotExported(f"{self.format.name} cannot hold {name} alone; it {words}")
        return store.registry[name]

    def _export(self, level: int, progress: Callable[[int], None] = lambda _: None) -> Export:
        return Export(
            self._lists,
            self._record,
            self._values,
            level,
            loadable=self.format.loadable,
            question=self._question,
            progress=progress,
        )

    @cached_property
    def total(self) -> int:
        """How many records are exported."""
        return self._export(self.level).count()

    def left_out(self) -> int:
        """Count the records that are not exported because they are restricted."""
        return self._export(RESTRICTED).count() - self.total if self.level == PUBLIC else 0

    def write(self, to: Path | BinaryIO, progress: Callable[[int], None]) -> None:
        """Write the export to a stream, a file, or a folder of files.

        A file or folder is there under its name once it is whole.

        Raises:
            NotExported: It is several files, or something is in the way.

        """
        if not isinstance(to, Path):
            self._send(to, progress)
        elif to.exists() and not (to.is_file() or to.is_dir()):  # a device or a pipe
            with to.open("wb") as stream:
                self._send(stream, progress)
        else:
            self._place(to, progress)

    @property
    def _apart(self) -> bool:
        """Whether it is a folder of files."""
        return self._record is None and self.format.apart

    def _send(self, to: BinaryIO, progress: Callable[[int], None]) -> None:
        if self._apart:
            name = self.format.name
            raise NotExported(f"{name} of all resources is a folder: give --output FOLDER")
        for piece in self.format.pieces(self._export(self.level, progress)):
            to.write(piece)

    def _place(self, path: Path, progress: Callable[[int], None]) -> None:
        if path.exists() and path.is_dir() != self._apart:
            raise NotExported(f"{path} is a {'folder' if path.is_dir() else 'file'}")
        export = self._export(self.level, progress)
        with whole(path) as place:
            if self._apart:
                self._fill(place, export)
            else:
                self.format.write(export, place)

    def _fill(self, folder: Path, export: Export) -> None:
        folder.mkdir()
        for resource in export.resources:
            self.format.write(export.of(resource), folder / f"{resource}.{self.format.ending}")
