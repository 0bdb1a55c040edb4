"""Idempotency-Key: a write that is asked for again is done once, and answered alike."""

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from werkzeug.test import TestResponse

from incidents_api.contract import EXPOSED, ROOT
from incidents_api.model import RESOURCES
from incidents_api.storage import access, consistency
from incidents_api.storage.failures import Unusable
from incidents_api.storage.retries import Retry
from incidents_api.storage.store import Store
from tests import curl
from tests.conftest import TOP, Base, open_base
from tests.test_batch import RECORDS
from tests.test_dependents import record
from tests.test_errors import problem

REPLAYED: Final = "Idempotency-Replayed"
OWN: Final = ("ETag", "Location", "Content-Type", "Cache-Control", "Vary")
#: Each way to write by POST: its path and body, for records that :func:`filled` puts there.
ROUTES: Final[dict[str, tuple[str, Any]]] = {
    **{f"create {one.resource}": (f"/v1/{one.resource}", one.resource) for one in RESOURCES},
    "restore": ("/v1/actors/gone/restore", None),
    "merge": ("/v1/actors/loser/merge-into", {"into": "winner"}),
    "batch": ("/v1/batch?reason=a", {"operations": [{"op": "create", "resource": "actors"}]}),
    "release": ("/v1/releases", {"name": "spring"}),
}


#: One of each way; records of all resources are created by the same code.
WAYS: Final = ("create actors", "restore", "merge", "batch", "release")


@pytest.fixture(scope="module")
def filled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a knowledge base in which each of ``ROUTES`` can be written."""
    path = tmp_path_factory.mktemp("filled") / "filled.db"
    Store.make(path).close()
    base = open_base(path)
    base.put(
        record("incidents", "i"),
        record("facilities", "p"),
        record("sources", "s"),
        *(record("actors", name) for name in ("a", "b", "gone", "loser", "winner")),
    )
    base.write("DELETE", "/v1/actors/gone?reason=x", If_Match="*")
    base.store.close()
    return path


@pytest.fixture(scope="module")
def shared(filled_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    """A copy of it for all tests whose names are no others'."""
    base = open_base(Path(shutil.copy(filled_file, tmp_path_factory.mktemp("shared") / "copy.db")))
    yield base
    base.store.close()


@pytest.fixture
def filled(filled_file: Path, tmp_path: Path) -> Iterator[Base]:
    """A copy of it, to write to."""
    base = open_base(Path(shutil.copy(filled_file, tmp_path / "copy.db")))
    yield base
    base.store.close()


def body(given: Any) -> Any:
    """Return what is sent to one of ``ROUTES``; records have no id, so each is another one."""
    if isinstance(given, str):
        return RECORDS[given]
    if isinstance(given, dict) and "operations" in given:
        return {"operations": [one | {"record": body("actors")} for one in given["operations"]]}
    return given


def post(base: Base, route: str, name: str = '"once"', **more: Any) -> TestResponse:
    """Write by one of ``ROUTES`` under a name."""
    path, given = ROUTES[route]
    headers = {"Idempotency_Key": name, "If_Match": "*"} | more
    return base.write("POST", path, body(given), **headers)


def told(answer: TestResponse) -> tuple[int, bytes, list[str | None]]:
    return answer.status_code, answer.data, [answer.headers.get(name) for name in OWN]


def kept(base: Base) -> int:
    """Return how many answers are kept."""
    (count,) = base.store.connection.execute("SELECT count(*) FROM retries").fetchone()
    return int(count)


def state(base: Base) -> tuple[int, int]:
    """Return what every write changes: the last transaction, and how many releases there are."""
    return base.store.seq(), len(base.json("/v1/releases")["data"])


@pytest.mark.parametrize("route", ROUTES)
def test_a_repeat_is_answered_alike_and_writes_nothing(filled: Base, route: str) -> None:
    before = state(filled)
    first = post(filled, route)
    assert first.status_code in (200, 201), first.text
    assert REPLAYED not in first.headers
    after = state(filled)
    assert after != before
    again = post(filled, route)
    assert told(again) == told(first)
    assert again.headers[REPLAYED] == "true"
    assert state(filled) == after
    assert list(consistency.faults(filled.store)) == []


@pytest.mark.parametrize("route", WAYS)
def test_another_request_under_the_same_name_is_refused(filled: Base, route: str) -> None:
    post(filled, route)
    after = state(filled)
    path, given = ROUTES[route][0], body(ROUTES[route][1]) or {}
    others = [(path, {**given, "more": 1}), (f"{path.partition('?')[0]}?reason=b", given)]
    others.append(("/v1/batch" if route.startswith("create") else "/v1/actors", given))
    for asked, sent in others[:: 2 if route == "release" else 1]:  # which takes no query
        answer = filled.write("POST", asked, sent, Idempotency_Key="once", If_Match="*")
        refused = problem(answer, 422)
        assert refused["type"] == f"{ROOT}/problems/idempotency-key-reused"
        assert refused["errors"][0]["header"] == "Idempotency-Key"
    assert state(filled) == after


