"""Metrics: what was asked is counted over all workers, in a form that promtool finds nothing in."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import Client

from incidents_api.web.observing import observed
from tests.conftest import DEFAULTS, Base, open_base, serving

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(text: str) -> Samples:
    """Return each sample of an exposition: its name and labels, and its value."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float:
    """Return the value of one sample; 0 where there is none."""
    return found.get((name, frozenset(labels.items())), 0)


@pytest.fixture
def client(sample_file: Path) -> Iterator[Client]:
    """A client of the application as a server calls it, with an own count."""
    base = open_base(sample_file)
    app = base.client.application
    yield Client(observed(app, DEFAULTS | {"log_level": "error"}))
    base.store.close()


def test_requests_are_counted_by_route_method_and_class_of_status(client: Client) -> None:
    for path in ("/v1/incidents", "/v1/incidents?limit=1", "/v1/incidents?limit=no", "/nowhere"):
        client.get(path)
    client.open("/v1/incidents", method="NONSENSE")
    found = samples(client.get("/v1/metrics").text)
    name = "incidents_http_requests_total"
    assert value(found, name, route="/v1/incidents", method="GET", status="2xx") == 2
    assert value(found, name, route="/v1/incidents", method="GET", status="4xx") == 1
    assert value(found, name, route="none", method="GET", status="4xx") == 1
    assert value(found, name, route="none", method="other", status="4xx") == 1
    counted = "incidents_http_request_duration_seconds_count"
    assert value(found, counted, route="/v1/incidents") == 3
    assert value(found, "incidents_http_requests_in_flight") == 1


def test_a_stream_is_counted_once_when_it_ends(client: Client) -> None:
    client.get("/v1/figures?f=csv").close()
    client.get("/v1/figures?f=ndjson").close()
    found = samples(client.get("/v1/metrics").text)
    labels = {"route": "/v1/figures", "method": "GET", "status": "2xx"}
    assert value(found, "incidents_http_requests_total", **labels) == 2
    assert value(found, "incidents_http_requests_in_flight") == 1


def test_the_database_is_told_of(base: Base) -> None:
    body = {"id": "one", "title": "Invented", "source_type": "news_agency"}
    before = samples(base.get("/v1/metrics").text)
    assert base.write("POST", "/v1/sources", body).status_code == 201
    found = samples(base.get("/v1/metrics").text)
    name = "incidents_transactions_total"
    assert value(found, name) == value(before, name) + 1
    assert abs(value(found, "incidents_last_write_timestamp_seconds") - time.time()) < 60
    assert value(found, "incidents_database_size_bytes") == base.store.path.stat().st_size
    assert value(found, "incidents_ready") == value(found, "incidents_writable") == 1
    assert value(found, "incidents_disk_free_bytes") > 0


def test_metrics_say_that_the_database_cannot_be_used(base: Base) -> None:
    base.store.path.unlink()
    found = samples(base.get("/v1/metrics").text)
    assert found[("incidents_ready", frozenset())] == 0
    assert ("incidents_writable", frozenset()) not in found


def test_metrics_can_be_turned_off(sample_file: Path) -> None:
    base = open_base(sample_file, metrics=False)
    app = base.client.application
    answer = Client(observed(app, DEFAULTS | {"log_level": "error"})).get("/v1/metrics")
    assert answer.status_code == 404
    base.store.close()


def test_metrics_take_no_parameters(sample: Base) -> None:
    assert sample.get("/v1/metrics?name=x").status_code == 400


def test_two_workers_count_together_and_promtool_finds_nothing(
    sample_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copy(sample_file, tmp_path / "copy.db"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with serving(copy, tmp_path / "log", workers=2) as address:
        for _ in range(20):
            # Each on a connection of its own, so that both workers get some.
            assert requests.get(f"{address}/v1/incidents", timeout=10).status_code == 200
        told = requests.get(f"{address}/v1/metrics", timeout=10)
    assert told.headers["Content-Type"].startswith("text/plain; version=")
    labels = {"route": "/v1/incidents", "method": "GET", "status": "2xx"}
    assert value(samples(told.text), "incidents_http_requests_total", **labels) == 20
    assert list(tmp_path.glob("incidents-metrics-*")) == []
    if promtool := shutil.which("promtool"):
        checked = subprocess.run(
            [promtool, "check", "metrics"],
            input=told.content,
            capture_output=True,
            check=False,
            env=dict(os.environ),
        )
        assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")


def test_ready_says_what_to_look_at(sample_file: Path) -> None:
    base = open_base(sample_file, min_free_mb=1_000_000_000)
    body = base.json("/v1/ready")
    words = "the disk of the database has less than 1,000,000,000 MB left"
    assert body["warnings"] == [words]
    assert (body["status"], body["seq"], body["writable"]) == ("ready", 1, True)
    base.store.close()


def test_ready_says_that_nothing_can_be_written(
    sample: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    body = sample.json("/v1/ready")
    assert body["writable"] is False
    assert "only be read" in body["warnings"][0]
