"""Exports over HTTP: all that whoever asks may see, or what a query chooses of it, as one file."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final

from flask import Blueprint, Response, request

from incidents_api.contract import ROOT
from incidents_api.exporting.export import Export
from incidents_api.exporting.formats import EXPORTS, ExportFormat, formats_of
from incidents_api.exporting.questions import asked
from incidents_api.exporting.refusals import NotExported
from incidents_api.model import Record
from incidents_api.storage.belonging import INCIDENTS
from incidents_api.storage.lists import Lists
from incidents_api.storage.parameters import Unreadable
from incidents_api.web import access, answers, slots
from incidents_api.web.problems import Refuse

#: What is built before it is sent may hold so many records: it takes a thread, and disk.
MOST_BUILT: Final = 100_000


class Exports:
    """The routes of exports.

    Args:
        lists: The lists of every resource.

    """

    def __init__(self, lists: Mapping[str, Lists]) -> None:
        self._lists = lists

    def blueprint(self) -> Blueprint:
        """Return the routes: one for all resources, and one for each alone."""
        made = Blueprint("exports", __name__, url_prefix=f"{ROOT}/export")
        if INCIDENTS in self._lists:
            made.add_url_rule("", "all", self._view(self._lists[INCIDENTS], None))
        for name, lists in self._lists.items():
            made.add_url_rule(f"/{name}", name, self._view(lists, lists.record))
        return made

    def _view(self, lists: Lists, record: type[Record] | None) -> Any:
        names = formats_of(record) if record else tuple(EXPORTS)
        grammar = asked(lists.grammar, names, alone=record is not None)

        def view() -> Response:
            values = grammar.read(answers.arguments())
            format_ = _format(names, values.pop("format", None))
            level = access.level(lists.store)
            if had := answers.seen(answers.etag(lists.store.seq(), format_.name, level)):
                return answers.unchanged(had)
            # A file of one table holds incidents, where no other resource is named.
            alone = record if record or format_.together else lists.record
            return slots.export(lambda: self._answer(format_, alone, values, level))

        return view

    def _answer(
        self, format_: ExportFormat, record: type[Record] | None, values: dict[str, Any], level: int
    ) -> Response:
        question = request.query_string.decode(errors="replace")
        export = Export(
            self._lists,
            record,
            values,
            level,
            loadable=format_.loadable,
            question=question,
        )
        if format_.build and export.count(MOST_BUILT + 1) > MOST_BUILT:
            words = (
                f"{format_.name} is built before it is sent, of at most {MOST_BUILT:,} records: "
                "narrow the query, or take bundle, csv or ndjson"
            )
            raise Unreadable({"format": [words]})
        pieces = format_.pieces(export)
        body = chain([next(pieces, b"")], pieces)  # what goes wrong first is still told
        name = record.resource if record else "incidents-api"
        headers = answers.known(export.known_seq) | answers.file_name(name, format_.ending)
        tag = answers.etag(export.seq, format_.name, level)
        return answers.answer(body, tag, format_.header, headers)


def _format(names: Sequence[str], given: str | None) -> ExportFormat:
    """Choose the format: ``format=`` first, then Accept, then the first that is offered.

    Raises:
        Refuse: Nothing that is offered is accepted, or what it needs is not installed here.

    """
    offered: dict[str, str] = {}
    for name in names:
        offered.setdefault(EXPORTS[name].type, name)
    accepted = request.accept_mimetypes
    found = accepted.best_match(list(offered)) if accepted else next(iter(offered))
    if given is None and found is None:
        raise answers.not_accepted(offered)
    format_ = EXPORTS[given or offered[str(found)]]
    try:
        format_.need()
    except NotExported as fault:
        words = f"{format_.name} is not offered here: it has not been installed."
        raise Refuse("not-acceptable", words) from fault
    return format_
