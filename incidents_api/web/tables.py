"""Answers made of rows that are no records: a page in JSON, a table in CSV."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import orjson
from flask import Response

from incidents_api.contract import FORMATS, JSON
from incidents_api.storage.flat import SEPARATOR
from incidents_api.storage.lists import Page
from incidents_api.web import answers

Row = Mapping[str, Any]


def page(
    rows: Sequence[Row],
    tag: str,
    meta: Mapping[str, Any],
    next_cursor: str | None = None,
    *,
    by: str = "cursor",
) -> Response:
    """Return a page of rows in JSON, with links to itself and the next one.

    Args:
        rows: What stands in ``data``.
        tag: The entity tag.
        meta: What is said of the page besides ``returned`` and ``next_cursor``; of its
            ``known_seq``, the header is made too.
        next_cursor: Where to go on; None on the last page.
        by: The name of the parameter that takes it.

    """
    links = [{"rel": "self", "href": answers.address(), "type": JSON}]
    headers = answers.known(meta["known_seq"]) if "known_seq" in meta else {}
    if next_cursor is not None:
        href = answers.address(next_cursor, by)
        links.append({"rel": "next", "href": href, "type": JSON})
        headers |= answers.next_link(href)
    told = {"returned": len(rows), "next_cursor": next_cursor, **meta}
    body = orjson.dumps({"data": rows, "links": links, "meta": told})
    return answers.answer(body, tag, JSON, headers)


def table(
    name: str,
    columns: Sequence[str],
    rows: Iterable[Row],
    tag: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return rows as CSV (RFC 4180), streamed; a column names a member, dots lead into objects."""
    sent = {**answers.file_name(name, "csv"), **(headers or {})}
    body = answers.csv_rows(columns, (flat(row, columns) for row in rows))
    return answers.answer(body, tag, FORMATS["csv"].header, sent)


class Shown(Protocol):
    """A page of rows, or all of them."""

    @property
    def seq(self) -> int:
        """The number of the last transaction."""

    @property
    def known_seq(self) -> int:
        """That of the last one whose state is shown."""

    @property
    def next_cursor(self) -> str | None:
        """Where to go on; None where nothing follows."""


def shown(name: str, columns: Sequence[str], rows: Iterable[Row], page: Shown) -> Response:
    """Return a page of rows, or all of them, as CSV that says whose state it is."""
    headers = answers.known(page.known_seq)
    if page.next_cursor is not None:
        headers |= answers.next_link(answers.address(page.next_cursor))
    return table(name, columns, rows, answers.etag(page.seq, "csv"), headers)


def totals(page: Page) -> dict[str, Any]:
    """Return how many match, if that was asked."""
    if page.total is None:
        return {}
    return {"total": page.total, "total_is_minimum": page.total_is_floor}


def question(asked: Row) -> dict[str, Any]:
    """Return a question in columns."""
    flat = {name: asked[name] for name in ("measure", "unit", "circumstance", "method")}
    flat |= {f"population_{name}": terms for name, terms in asked["population"].items()}
    return flat | {f"scope_{name}": term for name, term in asked["scope"].items()}


def flat(row: Row, columns: Sequence[str]) -> list[Any]:
    """Return a row's cells: lists of values joined, objects as JSON, flags as true and false."""
    return [_cell(_at(row, column)) for column in columns]


def _at(row: Any, column: str) -> Any:
    for step in column.split("."):
        if row is None:
            return None
        row = row.get(step)
    return row


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return SEPARATOR.join(map(str, value)) or None
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode() if value else None
    return value
