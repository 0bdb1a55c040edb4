"""Who is asked, and who asks: names of the host, the public address, proxies that are believed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from incidents_api.contract import PROBLEMS
from incidents_api.web.proxies import Proxies
from tests.conftest import Base, open_base
from tests.test_errors import problem

Opened = Callable[..., Base]
PAGE = "/v1/incidents?limit=1"
CLIENT = "198.51.100.7"


@pytest.fixture
def opened(sample_file: Path) -> Iterator[Opened]:
    """Open the sample with some settings."""
    bases = []

    def made(**settings: Any) -> Base:
        bases.append(open_base(sample_file, **settings))
        return bases[-1]

    yield made
    for base in bases:
        base.store.close()


@pytest.mark.parametrize(
    ("hosts", "host", "status"),
    [
        ("", "anything.example", 200),
        ("a.example", "a.example", 200),
        ("a.example", "a.example:8000", 200),
        ("b.example, a.example", "a.example", 200),
        (".a.example", "b.a.example", 200),
        ("127.0.0.1", "127.0.0.1:8000", 200),
        ("a.example", "b.example", 400),
        ("a.example", "b.a.example", 400),
        ("a.example", "a.example.b.example", 400),
        ("a.example", "b.example/a.example", 400),
        (".a.example", "ba.example", 400),
        ("a.example", "", 400),
    ],
)
@pytest.mark.parametrize("path", [PAGE, "/v1/health", "/v1/docs/"])
def test_hosts_that_are_named_are_answered(
    opened: Opened, hosts: str, host: str, status: int, path: str
) -> None:
    assert opened(hosts=hosts).get(path, Host=host).status_code == status


def test_another_host_is_refused_with_a_problem(opened: Opened) -> None:
    answer = opened(hosts="a.example").get(PAGE, Host="b.example")
    assert "b.example" in problem(answer, 400)["detail"]
    assert PROBLEMS["bad-request"].title == answer.get_json()["title"]


def named_in(base: Base, **headers: str) -> str:
    """Return the server that the link to the next page names."""
    return base.get(PAGE, **headers).headers["Link"].split("/v1/")[0].removeprefix("<")


@pytest.mark.parametrize(
    ("public", "named"),
    [("", "http://evil.example"), ("https://a.example:8443", "https://a.example:8443")],
)
def test_whole_addresses_have_the_public_one(opened: Opened, public: str, named: str) -> None:
    assert named_in(opened(public_url=public), Host="evil.example") == named


def test_the_contract_names_the_public_address(opened: Opened) -> None:
    bases = [opened(), opened(public_url="https://a.example")]
    answers = [base.get("/v1/openapi.json") for base in bases]
    urls = [[one["url"] for one in answer.get_json()["servers"]] for answer in answers]
    assert urls == [["/"], ["https://a.example"]]
    assert len({answer.headers["ETag"] for answer in answers}) == 2


@pytest.mark.parametrize("path", ["/", "/v1/docs", "//evil.example/", "/v1/incidents/"])
def test_nobody_is_led_to_a_host_that_the_request_names(opened: Opened, path: str) -> None:
    answer = opened().get(path, Host="evil.example")
    assert "evil.example" not in answer.headers.get("Location", "")


def told(environ: dict[str, str], proxies: str) -> tuple[str, str, str]:
    """Return the client, the host and the scheme that an application behind proxies is told."""
    given = {"HTTP_HOST": "inner", "wsgi.url_scheme": "http", **environ}
    seen = []

    def application(environ: dict[str, Any], _: object) -> list[bytes]:
        names = ("REMOTE_ADDR", "HTTP_HOST", "wsgi.url_scheme")
        seen.append(tuple(environ[name] for name in names))
        return []

    Proxies(application, proxies)(given, lambda *_: lambda _: None)
    (found,) = seen
    return found


def forwarded(peer: str, *chain: str) -> dict[str, str]:
    return {
        "REMOTE_ADDR": peer,
        "HTTP_X_FORWARDED_FOR": ", ".join(chain),
        "HTTP_X_FORWARDED_HOST": "outer.example",
        "HTTP_X_FORWARDED_PROTO": "https",
    }


@pytest.mark.parametrize(
    ("proxies", "peer", "chain", "client"),
    [
        ("10.0.0.1", "10.0.0.1", [CLIENT], CLIENT),
        ("10.0.0.0/8", "10.9.9.9", [CLIENT], CLIENT),
        ("10.0.0.1", "::ffff:10.0.0.1", [CLIENT], CLIENT),
        ("2001:db8::/32", "2001:db8::1", ["2001:db9::1"], "2001:db9::1"),
        ("unix", "", [CLIENT], CLIENT),
        # What stands before a client that is nobody's proxy was written by that client.
        ("10.0.0.0/8", "10.0.0.1", ["192.0.2.66", CLIENT], CLIENT),
        ("10.0.0.0/8", "10.0.0.1", ["10.0.0.66", CLIENT], CLIENT),
        # A chain of proxies, each of which is named.
        ("10.0.0.0/8", "10.0.0.1", [CLIENT, "10.0.0.2"], CLIENT),
        ("10.0.0.0/8", "10.0.0.1", ["192.0.2.66", CLIENT, "10.0.0.3", "10.0.0.2"], CLIENT),
        # What is no address ends the chain.
        ("10.0.0.0/8", "10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", [CLIENT, "<script>"], "10.0.0.1"),
    ],
)
def test_a_named_proxy_is_believed(proxies: str, peer: str, chain: list[str], client: str) -> None:
    assert told(forwarded(peer, *chain), proxies) == (client, "outer.example", "https")


@pytest.mark.parametrize(
    ("proxies", "peer"),
    [("10.0.0.0/8", "192.0.2.1"), ("10.0.0.0/8", ""), ("unix", "127.0.0.1"), ("unix", "nothing")],
)
def test_nobody_else_is(proxies: str, peer: str) -> None:
    assert told(forwarded(peer, CLIENT), proxies) == (peer, "inner", "http")


def asked(base: Base, peer: str, client: str) -> int:
    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": client}
    return base.client.get(PAGE, environ_base=environ).status_code


def test_the_limit_counts_the_clients_of_a_named_proxy(opened: Opened) -> None:
    base = opened(proxies="10.0.0.1", requests_per_minute=1, workers=1)
    assert [asked(base, "10.0.0.1", f"192.0.2.{n}") for n in (1, 2, 1)] == [200, 200, 429]
    assert [asked(base, "10.0.0.2", f"192.0.2.{n}") for n in (3, 4)] == [200, 429]


def test_a_refused_host_is_that_of_the_client(opened: Opened) -> None:
    base = opened(hosts="outer.example", proxies="10.0.0.1")
    for peer, status in (("10.0.0.1", 200), ("10.0.0.2", 400)):
        answer = base.client.get(PAGE, environ_base=forwarded(peer, CLIENT))
        assert answer.status_code == status


def test_the_server_believes_nobody_unless_told(server: str) -> None:
    headers = {"X-Forwarded-Proto": "https", "PATH_INFO": "/v1/health", "SCRIPT_NAME": "/x"}
    answer = requests.get(server + PAGE, headers=headers, timeout=10)
    assert answer.json()["meta"]["returned"] == 1
    assert answer.headers["Link"].startswith(f"<{server}/v1/")
