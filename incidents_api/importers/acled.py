"""ACLED: one row an event of one day, two actors with their associates, one number of deaths.

Columns are those of the ACLED codebook. Exports of before 2025 code ``inter1``, ``inter2`` and
``interaction`` as numbers, later ones as texts, with ``disorder_type`` and ``civilian_targeting``;
the oldest write columns in capitals, days in words, and types of events under other names. All of
them are read. What is decided here:

- ``actor1`` and ``actor2`` are parties on the sides a and b, which says nothing of who attacked;
  ``assoc_actor_1`` and ``assoc_actor_2`` are associated on the same sides. ACLED has no ids of
  actors: one is found by its exact name or alias, else made under an id that follows from its name.
- The kind of an actor is what its name says by ACLED's own way of naming ("Civilians (...)",
  "Military Forces of ..."), else what ``inter1`` or ``inter2`` says in the row that makes it, else
  unknown: of associates ACLED says nothing.
- ``fatalities`` is what ACLED prints, bounded by its own rule: 3, 10, 12 and 100 may stand for
  words, 0 for nothing said (:mod:`incidents_api.model.coders`). Nothing says whom it counts.
- ``time_precision`` 1, 2 and 3 are a day, a week and a month; ``geo_precision`` 1, 2 and 3 a place,
  the surroundings of one, and a first-order division.
- ``timestamp`` says when ACLED last changed the row: from then on it said so.
- ``source`` names media without a headline or a day: each name is one source, and its title.
- Types that are not known here are kept as they stand, and told; so are tags, which are ACLED's.

The terms of ACLED forbid passing its data on: everything made here is restricted.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from incidents_api.importers import naming
from incidents_api.importers.cells import Row
from incidents_api.importers.datasets import Release
from incidents_api.importers.events import Event
from incidents_api.importers.formats import Format
from incidents_api.importers.places import country, point
from incidents_api.importers.row_reader import RowReader
from incidents_api.model.coders import ACLED as RULE
from incidents_api.model.vocabularies import vocabularies

PREFIX: Final = "acled-"
REQUIRED: Final = frozenset(
    {"event_id_cnty", "event_date", "event_type", "actor1", "country", "fatalities"}
)
_COLUMNS: Final = (
    *REQUIRED,
    *("iso", "event_id_no_cnty", "year", "time_precision", "sub_event_type", "assoc_actor_1"),
    *("inter1", "actor2", "assoc_actor_2", "inter2", "interaction", "region", "admin1", "admin2"),
    *("admin3", "location", "latitude", "longitude", "geo_precision", "source", "source_scale"),
    *("notes", "timestamp", "data_id", "iso3"),
)
ALIASES: Final = {
    **{name.upper(): name for name in _COLUMNS},
    **{f"ALLY_ACTOR_{number}": f"assoc_actor_{number}" for number in "12"},
    **{f"ally_actor_{number}": f"assoc_actor_{number}" for number in "12"},
}
#: Types of events in releases of before 2019 that are one type, or one narrower type, of today.
OLD_TYPES: Final[dict[str, tuple[str, str | None]]] = {
    "battle_no_change_of_territory": ("battles", "armed_clash"),
    "battle_government_regains_territory": ("battles", "government_regains_territory"),
    "battle_non_state_actor_overtakes_territory": (
        "battles",
        "non_state_actor_overtakes_territory",
    ),
    "remote_violence": ("explosions_remote_violence", None),
    "strategic_development": ("strategic_developments", None),
    "headquarters_or_base_established": (
        "strategic_developments",
        "headquarters_or_base_established",
    ),
    "non_violent_transfer_of_territory": (
        "strategic_developments",
        "non_violent_transfer_of_territory",
    ),
}
#: Kinds of actors by their codes in ``inter1`` and ``inter2``; as texts they are the terms.
INTER: Final = (
    *("state_forces", "rebel_group", "political_militia", "identity_militia"),
    *("rioters", "protesters", "civilians", "external_other_forces"),
)
_KINDS: Final = {**{str(code): kind for code, kind in enumerate(INTER, 1)}, **{k: k for k in INTER}}
#: How names of actors begin that say their kind.
_SAYING: Final = (
    ("Civilians (", "civilians"),
    ("Protesters (", "protesters"),
    ("Rioters (", "rioters"),
    ("Military Forces of ", "state_forces"),
    ("Police Forces of ", "state_forces"),
    ("Government of ", "government"),
)
#: Codes of precision, and our terms.
_TIME: Final = {"1": 1, "2": 3, "3": 4}
_PLACE: Final = {"1": 1, "2": 2, "3": 4}
#: Who is unknown or nobody in ``inter1`` and ``inter2``.
_NOBODY: Final = ("", "0")
_MOST_SOURCES: Final = 200
_NUMBER = re.compile(r"[A-Z0-9]{1,40}").fullmatch


def _terms(vocabulary: str) -> dict[str, Any]:
    """Return the terms of a vocabulary that ACLED has too, by themselves, with what is above."""
    terms = vocabularies()[vocabulary].terms
    return {str(one.term): one for one in terms if "detention" not in (one.term, one.parent)}


_TYPES: Final = {name: name for name in _terms("event_type")}
_SUB_TYPES: Final = _terms("sub_event_type")
_DISORDERS: Final = _terms("disorder_type")


class Part(NamedTuple):
    """An actor's part in an event: the end of the record's id, the actor, the role, the side."""

    ending: str
    actor: str
    role: str
    side: str


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
        super().__init__(
            row, release, "event_id_cnty", _NUMBER, "capitals and digits, as SYR1234", PREFIX
        )

    def event(self) -> Event:
        """Return the event that the row tells.

        Raises:
            Refusal: The row cannot be taken.

        """
        incident = self._incident()
        parts = [part for number in (1, 2) for part in self._parts(number)]
        deaths = self.cells.required_whole("fatalities")
        said = self._said()
        sources = self._sources()
        self.cells.check()
        self.made.add("incidents", **incident, source_values=self.cells.rest())
        for part in parts:
            self._participation(part)
        self._figure(incident, deaths, said, sources)
        self.made.learned(self.cells)
        return self.made

    def _incident(self) -> dict[str, Any]:
        cells = self.cells
        day = cells.required_day("event_date")
        return {
            **naming.own(self.release, self.id),
            "external_ids": [{"scheme": "acled", "value": self.number}],
            "title": self._title(),
            "title_lang": "en",
            "summary": cells.text("notes", 5000),
            **self._types(),
            "disorder_type": self._disorders(),
            "civilian_targeting": self._targeting(),
            "date_start": day,
            "date_end": day,
            "date_prec": self._code("time_precision", _TIME),
            "status": "ended",
            "country": self._country(day),
            "region": cells.text("region", 100),
            "admin1": cells.text("admin1", 200),
            "admin2": cells.text("admin2", 200),
            "place": cells.text("location", 300),
            "where_prec": self._code("geo_precision", _PLACE),
            **point(cells),
        }

    def _title(self) -> str:
        """Return a title: what, between whom, where."""
        peek = self.cells.peek
        what = peek("sub_event_type") or peek("event_type") or "Event"
        whom = " - ".join(filter(None, (peek("actor1"), peek("actor2"))))
        title = ", ".join(filter(None, (f"{what}: {whom}" if whom else what, peek("location"))))
        return self.cells.clean("title", title)[:500]

    def _types(self) -> dict[str, Any]:
        """Return the type and the narrower type, where they go together."""
        cells = self.cells
        old = OLD_TYPES.get(naming.slug(cells.peek("event_type")))
        wide, narrow = old or (cells.term("event_type", _TYPES, naming.slug), None)
        found = cells.term("sub_event_type", _SUB_TYPES, naming.slug)
        if found is not None and found.parent != (wide or found.parent):
            printed = cells.peek("sub_event_type")
            cells.notes.append(f"sub_event_type: {printed!r} is not of {wide}; it is kept")
            cells.keep("sub_event_type")
            found = None
        return {"event_type": wide, "sub_event_type": found.term if found else narrow}

    def _disorders(self) -> list[str] | None:
        """Return the types of disorder, of which an event can have two."""
        printed = naming.listed(self.cells.raw("disorder_type"))
        slugs = [naming.slug(one) for one in printed]
        if not set(slugs) <= _DISORDERS.keys():
            self.cells.notes.append(f"disorder_type: {printed} are not all known here; kept")
            self.cells.keep("disorder_type")
        return list(dict.fromkeys(one for one in slugs if one in _DISORDERS)) or None

    def _targeting(self) -> bool | None:
        """Return whether civilians were the main target; releases of before 2021 do not say."""
        if "civilian_targeting" not in self.cells.row.cells:
            return None
        known = {"civilian_targeting": True}
        if not self.cells.raw("civilian_targeting"):
            return False
        found: bool | None = self.cells.term("civilian_targeting", known, naming.slug)
        return found

    def _code(self, column: str, codes: dict[str, int]) -> int | None:
        """Return a code of precision in our terms; the original is kept too."""
        found: int | None = self.cells.term(column, codes)
        self.cells.keep(column)
        return found

    def _country(self, day: str) -> str | None:
        """Return the country; the columns that tell it are kept as they stand too."""
        peek = self.cells.peek
        found = country(iso=peek("iso3") or peek("iso"), name=peek("country"), day=day or None)
        if found.report:
            self.cells.notes.append(f"country: {found.report}")
            self.made.count("unknown_countries" if found.term is None else "doubtful_countries")
        return found.term

    def _parts(self, number: int) -> Iterator[Part]:
        """Yield who had part on a side: the actor, then its associates."""
        side = " ab"[number]
        for name in naming.names(self.cells, f"actor{number}"):
            kind = _said_by(name) or self._kind(f"inter{number}")
            yield Part(side, self._named(name, kind), "party", side)
        for name in naming.names(self.cells, f"assoc_actor_{number}", several=True):
            associate = self._named(name, _said_by(name) or "unknown")
            yield Part(f"{side}-{naming.digest(name)}", associate, "associated", side)

    def _kind(self, column: str) -> str:
        """Return what kind of actor a side is by its code; that is kept as it stands too."""
        printed = self.cells.peek(column)
        kind = _KINDS.get(naming.slug(printed))
        if kind is None and printed not in _NOBODY:
            self.cells.notes.append(f"{column}: {printed[:60]!r} is not known here; kept")
        return kind or "unknown"

    def _named(self, name: str, kind: str) -> str:
        return self.made.name(naming.actor(self.release, name, kind))

    def _participation(self, part: Part) -> None:
        self.made.add(
            "participations",
            **naming.own(self.release, f"{self.id}-{part.ending}"),
            incident=self.id,
            actor=part.actor,
            role=part.role,
            side=part.side,
            claimant=self.made.name(self.release.compiler),
        )

    def _said(self) -> dict[str, str]:
        """Return when ACLED said what the row says, and how exactly that is known."""
        seconds = self.cells.whole("timestamp")
        if seconds is None:
            return self.release.said
        try:
            moment = datetime.fromtimestamp(seconds, UTC)
        except (ValueError, OverflowError, OSError):
            self.cells.faults.append(f"timestamp: is {seconds}; it must be seconds since 1970")
            return {}
        return {"said_at": moment.isoformat().replace("+00:00", "Z")}

    def _sources(self) -> list[str]:
        """Return the ids of the sources; the column is kept where they do not tell all of it."""
        printed = self.cells.clean("source", self.cells.raw("source"))
        media = naming.listed(printed)
        if len(media) > _MOST_SOURCES or "; ".join(media) != printed:
            self.cells.keep("source")
        return [self.made.cite(naming.medium(self.release, name)) for name in media[:_MOST_SOURCES]]

    def _figure(
        self, incident: dict[str, Any], deaths: int, said: dict[str, str], sources: list[str]
    ) -> None:
        self.made.add(
            "figures",
            **naming.own(self.release, f"{self.id}-killed"),
            incident=self.id,
            claimant=self.made.name(self.release.compiler),
            measure="killed",
            measure_kind="cumulative",
            method="coded",
            amount=deaths,
            coding_rule=RULE,
            as_of_date=incident["date_end"],
            as_of_prec=incident["date_prec"],
            sources=[{"source": name} for name in sources],
            **said,
        )


def _said_by(name: str) -> str | None:
    """Return what kind of actor a name says that it is, by ACLED's way of naming."""
    return next((kind for start, kind in _SAYING if name.startswith(start)), None)


ACLED: Final = Format(
    "acled",
    "Armed Conflict Location and Event Data: exports as CSV, old and of 2025",
    "acled",
    REQUIRED,
    read,
    PREFIX,
    key="event_id_cnty",
    aliases=ALIASES,
    day="event_date",
    division="admin1",
    numbered=False,
    compiled=False,
)
