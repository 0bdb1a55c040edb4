"""Exports over HTTP: what is public, with the headers that every answer has."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from incidents_api.exporting import parquet
from incidents_api.exporting.formats import EXPORTS, formats_of
from incidents_api.model import RESOURCES
from incidents_api.storage import lists
from incidents_api.web import exports
from tests.conftest import Base
from tests.exporting import csv_rows, loaded, parquet_rows, sent, sqlite_rows
from tests.test_plans import NAMES, World, open_world

FILTER = "provisional=false&dataset__exists=false"
ALONE = [(record.resource, f) for record in RESOURCES for f in formats_of(record)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = open_world(tmp_path_factory.mktemp("exports"))
    yield made
    made.base.store.close()


def errors(base: Base, path: str, status: int = 400) -> dict[str, str]:
    answer = base.get(path)
    assert answer.status_code == status, answer.text
    return {fault["parameter"]: fault["detail"] for fault in answer.get_json()["errors"]}


@pytest.mark.parametrize(("resource", "format_"), ALONE)
def test_it_sends_what_the_command_writes(world: World, resource: str, format_: str) -> None:
    answer = world.base.get(f"/v1/export/{resource}?format={format_}&{FILTER}")
    assert answer.status_code == 200, answer.text
    if format_ in ("sqlite", "parquet"):  # which hold the question, as each was asked
        assert len(answer.data) > 1000
    else:
        right = sent(world.base.store, format_, resource=resource, query=FILTER)
        assert answer.data == right


@pytest.mark.parametrize("query", ["", FILTER])
def test_built_files_hold_what_the_stream_does(world: World, tmp_path: Path, query: str) -> None:
    for format_ in ("sqlite", "parquet"):
        answer = world.base.get(f"/v1/export?format={format_}&{query}")
        (tmp_path / format_).write_bytes(answer.data)
    right = csv_rows(world.base.get(f"/v1/export?format=csv&{query}").data, "incidents")
    by_id = {row["id"]: row for row in right}
    assert {r["id"]: r for r in parquet_rows(tmp_path / "parquet")} == by_id
    assert {r["id"]: r for r in sqlite_rows(tmp_path / "sqlite", "incidents")} == by_id
    for resource in NAMES:
        shown = {row["id"] for row in sqlite_rows(tmp_path / "sqlite", resource)}
        assert shown <= set(world.docs[resource])
        assert query or shown == set(world.docs[resource])


def test_a_public_bundle_loads_and_shows_the_same(world: World, tmp_path: Path) -> None:
    answer = world.base.get("/v1/export")
    made = loaded(answer.data, tmp_path)
    for resource in NAMES:
        sql = f"SELECT id FROM {resource}"
        there = {name for (name,) in made.connection.execute(sql)}
        assert there <= set(world.docs[resource])
        assert len(there) > 0.8 * len(world.docs[resource])
    made.close()


@pytest.mark.parametrize("format_", EXPORTS)
def test_it_says_what_it_is(sample: Base, format_: str) -> None:
    answer = sample.get(f"/v1/export?format={format_}")
    made = EXPORTS[format_]
    assert answer.mimetype == made.type
    assert answer.headers["Known-Seq"] == "1"
    name = "incidents-api" if made.together else "incidents"
    day = datetime.now(UTC).date()
    told = f'attachment; filename="{name}-{day}.{made.ending}"'
    assert answer.headers["Content-Disposition"] == told
    again = sample.get(f"/v1/export?format={format_}", If_None_Match=answer.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert sample.get(f"/v1/export?format={format_}").data == answer.data


def test_the_tag_changes_with_the_base_and_the_format(base: Base) -> None:
    first = base.get("/v1/export/actors").headers["ETag"]
    assert base.get("/v1/export/actors?format=ndjson").headers["ETag"] != first
    base.put({"resource": "actors", "id": "new", "name": "N", "actor_type": "media"})
    answer = base.get("/v1/export/actors", If_None_Match=first)
    assert (answer.status_code, answer.headers["Known-Seq"]) == (200, "2")


@pytest.mark.parametrize(
    ("accept", "type_"),
    [
        ("*/*", "application/x-ndjson"),
        ("text/csv", "text/csv"),
        ("application/geo+json;q=0.9, text/csv;q=0.1", "application/geo+json"),
        ("text/html,*/*;q=0.8", "application/x-ndjson"),
    ],
)
def test_accept_chooses_where_no_format_is_given(sample: Base, accept: str, type_: str) -> None:
    assert sample.get("/v1/export", Accept=accept).mimetype == type_
    assert sample.get("/v1/export?format=sqlite", Accept=accept).mimetype == EXPORTS["sqlite"].type


def test_a_mistake_is_named_with_what_is_allowed(sample: Base) -> None:
    assert (
        "bundle, csv, ndjson, geojson, sqlite, parquet"
        in errors(sample, "/v1/export?format=xlsx")["format"]
    )
    assert (
        "'geojson' is not one of csv, ndjson, sqlite, parquet"
        in errors(sample, "/v1/export/figures?format=geojson")["format"]
    )
    found = errors(sample, "/v1/export?contry=SYR&limit=5&from=2022-13-01&format=csv")
    assert set(found) == {"contry", "limit", "from"}
    assert "did you mean country?" in found["contry"]
    assert set(errors(sample, "/v1/export?actor=nobody", 404)) == {"actor"}
    assert set(errors(sample, "/v1/export?known_at=99", 404)) == {"known_at"}
    assert set(errors(sample, "/v1/export?lat=1")) == {"lat"}
    assert sample.get("/v1/export", Accept="image/png").status_code == 406


def test_restricted_records_are_in_no_export(base: Base, tmp_path: Path) -> None:
    hidden = {"actor_type": "media", "visibility": "restricted"}
    base.put({"resource": "actors", "id": "hidden-one", "name": "Hidden name", **hidden})
    for format_ in ("bundle", "sqlite"):
        answer = base.get(f"/v1/export?format={format_}")
        assert b"hidden-one" not in answer.data
    for format_ in ("csv", "ndjson", "parquet"):
        answer = base.get(f"/v1/export/actors?format={format_}")
        assert (answer.status_code, b"hidden-one" in answer.data) == (200, False)


def test_it_shows_an_earlier_state_or_a_release(base: Base) -> None:
    before = base.get("/v1/export").data
    base.put({"resource": "actors", "id": "new", "name": "N", "actor_type": "media"})
    assert base.get("/v1/export").data != before
    for address in ("/v1/export?known_at=1", "/v1/releases/1/export"):
        answer = base.get(address)
        assert (answer.data, answer.headers["Known-Seq"]) == (before, "1")


def test_clocks_choose_what_is_in_view(sample: Base) -> None:
    query = "said_by=2022-01-21&format=csv"
    listed = sample.get("/v1/figures?said_by=2022-01-21&f=csv").data
    assert sample.get(f"/v1/export/figures?{query}").data == listed
    assert listed != sample.get("/v1/figures?f=csv").data


def test_fields_choose_columns_of_one_resource(sample: Base, tmp_path: Path) -> None:
    path = "/v1/export/figures?measure=escaped&fields=value_text,low"
    rows = csv_rows(sample.get(f"{path}&format=csv").data, "actors")
    assert {tuple(row) for row in rows} == {("id", "value_text", "low")}
    lines = sample.get(f"{path}&format=ndjson").data.splitlines()
    assert [orjson.loads(line) for line in lines] == [
        {"id": row["id"], "value_text": row["value_text"], "low": int(row["low"])} for row in rows
    ]
    for format_ in ("sqlite", "parquet"):
        (tmp_path / format_).write_bytes(sample.get(f"{path}&format={format_}").data)
    assert parquet_rows(tmp_path / "parquet") == rows
    assert sqlite_rows(tmp_path / "sqlite", "figures") == rows
    assert set(errors(sample, "/v1/export?fields=title")) == {"fields"}


@pytest.mark.parametrize("format_", ["sqlite", "parquet"])
def test_what_is_built_is_bounded_and_leaves_nothing_behind(
    sample: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_: str
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = f"/v1/export?format={format_}"
    assert sample.get(path).status_code == 200
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(exports, "MOST_BUILT", 2)
    words = errors(sample, path)["format"]
    assert words.startswith(f"{format_} is built before it is sent, of at most 2 records")
    assert sample.get(f"{path}&country=SYR&q=air").status_code == (
        400 if format_ == "sqlite" else 200
    )


def test_parquet_is_not_acceptable_where_it_is_not_installed(
    sample: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "find_spec", lambda _: None)
    answer = sample.get("/v1/export/actors?format=parquet")
    assert answer.status_code == 406
    assert "parquet is not offered here" in answer.get_json()["detail"]


def test_a_stream_is_one_snapshot_and_is_read_as_it_is_taken(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "CHUNK", 3)
    whole = base.get("/v1/export").data
    body: Any = base.client.get("/v1/export", buffered=False).response
    pieces = iter(body)
    taken = [next(pieces), next(pieces)]
    base.put({"resource": "actors", "id": "a-new", "name": "N", "actor_type": "media"})
    base.put({"resource": "actors", "id": "sohr", "name": "Other", "actor_type": "media"})
    assert b"".join([*taken, *pieces]) == whole
    assert base.get("/v1/export").data != whole
