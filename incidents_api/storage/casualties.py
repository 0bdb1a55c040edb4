"""The casualties of an incident, from the figures about it.

Those of all public figures are stored with the incident. Those of the figures in view are made
when they are asked for, by a function that SQL calls: so lists filter, sort and show them as if
they were stored.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import orjson

from incidents_api import estimates
from incidents_api.estimates import Figure, Subject
from incidents_api.estimates.contradictions import contradicted
from incidents_api.estimates.figures import EVERYBODY
from incidents_api.estimates.questions import NO_TYPES
from incidents_api.storage.claim_documents import figure_told

Facts = Mapping[str, list[tuple[Any, ...]]]


def casualties(values: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    """Return the member ``casualties`` of an incident from the documents of its figures."""
    figures = _opened([figure_told(document) for (document,) in facts["figures"]])
    about = subject(values)
    # Who is meant by a population does not matter here: everybody is.
    everybody = [figure for figure in figures if figure.population == EVERYBODY]
    apart = contradicted(everybody, (about.resource, about.id), NO_TYPES)
    return estimates.casualties(figures, about, contradicted=apart)


def _opened(figures: list[Figure]) -> list[Figure]:
    """Return figures of which none is a part of itself: a write of such is refused only later."""
    up = {figure.id: figure.part_of for figure in figures}

    def in_circle(figure: Figure) -> bool:
        seen, at = set(), figure.part_of
        while at is not None and at not in seen:
            seen.add(at)
            at = up.get(at)
        return figure.id in seen

    return [replace(one, part_of=None) if in_circle(one) else one for one in figures]


def subject(values: Mapping[str, Any]) -> Subject:
    """Return an incident as figures are about it."""
    return Subject.incident(*(values[name] for name in ("id", "date_start", "date_end", "status")))


#: Between documents, in none of which it stands.
BETWEEN: Final = "\n"


class InView:
    """Makes casualties of the figures in view, as functions that SQL calls.

    ``casualties_known(key, clocks)`` is what has been found since the read began, or null;
    ``casualties_made(key, clocks, id, date_start, date_end, status, figures)`` makes it, from the
    documents of the figures with line ends between them; ``casualties_stored(key, clocks)`` notes
    that those stored are right, which an empty text says.

    Args:
        connection: It gets the functions.

    """

    def __init__(self, connection: Any) -> None:
        self._made: dict[tuple[int, str], str] = {}
        connection.create_function("casualties_known", 2, self._known)
        connection.create_function("casualties_stored", 2, self._store)
        connection.create_function("casualties_made", 7, self._make)

    def begin(self) -> None:
        """Forget what was made: another state is read now."""
        self._made.clear()

    def _known(self, key: int, clocks: str) -> str | None:
        return self._made.get((key, clocks))

    def _store(self, key: int, clocks: str) -> str:
        self._made[key, clocks] = ""
        return ""

    def _make(
        self,
        key: int,
        clocks: str,
        name: str,
        first: str,
        last: str | None,
        status: str | None,
        figures: str | None,
    ) -> str:
        values = {"id": name, "date_start": first, "date_end": last, "status": status}
        documents = figures.split(BETWEEN) if figures else []
        facts: Facts = {"figures": [(document,) for document in documents]}
        made = orjson.dumps(casualties(values, facts)).decode()
        self._made[key, clocks] = made
        return made
