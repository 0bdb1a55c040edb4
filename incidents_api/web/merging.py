"""Merged records over HTTP: the route that merges, and the way from a loser to its survivor."""

from typing import Any

import orjson
from flask import Blueprint, Response

from incidents_api.contract import JSON, REASON
from incidents_api.model import Record
from incidents_api.operations import MERGING
from incidents_api.storage.clocks import Source
from incidents_api.storage.conditions import WITHDRAWN
from incidents_api.storage.edits import Done, Edit
from incidents_api.storage.store import Store
from incidents_api.storage.survivors import survivor
from incidents_api.web import access, answers, bodies
from incidents_api.web.editing import begin, condition, done_alone, href, listed, shaped, tag
from incidents_api.web.problems import Elsewhere, Refuse

#: A body that names a record is small: so many bytes.
MOST = 4096
#: What everybody may see.
PUBLIC = 2


class Merging:
    """The route that merges records of one resource."""

    def __init__(self, store: Store, record: type[Record]) -> None:
        self.store = store
        self.name = record.resource

    def add(self, made: Blueprint) -> None:
        """Add the route to the resource's own."""
        made.add_url_rule("/<id>/merge-into", "merge", self.merge, methods=["POST"])

    def merge(self, id: str) -> Response:  # noqa: A002
        """Merge a record into another one, to which its links move."""
        key, values = begin(self.store, REASON)
        given = shaped(MERGING, *bodies.read((JSON,), MOST))
        match, absent = condition()
        edit = Edit("merge", self.name, id, match=match, absent=absent, into=given["into"])
        seq, done = done_alone(self.store, key, edit, values)
        body = {"seq": seq, **told(done)}
        return answers.answer(orjson.dumps(body), tag(done), JSON)


def told(done: Done) -> dict[str, Any]:
    """Return what a merge did: the survivor, what moved, and what was withdrawn with it."""
    return {
        "survivor": done.into,
        "survivor_href": href(done.resource, done.into),
        "moved": listed(done.moved),
        "withdrawn": listed(done.withdrawn),
    }


def follow(
    store: Store, resource: str, name: str, read: Source = str, connection: Any = None
) -> None:
    """Send a reader of a merged record on to the record that survives it.

    Args:
        store: The knowledge base.
        resource: Of which resource the record is.
        name: The id of the record, which may have been merged.
        read: What to read each table from: under ``known_at``, what was known then.
        connection: The connection to read with, if not the reader's own.

    Raises:
        Elsewhere: It has been merged.
        Refuse: It has been, but whoever asks may not see the survivor.

    """
    last = survivor(connection or store.connection, read, resource, name)
    if last is None:
        return
    if last.shown not in (PUBLIC, WITHDRAWN) and not access.may(store, "write"):
        raise Refuse("not-found", f"There is no record {name[:80]!r} among the {resource}.")
    address = answers.address()
    raise Elsewhere(last.id, address.replace(f"/{resource}/{name}", f"/{resource}/{last.id}", 1))
