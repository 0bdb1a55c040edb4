"""Logs: one line a request, the request's id everywhere, and nothing that must not be told."""

import io
import json
import logging
import re
import shutil
import socket
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from werkzeug.test import Client

from incidents_api import logs
from incidents_api.storage import access
from incidents_api.storage.store import Store
from incidents_api.web import observing
from incidents_api.web.observing import Observed, RequestLog
from tests.conftest import Base, open_base, serving
from tests.untold import UNTOLD, found_in


class Lines(io.BytesIO):
    """A standard error that is read line by line."""

    def told(self) -> list[dict[str, Any]]:
        """Return the lines that have been written."""
        return [json.loads(line) for line in self.getvalue().splitlines()]


def logged(
    base: Base, monkeypatch: pytest.MonkeyPatch, *, queries: bool = True, addresses: bool = True
) -> tuple[Client, Lines]:
    """Return a client of the application as a server calls it, and its log."""
    lines = Lines()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(lines))
    log = RequestLog(queries=queries, addresses=addresses)
    return Client(Observed(base.client.application, [log])), lines


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/v1/incidents", "/v1/incidents", 200),
        ("GET", "/v1/figures?f=csv", "/v1/figures", 200),
        ("GET", "/v1/figures?f=ndjson", "/v1/figures", 200),
        ("HEAD", "/v1/incidents", "/v1/incidents", 200),
        ("GET", "/v1/incidents/hasakah-prison-battle-2022", "/v1/incidents/<id>", 200),
        ("GET", "/v1/incidents/nothing", "/v1/incidents/<id>", 404),
        ("GET", "/nowhere", "none", 404),
        ("DELETE", "/v1/health", "none", 405),
        ("POST", "/v1/incidents", "/v1/incidents", 401),
    ],
)
def test_each_request_is_one_line(
    sample: Base,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    route: str,
    status: int,
) -> None:
    client, lines = logged(sample, monkeypatch)
    with client.open(path, method=method, headers={"X-Request-Id": "mine-1"}) as answer:
        length = len(answer.get_data())
    (line,) = lines.told()
    told = (line["method"], line["route"], line["status"], line["request_id"])
    assert told == (method, route, status, "mine-1")
    assert line["path"] == path.partition("?")[0]
    assert line.get("query", "") == path.partition("?")[2]
    assert method == "HEAD" or line["bytes"] == length
    assert line["ms"] >= 0
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT[\d:.]+Z", line["time"])


