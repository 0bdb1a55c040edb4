"""What is answered before the framework is what the framework would have answered."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import create_environ, run_wsgi_app

from incidents_api.model import RESOURCES
from incidents_api.web import directly
from incidents_api.web.observing import Observed, Seen
from tests.conftest import Base, open_base
from tests.test_dependents import record

ONE: Final = "/v1/incidents/hasakah-prison-battle-2022"
#: What clients say in each header that the answer may depend on; None is that they do not.
SAID: Final[dict[str, list[str | None]]] = {
    "Accept": [
        None,
        "*/*",
        "application/json",
        "text/csv",
        "application/geo+json",
        "image/png",
        "",
    ],
    "Accept-Encoding": [None, "gzip", "gzip, deflate, br", "identity", "gzip;q=0", "*", "", "x"],
    "If-None-Match": [None, "*", " * ", "TAG", "W/TAG", '"x", TAG', '"x"', "", "GZIP", "x" * 2000],
    "Authorization": [None, "Bearer iak_nothing", "Basic eDp5", ""],
    "Host": [None, "example.org", "example.org:80", "elsewhere.org", "a b", ""],
    "Origin": [None, "https://example.org"],
    "Range": [None, "bytes=0-10"],
}
#: What whoever may write sees more exactly.
COARSE: Final = {"latitude": 36.4831, "longitude": 40.7551, "coordinates_generalized_to": "degree"}
METHODS: Final = ["GET", "HEAD", "OPTIONS", "DELETE", "NONSENSE"]
PATHS: Final = [
    ONE, f"{ONE}/", f"{ONE}?", f"{ONE}?f=json", f"{ONE}?fields=id", f"/{ONE}", ONE.upper(),
    "/v1/incidents/", "/v1/incidents", "/v1/incidents/nothing", "/v1/incidents/%ff", "/v1//x",
    "/v1/incidents/hasakah%2Dprison-battle-2022", "/v1/nothing/x", "/v1/incidents/search",
    "/v1/incidents/withdrawn", "/v1/incidents/merged", "/v1/incidents/hidden", "/", "//",
]  # fmt: skip


@pytest.fixture(scope="module")
def file(sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A knowledge base with what is withdrawn, merged and restricted too."""
    copy = tmp_path_factory.mktemp("directly") / "copy.db"
    copy.write_bytes(sample_file.read_bytes())
    base = open_base(copy)
    for name in ("withdrawn", "merged", "survivor"):
        base.put(record("incidents", name))
    base.put(record("incidents", "hidden") | {"visibility": "restricted"})
    base.put(record("incidents", "coarse") | COARSE)
    told = {"If_Match": "*"}
    assert base.write("DELETE", "/v1/incidents/withdrawn?reason=x", **told).status_code == 200
    into = base.write("POST", "/v1/incidents/merged/merge-into", {"into": "survivor"}, **told)
    assert into.status_code == 200, into.text
    base.store.close()
    return copy


@pytest.fixture(scope="module")
def both(file: Path) -> Iterator[tuple[Flask, Flask]]:
    """The service, and the same without what is answered directly."""
    bases = [open_base(file), _slow(file)]
    yield tuple(base.client.application for base in bases)  # type: ignore[misc]
    for base in bases:
        base.store.close()


def _slow(path: Path, **settings: Any) -> Base:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(directly, "add", lambda *_: None)
        return open_base(path, **settings)


def ask(app: Flask, path: str, method: str = "GET", **said: str | None) -> tuple[Any, ...]:
    """Return status, headers and body of an answer."""
    environ = create_environ(path, method=method)
    environ["REMOTE_ADDR"] = "192.0.2.1"
    for name, value in said.items():
        if value is None:
            environ.pop(f"HTTP_{name.upper()}", None)
        else:
            environ[f"HTTP_{name.upper()}"] = value
    body, status, headers = run_wsgi_app(app, environ)
    told = sorted((name.lower(), value) for name, value in headers)
    return status.upper(), told, b"".join(body)


def tags_in(said: dict[str, str | None], tag: str) -> dict[str, str | None]:
    """Return what is said with the record's own tag in the place of TAG, of its gzip in GZIP's."""
    packed = f'{tag[:-1]}:gzip"'
    return {
        name.replace("-", "_"): value and value.replace("TAG", tag).replace("GZIP", packed)
        for name, value in said.items()
    }


