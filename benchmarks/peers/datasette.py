"""Datasette: the stable version, and the alpha of 1.0, which can write."""

from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

import orjson

from benchmarks.peers.installing import PROGRAMS, environment, run, version
from benchmarks.peers.peer import GROUPS, Asked, Peer, path, posted
from benchmarks.questions import BATCH, PAGE, Facts, Request

_PROGRAM: Final = PROGRAMS / "datasette"
_STABLE: Final = _PROGRAM / "stable.txt"
_ALPHA: Final = _PROGRAM / "alpha.txt"
#: What its documentation says for large tables and whole answers; everything else is its default.
_SETTINGS: Final = {
    "suggest_facets": "off",
    "sql_time_limit_ms": "60000",
    "max_returned_rows": "100000",
    "max_csv_mb": "0",
}
_FIGURE: Final = (
    "pk", "id", "claimant_id", "claimant_label", "claimant_stance", "source_id", "said_at",
    "as_of_date", "as_of_prec", "measure", "measure_kind", "value_text", "value_lang", "qualifier",
    "amount", "low", "best", "high",
)  # fmt: skip
_PARTICIPATION: Final = ("pk", "id", "actor_id", "role", "side", "source_id")


def _object(table: str, columns: tuple[str, ...]) -> str:
    """Return SQL that makes a JSON object of columns."""
    pairs = ", ".join(f"'{column}', {table}.{column}" for column in columns)
    return f"json_object({pairs})"


_FIGURES: Final = (
    f"(SELECT json_group_array({_object('f', _FIGURE)}) FROM figures f WHERE f.incident_id = i.pk)"
)
_PARTICIPATIONS: Final = (
    f"(SELECT json_group_array({_object('p', _PARTICIPATION)}) "
    "FROM participations p WHERE p.incident_id = i.pk)"
)
#: What a list of a table cannot be asked; its documentation has stored queries for it.
_QUERIES: Final = {
    "with_claims": (
        f"SELECT i.*, {_FIGURES} AS figures, {_PARTICIPATIONS} AS participations "
        "FROM incidents i WHERE i.country = :country "
        f"ORDER BY i.date_start DESC, i.pk LIMIT {PAGE}"
    ),
    "total": (
        "SELECT count(*) AS total FROM incidents WHERE country = :country AND date_start >= :since"
    ),
    "ranked": (
        "SELECT i.* FROM incidents_fts w JOIN incidents i ON i.pk = w.rowid "
        f"WHERE incidents_fts MATCH :q ORDER BY w.rank LIMIT {PAGE}"
    ),
    "in_box": (
        "SELECT i.* FROM incidents i WHERE i.pk IN (SELECT pk FROM incidents_map "
        "WHERE east >= :west AND west <= :east AND north >= :south AND south <= :north) "
        "AND i.longitude BETWEEN :west AND :east AND i.latitude BETWEEN :south AND :north "
        f"ORDER BY i.date_start DESC, i.pk LIMIT {PAGE}"
    ),
    "by_month": (
        "SELECT country, substr(date_start, 1, 7) AS month, count(*) AS incidents "
        f"FROM incidents GROUP BY country, month ORDER BY country, month LIMIT {GROUPS}"
    ),
}


