"""How often a key may be used, and how many keys that are not good a network may show."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from werkzeug.test import TestResponse

from incidents_api.storage import access
from incidents_api.web import limits
from tests.conftest import Base, open_base
from tests.test_errors import problem
from tests.test_limits import Clock, clock  # noqa: F401

#: Where a key is asked for before the body is read, which is then refused.
PATH: Final = "/v1/actors"
HERE: Final = "192.0.2.1"
Opened = Callable[..., Base]


@pytest.fixture
def opened(base: Base, clock: Clock) -> Iterator[Opened]:  # noqa: F811
    """Open a copy of the sample with limits, for one worker unless it is told otherwise."""
    bases = []

    def limited(**settings: Any) -> Base:
        bases.append(open_base(base.store.path, **{"workers": 1, **settings}))
        return bases[-1]

    yield limited
    for one in bases:
        one.store.close()


def ask(base: Base, key: str | None, address: str = HERE, scheme: str = "Bearer") -> TestResponse:
    """Write nothing, with a key; or read without one."""
    environ = {"REMOTE_ADDR": address}
    if key is None:
        return base.client.get("/v1/actors", environ_base=environ)
    headers = {"Authorization": f"{scheme} {key}", "Content-Type": "application/json"}
    return base.client.post(PATH, data=b"{}", headers=headers, environ_base=environ)


def statuses(base: Base, times: int, *given: Any) -> list[int]:
    return [ask(base, *given).status_code for _ in range(times)]


def made_up() -> str:
    """Return what has the shape of a key, and is none."""
    text = f"iak_{secrets.token_hex(4)}_{secrets.token_hex(16)}"
    return text + access._checksum(text)


@pytest.mark.parametrize("quota", [1, 2, 5])
def test_a_key_is_answered_to_its_quota_and_then_refused(opened: Opened, quota: int) -> None:
    base = opened(key_requests_per_minute=quota)
    assert statuses(base, 10 * quota, base.key) == [422] * quota + [429] * 9 * quota


def test_a_key_is_refused_from_every_network_and_leaves_them_their_own(opened: Opened) -> None:
    base = opened(key_requests_per_minute=2, requests_per_minute=3)
    assert [ask(base, base.key, f"192.0.2.{n}").status_code for n in range(4)] == [422] * 2 + [
        429
    ] * 2
    assert statuses(base, 4, None, "192.0.2.1") == [200, 200, 200, 429]
    # Of the first network, the request that showed that the key is good counts too.
    assert statuses(base, 3, None, "192.0.2.0") == [200, 200, 429]


def test_each_key_has_its_own_count(opened: Opened) -> None:
    base = opened(key_requests_per_minute=1)
    other = access.create(base.store, "Other", "write")[1]
    assert [statuses(base, 2, key) for key in (base.key, other)] == [[422, 429]] * 2


def test_a_key_goes_on_where_its_network_is_used_up(opened: Opened) -> None:
    base = opened(requests_per_minute=1)
    assert statuses(base, 3, base.key) == [422] * 3
    assert statuses(base, 1, None) == [429]
    assert statuses(base, 2, base.key) == [422] * 2


def test_a_refused_key_is_told_its_quota_and_when_to_go_on(
    opened: Opened,
    clock: Clock,  # noqa: F811
) -> None:
    base = opened(key_requests_per_minute=2)
    ask(base, base.key)
    assert ask(base, base.key).headers["RateLimit"] == '"key";r=0;t=60'
    clock.now += 20
    answer = ask(base, base.key)
    assert "A key's requests are limited to 2 in 60 s" in problem(answer, 429)["detail"]
    assert answer.headers["Retry-After"] == "40"
    assert answer.headers["RateLimit"] == '"key";r=0;t=40'
    assert answer.headers["RateLimit-Policy"] == '"key";q=2;w=60'
    clock.now += 40
    assert statuses(base, 3, base.key) == [422, 422, 429]


def test_keys_that_are_made_up_count_for_their_network(opened: Opened) -> None:
    base = opened(requests_per_minute=3, failed_keys_per_minute=0)
    assert [ask(base, made_up()).status_code for _ in range(5)] == [401] * 3 + [429] * 2


def test_nobody_uses_up_a_key_of_which_he_knows_the_public_part(opened: Opened) -> None:
    base = opened(key_requests_per_minute=2, failed_keys_per_minute=0)
    forged = f"{base.key[:13]}{secrets.token_hex(16)}"
    assert statuses(base, 5, forged + access._checksum(forged)) == [401] * 5
    assert statuses(base, 3, base.key) == [422, 422, 429]


@pytest.mark.parametrize("quota", [1, 2, 5])
@pytest.mark.parametrize("key", ["", "x", "iak_"], ids=["made up", "no key", "damaged"])
def test_so_many_keys_may_fail_and_then_none_is_looked_up(
    opened: Opened, quota: int, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = opened(failed_keys_per_minute=quota)
    assert [ask(base, key or made_up()).status_code for _ in range(quota)] == [401] * quota
    monkeypatch.setattr(access, "find", lambda *_: 1 / 0)
    found = [ask(base, key or made_up()).status_code for _ in range(9 * quota)]
    assert found == [429] * 9 * quota


def test_after_too_many_failed_keys_the_rest_goes_on(opened: Opened, clock: Clock) -> None:  # noqa: F811
    base = opened(failed_keys_per_minute=2)
    late = access.create(base.store, "Late", "write")[1]
    assert statuses(base, 1, base.key) == [422]
    assert [ask(base, made_up()).status_code for _ in range(3)] == [401, 401, 429]
    assert statuses(base, 3, None) == [200] * 3  # without a key
    assert statuses(base, 1, late) == [429]  # a good one that nobody has seen here
    assert statuses(base, 1, base.key) == [422]  # one that was good before
    assert statuses(base, 1, late, "192.0.2.2") == [422]  # from another network
    clock.now += 60
    assert statuses(base, 1, late) == [422]


def test_a_failed_key_is_told_what_is_left_and_when_to_go_on(opened: Opened, clock: Clock) -> None:  # noqa: F811
    base = opened(failed_keys_per_minute=2)
    assert "RateLimit" not in ask(base, made_up()).headers
    answer = ask(base, made_up())
    assert (answer.status_code, answer.headers["RateLimit"]) == (401, '"failed-keys";r=0;t=60')
    clock.now += 20
    answer = ask(base, made_up())
    words = (
        "A client's failed keys are limited to 2 in 60 s here; try again in 40 s, or ask without"
    )
    assert words in problem(answer, 429)["detail"]
    assert answer.headers["Retry-After"] == "40"
    assert answer.headers["RateLimit"] == '"failed-keys";r=0;t=40'
    assert answer.headers["RateLimit-Policy"] == '"failed-keys";q=2;w=60'


def test_a_key_that_is_good_no_more_has_no_count_of_its_own(opened: Opened) -> None:
    base = opened(failed_keys_per_minute=2)
    assert statuses(base, 1, base.key) == [422]
    with base.store.exclusive() as connection:
        connection.execute("DELETE FROM keys")
        connection.execute("COMMIT")
    assert statuses(base, 4, base.key) == [401, 401, 429, 429]


def test_a_key_of_too_narrow_a_scope_has_not_failed(opened: Opened) -> None:
    base = opened(failed_keys_per_minute=1, key_requests_per_minute=3)
    reader = access.create(base.store, "Reader", "read")[1]
    assert statuses(base, 4, reader) == [403] * 3 + [429]


def test_the_password_of_a_proxy_is_no_failed_key(opened: Opened) -> None:
    base = opened(failed_keys_per_minute=1)
    assert statuses(base, 3, "eDp5", HERE, "Basic") == [401] * 3


def test_reading_with_a_bad_key_where_writers_see_more_is_a_failed_key(opened: Opened) -> None:
    base = opened(failed_keys_per_minute=1)
    headers = {"Authorization": f"Bearer {made_up()}"}
    base.put(
        {
            "resource": "actors",
            "id": "hidden",
            "name": "H",
            "actor_type": "media",
            "visibility": "restricted",
        }
    )
    found = [base.client.get("/v1/actors/hidden", headers=headers).status_code for _ in range(2)]
    assert found == [404, 429]


def test_each_worker_allows_its_share_of_a_key(opened: Opened) -> None:
    base = opened(key_requests_per_minute=5, failed_keys_per_minute=3, workers=2)
    assert statuses(base, 4, base.key) == [422] * 3 + [429]
    assert [ask(base, made_up()).status_code for _ in range(3)] == [401, 401, 429]


def test_what_is_known_of_keys_does_not_grow_without_end(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CLIENTS", 2)
    base = opened(key_requests_per_minute=9)
    keys = [access.create(base.store, f"K{n}", "write")[1] for n in range(5)]
    assert [ask(base, key).status_code for key in keys] == [422] * 5
    served = base.client.application.wsgi_app.answer  # type: ignore[attr-defined]
    assert isinstance(served, limits.Limit)
    assert len(served._good) <= 2


def test_no_text_of_a_key_is_kept(opened: Opened) -> None:
    base = opened()
    ask(base, base.key)
    served = base.client.application.wsgi_app.answer  # type: ignore[attr-defined]
    assert isinstance(served, limits.Limit)
    assert served._good
    assert base.key not in str(vars(served))
