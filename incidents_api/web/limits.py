"""How many requests a client may make in a minute, so that one cannot keep the others waiting.

It wraps the whole application: a hook of the framework would cost each request twice as much,
and a request that is refused should cost less than one that is answered.
"""

from collections.abc import Iterable
from math import ceil
from socket import AF_INET6, inet_pton
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from flask import Flask

from incidents_api.contract import ROOT
from incidents_api.web.problems import Refuse, problem

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

#: So many seconds are counted together; then all begin anew.
WINDOW: Final = 60
#: So many clients are counted one by one in a window; all later ones share a count.
CLIENTS: Final = 100_000
#: What a supervisor asks in order to know whether the service lives.
PROBES: Final = frozenset({f"{ROOT}/health", f"{ROOT}/ready"})

_OTHERS: Final = "others"
_IPV4_MAPPED: Final = bytes(10) + b"\xff\xff"


def share(requests: int, workers: int) -> int:
    """Return how many of a number of requests each of so many workers allows, rounded up."""
    return -(-requests // workers)


def client(address: str) -> str | bytes:
    """Return by what a client is counted: its IPv4 address, or the first 64 bits of its IPv6 one.

    Whoever has one IPv6 address has 2^64. An IPv4 address that is written as an IPv6 one, as a
    server that listens on both sees it, counts as itself.
    """
    if ":" not in address:
        return address
    try:
        packed = inet_pton(AF_INET6, address.partition("%")[0])
    except OSError:
        return address
    return packed[12:] if packed.startswith(_IPV4_MAPPED) else packed[:8]


class Limit:
    """A WSGI application around another, which refuses a client that asks too often (429).

    There is no lock: requests that are counted at the same instant by several threads may count
    as one, and those of the instant in which a window ends may not count at all. Either way a
    client gets a few requests more, never one less.

    Args:
        app: The application that answers.
        quota: How many requests a client may make in a window, at least 1.

    """

    def __init__(self, app: Flask, quota: int) -> None:
        self._app = app
        self._answer = app.wsgi_app
        self._quota = quota
        self._half = quota // 2
        self._ends = 0.0
        self._counts: dict[str | bytes, int] = {}

    def __call__(self, environ: dict[str, Any], start: "StartResponse") -> Iterable[bytes]:
        """Answer a request, or refuse it; say how many are left once half of them are used."""
        if environ.get("PATH_INFO") in PROBES:
            return self._answer(environ, start)
        now = monotonic()
        if now >= self._ends:
            # In this order: a full table is never counted on into the next window.
            self._counts = {}
            self._ends = now + WINDOW
        made = self._count(client(environ.get("REMOTE_ADDR", "")))
        if made <= self._half:
            return self._answer(environ, start)
        seconds = max(1, ceil(self._ends - now))
        telling = self._telling(start, max(0, self._quota - made), seconds)
        if made <= self._quota:
            return self._answer(environ, telling)
        return self._refuse(environ, telling, seconds)

    def _count(self, key: str | bytes) -> int:
        """Count a request, and return how many its client has made in this window."""
        counts = self._counts
        made = counts.get(key, 0) + 1
        if made == 1 and len(counts) >= CLIENTS:
            key = _OTHERS
            made = counts.get(key, 0) + 1
        counts[key] = made
        return made

    def _telling(self, start: "StartResponse", left: int, seconds: int) -> "StartResponse":
        """Return a start of an answer that has the fields of draft-ietf-httpapi-ratelimit-headers.

        Args:
            start: What starts an answer.
            left: How many requests are left.
            seconds: When the window ends.

        """
        fields = [
            ("RateLimit", f'"client";r={left};t={seconds}'),
            ("RateLimit-Policy", f'"client";q={self._quota};w={WINDOW}'),
        ]

        def started(status: str, headers: list[tuple[str, str]], *fault: Any) -> Any:
            return start(status, [*headers, *fields], *fault)

        return started

    def _refuse(
        self, environ: dict[str, Any], start: "StartResponse", seconds: int
    ) -> Iterable[bytes]:
        """Refuse a request, in the shape of every problem, so that other sites' pages see it."""
        refusal = Refuse(
            "too-many-requests",
            f"A client's requests are limited to {self._quota:,} in {WINDOW} s here; try again in "
            f"{seconds} s.",
            headers={"Retry-After": str(seconds)},
        )
        with self._app.request_context(environ):
            return self._app.process_response(problem(refusal))(environ, start)


def limit(app: Flask, settings: dict[str, Any]) -> None:
    """Limit how often a client may ask an application, unless the settings say 0."""
    if requests := settings["requests_per_minute"]:
        app.wsgi_app = Limit(app, share(requests, settings["workers"]))  # type: ignore[method-assign, assignment]
