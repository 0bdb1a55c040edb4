"""GTD: one row an attack, up to three groups, counts of the killed and injured.

Columns are those of the codebook of the Global Terrorism Database, as the workbook that is
published has them, or that saved as CSV. What is decided here:

- ``imonth`` and ``iday`` are 0 where they are not known: the event then lies somewhere in the year
  or the month, from its first to its last day. An event that went on ends with ``resolution``.
- ``gname`` to ``gname3`` take part on side a: as perpetrators where GTD has no doubt of it
  (``guncertain1`` is 0), else as alleged ones; ``claimed`` says that a group claims it. GTD has no
  ids of groups: one is found by its exact name or alias, else made. Unknown and unaffiliated
  perpetrators are nobody: two events of theirs have no actor in common.
- Counts are as :mod:`gtd_counts` says, types and weapons as :mod:`gtd_codes` does: what is not
  certain has no term. Everything is kept as it stands too, but for counts that figures give again.
- ``target1`` to ``target3`` are left out altogether: they name the people who were attacked. What
  names them elsewhere, in ``summary`` or in notes, cannot be found.
- ``city`` and ``provstate`` may be "Unknown", which is no place. ``specificity`` 1 with
  ``vicinity`` is near the point.

The terms of the GTD forbid passing its data on: everything made here is restricted.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from incidents_api.importers import gtd_counts, naming
from incidents_api.importers.cells import Cells, Row
from incidents_api.importers.datasets import Release
from incidents_api.importers.events import Event
from incidents_api.importers.formats import Format
from incidents_api.importers.gtd_codes import NEAR, SPECIFICITY, UNKNOWN, is_code, types, weapons
from incidents_api.importers.gtd_sources import COLUMNS as CITED
from incidents_api.importers.gtd_sources import cited
from incidents_api.importers.places import country, point
from incidents_api.importers.row_reader import RowReader

PREFIX: Final = "gtd-"
REQUIRED: Final = frozenset(
    {
        *("eventid", "iyear", "imonth", "iday", "country_txt", "attacktype1_txt", "gname"),
        *("nkill", "nwound"),
    }
)
TARGETS: Final = ("target1", "target2", "target3")
#: The columns of a group: its name, whether GTD doubts it, whether it claims the attack.
GROUPS: Final = (
    ("gname", "guncertain1", "claimed"),
    ("gname2", "guncertain2", "claim2"),
    ("gname3", "guncertain3", "claim3"),
)
#: Who is nobody in the columns of groups.
NOBODY: Final = ("unknown", "unaffiliated individual(s)")
_NUMBER = re.compile(r"[0-9]{12}", re.ASCII).fullmatch
#: How the column ``resolution`` writes days.
_DAYS: Final = ("%Y-%m-%d", "%m/%d/%Y")


class When(NamedTuple):
    """When an event was: the first day on which it may have begun, the last, how exactly."""

    first: str
    last: str
    precision: int


class Group(NamedTuple):
    """A group's part in an event: the end of the record's id, the actor, the role, the ground."""

    ending: str
    actor: str
    role: str
    attribution: str | None


def read(rows: Sequence[Row], release: Release) -> Event:
    """Return what a row says.

    Raises:
        Refusal: The row cannot be taken, with every reason.

    """
    (row,) = rows
    return _Reader(row, release).event()


def when(cells: Cells) -> When:
    """Return when the event of a row was, as far as that is known; a fault where it is no day."""
    year = cells.required_whole("iyear")
    month, day = (_known(cells.whole(column)) for column in ("imonth", "iday"))
    if not (month and day):
        cells.keep("imonth", "iday")
    try:
        if not month:
            return When(_day(year, 1, 1), _day(year, 12, 31), 5)
        if not day:
            return When(_day(year, month, 1), _day(year, month, monthrange(year, month)[1]), 4)
        return When(_day(year, month, day), _day(year, month, day), 1)
    except (ValueError, OverflowError):
        words = f"{year}-{month}-{day} is not a day of the calendar"
        cells.faults.append(f"iyear/imonth/iday: {words}")
        return When("", "", 1)


def began(row: Row) -> str | None:
    """Return the first day of a row; empty where it has none."""
    return when(Cells(row)).first


def _known(number: int | None) -> int | None:
    return None if number in UNKNOWN else number


def _day(year: int, month: int, day: int) -> str:
    return date(year, month, day).isoformat()


class _Reader(RowReader):
    """Reads one row."""

    def __init__(self, row: Row, release: Release) -> None:
        super().__init__(row, release, "eventid", _NUMBER, "12 digits, as 201403050001", PREFIX)

    def event(self) -> Event:
        """Return the event that the row tells.

        Raises:
            Refusal: The row cannot be taken.

        """
        for column in TARGETS:
            self.cells.raw(column)
        days = self._when()
        incident = self._incident(days)
        groups = list(self._groups())
        counts = list(gtd_counts.figures(self.cells, self.id))
        sources = list(dict.fromkeys(self._sources()))
        self.cells.check()
        self.made.add("incidents", **incident, source_values=self.cells.rest())
        for group in groups:
            self._participation(group)
        for count in counts:
            self._figure(count, days, sources)
        self.made.learned(self.cells)
        return self.made

    def _when(self) -> When:
        """Return when the event was; what is not known of it is told."""
        days = when(self.cells)
        if days.precision > 1:
            self.made.count("unknown_days")
            self.cells.notes.append(f"iday: the day is unknown, {days.first} to {days.last}")
        if not (is_code(self.cells, "extended", 1) and self.cells.peek("resolution")):
            return days
        end = self._resolution()
        if end is None or end < days.first:
            self.cells.notes.append("resolution: is no day from the first on; it is kept")
            return days
        return days._replace(last=end)

    def _resolution(self) -> str | None:
        """Return the day on which the event ended, which is kept as it stands too."""
        for form in _DAYS:
            try:
                day = datetime.strptime(self.cells.peek("resolution"), form)
            except ValueError:
                continue
            return day.date().isoformat()
        return None

    def _incident(self, days: When) -> dict[str, Any]:
        cells = self.cells
        admin1, place = self._named_place("provstate", 200), self._named_place("city", 300)
        return {
            **naming.own(self.release, self.id),
            "external_ids": [{"scheme": "gtd", "value": self.number}],
            "title": self._title(place or admin1 or cells.peek("country_txt")),
            "title_lang": "en",
            "summary": cells.text("summary", 5000),
            **types(cells),
            "weapons": weapons(cells),
            "date_start": days.first,
            "date_end": days.last,
            "date_prec": days.precision,
            "status": "ended",
            "country": self._country(days.first),
            "region": cells.text("region_txt", 100),
            "admin1": admin1,
            "place": place,
            "where_prec": self._where_prec(),
            **point(cells),
        }

    def _title(self, where: str) -> str:
        """Return a title: what, by whom, where; targets are in none."""
        peek = self.cells.peek
        attack = peek("attacktype1_txt")
        what = "Attack" if attack.casefold() in ("", "unknown") else attack
        whom = peek("gname")
        by = "" if whom.casefold() in ("", *NOBODY) else f": {whom}"
        return self.cells.clean("title", ", ".join(filter(None, (what + by, where))))[:500]

    def _named_place(self, column: str, most: int) -> str | None:
        """Return the name of a place; None, and kept, where it is said to be unknown."""
        if self.cells.peek(column).casefold() == "unknown":
            return None
        return self.cells.text(column, most)

    def _where_prec(self) -> int | None:
        """Return how exactly the place is known; the codes are kept as they stand too."""
        found: int | None = self.cells.term("specificity", SPECIFICITY)
        self.cells.keep("specificity")
        return NEAR if found == 1 and is_code(self.cells, "vicinity", 1) else found

    def _country(self, day: str) -> str | None:
        """Return the country; its name is kept as it stands too."""
        found = country(name=self.cells.peek("country_txt"), day=day or None)
        if found.report:
            self.cells.notes.append(f"country_txt: {found.report}")
            self.made.count("unknown_countries")
        return found.term

    def _groups(self) -> Iterator[Group]:
        """Yield the groups that are named, each once."""
        seen = {*NOBODY}
        for place, (column, doubt, claim) in enumerate(GROUPS, 1):
            for name in naming.names(self.cells, column):
                if name.casefold() not in seen:
                    seen.add(name.casefold())
                    yield Group(f"g{place}", self._named(name), self._role(doubt),
                                self._attribution(doubt, claim))  # fmt: skip

    def _named(self, name: str) -> str:
        return self.made.name(naming.actor(self.release, name, "unknown"))

    def _role(self, doubt: str) -> str:
        return "perpetrator" if is_code(self.cells, doubt, 0) else "alleged_perpetrator"

    def _attribution(self, doubt: str, claim: str) -> str | None:
        """Return on what ground a group is said to have done it, where GTD tells that."""
        if is_code(self.cells, claim, 1):
            return "claimed_responsibility"
        return "alleged" if is_code(self.cells, doubt, 1) else None

    def _participation(self, group: Group) -> None:
        self.made.add(
            "participations",
            **naming.own(self.release, f"{self.id}-{group.ending}"),
            incident=self.id,
            actor=group.actor,
            role=group.role,
            side="a",
            attribution=group.attribution,
            claimant=self.made.name(self.release.compiler),
        )

    def _sources(self) -> Iterator[str]:
        """Yield the ids of the sources; a column is kept where its source does not tell all."""
        for column in CITED:
            text = self.cells.clean(column, self.cells.raw(column))
            if not text:
                continue
            found = cited(self.release, text, f"{self.number} {column}")
            if found.withheld:
                self.made.count("names_withheld")
                self.cells.notes.append(f"{column}: a name in a list of the dead is left out")
            elif not found.told:
                self.cells.keep(column)
            yield self.made.cite(found.source)

    def _figure(self, count: dict[str, Any], days: When, sources: list[str]) -> None:
        self.made.add(
            "figures",
            **naming.own(self.release, count["id"]) | count,
            incident=self.id,
            claimant=self.made.name(self.release.compiler),
            measure_kind="cumulative",
            method="coded",
            as_of_date=days.last,
            as_of_prec=days.precision,
            sources=[{"source": name} for name in sources],
            **self.release.said,
        )


GTD: Final = Format(
    "gtd",
    "Global Terrorism Database: the workbook (XLSX), or that saved as CSV",
    "gtd",
    REQUIRED,
    read,
    PREFIX,
    key="eventid",
    began=began,
    country="country_txt",
    division="provstate",
    numbered=False,
    remark=f"{', '.join(TARGETS)} are left out: they name the people who were attacked",
)
