"""Actors: who acts, suffers or says."""

from incidents_api.model.fields import (
    INDEXED,
    SCANNED,
    Code,
    Day,
    Integer,
    Kind,
    Language,
    Link,
    Rows,
    Text,
)
from incidents_api.model.record import Record
from incidents_api.model.rules import in_order


def aliases() -> Kind:
    """Return the field for a record's other names."""
    return Rows(
        "Other names it goes by.",
        {
            "name": Text(
                "The name.",
                required=True,
                search=True,
                length=300,
                filter=INDEXED,
                parameter="alias",
            ),
            "lang": Language("Its language."),
            "kind": Code("alias_kind", "What kind of name it is."),
        },
        search=True,
        example=[{"name": "SDF", "lang": "en", "kind": "acronym"}],
    )


class Actor(Record):
    """An armed group, state force, organisation, medium or population that acts or speaks."""

    resource = "actors"
    singular = "actor"
    prefix = "act"
    title_member = "name"
    span = ("active_from", "active_to")
    rules = (in_order("active_from", "active_to"),)

    name = Text(
        "Name.",
        required=True,
        search=True,
        sort=True,
        filter=INDEXED,
        length=300,
        example="Syrian Democratic Forces",
    )
    aliases = aliases()
    actor_type = Code(
        "actor_type", "Kind of actor.", required=True, filter=INDEXED, example="rebel_group"
    )
    country = Code("country", "Country it belongs to.", filter=INDEXED, example="SYR")
    gwno = Integer("Gleditsch and Ward's number of the state.", filter=SCANNED, high=9999)
    parent = Link("actors", "The actor it is part of.", reverse="branches", acyclic=True)
    active_from = Day("First day on which it existed.")
    active_to = Day("Last day on which it existed.")
    description = Text("What it is.", search=True, length=5000)
