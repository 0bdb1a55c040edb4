"""A client may ask so often in a minute; it is told before it is refused, and when to go on."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from incidents_api.contract import EXPOSED, PROBLEMS, SECURITY
from incidents_api.web import limits
from tests.conftest import Base, open_base
from tests.test_errors import problem

LIST = "/v1/incidents"
FIELDS = ("RateLimit", "RateLimit-Policy")
Opened = Callable[..., Base]


@dataclass
class Clock:
    """A clock that a test sets, in seconds."""

    now: float = 1000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which windows end."""
    made = Clock()
    monkeypatch.setattr(limits, "monotonic", lambda: made.now)
    return made


@pytest.fixture
def opened(sample_file: Path, clock: Clock) -> Iterator[Opened]:
    """Open the sample with a limit, for one worker unless it is told otherwise."""
    bases = []

    def limited(requests: int, **settings: Any) -> Base:
        given = {"workers": 1, **settings}
        bases.append(open_base(sample_file, requests_per_minute=requests, **given))
        return bases[-1]

    yield limited
    for base in bases:
        base.store.close()


def ask(base: Base, address: str = "192.0.2.1", path: str = LIST, **given: Any) -> TestResponse:
    """Ask as a client with this address."""
    return base.client.open(path, environ_base={"REMOTE_ADDR": address}, **given)


def statuses(base: Base, times: int, address: str = "192.0.2.1") -> list[int]:
    return [ask(base, address).status_code for _ in range(times)]


def fields(answer: TestResponse) -> tuple[int, int, int, int] | None:
    """Return what is left, until when, the quota and the window, or None where none is told."""
    told = [answer.headers.get(name) for name in FIELDS]
    if told == [None, None]:
        return None
    left = re.fullmatch(r'"client";r=(\d+);t=(\d+)', told[0] or "")
    quota = re.fullmatch(r'"client";q=(\d+);w=(\d+)', told[1] or "")
    assert left, told
    assert quota, told
    return int(left[1]), int(left[2]), int(quota[1]), int(quota[2])


@pytest.mark.parametrize("quota", [1, 2, 5])
def test_a_client_is_answered_to_its_quota_and_then_refused(opened: Opened, quota: int) -> None:
    assert statuses(opened(quota), quota + 2) == [200] * quota + [429] * 2


@pytest.mark.parametrize(
    ("quota", "told"),
    [
        (1, [(0, 60, 1, 60), (0, 60, 1, 60)]),
        (4, [None, None, (1, 60, 4, 60), (0, 60, 4, 60), (0, 60, 4, 60)]),
        (5, [None, None, (2, 60, 5, 60), (1, 60, 5, 60), (0, 60, 5, 60), (0, 60, 5, 60)]),
    ],
)
def test_what_is_left_is_told_once_more_than_half_is_used(
    opened: Opened, quota: int, told: list[Any]
) -> None:
    base = opened(quota)
    assert [fields(ask(base)) for _ in told] == told


@pytest.mark.parametrize(("seconds", "left"), [(0, 60), (0.5, 60), (20, 40), (59.2, 1), (59.99, 1)])
def test_a_refusal_says_when_to_try_again(
    opened: Opened, clock: Clock, seconds: float, left: int
) -> None:
    base = opened(1)
    ask(base)
    clock.now += seconds
    answer = ask(base)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == str(left)
    assert fields(answer) == (0, left, 1, 60)


def test_after_a_refusal_s_seconds_a_client_is_answered_again(opened: Opened, clock: Clock) -> None:
    base = opened(2)
    assert statuses(base, 3) == [200, 200, 429]
    clock.now += 59.9
    assert statuses(base, 1) == [429]
    clock.now += int(ask(base).headers["Retry-After"])
    assert statuses(base, 3) == [200, 200, 429]