@pytest.mark.parametrize("route", WAYS)
def test_the_same_name_with_another_key_is_another_request(filled: Base, route: str) -> None:
    post(filled, route)
    other = access.create(filled.store, "Other", "write")[1]
    again = post(filled, route, Authorization=f"Bearer {other}")
    # It is done, or refused because it has been: what was merged, restored or named.
    expected = {"batch": 200, "merge": 409, "restore": 409, "release": 409}
    assert again.status_code == expected.get(route, 201)
    assert REPLAYED not in again.headers


def test_only_a_good_key_is_answered_again(filled: Base) -> None:
    post(filled, "create actors")
    with filled.store.exclusive() as connection:
        connection.execute("DELETE FROM keys")
        connection.execute("COMMIT")
    problem(post(filled, "create actors"), 401)


@pytest.mark.parametrize("route", WAYS)
def test_what_is_refused_is_not_kept(filled: Base, route: str) -> None:
    path = ROUTES[route][0].replace("gone", "none").replace("loser", "none")
    wrong = {"into": "winner"} if route == "merge" else {"x": 1}
    refused = filled.write("POST", path, wrong, Idempotency_Key="once", If_Match="*")
    assert refused.status_code in (404, 422)
    assert kept(filled) == 0
    assert post(filled, route).status_code in (200, 201)
    assert kept(filled) == 1


def test_a_write_that_changes_nothing_is_kept_and_leaves_no_trace(filled: Base) -> None:
    seq = filled.store.seq()
    same = {"op": "patch", "resource": "actors", "id": "winner", "record": {}, "if_match": "*"}
    asked = {"operations": [same]}
    first = filled.write("POST", "/v1/batch", asked, Idempotency_Key="a")
    assert first.get_json()["results"][0]["action"] == "unchanged"
    patch = filled.write("PATCH", "/v1/actors/winner", {"name": "Changed"}, If_Match="*")
    assert patch.status_code == 200
    again = filled.write("POST", "/v1/batch", asked, Idempotency_Key="a")
    assert told(again) == told(first)
    assert (filled.store.seq(), kept(filled)) == (seq + 1, 1)
    assert list(consistency.faults(filled.store)) == []


def test_a_restricted_record_is_answered_again_to_its_key_only(filled: Base) -> None:
    sent = {**body("actors"), "visibility": "restricted"}
    first = filled.write("POST", "/v1/actors", sent, Idempotency_Key="a")
    assert told(filled.write("POST", "/v1/actors", sent, Idempotency_Key="a")) == told(first)
    problem(filled.write("POST", "/v1/actors", sent, Idempotency_Key="a", Authorization=""), 401)