def test_a_304_is_one_line_without_bytes(sample: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    client, lines = logged(sample, monkeypatch)
    tag = client.get("/v1/incidents").headers["ETag"]
    client.get("/v1/incidents", headers={"If-None-Match": tag})
    assert [(line["status"], line["bytes"] > 0) for line in lines.told()] == [
        (200, True),
        (304, False),
    ]


def test_a_method_that_a_client_invents_has_no_name_of_its_own(
    sample: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, lines = logged(sample, monkeypatch)
    client.open("/v1/incidents", method="NONSENSE")
    assert lines.told()[0]["method"] == "other"


def test_queries_and_addresses_can_be_left_out(
    sample: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, lines = logged(sample, monkeypatch, queries=False, addresses=False)
    client.get("/v1/incidents?q=prison")
    (line,) = lines.told()
    assert {"query", "client"} & set(line) == set()
    assert "prison" not in lines.getvalue().decode()


def test_a_fault_beyond_the_application_is_told_and_passed_on(
    monkeypatch: pytest.MonkeyPatch, sample: Base
) -> None:
    _, lines = logged(sample, monkeypatch)

    def failing(_: Any, __: Any) -> Any:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        Client(Observed(failing, [RequestLog(queries=True, addresses=True)])).get("/v1/")
    assert lines.told()[0]["status"] == 500


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("a", True),
        ("A-b_c.9" * 9, True),
        ("x" * 64, True),
        ("x" * 65, False),
        ("", False),
        ("two words", False),
        ("a,b", False),
        ("ü", False),
        ("iak_abcdefgh_" + "x" * 38, False),
    ],
)
def test_a_request_s_id_is_the_client_s_where_it_is_well_shaped(
    sample: Base, given: str, taken: bool
) -> None:
    problem = sample.get("/v1/nothing", X_Request_Id=given).get_json()
    assert (problem["request_id"] == given) is taken
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", problem["request_id"])


def test_without_an_id_each_request_gets_another(sample: Base) -> None:
    found = {sample.get("/v1/nothing").get_json()["request_id"] for _ in range(50)}
    assert len(found) == 50


def test_a_refusal_for_asking_too_often_has_the_id_too(sample_file: Path) -> None:
    base = open_base(sample_file, requests_per_minute=1, workers=1)
    base.get("/v1/")
    answer = base.get("/v1/", X_Request_Id="often")
    assert (answer.status_code, answer.get_json()["request_id"]) == (429, "often")
    base.store.close()


def test_a_transaction_holds_the_id_of_its_request(base: Base) -> None:
    source = {"title": "Invented", "source_type": "news_agency"}
    for path, body in (
        ("/v1/sources", {"id": "single", **source}),
        (
            "/v1/batch",
            {
                "operations": [
                    {"op": "create", "resource": "sources", "record": {"id": "many", **source}}
                ]
            },
        ),
    ):
        answer = base.write("POST", path, body, X_Request_Id="w" + path.replace("/", "."))
        assert answer.status_code in (200, 201), answer.text
    sql = "SELECT request_id FROM transactions ORDER BY seq DESC LIMIT 2"
    assert [name for (name,) in base.store.connection.execute(sql)] == [
        "w.v1.batch",
        "w.v1.sources",
    ]


def test_writes_and_problems_tell_their_id_and_what_caches_keep_does_not(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, lines = logged(base, monkeypatch)
    good = client.get("/v1/incidents")
    bad = client.get("/v1/nothing")
    key = {"Authorization": f"Bearer {base.key}"}
    body = {"id": "single", "title": "Invented", "source_type": "news_agency"}
    written = client.post("/v1/sources", json=body, headers=key)
    assert written.status_code == 201
    assert "X-Request-Id" not in good.headers
    ids = [bad.headers["X-Request-Id"], written.headers["X-Request-Id"]]
    told = lines.told()[1:]
    assert ids == [line["request_id"] for line in told]
    assert told[1]["key"] == base.key.split("_")[1]
    assert base.key not in lines.getvalue().decode()


def test_a_mistake_is_told_by_its_class_its_places_and_a_digest(
    sample_file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    base = open_base(sample_file)
    secret = "SELECT secret FROM keys"

    def failing(*_: Any, **__: Any) -> Any:
        raise RuntimeError(secret)

    monkeypatch.setattr(base.store, "check", failing)
    caplog.set_level(logging.INFO)
    answer = base.get("/v1/ready", X_Request_Id="one")
    base.get("/v1/ready")
    assert (answer.status_code, answer.get_json()["request_id"]) == (500, "one")
    told = [vars(record) for record in caplog.records]
    assert [line["fault"] for line in told] == ["builtins.RuntimeError"] * 2
    assert told[0]["request_id"] == "one"
    assert any(place.startswith("incidents_api.web.service:") for place in told[0]["at"])
    assert told[0]["digest"] == told[1]["digest"]
    assert secret not in answer.text + str(told) + caplog.text
    base.store.close()


def formatted(level: str, db: str = "/srv/data/kept.db") -> str:
    """Return a line about a fault, as it is written at a level."""
    logger = logging.getLogger("gunicorn.error")
    try:
        raise OSError("/srv/data/kept.db: SELECT 1")
    except OSError as fault:
        info = (type(fault), fault, fault.__traceback__)
        words = "Error handling request /v1/?key=iak_abcdefgh_secret in /srv/data/kept.db"
        record = logger.makeRecord("gunicorn.error", 40, __file__, 1, words, (), info)
    return logs.formatter(level, db).format(record)


def test_the_server_s_own_events_tell_neither_keys_nor_paths_nor_tracebacks() -> None:
    line = formatted("info")
    told = json.loads(line)
    assert told["event"] == "Error handling request /v1/?key=iak_... in [database]"
    assert (told["fault"], told["level"]) == ("builtins.OSError", "error")
    assert not [words for words in (*UNTOLD, "secret", "/srv") if words in line]


def test_whoever_asks_for_all_gets_the_traceback() -> None:
    assert "Traceback" in json.loads(formatted("debug"))["exception"]


@pytest.mark.parametrize(
    ("level", "lines"), [("debug", 1), ("info", 1), ("warning", 0), ("error", 0)]
)
def test_requests_are_logged_from_info_on(
    sample: Base, monkeypatch: pytest.MonkeyPatch, level: str, lines: int
) -> None:
    written = Lines()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(written))
    settings = {"log_level": level, "log_queries": True, "log_addresses": True, "metrics": False}
    Client(observing.observed(sample.client.application, settings)).get("/v1/health")
    assert len(written.told()) == lines


def spoilt(path: Path) -> None:
    """Damage all pages of a database but the first few, as a failing disk does."""
    with path.open("r+b") as file:
        size = path.stat().st_size
        file.seek(16 * 4096)
        file.write(b"\xa5" * (size - 16 * 4096))


def provoke(address: str, key: str) -> list[str]:
    """Ask for what cannot be answered, in many ways; return the answers."""
    session = requests.Session()
    wrong = key[:-1] + ("0" if key[-1] != "0" else "1")
    unknown = "iak_ZZZZZZZZ_" + "Z" * 32 + "ZZZZZZ"
    asked = [
        ("GET", f"/v1/incidents?q={key}", None, ""),
        ("GET", "/v1/incidents/hasakah-prison-battle-2022", None, key),
        ("GET", "/v1/incidents?sort=-date_start&total=true", None, ""),
        ("GET", "/v1/figures?f=csv", None, ""),
        ("GET", "/v1/export?f=bundle", None, ""),
        ("GET", "/v1/search?q=%27%20OR%201=1--", None, ""),
        ("GET", "/v1/changes?after=0&include=record", None, ""),
        ("GET", "/v1/incidents?cursor=broken", None, ""),
        ("GET", "/v1/aggregate?group_by=country", None, ""),
        ("GET", "/v1/ready", None, ""),
        ("GET", "/%ff%00", None, ""),
        ("POST", "/v1/sources", b"{not json", key),
        ("POST", "/v1/sources", b'{"id":"x"}', wrong),
        ("POST", "/v1/sources", b'{"id":"x"}', unknown),
        ("POST", "/v1/sources", b'{"id":"x","title":"T","source_type":"news_agency"}', key),
        ("POST", "/v1/batch", b"[" * 5000, key),
        ("DELETE", "/v1/incidents/hasakah-prison-battle-2022", None, key),
    ]
    answers = []
    for method, path, body, with_key in asked:
        headers = {"Authorization": f"Bearer {with_key}"} if with_key else {}
        headers |= {"Content-Type": "application/json"} if body else {}
        try:
            answer = session.request(method, address + path, data=body, headers=headers, timeout=10)
        except requests.RequestException:
            continue  # A stream that breaks off tells its fault by breaking off.
        answers.append(f"{answer.status_code} {answer.headers} {answer.text}")
    return answers


def test_no_fault_tells_a_key_a_path_sql_or_a_traceback(sample_file: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(sample_file, tmp_path / "hidden-name.db"))
    store = Store(copy)
    key = access.create(store, "Editor", "write")[1]
    store.close()
    log = tmp_path / "log"
    with serving(copy, log, workers=1) as address:
        found = urlsplit(address)
        with socket.create_connection((str(found.hostname), found.port or 0), timeout=10) as line:
            line.sendall(b"nonsense " + key.encode() + b"\r\n\r\n")
            answers = [line.recv(65536).decode()]
        answers += provoke(address, key)
        spoilt(copy)
        broken = provoke(address, key)
    told = log.read_text(encoding="utf-8")
    assert len(told.splitlines()) >= len(answers) + len(broken)
    assert [line for line in told.splitlines() if not isinstance(json.loads(line), dict)] == []
    hidden = [*UNTOLD, str(tmp_path), "hidden-name", key[13:]]
    # The whole suite is watched in the same way; this is what the watch would find.
    assert found_in(f'Traceback in {copy} of {key}: File "x"', path=copy) == [
        *("Traceback", 'File "', str(copy), "a key")
    ]
    # Nobody but the client can read its own query back to it.
    shown = "".join(answers[2:] + broken[1:])
    assert [words for words in hidden if words in told] == []
    assert [words for words in hidden if words in shown] == []
    assert any(text.startswith("50") for text in broken), broken