class Datasette(Peer):
    """The stable version, which reads."""

    name = "datasette"
    told = (
        f"Datasette {version(_STABLE, 'datasette')}: one process; suggest_facets off, no counts of "
        "pages, limits raised so that whole answers come; stored queries for what is embedded, "
        "the total, ranking, the box and the months; cannot write"
    )
    pinned = _STABLE
    config = "--metadata"

    def set_up(self, folder: Path) -> None:
        """Install it, and write its configuration."""
        environment(folder / self.name, self.pinned)
        told = {"databases": {self._plain.stem: self._configured()}}
        (folder / self.name / "config.json").write_bytes(orjson.dumps(told))

    def _configured(self) -> dict[str, Any]:
        return {"queries": {name: {"sql": sql} for name, sql in _QUERIES.items()}}

    def command(self, folder: Path, port: int) -> tuple[list[str], Mapping[str, str]]:
        """Return how to start it."""
        place = folder.resolve() / self.name
        where = ["--host", "127.0.0.1", "--port", str(port)]
        settings = [word for pair in self._settings() for word in ("--setting", *pair)]
        serve = [str(place / "bin" / "datasette"), "serve", str(self._plain), *where]
        return [*serve, self.config, str(place / "config.json"), *settings], {}

    def _settings(self) -> list[tuple[str, str]]:
        return list(_SETTINGS.items())

    @property
    def ready(self) -> str:
        """What it says of itself."""
        return "/-/versions.json"

    def asked(self, facts: Facts) -> Asked:
        """Return by which requests it is asked each question."""
        base = f"/{self._plain.stem}"
        home, country = f"{base}/incidents.json", {"country": facts.country}
        rows = {"_shape": "objects", "_size": PAGE, "_nocount": 1}
        newest = {**rows, "_sort_desc": "date_start"}
        west, south, east, north = facts.bbox
        box = {"west": west, "south": south, "east": east, "north": north}
        stored = {"_shape": "objects"}
        embedded = {**stored, "_json": ["figures", "participations"]}
        return {
            "one": lambda: [
                Request(f"{base}/incidents/{key}.json?_shape=objects") for key in self.keys(facts)
            ],
            # It gives data no entity tags.
            "unchanged": None,
            "page": lambda: path(home, **country, **newest),
            "embedded": lambda: path(f"{base}/with_claims.json", **country, **embedded),
            "first": lambda: path(home, **newest),
            "middle": lambda: path(home, **newest, _next=self._next(facts.middle)),
            "end": lambda: path(home, **newest, _next=self._next(facts.end)),
            "thousand": lambda: path(home, **country, **{**newest, "_size": 1000}),
            "total": lambda: path(f"{base}/total.json", **country, since=facts.since, **stored),
            "rare": lambda: path(home, **rows, _search=facts.rare),
            "common": lambda: path(home, **rows, _search=facts.common),
            "ranked": lambda: path(f"{base}/ranked.json", q=facts.common, **stored),
            "bbox": lambda: path(f"{base}/in_box.json", **box, **stored),
            # It knows nothing of claims that disagree.
            "estimates": None,
            "months": lambda: path(f"{base}/by_month.json", **stored),
            "csv": lambda: path(f"{base}/incidents.csv", _stream="on"),
            # What it gives as CSV has these columns already.
            "columns": None,
            # It streams nothing but CSV; lines of JSON come by the page.
            "ndjson": None,
            # Writing came with 1.0.
            "post": None,
            "batch": None,
        }

    def _next(self, place: tuple[str, str]) -> str:
        """Return the token that it gives for the page after a place."""
        return f"{place[0]},{self._places.keys('incidents', [place[1]])[0]}"


class DatasetteAlpha(Datasette):
    """The alpha of 1.0, which can write."""

    name = "datasette-1.0a"
    told = (
        f"Datasette {version(_ALPHA, 'datasette')}, set like the stable one; writes by its JSON "
        f"API with a signed token, at most {BATCH:,} rows at once"
    )
    pinned = _ALPHA
    config = "--config"
    _who = "editor"

    def __init__(self, plain: Path) -> None:
        super().__init__(plain)
        self._secret, self._token = token_hex(), ""

    def set_up(self, folder: Path) -> None:
        """Install it, and make a token for writing."""
        super().set_up(folder)
        tool = str(folder.resolve() / self.name / "bin" / "datasette")
        self._token = run([tool, "create-token", self._who, "--secret", self._secret]).strip()

    def _configured(self) -> dict[str, Any]:
        return {**super()._configured(), "permissions": {"insert-row": {"id": self._who}}}

    def _settings(self) -> list[tuple[str, str]]:
        return [*super()._settings(), ("max_insert_rows", str(BATCH))]

    def command(self, folder: Path, port: int) -> tuple[list[str], Mapping[str, str]]:
        """Return how to start it."""
        command, more = super().command(folder, port)
        return command, {**more, "DATASETTE_SECRET": self._secret}

    def asked(self, facts: Facts) -> Asked:
        """Return by which requests it is asked each question."""
        address = f"/{self._plain.stem}/figures/-/insert"
        key = ("Authorization", f"Bearer {self._token}")
        return {
            **super().asked(facts),
            "post": lambda: [posted(address, {"row": row}, key) for row in self.singles(facts)],
            "batch": lambda: [posted(address, {"rows": self.batch(facts)}, key)],
        }
