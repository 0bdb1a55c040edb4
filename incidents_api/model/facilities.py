"""Facilities: places that can be attacked, held or operated."""

from incidents_api.model.actors import aliases
from incidents_api.model.fields import INDEXED, SCANNED, Code, Link, Number, Text
from incidents_api.model.record import Reach, Record
from incidents_api.model.rules import point_is_whole


class Facility(Record):
    """A place that can be attacked, held or operated. How many people it holds is a figure."""

    resource = "facilities"
    singular = "facility"
    prefix = "fac"
    title_member = "name"
    rules = (point_is_whole,)
    reaches = (
        Reach("actor", "actors", ("controls.actor",), "Facilities that this actor has controlled."),
    )

    name = Text(
        "Name.",
        required=True,
        search=True,
        sort=True,
        filter=INDEXED,
        length=300,
        example="Hasakah prison",
    )
    aliases = aliases()
    facility_type = Code(
        "facility_type", "Kind of facility.", required=True, filter=INDEXED, example="prison"
    )
    protected_status = Code(
        "protected_status", "Protection under the law of armed conflict.", filter=SCANNED
    )
    country = Code("country", "Country.", filter=INDEXED, example="SYR")
    admin1 = Text("First-order division.", search=True, filter=INDEXED, length=200)
    admin2 = Text("Second-order division.", search=True, filter=SCANNED, length=200)
    place = Text("Place.", search=True, filter=SCANNED, length=300, example="Hasakah")
    latitude = Number("Latitude in degrees, WGS 84.", low=-90, high=90, example=36.5)
    longitude = Number("Longitude in degrees, WGS 84.", low=-180, high=180, example=40.75)
    coordinates_generalized_to = Code(
        "coordinates_generalized_to",
        "How coarse a point is shown to everybody, in all versions; null shows it as it is known.",
    )
    where_prec = Code("where_prec", "How exactly the place is known.", filter=SCANNED, example=2)
    part_of = Link(
        "facilities", "The facility that this one is part of.", reverse="parts", acyclic=True
    )
    description = Text("What it is.", search=True, length=5000)
