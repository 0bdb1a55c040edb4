"""soul-cli, which serves the tables of an SQLite file as they are."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import orjson

from benchmarks.peers.installing import PROGRAMS, modules
from benchmarks.peers.peer import Asked, Peer, path, posted
from benchmarks.questions import PAGE, Facts, Request

_PROGRAM: Final = PROGRAMS / "soul"
_TABLES: Final = "/api/tables"
_HOME: Final = f"{_TABLES}/incidents/rows"


def _version() -> str:
    wanted = orjson.loads((_PROGRAM / "package.json").read_bytes())["dependencies"]["soul-cli"]
    return str(wanted)


class Soul(Peer):
    """soul-cli without its accounts."""

    name = "soul"
    told = (
        f"soul-cli {_version()}: one process of Node.js; pages by number with their total, no "
        "keys; finds words by LIKE alone, embeds what a row points to alone, writes row by row "
        "and says so before it is on the disk"
    )

    def set_up(self, folder: Path) -> None:
        """Install it."""
        modules(folder / self.name, _PROGRAM)

    def command(self, folder: Path, port: int) -> tuple[list[str], Mapping[str, str]]:
        """Return how to start it."""
        server = folder.resolve() / self.name / "node_modules" / "soul-cli" / "src" / "server.js"
        only = ["--require", str(_PROGRAM / "loopback.cjs")]
        serve = ["--database", str(self._plain), "--port", str(port)]
        return ["node", *only, str(server), *serve], {"NODE_ENV": "production"}

    @property
    def ready(self) -> str:
        """One incident."""
        return f"{_HOME}?_limit=1"

    def asked(self, facts: Facts) -> Asked:
        """Return by which requests it is asked each question."""
        west, south, east, north = facts.bbox
        page = {"_ordering": "-date_start", "_limit": PAGE}
        country = f"country:{facts.country}"
        box = (
            f"longitude__gte:{west},longitude__lte:{east},"
            f"latitude__gte:{south},latitude__lte:{north}"
        )
        since = f"{country},date_start__gte:{facts.since}"
        return {
            "one": lambda: [Request(f"{_HOME}/{key}") for key in self.keys(facts)],
            "unchanged": lambda: [Request(f"{_HOME}/{key}") for key in self.keys(facts)],
            "page": lambda: path(_HOME, **page, _filters=country),
            # It embeds what a row points to, not the rows that point to it.
            "embedded": None,
            "first": lambda: path(_HOME, **page),
            "middle": lambda: path(_HOME, **page, _page=self.page(facts.middle)),
            "end": lambda: path(_HOME, **page, _page=self.page(facts.end)),
            "thousand": lambda: path(_HOME, **{**page, "_limit": 1000}, _filters=country),
            "total": lambda: path(_HOME, _filters=since, _limit=1),
            # Its search is LIKE on every column: parts of words are found too, which is another
            # question.
            "rare": None,
            "common": None,
            "ranked": None,
            "bbox": lambda: path(_HOME, **page, _filters=box),
            # It knows nothing of claims that disagree, and adds nothing up.
            "estimates": None,
            "months": None,
            # It has JSON alone.
            "csv": None,
            "columns": None,
            "ndjson": None,
            "post": lambda: [
                posted(f"{_TABLES}/figures/rows", {"fields": row}) for row in self.singles(facts)
            ],
            # A request writes one row.
            "batch": None,
        }
