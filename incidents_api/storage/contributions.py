"""What one incident adds to the sums: rows of numbers, by where it belongs, measure and rule.

A sum by another rule than the default one is kept as its difference from that, for most incidents
have none; so one incident changes one row or two. ``envelope`` has no point values, and is kept as
its difference from the default rule without them; ``preferred``, which most incidents have no
answer by, is kept itself.
"""

from collections.abc import Iterator, Mapping, Set
from operator import add, sub
from typing import Any, Final, NamedTuple

from incidents_api.estimates import DEFAULT
from incidents_api.model.incidents import Incident
from incidents_api.storage.documents import span

ENVELOPE: Final = "envelope"
PREFERRED: Final = "preferred"
#: The row of this measure counts incidents, whatever is known of them.
EVERY: Final = ""
#: UCDP's precision of a day that is known to more than a month only.
IMPRECISE: Final = 5
#: The columns of a row of sums that say where an incident belongs.
PLACE: Final = ("dataset", "country", "event_type", "type_of_violence", "month")


class Row(NamedTuple):
    """Numbers that are added: how many incidents count, their bounds, and how many have each."""

    n_counted: int = 0
    n_left_out: int = 0
    low: float = 0
    best: float = 0
    high: float = 0
    n_low: int = 0
    n_best: int = 0
    n_high: int = 0
    n_open: int = 0
    n_over_month: int = 0
    n_over_year: int = 0
    n_imprecise: int = 0

    def plus(self, other: "Row", sign: int = 1) -> "Row":
        """Return both together, or with a sign of -1 this without the other."""
        return Row(*map(add if sign > 0 else sub, self, other))


NONE: Final = Row()
#: Where an incident belongs, as in :data:`PLACE`, with empty texts and 0 for what is not known;
#: then the measure and the rule.
Key = tuple[Any, ...]


def contributions(
    shown: Mapping[str, Any], dataset: int | None, left_out: Set[str]
) -> Iterator[tuple[Key, Row]]:
    """Yield the rows to which an incident adds, and what.

    Args:
        shown: The incident, as its document shows it.
        dataset: The key of its data set.
        left_out: The measures for which a wider incident counts in its stead.

    """
    place = (
        dataset or 0,
        shown["country"] or "",
        shown["event_type"] or "",
        shown["type_of_violence"] or 0,
        shown["date_start"][:7],
    )
    one = _one(shown)
    yield (*place, EVERY, DEFAULT), one
    for measure, told in estimated(shown).items():
        if measure in left_out:
            yield (*place, measure, DEFAULT), Row(n_left_out=1)
            continue
        usual = added(told, one)
        yield (*place, measure, DEFAULT), usual
        for rule, other in told["rules"].items():
            row, expected = added(other, one), base(rule, usual)
            if row != expected:
                yield (*place, measure, rule), row.plus(expected, -1)


def base(rule: str, usual: Row) -> Row:
    """Return that from which what a rule adds differs, by what the default rule adds."""
    if rule == PREFERRED:
        return NONE
    return usual._replace(best=0, n_best=0) if rule == ENVELOPE else usual


def estimated(shown: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what is told of each measure for which an incident has an estimate."""
    block = shown["casualties"] or {}
    return {measure: told for measure, told in block.items() if isinstance(told, dict)}


def added(bounds: Mapping[str, Any] | None, one: Row) -> Row:
    """Return what an estimate adds; nothing where there is none."""
    if bounds is None:
        return NONE
    low, best, high = bounds["low"], bounds["best"], bounds["high"]
    counted, left_out, *_, over_month, over_year, imprecise = one
    return Row(
        counted,
        left_out,
        low or 0,
        best or 0,
        high or 0,
        int(low is not None),
        int(best is not None),
        int(high is not None),
        int(bounds["high_open"] or high is None),
        over_month,
        over_year,
        imprecise,
    )


def _one(shown: Mapping[str, Any]) -> Row:
    """Return the row that counts an incident, and says whether its days go beyond a month."""
    first = shown["date_start"]
    last = span(Incident, shown)[0] or first
    return Row(
        n_counted=1,
        n_over_month=int(last[:7] > first[:7]),
        n_over_year=int(last[:4] > first[:4]),
        n_imprecise=int(shown["date_prec"] == IMPRECISE),
    )
