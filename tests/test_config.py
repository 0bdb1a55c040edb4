"""Settings: one table, read from the environment, where a misspelt name is refused."""

import os
from pathlib import Path
from typing import Any

import pytest

from incidents_api import create_app
from incidents_api.config import PREFIX, SETTINGS, UnknownSetting, read
from tests.conftest import TOP

DEFAULTS = {
    "db": "incidents.db",
    "bind": "127.0.0.1:8000",
    "workers": 2,
    "threads": 4,
    "read_seconds": 2.0,
    "requests_per_minute": 600_000,
    "anonymous_reads": True,
    "key_requests_per_minute": 600_000,
    "failed_keys_per_minute": 60,
    "body_bytes": 1_048_576,
    "batch_bytes": 16_777_216,
    "search_bytes": 2_000_000,
    "json_depth": 32,
    "batch_operations": 1000,
    "query_parameters": 400,
    "page_records": 1000,
    "exports_at_a_time": 2,
    "contact": "",
    "cors_origins": "*",
    "hosts": "",
    "public_url": "",
    "proxies": "",
    "log_level": "info",
    "metrics": True,
    "min_free_mb": 500,
    "log_queries": True,
    "log_addresses": True,
}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the settings of whoever runs the tests out of the environment."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)


def test_without_an_environment_every_setting_has_its_default() -> None:
    assert read() == DEFAULTS


def test_every_setting_says_what_it_does() -> None:
    assert [setting.name for setting in SETTINGS if not setting.words.endswith(".")] == []


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("db", "other.db", "other.db"),
        ("bind", "0.0.0.0:80", "0.0.0.0:80"),
        ("workers", "3", 3),
        ("threads", "8", 8),
        ("read_seconds", "0.5", 0.5),
        ("requests_per_minute", "0", 0),
        ("anonymous_reads", "false", False),
        ("log_level", "warning", "warning"),
        ("log_queries", "false", False),
        ("metrics", "false", False),
        ("cors_origins", "https://a.org,https://b.org", "https://a.org,https://b.org"),
        ("hosts", "a.org,.b.org", "a.org,.b.org"),
        ("public_url", "https://a.org:8443", "https://a.org:8443"),
        ("proxies", "10.0.0.0/8, ::1,unix", "10.0.0.0/8, ::1,unix"),
    ],
)
def test_each_setting_is_read_from_its_variable(
    name: str, text: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"INCIDENTS_{name.upper()}", text)
    assert read() == DEFAULTS | {name: value}


def test_each_default_is_of_the_type_that_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in SETTINGS:
        monkeypatch.setenv(PREFIX + setting.name.upper(), str(setting.default))
    assert read() == DEFAULTS


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("WORKERS", "two"),
        ("WORKERS", "1.5"),
        ("WORKERS", "0"),
        ("WORKERS", "-1"),
        ("THREADS", "0"),
        ("THREADS", ""),
        ("READ_SECONDS", "soon"),
        ("READ_SECONDS", "0"),
        ("READ_SECONDS", "-1"),
        ("READ_SECONDS", "nan"),
        ("REQUESTS_PER_MINUTE", "-1"),
        ("REQUESTS_PER_MINUTE", "1e3"),
        ("PUBLIC_URL", "incidents.example.org"),
        ("PUBLIC_URL", "https://a.org/"),
        ("PUBLIC_URL", "https://a.org/v1"),
        ("PUBLIC_URL", "https://a:b@c.org"),
        ("PUBLIC_URL", "ftp://a.org"),
        ("PUBLIC_URL", "https://"),
        ("PROXIES", "proxy.example.org"),
        ("PROXIES", "10.0.0.1/8"),
        ("PROXIES", "10.0.0.0/8;10.0.0.1"),
        ("LOG_LEVEL", "loud"),
        ("MIN_FREE_MB", "-1"),
        ("LOG_QUERIES", "perhaps"),
    ],
)
def test_a_value_that_cannot_work_is_refused_by_name(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"INCIDENTS_{name}", text)
    with pytest.raises(Exception, match=f"INCIDENTS_{name}"):
        read()


@pytest.mark.parametrize("name", ["INCIDENTS_WORKER", "INCIDENTS_", "INCIDENTS_db"])
def test_an_unknown_name_is_refused_with_the_list(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(UnknownSetting) as refused:
        read()
    names = ", ".join(sorted(f"INCIDENTS_{setting.upper()}" for setting in DEFAULTS))
    assert str(refused.value) == f"there is no setting {name}; there are {names}"


def test_every_unknown_name_is_in_the_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("INCIDENTS_B", "INCIDENTS_DB", "INCIDENTS_A"):
        monkeypatch.setenv(name, "1")
    with pytest.raises(UnknownSetting, match="INCIDENTS_A, INCIDENTS_B"):
        read()


def test_other_variables_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INCIDENT_DB", "x.db")
    monkeypatch.setenv("DB", "y.db")
    assert read() == DEFAULTS


def test_the_application_refuses_an_unknown_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INCIDENTS_DATABASE", "x.db")
    with pytest.raises(UnknownSetting, match="INCIDENTS_DATABASE"):
        create_app()


def test_the_application_refuses_an_unknown_argument(sample_file: Path) -> None:
    with pytest.raises(UnknownSetting, match="databse"):
        create_app(db=str(sample_file), databse="x.db")


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        ("https://a.org,https://b.org", "https://b.org", "https://b.org"),
        ("https://a.org, https://b.org", "https://b.org", "https://b.org"),
        ("https://a.org", "https://b.org", None),
    ],
)
def test_pages_of_the_chosen_sites_may_read(
    origins: str, origin: str, allowed: str | None, sample_file: Path
) -> None:
    client = create_app(db=str(sample_file), cors_origins=origins).test_client()
    answer = client.get("/v1/", headers={"Origin": origin})
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed


def test_by_default_every_site_s_pages_may_read(sample_file: Path) -> None:
    client = create_app(db=str(sample_file)).test_client()
    answer = client.get("/v1/", headers={"Origin": "https://a.org"})
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", "https://a.org")


def test_an_answer_for_one_site_is_not_cached_for_another(sample_file: Path) -> None:
    client = create_app(db=str(sample_file)).test_client()
    headers = client.get("/v1/incidents", headers={"Origin": "https://a.org"}).headers
    allowed = headers["Access-Control-Allow-Origin"]
    assert allowed == "*" or "Origin" in headers["Vary"], (allowed, headers["Vary"])


def test_every_setting_is_in_the_readme() -> None:
    text = (TOP / "README.md").read_text(encoding="utf-8")
    assert [name for name in DEFAULTS if f"INCIDENTS_{name.upper()}" not in text] == []
