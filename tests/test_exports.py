"""Exports: the same records and numbers in every format, of one state, whatever is chosen."""

import re
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlite_utils import Database

from incidents_api.exporting import parquet
from incidents_api.exporting.formats import EXPORTS
from incidents_api.exporting.job import Job
from incidents_api.exporting.refusals import NotExported
from incidents_api.model.vocabularies import vocabularies
from incidents_api.storage import belonging, consistency, lists
from incidents_api.storage.bits import Bits
from incidents_api.storage.parameters import Unreadable
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base
from tests.exporting import (
    csv_rows,
    geojson_rows,
    loaded,
    ndjson_rows,
    parquet_rows,
    placed,
    sent,
    sqlite_rows,
)
from tests.test_plans import NAMES, World, open_world

SPATIAL = ["incidents", "facilities"]
CHOICES: dict[str, dict[str, Any]] = {
    "everything": {},
    "filter": {"query": "dataset__exists=false&provisional=false"},
    "known_at": {"known_at": "1"},
    "restricted": {"restricted": True},
    "clocks": {"query": "as_of=2022-01-20&said_by=2022-02-01"},
}
choices = pytest.mark.parametrize("asked", CHOICES.values(), ids=CHOICES)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = open_world(tmp_path_factory.mktemp("exports"))
    first = next(iter(made.docs["incidents"].values()))
    made.base.put({"resource": "incidents", **first, "title": "Another title since"})
    yield made
    made.base.store.close()


def incident(name: str, **more: Any) -> dict[str, Any]:
    made = {"resource": "incidents", "id": name, "title": name, "date_start": "2022-01-20"}
    return {**made, **more}


def actor(name: str, **more: Any) -> dict[str, Any]:
    return {"resource": "actors", "id": name, "name": name, "actor_type": "media", **more}


def source(name: str, **more: Any) -> dict[str, Any]:
    return {"resource": "sources", "id": name, "title": name, "source_type": "other", **more}


def figure(name: str, about: str, **more: Any) -> dict[str, Any]:
    made = {"resource": "figures", "id": name, "incident": about, "measure": "killed", "best": 5}
    return {**made, "as_of_date": "2022-01-21", **more}


@choices
@pytest.mark.parametrize("resource", NAMES)
def test_every_format_has_the_same_values(
    world: World, tmp_path: Path, resource: str, asked: dict[str, Any]
) -> None:
    store, one = world.base.store, {"resource": resource, **asked}
    right = csv_rows(sent(store, "csv", **one), resource)
    assert [row["id"] for row in ndjson_rows(sent(store, "ndjson", **one))] == [
        row["id"] for row in right
    ]
    assert parquet_rows(placed(store, tmp_path / "one.parquet", "parquet", **one)) == right
    assert sqlite_rows(placed(store, tmp_path / "one.sqlite", "sqlite", **one), resource) == right
    if resource in SPATIAL:
        assert geojson_rows(sent(store, "geojson", **one), resource) == right


@choices
def test_several_tables_hold_what_single_ones_do(
    world: World, tmp_path: Path, asked: dict[str, Any]
) -> None:
    store = world.base.store
    file = placed(store, tmp_path / "all.sqlite", "sqlite", **asked)
    folder = placed(store, tmp_path / "all", "parquet", **asked)
    assert {path.name for path in folder.iterdir()} == {f"{name}.parquet" for name in NAMES}
    for resource in NAMES:
        rows = sorted(sqlite_rows(file, resource), key=by_id)
        assert sorted(parquet_rows(folder / f"{resource}.parquet"), key=by_id) == rows
        if "query" not in asked or resource == "incidents":
            single = csv_rows(sent(store, "csv", resource=resource, **asked), resource)
            assert rows == sorted(single, key=by_id)


def by_id(row: dict[str, Any]) -> str:
    return str(row["id"])


