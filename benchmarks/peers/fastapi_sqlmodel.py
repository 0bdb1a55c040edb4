"""A typical FastAPI and SQLModel program (``programs/fastapi_sqlmodel``), under uvicorn."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks.peers.installing import PROGRAMS, environment, version
from benchmarks.peers.peer import GROUPS, WORKERS, Asked, Peer, path, posted
from benchmarks.questions import PAGE, QUESTIONS, Facts, Request

_PROGRAM: Final = PROGRAMS / "fastapi_sqlmodel"
_PINNED: Final = _PROGRAM / "requirements.txt"


class FastApi(Peer):
    """The program of the tutorials: what belongs to an incident is loaded when it is asked for."""

    name = "fastapi-sqlmodel"
    told = (
        f"FastAPI {version(_PINNED, 'fastapi')}, SQLModel {version(_PINNED, 'sqlmodel')}, "
        f"SQLAlchemy {version(_PINNED, 'SQLAlchemy')}: uvicorn {version(_PINNED, 'uvicorn')} × "
        f"{WORKERS} without access log; pages by offset, no ETag, no keys"
    )
    eager = False

    def set_up(self, folder: Path) -> None:
        """Install it."""
        environment(folder / FastApi.name, _PINNED)

    def command(self, folder: Path, port: int) -> tuple[list[str], Mapping[str, str]]:
        """Return how to start it."""
        uvicorn = str(folder.resolve() / FastApi.name / "bin" / "uvicorn")
        where = ["--host", "127.0.0.1", "--port", str(port), "--app-dir", str(_PROGRAM)]
        how = ["--workers", str(WORKERS), "--no-access-log"]
        more = {"PLAIN": str(self._plain), "EAGER": "1" if self.eager else ""}
        return [uvicorn, *where, *how, "app:app"], more

    @property
    def ready(self) -> str:
        """The first page."""
        return "/incidents/?limit=1"

    def asked(self, facts: Facts) -> Asked:
        """Return by which requests it is asked each question."""
        west, south, east, north = facts.bbox
        box = {"west": west, "south": south, "east": east, "north": north}
        country = {"country": facts.country}
        home, search, after = "/incidents/", "/incidents/search", self._places.after
        return {
            "one": lambda: [Request(f"{home}{key}") for key in self.keys(facts)],
            # Neither its documentation nor SQLModel's has entity tags of data.
            "unchanged": None,
            "page": lambda: path(home, **country, limit=PAGE),
            "embedded": lambda: path(f"{home}with-claims", **country, limit=PAGE),
            "first": lambda: path(home, limit=PAGE),
            "middle": lambda: path(home, limit=PAGE, offset=after(facts.middle)),
            "end": lambda: path(home, limit=PAGE, offset=after(facts.end)),
            "thousand": lambda: path(home, **country, limit=1000),
            "total": lambda: path(f"{home}count", **country, since=facts.since),
            "rare": lambda: path(search, q=facts.rare, limit=PAGE),
            "common": lambda: path(search, q=facts.common, limit=PAGE),
            "ranked": lambda: path(search, q=facts.common, ranked="true", limit=PAGE),
            "bbox": lambda: path(f"{home}in-box", **box, limit=PAGE),
            # It knows nothing of claims that disagree.
            "estimates": None,
            "months": lambda: path(f"{home}by-month", limit=GROUPS),
            "csv": lambda: path("/incidents.csv"),
            # What it gives as CSV has these columns already.
            "columns": None,
            "ndjson": lambda: path("/incidents.jsonl"),
            "post": lambda: [posted("/figures/", row) for row in self.singles(facts)],
            "batch": lambda: [posted("/figures/batch", self.batch(facts))],
        }


class FastApiEager(FastApi):
    """The same with ``selectinload``; it is asked only where that makes a difference."""

    name = "fastapi-sqlmodel-selectinload"
    told = "the same program with selectinload() for what is embedded; asked nothing else"
    eager = True

    def asked(self, facts: Facts) -> Asked:
        """Return by which requests it is asked what differs."""
        nothing: Asked = dict.fromkeys(question.key for question in QUESTIONS)
        return {**nothing, "embedded": super().asked(facts)["embedded"]}
