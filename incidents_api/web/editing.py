"""What single writes and batches share: who may, which body, which condition, what to answer."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from flask import request
from marshmallow import ValidationError

from incidents_api.contract import ROOT
from incidents_api.model import Record, checking
from incidents_api.model.faults import paths
from incidents_api.model.fields import Kind
from incidents_api.request_ids import request_id
from incidents_api.storage.access import Key
from incidents_api.storage.applying import apply
from incidents_api.storage.edits import Cause, Done, Edit, Match, NotDone, content_cause
from incidents_api.storage.parameters import Parameter
from incidents_api.storage.retries import Beside
from incidents_api.storage.store import Store
from incidents_api.web import access, answers, bodies

_TAG: Final = re.compile(r'"([0-9]{1,18})-[a-z]+-[0-9]+(-restricted)?(:[a-z]+)?"')


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


def twice(doubled: list[bodies.Fault]) -> list[Cause]:
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
    causes = twice(doubled)
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


def done_alone(
    store: Store, key: Key, edit: Edit, values: Mapping[str, Any], beside: Beside | None = None
) -> tuple[int, Done]:
    """Do one edit, which has no place among others; return the transaction's number too.

    Args:
        store: The knowledge base.
        key: Whose key came with it.
        edit: What to do.
        values: The values of the query string.
        beside: What is done beside it, in its transaction.

    Raises:
        NotDone: It cannot be done.

    """
    try:
        seq, (done,) = apply(
            store,
            [edit],
            key.owner,
            values.get("reason"),
            key_id=key.id,
            request_id=request_id(request.environ),
            beside=beside,
        )
    except NotDone as fault:
        raise NotDone([replace(cause, place=None) for cause in fault.causes]) from None
    return seq, done


def shaped(kind: Kind, given: Any, doubled: list[bodies.Fault]) -> Any:
    """Return a body that is no record, checked by its kind.

    Raises:
        NotDone: With every fault.

    """
    causes = twice(doubled)
    try:
        given = kind.check(given)
    except ValidationError as fault:
        causes += [content_cause(path, words) for path, words in paths(fault)]
    if causes:
        raise NotDone(causes)
    return given


def withdrawn(done: Done) -> list[dict[str, str]]:
    """Return what was withdrawn, the record itself first."""
    return listed(((done.resource, done.id), *done.withdrawn))


def listed(found: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Return records, given as pairs of resource and id, with their addresses."""
    return [{"resource": one, "id": name, "href": href(one, name)} for one, name in found]