@pytest.mark.parametrize("resource", NAMES)
def test_an_export_of_one_resource_is_its_list(world: World, resource: str) -> None:
    query = "dataset__exists=false&provisional=false"
    for format_ in ("csv", "ndjson"):
        listed = world.base.get(f"/v1/{resource}?f={format_}&{query}").data
        assert sent(world.base.store, format_, resource=resource, query=query) == listed


FILTERS = ["dataset__exists=false", "q=snapshot", "country=SYR,IRQ", "bbox=-90,-60,90,60"]
FILTERS += ["as_of=2022-01-20", "said_by=2021-06-01", "known_at=1&provisional=false", "id=none"]


@pytest.mark.parametrize("restricted", [False, True], ids=["public", "restricted"])
@pytest.mark.parametrize("query", FILTERS)
def test_a_bundle_of_what_was_chosen_loads_into_an_empty_base(
    world: World, tmp_path: Path, query: str, restricted: bool
) -> None:
    if query == "id=none":
        query = "date_start__gt=9999-01-01"
    store = world.base.store
    made = loaded(sent(store, "bundle", query=query, restricted=restricted), tmp_path)
    chosen = csv_rows(sent(store, "csv", query=query, restricted=restricted), "incidents")
    assert {row["id"] for row in chosen} <= names(made, "incidents")
    assert list(consistency.faults(made)) == []
    made.close()


def names(store: Store, resource: str) -> set[str]:
    return {name for (name,) in store.connection.execute(f"SELECT id FROM {resource}")}


def test_what_belongs_to_an_incident_goes_with_it_and_nothing_else(
    empty: Base, tmp_path: Path
) -> None:
    empty.put(
        *(actor(name) for name in ("said", "branch", "top", "elsewhere")),
        actor("carried", parent="branch"),
        actor("branch", parent="top"),
        *(incident(name) for name in ("wider", "other", "apart")),
        incident("chosen", part_of="wider", country="SYR"),
        source("paper", publisher="carried"),
        source("unread"),
        figure("said-of-it", "chosen", claimant="said", sources=[{"source": "paper"}]),
        figure("said-elsewhere", "other", claimant="elsewhere"),
        figure("corrects", "chosen", supersedes="earlier"),
        figure("earlier", "apart"),
        {"resource": "relations", "id": "led", "type": "follows"}
        | {"from_incident": "chosen", "to_incident": "other"},
    )
    made = loaded(sent(empty.store, "bundle", query="country=SYR"), tmp_path)
    assert names(made, "incidents") == {"chosen", "wider", "other", "apart"}
    assert names(made, "figures") == {"said-of-it", "corrects", "earlier"}
    assert names(made, "actors") == {"said", "carried", "branch", "top"}
    assert names(made, "sources") == {"paper"}
    assert names(made, "relations") == {"led"}
    made.close()
    tables = placed(empty.store, tmp_path / "t.sqlite", "sqlite", query="country=SYR")
    held = {name: {row["id"] for row in sqlite_rows(tables, name)} for name in NAMES}
    assert held["incidents"] == {"chosen"}
    assert held["figures"] == {"said-of-it", "corrects"}
    assert held["actors"] == {"said", "carried", "branch", "top"}


