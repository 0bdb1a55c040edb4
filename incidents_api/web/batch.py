"""Many edits of all resources in one request: one transaction, all of it or nothing."""

from dataclasses import replace
from typing import Any

import orjson
from flask import Blueprint, Response, request
from marshmallow import ValidationError

from incidents_api.contract import JSON, REASON, ROOT
from incidents_api.model.checking import SAME_ID
from incidents_api.model.faults import Path, paths
from incidents_api.operations import operations
from incidents_api.request_ids import request_id
from incidents_api.storage.applying import apply
from incidents_api.storage.edits import Cause, Done, Edit, NotDone, content_cause
from incidents_api.storage.store import Store
from incidents_api.web import answers, bodies, merging
from incidents_api.web.allowed import allowed, body
from incidents_api.web.editing import begin, checked, href, matched, named, tag, unread, withdrawn
from incidents_api.web.problems import MOST_FAULTS
from incidents_api.web.retries import Once, asked


class Batch:
    """The route that takes many edits."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.operations = operations(store.registry)

    def blueprint(self) -> Blueprint:
        """Return the route."""
        made = Blueprint("batch", __name__)
        made.add_url_rule(f"{ROOT}/batch", "batch", self.batch, methods=["POST"])
        return made

    def batch(self) -> Response:
        """Do many edits in one transaction."""
        key, values = begin(self.store, REASON)
        once = Once(asked(self.store, key, allowed("batch_bytes")), _answered)
        given, doubled = body((JSON,), "batch_bytes")
        edits = self._edits(given, doubled)
        try:
            apply(
                self.store,
                edits,
                key.owner,
                values.get("reason"),
                key_id=key.id,
                request_id=request_id(request.environ),
                beside=once,
            )
        except NotDone as fault:
            raise NotDone([_placed(cause, edits) for cause in fault.causes]) from None
        return once.response

    def _edits(self, given: Any, doubled: list[bodies.Fault]) -> list[Edit]:
        """Return the edits of a batch; one that cannot be read holds why, and is never done.

        Raises:
            NotDone: It is no batch at all.

        """
        causes = [Cause("invalid", words, _place(path), path) for path, words in doubled]
        listed = _listed(given, causes)
        if not listed or any(cause.place is None for cause in causes):
            raise NotDone(causes)
        edits: list[Edit] = []
        faults = 0
        for place, operation in enumerate(listed):
            twice = tuple(cause for cause in causes if cause.place == place)
            try:
                edit = self._edit(operation)
            except ValidationError as fault:
                broken = [
                    content_cause(("operations", place, *path), words, place)
                    for path, words in paths(fault)
                ]
                edit = Edit("create", "", None, broken=tuple(broken))
            edits.append(replace(edit, broken=(*twice, *edit.broken)))
            faults += len(edits[-1].broken)
            if faults > MOST_FAULTS:
                break  # it is refused anyway, and to find a million faults takes seconds
        return edits

    def _edit(self, given: Any) -> Edit:
        """Return the edit that an operation asks for.

        Raises:
            ValidationError: With every fault.

        """
        if type(given) is not dict:
            raise ValidationError("must be an object")
        op: Any = given.get("op")
        if type(op) is not str or op not in self.operations:
            words = f"must be one of {', '.join(self.operations)}"
            raise ValidationError({"op": [words]})
        faults: dict[str, Any] = {}
        values = given
        try:
            values = self.operations[op].check(given)
        except ValidationError as fault:
            faults = dict(fault.messages)  # type: ignore[arg-type]
        content = sent = values.get("record", {})
        broken: tuple[Cause, ...] = ()
        name = None if "id" in faults else values.get("id")
        if op in ("create", "replace") and faults.keys().isdisjoint(("resource", "record")):
            try:
                content = checked(self.store.registry[values["resource"]], content, name)
            except ValidationError as fault:
                broken = tuple(content_cause(path, words) for path, words in paths(fault))
                if op == "create" or any(cause.kind == "invalid" for cause in broken):
                    faults["record"] = fault.messages
        if faults:
            raise ValidationError(faults)
        return Edit(
            values["op"],
            values["resource"],
            content["id"] if op == "create" else name,
            unread(content),
            named(sent, name) if op == "replace" else {},
            match=matched(values.get("if_match")),
            why=values["reason"],
            cascade=bool(values.get("cascade")),
            into=values.get("into", ""),
            broken=broken,
        )


def _answered(seq: int, done: list[Done]) -> Response:
    body = {"seq": seq, "results": [_told(place, one) for place, one in enumerate(done)]}
    return answers.answer(orjson.dumps(body), answers.etag(seq, "json"), JSON)


def _listed(given: Any, causes: list[Cause]) -> list[Any]:
    """Return the operations of a batch, noting why they cannot be read."""
    if type(given) is not dict or set(given) != {"operations"}:
        causes.append(Cause("invalid", "must be an object with the one member operations"))
        return []
    found, most = given["operations"], allowed("batch_operations")
    if type(found) is not list or not 1 <= len(found) <= most:
        words = f"must be a list of 1 to {most:,} operations"
        causes.append(Cause("invalid", words, path=("operations",)))
        return []
    return found


def _placed(cause: Cause, edits: list[Edit]) -> Cause:
    """Return a cause with the path to it in the whole batch."""
    if cause.place is None or cause.path[:1] == ("operations",):
        return cause
    action = edits[cause.place].action
    inside: Path = ("record", *cause.path) if cause.path else ()
    if cause.path == ("id",) and action != "create" and cause.rule != SAME_ID:
        inside = ("id",)
    elif action in ("withdraw", "restore", "merge"):
        inside = cause.path if cause.path == ("into",) else ()
    return replace(cause, path=("operations", cause.place, *inside))


def _place(path: Path) -> int | None:
    """Return which operation a path leads into, if it does into one."""
    match path:
        case ("operations", int(place), *_):
            return place
    return None


def _told(place: int, done: Done) -> dict[str, Any]:
    """Return what one edit did."""
    told: dict[str, Any] = {
        "index": place,
        "action": done.action,
        "resource": done.resource,
        "id": done.id,
        "href": href(done.resource, done.id),
        "version": done.written.version,
        "etag": tag(done),
    }
    if done.action == "merged":
        return told | merging.told(done)
    return told | ({"withdrawn": withdrawn(done)} if done.action == "withdrawn" else {})
