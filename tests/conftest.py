"""Fixtures.

``sample`` is the sample knowledge base behind the HTTP service, made once; use it to read.
``base`` is a fresh copy of it that a test may write to: ``base.put(...)`` writes, ``base.get(...)``
reads over HTTP, ``base.write(...)`` writes over HTTP with a key. ``empty`` is the same without
records. ``server`` is a real gunicorn on a free port of 127.0.0.1, with its base address as a text.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from hypothesis import settings
from werkzeug.test import TestResponse

from incidents_api import bundle
from incidents_api.config import SETTINGS
from incidents_api.model import RESOURCES, Registry
from incidents_api.storage import access
from incidents_api.storage.store import Store
from incidents_api.web import make_app
from tests.untold import Watched, assert_untold

# The same examples in every run: a red build says what changed, never which dice fell.
# Sixty of them where a law does not say otherwise: a hundred cost the suite a minute.
settings.register_profile("steady", derandomize=True, max_examples=60)
settings.load_profile("steady")

TOP = Path(__file__).parent.parent
DEFAULTS = {setting.name: setting.default for setting in SETTINGS}


@dataclass
class Base:
    """A knowledge base and the service over it."""

    store: Store
    client: FlaskClient

    def put(self, *records: dict[str, Any], who: str = "test", why: str | None = None) -> int:
        """Write records, each with its ``resource``, in one transaction; return its number."""
        with self.store.writing(who, why) as transaction:
            for given in records:
                values = {name: value for name, value in given.items() if name != "resource"}
                record = self.store.registry[given["resource"]]
                transaction.put(given["resource"], record.read(values))
        return transaction.seq

    @cached_property
    def key(self) -> str:
        """A key of scope write; its owner is Editor."""
        return access.create(self.store, "Editor", "write")[1]

    def get(self, path: str, **headers: str) -> TestResponse:
        """Read over HTTP; underscores in header names stand for hyphens."""
        return self.client.get(path, headers=_named(headers))

    def write(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Write over HTTP with the key; a body of bytes is sent as it stands.

        Headers are as in reading; an empty one is not sent.
        """
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        usual = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        given = {name: value for name, value in (usual | _named(headers)).items() if value}
        return self.client.open(path, method=method, data=sent, headers=given)

    def json(self, path: str) -> Any:
        """Read over HTTP and return the body of a good answer."""
        response = self.get(path)
        assert response.status_code == 200, response.text
        return response.get_json()

    def ids(self, path: str) -> list[str]:
        """Return the ids of a list, over all its pages."""
        found: list[str] = []
        while path:
            page = self.json(path)
            found += [record["id"] for record in page["data"]]
            path = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
        return found


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def open_base(path: Path, registry: Registry = RESOURCES, **settings: Any) -> Base:
    """Return the service over a database file, with these settings and defaults for the rest."""
    store = Store(path, registry)
    store.check()
    app = make_app(store, DEFAULTS | settings)
    app.testing = False
    app.test_client_class = Watched
    return Base(store, app.test_client())


@pytest.fixture(scope="session")
def sample_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the sample knowledge base; do not write to it."""
    path = tmp_path_factory.mktemp("sample") / "sample.db"
    store = Store.make(path)
    bundle.load(store, [bundle.sample()], who="test")
    store.close()
    return path


@pytest.fixture(scope="session")
def sample(sample_file: Path) -> Iterator[Base]:
    """The sample knowledge base, to read."""
    base = open_base(sample_file)
    yield base
    base.store.close()


@pytest.fixture
def base(sample_file: Path, tmp_path: Path) -> Iterator[Base]:
    """A copy of the sample knowledge base, to write to."""
    copy = tmp_path / "copy.db"
    shutil.copy(sample_file, copy)
    base = open_base(copy)
    yield base
    base.store.close()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Base]:
    """A knowledge base without records, to write to."""
    path = tmp_path / "empty.db"
    Store.make(path).close()
    base = open_base(path)
    yield base
    base.store.close()


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(path: Path, log: Path, workers: int) -> Iterator[str]:
    """Run the command's own server over a database until the block ends.

    Args:
        path: The database.
        log: The file for all that the server prints.
        workers: How many processes serve.

    Yields:
        Its address, such as ``http://127.0.0.1:8000``.

    """
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "incidents_api.cli", "serve", "--workers", str(workers)]
    environment = {k: v for k, v in os.environ.items() if not re.match("INCIDENTS_", k)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--db", str(path), "--bind", address],
            stdout=output,
            stderr=output,
            env=environment,
            cwd=TOP,
        )
    try:
        for _ in range(100):
            try:
                requests.get(f"http://{address}/v1/health", timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        yield f"http://{address}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    assert_untold(log, path=path)


@pytest.fixture(scope="session")
def server(sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The command's own server over a copy of the sample; its address."""
    folder = tmp_path_factory.mktemp("server")
    copy = Path(shutil.copy(sample_file, folder / "served.db"))
    with serving(copy, folder / "log", workers=1) as address:
        yield address
