"""The order of a list, and one that looks random."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from incidents_api.model import Record

NEWEST: Final = "newest"
RELEVANCE: Final = "relevance"


@dataclass(frozen=True)
class Sort:
    """The order of a list: a column, its direction, and that of the tie-break by id."""

    column: str
    down: bool
    id_down: bool
    nullable: bool = False

    @property
    def terms(self) -> str:
        """The ORDER BY over the result columns ``k`` and ``id``."""
        first = f"k{' DESC' if self.down else ''}"
        second = f"id{' DESC' if self.id_down else ''}"
        return first if self.column in ("id", NEWEST) else f"{first}, {second}"


def sort_of(values: Mapping[str, Any], record: type[Record]) -> Sort:
    """Return the order that a query asks for: by a member, or what suits full text."""
    given = values.get("sort")
    if "q" in values and given is None:
        return Sort(NEWEST, down=True, id_down=True)
    if "q" in values and given == RELEVANCE:
        return Sort(RELEVANCE, down=False, id_down=False)
    order = record.order if given in (None, RELEVANCE) else str(given)
    first, _, tie = order.partition(",")
    column, down = first.removeprefix("-"), first.startswith("-")
    id_down = tie == "-id" if tie else down
    nullable = column != "id" and not record.leaf(column).kind.required
    return Sort(column, down, id_down, nullable)


def shuffled(seed: int) -> str:
    """Return an SQL expression that puts keys in an order that looks random.

    The fifth power modulo the prime 2^31 - 1: a permutation, since 5 does not divide 2^31 - 2.
    """
    prime = 2**31 - 1
    x = f"((pk + {int(seed) * 1_103_515_245 % prime}) % {prime})"
    square = f"({x} * {x} % {prime})"
    return f"({square} * {square} % {prime} * {x} % {prime})"
