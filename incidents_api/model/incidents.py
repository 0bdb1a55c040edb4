"""Incidents: what happened, where and when."""

from incidents_api.model.casualties import CASUALTIES
from incidents_api.model.clocked import Clocked
from incidents_api.model.fields import (
    INDEXED,
    SCANNED,
    Code,
    Day,
    Flag,
    Integer,
    Label,
    Language,
    Link,
    Many,
    Number,
    Text,
)
from incidents_api.model.record import Reach, Record
from incidents_api.model.rules import in_order, needs_parent_term, point_is_whole


class Incident(Record):
    """Something that happened, at a place, in a time window."""

    resource = "incidents"
    singular = "incident"
    prefix = "inc"
    title_member = "title"
    order = "-date_start"
    beside = (
        "killed_low",
        "killed_best",
        "killed_high",
        "injured_best",
        "latitude",
        "longitude",
    )
    sorted_within = (("country", "killed_best"),)
    span = ("date_start", "date_end")
    open_when = ("status", "ongoing")
    clocked = Clocked(day=("date_start",))
    rules = (
        in_order("date_start", "date_end"),
        point_is_whole,
        needs_parent_term("sub_event_type", "event_type"),
    )
    gathers = (
        ("side_a", "participations", "actor", "side", "a"),
        ("side_b", "participations", "actor", "side", "b"),
    )
    reaches = (
        Reach(
            "actor",
            "actors",
            ("participations.actor",),
            "Incidents in which this actor has a part.",
            reverse="incidents",
        ),
        Reach(
            "facility",
            "facilities",
            ("sites.facility",),
            "Incidents that have this facility as a site.",
            reverse="incidents",
        ),
        Reach(
            "claimant",
            "actors",
            ("figures.claimant", "assertions.claimant"),
            "Incidents about which this actor says something.",
        ),
        Reach(
            "source",
            "sources",
            ("figures.sources", "assertions.sources"),
            "Incidents about which something is printed in this source.",
            reverse="incidents",
        ),
    )

    title = Text("Short title.", required=True, search=True, example="Attack on Hasakah prison")
    title_lang = Language("Language of the title.", example="en")
    summary = Text("What happened, in a few sentences.", search=True, length=5000)
    event_type = Code("event_type", "Kind of event.", filter=INDEXED, example="battles")
    sub_event_type = Code(
        "sub_event_type", "Kind of event, narrower.", filter=INDEXED, example="armed_clash"
    )
    type_of_violence = Code("type_of_violence", "UCDP's type of violence.", filter=INDEXED)
    weapons = Many(Code("weapon", "Weapons used.", filter=INDEXED))
    date_start = Day(
        "First day, local to the place.",
        required=True,
        sort=True,
        filter=INDEXED,
        example="2022-01-20",
    )
    date_end = Day("Last day, local to the place.", sort=True, filter=INDEXED)
    date_prec = Code("date_prec", "How exactly the days are known.", filter=SCANNED, example=1)
    event_clarity = Code("event_clarity", "How clearly the event is reported.", filter=SCANNED)
    status = Code("incident_status", "Whether it goes on.", filter=INDEXED, example="ended")
    country = Code("country", "Country.", filter=INDEXED, example="SYR")
    region = Text("Part of the world.", filter=SCANNED, length=100)
    admin1 = Text("First-order division.", search=True, filter=INDEXED, length=200)
    admin2 = Text("Second-order division.", search=True, filter=SCANNED, length=200)
    place = Text("Place.", search=True, filter=INDEXED, length=300, example="Hasakah")
    where_prec = Code("where_prec", "How exactly the place is known.", filter=SCANNED, example=2)
    latitude = Number("Latitude in degrees, WGS 84.", low=-90, high=90, example=36.5)
    longitude = Number("Longitude in degrees, WGS 84.", low=-180, high=180, example=40.75)
    coordinates_generalized_to = Code(
        "coordinates_generalized_to",
        "How coarse a point is shown to everybody, in all versions; null shows it as it is known.",
    )
    conflict_id = Integer("UCDP conflict id.", filter=INDEXED)
    conflict_name = Text("UCDP conflict name.", search=True, length=300)
    dyad_id = Integer("UCDP dyad id.", filter=INDEXED)
    dyad_name = Text("UCDP dyad name.", search=True, length=300)
    code_status = Code("code_status", "State of UCDP's coding.", filter=SCANNED)
    number_of_sources = Integer("How many sources the data set's coders used.", high=100_000)
    priogrid_gid = Integer("PRIO-GRID cell.", filter=INDEXED, high=259_200, low=1)
    civilian_targeting = Flag("Whether civilians were the main target.", filter=SCANNED)
    disorder_type = Many(Code("disorder_type", "ACLED's disorder type.", filter=INDEXED))
    part_of = Link(
        "incidents", "The wider incident that this one is part of.", reverse="parts", acyclic=True
    )
    verification_status = Code(
        "verification_status", "How far it is verified.", filter=INDEXED, example="reported"
    )
    tags = Many(Label("The editors' own labels.", filter=INDEXED, search=True))
    casualties = CASUALTIES
