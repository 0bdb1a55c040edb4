"""The gunicorn worker: gthread, whose own refusals are problems too (RFC 9457)."""

from contextlib import suppress
from typing import Any, Final

import orjson
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from incidents_api import logs
from incidents_api.contract import PROBLEM, PROBLEMS, ROOT, SECURITY
from incidents_api.request_ids import minted

_LINE: Final = (
    "The request line cannot be read. Letters beyond ASCII must be percent-encoded: with curl, "
    "use -G --data-urlencode 'q=...'."
)
_KINDS: Final = (
    (errors.LimitRequestLine, "too-long", PROBLEMS["too-long"].words),
    (errors.LimitRequestHeaders, "headers-too-large", PROBLEMS["headers-too-large"].words),
    (
        (errors.InvalidRequestLine, errors.InvalidRequestMethod, errors.InvalidHTTPVersion),
        "bad-request",
        _LINE,
    ),
    (errors.ParseException, "bad-request", PROBLEMS["bad-request"].words),
)


class Worker(ThreadWorker):  # type: ignore[misc]
    """Answers what never becomes a request, and what fails outside of the application."""

    def is_parent_alive(self) -> bool:
        """Say whether the process that began this one is there; if not, keep no connection.

        A client that goes on asking would be answered for ten seconds more, and the address be
        taken for whoever serves next.
        """
        there = bool(super().is_parent_alive())
        if not there:
            self.alive = False
        return there

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer with a problem, which tells of the fault only where it is the client's."""
        for kinds, name, detail in _KINDS:
            if isinstance(exc, kinds):
                client.sendall(refusal(name, detail))
                return
        self.log.error("a request failed", exc_info=exc)
        with suppress(OSError):
            client.sendall(refusal("internal-error", PROBLEMS["internal-error"].words))


def refusal(name: str, detail: str) -> bytes:
    """Return a whole HTTP answer with a problem, and log that it is given."""
    kind = PROBLEMS[name]
    request_id = minted()
    logs.events.info("refused", problem=name, status=kind.status, request_id=request_id)
    body = orjson.dumps(
        {
            "type": f"{ROOT}/problems/{name}",
            "title": kind.title,
            "status": kind.status,
            "detail": detail,
            "request_id": request_id,
        }
    )
    headers = {
        "Connection": "close",
        "Content-Type": PROBLEM,
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        "X-Request-Id": request_id,
        "Access-Control-Allow-Origin": "*",
        **SECURITY,
    }
    told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {kind.status} {kind.title}\r\n{told}\r\n".encode() + body
