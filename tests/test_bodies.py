"""Bodies of requests: what is not strict JSON is refused in words, and never with a 500."""

import http.client
import io
import json
import socket
from contextlib import closing
from typing import Any, NoReturn
from urllib.parse import urlsplit

import orjson
import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from gunicorn.http.errors import InvalidChunkSize, NoMoreData
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from incidents_api.model.faults import pointer
from incidents_api.web import bodies, problems
from tests.test_errors import problem

JSON = "application/json"
PATCH = ("application/merge-patch+json", JSON)
MOST = 100_000


def echo() -> Response:
    value, faults = bodies.read((JSON,), MOST)
    told = [[pointer(path), words] for path, words in faults]
    return Response(json.dumps([value, told], allow_nan=False), content_type=JSON)


def change() -> Response:
    value, _ = bodies.read(PATCH, MOST)
    return Response(orjson.dumps(value), content_type=JSON)


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    app = Flask(__name__)
    problems.register(app)
    app.add_url_rule("/", view_func=echo, methods=["POST"])
    app.add_url_rule("/", view_func=change, methods=["PATCH"])
    return app.test_client()


def short(value: object) -> str | None:
    """Return the name of a test for a long body; None leaves it to pytest."""
    return repr(value)[:40] if isinstance(value, bytes) else None


