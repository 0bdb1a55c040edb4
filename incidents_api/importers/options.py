"""How to import."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any


@dataclass(frozen=True)
class Options:
    """How to import.

    Attributes:
        release: The release of the data set; None to read it from the names of the files.
        published: The day on which it came out.
        encoding: The encoding of files that are text.
        dry_run: Whether nothing is to be written.
        withdraw_missing: Whether what the files do not have any more is withdrawn.
        covers: What the files cover, as a query of the list of incidents; None to read it from
            them.
        who: On whose authority.
        today: The day of the import.

    """

    release: str | None = None
    published: str | None = None
    encoding: str = "utf-8"
    dry_run: bool = False
    withdraw_missing: bool = False
    covers: Mapping[str, Any] | None = None
    who: str = "incidents-api import"
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
