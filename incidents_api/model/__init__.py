"""The declarations: what the knowledge base knows, each field said once.

``RESOURCES`` is the list that everything else is made from. Adding a resource is one file and
one entry here.
"""

from incidents_api.model.actors import Actor
from incidents_api.model.assertions import Assertion
from incidents_api.model.facilities import Facility
from incidents_api.model.figures import Figure
from incidents_api.model.incidents import Incident
from incidents_api.model.involvements import Control, Participation, Relation, Site
from incidents_api.model.record import Record
from incidents_api.model.registry import Registry
from incidents_api.model.sources import Source

#: In the order in which they are written: what is looked at before what looks at it.
RESOURCES: Registry = Registry(
    Actor,
    Source,
    Facility,
    Incident,
    Participation,
    Site,
    Control,
    Relation,
    Figure,
    Assertion,
)

__all__ = ["RESOURCES", "Record", "Registry"]
