"""One blueprint for every resource: its list, its records, their sub-lists and history."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import orjson
from flask import Blueprint, Response, request

from incidents_api.contract import (
    FORMATS,
    JSON,
    ROOT,
    formats,
    history_parameters,
    record_parameters,
)
from incidents_api.exporting import csv_table, geojson, ndjson
from incidents_api.model import Record
from incidents_api.model.faults import pointer
from incidents_api.model.registry import SubList
from incidents_api.storage.cursors import before_version, version_cursor
from incidents_api.storage.levels import RESTRICTED
from incidents_api.storage.lists import Chosen, Lists, Page, documents, history
from incidents_api.storage.parameters import Unreadable
from incidents_api.storage.store import Store
from incidents_api.web import access, allowed, answers, slots, tables
from incidents_api.web.clocked import require
from incidents_api.web.finding import readable, visible
from incidents_api.web.merging import Merging
from incidents_api.web.problems import Refuse, in_body
from incidents_api.web.writes import Writes

#: With no other parameters, the answer is the document as it is kept.
_PLAIN = frozenset({"f", "fields"})
#: The formats that give everything where no limit is given.
_STREAMED = frozenset({"csv", "ndjson"})


class Resource:
    """The routes of one resource."""

    def __init__(self, store: Store, lists: dict[str, Lists], record: type[Record]) -> None:
        self.store = store
        self.lists = lists
        self.own = lists[record.resource]
        self.name = record.resource
        self.record_type = record
        self.formats = formats(record)
        self.one = record_parameters(self.own.grammar)
        self.versions = history_parameters(self.own.grammar)

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        made = Blueprint(self.name, __name__, url_prefix=f"{ROOT}/{self.name}")
        made.add_url_rule("", "list", self.list)
        made.add_url_rule("/search", "search", self.search, methods=["POST"])
        made.add_url_rule("/<id>", "record", self.record)
        made.add_url_rule("/<id>/history", "history", self.history)
        for item in self.store.registry.sublists(self.name):
            made.add_url_rule(f"/<id>/{item.name}", item.name, self._sublist(item))
        Writes(self.store, self.record_type).add(made)
        Merging(self.store, self.record_type).add(made)
        return made

    def list(self) -> Response:
        """Answer with the records that match the query."""
        return answer_list(self.own, self.own.grammar.read(answers.arguments()))

    def search(self) -> Response:
        """Answer with the records that match the query in the body, as the list would."""
        answers.read(())
        given, doubled = allowed.body((JSON,), "search_bytes")
        if doubled:
            raise in_body(Unreadable({pointer(path)[1:]: [words] for path, words in doubled}))
        try:
            allowed.check_search(given)
            answer = answer_list(self.own, self.own.grammar.read_json(given))
        except Unreadable as fault:
            raise in_body(fault) from None
        del answer.headers["ETag"]  # it would be the tag of the address without the body
        return answer

    def _sublist(self, item: SubList) -> Any:
        def view(id: str) -> Response:  # noqa: A002
            lists = self.lists[item.resource]
            values = lists.grammar.read(answers.arguments(), fixed=item.parameter)
            require(self.store, self.record_type, id, values, writers=True)
            return answer_list(lists, {**values, item.parameter: [id]})

        return view

    def record(self, id: str) -> Response:  # noqa: A002
        """Answer with one record."""
        values = answers.read(self.one) if answers.asked() else {}
        format_ = answers.choose(self.formats, values.get("f"))
        if format_.name != "json" or not _PLAIN.issuperset(values):
            return self._computed(id, values)
        found = readable(self.store, self.name, id, writers=True)
        document, tag = found.document, answers.etag(found.from_seq, "json")
        if "HTTP_AUTHORIZATION" in request.environ and (exact := self._exact(id)):
            document, tag = exact, answers.etag(found.from_seq, "json", RESTRICTED)
        if had := answers.seen(tag):
            return answers.unchanged(had)
        if "fields" in values:
            document = ndjson.pick(document, values["fields"])
        return answers.answer(document, tag, JSON)

    def _exact(self, name: str) -> bytes | None:
        """Return a record as it is known, where it shows everybody less than who asks may see."""
        return self.store.exact(self.name, name) if access.may(self.store, "write") else None

    def _computed(self, name: str, values: dict[str, Any]) -> Response:
        """Answer with one record in another format, under clocks, or with records embedded."""
        require(self.store, self.record_type, name, values, writers=True)
        return answer_list(self.own, {**values, "id": [name]}, single=True)

    def history(self, id: str) -> Response:  # noqa: A002
        """Answer with a record's versions, the newest first."""
        values = answers.read(self.versions)
        answers.choose(("json",))
        visible(self.store, self.name, id, writers=True)
        limit = values.get("limit", 50)
        before = before_version(self.name, id, values.get("cursor"))
        level = access.level(self.store)
        asked = (self.store, self.name, id, limit + 1, before, values, level)
        seq, known_seq, rows = history(*asked)
        if not rows and before is None:
            words = f"There is no record {id[:80]!r} among the {self.name} at transaction"
            raise Refuse("not-found", f"{words} {known_seq}.")
        tag = answers.etag(seq, "json", level)
        if had := answers.seen(tag):
            return answers.unchanged(had)
        page = Page(rows[:limit], seq, known_seq)
        if len(rows) > limit:
            page.next_cursor = version_cursor(self.name, id, rows[limit - 1][0])
        return _json_page([_version(row, values.get("fields")) for row in page.rows], page, tag)


