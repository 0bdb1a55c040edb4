"""Logs: a line of JSON for each request and each event, on standard error.

No line holds a key, a path of this machine, SQL or a traceback: of a fault that nobody foresaw
stand its class, the places in this program that it went through, and a digest by which equal faults
are found. Whoever needs the traceback asks for it with the level ``debug``.
"""

import logging
import re
import sys
from hashlib import sha256
from pathlib import Path
from traceback import walk_tb
from typing import Any, Final

import orjson
import structlog
from structlog.stdlib import ExtraAdder, ProcessorFormatter, render_to_log_kwargs
from structlog.typing import EventDict

#: What may be logged, the most first.
LEVELS: Final = ("debug", "info", "warning", "error")
#: So many places of a fault are told, the innermost last.
PLACES: Final = 8

_NAME: Final = "incidents_api"
_KEY: Final = re.compile(r"iak(?:_|%5[Ff])[0-9A-Za-z_%]*")
_STAMP: Final = structlog.processors.TimeStamper(fmt="iso", utc=True, key="time")

#: Tells of events, with members by name.
events: Final = structlog.wrap_logger(
    logging.getLogger(_NAME),
    processors=[render_to_log_kwargs],
    wrapper_class=structlog.stdlib.BoundLogger,
)


def without_keys(text: str) -> str:
    """Return a text in which no key can be read."""
    return _KEY.sub("iak_...", text) if "iak" in text else text


def summary(fault: BaseException) -> dict[str, Any]:
    """Return what may be told of a fault: its class, where it was in this program, and a digest."""
    kind = type(fault)
    found = [
        f"{frame.f_globals['__name__']}:{line}"
        for frame, line in walk_tb(fault.__traceback__)
        if str(frame.f_globals.get("__name__", "")).startswith(_NAME)
    ]
    name = f"{kind.__module__}.{kind.__qualname__}"
    digest = sha256("|".join((name, *found)).encode()).hexdigest()
    return {"fault": name, "at": found[-PLACES:], "digest": digest[:12]}


def mistake(fault: BaseException, request_id: str) -> None:
    """Tell of a fault that nobody foresaw; its traceback only to whoever asks for all."""
    told = {"request_id": request_id, **summary(fault)}
    events.error("mistake", **told)
    events.debug("traceback", exc_info=fault)


class _Scrubber:
    """Takes out of an event what no log may hold."""

    def __init__(self, db: str, *, tracebacks: bool) -> None:
        whole = Path(db).absolute()
        self._paths = sorted({str(whole), db, str(whole.parent) + "/"}, key=len, reverse=True)
        self._tracebacks = tracebacks

    def __call__(self, _: Any, __: str, event: EventDict) -> EventDict:
        found = event.pop("exc_info", None)
        if found and self._tracebacks:
            event = structlog.processors.format_exc_info(_, __, {**event, "exc_info": found})
        elif found and found[1] is not None:
            event.update(summary(found[1]))
        for name in ("event", "reason"):
            if name in event:
                event[name] = self._scrubbed(str(event[name]))
        return event

    def _scrubbed(self, text: str) -> str:
        for path in self._paths:
            text = text.replace(path, "[database]")
        return without_keys(text)


def formatter(level: str, db: str) -> logging.Formatter:
    """Return what makes a line of JSON of an event.

    Args:
        level: What is logged, one of ``LEVELS``.
        db: The path of the database, which no line holds.

    """
    return ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_log_level, ExtraAdder(), _STAMP],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            _Scrubber(db, tracebacks=level == "debug"),
            structlog.processors.JSONRenderer(serializer=_text),
        ],
        keep_exc_info=False,
    )


def _text(event: EventDict, **_: Any) -> str:
    return orjson.dumps(event, default=str).decode()


def begin(level: str, db: str) -> None:
    """Have this program's events written to standard error, as lines of JSON."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(level, db))
    logger = logging.getLogger(_NAME)
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(level.upper())


def request_log() -> Any:
    """Return what writes a line for a request, with members by name, as soon as it is told."""
    return structlog.wrap_logger(
        structlog.BytesLogger(sys.stderr.buffer),
        processors=[_STAMP, structlog.processors.JSONRenderer(serializer=orjson.dumps)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    ).bind()
