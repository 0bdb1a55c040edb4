"""Reads in process: the application called as a server calls it, without a server.

What is left out is the same for every read: the network, the server's threads. So what the
program itself does is a larger part of what is measured than under load (``read_path.py``).
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from werkzeug.test import create_environ

from benchmarks import constant
from benchmarks.world import World, write
from incidents_api.config import SETTINGS
from incidents_api.storage.store import Store
from incidents_api.web import make_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: Makes a request, and returns the body of its answer.
Call = Callable[[], bytes]

#: So many incidents, and so many of them in one country that a page of 50 of it is full.
INCIDENTS: Final = 300
SHARE: Final = 0.3
#: What every other read is compared with.
CONSTANT: Final = "constant"
RECORD: Final = "/v1/incidents/incident-0000001"
PAGE: Final = "/v1/incidents?country=SYR&sort=-date_start&limit=50"
READS: Final = {
    "one record": RECORD,
    "one record, 304": RECORD,
    "page of 50, country and date": PAGE,
    "page of 1,000": "/v1/figures?limit=1000",
    "page of 50 with figures and actors": f"{PAGE}&include=figures,participations",
    "estimates of an incident": f"{RECORD}/estimates",
    "sums by country and month": "/v1/aggregate?group_by=country,month",
}


class Answer(NamedTuple):
    """What an application answered."""

    status: str
    headers: dict[str, str]
    body: bytes


def answer(app: "WSGIApplication", environ: dict[str, Any]) -> Answer:
    """Call an application with a copy of a request: answering fills it in."""
    begun: list[Any] = []

    def start(*given: Any) -> Callable[[bytes], object]:
        begun[:] = given
        return begun.append

    chunks = app({**environ}, start)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    return Answer(begun[0], dict(begun[1]), body)


def asking(app: "WSGIApplication", path: str, tag: str = "") -> Call:
    """Return what makes a request, which is put together once.

    Args:
        app: The application.
        path: Path and query.
        tag: The entity tag that the client has.

    Raises:
        RuntimeError: The answer is no good one.

    """
    environ = create_environ(path, headers={"If-None-Match": tag} if tag else None)
    first = answer(app, environ)
    if not first.status.startswith("304" if tag else "200"):
        raise RuntimeError(f"{path}: {first.status}")
    return lambda: answer(app, environ).body


@contextmanager
def reads() -> Iterator[dict[str, Call]]:
    """Make a world, and yield what makes each request, the constant's first."""
    settings = {setting.name: setting.default for setting in SETTINGS}
    with tempfile.TemporaryDirectory() as folder:
        store = Store.make(Path(folder, "world.db"))
        write(store, World(INCIDENTS, 1, SHARE))
        app = make_app(store, settings | {"requests_per_minute": 1_000_000_000})
        record = answer(app, create_environ(RECORD))
        same = constant.make_app(len(record.body))
        tags = {"one record, 304": record.headers["ETag"]}
        yield {CONSTANT: asking(same, "/constant")} | {
            name: asking(app, path, tags.get(name, "")) for name, path in READS.items()
        }
        store.close()
