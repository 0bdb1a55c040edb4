"""Questions: which figures are about the same thing, so that they can be compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Self

from incidents_api.estimates.figures import EVERYBODY, GROUPS, Figure, Population
from incidents_api.model.vocabularies import vocabularies

#: The kind of each actor that a population names, by the actor's id.
ActorTypes = Mapping[str, str]
NO_TYPES: Final[ActorTypes] = MappingProxyType({})

#: What a population's actor says of its members' standing in the fighting.
STATUS_OF: Final = {
    "state_forces": "armed_forces",
    "security_service": "armed_forces",
    "rebel_group": "combatant",
    "political_militia": "combatant",
    "identity_militia": "combatant",
    "private_military": "combatant",
    "external_other_forces": "combatant",
    "civilians": "civilian",
    "protesters": "civilian",
}
_STATUS: Final = GROUPS.index("status")
_ACTOR: Final = GROUPS.index("actor")


@dataclass(frozen=True, slots=True)
class Subject:
    """What the figures are about.

    Attributes:
        resource: ``incidents``, ``facilities`` or ``actors``.
        id: Its id.
        first_day: The day on which an incident began; None for facilities and actors.
        last_day: The day on which it ended; None where it goes on, or has no end.

    """

    resource: str
    id: str
    first_day: str | None = None
    last_day: str | None = None

    @classmethod
    def incident(cls, name: str, start: str, end: str | None, status: str | None) -> Self:
        """Return an incident: without an end it was over on its first day, unless it goes on."""
        last = end if end is not None or status == "ongoing" else start
        return cls("incidents", name, start, last)


class Question(NamedTuple):
    """What is asked of a subject; figures that ask something else are never merged with it."""

    measure: str
    unit: str
    population: Population
    scope: tuple[str | None, str | None]
    circumstance: str | None
    method: str

    def told(self) -> dict[str, Any]:
        """Return the question as JSON; a population with all members empty is everybody."""
        return {
            "measure": self.measure,
            "unit": self.unit,
            "population": {
                name: sorted(terms) for name, terms in zip(GROUPS, self.population, strict=True)
            },
            "scope": {"includes_perpetrators": self.scope[0], "deaths": self.scope[1]},
            "circumstance": self.circumstance,
            "method": self.method,
        }

    @property
    def of_everybody(self) -> bool:
        """Whether it counts persons, and all of them."""
        return self.unit == "persons" and self.population == EVERYBODY


def question(figure: Figure, actor_types: ActorTypes = NO_TYPES) -> Question:
    """Return the question that a figure answers, its population filled in."""
    population = filled_in(figure.population, actor_types)
    return Question(
        figure.measure,
        figure.unit,
        population,
        figure.scope,
        figure.circumstance,
        figure.method,
    )


def filled_in(population: Population, actor_types: ActorTypes) -> Population:
    """Return a population with the status that its actors imply, where it states none.

    An actor whose kind says nothing of status leaves it open for all of them.
    """
    actors = population[_ACTOR]
    if not actors or population[_STATUS]:
        return population
    implied = {STATUS_OF.get(actor_types.get(actor, "")) for actor in actors}
    known = frozenset(status for status in implied if status)
    return population if len(known) < len(implied) else (known, *population[_STATUS + 1 :])


def order(asked: Question) -> tuple[Any, ...]:
    """Return the place of a question: by measure, everybody first, then by what is asked."""
    groups = tuple(tuple(sorted(terms)) for terms in asked.population)
    scope = tuple(term or "" for term in (*asked.scope, asked.circumstance))
    return (_measures()[asked.measure], asked.unit != "persons", asked.unit, groups, scope,
            METHODS.index(asked.method))  # fmt: skip


#: Methods in the order in which a headline looks for an answer.
METHODS: Final = (
    "reported",
    "individually_documented",
    "coded",
    "statistical_estimate",
    "projection",
)


@cache
def _measures() -> dict[str, int]:
    return {str(term.term): place for place, term in enumerate(vocabularies()["measure"].terms)}
