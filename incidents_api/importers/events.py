"""What a row, or the rows of one event, say: records, whom they name, and what was mended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from incidents_api.importers.cells import Cells, Repair

Values = dict[str, Any]
#: A record: its resource and the members that it gives.
Entry = tuple[str, Values]
#: Where a row stands: its file, and the line on which it begins.
Place = tuple[str, int]


@dataclass(frozen=True)
class Named:
    """An actor as a data set names it.

    It is found by its identifier in the data set, else by its exact name or alias; where neither
    is there, it is created as ``values`` say.

    Attributes:
        scheme: The register of the identifier; None where the data set has names only.
        value: The identifier.
        values: The record to create, with the id that the import would give it.

    """

    scheme: str | None
    value: str | None
    values: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The id that the import gives it where it has to be created."""
        return str(self.values["id"])

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.values["name"])


@dataclass
class Event:
    """An event of a data set as records: all of them are entered, or none.

    Attributes:
        id: The id of its main record.
        resource: The resource of that.
        places: Where its rows stand, as (file, line).
        key: Of an actor, its identifier in the data set.
        entries: Its own records, the main one first.
        cited: Sources that it shares with others.
        named: Actors that it names.
        repairs: What was changed, and in which row.
        notes: What else is to be told, and of which row.
        counted: What the report counts of it, such as ``unknown_sources``.

    """

    id: str
    resource: str
    places: list[Place]
    key: str = ""
    entries: list[Entry] = field(default_factory=list)
    cited: list[Values] = field(default_factory=list)
    named: list[Named] = field(default_factory=list)
    repairs: list[tuple[Place, Repair]] = field(default_factory=list)
    notes: list[tuple[Place, str]] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)

    def add(self, resource: str, **values: Any) -> None:
        """Add a record; members that are None say nothing."""
        given = {name: value for name, value in values.items() if value is not None}
        self.entries.append((resource, given))

    def name(self, actor: Named) -> str:
        """Note an actor that the event names, and return its id."""
        self.named.append(actor)
        return actor.id

    def cite(self, source: Values) -> str:
        """Note a source that the event cites, and return its id."""
        self.cited.append(source)
        return str(source["id"])

    def count(self, what: str) -> None:
        """Count something for the report."""
        self.counted[what] = self.counted.get(what, 0) + 1

    def learned(self, cells: Cells) -> None:
        """Take over what was mended in a row, and what is to be told of it."""
        place = cells.row.file, cells.row.line
        self.repairs += [(place, repair) for repair in cells.repairs]
        self.notes += [(place, words) for words in cells.notes]


#: The breakdown that a data set of events with two sides gives.
BY_SIDE: Final = "by_side"
