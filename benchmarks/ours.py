"""This program and the constant beside it, as programs that are measured."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from benchmarks.questions import BATCH, JSON, PAGE, Facts, Figure, Request, figures
from incidents_api import __version__
from incidents_api.config import SETTINGS
from incidents_api.model import RESOURCES
from incidents_api.storage import access
from incidents_api.storage.levels import PUBLIC
from incidents_api.storage.lists import Lists
from incidents_api.storage.store import Store

HOME: Final = "/v1/incidents"
#: The order of the pages: the newest first.
NEWEST: Final = {"sort": "-date_start"}
#: Requests are counted, as everywhere; but a load comes from one client, and is not refused.
ENVIRONMENT: Final = {"INCIDENTS_REQUESTS_PER_MINUTE": "1000000000"}
#: What has the columns that the plain file of the peers has, and of casualties some more.
COLUMNS: Final = (
    "id,title,summary,event_type,sub_event_type,type_of_violence,weapons,date_start,date_end,"
    "date_prec,status,country,region,admin1,admin2,place,where_prec,latitude,longitude,"
    "conflict_id,conflict_name,dyad_id,dyad_name,number_of_sources,verification_status,tags,"
    "casualties"
)
#: So many different figures are written, over and over.
FIGURES: Final = 500


class Ours:
    """This program.

    Args:
        world: The database to serve; what is written is written into it.

    """

    name = "incidents-api"

    def __init__(self, world: Path) -> None:
        self._world = world
        self._key = ""
        settings = {setting.name: setting.default for setting in SETTINGS}
        workers, threads = settings["workers"], settings["threads"]
        self.told = f"{__version__}, its own settings: gunicorn {workers} × {threads}"
        self._server = ["-m", "incidents_api.cli", "serve", "--db", str(world)]

    def set_up(self, folder: Path) -> None:
        """Make a key for writing; the program itself is here."""
        store = Store(self._world)
        _, self._key = access.create(store, "benchmarks", "write")
        store.close()

    def command(self, folder: Path, port: int) -> tuple[list[str], Mapping[str, str]]:
        """Return how to start it."""
        return [sys.executable, *self._server, "--bind", f"127.0.0.1:{port}"], ENVIRONMENT

    @property
    def ready(self) -> str:
        """Where it says that it lives."""
        return "/v1/health"

    def requests(self, question: str, facts: Facts) -> Sequence[Request]:
        """Return requests that put a question."""
        west, south, east, north = facts.bbox
        page = {"country": facts.country, "limit": str(PAGE), **NEWEST}
        queries: dict[str, dict[str, str]] = {
            "page": page,
            "embedded": {**page, "include": "figures,participations"},
            "first": {"limit": str(PAGE), **NEWEST},
            "thousand": {**page, "limit": "1000"},
            "total": {
                "country": facts.country, "date_start__gte": facts.since, "limit": "1",
                "total": "true",
            },
            "rare": {"q": facts.rare, "limit": str(PAGE)},
            "common": {"q": facts.common, "limit": str(PAGE)},
            "ranked": {"q": facts.common, "limit": str(PAGE), "sort": "relevance"},
            "bbox": {"bbox": f"{west},{south},{east},{north}", "limit": str(PAGE), **NEWEST},
            "csv": {"f": "csv"},
            "columns": {"f": "csv", "fields": COLUMNS},
            "ndjson": {"f": "ndjson"},
        }  # fmt: skip
        if question in queries:
            return [Request(f"{HOME}?{urlencode(queries[question], safe=',')}")]
        if question in ("middle", "end"):
            place = facts.middle if question == "middle" else facts.end
            return [Request(f"{HOME}?{urlencode(self._after(queries['first'], place))}")]
        others = {
            "one": lambda: [Request(f"{HOME}/{name}") for name in facts.incidents],
            "unchanged": lambda: [Request(f"{HOME}/{name}") for name in facts.incidents],
            "estimates": lambda: [
                Request(f"{HOME}/{name}/estimates?measure=killed") for name in facts.claimed
            ],
            "months": lambda: [Request("/v1/aggregate?group_by=country,month")],
            "post": lambda: [
                self._writing("/v1/figures", _record(one)) for one in figures(facts, FIGURES)
            ],
            "batch": lambda: [self._writing("/v1/batch", _batch(figures(facts, BATCH)))],
        }
        return others[question]()

    def _after(self, query: dict[str, str], place: tuple[str, str]) -> dict[str, str]:
        """Return a query with the cursor that its own page before this place gives."""
        store = Store(self._world)
        lists = Lists(store, RESOURCES["incidents"])
        values = lists.grammar.read(list(query.items()))
        with store.reading() as connection:
            cursor = lists.query(values, PUBLIC).prepare(connection).cursor((0, *place))
        store.close()
        return {**query, "cursor": cursor}

    def _writing(self, path: str, body: dict[str, Any]) -> Request:
        headers = (("Authorization", f"Bearer {self._key}"), ("Content-Type", JSON))
        return Request(quote(path), "POST", headers, orjson.dumps(body))


def _record(figure: Figure) -> dict[str, Any]:
    return {
        "incident": figure.incident,
        "claimant": figure.claimant,
        "sources": [{"source": figure.source}],
        "as_of_date": figure.as_of_date,
        "measure": "killed",
        "best": figure.best,
    }


def _batch(some: Sequence[Figure]) -> dict[str, Any]:
    return {
        "operations": [
            {"op": "create", "resource": "figures", "record": _record(one)} for one in some
        ]
    }


class Constant:
    """A Flask view that returns constant bytes, as many as one record has, under our gunicorn.

    Args:
        world: The database, whose records say how many bytes that is.

    """

    name = "constant"

    def __init__(self, world: Path) -> None:
        connection = sqlite3.connect(f"{world.resolve().as_uri()}?mode=ro", uri=True)
        sql = "SELECT avg(length(document)) FROM (SELECT document FROM incidents LIMIT 1000)"
        self._size = round(connection.execute(sql).fetchone()[0])
        connection.close()
        self.told = f"a Flask view that returns {self._size:,} constant bytes, same gunicorn"

    def set_up(self, folder: Path) -> None:
        """It is here."""

    def command(self, folder: Path, port: int) -> tuple[list[str], Mapping[str, str]]:
        """Return how to start it."""
        what = ["-m", "benchmarks.constant", "--size", str(self._size)]
        return [sys.executable, *what, "--bind", f"127.0.0.1:{port}"], ENVIRONMENT

    @property
    def ready(self) -> str:
        """Its one address."""
        return "/constant"

    def requests(self, question: str, facts: Facts) -> Sequence[Request] | None:
        """It has one answer, whatever is asked: the measure of all others."""
        return [Request("/constant")] if question == "one" else None
