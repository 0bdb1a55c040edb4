"""The same records and numbers in JSON, CSV, NDJSON and GeoJSON."""

import csv
import gzip
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from incidents_api.model import RESOURCES
from incidents_api.model.vocabularies import vocabularies
from incidents_api.storage import lists
from incidents_api.storage.csv_cells import unguarded
from tests.conftest import Base
from tests.test_plans import NAMES, World, open_world

SPATIAL = ["incidents", "facilities"]
TYPES = {
    "json": "application/json",
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "geojson": "application/geo+json",
}
OFFERED = [(name, f) for name in NAMES for f in TYPES if f != "geojson" or name in SPATIAL]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = open_world(tmp_path_factory.mktemp("formats"))
    yield made
    made.base.store.close()


def table(text: str) -> list[dict[str, str]]:
    """Return the rows of CSV, without the apostrophes that guard formulas."""
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    return [{name: unguarded(cell) for name, cell in row.items()} for row in rows]


def flat(world: World, resource: str, doc: dict[str, Any]) -> dict[str, Any]:
    """Project a document by the words of the contract, without names and gathered columns."""
    made = {name: doc[name] for name in ("id", "version", "recorded_at")}
    for leaf in RESOURCES[resource].leaves():
        value = leaf.of(doc)
        if leaf.name == "external_ids":
            for term in vocabularies()["scheme"].codes:
                same = [row["value"] for row in value if row["scheme"] == term]
                made[f"ext_{term}"] = "; ".join(same) or None
        elif isinstance(value, dict) or (value and isinstance(value, list) and rows(value)):
            made[leaf.name] = orjson.dumps(value).decode() if value else None
        elif isinstance(value, list):
            made[leaf.name] = "; ".join(map(str, value)) or None
        else:
            made[leaf.name] = value
    return made


def rows(value: list[Any]) -> bool:
    return isinstance(value[0], dict)


