"""One record as it stands, answered before the framework is asked: the read that is asked for most.

The record is bytes that lie in the database, and the framework costs more than to find them: a view
that returns constant bytes takes two thirds of the time that such a record took through it. Only
what asks for nothing but that is answered here, in a service that answers all alike; whatever
else there is in a request, and whatever stands in the way of a good answer, goes on to the route
(``resources.py``), which would answer these requests with the same bytes. A test compares both.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from flask import Flask

from incidents_api.contract import JSON, LONGEST_TAGS, ROOT
from incidents_api.setting_checks import names
from incidents_api.storage.levels import PUBLIC
from incidents_api.web import answers, compression
from incidents_api.web.observing import ROUTE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

    from incidents_api.web import Incidents

_OK: Final = "200 OK"
_UNCHANGED: Final = "304 NOT MODIFIED"


class Directly:
    """A WSGI application around another, which answers for it what it can.

    Args:
        answer: The application that answers everything.
        state: What requests need.

    """

    def __init__(self, answer: "WSGIApplication", state: "Incidents") -> None:
        self._answer = answer
        self._state = state
        self._resources = {f"{ROOT}/{name}": name for name in state.store.registry.records}
        self._hosts = frozenset(names(state.settings["hosts"]))

    def __call__(self, environ: dict[str, Any], start: "StartResponse") -> Iterable[bytes]:
        """Answer a request, or have it answered."""
        resource, _, name = environ["PATH_INFO"].rpartition("/")
        if (
            resource in self._resources
            and environ["REQUEST_METHOD"] == "GET"
            and not environ.get("QUERY_STRING")
            and "HTTP_AUTHORIZATION" not in environ
            and answers.takes_json(environ)
            and len(environ.get("HTTP_IF_NONE_MATCH", "")) <= LONGEST_TAGS
            and self._trusted(environ)
        ):
            found = self._found(self._resources[resource], name)
            if found is not None:
                environ[ROUTE] = f"{resource}/<id>"
                return _answered(*found, environ, start)
        return self._answer(environ, start)

    def _found(self, resource: str, name: str) -> tuple[bytes, str] | None:
        """Return a record and its entity tag, or None: what is wrong, the route finds and tells."""
        state = self._state
        try:
            found = state.store.get(resource, name)
            if found is None or found.state != "live" or found.shown != PUBLIC:
                return None
            return found.document, answers.tag_of(found.from_seq, "json", state.revision)
        except Exception:  # noqa: BLE001 - the route meets it too, and there every fault is told
            return None

    def _trusted(self, environ: dict[str, Any]) -> bool:
        """Return whether the host is one that is named; what is less plain, the framework knows."""
        return not self._hosts or environ.get("HTTP_HOST") in self._hosts


def _answered(
    body: bytes, tag: str, environ: dict[str, Any], start: "StartResponse"
) -> Iterable[bytes]:
    """Answer with a record, or say that the client has it."""
    given = environ.get("HTTP_IF_NONE_MATCH")
    if given is not None and (had := answers.among(given, tag)):
        start(_UNCHANGED, [("ETag", had), *answers.SHARED.items()])
        return ()
    headers = [("Content-Type", JSON), *answers.SHARED.items()]
    accepted = environ.get("HTTP_ACCEPT_ENCODING")
    if accepted and len(body) >= compression.SHORT and compression.accepted(accepted):
        body = compression.whole(body)
        tag = compression.coded(tag)
        headers.append(("Content-Encoding", compression.CODING))
    start(_OK, [*headers, ("ETag", tag), ("Content-Length", str(len(body)))])
    return (body,)


def add(app: Flask, state: "Incidents") -> None:
    """Have an application answer what it can before the framework is asked."""
    app.wsgi_app = Directly(app.wsgi_app, state)  # type: ignore[method-assign, assignment]