def test_a_refusal_is_a_problem_with_all_its_headers(opened: Opened) -> None:
    base = opened(1)
    ask(base)
    answer = ask(base, path=f"{LIST}?country=SYR", headers={"Origin": "https://a.org"})
    body = problem(answer, 429)
    kind = PROBLEMS["too-many-requests"]
    assert (body["type"], body["title"]) == (f"/v1/problems/{kind.name}", kind.title)
    assert body["instance"] == LIST
    assert "limited to 1 in 60 s" in body["detail"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Expose-Headers"] == ", ".join(EXPOSED)
    assert {*FIELDS, "Retry-After"} <= set(EXPOSED)
    assert ask(base, "192.0.2.2", body["type"]).get_json()["status"] == 429


def test_a_refusal_has_no_body_for_head(opened: Opened) -> None:
    base = opened(1)
    ask(base)
    head = ask(base, method="HEAD")
    assert (head.status_code, head.data) == (429, b"")


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"method": "HEAD"}, 200),
        ({"method": "OPTIONS"}, 200),
        ({"method": "POST"}, 401),
        ({"method": "DELETE"}, 405),
        ({"path": "/v1/nowhere"}, 404),
        ({"path": f"{LIST}?limit=0"}, 400),
        ({"path": f"{LIST}?f=csv"}, 200),
        ({"path": "/v1/docs/"}, 200),
        ({"path": "/"}, 308),
        ({"headers": {"If-None-Match": "*"}}, 304),
    ],
    ids=str,
)
def test_every_request_counts_and_is_told_what_is_left(
    opened: Opened, given: dict[str, Any], status: int
) -> None:
    base = opened(2)
    assert fields(ask(base, **given)) is None
    answer = ask(base, **given)
    assert (answer.status_code, fields(answer)) == (status, (0, 60, 2, 60))
    assert ask(base, **given).status_code == 429


@pytest.mark.parametrize("path", ["/v1/health", "/v1/ready"])
def test_probes_are_neither_counted_nor_refused(opened: Opened, path: str) -> None:
    base = opened(1)
    assert [ask(base, path=path).status_code for _ in range(3)] == [200] * 3
    assert statuses(base, 2) == [200, 429]
    answer = ask(base, path=path)
    assert (answer.status_code, fields(answer)) == (200, None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff"),
        ("2001:db8::1", "2001:0db8:0000:0000:0000:0000:0000:0002"),
        ("fe80::1%eth0", "fe80::2%eth0"),
        ("::ffff:192.0.2.1", "::ffff:c000:201"),
    ],
)
def test_addresses_of_one_network_count_as_one_client(opened: Opened, one: str, other: str) -> None:
    base = opened(1)
    assert [*statuses(base, 1, one), *statuses(base, 1, other)] == [200, 429]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.1", "192.0.2.2"),
        ("2001:db8:0:1::1", "2001:db8:0:2::1"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2"),
        ("not:an:address", "nor:this"),
        ("", "192.0.2.1"),
    ],
)
def test_other_addresses_have_their_own_count(opened: Opened, one: str, other: str) -> None:
    base = opened(1)
    assert [*statuses(base, 2, one), *statuses(base, 2, other)] == [200, 429] * 2


def test_later_clients_share_a_count_when_the_table_is_full(
    opened: Opened, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CLIENTS", 2)
    base = opened(2)
    first, later = ("192.0.2.1", "192.0.2.2"), [f"198.51.100.{n}" for n in range(1, 6)]
    assert [ask(base, one).status_code for one in (*first, *later)] == [200] * 4 + [429] * 3
    assert [statuses(base, 2, one) for one in first] == [[200, 429]] * 2
    served = base.client.application.wsgi_app.answer  # type: ignore[attr-defined]
    assert isinstance(served, limits.Limit)
    assert len(served.networks.counts) == 3
    clock.now += 60
    assert statuses(base, 3, later[-1]) == [200, 200, 429]


@pytest.mark.parametrize(
    ("requests", "workers", "each"), [(10, 1, 10), (10, 2, 5), (10, 3, 4), (1, 64, 1)]
)
def test_each_worker_allows_its_share(
    opened: Opened, requests: int, workers: int, each: int
) -> None:
    base = opened(requests, workers=workers)
    assert statuses(base, each + 1) == [200] * each + [429]
    assert fields(ask(base)) == (0, 60, each, 60)


def test_no_limit_is_no_limit(opened: Opened) -> None:
    base = opened(0)
    assert [fields(ask(base)) for _ in range(20)] == [None] * 20


def test_a_refusal_is_as_the_document_says(opened: Opened) -> None:
    base = opened(1)
    document = ask(base, path="/v1/openapi.json").get_json()
    told = document["components"]["responses"]["TooMany"]
    usual = {"Content-Type", "Content-Length", "Access-Control-Allow-Origin"}
    usual |= {"Access-Control-Expose-Headers", *SECURITY}
    assert set(ask(base).headers.keys()) - usual <= set(told["headers"])
    assert {*FIELDS, "Retry-After"} <= set(told["headers"])
    for path in document["paths"].values():
        for operation in path.values():
            assert operation["responses"]["429"] == {"$ref": "#/components/responses/TooMany"}