def compared(both: tuple[Flask, Flask], path: str, method: str, **said: str | None) -> Any:
    """Ask both, compare, and return the answer; what names the request is not compared."""
    one, other = (ask(app, path, method, X_Request_Id="same", **said) for app in both)
    assert one == other
    return one


@pytest.mark.parametrize("resource", RESOURCES.records)
def test_a_record_of_every_resource_is_answered_without_the_framework(
    both: tuple[Flask, Flask], resource: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = both[0].test_client().get(f"/v1/{resource}?limit=1").get_json()["data"]
    address = f"/v1/{resource}/{first['id']}"
    _, headers, body = compared(both, address, "GET")
    monkeypatch.setattr(both[0], "full_dispatch_request", lambda *_: pytest.fail("was asked"))
    assert ask(both[0], address) == ("200 OK", headers, body)
    tag = dict(headers)["etag"]
    status, _, packed = ask(both[0], address, ACCEPT_ENCODING="gzip")
    assert (status, packed[:2]) == ("200 OK", b"\x1f\x8b")
    assert ask(both[0], address, IF_NONE_MATCH=tag)[0] == "304 NOT MODIFIED"


@pytest.mark.parametrize("name", SAID)
def test_whatever_a_header_says_it_is_answered_as_by_the_framework(
    both: tuple[Flask, Flask], name: str
) -> None:
    tag = dict(ask(both[1], ONE)[1])["etag"]
    for value in SAID[name]:
        compared(both, ONE, "GET", **tags_in({name: value}, tag))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", METHODS)
def test_whatever_address_and_method_it_is_answered_as_by_the_framework(
    both: tuple[Flask, Flask], path: str, method: str
) -> None:
    compared(both, path, method)


@given(
    st.sampled_from(PATHS),
    st.sampled_from(METHODS),
    st.fixed_dictionaries({name: st.sampled_from(values) for name, values in SAID.items()}),
)
def test_whatever_is_said_together_it_is_answered_as_by_the_framework(
    both: tuple[Flask, Flask], path: str, method: str, said: dict[str, str | None]
) -> None:
    tag = dict(ask(both[1], ONE)[1])["etag"]
    compared(both, path, method, **tags_in(said, tag))


@pytest.mark.parametrize("name", ["coarse", "hidden", "hasakah-prison-battle-2022"])
def test_whoever_brings_a_key_is_answered_as_by_the_framework(file: Path, name: str) -> None:
    base, slow = open_base(file), _slow(file)
    apps = base.client.application, slow.client.application
    own = compared(apps, f"/v1/incidents/{name}", "GET", AUTHORIZATION=f"Bearer {base.key}")
    public = compared(apps, f"/v1/incidents/{name}", "GET")
    assert (own == public) is (name not in ("coarse", "hidden"))
    for one in (base, slow):
        one.store.close()


@pytest.mark.parametrize(
    "settings",
    [
        {"hosts": "example.org"},
        {"hosts": ".example.org,localhost"},
        {"anonymous_reads": False},
        {"cors_origins": "https://example.org"},
        {"cors_origins": ""},
        {"public_url": "https://example.org"},
    ],
    ids=str,
)
def test_under_every_setting_it_is_answered_as_by_the_framework(
    file: Path, settings: dict[str, Any]
) -> None:
    bases = open_base(file, **settings), _slow(file, **settings)
    apps = bases[0].client.application, bases[1].client.application
    for host in SAID["Host"]:
        compared(apps, ONE, "GET", HOST=host)
    compared(apps, ONE, "GET", ORIGIN="https://example.org")
    for base in bases:
        base.store.close()


def test_what_is_answered_directly_is_counted_and_logged_under_its_route(sample: Base) -> None:
    class Noted(list[Seen]):
        def begin(self) -> None:
            """Note nothing yet."""

        end = list.append

    told = Noted()
    app = Observed(sample.client.application, [told])
    list(app(create_environ(ONE), lambda *_: list.append))  # type: ignore[arg-type]
    assert [(seen.route, seen.status) for seen in told] == [("/v1/incidents/<id>", 200)]
    assert told[0].length


def test_a_file_that_cannot_be_read_is_left_to_the_framework(
    sample_file: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.CRITICAL)
    base = open_base(sample_file)
    base.store.connection.execute("SELECT 1")
    base.store.connection.close()
    answer = base.get(ONE)
    assert answer.status_code == 500
    assert answer.get_json()["type"] == "/v1/problems/internal-error"