def sent(client: FlaskClient, body: bytes, type_: str = JSON, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/", data=body, content_type=type_, headers=named)


def chunked(client: FlaskClient, stream: io.IOBase) -> TestResponse:
    """Send a body without its length, as a server hands over chunks."""
    return client.post(
        "/",
        content_type=JSON,
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input": stream, "wsgi.input_terminated": True},
    )


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"{}", {}),
        (b' \r\n\t{"a": [1, -2, 1.5, true, false, null, "x"]}\n', None),
        ('{"é": "سجن 🕊"}'.encode(), {"é": "سجن 🕊"}),
        (b'{"a": "\\ud83d\\udd4a"}', {"a": "🕊"}),
        (b'{"a": "\\u0000", "": "]]]"}', {"a": "\x00", "": "]]]"}),
        (b'{"a": 1e308, "b": -0.0, "c": 9007199254740993}', None),
        (b"1" + b"0" * 300, 10**300),
        (b"[" * 32 + b"]" * 32, None),
        (b'{"a": "' + b"[" * 100 + b'\\"' + b"{" * 100 + b'"}', None),
        (b"[" + b",".join([b"[[]]"] * 100) + b"]", None),
        (b"null", None),
        (b'"x"', "x"),
    ],
    ids=short,
)
def test_json_is_read(client: FlaskClient, body: bytes, value: Any) -> None:
    answer = sent(client, body)
    assert answer.status_code == 200, answer.text
    assert answer.get_json() == [json.loads(body) if value is None else value, []]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "is empty"),
        (b" \n\r\t", "is empty"),
        (b'\xef\xbb\xbf{"a": 1}', "byte order mark"),
        (b'{"a": "\xff"}', "byte 8 is 0xFF"),
        (b'{"a": "caf\xe9"}', "byte 11 is 0xE9"),
        (b'{"a": "\xed\xa0\x80"}', "byte 8 is 0xED"),
        ('{"a": 1}'.encode("utf-16"), "byte 1 is 0xFF"),
        ('{"a": 1}'.encode("utf-16-le"), "line 1, column 2"),
        (b'{"a": 1,\n "b" 2}', "line 2, column 6"),
        (b'{"a": 1', "line 1, column 8"),
        (b'{"a": "x', "Unterminated string starting at line 1, column 7"),
        (b'{"a": "x\n"}', "Invalid control character at line 1, column 9"),
        (b'{"a": "\\x"}', "line 1, column 8"),
        (b'{"a": "\\u12"}', "line 1, column 9"),
        (b'{"a": "\\', "line 1, column 7"),
        (b'{"a": 1,}', "line 1"),
        (b"[1,]", "line 1"),
        (b"{'a': 1}", "line 1, column 2"),
        (b"{a: 1}", "line 1, column 2"),
        (b"{1: 1}", "line 1, column 2"),
        (b'{"a": 01}', "line 1"),
        (b'{"a": .5}', "line 1, column 7"),
        (b'{"a": +1}', "line 1, column 7"),
        (b'{"a": 0x10}', "line 1"),
        ('{"a": １}'.encode(), "line 1, column 7"),
        (b'{"a": 1} // why', "Extra data at line 1, column 10"),
        (b'{"a": 1} {"a": 1}', "Extra data at line 1, column 10"),
        (b'{"a": True}', "line 1, column 7"),
        (b"]" * 100, "line 1, column 1"),
        (b'{"a": "' + b"\xc2\xa0" * 3 + b'"}\xc2\xa0', "Extra data"),
        (b"[" * 33 + b"]" * 33, "is nested more than 32 deep at line 1, column 33"),
        (b"\n" + b'{"a":' * 32 + b"[]" + b"}" * 32, "more than 32 deep at line 2, column 161"),
        (b"[" * 100_000, "is nested more than 32 deep"),
        (b'{"a":' * 20_000, "is nested more than 32 deep"),
        (b'"' + b"\\" * 99_999, "line 1, column 1"),
    ],
    ids=short,
)
def test_what_is_not_json_is_refused_with_its_place(
    client: FlaskClient, body: bytes, words: str
) -> None:
    found = problem(sent(client, body))
    assert found["type"].endswith("/invalid-json")
    assert words in found["detail"]
    assert [error["pointer"] for error in found["errors"]] == [""]
    assert words in found["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("body", "pointers", "words"),
    [
        (b"NaN", [""], "is NaN, which is not JSON"),
        (b'{"a": NaN, "b": [1, Infinity, {"c": -Infinity}]}', ["/a", "/b/1", "/b/2/c"], "not JSON"),
        (b'{"a": 1e400, "b": -1e400}', ["/a", "/b"], "too large for a number"),
        (b'{"a": 1' + b"0" * 309 + b"}", ["/a"], "1000000000000000000000000000000000000000…"),
        (b'{"a": -' + b"9" * 50_000 + b"}", ["/a"], "too large for a number"),
        (b'{"a": "\\ud800", "b": ["x\\udc00"]}', ["/a", "/b/0"], "half a character"),
        (b'{"a": "\\udc00\\ud800"}', ["/a"], "half a character"),
        (b'{"a": {"\\ud800": {"b": "\\ud800"}}}', ["/a"], "name holds half a character"),
        (b'{"a": {"' + b"x" * 1001 + b'": NaN}}', ["/a"], "name is longer than 1,000"),
        (b'{"a": NaN, "a": 1}', ["/a"], "is NaN"),
        (b'{"~/": [NaN]}', ["/~0~1/0"], "is NaN"),
    ],
    ids=short,
)
def test_values_that_cannot_be_kept_are_refused_all_at_once(
    client: FlaskClient, body: bytes, pointers: list[str], words: str
) -> None:
    found = problem(sent(client, body))
    assert found["type"].endswith("/invalid-json")
    assert [error["pointer"] for error in found["errors"]] == pointers
    assert all(words in error["detail"] for error in found["errors"])
    assert words in found["detail"]


def test_a_body_of_faults_has_a_short_answer(client: FlaskClient) -> None:
    answer = sent(client, b"[" + b",".join([b"NaN"] * 20_000) + b"]")
    assert len(problem(answer)["errors"]) == bodies.MOST_FAULTS
    twice = ",".join(f'"{number}":1,"{number}":1' for number in range(5000))
    assert len(sent(client, f"{{{twice}}}".encode()).get_json()[1]) == bodies.MOST_FAULTS


