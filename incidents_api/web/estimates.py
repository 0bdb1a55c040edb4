"""Estimates over HTTP: of one incident, facility or actor, and of the incidents of a filter."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response

from incidents_api.contract import ROOT, TABLES, format_parameter, grammar
from incidents_api.storage.claims import MEMBERS
from incidents_api.storage.clocks import CLOCKS
from incidents_api.storage.estimate_members import chosen, columns, row_of
from incidents_api.storage.estimating import (
    Asked,
    Estimating,
    incidents_grammar,
    parameters,
)
from incidents_api.storage.store import Store
from incidents_api.web import answers, slots, tables
from incidents_api.web.clocked import require


class Estimates:
    """The routes of estimates."""

    def __init__(self, store: Store) -> None:
        self.store = store
        own = grammar(store.registry, store.registry["incidents"])
        self.grammar = incidents_grammar(store.registry, own)
        self.grammar.parameters["f"] = format_parameter(TABLES)
        self.estimating = Estimating(store, self.grammar)
        self.parameters = (*parameters(store.registry), *CLOCKS, format_parameter(TABLES))

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        made = Blueprint("estimates", __name__, url_prefix=ROOT)
        made.add_url_rule("/estimates", "estimates", self.estimates)
        for resource in MEMBERS:
            made.add_url_rule(f"/{resource}/<id>/estimates", resource, self._of(resource))
        return made

    def _of(self, resource: str) -> Callable[[str], Response]:
        def view(id: str) -> Response:  # noqa: A002
            values = answers.read(self.parameters)
            format_ = answers.choose(TABLES, values.get("f")).name
            require(self.store, self.store.registry[resource], id, values)
            if had := answers.seen(answers.etag(self.store.seq(), format_)):
                return answers.unchanged(had)
            found = self.estimating.one(resource, id, _asked(values))
            if format_ == "csv":
                return tables.shown("estimates", columns(values), map(_flat, found.rows), found)
            tag, meta = answers.etag(found.seq, format_), {"known_seq": found.known_seq}
            return tables.page(chosen(found.rows, values), tag, meta)

        return view

    def estimates(self) -> Response:
        """Answer with the estimates of the incidents that match the query."""
        values = self.grammar.read(answers.arguments())
        format_ = answers.choose(TABLES, values.get("f")).name
        if had := answers.seen(answers.etag(self.store.seq(), format_)):
            return answers.unchanged(had)
        if format_ == "csv" and "limit" not in values:
            page, found = self.estimating.everything(_asked(values))
            return slots.whole(tables.shown("estimates", columns(values), map(_flat, found), page))
        rows, page = self.estimating.page(_asked(values))
        if format_ == "csv":
            return tables.shown("estimates", columns(values), map(_flat, rows), page)
        tag, meta = answers.etag(page.seq, format_), {"known_seq": page.known_seq}
        meta |= {"incidents": len(page.rows), **tables.totals(page)}
        return tables.page(chosen(rows, values), tag, meta, page.next_cursor)


def _asked(values: dict[str, Any]) -> Asked:
    given = dict(answers.arguments())
    return Asked(values, {name: given[name] for name in ("as_of", "said_by") if name in given})


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return row_of(row) | tables.question(row["question"])
