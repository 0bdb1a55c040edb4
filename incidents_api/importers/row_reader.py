"""Reading a row that tells of one event by itself."""

from collections.abc import Callable

from incidents_api.importers.cells import Cells, Row
from incidents_api.importers.datasets import Release
from incidents_api.importers.events import Event


class RowReader:
    """The cells of one row, and the event that is made of them.

    Args:
        row: The row.
        release: The release that it stands in.
        column: The column that names the event.
        shape: Takes what stands there, returns whether it can be a name.
        wanted: What it must be, in words.
        prefix: What the id of the event begins with.

    """

    def __init__(
        self,
        row: Row,
        release: Release,
        column: str,
        shape: Callable[[str], object],
        wanted: str,
        prefix: str,
    ) -> None:
        self.cells = Cells(row)
        self.release = release
        self.number = self.cells.raw(column)
        if not shape(self.number):
            self.cells.faults.append(f"{column}: is {self.number[:40]!r}; it must be {wanted}")
        self.id = f"{prefix}{self.number.lower()}"
        self.made = Event(self.id, "incidents", [(row.file, row.line)])
