"""UCDP GED: one row an event, two sides, deaths of each.

Columns are those of the codebook of the UCDP Georeferenced Event Dataset, in the global CSV and in
the country extracts of the Humanitarian Data Exchange, and of the UCDP Candidate Events Dataset,
which has the same. Releases 1 to 2 called the estimates best_est, low_est and high_est, and the
ids conflict_id, dyad_id, side_a_id and side_b_id.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from incidents_api.importers.cells import Row, in_order
from incidents_api.importers.datasets import Release
from incidents_api.importers.events import BY_SIDE, Event, Named
from incidents_api.importers.formats import Format
from incidents_api.importers.places import country, point
from incidents_api.importers.row_reader import RowReader
from incidents_api.importers.ucdp_sources import cited

PREFIX: Final = "ucdp-ged-"
REQUIRED: Final = frozenset(
    {
        *("id", "type_of_violence", "side_a", "side_b", "date_start", "date_end"),
        *("best", "low", "high", "deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown"),
    }
)
ALIASES: Final = {
    "best_est": "best",
    "low_est": "low",
    "high_est": "high",
    "conflict_id": "conflict_new_id",
    "dyad_id": "dyad_new_id",
    "side_a_id": "side_a_new_id",
    "side_b_id": "side_b_new_id",
    "gwno_a": "gwnoa",
    "gwno_b": "gwnob",
}
#: What the column code_status says, and our terms.
CODE_STATUS: Final = {
    "clear": "clear",
    "check deaths": "check_deaths",
    "check dyad": "check_dyad",
    "check type of violence": "check_type_of_violence",
    "check type_of_violence": "check_type_of_violence",
    "check location": "check_location",
    "check date": "check_date",
}
_NUMBER = re.compile(r"[0-9]+", re.ASCII).fullmatch
#: The columns of a part of the deaths, with the name of the part.
PARTS: Final = (
    ("deaths_a", "a"),
    ("deaths_b", "b"),
    ("deaths_civilians", "civilians"),
    ("deaths_unknown", "unknown"),
)
#: UCDP's actor "Civilians", the other side of one-sided violence.
CIVILIANS: Final = "1"
STATE_BASED: Final = 1
#: UCDP's number of sources where it did not count them.
UNCOUNTED: Final = "-1"
_SCALES: Final = {"where_prec": 7, "date_prec": 5, "event_clarity": 2, "type_of_violence": 3}


class Side(NamedTuple):
    """A side of an event: its letter, the id of its actor, whether that is a state."""

    letter: str
    actor: str
    state: bool


def read(rows: Sequence[Row], release: Release) -> Event:
    """Return what a row says.

    Raises:
        Refusal: The row cannot be taken, with every reason.

    """
    (row,) = rows
    return _Reader(row, release).event()


class _Reader(RowReader):
    """Reads one row."""

    def __init__(self, row: Row, release: Release) -> None:
        super().__init__(row, release, "id", _NUMBER, "a whole number", PREFIX)
        self.terms = release.terms

    def event(self) -> Event:
        """Return the event that the row tells.

        Raises:
            Refusal: The row cannot be taken.

        """
        incident = self._incident()
        sides = list(self._sides(incident["type_of_violence"]))
        bounds = in_order(self.cells, ("low", "best", "high"))
        parts = [(name, self.cells.required_whole(column)) for column, name in PARTS]
        sources, kept_sources = self._sources()
        self.cells.check()
        values = {**self.cells.rest(), **kept_sources}
        self.made.add("incidents", **incident, source_values=values)
        for side in sides:
            self._participation(side)
        self._figures(incident, bounds, parts, sides, sources)
        self.made.learned(self.cells)
        return self.made

    def _common(self, name: str) -> dict[str, Any]:
        """Return the members that all records of the event share."""
        return {
            "id": name,
            "dataset": self.terms.dataset,
            "visibility": self.terms.visibility,
            "provisional": True if self.terms.dataset == "ucdp-candidate" else None,
        }

    def _incident(self) -> dict[str, Any]:
        cells = self.cells
        start = cells.required_day("date_start")
        end = cells.required_day("date_end")
        place = cells.text("where_coordinates", 300)
        dyad = cells.text("dyad_name", 300) or f"{cells.peek('side_a')} - {cells.peek('side_b')}"
        made = {
            **self._common(self.id),
            "external_ids": [{"scheme": "ucdp_ged", "value": self.number}],
            "title": ", ".join(filter(None, (dyad, place)))[:500],
            "title_lang": "en",
            "date_start": min(start, end),
            "date_end": max(start, end),
            "status": "ended",
            **{name: self._scale(name) for name in _SCALES},
            "country": self._country(start),
            "region": cells.text("region", 100),
            "admin1": cells.text("adm_1", 200),
            "admin2": cells.text("adm_2", 200),
            "place": place,
            **point(cells),
            "conflict_id": cells.whole("conflict_new_id"),
            "conflict_name": cells.text("conflict_name", 300),
            "dyad_id": cells.whole("dyad_new_id"),
            "dyad_name": dyad,
            "code_status": self._code_status(),
            "number_of_sources": self._number_of_sources(),
            "priogrid_gid": cells.whole("priogrid_gid"),
        }
        if start and end and start > end:
            cells.repair("date_start/date_end", f"{start}/{end}", f"{end}/{start}")
        return made

    def _scale(self, column: str) -> int | None:
        """Return a code of one of UCDP's scales, which begin with 1."""
        code = self.cells.whole(column)
        if code is not None and not 1 <= code <= _SCALES[column]:
            self.cells.faults.append(f"{column}: is {code}; it must be 1 to {_SCALES[column]}")
        return code

    def _code_status(self) -> str | None:
        said = self.cells.peek("code_status")
        term = CODE_STATUS.get(said.casefold(), "other") if said else None
        if term != "other":
            self.cells.raw("code_status")
        return term

    def _country(self, day: str) -> str | None:
        """Return the country; the columns that tell it are kept as they stand too."""
        peek = self.cells.peek
        found = country(
            iso=peek("iso3"), gw=peek("country_id"), name=peek("country"), day=day or None
        )
        if found.report:
            self.cells.notes.append(f"country: {found.report}")
            self.made.count("unknown_countries" if found.term is None else "doubtful_countries")
        return found.term

    def _number_of_sources(self) -> int | None:
        number = self.cells.whole("number_of_sources", unknown=("", UNCOUNTED))
        if self.cells.peek("number_of_sources") == UNCOUNTED:
            self.made.count("unknown_sources")
            self.cells.notes.append("number_of_sources: -1 is unknown")
        return number

    def _sides(self, violence: int | None) -> Iterator[Side]:
        for letter in "ab":
            number, name = self.cells.peek(f"side_{letter}_new_id"), self._side(letter)
            state = name.startswith("Government of ")
            kind = _kind(violence, number, state=state)
            if not number.isdigit():
                self.cells.faults.append(
                    f"side_{letter}_new_id: is {number!r}; it must be a number"
                )
                continue
            self.cells.raw(f"side_{letter}_new_id")
            named = Named(
                "ucdp_actor",
                number,
                {
                    "id": f"ucdp-actor-{number}",
                    "name": name,
                    "actor_type": kind,
                    "external_ids": [{"scheme": "ucdp_actor", "value": number}],
                    "dataset": self.terms.dataset,
                    "visibility": self.terms.visibility,
                },
            )
            yield Side(letter, self.made.name(named), state)

    def _side(self, letter: str) -> str:
        name = self.cells.clean(f"side_{letter}", self.cells.peek(f"side_{letter}"))
        if not name:
            self.cells.faults.append(f"side_{letter}: is empty; it must name a side")
        return name[:300]

    def _participation(self, side: Side) -> None:
        self.made.add(
            "participations",
            **self._common(f"{self.id}-{side.letter}"),
            incident=self.id,
            actor=side.actor,
            role="party",
            side=side.letter,
            claimant=self.made.name(self.release.compiler),
        )

    def _sources(self) -> tuple[list[str], dict[str, Any]]:
        """Return the ids of the sources cited, and the columns of sources that are to be kept."""
        found = cited(self.cells, self.terms)
        if found.names:
            self.made.count("names_withheld")
            self.cells.notes.append("source_headline: names of people who were killed are left out")
        return [self.made.cite(one) for one in found.sources], found.values

    def _figures(
        self,
        incident: dict[str, Any],
        bounds: tuple[int, int, int],
        parts: list[tuple[str, int]],
        sides: list[Side],
        sources: list[str],
    ) -> None:
        low, best, high = bounds
        total = f"{self.id}-killed"
        claim = {
            "incident": self.id,
            "claimant": self.made.name(self.release.compiler),
            "measure": "killed",
            "measure_kind": "cumulative",
            "method": "coded",
            "as_of_date": incident["date_end"],
            "as_of_prec": incident["date_prec"],
            "sources": [{"source": name} for name in sources],
            **self.release.said,
        }
        self.made.add(
            "figures",
            **self._common(total),
            **claim,
            low=low,
            best=best,
            high=high,
            breakdowns=[{"name": BY_SIDE, "disjoint": True, "complete": True}],
            source_values=self.cells.original("low", "best", "high"),
        )
        populations = dict(_populations(sides))
        for name, number in parts:
            self.made.add(
                "figures",
                **self._common(f"{total}-{name}"),
                **claim,
                population=populations[name],
                best=number,
                part_of=total,
                breakdown=BY_SIDE,
            )


