"""The place that a row tells: its country, by several columns, and its point.

Of the country there are all readings, and what to report.

A code of ISO 3166-1, such as the column ``iso3`` of the Humanitarian Data Exchange, goes before a
state number, and that before a name. Readings that contradict each other are kept side by side: the
importer that asked reports them.
"""

from dataclasses import dataclass

from incidents_api.importers.cells import Cells
from incidents_api.importers.countries import Entry, of_gw, of_iso, of_name


@dataclass(frozen=True)
class Reading:
    """How one column tells the country: what is printed in it, and what is known of that."""

    kind: str
    printed: str
    entry: Entry | None

    @property
    def term(self) -> str | None:
        """The country that it was read as."""
        return None if self.entry is None else self.entry.alpha3

    def __str__(self) -> str:
        """Say how it was read, or why it was not."""
        said = f"the {self.kind} {self.printed!r}"
        if self.entry is None:
            return f"{said} is unknown"
        if self.entry.alpha3:
            return f"{said} is {self.entry.alpha3}"
        return f"{said} has no code: {self.entry.note.rstrip('.')}"


@dataclass(frozen=True)
class Country:
    """The country of one row, with every reading, the one that goes first before the others."""

    readings: tuple[Reading, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """What the columns were read as, each once, the one that goes first before the others."""
        return tuple(dict.fromkeys(each.term for each in self.readings if each.term))

    @property
    def term(self) -> str | None:
        """The country, by the reading that goes first; None where no column could be read."""
        return next(iter(self.terms), None)

    @property
    def report(self) -> str | None:
        """What to report: readings that contradict each other, or that no column could be read."""
        if len(self.terms) == 1 or not self.readings:
            return None
        told = [each for each in self.readings if each.term] or self.readings
        return "; ".join(map(str, told))


def country(
    *,
    iso: int | str | None = None,
    gw: int | str | None = None,
    name: str | None = None,
    day: str | None = None,
) -> Country:
    """Read the country of a row from the columns that it has; empty ones say nothing.

    Args:
        iso: A code of ISO 3166-1: two letters, three letters or a number.
        gw: A state number of Gleditsch and Ward.
        name: A country's name.
        day: The day of the event, YYYY-MM-DD, which tells states of one name apart.

    """
    read = (
        ("ISO code", iso, None if iso is None else of_iso(iso)),
        ("state number", gw, None if gw is None else of_gw(gw, day)),
        ("name", name, None if name is None else of_name(name, day)),
    )
    return Country(
        tuple(
            Reading(kind, str(printed).strip(), entry)
            for kind, printed, entry in read
            if printed is not None and str(printed).strip()
        )
    )


def point(cells: Cells) -> dict[str, float | None]:
    """Return the latitude and longitude of a row, in degrees (WGS 84).

    What is no point on the globe, or only half of one, is left out, kept as it stands, and told.
    """
    latitude, longitude = cells.decimal("latitude"), cells.decimal("longitude")
    half = (latitude is None) != (longitude is None)
    if not half and abs(latitude or 0) <= 90 and abs(longitude or 0) <= 180:
        return {"latitude": latitude, "longitude": longitude}
    stood = f"{cells.peek('latitude')}/{cells.peek('longitude')}"
    cells.repair("latitude/longitude", stood, "no point")
    cells.keep("latitude", "longitude")
    return {"latitude": None, "longitude": None}
