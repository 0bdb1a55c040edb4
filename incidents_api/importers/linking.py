"""Whom the events of a batch name, and what they cite: found here, or made.

An actor keeps its id once it is found, for the whole import. What a batch found is kept only when
the batch is written.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from incidents_api.importers.events import Event, Named, Values
from incidents_api.model import Record, Registry
from incidents_api.model.fields import Link, Many
from incidents_api.storage.intake import Intake, Outcome, Wanted
from incidents_api.storage.scratch import Scratch

#: Of which resource, and the id that an import gives, to the id under which it is here.
Names = Mapping[tuple[str, str], str]


class Linking:
    """Knows under which ids the actors of a data set are here.

    Args:
        registry: The resources.
        scratch: Where it is noted which sources are here.

    """

    def __init__(self, registry: Registry, scratch: Scratch) -> None:
        self._registry = registry
        self._scratch = scratch
        self._actors: dict[str, str] = {}
        self._fresh: dict[str, str] = {}
        self._cited: set[str] = set()

    def forget(self) -> None:
        """Forget what the last batch found: it was not written."""
        self._fresh, self._cited = {}, set()

    def keep(self) -> None:
        """Keep what the batch found."""
        self._actors |= self._fresh
        for name in self._cited:
            self._scratch.first("sources", name)
        self.forget()

    def shared(self, intake: Intake, events: Sequence[Event]) -> list[Outcome]:
        """Find the actors that events name and the sources that they cite, or make them."""
        # Actors of whom a row of its own tells are entered by that.
        own = {event.id for event in events if event.resource == "actors"}
        named = {one.id: one for event in events for one in event.named if one.id not in own}
        unknown = [one for one in named.values() if one.id not in self._actors]
        found = intake.actors([_wanted(one) for one in unknown])
        self._fresh = {one.id: found.get(one.id, one.id) for one in unknown}
        made = [self._whole("actors", one.values) for one in unknown if one.id not in found]
        outcomes = [
            Outcome("actors", found[one.id], "found by name")
            for one in unknown
            if found.get(one.id, one.id) != one.id
        ]
        outcomes += intake.found_or_made("actors", made)
        cited = {source["id"]: source for event in events for source in event.cited}
        fresh = [one for name, one in cited.items() if not self._scratch.met("sources", name)]
        self._cited = {str(one["id"]) for one in fresh}
        whole = [self._whole("sources", one) for one in fresh]
        return outcomes + intake.found_or_made("sources", whole)

    def _whole(self, resource: str, given: Mapping[str, Any]) -> Values:
        return self._registry[resource].check()(dict(given))

    def names(self, intake: Intake, resource: str, mains: Mapping[str, Any]) -> Names:
        """Return under which ids what the batch links to is here, where it is another one."""
        actors = {
            ("actors", name): here
            for name, here in (self._actors | self._fresh).items()
            if name != here
        }
        merged = [name for name, row in mains.items() if row.state == "merged"]
        return actors | {
            (resource, name): last for name, last in intake.survivors(resource, merged).items()
        }

    def linked(self, resource: str, values: Values, names: Names) -> Values:
        """Return a record that links to what is here."""
        if not names:
            return values
        record = self._registry[resource]
        made = values
        for name, link in record.links_out().items():
            if (here := names.get((link.resource, made[name]))) is not None:
                made = {**made, name: here}
        return _listed(record, made, names)


def _listed(record: type[Record], values: Values, names: Names) -> Values:
    """Return a record whose lists of links lead to what is here."""
    for part in record.parts():
        if not (isinstance(part.kind, Link) and isinstance(part.leaf.kind, Many)):
            continue
        old = part.of(values)
        new = list(dict.fromkeys(names.get((part.kind.resource, one), one) for one in old))
        if new != old and len(part.leaf.path) > 1:
            block, member = part.leaf.path
            values = {**values, block: {**values[block], member: new}}
        elif new != old:
            values = {**values, part.leaf.path[0]: new}
    return values


def _wanted(named: Named) -> Wanted:
    return Wanted(named.scheme, named.value, named.name, named.id)
