"""The deployment files: settings they name exist, and nginx does in front what they say."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from incidents_api.config import PREFIX, SETTINGS
from tests.conftest import TOP, free_port

DEPLOY = TOP / "deploy"
FILES = sorted(path for path in DEPLOY.iterdir() if path.is_file())
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/opt/homebrew/bin")
#: Its workers must get into the folder, which is of whoever runs the tests.
USER = "" if os.geteuid() else "user root;"
#: A machine without nginx tries everything else.
needs_nginx = pytest.mark.skipif(NGINX is None, reason="there is no nginx on this machine")


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_every_setting_that_is_named_exists(path: Path) -> None:
    known = {PREFIX + setting.name.upper() for setting in SETTINGS}
    named = set(re.findall(r"\bINCIDENTS_[A-Z_]*", path.read_text(encoding="utf-8")))
    assert named - known == set()


@pytest.mark.parametrize("path", sorted(DEPLOY.glob("*.timer")), ids=lambda path: path.name)
def test_every_timer_has_its_service(path: Path) -> None:
    assert path.with_suffix(".service").exists()


class Front:
    """An nginx of our configuration, on free ports, in a folder of its own."""

    def __init__(self, folder: Path, upstream: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
        changes = {
            "listen 80;": f"listen 127.0.0.1:{self.port};",
            "server 127.0.0.1:8000;": f"server {upstream};",
            "/var/cache/nginx/incidents": str(folder / "cache"),
            "/var/log/nginx/incidents.log": str(folder / "access.log"),
            "client_header_timeout 10s;": "client_header_timeout 1s;",
            # The addresses of invented clients.
            "server_tokens off;": "server_tokens off; set_real_ip_from 127.0.0.1; "
            "real_ip_header X-Test-Client;",
        }
        for given, put in changes.items():
            assert given in text, given
            text = text.replace(given, put)
        temporary = "".join(
            f"{name}_temp_path {folder / name};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        self.config = folder / "nginx.conf"
        self.config.write_text(
            f"{USER} daemon off; pid {folder / 'pid'}; error_log {folder / 'error.log'};"
            f"events {{}} http {{ {temporary}\n{text} }}",
            encoding="utf-8",
        )

    def command(self, *more: str) -> list[str]:
        """Return the command line of this nginx."""
        assert NGINX
        return [NGINX, "-e", str(self.config.with_name("start.log")), "-c", str(self.config), *more]


@pytest.fixture
def front(server: str, tmp_path: Path) -> Iterator[Front]:
    """An nginx in front of the command's own server."""
    made = Front(tmp_path, urlsplit(server).netloc)
    process = subprocess.Popen(made.command(), stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with closing(socket.socket()) as probe:
                if not probe.connect_ex(("127.0.0.1", made.port)):
                    break
            time.sleep(0.05)
        yield made
    finally:
        process.terminate()
        process.wait(20)


def asked(front: Front, path: str, **headers: str) -> requests.Response:
    """Ask through nginx, on a connection of its own."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(front.address + path, headers=named, timeout=10)


@needs_nginx
def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    tried = subprocess.run(
        Front(tmp_path, "127.0.0.1:8000").command("-t"), capture_output=True, text=True, check=False
    )
    assert tried.returncode == 0, tried.stderr
    assert "[warn]" not in tried.stderr.replace('the "user" directive', "")


@needs_nginx
def test_answers_are_kept_and_asked_for_again_by_their_etag(front: Front) -> None:
    path = "/v1/incidents?fields=title"
    found = [asked(front, path) for _ in range(3)]
    time.sleep(2.1)
    found.append(asked(front, path))
    states = [answer.headers["X-Cache"] for answer in found]
    assert states == ["MISS", "HIT", "HIT", "REVALIDATED"]
    assert len({answer.content for answer in found}) == 1
    assert asked(front, path, If_None_Match=found[0].headers["ETag"]).status_code == 304
    other = asked(front, path, Accept_Encoding="identity")
    assert (other.headers["X-Cache"], other.json()) == ("MISS", found[0].json())


@needs_nginx
def test_what_brings_a_key_and_streams_are_never_kept(front: Front) -> None:
    keyed = [asked(front, "/v1/incidents", Authorization="Bearer iak_x") for _ in range(2)]
    streams = [asked(front, "/v1/figures?f=csv") for _ in range(2)]
    states = [answer.headers["X-Cache"] for answer in keyed + streams]
    assert "HIT" not in states
    assert {answer.status_code for answer in streams} == {200}


@needs_nginx
def test_a_client_that_asks_too_often_is_refused_and_others_are_not(front: Front) -> None:
    # All of one IPv6 network, so that it is one client.
    clients = [f"2001:db8:0:1::{number:x}" for number in range(1, 400)]
    session = requests.Session()
    found = [
        session.get(front.address + "/v1/health", headers={"X-Test-Client": one}, timeout=10)
        for one in clients
    ]
    refused = [answer for answer in found if answer.status_code == 429]
    assert refused
    problem = refused[0].json()
    assert refused[0].headers["Content-Type"] == "application/problem+json"
    assert problem["request_id"] == refused[0].headers["X-Request-Id"]
    assert asked(front, "/v1/health", X_Test_Client="2001:db8:0:2::1").status_code == 200


@needs_nginx
def test_metrics_are_not_for_the_outside(front: Front) -> None:
    assert asked(front, "/v1/metrics", X_Test_Client="192.0.2.1").status_code == 403
    assert asked(front, "/v1/metrics").status_code == 200


@needs_nginx
def test_a_slow_client_is_let_go(front: Front) -> None:
    with socket.create_connection(("127.0.0.1", front.port), timeout=10) as line:
        line.sendall(b"GET /v1/health HTTP/1.1\r\nHost: x\r\n")
        begun = time.monotonic()
        with suppress(ConnectionResetError):
            assert line.recv(1) == b""
        assert time.monotonic() - begun < 5


@needs_nginx
def test_a_request_s_id_goes_through(front: Front) -> None:
    answer = asked(front, "/v1/nothing", X_Request_Id="mine-7")
    assert (answer.json()["request_id"], answer.headers["X-Request-Id"]) == ("mine-7", "mine-7")
    again = asked(front, "/v1/nothing", X_Request_Id="no, two words")
    assert again.json()["request_id"] == again.headers["X-Request-Id"] != "no, two words"


@needs_nginx
def test_a_service_that_is_away_is_a_problem(tmp_path: Path) -> None:
    front = Front(tmp_path, f"127.0.0.1:{free_port()}")
    process = subprocess.Popen(front.command(), stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        answer = asked(front, "/v1/incidents")
        assert (answer.status_code, answer.json()["status"]) == (503, 503)
    finally:
        process.terminate()
        process.wait(20)
