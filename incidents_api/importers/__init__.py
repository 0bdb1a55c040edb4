"""Importing data sets: one module a format, and what all formats share."""

from typing import Final

from incidents_api.importers.acled import ACLED
from incidents_api.importers.formats import Format
from incidents_api.importers.gtd import GTD
from incidents_api.importers.maverick import MAVERICK
from incidents_api.importers.ucdp_actor import ACTORS
from incidents_api.importers.ucdp_ged import CANDIDATE, GED

#: The formats that can be imported, by name; where several fit a header, the first is taken.
FORMATS: Final[dict[str, Format]] = {
    one.name: one for one in (GED, CANDIDATE, ACTORS, MAVERICK, ACLED, GTD)
}
