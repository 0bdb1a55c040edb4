"""Whom the events of a batch name, and what they cite: found here, or made.

It is asked for each batch anew, since editors merge and withdraw actors and sources meanwhile.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from marshmallow import ValidationError

from incidents_api.importers.events import Event, Named, Values
from incidents_api.model import Registry
from incidents_api.model.faults import messages
from incidents_api.model.moving import renamed
from incidents_api.storage.identities import Wanted
from incidents_api.storage.intake import Intake, Outcome
from incidents_api.storage.refusals import Refusal, Refused
from incidents_api.storage.scratch import Scratch

#: Of which resource, and the id that an import gives, to the id under which it is here.
Names = Mapping[tuple[str, str], str]
#: Names in :class:`Scratch`: of what events share and the import has found or made.
SHARED: Final = "shared"


class Linking:
    """Knows under which ids what events share is here.

    Args:
        registry: The resources.
        scratch: Where it is noted what has been told of, so that it counts once.

    """

    def __init__(self, registry: Registry, scratch: Scratch) -> None:
        self._registry = registry
        self._scratch = scratch
        self._elsewhere: dict[tuple[str, str], str] = {}
        self._told: set[str] = set()

    def forget(self) -> None:
        """Forget what the last batch found: it was not written."""
        self._elsewhere, self._told = {}, set()

    def keep(self) -> None:
        """Note what the batch found or made as told of."""
        for name in self._told:
            self._scratch.first(SHARED, name)
        self.forget()

    def shared(self, intake: Intake, events: Sequence[Event]) -> list[Outcome]:
        """Find the actors that events name and the sources that they cite, or make them.

        Raises:
            Refused: One of them is not as it should be, and cannot be made.

        """
        # Actors of whom a row of its own tells are entered by that.
        own = {event.id for event in events if event.resource == "actors"}
        named = {one.id: one for event in events for one in event.named if one.id not in own}
        actors = intake.actors([_wanted(one) for one in named.values()])
        outcomes = [
            Outcome("actors", here, "found by name")
            for name, here in actors.items()
            if here != name and self._is_new("actors", name)
        ]
        made = {name: one.values for name, one in named.items()}
        cited = {str(source["id"]): source for event in events for source in event.cited}
        outcomes += self._made(intake, "actors", made, actors)
        return outcomes + self._made(intake, "sources", cited, intake.here("sources", cited))

    def _made(
        self,
        intake: Intake,
        resource: str,
        given: Mapping[str, Mapping[str, Any]],
        here: Mapping[str, str],
    ) -> list[Outcome]:
        """Make what is not here, and note what is here under another id."""
        self._elsewhere |= {
            (resource, name): other for name, other in here.items() if name != other
        }
        fresh = [name for name in given if name not in here and self._is_new(resource, name)]
        return intake.found_or_made(
            resource, [self._whole(resource, given[name]) for name in fresh]
        )

    def _is_new(self, resource: str, name: str) -> bool:
        """Return whether something has not been told of yet; a trial misses it in every batch."""
        told = f"{resource}/{name}"
        self._told.add(told)
        return not self._scratch.met(SHARED, told)

    def _whole(self, resource: str, given: Mapping[str, Any]) -> Values:
        """Return a checked record.

        Raises:
            Refused: It is not as it should be.

        """
        try:
            return self._registry[resource].check()(dict(given))
        except ValidationError as fault:
            told = messages(fault)
            name = str(given["id"])
            raise Refused(
                [Refusal(resource, name, at, f"{at} {words}", "shape") for at, words in told]
            ) from None

    def names(self, intake: Intake, resource: str, mains: Mapping[str, Any]) -> Names:
        """Return under which ids what the batch links to is here, where it is another one."""
        merged = [name for name, row in mains.items() if row.state == "merged"]
        return self._elsewhere | {
            (resource, name): last
            for name, last in intake.here(resource, merged).items()
            if name != last
        }

    def linked(self, resource: str, values: Values, names: Names) -> Values:
        """Return a record that links to what is here."""
        if not names:
            return values
        return renamed(
            self._registry[resource],
            values,
            lambda link, value: names.get((link.resource, value), value),
        )


def _wanted(named: Named) -> Wanted:
    return Wanted(named.scheme, named.value, named.name, named.id)
