"""Serving with gunicorn: the settings that suit this program, and nothing else."""

import os
import shutil
import socket
import tempfile
from typing import Any, Final

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from incidents_api import create_app, logs
from incidents_api.storage.connections import sqlite_is_safe
from incidents_api.storage.failures import Unusable
from incidents_api.web.metrics import FOLDER
from incidents_api.web.observing import observed

#: Longest request line: long lists of ids fit, and gunicorn answers more with 414 itself.
REQUEST_LINE: Final = 8190


class EventLog(Logger):  # type: ignore[misc]
    """Gunicorn's own events in the shape of ours: one line of JSON each."""

    #: The settings that say how; gunicorn makes the log itself.
    level = "info"
    db = ""

    def setup(self, cfg: Any) -> None:
        """Begin to log, as gunicorn is set up."""
        super().setup(cfg)
        shape = logs.formatter(self.level, self.db)
        for handler in self.error_log.handlers:
            handler.setFormatter(shape)


class Server(BaseApplication):  # type: ignore[misc]
    """A gunicorn that serves one database."""

    def __init__(self, settings: dict[str, Any], greeting: str = "") -> None:
        self._settings = settings
        self._greeting = greeting
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn up from our settings."""
        chosen = {
            "bind": self._settings["bind"],
            "workers": self._settings["workers"],
            "threads": self._settings["threads"],
            "worker_class": "incidents_api.worker.Worker",
            "limit_request_line": REQUEST_LINE,
            "keepalive": 75,
            "graceful_timeout": 10,
            "control_socket_disable": True,
            # Whom to believe is a setting of ours, and holds for Unix sockets too.
            "forwarded_allow_ips": "",
            "forwarder_headers": "",
            "secure_scheme_headers": {},
            "loglevel": "warning",
            "logger_class": type("Log", (EventLog,), self._logging()),
            "when_ready": self._ready,
            "child_exit": _forget,
            "on_exit": _remove,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def _logging(self) -> dict[str, str]:
        return {"level": self._settings["log_level"], "db": self._settings["db"]}

    def _ready(self, _: Any) -> None:
        if self._greeting:
            print(self._greeting, flush=True)

    def load(self) -> Any:
        """Make the application, in each worker, and have it tell of its requests."""
        app = create_app(**self._settings)
        return observed(app, self._settings)


def _forget(_: Any, worker: Any) -> None:
    """Take the requests that a worker was answering out of the metrics once it has ended."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def _remove(_: Any) -> None:
    """Remove the folder of the workers' numbers; only the server itself does, as the last."""
    shutil.rmtree(os.environ.pop(FOLDER), ignore_errors=True)


def _free(bind: str) -> None:
    """Refuse an address that cannot be served on, before gunicorn tries it five times.

    Raises:
        Unusable: It is in use, or is none of this machine's.

    """
    host, _, port = bind.rpartition(":")
    if bind.startswith("unix:") or not port.isdigit():
        return
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), int(port)))
        except OSError as fault:
            words = f"cannot serve on {bind}: {fault.strerror}; choose another with --bind"
            raise Unusable(words) from None


def serve(settings: dict[str, Any], greeting: str = "") -> None:
    """Serve until the process is told to stop.

    Raises:
        Unusable: The address or the file cannot be served, or this SQLite has the WAL-reset bug
            and more than one worker is asked for.

    """
    _free(settings["bind"])
    if settings["workers"] > 1 and not sqlite_is_safe():
        raise Unusable(
            "this SQLite can lose data when several processes use one file (the WAL-reset bug of "
            "3.7.0 to 3.51.2): serve with --workers 1, or install pysqlite3"
        )
    # Before anything imports the library, which looks for it then.
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="incidents-metrics-")
    logs.begin(settings["log_level"], settings["db"])
    try:
        create_app(**settings)
    except BaseException:
        _remove(None)
        raise
    Server(settings, greeting).run()
