"""The column layout of UCDP GED 23.1, so that a script written for GED reads what is here.

An event of GED comes out as it went in. Other incidents fill the columns that they can: the deaths
are the casualties by the rule that is asked for, those of the sides the parts of a count that is
broken down so, and what is not known is empty, but for ``number_of_sources``, which is -1 there.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import orjson

from incidents_api.exporting.export import Export
from incidents_api.importers import countries
from incidents_api.importers.source_cells import Printed, columns_of
from incidents_api.importers.ucdp_ged import CODE_STATUS, UNCOUNTED
from incidents_api.model.vocabularies import vocabularies
from incidents_api.storage.clocks import CLOCK_NAMES
from incidents_api.storage.csv_cells import guarded
from incidents_api.storage.lists import documents

Document = dict[str, Any]

#: The columns, in their order.
COLUMNS: Final = (
    *("id", "relid", "year", "active_year", "code_status", "type_of_violence"),
    *("conflict_dset_id", "conflict_new_id", "conflict_name"),
    *("dyad_dset_id", "dyad_new_id", "dyad_name"),
    *("side_a_dset_id", "side_a_new_id", "side_a", "side_b_dset_id", "side_b_new_id", "side_b"),
    *("number_of_sources", "source_article", "source_office", "source_date", "source_headline"),
    *("source_original", "where_prec", "where_coordinates", "where_description"),
    *("adm_1", "adm_2", "latitude", "longitude", "geom_wkt", "priogrid_gid"),
    *("country", "country_id", "region", "event_clarity", "date_prec", "date_start", "date_end"),
    *("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "best", "high", "low"),
    *("gwnoa", "gwnob"),
)
#: Columns that are members of an incident under other names, or their own.
MEMBERS: Final = {
    "conflict_new_id": "conflict_id",
    "dyad_new_id": "dyad_id",
    "where_coordinates": "place",
    "adm_1": "admin1",
    "adm_2": "admin2",
    **{
        name: name
        for name in (
            *("type_of_violence", "conflict_name", "dyad_name", "where_prec", "latitude"),
            *("longitude", "priogrid_gid", "region", "event_clarity", "date_prec", "date_start"),
        )
    },
}
_STATUS: Final = {term: words.capitalize() for words, term in reversed(CODE_STATUS.items())}
#: So many incidents are read with what belongs to them at a time.
TOGETHER: Final = 200


def stream(export: Export) -> Iterator[bytes]:
    """Yield the file."""
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, COLUMNS)
    writer.writeheader()
    for rows in export.rows("incidents", documents):
        for at in range(0, len(rows), TOGETHER):
            incidents = [orjson.loads(row[1]) for row in rows[at : at + TOGETHER]]
            around = _around(export, incidents)
            for one in incidents:
                writer.writerow({name: guarded(value) for name, value in _row(one, around).items()})
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


@dataclass
class Around:
    """What belongs to some incidents: by the incident's id, and by their own."""

    figures: dict[str, list[Document]] = field(default_factory=dict)
    sides: dict[tuple[str, str], list[Document]] = field(default_factory=dict)
    actors: dict[str, Document] = field(default_factory=dict)
    sources: dict[str, Document] = field(default_factory=dict)


def _around(export: Export, incidents: Sequence[Document]) -> Around:
    ids = [one["id"] for one in incidents]
    found = Around()
    for figure in _read(export, "figures", {"incident": ids, "measure": ["killed"]}):
        found.figures.setdefault(figure["incident"], []).append(figure)
    for part in _read(export, "participations", {"incident": ids, "side": ["a", "b"]}):
        found.sides.setdefault((part["incident"], part["side"]), []).append(part)
    named = {part["actor"] for parts in found.sides.values() for part in parts}
    found.actors = {one["id"]: one for one in _read(export, "actors", {"id": sorted(named)})}
    totals = [_total(one, found) for one in incidents]
    cited = {row["source"] for total in totals if total for row in total["sources"]}
    found.sources = {one["id"]: one for one in _read(export, "sources", {"id": sorted(cited)})}
    return found


def _read(export: Export, resource: str, asked: Mapping[str, Any]) -> Iterator[Document]:
    """Yield records of a resource that a query chooses, as the export sees them."""
    if not all(asked.values()):
        return
    clocks = {name: export.values[name] for name in CLOCK_NAMES if name in export.values}
    _, chunks = export.lists[resource].everything({**asked, **clocks}, export.level, documents)
    for rows in chunks:
        yield from (orjson.loads(row[1]) for row in rows)


