"""What the drills of faults come to, as a table: a row each.

With ``DRILL_REPORT`` in the environment the rows are added to that file; they are always printed.
"""

import os
from pathlib import Path
from typing import Final

import pytest

HEAD: Final = ("drill", "what was done", "expected", "observed")
#: Whether drills of minutes are done, and what marks those that are no part of the tests.
WHOLE: Final = "DRILL_KILLS" in os.environ
whole = pytest.mark.skipif(not WHOLE, reason="make drills does it")


def tell(drill: str, done: str, expected: str, observed: str) -> None:
    """Add a row; it is to be told before it is judged, so that a failure stands there too."""
    row = (drill, done, expected, observed)
    print("\n" + "\n  ".join(row))
    if path := os.environ.get("DRILL_REPORT"):
        _add(Path(path), row)


def _add(path: Path, row: tuple[str, ...]) -> None:
    """Add a row to the file, which begins with the head of the table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [row] if path.exists() else [HEAD, ("---",) * len(HEAD), row]
    with path.open("a", encoding="utf-8") as file:
        for cells in rows:
            file.write(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n")