def _version(row: tuple[Any, ...], members: Sequence[str] | None) -> bytes:
    seq, version, action, recorded_at, who, why, changed, redacted, document = row
    told = {
        "seq": seq,
        "version": version,
        "action": action,
        "recorded_at": recorded_at,
        "who": who,
        "why": why,
        "changed_fields": orjson.loads(changed),
    }
    if redacted != "[]":
        told["redacted"] = orjson.loads(redacted)
    record: bytes = document.encode()
    if members is not None:
        record = ndjson.pick(record, members)
    return orjson.dumps(told)[:-1] + b',"record":' + record + b"}"


def answer_list(lists: Lists, values: dict[str, Any], *, single: bool = False) -> Response:
    """Answer with a list, or with its single record, in the format that is asked for."""
    level, offered = access.level(lists.store), formats(lists.record)
    format_ = answers.choose(offered, values.get("f"))
    if (
        "HTTP_IF_NONE_MATCH" in request.environ
        and not _in_body()
        and (had := answers.seen(answers.etag(lists.store.seq(), format_.name, level)))
    ):
        return answers.unchanged(had)
    make = {"json": _json, "csv": _csv, "ndjson": _ndjson, "geojson": _geojson}
    found = make[format_.name](lists, values, level, single)
    streamed = format_.name in _STREAMED and "limit" not in values and not single
    return slots.whole(found) if streamed else found


def _in_body() -> bool:
    """Return whether the query is in the body: then no address leads to this answer."""
    return request.method == "POST"


def _json(lists: Lists, values: dict[str, Any], level: int, single: bool) -> Response:
    page = lists.page(values, level)
    tag = answers.etag(page.seq, "json", level)
    found = _documents(page, values)
    if single:
        return answers.answer(_only(found), tag, JSON, answers.known(page.known_seq))
    return _json_page(found, page, tag, values)


def _only(found: list[Any]) -> Any:
    """Return the one record of a page; it may have gone since it was found."""
    if not found:
        raise Refuse("not-found", "The record has just been withdrawn; ask again.")
    return found[0]


def _documents(page: Page, values: dict[str, Any]) -> list[bytes]:
    found = [row[1] for row in page.rows]
    if "fields" in values:
        return [ndjson.pick(document, values["fields"]) for document in found]
    return found


def _json_page(
    found: list[bytes], page: Page, tag: str, values: dict[str, Any] | None = None
) -> Response:
    links = [{"rel": "self", "href": answers.address(), "type": JSON}]
    headers = _headers(page, links)
    told = b',"meta":'.join((orjson.dumps(links), orjson.dumps(_meta(page, values or {}))))
    return answers.answer(_page(found, told), tag, JSON, headers)


