"""How many requests a client may make in a minute, so that one cannot keep the others waiting.

It wraps the whole application, for a request that is refused should cost less than one that is
answered. Flask-Limiter, whose hooks are inside, was measured beside it: in process, 12 rounds in
turn of 400 reads of one record, counts in memory, the shortest round. A read took 136 µs of
processor time without any limit, 140 within this one, 380 with Flask-Limiter. That counts in each
worker by itself too, unless a server of its own keeps the counts.
"""

from collections.abc import Iterable
from hashlib import sha256
from math import ceil
from socket import AF_INET6, inet_pton
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from flask import Flask

from incidents_api.contract import ROOT
from incidents_api.web import access
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


class Quota:
    """So much may be done in a window by each of many, such as networks or keys.

    There is no lock: what is counted at the same instant by several threads may count as one, and
    what is counted in the instant in which a window ends may not count at all. Either way somebody
    gets a few requests more, never one less.

    Args:
        name: By what it is named in RateLimit.
        words: What is limited, for refusals.
        most: How much each may do in a window; 0 is no limit.
        advice: What else to do than to wait.

    """

    def __init__(self, name: str, words: str, most: int, advice: str = "") -> None:
        self.name = name
        self.words = words
        self.advice = advice
        self.most = most
        self.half = most // 2
        self.counts: dict[str | bytes, int] = {}
        self._ends = 0.0

    def count(self, key: str | bytes, now: float) -> int:
        """Count one, and return how many there have been in this window; 0 without a limit."""
        if not self.most:
            return 0
        if now >= self._ends:
            # In this order: a full table is never counted on into the next window.
            self.counts = {}
            self._ends = now + WINDOW
        counts = self.counts
        made = counts.get(key, 0) + 1
        if made == 1 and len(counts) >= CLIENTS:
            key = _OTHERS
            made = counts.get(key, 0) + 1
        counts[key] = made
        return made

    def used_up(self, key: str | bytes, now: float) -> bool:
        """Return whether nothing is left in this window."""
        return 0 < self.most <= self.counts.get(key, 0) and now < self._ends

    def seconds(self, now: float) -> int:
        """Return in how many seconds the window ends."""
        return max(1, ceil(self._ends - now))

    def fields(self, made: int, now: float) -> list[tuple[str, str]]:
        """Return the fields of draft-ietf-httpapi-ratelimit-headers, once half has been used."""
        if made <= self.half:
            return []
        left = max(0, self.most - made)
        return [
            ("RateLimit", f'"{self.name}";r={left};t={self.seconds(now)}'),
            ("RateLimit-Policy", f'"{self.name}";q={self.most};w={WINDOW}'),
        ]


class Limit:
    """A WSGI application around another, which refuses whoever asks too often (429).

    A request counts for its network, until its key has been found to be good: from then on for the
    key, whatever network it comes from. So a key that is made up has no count of its own, and
    nobody uses up that of another's key without having it. Of keys that failed, a network may
    show so many; then it is refused with a key that is not known to be good, before the database is
    asked, and is still answered without one.

    Args:
        app: The application that answers.
        networks: How often a network may ask.
        keys: How often a key may be used.
        failed: How many failed keys a network may show.

    """

    def __init__(self, app: Flask, networks: Quota, keys: Quota, failed: Quota) -> None:
        self._app = app
        self._answer = app.wsgi_app
        self.networks = networks
        self.keys = keys
        self.failed = failed
        #: The public ids of keys that were good, by the digest of what brought them.
        self._good: dict[bytes, str] = {}

    def __call__(self, environ: dict[str, Any], start: "StartResponse") -> Iterable[bytes]:
        """Answer a request, or refuse it; say how many are left once half of them are used."""
        if environ.get("PATH_INFO") in PROBES:
            return self._answer(environ, start)
        now = monotonic()
        network = client(environ.get("REMOTE_ADDR", ""))
        if "HTTP_AUTHORIZATION" in environ and _bearer(environ):
            return self._keyed(environ, start, network, now)
        return self._counted(self.networks, network, environ, start, now)

    def _counted(
        self,
        quota: Quota,
        who: str | bytes,
        environ: dict[str, Any],
        start: "StartResponse",
        now: float,
    ) -> Iterable[bytes]:
        """Answer a request that counts for somebody, unless that is one too many."""
        made = quota.count(who, now)
        if made <= quota.half:
            return self._answer(environ, start)
        telling = _telling(start, quota.fields(made, now))
        if made <= quota.most:
            return self._answer(environ, telling)
        return self._refuse(quota, environ, telling, now)

    def _keyed(
        self, environ: dict[str, Any], start: "StartResponse", network: str | bytes, now: float
    ) -> Iterable[bytes]:
        """Answer a request that brings a key, and learn whether that is good."""
        given = sha256(environ["HTTP_AUTHORIZATION"].encode(errors="replace")).digest()
        key = self._good.get(given)
        if key is None and self.failed.used_up(network, now):
            telling = _telling(start, self.failed.fields(self.failed.most, now))
            return self._refuse(self.failed, environ, telling, now)

        def started(status: str, headers: list[tuple[str, str]], *fault: Any) -> Any:
            if access.FAILED in environ:
                self._good.pop(given, None)
                headers = [*headers, *self.failed.fields(self.failed.count(network, now), now)]
            elif key is None and access.GOOD in environ:
                self._learn(given, environ[access.GOOD], now)
            return start(status, headers, *fault)

        if key is None:
            return self._counted(self.networks, network, environ, started, now)
        return self._counted(self.keys, key, environ, started, now)

    def _learn(self, given: bytes, key: str, now: float) -> None:
        """Keep that a key is good, and count the request that showed it."""
        if len(self._good) >= CLIENTS:
            self._good.clear()
        self._good[given] = key
        self.keys.count(key, now)

    def _refuse(
        self, quota: Quota, environ: dict[str, Any], start: "StartResponse", now: float
    ) -> Iterable[bytes]:
        """Refuse a request, in the shape of every problem, so that other sites' pages see it."""
        seconds = quota.seconds(now)
        refusal = Refuse(
            "too-many-requests",
            f"{quota.words} are limited to {quota.most:,} in {WINDOW} s here; try again in "
            f"{seconds} s{quota.advice}.",
            headers={"Retry-After": str(seconds)},
        )
        with self._app.request_context(environ):
            return self._app.process_response(problem(refusal))(environ, start)


def _bearer(environ: dict[str, Any]) -> bool:
    """Return whether a request brings what should be a key: by other schemes, proxies log in."""
    return bool(environ["HTTP_AUTHORIZATION"].lstrip()[:6].lower() == "bearer")


def _telling(start: "StartResponse", fields: list[tuple[str, str]]) -> "StartResponse":
    """Return a start of an answer that has these fields too."""

    def started(status: str, headers: list[tuple[str, str]], *fault: Any) -> Any:
        return start(status, [*headers, *fields], *fault)

    return started


def limit(app: Flask, settings: dict[str, Any]) -> None:
    """Limit how often an application may be asked, unless the settings say 0."""
    networks, keys, failed = (
        share(settings[name], settings["workers"])
        for name in ("requests_per_minute", "key_requests_per_minute", "failed_keys_per_minute")
    )
    if networks or keys or failed:
        limited = Limit(
            app,
            Quota("client", "A client's requests", networks),
            Quota("key", "A key's requests", keys),
            Quota("failed-keys", "A client's failed keys", failed, ", or ask without a key"),
        )
        app.wsgi_app = limited  # type: ignore[method-assign, assignment]
