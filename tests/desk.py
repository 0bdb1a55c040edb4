"""A desk: a knowledge base into which releases of UCDP GED come, and an editor's hand in it."""

from pathlib import Path
from typing import Any, Final

from incidents_api.importers.report import Summary
from incidents_api.storage import consistency
from tests.conftest import Base
from tests.imports import SAMPLE, run, table, told, written

ROWS: Final = table(SAMPLE)
ALGERIA: Final = [row for row in ROWS if row["country"] == "Algeria"]
FIRST, SECOND, THIRD = ALGERIA[:3]


class Desk:
    """A knowledge base into which releases come, and an editor's hand in it."""

    def __init__(self, base: Base, folder: Path) -> None:
        self.base = base
        self.folder = folder

    def release(self, number: str, *rows: dict[str, str], **options: Any) -> Summary:
        """Import rows as a release."""
        file = written(self.folder / f"ged-{number}.csv", list(rows))
        return run(self.base.store, file, report=self.folder / "report.json", **options)

    def candidate(self, number: str, *rows: dict[str, str], **options: Any) -> Summary:
        """Import rows as a release of candidate events."""
        return self.release(number, *rows, name="ucdp-candidate", **options)

    def rows(self) -> list[dict[str, Any]]:
        """Return what the last report tells of the rows."""
        found: list[dict[str, Any]] = told(self.folder / "report.json")["rows"]
        return found

    def edit(self, method: str, path: str, body: Any = None, more: str = "") -> None:
        """Edit over HTTP, whatever version of the record there is."""
        condition = {"If_Match": "*"} if method != "POST" or "merge-into" in path else {}
        response = self.base.write(method, f"{path}?reason=a+test{more}", body, **condition)
        assert response.status_code in (200, 201), response.text

    def patch(self, path: str, **members: Any) -> None:
        """Change members of a record over HTTP."""
        self.edit("PATCH", path, members)

    def unchanged_when_repeated(self, number: str, *rows: dict[str, str], **options: Any) -> None:
        """Check that the same release again changes nothing, and that all is in step."""
        before = self.base.store.seq()
        again = self.release(number, *rows, **options)
        assert again.seq == (before, before)
        assert list(consistency.faults(self.base.store)) == []


def incident(row: dict[str, str]) -> str:
    """Return the address of the incident of a row."""
    return f"/v1/incidents/ucdp-ged-{row['id']}"


def killed(row: dict[str, str]) -> str:
    """Return the address of the total of those killed."""
    return f"/v1/figures/ucdp-ged-{row['id']}-killed"


def names(*rows: dict[str, str]) -> list[str]:
    """Return the ids of the incidents of rows, in order."""
    return sorted(f"ucdp-ged-{row['id']}" for row in rows)
