"""What never becomes a request is answered with a problem too."""

import socket
from urllib.parse import urlsplit

import orjson
import pytest

LONG = "a" * 9000


def asked(server: str, request: str) -> tuple[int, str, dict[str, object]]:
    """Send raw bytes; return the status, the content type and the problem."""
    address = urlsplit(server)
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=10) as line:
        line.sendall(request.encode())
        answer = b""
        while chunk := line.recv(65536):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(one.lower().split(": ", 1) for one in lines[1:])
    return int(lines[0].split()[1]), headers["content-type"], orjson.loads(body)


@pytest.mark.parametrize(
    ("line", "header", "status", "words"),
    [
        ("GET /v1/search?q=M\u00fcller HTTP/1.1", "Accept: */*", 400, "percent-encoded"),
        ("GET /v1/incidents?limit=\uff11 HTTP/1.1", "Accept: */*", 400, "percent-encoded"),
        (f"GET /v1/search?q={LONG} HTTP/1.1", "Accept: */*", 414, "8,190"),
        ("GET /v1/incidents HTTP/1.1", f"X-Long: {LONG}", 431, "8,190"),
        ("nonsense", "Accept: */*", 400, "cannot be read"),
    ],
)
def test_a_request_that_cannot_be_read_gets_a_problem(
    server: str, line: str, header: str, status: int, words: str
) -> None:
    request = f"{line}\r\nHost: x\r\n{header}\r\nConnection: close\r\n\r\n"
    found, type_, problem = asked(server, request)
    assert (found, type_, problem["status"]) == (status, "application/problem+json", status)
    assert words in str(problem["detail"])
