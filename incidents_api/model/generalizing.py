"""Points that are shown coarser than they are known: the middle of a cell of a grid of degrees.

The cells are those of the whole degrees and their tenths and hundredths, the same for every record
and every time, so that repeated questions and old versions teach nothing more.
"""

from collections.abc import Mapping
from decimal import Decimal
from math import floor
from typing import Any, Final

from incidents_api.model.record import Record

#: The member by which a record asks for it.
ASKED: Final = "coordinates_generalized_to"
#: How many cells a degree has, by the terms of that member.
CELLS: Final[Mapping[str, int]] = {"hundredth_degree": 100, "tenth_degree": 10, "degree": 1}
#: A cell of PRIO-GRID is half a degree wide: it is told where the cells that are shown are finer.
_FINER: Final = 2
_POINT: Final = ("latitude", "longitude")
_ENDS: Final = {"latitude": 90, "longitude": 180}

Values = dict[str, Any]


def generalized(record: type[Record], shown: Values, asked: str) -> Values:
    """Return what everybody sees of a record that asks for a coarser point.

    The columns of an imported data set are left out too, for they may hold the
    point once more.

    Args:
        record: Its resource.
        shown: Its values as they are known.
        asked: The term that asks for it.

    """
    cells = CELLS[asked]
    told = {**shown, "source_values": record.kinds()["source_values"].empty()}
    for name in _POINT:
        if shown[name] is not None:
            told[name] = _middle(shown[name], _ENDS[name], cells)
    if cells < _FINER and "priogrid_gid" in shown:
        told["priogrid_gid"] = None
    return told


def _middle(value: float, end: int, cells: int) -> float:
    """Return the middle of the cell in which a coordinate lies; the last cell holds its end."""
    cell = min(floor(Decimal(str(value)) * cells), end * cells - 1)
    return float((Decimal(cell) + Decimal("0.5")) / cells)


def put_back(record: type[Record], given: Mapping[str, Any], known: Values) -> Values:
    """Return what a client gives of a record, with what is known where it gives back what is shown.

    Whoever read the coarser point and edits something else does not mean to change the point.

    Args:
        record: Its resource.
        given: What the client gives.
        known: The values of the stored record, which asks for a coarser point, as they are known.

    """
    told = generalized(record, known, known[ASKED])
    made = dict(given)
    for names in (_POINT, ("source_values",), ("priogrid_gid",)):
        if all(name in given and given[name] == told[name] for name in names):
            made |= {name: known[name] for name in names}
    return made
