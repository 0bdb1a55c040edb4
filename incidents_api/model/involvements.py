"""What joins records: an actor's part, a facility's part, control, relations."""

from collections.abc import Iterable, Mapping
from typing import Any

from incidents_api.model.clocked import Clocked
from incidents_api.model.faults import Fault, over
from incidents_api.model.fields import INDEXED, SCANNED, Code, Day, Link, Text
from incidents_api.model.record import Reach, Record
from incidents_api.model.rules import exactly_one, in_order
from incidents_api.model.vocabularies import vocabularies

_ENDS = ("from_incident", "to_incident", "from_actor", "to_actor")
_KINDS = {term.term: term.parent for term in vocabularies()["relation_type"].terms}


@over("type", *_ENDS)
def joins_two_of_a_kind(values: Mapping[str, Any]) -> Iterable[Fault]:
    """A relation joins two incidents or two actors, by a type that fits them."""
    given = [name for name in _ENDS if values[name] is not None]
    kind = _KINDS[values["type"]]
    singular = str(kind).removesuffix("s")
    if given != [f"from_{singular}", f"to_{singular}"]:
        yield (
            "type",
            (
                f"{values['type']} joins two {kind}: give from_{singular} and to_{singular}, "
                f"not {' and '.join(given) or 'nothing'}"
            ),
        )
    elif values[given[0]] == values[given[1]]:
        yield given[1], "a record is not related to itself"


class Participation(Record):
    """An actor's part in an incident."""

    resource = "participations"
    singular = "participation"
    prefix = "par"
    carries = (("date_start", "incident"),)
    clocked = Clocked(follows="incident")

    incident = Link(
        "incidents",
        "The incident.",
        required=True,
        reverse="participations",
        about=True,
        through=True,
    )
    actor = Link(
        "actors", "The actor.", required=True, reverse="participations", about=True, through=True
    )
    role = Code("participation_role", "What it did or was.", required=True, filter=INDEXED)
    side = Code("side", "Which side it was on.", filter=SCANNED)
    attribution = Code(
        "participation_attribution",
        "On what ground it is said to have had this part.",
        filter=SCANNED,
    )
    claimant = Link("actors", "Who says so.")
    source = Link("sources", "Where it is printed.")


class Site(Record):
    """A facility's part in an incident; the facility may have no record and only a description."""

    resource = "sites"
    singular = "site"
    prefix = "sit"
    carries = (("date_start", "incident"),)
    clocked = Clocked(follows="incident")
    rules = (exactly_one("facility", "facility_type"),)

    incident = Link(
        "incidents", "The incident.", required=True, reverse="sites", about=True, through=True
    )
    facility = Link(
        "facilities", "The facility, where it has a record.", reverse="sites", about=True
    )
    facility_type = Code(
        "facility_type", "Kind of facility, where it has no record.", filter=SCANNED
    )
    description = Text("What it is, where it has no record.", search=True, length=1000)
    role = Code("site_role", "What it was to the incident.", required=True, filter=INDEXED)
    source = Link("sources", "Where it is printed.")


class Control(Record):
    """Who ran a facility, and when."""

    resource = "controls"
    singular = "control"
    prefix = "con"
    span = ("valid_from", "valid_to")
    clocked = Clocked(in_force=("valid_from", "valid_to"))
    rules = (in_order("valid_from", "valid_to"),)

    facility = Link(
        "facilities",
        "The facility.",
        required=True,
        reverse="controls",
        about=True,
        through=True,
    )
    actor = Link(
        "actors", "Who had control.", required=True, reverse="controls", about=True, through=True
    )
    valid_from = Day("First day; null where it is not known.", sort=True, filter=INDEXED)
    valid_to = Day("Last day; null where it is not known or goes on.", filter=SCANNED)
    control_type = Code("control_type", "What kind of control.", required=True, filter=INDEXED)
    claimant = Link("actors", "Who says so.")
    source = Link("sources", "Where it is printed.")


class Relation(Record):
    """How one incident, or one actor, stands to another: directed and dated."""

    resource = "relations"
    singular = "relation"
    prefix = "rel"
    span = ("valid_from", "valid_to")
    clocked = Clocked(in_force=("valid_from", "valid_to"))
    rules = (joins_two_of_a_kind, in_order("valid_from", "valid_to"))
    acyclic = (
        ("type", "duplicate_of", "from_incident", "to_incident"),
        ("type", "member_of", "from_actor", "to_actor"),
    )
    reaches = (
        Reach(
            "incident",
            "incidents",
            ("from_incident", "to_incident"),
            "Relations of this incident, in either direction.",
            reverse="relations",
        ),
        Reach(
            "actor",
            "actors",
            ("from_actor", "to_actor"),
            "Relations of this actor, in either direction.",
            reverse="relations",
        ),
    )

    from_incident = Link("incidents", "The incident that stands in the relation.", about=True)
    to_incident = Link("incidents", "The incident to which it does.", about=True)
    from_actor = Link("actors", "The actor that stands in the relation.", about=True)
    to_actor = Link("actors", "The actor to which it does.", about=True)
    type = Code("relation_type", "What the relation is.", required=True, filter=INDEXED)
    valid_from = Day("First day; null where it is not known.", sort=True, filter=INDEXED)
    valid_to = Day("Last day; null where it is not known or goes on.", filter=SCANNED)
    source = Link("sources", "Where it is printed.")