@pytest.mark.parametrize(
    ("body", "value", "pointers"),
    [
        (b'{"a": 1, "b": 2, "a": 3}', {"a": 3, "b": 2}, ["/a"]),
        (b'{"a": 1, "a": 1, "a": 1}', {"a": 1}, ["/a"]),
        (b'{"a": 1, "\\u0061": 2}', {"a": 2}, ["/a"]),
        (
            b'{"s": [{}, {"x/y": 1, "x/y": {"~": 1, "~": 2}}]}',
            {"s": [{}, {"x/y": {"~": 2}}]},
            ["/s/1/x~1y", "/s/1/x~1y/~0"],
        ),
        (b'{"a": {"b": 1}, "b": {"b": 1}}', {"a": {"b": 1}, "b": {"b": 1}}, []),
    ],
)
def test_members_given_twice_are_told(
    client: FlaskClient, body: bytes, value: Any, pointers: list[str]
) -> None:
    found, faults = sent(client, body).get_json()
    assert found == value
    assert [place for place, _ in faults] == pointers
    assert {words for _, words in faults} <= {"is given more than once: give it once"}


def test_values_are_plain() -> None:
    app = Flask(__name__)
    body = '{"a": [{"b": {}}], "a": {"c": {"d": {"d": 1}}}}'
    with app.test_request_context("/", method="POST", data=body, content_type=JSON):
        value, faults = bodies.read((JSON,), MOST)
    assert faults == [bodies.Fault(("a",), "is given more than once: give it once")]
    while isinstance(value, dict):
        assert type(value) is dict
        value = next(iter(value.values()))


@pytest.mark.parametrize(
    "type_",
    [
        JSON,
        "APPLICATION/Json",
        "application/json; charset=utf-8",
        'application/json;CHARSET="UTF-8"; profile="x;charset=y"',
        "application/json; indent=2",
    ],
)
def test_json_is_taken_by_any_spelling_of_its_type(client: FlaskClient, type_: str) -> None:
    assert sent(client, b"{}", type_).status_code == 200


@pytest.mark.parametrize(
    ("type_", "words"),
    [
        ("", "is missing"),
        ("text/plain", "is 'text/plain'; taken are application/json"),
        ("application/x-www-form-urlencoded", "taken are application/json"),
        ("multipart/form-data; boundary=x", "taken are application/json"),
        ("application/json, text/plain", "taken are application/json"),
        ("application/merge-patch+json", "taken are application/json"),
        ("application/json; charset=latin-1", "'latin-1'; JSON is UTF-8"),
        ("application/json; charset=utf-16", "'utf-16'; JSON is UTF-8"),
        ("application/json; charset*=utf-8''latin-1", "'latin-1'; JSON is UTF-8"),
        ("json", "is 'json'"),
        (";;;", "is ';;;'"),
        ("\xff", "taken are application/json"),
    ],
)
def test_other_types_are_refused_with_those_that_are_taken(
    client: FlaskClient, type_: str, words: str
) -> None:
    answer = sent(client, b"{}", type_)
    found = problem(answer, 415)
    assert found["type"].endswith("/unsupported-media-type")
    assert answer.headers["Accept"] == JSON
    assert "Accept-Patch" not in answer.headers
    assert [error["header"] for error in found["errors"]] == ["Content-Type"]
    assert words in found["errors"][0]["detail"]
    assert words in found["detail"]


def test_a_patch_says_which_patches_are_taken(client: FlaskClient) -> None:
    for type_ in PATCH:
        assert client.patch("/", data=b'{"a": null}', content_type=type_).json == {"a": None}
    answer = client.patch("/", data=b"[]", content_type="application/json-patch+json")
    problem(answer, 415)
    assert answer.headers["Accept-Patch"] == answer.headers["Accept"] == ", ".join(PATCH)


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip", "x"])
def test_compressed_bodies_are_refused(client: FlaskClient, coding: str) -> None:
    answer = sent(client, b"{}", Content_Encoding=coding)
    assert [error["header"] for error in problem(answer, 415)["errors"]] == ["Content-Encoding"]
    assert answer.headers["Accept-Encoding"] == "identity"
    assert "Accept" not in answer.headers


def test_every_fault_of_the_headers_is_told(client: FlaskClient) -> None:
    answer = sent(client, b"{}", "text/csv", Content_Encoding="gzip")
    headers = [error["header"] for error in problem(answer, 415)["errors"]]
    assert headers == ["Content-Type", "Content-Encoding"]


def test_identity_is_no_coding(client: FlaskClient) -> None:
    assert sent(client, b"{}", Content_Encoding="Identity").status_code == 200


