"""Answers made of rows that are no records: a page in JSON, a table in CSV."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from flask import Response

from incidents_api.contract import FORMATS, JSON
from incidents_api.storage.flat import SEPARATOR
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


def page_headers(known_seq: int, next_cursor: str | None) -> dict[str, str]:
    """Return the headers of a page that is a table: whose state it is, and the next one."""
    sent = answers.known(known_seq)
    if next_cursor is not None:
        sent |= answers.next_link(answers.address(next_cursor))
    return sent


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
