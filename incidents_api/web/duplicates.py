"""The route that says which incidents may be the same as one; it never merges by itself."""

from typing import Any, Final

from flask import Blueprint, Response

from incidents_api.contract import DUPLICATES, ROOT, TABLES
from incidents_api.storage.duplicates import Candidate, candidates
from incidents_api.storage.store import Store
from incidents_api.web import answers, tables
from incidents_api.web.editing import href
from incidents_api.web.finding import readable

#: The columns of the answer as a table.
COLUMNS: Final = ("id", "title", "date_start", "place", "score", "related", "reasons")


class Duplicates:
    """The route that suggests duplicates."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def blueprint(self) -> Blueprint:
        """Return the route."""
        made = Blueprint("duplicates", __name__)
        made.add_url_rule(f"{ROOT}/incidents/<id>/duplicates", "duplicates", self.duplicates)
        return made

    def duplicates(self, id: str) -> Response:  # noqa: A002
        """Answer with the incidents that may be the same as one, the likest first."""
        values = answers.read(DUPLICATES)
        format_ = answers.choose(TABLES, values.get("f"))
        readable(self.store, "incidents", id)
        with self.store.reading() as connection:
            found = candidates(connection, id, values.get("limit", 50))
        tag = answers.etag(found.seq, format_.name)
        if had := answers.seen(tag):
            return answers.unchanged(had)
        rows = [_row(one) for one in found.found]
        if format_.name == "csv":
            return tables.table("duplicates", COLUMNS, rows, tag)
        return tables.page(rows, tag, {"scored": found.scored})


def _row(one: Candidate) -> dict[str, Any]:
    sketch = one.sketch
    return {
        "id": sketch.id,
        "href": href("incidents", sketch.id),
        "title": sketch.title,
        "date_start": sketch.date_start,
        "place": sketch.place,
        "score": one.likeness.score,
        "related": one.related,
        "reasons": [
            {"kind": kind, "share": round(share, 2), "why": words}
            for kind, share, words in one.likeness.reasons
        ],
    }
