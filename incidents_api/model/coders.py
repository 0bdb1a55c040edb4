"""Numbers that a data set's coders put in the place of words, such as ACLED's 12 for dozens.

A data set that prints one number for each event prints one too where its sources have words only.
By which rule it does so is data, in ``coders.csv``: a row for each number that may stand for words,
with the bounds that it then has. Such a number is what the coders state, so it stays the point
value; what it cannot say is that it was counted, so its top is open. Every other number is exact.
Rules are versioned like those of :mod:`quantities`: figures name theirs in ``coding_rule``.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

from incidents_api.model.quantities import Bound, Bounds
from incidents_api.model.vocabularies import rows

#: ACLED's rule for its column ``fatalities``.
ACLED: Final = "acled-1"


@dataclass(frozen=True)
class Coded:
    """A number that may stand for words: by which rule, for which words, and its bounds."""

    rule: str
    amount: int
    low: int
    high: Bound
    words: str
    source: str


@cache
def table() -> tuple[Coded, ...]:
    """Return every number that may stand for words, by every version of every rule."""
    return tuple(
        Coded(
            row["rule"],
            int(row["amount"]),
            int(row["low"]),
            int(row["high"]) if row["high"] else None,
            row["words"],
            row["source"],
        )
        for row in rows("incidents_api.model", "coders.csv")
    )


@cache
def rules() -> frozenset[str]:
    """Return the versions of the rules."""
    return frozenset(row.rule for row in table())


@cache
def _numbers() -> dict[tuple[str | None, int | None], Coded]:
    return {(row.rule, row.amount): row for row in table()}


def stands_for_words(amount: int | None, rule: str | None) -> bool:
    """Return whether a number may stand for words by a rule; False for what is no such rule."""
    return (rule, amount) in _numbers()


def bounds(amount: int, rule: str) -> Bounds:
    """Return the bounds of a number that coders print by their rule."""
    found = _numbers().get((rule, amount))
    if found is None:
        return Bounds(amount, amount, amount)
    return Bounds(found.low, amount, found.high)
