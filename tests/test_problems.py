"""Every kind of problem can be met over HTTP, and its type leads to what it means."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import requests
from werkzeug.test import TestResponse

from incidents_api.contract import PROBLEMS
from incidents_api.storage import access
from incidents_api.storage.failures import NoRoom, Shut
from incidents_api.storage.lists import Lists
from incidents_api.storage.store import Store
from tests.conftest import DEFAULTS, Base, open_base
from tests.test_errors import problem

ACTOR: Final = b'{"id": "new", "name": "New", "actor_type": "media"}'
TAKEN: Final = ACTOR.replace(b'"new"', b'"is"')
#: What is asked with a key of scope write: the method, the path, the body, headers.
ASKED: Final[dict[str, tuple[str, str, bytes, dict[str, str]]]] = {
    "invalid-query": ("GET", "/v1/incidents?x=1", b"", {}),
    "unauthorized": ("POST", "/v1/actors", ACTOR, {"Authorization": "Bearer x"}),
    "forbidden": ("POST", "/v1/actors", ACTOR, {"Authorization": "read"}),
    "invalid-json": ("POST", "/v1/actors", b"{", {}),
    "not-found": ("GET", "/v1/incidents/none-such", b"", {}),
    "no-such-record": ("GET", "/v1/figures?claimant=none-such", b"", {}),
    "method-not-allowed": ("DELETE", "/v1/incidents", b"", {}),
    "not-acceptable": ("GET", "/v1/incidents", b"", {"Accept": "image/png"}),
    "too-large": ("POST", "/v1/actors", b" " * (DEFAULTS["body_bytes"] + 1), {}),
    "unsupported-media-type": ("POST", "/v1/actors", ACTOR, {"Content-Type": "text/csv"}),
    "gone": ("GET", "/v1/actors/gone", b"", {}),
    "conflict": ("POST", "/v1/actors", TAKEN, {}),
    "stale": ("PUT", "/v1/actors/is", TAKEN, {"If-Match": '"0-json-1"'}),
    "invalid-search": ("POST", "/v1/actors/search", b'{"x": 1}', {}),
    "invalid-record": ("POST", "/v1/actors", b'{"name": 1}', {}),
    "condition-missing": ("PUT", "/v1/actors/is", TAKEN, {}),
}


def ask(
    base: Base, method: str, path: str, body: bytes, headers: dict[str, str], **more: Any
) -> TestResponse:
    """Ask with a key of scope write, or of the scope that stands in place of the key."""
    scope = headers.get("Authorization", "write")
    own = {}
    if scope in access.SCOPES:
        own["Authorization"] = f"Bearer {access.create(base.store, 'Editor', scope)[1]}"
    sent = {"Content-Type": "application/json", **headers, **own}
    return base.client.open(path, method=method, data=body, headers=sent, **more)


def means(base: Base, told: dict[str, Any], name: str) -> None:
    """Check that a problem is of a kind, and that its type leads to what the kind means."""
    kind = PROBLEMS[name]
    assert (told["type"], told["title"]) == (f"/v1/problems/{name}", kind.title)
    meaning = base.json(told["type"])
    assert (meaning["status"], meaning["title"]) == (told["status"], kind.title)


@pytest.mark.parametrize("name", ASKED)
def test_the_type_of_a_refusal_leads_to_its_meaning(base: Base, name: str) -> None:
    base.put({"resource": "actors", "id": "gone", "name": "Gone", "actor_type": "media"})
    assert (
        ask(base, "DELETE", "/v1/actors/gone?reason=x", b"", {"If-Match": "*"}).status_code == 200
    )
    seq = base.store.seq()
    means(base, problem(ask(base, *ASKED[name]), PROBLEMS[name].status), name)
    assert base.store.seq() == seq


def cut_off(base: Base, _: pytest.MonkeyPatch) -> TestResponse:
    return ask(base, "POST", "/v1/actors", ACTOR, {}, environ_overrides={"CONTENT_LENGTH": "999"})


def gone_astray(base: Base, _: pytest.MonkeyPatch) -> TestResponse:
    cursor = base.json("/v1/incidents?limit=1")["meta"]["next_cursor"]
    return base.get(f"/v1/incidents?limit=1&country=SYR&cursor={cursor}")


def asked_too_often(base: Base, _: pytest.MonkeyPatch) -> TestResponse:
    other = open_base(base.store.path, requests_per_minute=1, workers=1)
    other.get("/v1/incidents")
    answer = other.get("/v1/incidents")
    other.store.close()
    return answer


def exporting(base: Base, _: pytest.MonkeyPatch) -> TestResponse:
    other = open_base(base.store.path, exports_at_a_time=1)
    first = other.get("/v1/export?format=ndjson")
    answer = other.get("/v1/export?format=ndjson")
    first.close()
    other.store.close()
    return answer


def mistaken(base: Base, patch: pytest.MonkeyPatch) -> TestResponse:
    patch.setattr(Lists, "page", lambda *_: 1 / 0)
    return base.get("/v1/incidents")


def too_slow(base: Base, _: pytest.MonkeyPatch) -> TestResponse:
    # What takes more than 100 steps of SQLite's machine is stopped: every figure does.
    base.store.connection.set_progress_handler(lambda: 1, 100)
    return base.get("/v1/figures?f=ndjson")


def busy(base: Base, patch: pytest.MonkeyPatch) -> TestResponse:
    patch.setattr("incidents_api.storage.connections.BUSY_SECONDS", 0.1)
    other = Store(base.store.path)
    key = {"Authorization": f"Bearer {access.create(base.store, 'Editor', 'write')[1]}"}
    with other.exclusive():
        answer = ask(base, "POST", "/v1/actors", ACTOR, key)
    other.close()
    assert ask(base, "POST", "/v1/actors", ACTOR, key).status_code == 201
    return answer


def not_ready(base: Base, _: pytest.MonkeyPatch) -> TestResponse:
    base.store.path.unlink()
    return base.get("/v1/ready")


def named_twice(base: Base, _: pytest.MonkeyPatch) -> TestResponse:
    shown = {"Authorization": f"Bearer {access.create(base.store, 'Editor', 'write')[1]}"}
    for name in ("new", "other"):
        body = ACTOR.replace(b"new", name.encode())
        answer = ask(base, "POST", "/v1/actors", body, shown | {"Idempotency-Key": "a"})
    return answer


def full(base: Base, patch: pytest.MonkeyPatch) -> TestResponse:
    return unwritten(base, patch, NoRoom("full"))


def shut(base: Base, patch: pytest.MonkeyPatch) -> TestResponse:
    return unwritten(base, patch, Shut("shut"))


def unwritten(base: Base, patch: pytest.MonkeyPatch, fault: NoRoom) -> TestResponse:
    def refuse(_: Store) -> None:
        raise fault

    key = {"Authorization": f"Bearer {access.create(base.store, 'Editor', 'write')[1]}"}
    patch.setattr(Store, "_writing_connection", refuse)
    return ask(base, "POST", "/v1/actors", ACTOR, key)


BROKEN: Final[dict[str, Callable[[Base, pytest.MonkeyPatch], TestResponse]]] = {
    "bad-request": cut_off,
    "cursor-of-another-query": gone_astray,
    "too-many-requests": asked_too_often,
    "internal-error": mistaken,
    "too-slow": too_slow,
    "exporting": exporting,
    "busy": busy,
    "idempotency-key-reused": named_twice,
    "not-ready": not_ready,
    "not-writable": shut,
    "no-room": full,
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_type_of_a_failure_leads_to_its_meaning(
    sample_file: Path, sample: Base, name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    base = open_base(Path(shutil.copy(sample_file, tmp_path / "broken.db")))
    with pytest.MonkeyPatch.context() as patch:
        answer = BROKEN[name](base, patch)
    base.store.close()
    means(sample, problem(answer, PROBLEMS[name].status), name)
    assert ("Retry-After" in answer.headers) == (PROBLEMS[name].status in (429, 503))


SERVED: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "too-long": (f"/v1/incidents?id={'x' * 9000}", {}),
    "headers-too-large": ("/v1/incidents", {"X-Long": "x" * 9000}),
}


@pytest.mark.parametrize("name", SERVED)
def test_the_type_of_what_the_server_refuses_leads_to_its_meaning(
    server: str, sample: Base, name: str
) -> None:
    path, headers = SERVED[name]
    answer = requests.get(server + path, headers=headers, timeout=10)
    assert answer.status_code == PROBLEMS[name].status
    means(sample, answer.json(), name)


def test_every_kind_of_problem_is_met() -> None:
    assert sorted([*ASKED, *BROKEN, *SERVED]) == sorted(PROBLEMS)
