"""The counts of a GTD row as figures: totals, and their parts.

A whole number is what GTD counts, its attackers among them. A fraction is a share of a total over
linked events, so it only bounds: 2.5 is 2 to 3, and no point value. Where the total is not known,
a part that is known is its lower bound. -9 and -99 are unknown, and stay where they stood.
"""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor
from typing import Any, Final, NamedTuple

from incidents_api.importers.cells import Cells
from incidents_api.importers.events import Values
from incidents_api.importers.gtd_codes import UNKNOWN, is_code

BY_ROLE: Final = "by_role"
BY_NATIONALITY: Final = "by_nationality"
ATTACKERS: Final = {"role": ["attacker"]}
_AMERICANS: Final = {"nationality": ["USA"]}


class Count(NamedTuple):
    """What a column counts.

    Attributes:
        column: The column.
        measure: What is counted.
        population: Whom.
        attackers: The column of the attackers among them.
        americans: That of nationals of the United States among them.
        always: Whether the row has a figure even where the number is not known.
        said_by: The column that has 1 where 0 says something; else 0 is kept as it stands.

    """

    column: str
    measure: str
    population: Values | None = None
    attackers: str = ""
    americans: str = ""
    always: bool = False
    said_by: str = ""


COUNTS: Final = (
    Count("nkill", "killed", None, "nkillter", "nkillus", always=True),
    Count("nwound", "injured", None, "nwoundte", "nwoundus", always=True),
    Count("nperps", "participants", ATTACKERS),
    Count("nperpcap", "captured", ATTACKERS),
    Count("nhostkid", "hostage", americans="nhostkidus", said_by="ishostkid"),
    Count("nreleased", "freed", said_by="ishostkid"),
)


def figures(cells: Cells, name: str) -> Iterator[Values]:
    """Yield what a row counts, each total before its parts, without what all claims of it share.

    Args:
        cells: The row.
        name: The id of its incident, with which those of the figures begin.

    """
    for count in COUNTS:
        yield from _Counted(cells, count, f"{name}-{count.measure}").figures()


class _Counted:
    """One count of a row."""

    def __init__(self, cells: Cells, count: Count, name: str) -> None:
        self.cells = cells
        self.count = count
        self.name = name
        self.total = number(cells, count.column)
        self.attackers = number(cells, count.attackers) if count.attackers else None
        self.americans = number(cells, count.americans) if count.americans else None

    def figures(self) -> Iterator[Values]:
        """Yield the total and its parts; nothing, and all kept as it stood, where it says none."""
        bounds = self._bounds()
        if bounds is None:
            self.cells.keep(*filter(None, (self.count.column, self.count.americans)))
            return
        parts = [*self._by_role(), *self._american()]
        ways = dict.fromkeys(part["breakdown"] for part in parts)
        yield {
            "id": self.name,
            "measure": self.count.measure,
            "population": self.count.population,
            **bounds,
            "breakdowns": [self._way(way, parts) for way in ways],
        }
        for part in parts:
            yield {"measure": self.count.measure, "part_of": self.name, **part}

    def _bounds(self) -> Values | None:
        """Return the bounds of the total; None where the row says nothing of it."""
        if self.total is not None:
            return bounded(self.total, self.count.column) if self._says(self.total) else None
        known = (part for part in (self.attackers, self.americans) if part is not None)
        if least := max(map(floor, known), default=0):
            return {"low": least}
        return {"qualifier": "not_reported"} if self.count.always else None

    def _says(self, total: Fraction) -> bool:
        said_by = self.count.said_by
        return total > 0 or self.count.always or bool(said_by and is_code(self.cells, said_by, 1))

    def _by_role(self) -> Iterator[Values]:
        """Yield the attackers and the others, whose number follows from theirs and the total."""
        if self.attackers is None:
            return
        column = self.count.attackers
        yield self._part("attackers", BY_ROLE, self.attackers, column) | {"population": ATTACKERS}
        if self.total is None:
            return
        others = self.total - self.attackers
        if others < 0:
            self.cells.notes.append(f"{column}: is more than {self.count.column}; both are kept")
            return
        part = self._part("others", BY_ROLE, others, "", exact=self._whole())
        yield part | {"scope": {"includes_perpetrators": "no"}}

    def _whole(self) -> bool:
        """Return whether neither the total nor the attackers are a fraction."""
        return all(one is None or one.denominator == 1 for one in (self.total, self.attackers))

    def _american(self) -> Iterator[Values]:
        column = self.count.americans
        if self.americans:
            part = self._part("us", BY_NATIONALITY, self.americans, column)
            yield part | {"population": _AMERICANS}
        elif column:
            self.cells.keep(column)

    def _part(
        self, ending: str, way: str, value: Fraction, column: str, *, exact: bool = True
    ) -> Values:
        bounds = bounded(value, column, exact=exact)
        return {"id": f"{self.name}-{ending}", "breakdown": way, **bounds}

    def _way(self, way: str, parts: list[Values]) -> Values:
        """Return how the total is broken down: attackers and others are all there is."""
        complete = any(part["id"] == f"{self.name}-others" for part in parts)
        return {"name": way, "disjoint": True, "complete": way == BY_ROLE and complete}


def number(cells: Cells, column: str) -> Fraction | None:
    """Return a count, which may be a fraction; None, and kept as it stands, where it is unknown."""
    found = cells.decimal(column)
    if found is None:
        return None
    if found in UNKNOWN:
        cells.keep(column)
        return None
    if found < 0:
        words = f"is {found:g}; it must be 0 or more, or -9 or -99 where it is not known"
        cells.faults.append(f"{column}: {words}")
    made = Fraction(str(found))
    if made.denominator > 1:
        cells.notes.append(f"{column}: {found:g} is a share of a total: it is a bound only")
    return made


def bounded(value: Fraction, column: str, *, exact: bool = True) -> dict[str, Any]:
    """Return the bounds of a count: a point value of a whole one, else what holds a fraction.

    Args:
        value: The count.
        column: Where it stands, if it does: there a fraction is kept.
        exact: Whether a whole number is one that was counted.

    """
    if exact and value.denominator == 1:
        return {"best": int(value)}
    kept = {"source_values": {column: float(value)}} if column else {}
    return {"low": floor(value), "high": ceil(value), **kept}
