"""What a key opens over HTTP, and how a request without a good one is refused."""

import logging
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from incidents_api.storage import access
from incidents_api.storage.access import SCOPES
from incidents_api.storage.store import Store
from incidents_api.web import access as web_access
from incidents_api.web import problems
from tests.conftest import Base
from tests.test_errors import problem
from tests.test_keys import other, resealed


class Guarded:
    """A small service with one route that needs a key, and keys of every scope."""

    def __init__(self, store: Store) -> None:
        app = Flask("guarded")
        problems.register(app)

        @app.post("/<scope>")
        def write(scope: str) -> dict[str, str]:
            return {"who": web_access.require(store, scope).owner}

        @app.get("/<scope>")
        def read(scope: str) -> dict[str, bool]:
            return {"may": web_access.may(store, scope)}

        self.client: FlaskClient = app.test_client()
        self.texts = {scope: access.create(store, f"A {scope}er", scope)[1] for scope in SCOPES}

    def post(self, authorization: str | None, scope: str = "write") -> TestResponse:
        """Ask for what needs a key."""
        return self.client.post(f"/{scope}", headers=_headers(authorization))

    def may(self, authorization: str | None, scope: str = "write") -> bool:
        """Ask whether the key is good for a scope."""
        answer = self.client.get(f"/{scope}", headers=_headers(authorization))
        return bool(answer.get_json()["may"])


def _headers(authorization: str | None) -> dict[str, str]:
    return {} if authorization is None else {"Authorization": authorization}


@pytest.fixture
def guarded(empty: Base) -> Guarded:
    """A service with a route that needs a key."""
    return Guarded(empty.store)


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("wanted", SCOPES)
def test_a_key_opens_what_its_scope_allows(guarded: Guarded, scope: str, wanted: str) -> None:
    authorization = f"Bearer {guarded.texts[scope]}"
    allowed = SCOPES.index(wanted) <= SCOPES.index(scope)
    answer = guarded.post(authorization, wanted)
    assert guarded.may(authorization, wanted) == allowed
    if allowed:
        assert (answer.status_code, answer.get_json()) == (200, {"who": f"A {scope}er"})
        return
    body = problem(answer, 403)
    assert body["type"] == "/v1/problems/forbidden"
    assert f"scope {wanted}" in body["detail"]
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith('Bearer realm="incidents-api", error="insufficient_scope", ')
    assert challenge.endswith(f', scope="{wanted}"')


@pytest.mark.parametrize("before", ["Bearer ", "bearer ", "BEARER  ", " Bearer "])
def test_the_name_of_the_scheme_may_be_written_in_any_case(guarded: Guarded, before: str) -> None:
    assert guarded.post(f"{before}{guarded.texts['write']}").status_code == 200


def test_without_a_key_the_scheme_is_named_and_no_error(guarded: Guarded) -> None:
    answer = guarded.post(None)
    body = problem(answer, 401)
    assert body["type"] == "/v1/problems/unauthorized"
    assert body["errors"][0]["header"] == "Authorization"
    assert answer.headers.getlist("WWW-Authenticate") == ['Bearer realm="incidents-api"']
    assert not guarded.may(None)


def wrong(text: str) -> dict[str, str]:
    """Return values of Authorization that open nothing."""
    return {
        "nothing": "",
        "another scheme": "Basic dXNlcjpwYXNz",
        "the key alone": text,
        "another scheme with a key": f"Token {text}",
        "no key": "Bearer",
        "twice": f"Bearer {text},Bearer {text}",
        "in quotes": f'Bearer "{text}"',
        "damaged": f"Bearer {text[:-1]}{other(text[-1])}",
        "not ASCII": f"Bearer {text[:-1]}é",
        "unknown": f"Bearer {resealed('iak_' + 'A' * 8 + text[12:-6])}",
        "another secret": f"Bearer {resealed(text[:13] + other(text[13]) + text[14:-6])}",
    }


@pytest.mark.parametrize("name", wrong("x" * 51))
def test_a_key_that_is_not_good_is_refused_and_not_repeated(
    guarded: Guarded, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    authorization = wrong(guarded.texts["write"])[name]
    answer = guarded.post(authorization)
    assert problem(answer, 401)["type"] == "/v1/problems/unauthorized"
    assert re.fullmatch(
        r'Bearer realm="incidents-api", error="invalid_token", error_description="[ !#-\[\]-~]+"',
        answer.headers["WWW-Authenticate"],
    )
    assert not guarded.may(authorization)
    told = answer.text + str(answer.headers) + caplog.text
    secret = guarded.texts["write"][14:]
    assert not [at for at in range(len(secret) - 5) if secret[at : at + 6] in told]


def test_the_problems_have_a_page(sample: Base) -> None:
    for name, status in (("unauthorized", 401), ("forbidden", 403)):
        assert sample.json(f"/v1/problems/{name}")["status"] == status
