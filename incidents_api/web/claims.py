"""What follows from the claims about a record: contradictions."""

from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Response

from incidents_api.contract import ROOT, TABLES, format_parameter
from incidents_api.storage.claims import MEMBERS
from incidents_api.storage.contradiction_lists import PARAMETERS, ContradictionLists
from incidents_api.storage.store import Store
from incidents_api.web import answers, slots, tables
from incidents_api.web.clocked import require

COLUMNS: Final = (
    "id",
    "kind",
    "strength",
    "incident",
    "facility",
    "actor",
    "measure",
    "predicate",
    "claimants",
    "records",
    "words",
)


class Claims:
    """The routes of what follows from claims."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.contradicted = ContradictionLists(store)
        self.parameters = (*PARAMETERS, format_parameter(TABLES))

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        made = Blueprint("claims", __name__, url_prefix=ROOT)
        made.add_url_rule("/contradictions", "contradictions", self.contradictions)
        for resource in MEMBERS:
            name, view = f"{resource}_contradictions", self._contradictions(resource)
            made.add_url_rule(f"/{resource}/<id>/contradictions", name, view)
        return made

    def contradictions(self) -> Response:
        """Answer with the contradictions that match the query."""
        return self._answer(answers.read(self.parameters))

    def _contradictions(self, resource: str) -> Callable[[str], Response]:
        member = MEMBERS[resource]
        taken = tuple(one for one in self.parameters if one.name != member)

        def view(id: str) -> Response:  # noqa: A002
            values = answers.read(taken)
            require(self.store, self.store.registry[resource], id, values)
            return self._answer({**values, member: [id]})

        return view

    def _answer(self, values: dict[str, Any]) -> Response:
        format_ = answers.choose(TABLES, values.get("f"))
        if had := answers.seen(answers.etag(self.store.seq(), format_.name)):
            return answers.unchanged(had)
        if format_.name == "csv" and "limit" not in values:
            page, found = self.contradicted.everything(values)
            return slots.whole(tables.shown("contradictions", COLUMNS, map(_flat, found), page))
        page = self.contradicted.page(values)
        if format_.name == "csv":
            return tables.shown("contradictions", COLUMNS, map(_flat, page.rows), page)
        tag, meta = answers.etag(page.seq, format_.name), {"known_seq": page.known_seq}
        return tables.page([_linked(row) for row in page.rows], tag, meta, page.next_cursor)


def _linked(row: dict[str, Any]) -> dict[str, Any]:
    """Return a contradiction with the addresses of its records."""
    records = [
        {**record, "href": f"{ROOT}/{record['resource']}/{record['id']}"}
        for record in row["records"]
    ]
    return {**row, "records": records}


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "records": [f"{one['resource']}/{one['id']}" for one in row["records"]]}