def shown(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def told(cell: str, value: Any) -> Any:
    """Return a cell as it is compared: a number may be told by other digits that mean the same."""
    return float(cell) if isinstance(value, float) else cell


@pytest.mark.parametrize("resource", NAMES)
def test_csv_holds_the_same_values_as_json(world: World, resource: str) -> None:
    found = {row["id"]: row for row in table(world.base.get(f"/v1/{resource}?f=csv").text)}
    assert set(found) == set(world.docs[resource])
    for name, doc in world.docs[resource].items():
        right = flat(world, resource, doc)
        assert {column: told(found[name][column], value) for column, value in right.items()} == {
            column: value if isinstance(value, float) else shown(value)
            for column, value in right.items()
        }


@pytest.mark.parametrize("resource", NAMES)
def test_ndjson_holds_the_same_records_as_json(world: World, resource: str) -> None:
    lines = world.base.get(f"/v1/{resource}?f=ndjson").data.splitlines()
    assert {r["id"]: r for r in map(orjson.loads, lines)} == world.docs[resource]
    assert len(lines) == len(world.docs[resource])


@pytest.mark.parametrize("resource", NAMES)
def test_ndjson_embeds_what_json_embeds(world: World, resource: str) -> None:
    path = f"/v1/{resource}?include=dataset&sort=id"
    lines = world.base.get(f"{path}&f=ndjson").data.splitlines()
    page = world.base.json(f"{path}&limit=1000")
    assert [orjson.loads(line) for line in lines] == page["data"]


@pytest.mark.parametrize("resource", SPATIAL)
def test_geojson_holds_the_same_values_as_json(world: World, resource: str) -> None:
    whole = world.base.json(f"/v1/{resource}?f=geojson&limit=1000")
    assert whole["type"] == "FeatureCollection"
    assert {feature["id"] for feature in whole["features"]} == set(world.docs[resource])
    for feature in whole["features"]:
        doc = world.docs[resource][feature["id"]]
        right = flat(world, resource, doc)
        assert {name: feature["properties"][name] for name in right} == right
        assert feature["properties"]["where_prec"] == doc["where_prec"]
        point = {"type": "Point", "coordinates": [doc["longitude"], doc["latitude"]]}
        assert feature["type"] == "Feature"
        assert feature["geometry"] == (None if doc["latitude"] is None else point)


@pytest.mark.parametrize("resource", NAMES)
def test_names_stand_beside_the_ids_of_what_everybody_may_see(world: World, resource: str) -> None:
    found = table(world.base.get(f"/v1/{resource}?f=csv").text)
    for column, link in RESOURCES[resource].links_out().items():
        title = RESOURCES[link.resource].title_member
        if title is None:
            continue
        for row in found:
            there = world.docs[link.resource].get(row[column])
            assert row[f"{column}_{title}"] == (there[title] if there else "")


def test_incidents_name_the_actors_of_each_side(world: World) -> None:
    for row in table(world.base.get("/v1/incidents?f=csv").text):
        for side in ("a", "b"):
            names = [
                world.docs["actors"][part["actor"]]["name"]
                for part in world.docs["participations"].values()
                if part["incident"] == row["id"] and part["side"] == side
                if part["actor"] in world.docs["actors"]
            ]
            given = row[f"side_{side}"]
            assert sorted(given.split("; ")) == sorted("; ".join(names).split("; "))


@pytest.mark.parametrize("resource", NAMES)
def test_csv_has_all_columns_when_there_are_no_rows(
    world: World, empty: Base, resource: str
) -> None:
    none = empty.get(f"/v1/{resource}?f=csv")
    assert none.status_code == 200
    assert none.data.endswith(b"\r\n")
    (header,) = csv.reader(io.StringIO(none.text, newline=""))
    full = world.base.get(f"/v1/{resource}?f=csv&limit=1").text
    assert header == next(csv.reader(io.StringIO(full, newline="")))
    assert len(header) == len(set(header))


@pytest.mark.parametrize("resource", NAMES)
def test_csv_says_what_it_is_and_has_a_dated_name(world: World, resource: str) -> None:
    answer = world.base.get(f"/v1/{resource}?f=csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    day = datetime.now(UTC).date()
    name = f'attachment; filename="{resource}-{day}.csv"'
    assert answer.headers["Content-Disposition"] == name
    assert b"\r\n" in answer.data
    assert not re.search(rb"(?m)[^\r]\n\Z", answer.data)


@pytest.mark.parametrize("resource", NAMES)
def test_fields_choose_columns_in_every_format(world: World, resource: str) -> None:
    title = RESOURCES[resource].title_member or "notes"
    path = f"/v1/{resource}?limit=3&fields={title},visibility"
    assert {frozenset(r) for r in world.base.json(path)["data"]} == {
        frozenset({"id", title, "visibility"})
    }
    (first, *_) = table(world.base.get(f"{path}&f=csv").text)
    assert next(iter(first)) == "id"
    assert set(first) == {"id", title, "visibility"}
    line = orjson.loads(world.base.get(f"{path}&f=ndjson").data.splitlines()[0])
    assert set(line) == {"id", title, "visibility"}


@pytest.mark.parametrize(("resource", "format_"), OFFERED)
def test_one_record_comes_in_every_format(world: World, resource: str, format_: str) -> None:
    name, doc = next(iter(world.docs[resource].items()))
    answer = world.base.get(f"/v1/{resource}/{name}?f={format_}")
    assert answer.status_code == 200
    assert answer.mimetype == TYPES[format_]
    found: Any = table(answer.text)[0] if format_ == "csv" else orjson.loads(answer.data)
    assert found["id"] == name
    assert found == doc or format_ in ("csv", "geojson")


@pytest.mark.parametrize(("resource", "format_"), OFFERED)
def test_accept_and_f_choose_the_format(world: World, resource: str, format_: str) -> None:
    path = f"/v1/{resource}"
    assert world.base.get(path, Accept=TYPES[format_]).mimetype == TYPES[format_]
    assert world.base.get(f"{path}?f={format_}").mimetype == TYPES[format_]
    other = "text/csv" if format_ == "json" else "application/json"
    assert world.base.get(f"{path}?f={format_}", Accept=other).mimetype == TYPES[format_]


@pytest.mark.parametrize(
    ("accept", "type_"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("text/*", "text/csv"),
        ("text/csv;q=0.9, application/json;q=0.8", "text/csv"),
        ("text/csv;q=0.2, application/json;q=0.8", "application/json"),
        ("image/png, application/geo+json", "application/geo+json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("application/json;q=0, text/csv;q=0.1", "text/csv"),
        ("APPLICATION/JSON", "application/json"),
        ("*/*, application/json;q=0", "text/csv"),
        ("application/json;q=0.1, */*;q=0.9", "text/csv"),
    ],
)
def test_accept_is_weighed_by_its_q_values(sample: Base, accept: str, type_: str) -> None:
    assert sample.get("/v1/incidents", Accept=accept).mimetype == type_


@pytest.mark.parametrize("accept", ["image/png", "application/json;q=0", "text/html"])
def test_what_is_not_offered_is_not_acceptable(sample: Base, accept: str) -> None:
    for path in ("/v1/incidents", "/v1/", "/v1/search?q=x", "/v1/vocabularies", "/v1/problems"):
        answer = sample.get(path, Accept=accept)
        assert answer.status_code == 406, path
        assert answer.get_json()["errors"][0]["header"] == "Accept"


@pytest.mark.parametrize("resource", sorted(set(NAMES) - set(SPATIAL)))
def test_what_has_no_point_has_no_geojson(world: World, resource: str) -> None:
    assert world.base.get(f"/v1/{resource}?f=geojson").status_code == 400
    assert world.base.get(f"/v1/{resource}", Accept=TYPES["geojson"]).status_code == 406


@pytest.mark.parametrize("format_", ["csv", "ndjson"])
@pytest.mark.parametrize("resource", NAMES)
def test_a_stream_in_small_chunks_is_the_same(
    world: World, resource: str, format_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/v1/{resource}?f={format_}"
    whole = world.base.get(path).data
    monkeypatch.setattr(lists, "CHUNK", 4)
    assert world.base.get(path).data == whole
    page = world.base.get(f"{path}&limit=5")
    assert whole.startswith(page.data)
    assert 'rel="next"' in page.headers["Link"]
    assert 'rel="next"' not in world.base.get(path).headers.get("Link", "")


@pytest.mark.parametrize(("resource", "format_"), OFFERED)
def test_an_answer_is_compressed_when_that_is_asked(
    world: World, resource: str, format_: str
) -> None:
    path = f"/v1/{resource}?f={format_}"
    plain = world.base.get(path)
    packed = world.base.get(path, Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data)


QUERIES = ["", "bbox=-10,-10,10,10", "lat=0&lon=0&within_km=900", "q=snapshot", "tags=some"]
QUERIES += ["sample=40", "from=2022-01-03", "sort=date_end", "actor=is", "country=SYR"]
QUERIES += ["q=snapshot&sort=relevance", "q=snapshot&sort=date_end", "id__not=s01"]
QUERIES += ["include=participations"]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("format_", ["csv", "ndjson"])
def test_a_stream_is_one_snapshot_while_another_writes(
    base: Base, query: str, format_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def incident(number: int, **more: Any) -> dict[str, Any]:
        made = {
            "resource": "incidents",
            "id": f"s{number:02}",
            "title": "Snapshot",
            "country": "SYR",
        }
        day = f"2022-01-{1 + number:02}"
        place = {"latitude": number / 10, "longitude": number / 10}
        return {**made, "date_start": day, "date_end": day, "tags": ["some"], **place, **more}

    def part(number: int, actor: str) -> dict[str, Any]:
        made = {"resource": "participations", "id": f"p{number}", "role": "party"}
        return {**made, "incident": f"s{number:02}", "actor": actor}

    base.put(*map(incident, range(20)), *(part(number, "is") for number in range(20)))
    monkeypatch.setattr(lists, "CHUNK", 3)
    path = f"/v1/incidents?f={format_}&{query}"
    whole = base.get(path).data
    answer = base.client.get(path, buffered=False)
    body: Any = answer.response
    chunks = iter(body)
    read = [next(chunks)]
    away = {"title": "Gone", "country": "IRQ", "tags": [], "latitude": 80, "longitude": 80}
    base.put(
        *(incident(n, **away, date_start="2020-01-01", date_end=None) for n in range(5, 15)),
        *(part(number, "sdf") for number in range(5, 15)),
        *map(incident, range(20, 26)),
    )
    assert b"".join([*read, *chunks]) == whole
    assert base.get(path).data != whole or "sample" in query
