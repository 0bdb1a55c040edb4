"""The routes that write a resource: create, replace, patch, withdraw and restore a record."""

from typing import Any

import orjson
from flask import Blueprint, Response

from incidents_api.contract import JSON, MERGE_PATCH, REASON, WITHDRAWING
from incidents_api.model import Record
from incidents_api.storage.access import Key
from incidents_api.storage.edits import Done, Edit
from incidents_api.storage.retries import Retry
from incidents_api.storage.store import Store
from incidents_api.web import allowed, answers
from incidents_api.web.editing import (
    begin,
    condition,
    content,
    done_alone,
    href,
    members,
    named,
    tag,
    twice,
    withdrawn,
)
from incidents_api.web.retries import Once, asked


class Writes:
    """The routes that write one resource."""

    def __init__(self, store: Store, record: type[Record]) -> None:
        self.store = store
        self.record = record
        self.name = record.resource

    def add(self, made: Blueprint) -> None:
        """Add the routes to the resource's own."""
        made.add_url_rule("", "create", self.create, methods=["POST"])
        for method, view in (
            ("PUT", self.replace),
            ("PATCH", self.patch),
            ("DELETE", self.withdraw),
        ):
            made.add_url_rule("/<id>", view.__name__, view, methods=[method])
        made.add_url_rule("/<id>/restore", "restore", self.restore, methods=["POST"])

    def create(self) -> Response:
        """Create a record."""
        key, values = begin(self.store, REASON)
        retry = asked(self.store, key, allowed.allowed("body_bytes"))
        given, broken = content(self.record, *allowed.body((JSON,), "body_bytes"))
        edit = Edit("create", self.name, given.get("id"), given, broken=broken)
        return self._one(key, edit, values, retry)

    def replace(self, id: str) -> Response:  # noqa: A002
        """Replace a record, or create it under this id."""
        key, values = begin(self.store, REASON)
        body, doubled = allowed.body((JSON,), "body_bytes")
        given, broken = content(self.record, body, doubled, name=id)
        match, absent = condition()
        edit = Edit(
            "replace",
            self.name,
            id,
            given,
            named(body, id),
            match=match,
            absent=absent,
            broken=broken,
        )
        return self._one(key, edit, values)

    def patch(self, id: str) -> Response:  # noqa: A002
        """Change some members of a record (RFC 7396)."""
        key, values = begin(self.store, REASON)
        given, doubled = allowed.body((MERGE_PATCH, JSON), "body_bytes")
        match, absent = condition()
        edit = Edit(
            "patch",
            self.name,
            id,
            members(given),
            match=match,
            absent=absent,
            broken=tuple(twice(doubled)),
        )
        return self._one(key, edit, values)

    def withdraw(self, id: str) -> Response:  # noqa: A002
        """Withdraw a record: it leaves a tombstone, and its history stays."""
        key, values = begin(self.store, WITHDRAWING)
        match, absent = condition()
        cascade = values.get("cascade", False)
        edit = Edit("withdraw", self.name, id, match=match, absent=absent, cascade=cascade)
        seq, done = done_alone(self.store, key, edit, values)
        body = {"seq": seq, "withdrawn": withdrawn(done)}
        return answers.answer(orjson.dumps(body), tag(done), JSON)

    def restore(self, id: str) -> Response:  # noqa: A002
        """Restore a record that has been withdrawn."""
        key, values = begin(self.store, REASON)
        retry = asked(self.store, key, allowed.allowed("body_bytes"))
        match, _ = condition()
        return self._one(key, Edit("restore", self.name, id, match=match), values, retry)

    def _one(
        self, key: Key, edit: Edit, values: dict[str, Any], retry: Retry | None = None
    ) -> Response:
        """Do one edit, and answer with the record as it stands now."""
        once = Once(retry, lambda _, done: _answered(done[0]))
        done_alone(self.store, key, edit, values, once)
        return once.response


def _answered(done: Done) -> Response:
    if done.action == "created":
        headers = {"Location": href(done.resource, done.id)}
        return answers.answer(done.written.document, tag(done), JSON, headers, 201)
    return answers.answer(done.written.document, tag(done), JSON)
