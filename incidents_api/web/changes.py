"""The change feed."""

from typing import Any

import orjson
from flask import Blueprint, Response

from incidents_api.contract import ROOT, format_parameter
from incidents_api.storage.changes import MEMBERS, Feed, feed, parameters
from incidents_api.storage.store import Store
from incidents_api.web import answers, tables
from incidents_api.web.editing import href


class Changes:
    """The route of the change feed."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.parameters = (*parameters(store.registry), format_parameter(("json",)))

    def blueprint(self) -> Blueprint:
        """Return the route."""
        made = Blueprint("changes", __name__)
        made.add_url_rule(f"{ROOT}/changes", "changes", self.changes)
        return made

    def changes(self) -> Response:
        """Answer with what was done with every record, in order."""
        values = answers.read(self.parameters)
        answers.choose(("json",), values.get("f"))
        if had := answers.seen(answers.etag(self.store.seq(), "json")):
            return answers.unchanged(had)
        found = feed(self.store, values)
        place = str(found.place)
        return tables.page(
            [_told(entry, found, values) for entry in found.entries],
            answers.etag(found.seq, "json"),
            {"after": place, "known_seq": found.known_seq},
            place if found.more else None,
            by="after",
        )


def _told(entry: tuple[Any, ...], found: Feed, values: dict[str, Any]) -> dict[str, Any]:
    """Return an entry as it is answered, with its record if that is asked for."""
    seq, n, resource, name, version, action, changed, *rest = entry
    fields = orjson.loads(changed)
    whole = (seq, n, resource, name, href(resource, name), version, action, fields, *rest)
    wanted = values.get("fields", MEMBERS)
    told = {key: value for key, value in zip(MEMBERS, whole, strict=True) if key in wanted}
    if "include" in values:
        document = found.documents.get((resource, name))
        told["record"] = None if document is None else orjson.Fragment(document)
    return told