@pytest.mark.parametrize("extra", [0, 1, 1000, 5_000_000])
def test_a_body_may_have_so_many_bytes(client: FlaskClient, extra: int) -> None:
    body = b'{"a": "' + b"x" * (MOST + extra - 9) + b'"}'
    for answer in (sent(client, body), chunked(client, io.BytesIO(body))):
        if extra:
            found = problem(answer, 413)
            assert found["type"].endswith("/too-large")
            assert f"{MOST:,} bytes" in found["detail"]
        else:
            assert answer.status_code == 200


class Endless(io.RawIOBase):
    """A client that never stops sending."""

    def __init__(self) -> None:
        self.sent = 0

    def read(self, size: int = -1) -> bytes:
        assert size > 0
        self.sent += size
        return b" " * size


def test_a_body_without_end_is_cut_off(client: FlaskClient) -> None:
    stream = Endless()
    problem(chunked(client, stream), 413)
    assert MOST < stream.sent <= MOST + problems.DRAINED + 65_536


class Damaged(io.RawIOBase):
    """A client that goes away, or sends chunks that are none."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    def read(self, size: int = -1) -> NoReturn:
        raise self.fault


@pytest.mark.parametrize("fault", [NoMoreData(), InvalidChunkSize(b"x"), ConnectionResetError()])
def test_a_damaged_body_is_the_clients_mistake(client: FlaskClient, fault: Exception) -> None:
    assert problem(chunked(client, Damaged(fault)))["type"].endswith("/bad-request")


@pytest.mark.parametrize("terminated", [{}, {"wsgi.input_terminated": True}])
def test_a_body_that_ends_early_is_the_clients_mistake(
    client: FlaskClient, terminated: dict[str, Any]
) -> None:
    given = {"wsgi.input": io.BytesIO(b'{"a": 1}'), "CONTENT_LENGTH": "9", **terminated}
    answer = client.post("/", content_type=JSON, environ_overrides=given)
    assert problem(answer)["type"].endswith("/bad-request")


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)


@given(value=JSON_VALUES, ascii_=st.booleans(), indent=st.none() | st.integers(0, 3))
def test_what_is_written_is_read(value: Any, ascii_: bool, indent: int | None) -> None:
    body = json.dumps(value, ensure_ascii=ascii_, indent=indent).encode()
    with Flask(__name__).test_request_context("/", method="POST", data=body, content_type=JSON):
        assert bodies.read((JSON,), MOST) == (value, [])


@given(body=st.binary() | st.text('[]{}",:\\u08dtrN1e. ').map(str.encode))
def test_no_bytes_are_a_mistake_of_the_service(body: bytes) -> None:
    with Flask(__name__).test_request_context("/", method="POST", data=body, content_type=JSON):
        try:
            value, _ = bodies.read((JSON,), MOST)
        except problems.Refuse as refusal:
            orjson.dumps([refusal.name, refusal.detail, refusal.errors])
        else:
            json.dumps(value, allow_nan=False).encode()


@pytest.mark.parametrize("chunked", [False, True])
def test_the_server_lets_a_client_read_why_a_large_body_is_refused(
    server: str, chunked: bool
) -> None:
    # http.client does not look at the answer before it has sent everything: it would meet a reset.
    with closing(http.client.HTTPConnection(urlsplit(server).netloc, timeout=20)) as line:
        for _ in range(2):
            pieces = [b"x" * 100_000] * 80
            line.request("POST", "/v1/nowhere", iter(pieces) if chunked else b"".join(pieces))
            answer = line.getresponse()
            assert answer.status == 404
            assert orjson.loads(answer.read())["type"] == "/v1/problems/not-found"


def test_the_server_takes_damaged_chunks_for_the_clients_mistake(server: str) -> None:
    where = urlsplit(server)
    head = "POST /v1/nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection((str(where.hostname), where.port or 80), timeout=10) as line:
        line.sendall(head.encode() + b"zz\r\nxx\r\n")
        answer = line.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert answer.count(b"HTTP/1.1") == 1
