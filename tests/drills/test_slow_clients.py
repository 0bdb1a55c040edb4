"""Two hundred clients that send and read as slowly as they can, behind nginx."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Final

import pytest
import requests

from tests.conftest import free_port
from tests.drills.report import tell, whole
from tests.drills.serving import made, served

NGINX: Final = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
SLOW: Final = 200
SECONDS: Final = 15.0
#: What stands before the server: nginx takes requests and answers whole, at the pace of the client.
SETTINGS: Final = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_header_timeout 5s;
    client_body_timeout 5s;
    send_timeout 10s;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass {address};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
    }}
}}
"""


@contextmanager
def fronted(folder: Path, address: str) -> Iterator[int]:
    """Run nginx before a server; yield its port."""
    assert NGINX is not None
    port = free_port()
    settings = folder / "nginx.conf"
    settings.write_text(SETTINGS.format(folder=folder, port=port, address=address))
    nginx = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(settings)])
    try:
        _answering(port)
        yield port
    finally:
        nginx.terminate()
        nginx.wait(20)


def _answering(port: int) -> None:
    begun = time.monotonic()
    while True:
        with suppress(requests.ConnectionError):
            assert requests.get(f"http://127.0.0.1:{port}/v1/health", timeout=20).ok
            return
        assert time.monotonic() < begun + 20
        time.sleep(0.1)


def slow_ones(port: int) -> list[socket.socket]:
    """Connect so many clients: half of them send a request a byte at a time, half a body."""
    begins = (
        b"GET /v1/health HTTP/1.1\r\n",
        b"POST /v1/actors HTTP/1.1\r\nContent-Length: 9999\r\n\r\n",
    )
    made_ = []
    for number in range(SLOW):
        line = socket.create_connection(("127.0.0.1", port), timeout=10)
        line.sendall(begins[number % 2])
        made_.append(line)
    return made_


def drip(lines: list[socket.socket]) -> int:
    """Have each send another byte, and return how many still can."""
    left = 0
    for line in lines:
        with suppress(OSError):
            line.sendall(b"X")
            left += 1
    return left


@whole
@pytest.mark.skipif(NGINX is None, reason="nginx is not there")
def test_slow_clients_behind_nginx(tmp_path: Path) -> None:
    path, log = tmp_path / "slow.db", tmp_path / "log"
    made(path)
    times, statuses = [], set()
    with served(path, log) as server, fronted(tmp_path, server.address) as port:
        lines = slow_ones(port)
        until = time.monotonic() + SECONDS
        dripped, left = 0.0, SLOW
        while time.monotonic() < until:
            if time.monotonic() > dripped + 1:
                dripped, left = time.monotonic(), drip(lines)
            begun = time.perf_counter()
            answer = requests.get(f"http://127.0.0.1:{port}/v1/incidents", timeout=30)
            times.append((time.perf_counter() - begun) * 1000)
            statuses.add(answer.status_code)
        for line in lines:
            line.close()
        assert server.end() == 0
    times.sort()
    tell(
        "slow clients behind nginx",
        f"{SLOW} clients send a byte a second for {SECONDS:g} s, half of them of a header, half of "
        "a body; another client reads on",
        "every other answer 200 within a second",
        f"{len(times):,} answers {sorted(statuses)}: p50 {median(times):.0f} ms, p99 "
        f"{times[len(times) * 99 // 100]:.0f} ms, longest {times[-1]:.0f} ms; {left} slow ones "
        "left at the end",
    )
    assert statuses == {200}
    assert times[len(times) * 99 // 100] < 1000
