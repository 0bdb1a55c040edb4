"""Writes that may be asked for again: Idempotency-Key, and the answer that is given again.

The field is that of draft-ietf-httpapi-idempotency-key-header: a string of structured fields
(RFC 9651). It is taken without its quotation marks too, as most clients send it.
"""

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

from flask import Flask, Response, current_app, request

from incidents_api.contract import IDEMPOTENCY_KEY, KEY_SHAPE, LONGEST_KEY, REPLAYED
from incidents_api.storage.access import Key
from incidents_api.storage.retries import Again, Kept, Retry, Reused
from incidents_api.storage.store import Store
from incidents_api.web import answers, bodies
from incidents_api.web.problems import Refuse, problem

_SHAPE: Final = re.compile(KEY_SHAPE)
_ESCAPED: Final = re.compile(r'\\(["\\])')
#: The headers that are kept of an answer; the others are the same for all.
_OWN: Final = ("ETag", "Location", "Content-Type")


class Once:
    """A write that is done once, however often it is asked for, and what it is answered.

    Args:
        retry: The name that its client gave it, if he gave it one.
        answer: Makes the answer of what was done.

    """

    response: Response

    def __init__(self, retry: Retry | None, answer: Callable[..., Response]) -> None:
        self.retry = retry
        self.answer = answer

    def begin(self, connection: Any) -> None:
        """Look under the write lock, too, whether it has been done meanwhile."""
        if self.retry:
            self.retry.check(connection)

    def end(self, connection: Any, *done: Any) -> bool:
        """Answer what was done, and keep the answer in the same transaction."""
        self.response = self.answer(*done)
        if self.retry:
            self.retry.keep(connection, _kept(self.response))
        return self.retry is not None


def asked(store: Store, key: Key, most: int) -> Retry | None:
    """Return the name that the client gave this write; None if he gave it none.

    Args:
        store: The knowledge base.
        key: Whose key came with it.
        most: The largest body, in bytes.

    Raises:
        Refuse: The header is damaged, or the body is too large or cut off.
        Again: The write was done before.
        Reused: Another request had this name before.

    """
    given = request.environ.get("HTTP_IDEMPOTENCY_KEY")
    if given is None:
        return None
    at = current_app.extensions["incidents"].clock()
    retry = Retry(key.id, _name(given), _fingerprint(most), at)
    with store.reading() as connection:
        retry.check(connection)
    return retry


def _name(given: str) -> str:
    text = given.strip(" \t")
    if _SHAPE.fullmatch(text):
        return _ESCAPED.sub(r"\1", text[1:-1]) if text.startswith('"') else text
    words = (
        f'must be one string of 1 to {LONGEST_KEY} ASCII characters, such as "f3b1c2"; '
        "without quotation marks it may hold no space, comma or quotation mark"
    )
    errors = [{"header": IDEMPOTENCY_KEY, "detail": words}]
    raise Refuse("bad-request", f"{IDEMPOTENCY_KEY} {words}.", errors=errors)


def _fingerprint(most: int) -> bytes:
    """Return what tells this request from others: method, path, query and body."""
    query = request.query_string.decode("latin-1")
    line = f"{request.method} {quote(request.path)}?{query}\n"
    return sha256(line.encode() + bodies.sent(most)).digest()


def _kept(response: Response) -> Kept:
    headers = {name: response.headers[name] for name in _OWN if name in response.headers}
    return Kept(response.status_code, headers, response.get_data())


def _again(fault: Again) -> Response:
    """Answer as the first request was answered, byte for byte."""
    headers = dict(fault.kept.headers)
    tag, type_ = headers.pop("ETag"), headers.pop("Content-Type")
    headers[REPLAYED] = "true"
    return answers.answer(fault.kept.body, tag, type_, headers, fault.kept.status)


def _reused(_: Reused) -> Response:
    words = "was given to another request in the last 24 hours: give each request a key of its own"
    errors = [{"header": IDEMPOTENCY_KEY, "detail": words}]
    return problem(Refuse("idempotency-key-reused", f"{IDEMPOTENCY_KEY} {words}.", errors=errors))


def register(app: Flask) -> None:
    """Answer what was done before, or is another request, wherever that is found."""
    app.register_error_handler(Again, _again)
    app.register_error_handler(Reused, _reused)
