"""What differs between two states, as a page in JSON or a table in CSV."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from flask import Response

from incidents_api.contract import TABLES
from incidents_api.storage.cursors import digest, place_of, written
from incidents_api.storage.differences import Difference, Differences
from incidents_api.storage.store import Store
from incidents_api.web import answers, slots, tables
from incidents_api.web.editing import href

#: The members of a change, and all columns of the table: one row a member that changed.
CHANGE: Final = ("field", "from", "to", "computed")
COLUMNS: Final = ("seq", "resource", "id", "change", "version_from", "version_to", *CHANGE)
#: Parameters that choose how to answer: a cursor is not bound to them.
HOW: Final = frozenset({"limit", "cursor", "total", "f"})


def answer(store: Store, first: int, last: int, values: dict[str, Any]) -> Response:
    """Answer with what differs between the states that two transactions left."""
    format_ = answers.choose(TABLES, values.get("f"))
    tag = answers.etag(store.seq(), format_.name)
    if had := answers.seen(tag):
        return answers.unchanged(had)
    found = Differences(store, first, last, values)
    if format_.name == "csv" and "limit" not in values:
        return slots.whole(tables.table("differences", COLUMNS, _rows(found.everything()), tag))
    bound = digest([first, last, {k: v for k, v in values.items() if k not in HOW}])
    place = place_of(values.get("cursor"), bound, (int, int))
    some, more = found.page(place, values.get("limit", 50))
    cursor = written(bound, [*more]) if more else None
    if format_.name == "csv":
        headers = answers.next_link(answers.address(cursor)) if cursor else {}
        return tables.table("differences", COLUMNS, _rows(some), tag, headers)
    meta: dict[str, Any] = {"from_seq": first, "to_seq": last}
    if values.get("total"):
        meta["counts"] = found.counted()
    return tables.page([_told(one) for one in some], tag, meta, cursor)


def _told(found: Difference) -> dict[str, Any]:
    """Return a record that differs, as it is answered."""
    return {
        "seq": found.place[0],
        "resource": found.resource,
        "id": found.id,
        "href": href(found.resource, found.id),
        "change": found.change,
        "version_from": found.versions[0],
        "version_to": found.versions[1],
        "fields": [dict(zip(CHANGE, one, strict=True)) for one in found.fields],
    }


def _rows(found: Iterable[Difference]) -> Iterator[dict[str, Any]]:
    """Yield one row for each member that changed, and one for each record added or withdrawn."""
    for one in found:
        told = _told(one)
        fields = told.pop("fields")
        yield from ({**told, **field} for field in fields or [dict.fromkeys(CHANGE)])