@pytest.mark.parametrize("route", WAYS)
def test_a_write_that_is_cut_short_is_done_once_when_asked_again(
    filled: Base, route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(filled)
    with monkeypatch.context() as patch:
        patch.setattr("incidents_api.web.retries.Retry.keep", _stopped)
        assert post(filled, route).status_code == 500
    assert (state(filled), kept(filled)) == (before, 0)
    first = post(filled, route)
    assert told(post(filled, route)) == told(first)
    assert sum(state(filled)) == sum(before) + 1


def _stopped(*_: Any) -> None:
    raise OSError("the program is stopped here")


@pytest.mark.parametrize("route", WAYS)
def test_of_two_at_the_same_time_the_second_waits_for_the_first(
    filled: Base, route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = threading.Barrier(2, timeout=20)
    looked = threading.local()
    check = Retry.check

    def both_before_either_writes(retry: Retry, connection: Any) -> None:
        check(retry, connection)
        if not getattr(looked, "once", False):
            looked.once = True
            seen.wait()

    monkeypatch.setattr("incidents_api.web.retries.Retry.check", both_before_either_writes)
    before = state(filled)
    shown = f"Bearer {filled.key}"
    found: list[TestResponse] = []

    def ask(own: Base) -> None:
        found.append(post(own, route, Authorization=shown))
        own.store.close()

    # Made one by one: CPython 3.11 can fail where two threads compile at once, as routes are made.
    bases = [open_base(filled.store.path) for _ in range(2)]
    threads = [threading.Thread(target=ask, args=(own,)) for own in bases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for own in bases:
        own.store.close()
    one, other = found
    assert told(one) == told(other)
    assert one.status_code in (200, 201), one.text
    assert sorted(REPLAYED in answer.headers for answer in found) == [False, True]
    assert sum(state(filled)) == sum(before) + 1


def at(base: Base, time: str) -> None:
    """Set the clock of the service."""
    base.client.application.extensions["incidents"].clock = lambda: time


def test_after_24_hours_a_name_is_a_new_request(filled: Base) -> None:
    at(filled, "2026-03-01T12:00:00.000000Z")
    first = post(filled, "create actors")
    at(filled, "2026-03-02T11:59:59.999999Z")
    assert told(post(filled, "create actors")) == told(first)
    at(filled, "2026-03-02T12:00:00.000000Z")
    other = post(filled, "create actors")
    assert other.status_code == 201
    assert other.get_json()["id"] != first.get_json()["id"]
    assert REPLAYED not in other.headers
    assert kept(filled) == 1


def test_after_24_hours_a_name_may_be_given_to_another_request(filled: Base) -> None:
    at(filled, "2026-03-01T12:00:00.000000Z")
    post(filled, "create actors")
    at(filled, "2026-03-02T12:00:00.000000Z")
    assert post(filled, "create sources").status_code == 201


def test_old_answers_are_forgotten_a_few_at_a_time(filled: Base) -> None:
    at(filled, "2026-03-01T12:00:00.000000Z")
    for number in range(15):
        post(filled, "create actors", f"name-{number}")
    at(filled, "2026-03-03T12:00:00.000000Z")
    left = []
    for number in range(3):
        post(filled, "create actors", f"late-{number}")
        left.append(kept(filled))
    assert left == [15 - 10 + 1, 2, 3]


@pytest.mark.parametrize(
    "name",
    ['"once"', " once\t", '"with space, and \\"marks\\""', "!#$%&'()*+-./:;<=>?@[\\]^_`{|}~"],
)
def test_names_are_strings_or_bare(shared: Base, name: str) -> None:
    first = post(shared, "create actors", name)
    assert first.status_code == 201
    assert told(post(shared, "create actors", name)) == told(first)


def test_quotation_marks_make_no_other_name(shared: Base) -> None:
    first = post(shared, "create actors", '"on\\\\ce"')
    assert told(post(shared, "create actors", "on\\ce")) == told(first)


@pytest.mark.parametrize(
    "name",
    ['""', '"', '"a', 'a"b', "a,b", '"a","b"', "a b", '"a\\b"', "é", '"é"', '"a";q=1', "a" * 256],
)
def test_a_damaged_name_is_refused(shared: Base, name: str) -> None:
    before = state(shared)
    refused = problem(post(shared, "create actors", name), 400)
    assert refused["errors"][0]["header"] == "Idempotency-Key"
    assert state(shared) == before


@pytest.mark.parametrize("length", [1, 255])
def test_a_name_has_1_to_255_characters(shared: Base, length: int) -> None:
    assert post(shared, "create actors", "a" * length).status_code == 201


def test_a_search_by_post_has_no_use_for_a_name(filled: Base) -> None:
    for _ in range(2):
        answer = filled.write("POST", "/v1/actors/search", {}, Idempotency_Key="a,b")
        assert answer.status_code == 200
        assert REPLAYED not in answer.headers
    assert kept(filled) == 0


def test_pages_of_other_sites_may_send_it_and_read_whether_it_is_a_repeat(filled: Base) -> None:
    asked = filled.client.options("/v1/actors", headers={"Origin": "https://example.org"})
    assert "Idempotency-Key" in asked.headers["Access-Control-Allow-Headers"]
    post(filled, "create actors")
    exposed = post(filled, "create actors").headers["Access-Control-Expose-Headers"]
    assert REPLAYED in exposed
    assert REPLAYED in EXPOSED


def test_every_post_that_writes_is_described_so_and_no_other(filled: Base) -> None:
    for path, operations in filled.json("/v1/openapi.json")["paths"].items():
        for method, told_ in operations.items():
            writes = method == "post" and told_.get("security") != [{}]
            good = [one for status, one in told_["responses"].items() if status[0] == "2"]
            described = REPLAYED in good[0].get("headers", {})
            assert ("header Idempotency-Key: a name" in told_.get("description", "")) is writes
            assert described is writes, (path, method)
            assert not writes or "422" in told_["responses"], path


def test_a_store_of_an_older_release_is_told_to_migrate(filled: Base) -> None:
    with filled.store.exclusive() as connection:
        connection.execute("DROP TABLE retries")
        connection.execute("COMMIT")
    with pytest.raises(Unusable, match="incidents-api migrate"):
        Store(filled.store.path).check()


def test_what_the_page_shows_is_what_is_answered(empty: Base) -> None:
    text = (TOP / "docs" / "retries.md").read_text(encoding="utf-8")
    shown = re.findall(r"\$ (curl -s (?:[^\n]*\\\n)*[^\n]*)\n([^\n]*\n)", text)
    assert len(shown) == 2
    for line, printed in shown:
        assert curl.run(empty, line, {"KEY": empty.key}) == printed
