"""What a request was and how it went, told once it is answered: to the log and to the metrics.

It wraps the whole application and reads two clocks. Only a server needs it (``server.py``): an
application that is called in process tells nobody.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, Protocol

from flask import Flask

from incidents_api import logs
from incidents_api.request_ids import request_id
from incidents_api.web import access

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

#: Methods that have a name of their own in what is told; clients can invent any number of others.
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
#: Where a request keeps its route, if it was answered before the framework found one.
ROUTE: Final = "incidents.route"
#: The longest path and query that are logged whole, in characters: a line is written at once.
LONGEST: Final = 1000
_SAFE: Final = ("GET", "HEAD")


class Seen:
    """A request, and how it was answered so far.

    Attributes:
        route: The pattern of its address, such as ``/v1/incidents/<id>``; ``none`` of no route.
        status: That of the answer; 500 where none was made.
        length: How many bytes the body has; None while nobody knows.
        seconds: How long it took, once it is answered.

    """

    __slots__ = ("begun", "environ", "id", "length", "route", "seconds", "status")

    def __init__(self, environ: dict[str, Any]) -> None:
        self.begun = perf_counter()
        self.environ = environ
        self.id = request_id(environ)
        self.status = 500
        self.route = "none"
        self.length: int | None = None
        self.seconds = 0.0

    @property
    def method(self) -> str:
        """Its method, or ``other``."""
        method: str = self.environ["REQUEST_METHOD"]
        return method if method in METHODS else "other"

    def answered(self, status: str, headers: Sequence[tuple[str, str]]) -> None:
        """Note the head of the answer, while the framework still holds the request."""
        self.status = int(status[:3])
        for name, value in headers:
            if name == "Content-Length":
                self.length = int(value)
        if ROUTE in self.environ:
            self.route = self.environ[ROUTE]
            return
        request = self.environ.get("werkzeug.request")
        if request is not None and request.url_rule is not None:
            self.route = request.url_rule.rule


class Observer(Protocol):
    """Whoever is told of requests."""

    def begin(self) -> None:
        """Note that a request has come."""

    def end(self, seen: Seen) -> None:
        """Note how it was answered."""


class Observed:
    """A WSGI application around another, which tells observers of every request.

    The time is that until the answer is made; of a stream, until it has been sent.

    Args:
        answer: The application that answers.
        observers: Who is told.

    """

    def __init__(self, answer: "WSGIApplication", observers: Sequence[Observer]) -> None:
        self.answer = answer
        self._observers = observers

    def __call__(self, environ: dict[str, Any], start: "StartResponse") -> Iterable[bytes]:
        """Answer a request, and tell of it."""
        seen = Seen(environ)
        for observer in self._observers:
            observer.begin()
        try:
            body = self.answer(environ, self._starting(seen, start))
        except BaseException:
            self._end(seen)
            raise
        if seen.length is None and seen.status != 304:
            return _Stream(body, seen, self._end)
        self._end(seen)
        return body

    @staticmethod
    def _starting(seen: Seen, start: "StartResponse") -> "StartResponse":
        def started(status: str, headers: list[tuple[str, str]], *fault: Any) -> Any:
            seen.answered(status, headers)
            # Not with what caches keep: it would be the id of whoever asked first.
            if seen.status >= 400 or seen.environ["REQUEST_METHOD"] not in _SAFE:
                headers = [*headers, ("X-Request-Id", seen.id)]
            return start(status, headers, *fault)

        return started

    def _end(self, seen: Seen) -> None:
        seen.seconds = perf_counter() - seen.begun
        for observer in self._observers:
            observer.end(seen)


class _Stream:
    """The body of an answer whose length is known only once it has been sent."""

    def __init__(self, body: Iterable[bytes], seen: Seen, end: Callable[[Seen], None]) -> None:
        self._body = body
        self._seen = seen
        self._end = end

    def __iter__(self) -> Iterator[bytes]:
        self._seen.length = 0
        for piece in self._body:
            self._seen.length += len(piece)
            yield piece

    def close(self) -> None:
        """End the body, and tell of the request, however far it came."""
        try:
            getattr(self._body, "close", lambda: None)()
        finally:
            self._end(self._seen)


class RequestLog:
    """Writes a line of JSON for each request.

    Args:
        queries: Whether the query stands in it: it may say what people look for.
        addresses: Whether the client's network address stands in it.

    """

    def __init__(self, *, queries: bool, addresses: bool) -> None:
        self._told = logs.request_log()
        self._queries = queries
        self._addresses = addresses

    def begin(self) -> None:
        """Note nothing yet."""

    def end(self, seen: Seen) -> None:
        """Write the line."""
        environ = seen.environ
        told: dict[str, Any] = {
            "method": seen.method,
            "route": seen.route,
            "path": _shown(environ.get("PATH_INFO", "")),
            "status": seen.status,
            "bytes": seen.length or 0,
            "ms": round(seen.seconds * 1000, 2),
            "request_id": seen.id,
        }
        if self._queries and environ.get("QUERY_STRING"):
            told["query"] = _shown(environ["QUERY_STRING"])
        if self._addresses:
            told["client"] = environ.get("REMOTE_ADDR", "")
        if key := environ.get(access.GOOD):
            told["key"] = key
        self._told.info("request", **told)


def _shown(text: str) -> str:
    return logs.without_keys(text[:LONGEST])


def observed(app: Flask, settings: dict[str, Any]) -> "WSGIApplication":
    """Return an application that tells of its requests what the settings ask for."""
    metrics = app.extensions["incidents"].metrics
    observers: list[Observer] = [] if metrics is None else [metrics]
    if settings["log_level"] in ("debug", "info"):
        shown = {"queries": settings["log_queries"], "addresses": settings["log_addresses"]}
        observers.append(RequestLog(**shown))
    return Observed(app, observers) if observers else app
