"""Every error in one shape (RFC 9457), made in one place."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote

import orjson
from flask import Flask, Response, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected, HTTPException

from incidents_api import logs
from incidents_api.contract import JSON, PROBLEM, PROBLEMS, ROOT
from incidents_api.model.faults import pointer
from incidents_api.request_ids import request_id
from incidents_api.storage.cursors import Damaged, OfAnotherQuery
from incidents_api.storage.edits import Cause, NotDone
from incidents_api.storage.failures import Busy, NoRoom, Shut, TooSlow, Unusable, failure
from incidents_api.storage.parameters import Unreadable

BY_STATUS = {
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    410: "gone",
    413: "too-large",
    415: "unsupported-media-type",
}
#: What reading a body raises where the client stops sending or damages the chunks.
CUT_OFF: Final = (OSError, ParseException, ClientDisconnected)
#: The largest unread body that is read and thrown away, in bytes.
DRAINED: Final = 16 * 2**20


class Refuse(Exception):
    """Answer with a problem.

    Args:
        name: The kind of problem.
        detail: What is wrong here, in words a researcher understands.
        errors: Each fault, with the parameter, header or pointer it is in.
        headers: More headers for the answer.

    """

    def __init__(
        self,
        name: str,
        detail: str,
        *,
        errors: list[dict[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.name, self.detail = name, detail
        self.errors, self.headers = errors or [], dict(headers or {})


class Elsewhere(Exception):
    """Answer that what is asked for is to be read at another address.

    Args:
        name: The id of the record that is to be read.
        address: Its address, or that of what is asked of it, relative to the root.

    """

    def __init__(self, name: str, address: str) -> None:
        super().__init__(address)
        self.name, self.address = name, address


def elsewhere(found: Elsewhere) -> Response:
    """Return 308: the record has been merged; no cache keeps it, for that can be undone."""
    body = {"survivor": found.name, "href": found.address}
    headers = {"Location": found.address, "Cache-Control": "no-cache", "Vary": "Authorization"}
    return Response(orjson.dumps(body), 308, headers, content_type=JSON)


def problem(refusal: Refuse, status: int | None = None) -> Response:
    """Return the answer for a refusal."""
    _drain()
    kind = PROBLEMS[refusal.name]
    body: dict[str, Any] = {
        "type": f"{ROOT}/problems/{kind.name}",
        "title": kind.title,
        "status": status or kind.status,
        "detail": refusal.detail,
        "instance": quote(request.path),
        "request_id": request_id(request.environ),
    }
    if refusal.errors:
        body["errors"] = refusal.errors
    headers = {"Cache-Control": "no-store", **refusal.headers}
    return Response(orjson.dumps(body), status or kind.status, headers, content_type=PROBLEM)


def _drain() -> None:
    """Read what is left of the body: the connection of a client still sending would be reset.

    A client that sends more than we would throw away may yet see the answer, if it looks while it
    sends.
    """
    left = DRAINED
    if (request.content_length or 0) <= left:
        with suppress(*CUT_OFF):
            while left > 0 and (piece := request.stream.read(65_536)):
                left -= len(piece)


def unreadable(fault: Unreadable) -> Refuse:
    """Return the refusal of a query, with each parameter's faults."""
    errors = [
        {"parameter": name, "detail": words}
        for name, found in fault.faults.items()
        for words in found
    ]
    detail = "; ".join(f"{error['parameter']}: {error['detail']}" for error in errors)
    return Refuse(fault.problem, detail[:2000], errors=errors)


def in_body(fault: Unreadable) -> Refuse:
    """Return the refusal of a query that is in the body, with each member's faults."""
    errors = [
        {"pointer": f"/{place}" if place else "", "detail": words}
        for place, found in fault.faults.items()
        for words in found
    ]
    detail = "; ".join(f"{error['pointer'] or 'The body'} {error['detail']}" for error in errors)
    name = fault.problem
    if isinstance(fault, Damaged):
        name = OfAnotherQuery.problem
    elif name == Unreadable.problem:
        name = "invalid-search"
    return Refuse(name, detail[:2000], errors=errors)


#: So many faults of a body are told; more would hide the first.
MOST_FAULTS: Final = 200
#: What each kind of fault of an edit is called.
_EDITING = {
    "missing": "not-found",
    "gone": "gone",
    "taken": "conflict",
    "rule": "conflict",
    "stale": "stale",
    "unconditional": "condition-missing",
    "invalid": "invalid-record",
}