def _page(found: list[bytes], told: bytes) -> bytes:
    """Return the records and what is told of them as one object.

    What stands around the records goes to the first and the last of them before all are joined:
    a page is long, and each further step would copy all of it.
    """
    if not found:
        found = [b""]
    first, *more = found
    whole = [b'{"data":[' + first, *more]
    whole[-1] += b'],"links":' + told + b"}"
    return b",".join(whole)


def _headers(page: Page, links: list[dict[str, str]]) -> dict[str, str]:
    """Add the link to the next page; return it as a header (RFC 8288), and whose state it is."""
    known = answers.known(page.known_seq)
    if page.next_cursor is None or _in_body():
        return known
    href = answers.address(page.next_cursor)
    links.append({"rel": "next", "href": href, "type": JSON})
    return answers.next_link(href) | known


def _meta(page: Page, values: dict[str, Any]) -> dict[str, Any]:
    meta: dict[str, Any] = {
        "returned": len(page.rows),
        "next_cursor": page.next_cursor,
        "known_seq": page.known_seq,
    }
    meta |= tables.totals(page)
    if page.more_than_ranked is not None:
        meta["ranked"] = "the newest 1,000 matches" if page.more_than_ranked else "all matches"
    if "sample" in values:
        meta |= {"sample": values["sample"], "seed": values.get("seed", 0)}
    return meta


def _csv(lists: Lists, values: dict[str, Any], level: int, single: bool) -> Response:
    values = _flat_query(values)
    seq, chunks, headers = _rows(lists, values, level, lists.line(values, level), single)
    body = csv_table.chunks(lists.columns(values), chunks)
    headers |= answers.file_name(lists.record.resource, "csv")
    return answers.answer(body, answers.etag(seq, "csv", level), FORMATS["csv"].header, headers)


def _ndjson(lists: Lists, values: dict[str, Any], level: int, single: bool) -> Response:
    seq, chunks, headers = _rows(lists, values, level, documents, single)
    headers |= answers.file_name(lists.record.resource, "ndjson")
    body = ndjson.chunks(chunks, values.get("fields"))
    return answers.answer(
        body, answers.etag(seq, "ndjson", level), FORMATS["ndjson"].header, headers
    )


def _rows(
    lists: Lists,
    values: dict[str, Any],
    level: int,
    chosen: Chosen,
    single: bool,
) -> tuple[int, Iterator[list[tuple[Any, ...]]], dict[str, str]]:
    """Return a page where a limit is given, else everything that matches."""
    if "limit" in values or single:
        page = lists.page(values, level, chosen)
        return page.seq, iter([page.rows]), _headers(page, [])
    page, chunks = lists.everything(values, level, chosen)
    first = next(chunks, [])
    return page.seq, chain([first], chunks), answers.known(page.known_seq)


def _geojson(lists: Lists, values: dict[str, Any], level: int, single: bool) -> Response:
    values = _flat_query(values)
    columns = lists.flat(values, level, words=False)
    page = lists.page(values, level, geojson.with_point(columns))
    made = list(geojson.features(lists.columns(values), page.rows))
    tag, type_ = answers.etag(page.seq, "geojson", level), FORMATS["geojson"].header
    if single:
        known = answers.known(page.known_seq)
        return answers.answer(orjson.dumps(_only(made)), tag, type_, known)
    links = [{"rel": "self", "href": answers.address(), "type": type_}]
    headers = _headers(page, links)
    whole = {
        "type": "FeatureCollection",
        "features": made,
        "links": links,
        "meta": _meta(page, values),
    }
    return answers.answer(orjson.dumps(whole), tag, type_, headers)


def _flat_query(values: dict[str, Any]) -> dict[str, Any]:
    """Return the query without what only documents have room for."""
    return {name: value for name, value in values.items() if name != "include"}
