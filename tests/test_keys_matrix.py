"""Every route, asked with every kind of key: in an open service and in a closed one."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from incidents_api import openapi
from incidents_api.contract import OPEN
from incidents_api.model import RESOURCES
from incidents_api.storage import access
from tests.conftest import Base, open_base

LONG_AGO: Final = "2022-01-23T00:00:00.000000Z"
KINDS: Final = ("none", "read", "write", "admin", "expired", "revoked", "malformed", "unknown")
GOOD: Final = {"read": {"read"}, "write": {"read", "write"}, "admin": {"read", "write", "admin"}}


class Desk:
    """A service over a copy of the sample, open or closed, and a key of every kind."""

    def __init__(self, path: Path, *, anonymous_reads: bool) -> None:
        self.base = open_base(path, anonymous_reads=anonymous_reads, failed_keys_per_minute=0)
        self.closed = not anonymous_reads
        store = self.base.store
        made = {scope: access.create(store, "An editor", scope)[1] for scope in GOOD}
        made["expired"] = access.create(store, "An editor", "admin", expires_at=LONG_AGO)[1]
        key, made["revoked"] = access.create(store, "An editor", "admin")
        access.revoke(store, key.id)
        made["malformed"] = made["admin"][:-1] + ("a" if made["admin"][-1] != "a" else "b")
        made["unknown"] = access._made("Nobody", "admin", None)[1]
        self.texts = made

    def ask(self, method: str, path: str, kind: str) -> Any:
        """Ask with a key of a kind."""
        headers = {} if kind == "none" else {"Authorization": f"Bearer {self.texts[kind]}"}
        return self.base.client.open(path, method=method, headers=headers, buffered=True)


@pytest.fixture(scope="module", params=["open", "closed"])
def desk(
    request: pytest.FixtureRequest, sample_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """An open service, and a closed one."""
    path = tmp_path_factory.mktemp("keys") / "it.db"
    shutil.copy(sample_file, path)
    made = Desk(path, anonymous_reads=request.param == "open")
    yield made
    made.base.store.close()


def routes(base: Base) -> Iterator[tuple[str, str, str]]:
    """Yield method, address and rule of every route; ids in them lead nowhere."""
    for rule in base.client.application.url_map.iter_rules():
        path = rule.rule.replace("<path:", "<").replace("<", "{").replace(">", "}")
        address = path.replace("{id}", "nobody").replace("{name}", "nothing")
        for part in ("{other}", "{path}"):
            address = address.replace(part, "nothing")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, address, path


def needed(method: str, path: str, *, closed: bool) -> str:
    """Return the scope that a route needs; an empty text if none."""
    written = method in ("PUT", "PATCH", "DELETE") or (
        method == "POST" and not path.endswith("/search")
    )
    if written:
        return "write"
    is_open = path in OPEN or path == "/" or path.startswith("/v1/docs")
    return "read" if closed and not is_open else ""


@pytest.mark.parametrize("kind", KINDS)
def test_every_route_asks_for_what_it_needs(desk: Desk, kind: str) -> None:
    seen = 0
    for method, address, path in routes(desk.base):
        scope = needed(method, path, closed=desk.closed)
        allowed = not scope or scope in GOOD.get(kind, ())
        answer = desk.ask(method, address, kind)
        status, seen = answer.status_code, seen + 1
        if allowed:
            assert status not in (401, 403), (method, path, answer.text)
        elif kind in GOOD:
            assert status == 403, (method, path)
            assert f'scope="{scope}"' in answer.headers["WWW-Authenticate"]
        else:
            assert status == 401, (method, path)
            assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="incidents-api"')
        assert desk.texts.get(kind, "iak_") not in answer.text
    assert seen > 100


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("none", "needs a key"),
        ("expired", "expired on 2022-01-23T00:00:00Z"),
        ("revoked", "was revoked on 20"),
        ("malformed", "is damaged"),
        ("unknown", "no such key"),
        ("read", "scope write; this one has read"),
    ],
)
def test_a_refusal_says_what_is_wrong(desk: Desk, kind: str, words: str) -> None:
    assert words in desk.ask("POST", "/v1/actors", kind).get_json()["detail"]


def test_the_document_says_what_takes_a_key(desk: Desk) -> None:
    told = desk.ask("GET", "/v1/openapi.json", "none").get_json()
    assert told == openapi.document(RESOURCES, closed=desk.closed)
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            scope = needed(method.upper(), path, closed=desk.closed)
            assert bool(operation.get("security", []) not in ([], [{}])) == bool(scope), path
            assert ("401" in operation["responses"]) == bool(scope), path


def test_a_preflight_of_a_closed_service_needs_no_key(desk: Desk) -> None:
    assert desk.ask("OPTIONS", "/v1/incidents", "none").status_code == 200
