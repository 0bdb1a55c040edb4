"""MAVERICK: one row a report of an event, by one author; several reports tell of one event.

An event becomes one incident, over all the days that its reports name, at the place of the report
that knows it best. Each report stays a claim of its author: what it counts are figures, whom it
names are participations, by five flags that are our roles; its own columns are kept with its
figure of the killed.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from incidents_api.importers.cells import Cells, Refusal, Row, in_order
from incidents_api.importers.datasets import Release
from incidents_api.importers.events import Event, Named, Values
from incidents_api.importers.formats import Format
from incidents_api.importers.naming import stable
from incidents_api.importers.places import country, point
from incidents_api.importers.source_cells import Printed, kind_of, parsed, source, withheld

PREFIX: Final = "maverick-"
REQUIRED: Final = frozenset(
    {
        *("id", "event_id", "date_start", "date_end", "source", "source_author", "source_type"),
        *("deaths_best", "deaths_low", "deaths_high", "injuries_best", "injuries_low"),
        *("injuries_high", "actor1", "actor1_id", "actor1_perpetrator"),
    }
)
FLAGS: Final = ("initiator", "perpetrator", "intervener", "bystander", "victim")
SLOTS: Final = range(1, 7)
#: MAVERICK's geographic precision, as UCDP's: 1 country, 2 about where, 3 a town, 4 to 6 in it.
WHERE_PREC: Final = {1: 6, 2: 2, 3: 1, 4: 1, 5: 1, 6: 1}
MEASURES: Final = (("deaths", "killed"), ("injuries", "injured"))
#: What a report says of the event itself, which the incident has of all reports together.
_OWN: Final = (
    "date_start",
    "date_end",
    "latitude",
    "longitude",
    "geo_precision",
    "city",
    "location",
)
#: What the kinds of authors are here: as actors, and as sources.
AUTHORS: Final = {
    "international news agency": ("media", "news_agency"),
    "international news media": ("media", "news_media"),
    "national news media": ("media", "news_media"),
    "international civil society organization": ("monitor_ngo", "ngo_report"),
    "human rights commission": ("monitor_ngo", "ngo_report"),
    "international organization": ("intergovernmental", "un_report"),
    "national government agency": ("government", "official_statement"),
}
#: What the kinds of those who act are here, the narrower first.
ACTORS: Final = {
    "political actor: protesters": "protesters",
    "non-state armed actor: militia": "political_militia",
    "non-state armed actor: rebel group": "rebel_group",
    "security forces": "state_forces",
    "citizens": "civilians",
}


def read(rows: Sequence[Row], release: Release) -> Event:
    """Return what the reports of an event say.

    Raises:
        Refusal: A report cannot be taken, and so the event is not, with every reason.

    """
    reports = [_Report(row, release) for row in rows]
    name = PREFIX + rows[0].cells["event_id"].strip().lower()
    event = Event(name, "incidents", [(row.file, row.line) for row in rows])
    for report in reports:
        report.read()
    if faults := [
        f"line {report.row.line}: {fault}" for report in reports for fault in report.cells.faults
    ]:
        raise Refusal(faults)
    event.add("incidents", **_incident(name, reports, release))
    for report in reports:
        report.tell(event)
        event.learned(report.cells)
    event.counted = {"reports": len(reports)}
    return event


def _incident(name: str, reports: Sequence["_Report"], release: Release) -> dict[str, Any]:
    best = max(reports, key=lambda report: report.precision)
    days = [day for report in reports for day in report.days]
    where = ", ".join(filter(None, (best.place["place"], min(days))))
    return {
        "id": name,
        **_common(release),
        "external_ids": [{"scheme": "maverick", "value": reports[0].row.cells["event_id"].strip()}],
        "title": f"Election-related violence, {where}",
        "title_lang": "en",
        "date_start": min(days),
        "date_end": max(days),
        "status": "ended",
        **best.place,
        "source_values": {"imported_from": reports[0].row.place},
    }


def _common(release: Release) -> dict[str, str]:
    return {"dataset": release.terms.dataset, "visibility": release.terms.visibility}


class _Report:
    """One report."""

    def __init__(self, row: Row, release: Release) -> None:
        self.row = row
        self.release = release
        self.cells = Cells(row)
        self.id = PREFIX + self.cells.raw("id").lower()
        self.cells.raw("event_id")

    def read(self) -> None:
        """Read the cells."""
        start = self.cells.required_day("date_start")
        end = self.cells.required_day("date_end")
        self.days = min(start, end), max(start, end)
        if start > end:
            self.cells.repair("date_start/date_end", f"{start}/{end}", f"{end}/{start}")
        self.precision = self.cells.whole("geo_precision") or 0
        self.place = self._place()
        self.bounds = {
            measure: in_order(self.cells, (f"{name}_low", f"{name}_best", f"{name}_high"))
            for name, measure in MEASURES
        }
        self.author = self.cells.raw("source_author")
        if not self.author:
            self.cells.faults.append("source_author: is empty; it must name who reports")
        self.kind = self.cells.peek("source_type").casefold()
        self.printed = self._printed()
        # The incident has the days and the place of all reports: what this one says is kept.
        self.cells.keep(*_OWN)

    def _place(self) -> dict[str, Any]:
        peek = self.cells.peek
        found = country(name=peek("country"), day=self.days[0] or None)
        if found.report:
            self.cells.notes.append(f"country: {found.report}")
        place = ", ".join(filter(None, (peek("location"), peek("city"))))
        return {
            "country": found.term,
            "place": self.cells.clean("location", place)[:300] or None,
            **point(self.cells),
            "where_prec": WHERE_PREC.get(self.precision),
        }

    def _printed(self) -> Printed:
        """Return the document that the report stands in: author (day) headline."""
        text = self.cells.clean("source", self.cells.raw("source"))
        found = parsed(text) or Printed(self.author, "", text or self.author)
        (shown,) = withheld([found])
        if shown != found:
            self.cells.notes.append("source: a name of somebody killed is left out")
        return shown

    def tell(self, event: Event) -> None:
        """Add what the report says."""
        author = event.name(self._author())
        document = event.cite(self._source())
        for slot in SLOTS:
            self._participations(event, slot, author, document)
        values = self.cells.rest()
        for name, measure in MEASURES:
            low, best, high = self.bounds[measure]
            original = self.cells.original(f"{name}_low", f"{name}_best", f"{name}_high")
            event.add(
                "figures",
                id=f"{self.id}-{measure}",
                **_common(self.release),
                incident=event.id,
                claimant=author,
                measure=measure,
                measure_kind="cumulative",
                low=low,
                best=best,
                high=high,
                sources=[{"source": document}],
                source_values=original | (values if measure == "killed" else {}),
            )

    def _author(self) -> Named:
        kind, _ = AUTHORS.get(self.kind, ("unknown", "other"))
        name = self.cells.clean("source_author", self.author)[:300]
        values = {
            "id": stable("maverick-author", name),
            "name": name,
            "actor_type": kind,
            **_common(self.release),
        }
        return Named(None, None, values)

    def _source(self) -> Values:
        _, kind = AUTHORS.get(self.kind, ("unknown", "other"))
        terms = self.release.terms
        made = source(self.printed, "maverick", terms.dataset, terms.visibility)
        return made | {"source_type": kind_of(self.printed.office, kind)}

    def _participations(self, event: Event, slot: int, author: str, document: str) -> None:
        cells, column = self.cells, f"actor{slot}"
        number, name = cells.peek(f"{column}_id"), cells.peek(column)
        if not number or not name:
            return
        actor = event.name(self._actor(column, number, name))
        said = [flag for flag in FLAGS if cells.raw(f"{column}_{flag}") == "1"]
        for role in said or ["party"]:
            event.add(
                "participations",
                id=f"{self.id}-{slot}-{role}",
                **_common(self.release),
                incident=event.id,
                actor=actor,
                role=role,
                claimant=author,
                source=document,
            )

    def _actor(self, column: str, number: str, name: str) -> Named:
        values = {
            "id": f"maverick-actor-{number.lower()}",
            "name": self.cells.clean(column, name)[:300],
            "actor_type": self._actor_kind(column),
            **_common(self.release),
        }
        return Named(None, None, values)

    def _actor_kind(self, column: str) -> str:
        told = (self.cells.peek(f"{column}_{part}").casefold() for part in ("subtype", "type"))
        return next((ACTORS[kind] for kind in _wider(told) if kind in ACTORS), "unknown")


def _wider(kinds: Iterator[str]) -> Iterator[str]:
    """Yield kinds, each followed by what stands before its colon."""
    for kind in kinds:
        yield kind
        yield kind.partition(":")[0]


MAVERICK: Final = Format(
    "maverick",
    "MAVERICK: reports of election-related violence, several to an event",
    "maverick",
    REQUIRED,
    read,
    PREFIX,
    groups="event_id",
    division="city",
    compiled=False,
)
