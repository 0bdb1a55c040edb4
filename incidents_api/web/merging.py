"""Merged records over HTTP: the route that merges, and the way from a loser to its survivor."""

from typing import Any

import orjson
from flask import Blueprint, Response

from incidents_api.contract import JSON, REASON
from incidents_api.model import Record
from incidents_api.operations import MERGING
from incidents_api.storage.edits import Done, Edit
from incidents_api.storage.store import Store
from incidents_api.web import allowed, answers
from incidents_api.web.editing import begin, condition, done_alone, href, listed, shaped, tag
from incidents_api.web.retries import Once, asked

#: A body that names a record is small: so many bytes.
MOST = 4096


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
        retry = asked(self.store, key, MOST)
        given = shaped(MERGING, *allowed.within((JSON,), MOST))
        match, absent = condition()
        edit = Edit("merge", self.name, id, match=match, absent=absent, into=given["into"])
        once = Once(retry, lambda seq, done: _answered(seq, done[0]))
        done_alone(self.store, key, edit, values, once)
        return once.response


def _answered(seq: int, done: Done) -> Response:
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
