"""The cells of a row, read by their columns: as text, number or day, with what was wrong.

What is read is noted, so that all other columns can be kept as they stood
(:meth:`Cells.rest`): nothing of a row is lost. Whatever had to be changed to be taken is noted as
a repair, with the original.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, NamedTuple

#: The longest text that is kept of a column without a field here; longer ones go on beside it.
LONGEST_KEPT: Final = 10_000
_WHOLE = re.compile(r"([-+]?[0-9]{1,15})(\.0+)?", re.ASCII).fullmatch
_DECIMAL = re.compile(r"[-+]?[0-9]{1,15}(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,2})?", re.ASCII).fullmatch
_ISO_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})([ T][0-9:.]+Z?)?", re.ASCII).fullmatch
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]").sub


class Repair(NamedTuple):
    """What was changed in a row so that it could be taken: a column or more, from what to what."""

    what: str
    before: str
    after: str

    def as_json(self) -> dict[str, str]:
        """Return it as the report tells it."""
        return {"what": self.what, "from": self.before, "to": self.after}


class Refusal(Exception):
    """A row that cannot be taken; nothing of its event is."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = list(reasons)
        super().__init__("; ".join(self.reasons))


@dataclass(frozen=True)
class Row:
    """A row of a file: where it stands, its cells by column, why it cannot be read if it cannot."""

    file: str
    line: int
    cells: Mapping[str, str]
    misshapen: str = ""

    @property
    def place(self) -> str:
        """Where it stands, as ``file:line``."""
        return f"{self.file}:{self.line}"

    def of_width(self, width: int, columns: Sequence[str]) -> "Row":
        """Return the row as one that has another number of cells than the header has columns."""
        words = f"has {width} cells; the header has {len(columns)}"
        return replace(self, misshapen=words)


