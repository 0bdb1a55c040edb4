"""Headers of security: every answer has them, whatever it is, and each of them once."""

import pytest
from werkzeug.test import TestResponse

from incidents_api.contract import SECURITY
from incidents_api.worker import refusal
from tests.conftest import Base, open_base

ONE = "/v1/incidents/hasakah-prison-attack-2022"
READS = {
    "one record": ONE,
    "a list": "/v1/incidents?limit=1",
    "CSV": "/v1/incidents?f=csv",
    "lines": "/v1/figures?f=ndjson",
    "an export": "/v1/export/incidents",
    "the index": "/v1/",
    "the contract": "/v1/openapi.json",
    "a redirection": "/",
    "a problem": "/v1/nothing",
    "a fault of the query": "/v1/incidents?country=ZZZ",
    "the state": "/v1/ready",
}


def secured(answer: TestResponse, policy: str = SECURITY["Content-Security-Policy"]) -> bool:
    """Return whether an answer has all headers of security, each once."""
    found = {name: answer.headers.getlist(name) for name in SECURITY}
    return found == {
        name: [policy if name == "Content-Security-Policy" else value]
        for name, value in SECURITY.items()
    }


@pytest.mark.parametrize("path", READS.values(), ids=READS)
@pytest.mark.parametrize("coding", ["", "gzip"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_every_answer_has_them(sample: Base, path: str, coding: str, method: str) -> None:
    headers = {"Accept-Encoding": coding} if coding else {}
    answer = sample.client.open(path, method=method, headers=headers, buffered=True)
    assert secured(answer), answer.headers
    assert answer.headers.getlist("Access-Control-Allow-Origin") == ["*"]


def test_so_has_what_the_client_has_already(sample: Base) -> None:
    tag = sample.get(ONE).headers["ETag"]
    answer = sample.get(ONE, If_None_Match=tag)
    assert answer.status_code == 304
    assert secured(answer)
    assert "Content-Type" not in answer.headers
    assert answer.headers["ETag"] == tag


def test_so_has_what_is_refused_before_it_is_looked_at(base: Base) -> None:
    opened = open_base(base.store.path, requests_per_minute=1)
    answers = [opened.get("/v1/") for _ in range(4)]
    assert answers[-1].status_code == 429
    assert all(map(secured, answers))


def test_so_has_what_never_becomes_a_request() -> None:
    head, _, _ = refusal("bad-request", "no").decode().partition("\r\n\r\n")
    told = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    assert SECURITY.items() <= told.items()


def test_so_has_a_mistake_of_the_program(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(type(base.store), "get", broken)
    answer = base.get(ONE)
    assert answer.status_code == 500
    assert secured(answer)


@pytest.mark.parametrize("name", ["", "start.js", "swagger-ui.css", "nothing.js"])
def test_the_page_of_the_documentation_runs_its_own_scripts_alone(sample: Base, name: str) -> None:
    answer = sample.client.get(f"/v1/docs/{name}", buffered=True)
    policy = answer.headers["Content-Security-Policy"]
    assert secured(answer, policy)
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