def test_what_belongs_is_found_along_indexes_at_any_state(world: World) -> None:
    store = world.base.store
    assert store.seq() == 2
    asked: list[str] = []
    job = Job(store, "bundle", query="known_at=1&provisional=false")
    store.connection.set_trace_callback(asked.append)
    assert job.total > 100
    store.connection.set_trace_callback(None)
    walks = {sql for sql in asked if re.search(r"FROM json_each\(.*\) s CROSS JOIN \(SELECT", sql)}
    assert len(walks) > 20
    for sql in walks:
        plan = [row[3] for row in store.connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
        assert [line for line in plan if line.startswith("MATERIALIZE")] == [], sql


def test_a_public_bundle_links_to_nothing_that_is_restricted(empty: Base, tmp_path: Path) -> None:
    hidden = {"visibility": "restricted"}
    empty.put(
        actor("secret", **hidden),
        source("leak", **hidden),
        source("paper"),
        incident("unseen", **hidden),
        incident("seen", part_of="unseen", country="SYR"),
        figure(
            "plain", "seen", claimant="secret", sources=[{"source": "leak"}, {"source": "paper"}]
        ),
        figure("total", "seen", **hidden),
        figure("part", "seen", part_of="total", inflicted_by=["secret"]),
        figure("members", "seen", population={"actor": ["secret"]}),
        figure("after", "seen", supersedes="members"),
        {"resource": "participations", "id": "took-part", "incident": "seen"}
        | {"actor": "secret", "role": "party"},
    )
    for query in ("country=SYR", "as_of=2022-02-01"):
        folder = tmp_path / query[:5]
        folder.mkdir()
        made = loaded(sent(empty.store, "bundle", query=query), folder)
        assert names(made, "figures") == {"plain", "part", "after"}
        assert names(made, "incidents") == {"seen"}
        assert names(made, "actors") | names(made, "participations") == set()
        found = made.get("figures", "plain")
        assert found
        told = orjson.loads(found.document)
        assert [row["source"] for row in told["sources"]] == ["paper"]
        assert told["claimant"] is None
        assert list(consistency.faults(made)) == []
        made.close()
    everything = loaded(sent(empty.store, "bundle", query="country=SYR", restricted=True), tmp_path)
    assert names(everything, "figures") == {"plain", "total", "part", "members", "after"}
    everything.close()


def test_restricted_records_are_counted_that_are_left_out(empty: Base) -> None:
    hidden = {"visibility": "restricted"}
    empty.put(incident("a", country="SYR"), incident("b", **hidden), actor("c", **hidden))
    empty.put(figure("d", "a"), figure("e", "a", **hidden))
    for format_, asked, count in (
        ("csv", {}, 1),
        ("csv", {"resource": "figures"}, 1),
        ("csv", {"query": "country=SYR"}, 0),
        ("csv", {"restricted": True}, 0),
        ("sqlite", {}, 3),
        ("sqlite", {"query": "country=SYR"}, 1),
        ("bundle", {}, 0),
        ("bundle", {"query": "country=SYR"}, 1),
    ):
        assert Job(empty.store, format_, **asked).left_out() == count, (format_, asked)


def test_geojson_is_valid_and_says_where_nothing_is_known(empty: Base) -> None:
    empty.put(incident("here", latitude=36.5, longitude=40.75, where_prec=1), incident("where"))
    told = orjson.loads(sent(empty.store, "geojson"))
    assert told["type"] == "FeatureCollection"
    assert told["meta"]["known_seq"] == 1
    found = {feature["id"]: feature for feature in told["features"]}
    assert found["here"]["geometry"] == {"type": "Point", "coordinates": [40.75, 36.5]}
    assert found["where"]["geometry"] is None
    assert all(set(f) == {"type", "id", "geometry", "properties"} for f in found.values())
    assert orjson.loads(sent(empty.store, "geojson", query="country=SYR"))["features"] == []


def test_sqlite_says_what_it_is(base: Base, tmp_path: Path) -> None:
    base.put(source("set", source_type="dataset", licence="CC BY 4.0", citation="Somebody 2024"))
    base.put(source("kept", source_type="dataset", visibility="restricted"))
    path = placed(base.store, tmp_path / "plain.sqlite", "sqlite", query="country=SYR")
    database = Database(path)
    about = {row["name"]: row["value"] for row in database.table("about").rows}
    assert (about["known_seq"], about["query"]) == ("3", "country=SYR")
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT[\d:.]+Z", about["recorded_at"])
    (told,) = database.table("datasets").rows
    assert (told["id"], told["licence"], told["citation"]) == ("set", "CC BY 4.0", "Somebody 2024")
    terms = {
        row["term"] for row in database.table("vocabularies").rows_where("vocabulary='measure'")
    }
    assert terms == set(vocabularies()["measure"].codes)
    columns = {column.name: column.type for column in database.table("figures").columns}
    explained = database.table("columns").rows_where("table_name = 'figures'")
    assert [row["column_name"] for row in explained] == list(columns)
    assert (columns["best"], columns["value_text"]) == ("INTEGER", "TEXT")
    assert database.table("figures").pks == ["id"]
    database.close()


def test_parquet_has_types_and_tells_what_columns_mean(base: Base, tmp_path: Path) -> None:
    from pyarrow import parquet as files

    path = placed(base.store, tmp_path / "f.parquet", "parquet", resource="figures")
    schema = files.read_schema(path)
    for name, type_ in (("best", "int64"), ("superseded", "bool"), ("claimant", "string")):
        assert str(schema.field(name).type) == type_
    assert schema.metadata[b"known_seq"] == b"1"
    assert schema.field("best").metadata[b"description"].startswith(b"Point value")


def test_parquet_is_written_in_groups_of_bounded_size(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyarrow import parquet as files

    monkeypatch.setattr(parquet, "GROUP", 40)
    monkeypatch.setattr(lists, "CHUNK", 15)
    path = placed(world.base.store, tmp_path / "i.parquet", "parquet", resource="incidents")
    told = files.ParquetFile(path).metadata
    groups = [told.row_group(n).num_rows for n in range(told.num_row_groups)]
    assert groups[:-1] == [45] * (len(groups) - 1)
    assert sum(groups) == len(world.docs["incidents"])


def test_without_pyarrow_parquet_names_the_extra(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "find_spec", lambda _: None)
    with pytest.raises(NotExported, match=r"pip install 'incidents-api\[parquet\]'"):
        Job(base.store, "parquet")


@pytest.mark.parametrize("format_", ["bundle", "csv", "ndjson", "geojson"])
def test_a_stream_is_read_as_it_is_taken(
    world: World, monkeypatch: pytest.MonkeyPatch, format_: str
) -> None:
    monkeypatch.setattr(lists, "CHUNK", 10)
    job = Job(world.base.store, format_)
    seen: list[int] = []
    pieces = EXPORTS[format_].pieces(job._export(job.level, seen.append))
    assert seen == []
    next(pieces)
    next(pieces)
    assert sum(seen) <= 10
    assert sum(map(len, pieces)) > 0
    assert sum(seen) == job.total


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Copies of a record, made beside the write path: there is no time for so many writes."""
    path = tmp_path_factory.mktemp("many") / "many.db"
    Store.make(path).close()
    base = open_base(path)
    base.put(incident("copied", summary="Much to say. " * 60, country="SYR"))
    names = [row[1] for row in base.store.connection.execute("PRAGMA table_info(incidents)")]
    others = ", ".join(name for name in names if name not in ("pk", "id"))
    with base.store.exclusive() as connection:
        connection.execute(
            "WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers "
            f"WHERE number < 20000) INSERT INTO incidents (id, {others}) "
            f"SELECT 'copy-' || number, {others} FROM numbers, incidents"
        )
        connection.execute("COMMIT")
    yield base.store
    base.store.close()


@pytest.mark.parametrize("format_", ["csv", "ndjson", "geojson"])
def test_memory_does_not_grow_with_what_is_exported(many: Store, format_: str) -> None:
    job = Job(many, format_)
    pieces = EXPORTS[format_].pieces(job._export(job.level))
    tracemalloc.start()
    size = sum(map(len, pieces))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 15_000_000
    assert most < 10_000_000


@pytest.mark.parametrize("format_", ["bundle", "csv", "ndjson", "geojson"])
@pytest.mark.parametrize("query", ["", "country=SYR", "q=snapshot"])
def test_an_export_is_one_snapshot_while_another_writes(
    base: Base, monkeypatch: pytest.MonkeyPatch, format_: str, query: str
) -> None:
    def some(*, country: str = "SYR", title: str = "Snapshot") -> list[dict[str, Any]]:
        made = [incident(f"s{n:02}", title=title, country=country) for n in range(20)]
        return [*made, *(figure(f"f{n:02}", f"s{n:02}") for n in range(20))]

    base.put(*some())
    monkeypatch.setattr(lists, "CHUNK", 3)
    monkeypatch.setattr(belonging, "CHUNK", 3)
    whole = sent(base.store, format_, query=query)
    job = Job(base.store, format_, query=query)
    pieces = EXPORTS[format_].pieces(job._export(job.level))
    taken = [next(pieces)]
    base.put(*some(country="IRQ", title="Gone"), incident("new", country="SYR"))
    base.put(*(actor(f"late-{n}") for n in range(4)))
    assert b"".join([*taken, *pieces]) == whole
    assert sent(base.store, format_, query=query) != whole


@pytest.mark.parametrize("format_", EXPORTS)
def test_what_is_cut_short_is_not_there(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_: str
) -> None:
    class Stopped(BaseException):
        pass

    def stop(_: int) -> None:
        raise Stopped

    path = tmp_path / "export"
    with pytest.raises(Stopped):
        Job(world.base.store, format_, query="provisional=false").write(path, stop)
    assert list(tmp_path.iterdir()) == []
    if format_ == "parquet":
        return
    path.write_text("before")
    with pytest.raises(Stopped):
        Job(world.base.store, format_, query="provisional=false").write(path, stop)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_with_files_is_not_written_to(base: Base, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "kept").write_text("mine")
    for place, format_, words in (
        (folder, "parquet", "there are files in"),
        (folder, "csv", "is a folder"),
        (folder / "kept", "parquet", "is a file"),
        (folder / "none" / "a", "csv", "there is no folder"),
    ):
        with pytest.raises(NotExported, match=words):
            placed(base.store, place, format_)
    assert [path.name for path in folder.iterdir()] == ["kept"]
    (folder / "kept").unlink()
    assert len(list(placed(base.store, folder, "parquet").iterdir())) == len(NAMES)


def test_a_pipe_is_written_to_as_it_is(base: Base) -> None:
    placed(base.store, Path("/dev/null"), "csv")
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize(
    ("format_", "asked", "words"),
    [
        ("geojson", {"resource": "figures"}, "it holds facilities, incidents"),
        ("bundle", {"resource": "figures"}, "leave it out"),
        ("csv", {"resource": "figurs"}, "there is no resource 'figurs', only actors"),
    ],
)
def test_what_a_format_cannot_hold_is_told(
    base: Base, format_: str, asked: dict[str, Any], words: str
) -> None:
    with pytest.raises(NotExported, match=re.escape(words)):
        Job(base.store, format_, **asked)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("contry=SYR", "contry"),
        ("country=XX1", "country"),
        ("limit=5", "limit"),
        ("country=SYR&country=IRQ", "country"),
        ("lat=1", "lat"),
        ("country=%ZZ", "country"),
        ("actor=nobody", "actor"),
        ("known_at=99", "known_at"),
    ],
)
def test_a_mistake_is_named_as_the_service_names_it(base: Base, query: str, name: str) -> None:
    with pytest.raises(Unreadable) as told:
        sent(base.store, "csv", query=query)
    assert list(told.value.faults) == [name]


def test_bits_are_a_set() -> None:
    bits = Bits()
    assert bits.add([9, 3, 9, 800]) == [9, 3, 800]
    assert bits.add([3, 4]) == [4]
    assert (list(bits), len(bits)) == ([3, 4, 9, 800], 4)
    assert [key in bits for key in (3, 5, 10**6)] == [True, False, False]
    assert list(bits.chunks(3)) == [[3, 4, 9], [800]]
    assert list(Bits().chunks(3)) == []