class Cells:
    """The cells of a row, and what was found in reading them."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.repairs: list[Repair] = []
        self.faults: list[str] = []
        self.notes: list[str] = []
        self._read: set[str] = set()

    def raw(self, column: str) -> str:
        """Return a cell without white space around it; empty where there is no such column."""
        self._read.add(column)
        return self.row.cells.get(column, "").strip()

    def peek(self, column: str) -> str:
        """Return a cell that is to be kept as it stands, too."""
        return self.row.cells.get(column, "").strip()

    def keep(self, *columns: str) -> None:
        """Keep columns as they stand, though they have been read."""
        self._read.difference_update(columns)

    def text(self, column: str, most: int) -> str | None:
        """Return a cell as text of at most so many characters; a longer one is kept whole too."""
        text = self.clean(column, self.raw(column))
        if len(text) <= most:
            return text or None
        self._read.discard(column)
        short = text[: most - 1].rstrip() + "…"
        self.repairs.append(Repair(column, f"{len(text):,} characters", f"{len(short):,}, cut off"))
        return short

    def clean(self, column: str, text: str) -> str:
        """Return a text without control characters."""
        cleaned = plain(text)
        if cleaned != text:
            self.repairs.append(Repair(column, "control characters", "spaces"))
        return cleaned

    def whole(self, column: str, *, unknown: Iterable[str] = ("",)) -> int | None:
        """Return a cell as a whole number, which may be written 3.0; None where it is unknown."""
        text = self.raw(column)
        if text in unknown:
            return None
        found = _WHOLE(text)
        if found is None:
            self._fault(column, text, "a whole number")
            return None
        return int(found[1])

    def required_whole(self, column: str) -> int:
        """Return a cell as a whole number that must be there."""
        number = self.whole(column)
        if number is None and not self.peek(column):
            self.faults.append(f"{column}: is empty; it must be a whole number")
        return number or 0

    def decimal(self, column: str) -> float | None:
        """Return a cell as a number; None where it is empty."""
        text = self.raw(column)
        if not text:
            return None
        if _DECIMAL(text) is None:
            self._fault(column, text, "a number")
            return None
        return float(text)

    def day(self, column: str) -> str | None:
        """Return a cell as a day YYYY-MM-DD, a time after it left out; None where it is empty."""
        text = self.raw(column)
        if not text:
            return None
        day = as_day(text)
        if day is None:
            self._fault(column, text, "a day, as 2022-01-23")
        return day

    def required_day(self, column: str) -> str:
        """Return a cell as a day that must be there."""
        day = self.day(column)
        if day is None and not self.peek(column):
            self.faults.append(f"{column}: is empty; it must be a day, as 2022-01-23")
        return day or ""

    def term(
        self,
        column: str,
        terms: Mapping[str, Any],
        key: Callable[[str], str] = str.casefold,
    ) -> Any:
        """Return what a cell stands for in a table of terms; None, and kept, where it is not there.

        Args:
            column: The column.
            terms: The table.
            key: As what a text is looked up; unless given, without regard to case.

        """
        text = self.raw(column)
        if not text:
            return None
        found = terms.get(key(text))
        if found is None:
            self._read.discard(column)
            self.notes.append(f"{column}: {text[:60]!r} is not known here; it is kept as it stands")
        return found

    def _fault(self, column: str, text: str, wanted: str) -> None:
        shown = text if len(text) <= 40 else f"{text[:37]}..."
        words = f"is {shown!r}; it must be {wanted}"
        if text.startswith("="):
            words = f"holds a formula, {shown!r}; save the file with its values"
        self.faults.append(f"{column}: {words}")

    def repair(self, what: str, before: str, after: str) -> None:
        """Note what was changed so that the row can be taken."""
        self.repairs.append(Repair(what, before, after))

    def original(self, *columns: str) -> dict[str, Any]:
        """Return the numbers of columns as they stood, where they were put in order."""
        mended = {repair.what for repair in self.repairs}
        if "/".join(columns) not in mended:
            return {}
        return {column: int(float(self.peek(column))) for column in columns}

    def check(self) -> None:
        """Refuse the row where a cell was not what it must be.

        Raises:
            Refusal: With every fault.

        """
        if self.faults:
            raise Refusal(self.faults)

    def rest(self) -> dict[str, Any]:
        """Return the columns that were not read, as they stood, and where the row stands."""
        found: dict[str, Any] = {"imported_from": self.row.place}
        for column, cell in self.row.cells.items():
            if column not in self._read and cell.strip():
                found |= kept(column, self.clean(column, cell))
        return found


def kept(column: str, text: str) -> dict[str, str]:
    """Return a text under its column's name, in parts where it is too long for one."""
    parts = [text[at : at + LONGEST_KEPT] for at in range(0, len(text), LONGEST_KEPT)]
    names = [column, *(f"{column} ({number})" for number in range(2, len(parts) + 1))]
    return dict(zip(names, parts, strict=True))


def plain(text: str) -> str:
    """Return a text with spaces in the place of control characters, as it can be kept."""
    return _CONTROL(" ", text)


def as_day(text: str) -> str | None:
    """Return the day YYYY-MM-DD that a text says, without a time after it; None if it is none."""
    found = _ISO_DAY(text)
    try:
        return date.fromisoformat(found[1]).isoformat() if found else _written(text)
    except ValueError:
        return None


def _written(text: str) -> str:
    """Return a day written in words, as ACLED exports have it: 23 January 2022."""
    return datetime.strptime(text, "%d %B %Y").date().isoformat()


def in_order(cells: Cells, columns: tuple[str, str, str]) -> tuple[int, int, int]:
    """Return low, best and high; where they stand out of order, as (min, best, max), and say so."""
    low, best, high = (cells.required_whole(column) for column in columns)
    if low <= best <= high:
        return low, best, high
    mended = min(low, best, high), best, max(low, best, high)
    told = ["/".join(map(str, numbers)) for numbers in ((low, best, high), mended)]
    cells.repair("/".join(columns), *told)
    return mended
