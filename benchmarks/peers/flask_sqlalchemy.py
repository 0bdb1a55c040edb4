"""A typical Flask, SQLAlchemy and marshmallow program (``programs/flask_sqlalchemy``)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks.peers.installing import PROGRAMS, environment, version
from benchmarks.peers.peer import GROUPS, WORKERS, Asked, Peer, path, posted
from benchmarks.questions import PAGE, QUESTIONS, Facts, Request

_PROGRAM: Final = PROGRAMS / "flask_sqlalchemy"
_PINNED: Final = _PROGRAM / "requirements.txt"
_THREADS: Final = 4


class FlaskSqlalchemy(Peer):
    """The program of the documentation: what belongs to an incident is loaded when asked for."""

    name = "flask-sqlalchemy"
    told = (
        f"Flask {version(_PINNED, 'Flask')}, Flask-SQLAlchemy "
        f"{version(_PINNED, 'Flask-SQLAlchemy')}, SQLAlchemy {version(_PINNED, 'SQLAlchemy')}, "
        f"marshmallow {version(_PINNED, 'marshmallow')}: gunicorn {version(_PINNED, 'gunicorn')} "
        f"{WORKERS} × {_THREADS}; pages by number with their total, ETag of one record, no keys"
    )
    eager = False

    def set_up(self, folder: Path) -> None:
        """Install it."""
        environment(folder / FlaskSqlalchemy.name, _PINNED)

    def command(self, folder: Path, port: int) -> tuple[list[str], Mapping[str, str]]:
        """Return how to start it."""
        gunicorn = str(folder.resolve() / FlaskSqlalchemy.name / "bin" / "gunicorn")
        where = ["--bind", f"127.0.0.1:{port}", "--chdir", str(_PROGRAM), "--no-control-socket"]
        how = ["--workers", str(WORKERS), "--threads", str(_THREADS)]
        more = {"PLAIN": str(self._plain), "EAGER": "1" if self.eager else ""}
        return [gunicorn, *where, *how, "app:app"], more

    @property
    def ready(self) -> str:
        """The first page."""
        return "/incidents?per_page=1"

    def asked(self, facts: Facts) -> Asked:
        """Return by which requests it is asked each question."""
        box = ",".join(map(str, facts.bbox))
        country = {"country": facts.country}
        home, search = "/incidents", "/incidents/search"
        return {
            "one": lambda: [Request(f"{home}/{key}") for key in self.keys(facts)],
            "unchanged": lambda: [Request(f"{home}/{key}") for key in self.keys(facts)],
            "page": lambda: path(home, **country, per_page=PAGE),
            "embedded": lambda: path(f"{home}/with-claims", **country, per_page=PAGE),
            "first": lambda: path(home, per_page=PAGE),
            "middle": lambda: path(home, per_page=PAGE, page=self.page(facts.middle)),
            "end": lambda: path(home, per_page=PAGE, page=self.page(facts.end)),
            "thousand": lambda: path(home, **country, per_page=1000),
            "total": lambda: path(f"{home}/count", **country, since=facts.since),
            "rare": lambda: path(search, q=facts.rare, per_page=PAGE),
            "common": lambda: path(search, q=facts.common, per_page=PAGE),
            "ranked": lambda: path(search, q=facts.common, sort="rank", per_page=PAGE),
            "bbox": lambda: path(f"{home}/in-box", bbox=box, per_page=PAGE),
            # It knows nothing of claims that disagree.
            "estimates": None,
            "months": lambda: path(f"{home}/by-month", limit=GROUPS),
            "csv": lambda: path("/incidents.csv"),
            # What it gives as CSV has these columns already.
            "columns": None,
            "ndjson": lambda: path("/incidents.ndjson"),
            "post": lambda: [posted("/figures", row) for row in self.singles(facts)],
            "batch": lambda: [posted("/figures/batch", self.batch(facts))],
        }


class FlaskEager(FlaskSqlalchemy):
    """The same with ``selectinload``; it is asked only where that makes a difference."""

    name = "flask-sqlalchemy-selectinload"
    told = "the same program with selectinload() for what is embedded; asked nothing else"
    eager = True

    def asked(self, facts: Facts) -> Asked:
        """Return by which requests it is asked what differs."""
        nothing: Asked = dict.fromkeys(question.key for question in QUESTIONS)
        return {**nothing, "embedded": super().asked(facts)["embedded"]}