def _row(incident: Document, around: Around) -> dict[str, Any]:
    kept = incident["source_values"] if _of_ged(incident) else {}
    row: dict[str, Any] = {column: _kept(kept, column) for column in COLUMNS}
    row |= {column: incident[member] for column, member in MEMBERS.items()}
    row["id"] = _external(incident, "ucdp_ged") or incident["id"]
    row["year"] = row["year"] or incident["date_start"][:4]
    row["date_end"] = incident["date_end"] or incident["date_start"]
    row["code_status"] = row["code_status"] or _STATUS.get(incident["code_status"])
    row["number_of_sources"] = incident["number_of_sources"]
    if incident["number_of_sources"] is None:
        row["number_of_sources"] = UNCOUNTED
    row |= _country(incident) if not row["country"] else {}
    if not row["geom_wkt"] and incident["latitude"] is not None:
        row["geom_wkt"] = f"POINT ({incident['longitude']} {incident['latitude']})"
    for side in "ab":
        row |= _side(side, around.sides.get((incident["id"], side), []), kept, around)
    return row | _deaths(incident, around) | _sources(incident, around, kept)


def _of_ged(incident: Document) -> bool:
    """Return whether what is kept of an incident's row are columns of GED."""
    return str(incident["dataset"]).startswith("ucdp-")


def _country(incident: Document) -> dict[str, Any]:
    """Return the columns of a country by its name, and the number that Gleditsch and Ward have."""
    if incident["country"] is None:
        return {}
    name = _names()[incident["country"]]
    return {"country": name, "country_id": countries.number_of(name)}


@cache
def _names() -> dict[str, str]:
    terms = vocabularies()["country"].terms
    return {str(term.term): term.definition.removesuffix(".") for term in terms}


def _kept(kept: Mapping[str, Any], column: str) -> Any:
    """Return a column that was kept as it stood, in one piece."""
    parts = [kept.get(column)]
    while (part := kept.get(f"{column} ({len(parts) + 1})")) is not None:
        parts.append(part)
    return "".join(map(str, parts)) if len(parts) > 1 else parts[0]


def _external(record: Document, scheme: str) -> str | None:
    return next((row["value"] for row in record["external_ids"] if row["scheme"] == scheme), None)


def _side(
    side: str, parts: Sequence[Document], kept: Mapping[str, Any], around: Around
) -> dict[str, Any]:
    """Return the columns of a side; of several actors the first is told."""
    for part in parts:
        actor = around.actors.get(part["actor"])
        if actor:
            return {
                f"side_{side}_new_id": _external(actor, "ucdp_actor") or actor["id"],
                f"side_{side}": kept.get(f"side_{side}") or actor["name"],
            }
    return {}


def _total(incident: Document, around: Around) -> Document | None:
    """Return the count of the killed that is broken down by side: the data set's own, or any."""
    figures = around.figures.get(incident["id"], [])
    split = {one["part_of"] for one in figures if one["breakdown"] == "by_side"}
    found = [one for one in figures if one["id"] in split]
    own = [one for one in found if one["dataset"] == incident["dataset"]]
    return next(iter([*own, *found]), None)


def _deaths(incident: Document, around: Around) -> dict[str, Any]:
    killed = incident["casualties"]["killed"] or {}
    row = {name: killed.get(name) for name in ("best", "high", "low")}
    total = _total(incident, around)
    if total is None:
        return row
    sides = {
        side: {part["actor"] for part in around.sides.get((incident["id"], side), [])}
        for side in "ab"
    }
    sums: dict[str, int] = {}
    for part in around.figures[incident["id"]]:
        if part["part_of"] == total["id"] and part["best"] is not None:
            column = _column(part, sides)
            sums[column] = sums.get(column, 0) + part["best"]
    return row | sums


def _column(part: Document, sides: Mapping[str, set[str]]) -> str:
    """Return the column in which the dead of a part are counted."""
    population = part["population"]
    for side, actors in sides.items():
        if population["actor"] and set(population["actor"]) <= actors:
            return f"deaths_{side}"
    return "deaths_civilians" if population["status"] == ["civilian"] else "deaths_unknown"


def _sources(incident: Document, around: Around, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of sources: as they stood, or made of the sources that are cited."""
    total = _total(incident, around)
    if "source_article" in kept or total is None:
        return {}
    cited = [around.sources.get(row["source"]) for row in total["sources"]]
    return dict(columns_of(_printed(source) for source in cited if source)) if cited else {}


def _printed(source: Document) -> Printed:
    day = (source["published_at"] or "")[:10]
    return Printed(source["author"] or "", day, source["title"])
