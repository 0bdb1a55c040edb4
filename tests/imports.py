"""Importing files in tests: the import itself, and the report it gives."""

import csv
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from incidents_api.importers import FORMATS
from incidents_api.importers.options import Options
from incidents_api.importers.report import Report, Summary
from incidents_api.importers.run import Import
from incidents_api.storage.store import Store
from tests.conftest import TOP, Base

DATA: Final = TOP / "tests" / "data"
SAMPLE: Final = DATA / "ucdp-ged-sample.csv"
DONETSK: Final = (DATA / "ucdp-ged-donetsk-20.1.csv", DATA / "ucdp-ged-donetsk-22.1.csv")
ACTORS: Final = DATA / "ucdp-actor-22.1.csv"
MAVERICK: Final = DATA / "maverick-ivory-coast.csv"
#: The day of every import in tests.
TODAY: Final = date(2026, 11, 30)


def run(
    store: Store, *files: Path, name: str | None = None, report: Path | None = None, **options: Any
) -> Summary:
    """Import files, all of one format, and return what it came to."""
    formats = [FORMATS[name]] if name else list(FORMATS.values())
    with Report(report) as telling:
        given = Options(**{"today": TODAY, **options})
        summary = Import(store, files, formats, given, telling).run()
        telling.close(summary)
    return summary


def told(path: Path) -> dict[str, Any]:
    """Return a report that was written as JSON."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def written(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Write rows as CSV under the columns of the first, and return the file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return path


def table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a file, rows of HXL hashtags left out."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row for row in rows if not row.get("year", "").startswith("#")]


class Imported:
    """Rows imported, what is told of them, and the eyes of an editor on what they made."""

    def __init__(self, base: Base, folder: Path, *rows: dict[str, Any], **options: Any) -> None:
        report, file = folder / "report.json", written(folder / "export.csv", rows)
        self.base = base
        self.summary = run(base.store, file, report=report, **options)
        self.rows = told(report)["rows"]

    def read(self, path: str) -> Any:
        """Read with a key, as an editor."""
        answer = self.base.get(f"/v1/{path}", Authorization=f"Bearer {self.base.key}")
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def record(self, resource: str, name: str) -> dict[str, Any]:
        """Return a record."""
        found: dict[str, Any] = self.read(f"{resource}/{name}")
        return found
