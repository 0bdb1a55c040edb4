"""pygeoapi with its provider for SQLite, on a SpatiaLite file of the incidents."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks.peers.installing import PROGRAMS, environment, run, version
from benchmarks.peers.peer import WORKERS, Asked, Peer, path
from benchmarks.questions import PAGE, Facts, Request
from benchmarks.tools import libraries

_PROGRAM: Final = PROGRAMS / "pygeoapi"
_PINNED: Final = _PROGRAM / "requirements.txt"
_THREADS: Final = 4
#: So many records a page may have.
_MOST: Final = 1000
#: Its SQLite must be able to load SpatiaLite: not every Python is built so.
_PYTHONS: Final = (sys.executable, "/usr/bin/python3")
_LOADS: Final = (
    "import sqlite3; c = sqlite3.connect(':memory:'); c.enable_load_extension(True); "
    "c.execute(\"SELECT load_extension('mod_spatialite')\")"
)
_PACKAGE: Final = "libsqlite3-mod-spatialite"
_HOME: Final = "/collections/incidents/items"
#: Those with coordinates: what has none is to its provider for SQLite in every box.
_LOCATED: Final = "/collections/located/items"


class Pygeoapi(Peer):
    """pygeoapi, which reads."""

    name = "pygeoapi"
    told = (
        f"pygeoapi {version(_PINNED, 'pygeoapi')} (the latest for Python 3.11), provider "
        f"SQLiteGPKG: gunicorn {version(_PINNED, 'gunicorn')} {WORKERS} × {_THREADS}; pages by "
        "offset; cannot sort (its file is in order), search, embed, write"
    )

    def __init__(self, plain: Path) -> None:
        super().__init__(plain)
        #: Where SpatiaLite is, if it is not installed on the machine.
        self._libraries: dict[str, str] = {}

    def set_up(self, folder: Path) -> None:
        """Install it with SpatiaLite, if that is not here, and make its file.

        Raises:
            RuntimeError: No Python here can load SpatiaLite.

        """
        place = folder.resolve() / self.name
        python = _python({})
        if python is None:
            self._libraries = {"LD_LIBRARY_PATH": libraries(folder, _PACKAGE)}
            python = _python(self._libraries)
        if python is None:
            raise RuntimeError(
                f"pygeoapi needs SpatiaLite ({_PACKAGE}) and a Python whose SQLite loads "
                f"extensions; tried {', '.join(_PYTHONS)}"
            )
        environment(place, _PINNED, python)
        target = self._target(folder)
        if not target.exists() or target.stat().st_mtime < self._plain.stat().st_mtime:
            part = target.with_suffix(".part")
            load = str(_PROGRAM / "load.py")
            command = [str(place / "bin" / "python"), load, str(self._plain), str(part)]
            run(command, {**os.environ, **self._libraries})
            part.rename(target)

    def _target(self, folder: Path) -> Path:
        return folder.resolve() / self.name / f"{self._plain.stem}.sqlite"

    def command(self, folder: Path, port: int) -> tuple[list[str], Mapping[str, str]]:
        """Return how to start it; its configuration, which has the port, is written first."""
        place = folder.resolve() / self.name
        config, document = place / "config.yml", place / "openapi.yml"
        config.write_bytes(orjson.dumps(_configuration(self._target(folder), port)))
        tool = [str(place / "bin" / "pygeoapi"), "openapi", "generate", str(config)]
        more = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(document)}
        more |= self._libraries
        run([*tool, "--output-file", str(document)], {**os.environ, **more})
        how = ["--workers", str(WORKERS), "--threads", str(_THREADS), "--timeout", "6000"]
        where = ["--bind", f"127.0.0.1:{port}", "--no-control-socket"]
        return [str(place / "bin" / "gunicorn"), *how, *where, "pygeoapi.flask_app:APP"], more

    @property
    def ready(self) -> str:
        """One incident."""
        return f"{_HOME}?f=json&limit=1"

    def asked(self, facts: Facts) -> Asked:
        """Return by which requests it is asked each question."""
        box, country = ",".join(map(str, facts.bbox)), {"country": facts.country}
        page, after = {"f": "json", "limit": PAGE}, self._places.after
        return {
            "one": lambda: [Request(f"{_HOME}/{name}?f=json") for name in facts.incidents],
            # It gives no entity tags.
            "unchanged": None,
            "page": lambda: path(_HOME, **page, **country),
            # A collection is one table.
            "embedded": None,
            "first": lambda: path(_HOME, **page),
            "middle": lambda: path(_HOME, **page, offset=after(facts.middle)),
            "end": lambda: path(_HOME, **page, offset=after(facts.end)),
            "thousand": lambda: path(_HOME, f="json", limit=1000, **country),
            # Its provider for SQLite compares for equality alone: not since a day.
            "total": None,
            # Nor has it full text.
            "rare": None,
            "common": None,
            "ranked": None,
            "bbox": lambda: path(_LOCATED, **page, bbox=box),
            # It knows nothing of claims that disagree, and adds nothing up.
            "estimates": None,
            "months": None,
            # Its CSV fails at the first record without coordinates.
            "csv": None,
            "columns": None,
            # It has no lines of JSON.
            "ndjson": None,
            # Its provider for SQLite only reads.
            "post": None,
            "batch": None,
        }


def _python(libraries: Mapping[str, str]) -> str | None:
    """Return a Python that can load SpatiaLite with this in its environment, if there is one."""
    for python in _PYTHONS:
        given = {**os.environ, **libraries}
        tried = subprocess.run([python, "-c", _LOADS], env=given, capture_output=True, check=False)
        if tried.returncode == 0:
            return python
    return None


def _configuration(file: Path, port: int) -> dict[str, Any]:
    """Return its configuration, which may be JSON since YAML contains it."""
    address = f"http://127.0.0.1:{port}"
    words = {"title": "Incidents", "description": "Incidents", "keywords": ["incidents"]}
    contact = {"name": "none", "url": address}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port},
            "url": address,
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["en-US"],
            "limits": {"default_items": 10, "max_items": _MOST, "on_exceed": "throttle"},
            "map": {"url": f"{address}/tiles", "attribution": "none"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {**words, "terms_of_service": address, "url": address},
            "license": {"name": "none", "url": address},
            "provider": contact,
            "contact": contact,
        },
        "resources": {
            table: {**_collection(file, table), **words} for table in ("incidents", "located")
        },
    }


def _collection(file: Path, table: str) -> dict[str, Any]:
    crs = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
    provider = {"name": "SQLiteGPKG", "data": str(file), "id_field": "id", "table": table}
    return {
        "type": "collection",
        "links": [],
        "extents": {"spatial": {"bbox": [-180, -90, 180, 90], "crs": crs}},
        "providers": [{"type": "feature", **provider}],
    }
