"""Suggested duplicates, as the document describes them."""

from collections.abc import Iterator
from typing import Any, Final

from incidents_api.contract import CSV, DUPLICATES, JSON, ROOT
from incidents_api.model import Registry
from incidents_api.model.fields import nullable
from incidents_api.model.likeness import WEIGHTS
from incidents_api.openapi.parameters import id_parameter
from incidents_api.openapi.routes import Route
from incidents_api.openapi.schemas import FILE, Schema, count, list_of, object_of, ref, text

WORDS: Final = """\
Incidents whose days, places and countries do not exclude each other, with a score from 0 to 1 and
the reasons for it: the same days within their precision, near or at the same named place, the same
actors or facilities, like words in the title. Of each thing that they may share only the nearest in
time are looked at, some hundreds in all; `meta.scored` says how many. `related` says how the two
are related already. Nothing is merged: an editor does that by `merge-into`.
"""


def _share(words: str) -> Schema:
    return {"type": "number", "minimum": 0, "maximum": 1, "description": words}


DUPLICATE: Final = object_of(
    "An incident that may be the same.",
    id=text("Its id.", 80),
    href=text("Its address.", 200),
    title=text("Its title."),
    date_start=text("Its first day, local to the place.", 10),
    place=nullable(text("Its place.", 300)),
    score=_share("How like it is: what the reasons add up to, at most 1."),
    related=nullable(
        text("How they are related already: part_of, parts_of_one, or a type of relation.", 60)
    ),
    reasons=list_of(
        "In what they are alike, the weightiest first.",
        object_of(
            "A likeness.",
            kind={"type": "string", "enum": list(WEIGHTS), "description": "Of which kind."},
            share=_share("How alike they are in it."),
            why=text("In words."),
        ),
        len(WEIGHTS),
    ),
)
PAGE: Final = object_of(
    "Incidents that may be the same as one, the likest first.",
    data=list_of("The candidates.", ref("Duplicate"), 1000),
    links=list_of("Where to go from here.", ref("Link"), 10),
    meta=object_of(
        "About this answer.",
        returned=count("How many candidates it has."),
        next_cursor={"type": "null", "description": "There is one page."},
        scored=count("How many incidents were compared."),
    ),
)


def duplicate_schemas() -> Iterator[tuple[str, Schema]]:
    """Yield the schemas of suggested duplicates, by name."""
    yield "Duplicate", DUPLICATE
    yield "DuplicatePage", PAGE


def duplicate_route(registry: Registry, refs: Any) -> Route:
    """Return the route."""
    incident = registry["incidents"]
    return Route(
        f"{ROOT}/incidents/{{id}}/duplicates",
        "listIncidentDuplicates",
        "incidents",
        "Suggest which incidents may be the same as one",
        WORDS,
        [id_parameter(incident), *refs(DUPLICATES, None)],
        {JSON: {"schema": ref("DuplicatePage")}, CSV: {"schema": dict(FILE)}},
        {"missing": True},
    )
