"""The routes that write a resource: create, replace, patch, withdraw and restore a record."""

import re
from dataclasses import replace
from typing import Any, Final

import orjson
from flask import Blueprint, Response
from marshmallow import ValidationError

from incidents_api.contract import JSON, MERGE_PATCH, REASON, ROOT, WITHDRAWING
from incidents_api.model import Record, checking
from incidents_api.model.faults import paths
from incidents_api.storage.access import Key
from incidents_api.storage.edits import (
    Cause,
    Done,
    Edit,
    Match,
    NotDone,
    apply,
    content_cause,
)
from incidents_api.storage.parameters import Parameter
from incidents_api.storage.store import Store
from incidents_api.web import access, answers, bodies

#: A record is small: so many bytes.
MOST: Final = 1_048_576
_TAG: Final = re.compile(r'"([0-9]{1,18})-[a-z]+-[0-9]+(:[a-z]+)?"')


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
        given, broken = content(self.record, *bodies.read((JSON,), MOST))
        edit = Edit("create", self.name, given.get("id"), given, broken=broken)
        return self._one(key, edit, values)

    def replace(self, id: str) -> Response:  # noqa: A002
        """Replace a record, or create it under this id."""
        key, values = begin(self.store, REASON)
        body, doubled = bodies.read((JSON,), MOST)
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
        given, doubled = bodies.read((MERGE_PATCH, JSON), MOST)
        match, absent = condition()
        edit = Edit(
            "patch",
            self.name,
            id,
            members(given),
            match=match,
            absent=absent,
            broken=tuple(_twice(doubled)),
        )
        return self._one(key, edit, values)

    def withdraw(self, id: str) -> Response:  # noqa: A002
        """Withdraw a record: it leaves a tombstone, and its history stays."""
        key, values = begin(self.store, WITHDRAWING)
        match, absent = condition()
        cascade = values.get("cascade", False)
        edit = Edit("withdraw", self.name, id, match=match, absent=absent, cascade=cascade)
        seq, done = self._done(key, edit, values)
        body = {"seq": seq, "withdrawn": withdrawn(done)}
        return answers.answer(orjson.dumps(body), tag(done), JSON)

    def restore(self, id: str) -> Response:  # noqa: A002
        """Restore a record that has been withdrawn."""
        key, values = begin(self.store, REASON)
        match, _ = condition()
        return self._one(key, Edit("restore", self.name, id, match=match), values)

    def _done(self, key: Key, edit: Edit, values: dict[str, Any]) -> tuple[int, Done]:
        """Do one edit; it has no place among others."""
        try:
            seq, (done,) = apply(self.store, [edit], key.owner, values.get("reason"))
        except NotDone as fault:
            raise NotDone([replace(cause, place=None) for cause in fault.causes]) from None
        return seq, done

    def _one(self, key: Key, edit: Edit, values: dict[str, Any]) -> Response:
        """Do one edit, and answer with the record as it stands now."""
        _, done = self._done(key, edit, values)
        if done.action == "created":
            headers = {"Location": href(done.resource, done.id)}
            return answers.answer(done.written.document, tag(done), JSON, headers, 201)
        return answers.answer(done.written.document, tag(done), JSON)


def begin(store: Store, parameters: tuple[Parameter, ...]) -> tuple[Key, dict[str, Any]]:
    """Begin a write: who may, with which parameters, answered in JSON.

    Raises:
        Refuse: Whoever asks may not write, or takes no JSON.
        Unreadable: With the faults of the query string.

    """
    key = access.require(store, "write")
    values = answers.read(parameters)
    answers.choose(("json",))
    return key, values


def members(given: Any) -> dict[str, Any]:
    """Return a body that is an object.

    Raises:
        NotDone: It is none.

    """
    if type(given) is not dict:
        raise NotDone([Cause("invalid", "must be an object")])
    return unread(given)


def _twice(doubled: list[bodies.Fault]) -> list[Cause]:
    """Return what is wrong with a body in which members are given twice."""
    return [Cause("invalid", words, path=path) for path, words in doubled]


def unread(given: dict[str, Any]) -> dict[str, Any]:
    """Return a record without what reading it had embedded."""
    return {name: value for name, value in given.items() if name != "embedded"}


def content(
    record: type[Record], given: Any, doubled: list[bodies.Fault], name: str | None = None
) -> tuple[dict[str, Any], tuple[Cause, ...]]:
    """Return the checked values of a record that a body holds, or the rules that it breaks.

    Args:
        record: The resource.
        given: The body.
        doubled: Members of it that were given twice.
        name: The id that the address gives it.

    Raises:
        NotDone: With every fault, where the body is not even of the shape of a record.

    """
    causes = _twice(doubled)
    values: dict[str, Any] = {}
    try:
        values = checked(record, given, name)
    except ValidationError as fault:
        causes += [content_cause(path, words) for path, words in paths(fault)]
    if any(cause.kind == "invalid" for cause in causes):
        raise NotDone(causes)
    return values, tuple(causes)


def checked(record: type[Record], given: Any, name: str | None) -> dict[str, Any]:
    """Return the checked values of a record; one that does not say its id has the address's.

    Raises:
        ValidationError: With every fault.

    """
    if type(given) is not dict:
        raise ValidationError("must be an object")
    return checking.checked(record, named(given, name), name)


def named(given: dict[str, Any], name: str | None) -> dict[str, Any]:
    """Return a record as it was sent, with the address's id if it does not say its own."""
    told = unread(given)
    return told if told.get("id") is not None else {**told, "id": name}


def condition() -> tuple[Match, bool]:
    """Return in which state the record must be: by If-Match, or by If-None-Match absent."""
    absent = (answers.tags("If-None-Match") or "").strip() == "*"
    return matched(answers.tags("If-Match")), absent


def matched(given: str | None) -> Match:
    """Return the transactions that entity tags name, in any format and compression.

    Weak tags name none (RFC 9110 section 13.1.1 compares strongly).
    """
    if given is None:
        return None
    if given.strip() == "*":
        return "*"
    tags = (_TAG.fullmatch(part.strip()) for part in given.split(","))
    return frozenset(int(found[1]) for found in tags if found)


def tag(done: Done) -> str:
    """Return the entity tag of a record as an edit left it."""
    return answers.etag(done.written.from_seq, "json")


def href(resource: str, name: str) -> str:
    """Return a record's address."""
    return f"{ROOT}/{resource}/{name}"


def withdrawn(done: Done) -> list[dict[str, str]]:
    """Return what was withdrawn, the record itself first."""
    found = ((done.resource, done.id), *done.withdrawn)
    return [{"resource": one, "id": name, "href": href(one, name)} for one, name in found]