def not_done(fault: NotDone) -> Refuse:
    """Return the refusal of edits, with each fault, its place, its rule and who stands in the way.

    Where there are several kinds of fault, what the body itself gets wrong names the problem.
    """
    names = {_EDITING[cause.kind] for cause in fault.causes}
    name = "invalid-record" if "invalid-record" in names else "conflict"
    errors = [_told(cause) for cause in fault.causes[:MOST_FAULTS]]
    if more := len(fault.causes) - MOST_FAULTS:
        errors += [{"pointer": "", "detail": f"and {more:,} more faults"}] * (more > 0)
    detail = "; ".join(
        f"{error['pointer']}: {error['detail']}" if error.get("pointer") else str(error["detail"])
        for error in errors
    )
    if all(set(error) == {"pointer", "detail"} and not error["pointer"] for error in errors):
        errors = []
    return Refuse(names.pop() if len(names) == 1 else name, detail[:2000], errors=errors)


def _told(cause: Cause) -> dict[str, Any]:
    told: dict[str, Any] = {"pointer": pointer(cause.path), "detail": cause.words}
    if cause.place is None and cause.kind in ("stale", "unconditional"):
        return {"header": "If-Match", "detail": cause.words}
    if cause.place is not None:
        told["index"] = cause.place
    if cause.rule:
        told["rule"] = cause.rule
    if cause.other:
        told["record"] = f"{ROOT}/{cause.other}"
    return told


def _busy(_: Busy) -> Response:
    return problem(Refuse("busy", PROBLEMS["busy"].words, headers={"Retry-After": "1"}))


def _http(fault: HTTPException) -> Response:
    """Put the framework's own errors into the same shape."""
    status = fault.code or 500
    if status < 400:
        return fault.get_response()  # type: ignore[return-value]
    name = BY_STATUS.get(status, "bad-request" if status < 500 else "internal-error")
    headers = {key: value for key, value in fault.get_headers() if key in ("Allow", "Retry-After")}
    details = {
        404: f"There is nothing at {quote(request.path)}; begin at {ROOT}/.",
        405: f"{request.method} is not allowed here; {', '.join(fault_methods(fault))} are.",
    }
    detail = details.get(status, fault.description or PROBLEMS[name].words)
    return problem(Refuse(name, detail, headers=headers), status)


def fault_methods(fault: HTTPException) -> list[str]:
    """Return the methods that are allowed where another one was used."""
    return sorted(getattr(fault, "valid_methods", None) or ())


def _slow(fault: TooSlow) -> Response:
    detail = f"{fault}. {PROBLEMS['too-slow'].words}"
    return problem(Refuse("too-slow", detail[0].upper() + detail[1:], headers={"Retry-After": "5"}))


def _unusable(fault: Unusable) -> Response:
    logs.events.error("not ready", request_id=request_id(request.environ), reason=str(fault))
    return problem(Refuse("not-ready", PROBLEMS["not-ready"].words, headers={"Retry-After": "5"}))


def _unwritten(fault: NoRoom) -> Response:
    """Answer that a write was not done: for want of room, or because nothing can be written."""
    logs.events.error("not written", request_id=request_id(request.environ), reason=str(fault))
    if isinstance(fault, Shut):
        words = PROBLEMS["not-writable"].words
        return problem(Refuse("not-writable", words, headers={"Retry-After": "60"}))
    return problem(Refuse("no-room", PROBLEMS["no-room"].words))


def _mistake(fault: Exception) -> Response:
    told = failure(fault)
    if told is not None:
        return _unusable(told) if isinstance(told, Unusable) else _unwritten(told)
    logs.mistake(fault, request_id(request.environ))
    return problem(Refuse("internal-error", PROBLEMS["internal-error"].words))


def register(app: Flask) -> None:
    """Answer every error of an application with a problem."""
    app.register_error_handler(Refuse, problem)
    app.register_error_handler(Elsewhere, elsewhere)
    app.register_error_handler(Unreadable, lambda fault: problem(unreadable(fault)))
    app.register_error_handler(NotDone, lambda fault: problem(not_done(fault)))
    app.register_error_handler(TooSlow, _slow)
    app.register_error_handler(Busy, _busy)
    app.register_error_handler(Unusable, _unusable)
    app.register_error_handler(NoRoom, _unwritten)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _mistake)
