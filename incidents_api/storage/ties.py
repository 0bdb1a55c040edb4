"""How public incidents hang together: what is part of what, and what is a duplicate of what."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import orjson

from incidents_api.estimates.counting import Ties, left_out
from incidents_api.storage.contributions import estimated

_AMONG = "IN (SELECT value FROM json_each(?))"
DUPLICATE = "duplicate_of"


class _Tie(NamedTuple):
    """A tie from one incident up to another, by their keys."""

    lower: int
    upper: int
    duplicate: bool


class Graph:
    """Reads ties between incidents that everybody may see, as far as they are asked for.

    Args:
        connection: The connection to read with.
        source: Returns what to read a table from.

    """

    def __init__(self, connection: Any, source: Callable[[str], str]) -> None:
        self._connection = connection
        self._incidents = source("incidents")
        self._relations = source("relations")

    def below(self, keys: Iterable[int]) -> set[int]:
        """Return these incidents and all that stand below them, duplicates included."""
        found, ahead = set(keys), set(keys)
        while ahead:
            reached = self._ties("part_of", ahead)
            ahead = {key for tie in reached for key in (tie.lower, tie.upper)} - found
            found |= ahead
        return found

    def left_out(self, keys: Iterable[int]) -> dict[int, frozenset[str]]:
        """Return those of these incidents that are left out of sums, and for which measures."""
        asked = set(keys)
        ties = self._above(asked)
        tied = {key for tie in ties for key in (tie.lower, tie.upper)}
        if not tied:
            return {}
        names, measured = self._known(tied)
        held = [tie for tie in ties if tie.lower in names and tie.upper in names]
        known = Ties(
            {names[tie.lower]: names[tie.upper] for tie in held if not tie.duplicate},
            [(names[tie.lower], names[tie.upper]) for tie in held if tie.duplicate],
        )
        found = {key: left_out(names[key], known, measured) for key in asked & names.keys()}
        return {key: measures for key, measures in found.items() if measures}

    def _above(self, keys: set[int]) -> list[_Tie]:
        """Return the ties of these incidents and of all above them."""
        found: set[_Tie] = set()
        seen, ahead = set(keys), set(keys)
        while ahead:
            ties = self._ties("pk", ahead)
            found |= ties
            ahead = {key for tie in ties for key in (tie.lower, tie.upper)} - seen
            seen |= ahead
        return list(found)

    def _ties(self, end: str, keys: set[int]) -> set[_Tie]:
        """Return the ties to parts or wholes of these incidents, and to their duplicates.

        Args:
            end: At which end of a part these incidents are: ``pk``, or ``part_of``.
            keys: Their keys.

        """
        parts = (
            f"SELECT pk, part_of, 0 FROM {self._incidents} "
            f"WHERE {end} {_AMONG} AND part_of IS NOT NULL AND shown = 2"
        )
        ties = [parts]
        ties += [
            f"SELECT from_incident, to_incident, 1 FROM {self._relations} "
            f"WHERE {side} {_AMONG} AND +type = '{DUPLICATE}' AND shown = 2"
            for side in ("from_incident", "to_incident")
        ]
        rows = self._connection.execute(" UNION ALL ".join(ties), (_listed(keys),) * len(ties))
        return {_Tie(*row) for row in rows}

    def _known(self, keys: set[int]) -> tuple[dict[int, str], dict[str, set[str]]]:
        """Return the ids of those incidents that are public, and what each has estimates for."""
        if not keys:
            return {}, {}
        sql = (
            "SELECT pk, id, document -> '$.casualties' "
            f"FROM {self._incidents} WHERE pk {_AMONG} AND shown = 2"
        )
        rows = self._connection.execute(sql, (_listed(keys),)).fetchall()
        names = {key: name for key, name, _ in rows}
        told = {name: estimated({"casualties": orjson.loads(block)}) for _, name, block in rows}
        return names, {name: set(measures) for name, measures in told.items()}


def _listed(keys: Iterable[int]) -> str:
    return orjson.dumps(list(keys)).decode()
