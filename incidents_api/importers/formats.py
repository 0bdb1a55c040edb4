"""What a format is: how it is known by its header, what one event is, and what its rows say."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from incidents_api.importers.cells import Row, as_day
from incidents_api.importers.datasets import Release
from incidents_api.importers.events import Event

#: Turns the rows of one event into records; raises Refusal where they cannot be taken.
Reading = Callable[[Sequence[Row], Release], Event]
#: A row of HXL hashtags describes columns, and is no data (Humanitarian Exchange Language).
HXL: Final = "#"


@dataclass(frozen=True)
class Format:
    """A format of files.

    Attributes:
        name: Its name on the command line.
        title: What it is, for people.
        dataset: The data set that its files belong to.
        required: The columns by which it is known, and without which nothing can be read.
        read: Turns the rows of an event into records.
        prefix: What the ids of main records begin with, before what names the event.
        key: The column that names a row.
        groups: The column that names the event, where several rows tell of one.
        aliases: Columns that had other names in older releases: old name to present one.
        resource: The resource of an event's main record.
        succeeds: Data sets whose events become this one's where it has them too.
        by_month: Whether a release covers months, not years: what is missing from it is looked
            for in the months that it spans.
        day: The column of the day on which an event begins, where it is one cell.
        began: How that day is read where no column has it.
        country: That of its country, by name.
        division: That of its first-order division.
        belonging: The records that belong to an event, by resource and link to the main record.
        compiled: Whether its claims are its compilers', and as old as the release.
        scheme: Of actors, the register of the column ``key``: one that is here under another id
            is found by it.
        release: The column that tells the release.
        batch: How many records a transaction writes, about: so many as are written at once, or all
            where rows refer to later ones.
        in_name: What the name of a file has in it where another format has the same columns.
        numbered: Whether the names of files tell the number of a release.
        remark: What is to be told of every import of it.
        exported: Whether this program writes such files too: what guards their cells is taken off.

    """

    name: str
    title: str
    dataset: str
    required: frozenset[str]
    read: Reading
    prefix: str
    key: str = "id"
    groups: str | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    resource: str = "incidents"
    succeeds: tuple[str, ...] = ()
    by_month: bool = False
    day: str = "date_start"
    began: Callable[[Row], str | None] | None = None
    country: str = "country"
    division: str = "adm_1"
    belonging: tuple[tuple[str, str], ...] = (
        ("figures", "incident"),
        ("participations", "incident"),
        ("sites", "incident"),
    )
    compiled: bool = True
    scheme: str | None = None
    release: str | None = None
    batch: int = 1500
    in_name: str | None = None
    numbered: bool = True
    remark: str | None = None
    exported: bool = False

    def named_in(self, file: str) -> bool:
        """Return whether the name of a file says that it is of this format."""
        return self.in_name is not None and re.search(self.in_name, file, re.IGNORECASE) is not None

    def main(self, row: Row) -> str:
        """Return the id of the main record of the event that a row tells of."""
        return f"{self.prefix}{row.cells.get(self.groups or self.key, '').strip().lower()}"

    def first_day(self, row: Row) -> str:
        """Return the day on which the event of a row begins; empty where it is not told."""
        if self.began is None:
            return as_day(row.cells.get(self.day, "").strip()) or ""
        return self.began(row) or ""

    def columns(self, header: Sequence[str]) -> list[str]:
        """Return the present names of the columns of a file."""
        names = [name.strip() for name in header]
        return [self.aliases.get(name, name) for name in names]

    def fits(self, header: Sequence[str]) -> bool:
        """Return whether a header is one of this format."""
        return self.required <= set(self.columns(header))

    def lacks(self, header: Sequence[str]) -> list[str]:
        """Return the columns that a header would need to be one of this format."""
        return sorted(self.required - set(self.columns(header)))

    def lacking(self, header: Sequence[str]) -> float:
        """Return how far a header is from one of this format: the share of columns it lacks."""
        return len(self.lacks(header)) / len(self.required)


def is_hxl(cells: Sequence[str]) -> bool:
    """Return whether a row names columns by HXL hashtags."""
    said = [cell.strip() for cell in cells if cell.strip()]
    return bool(said) and all(cell.startswith(HXL) for cell in said)
