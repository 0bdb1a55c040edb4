"""Timelines over HTTP: how counts grew, of one incident and of what one actor says."""

from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Response

from incidents_api.contract import ROOT, TABLES, format_parameter
from incidents_api.estimates.figures import GROUPS
from incidents_api.storage.claims import MEMBERS
from incidents_api.storage.lists import Lists
from incidents_api.storage.store import Store
from incidents_api.storage.timelines import SHOWN, TIMELINES, Timelines, timeline_grammar
from incidents_api.web import answers, slots, tables
from incidents_api.web.clocked import require

_LINKS: Final = ("stands", "corrects", "corrected_by", "derives_from", "part_of", "before")
COLUMNS: Final = (
    "figure",
    *MEMBERS.values(),
    "series",
    "question_id",
    "measure",
    "unit",
    *(f"population_{group}" for group in GROUPS),
    "scope_includes_perpetrators",
    "scope_deaths",
    "circumstance",
    "method",
    *SHOWN,
    *_LINKS,
    "change_low",
    "change_best",
    "change_high",
)


class TimelineRoutes:
    """The routes of timelines."""

    def __init__(self, store: Store, figures: Lists) -> None:
        self.store = store
        self.grammar = timeline_grammar(figures.grammar)
        self.grammar.parameters["f"] = format_parameter(TABLES)
        self.timelines = Timelines(store, figures)

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        made = Blueprint("timelines", __name__, url_prefix=ROOT)
        for resource, member in TIMELINES.items():
            view = self._of(resource, member)
            made.add_url_rule(f"/{resource}/<id>/timeline", resource, view)
        return made

    def _of(self, resource: str, member: str) -> Callable[[str], Response]:
        def view(id: str) -> Response:  # noqa: A002
            values = self.grammar.read(answers.arguments(), fixed=member)
            format_ = answers.choose(TABLES, values.get("f")).name
            require(self.store, self.store.registry[resource], id, values)
            if had := answers.seen(answers.etag(self.store.seq(), format_)):
                return answers.unchanged(had)
            return self._answer({**values, member: [id]}, format_)

        return view

    def _answer(self, values: dict[str, Any], format_: str) -> Response:
        if format_ == "csv" and "limit" not in values:
            page, found = self.timelines.everything(values)
            return slots.whole(tables.shown("timeline", COLUMNS, map(_flat, found), page))
        rows, page = self.timelines.page(values)
        if format_ == "csv":
            return tables.shown("timeline", COLUMNS, map(_flat, rows), page)
        meta = {"known_seq": page.known_seq, **tables.totals(page)}
        return tables.page(rows, answers.etag(page.seq, format_), meta, page.next_cursor)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its question in columns."""
    return {**row, **tables.question(row["question"])}