def _kind(violence: int | None, number: str, *, state: bool) -> str:
    """Return what kind of actor a side is, as far as GED tells."""
    if number == CIVILIANS:
        return "civilians"
    if state:
        return "government"
    return "rebel_group" if violence == STATE_BASED else "unknown"


def _populations(sides: Sequence[Side]) -> Iterator[tuple[str, dict[str, Any]]]:
    for side in sides:
        status = "armed_forces" if side.state else "combatant"
        status = "civilian" if side.actor == f"ucdp-actor-{CIVILIANS}" else status
        yield side.letter, {"actor": [side.actor], "status": [status]}
    yield "civilians", {"status": ["civilian"]}
    yield "unknown", {"status": ["unknown"]}


GED: Final = Format(
    "ucdp-ged",
    "UCDP Georeferenced Event Dataset: the global CSV and country extracts",
    "ucdp-ged",
    REQUIRED,
    read,
    PREFIX,
    aliases=ALIASES,
    succeeds=("ucdp-candidate",),
    exported=True,
)
CANDIDATE: Final = Format(
    "ucdp-candidate",
    "UCDP Candidate Events Dataset: monthly, marked provisional",
    "ucdp-candidate",
    REQUIRED,
    read,
    PREFIX,
    aliases=ALIASES,
    by_month=True,
    in_name=r"candidate|v[0-9]{2}[._]0[._][0-9]|v[0-9]{2}[._]01[._][0-9]",
)
