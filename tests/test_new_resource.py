"""A new resource is one class and one entry; a new field is one line. Everything else follows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from marshmallow import ValidationError
from openapi_spec_validator import validate

from incidents_api import openapi, published_files
from incidents_api.model import RESOURCES, Record, Registry
from incidents_api.model.fields import INDEXED, Code, Day, Flag, Integer, Link, Many, Number, Text
from incidents_api.model.incidents import Incident
from incidents_api.storage import consistency, migrations
from incidents_api.storage.connections import open_writer
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base


class WeatherReport(Record):
    """What the weather was during an incident."""

    resource = "weather_reports"
    singular = "weather_report"
    prefix = "wea"
    order = "-day"

    incident = Link(
        "incidents", "During which.", required=True, reverse="weather", about=True, through=True
    )
    summary = Text("The weather in words.", required=True, search=True, length=40)
    country = Code("country", "Where it was measured.", filter=INDEXED)
    celsius = Number("Temperature.", low=-90, high=60, sort=True, filter=INDEXED)
    wind = Integer("Force of the wind.", high=12, filter=INDEXED)
    day = Day("Which day.", required=True, sort=True, filter=INDEXED)
    snow = Flag("Whether there was snow.", filter=INDEXED)
    stations = Many(Text("Where it was measured.", length=20, filter=INDEXED))


class ModernIncident(Incident):
    """Something that happened, at a place, in a time window; with one more field."""

    altitude = Integer("Metres above the sea.", high=9000, sort=True, filter=INDEXED)


MORE = Registry(*RESOURCES, WeatherReport)
WIDER = Registry(*(ModernIncident if record is Incident else record for record in RESOURCES))


def report(id_: str, incident: str, celsius: float | None, day: str, **more: Any) -> dict[str, Any]:
    told = {"resource": "weather_reports", "id": id_, "incident": incident, "celsius": celsius}
    return told | {"summary": f"{id_} sky", "day": day} | more


@pytest.fixture(scope="module")
def weather(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    path = tmp_path_factory.mktemp("weather") / "weather.db"
    Store.make(path, MORE).close()
    base = open_base(path, MORE)
    battle = {"resource": "incidents", "id": "battle", "title": "Battle", "country": "SYR"}
    march = {"resource": "incidents", "id": "march", "title": "March", "country": "IRQ"}
    base.put(
        battle | {"date_start": "2022-01-20"},
        march | {"date_start": "2022-02-20"},
        report("grey", "battle", 4.5, "2022-01-20", country="SYR", wind=3, snow=False),
        report("white", "battle", -2, "2022-01-21", snow=True, stations=["Hasakah", "Tell Tamer"]),
        report("blue", "march", None, "2022-02-20", stations=["Mosul"], country="IRQ"),
    )
    yield base
    base.store.close()


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("summary", "x" * 41),
        ("summary", None),
        ("country", "Syria"),
        ("celsius", "4"),
        ("celsius", 61),
        ("wind", 3.5),
        ("day", "20-01-2022"),
        ("snow", "yes"),
        ("stations", ["a", "a"]),
        ("incident", "Two words"),
        ("colour", "red"),
    ],
)
def test_a_wrong_value_is_refused_by_member(member: str, value: Any) -> None:
    told = report("x", "battle", 1, "2022-01-20") | {member: value}
    del told["resource"]
    with pytest.raises(ValidationError) as refused:
        WeatherReport.read(told)
    assert list(refused.value.messages_dict) == [member]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["blue", "white", "grey"]),
        ("?country=SYR,IRQ", ["blue", "grey"]),
        ("?country__not=SYR", ["blue", "white"]),
        ("?country__exists=false", ["white"]),
        ("?celsius__gte=-2&celsius__lt=4.5", ["white"]),
        ("?celsius__exists=true&sort=celsius", ["white", "grey"]),
        ("?sort=-celsius", ["grey", "white", "blue"]),
        ("?sort=celsius", ["white", "grey", "blue"]),
        ("?wind__gt=2", ["grey"]),
        ("?day=2022-01-21", ["white"]),
        ("?day__lte=2022-01-20", ["grey"]),
        ("?snow=true", ["white"]),
        ("?stations=Mosul,Hasakah", ["blue", "white"]),
        ("?stations__contains=Hasakah,Tell%20Tamer", ["white"]),
        ("?incident=march", ["blue"]),
        ("?incident__country=SYR", ["white", "grey"]),
        ("?q=white", ["white"]),
        ("?limit=1", ["blue", "white", "grey"]),
    ],
)
def test_its_list_takes_every_operator(query: str, ids: list[str], weather: Base) -> None:
    assert weather.ids(f"/v1/weather_reports{query}") == ids


@pytest.mark.parametrize("query", ["wind__contains=1", "snow=yes", "country=Syria", "sort=wind"])
def test_its_list_refuses_what_was_not_declared(query: str, weather: Base) -> None:
    assert weather.get(f"/v1/weather_reports?{query}").status_code == 400


def test_its_record_shows_every_member(weather: Base) -> None:
    told = weather.json("/v1/weather_reports/white")
    assert list(told) == list(WeatherReport.kinds())
    assert (told["celsius"], told["snow"], told["wind"]) == (-2.0, True, None)


def test_it_is_a_sub_list_of_its_incident(weather: Base) -> None:
    assert weather.ids("/v1/incidents/battle/weather") == ["white", "grey"]
    assert weather.ids("/v1/incidents/battle/weather?snow=true") == ["white"]
    rels = {link["rel"]: link["href"] for link in weather.json("/v1/incidents/battle")["links"]}
    assert rels["weather"] == "/v1/incidents/battle/weather"


@pytest.mark.parametrize(
    ("path", "name", "ids"),
    [
        ("/v1/weather_reports/white", "incident", "battle"),
        ("/v1/incidents/battle", "weather", ["white", "grey"]),
    ],
)
def test_it_can_be_embedded_and_embeds(path: str, name: str, ids: Any, weather: Base) -> None:
    found = weather.json(f"{path}?include={name}")["embedded"][name]
    told = [each["id"] for each in found] if isinstance(found, list) else found["id"]
    assert told == ids


def test_search_finds_it(weather: Base) -> None:
    found = weather.json("/v1/search?q=white")["data"]
    assert [(each["resource"], each["record"]["id"]) for each in found] == [
        ("weather_reports", "white")
    ]


def test_the_index_counts_it_and_leads_to_it(weather: Base) -> None:
    index = weather.json("/v1/")
    assert index["counts"]["weather_reports"] == 3
    assert "/v1/weather_reports" in {link["href"] for link in index["links"]}


def test_its_csv_has_a_column_for_each_member(weather: Base) -> None:
    header, first, *_ = weather.get("/v1/weather_reports?f=csv&sort=id").text.split("\r\n")
    row = dict(zip(header.split(","), first.split(","), strict=True))
    assert [row[name] for name in ("id", "incident", "incident_title", "stations", "wind")] == [
        *("blue", "march", "March", "Mosul", "")
    ]


def test_it_has_a_history(weather: Base) -> None:
    (version,) = weather.json("/v1/weather_reports/grey/history")["data"]
    assert (version["action"], version["record"]["id"]) == ("create", "grey")


def test_its_tables_are_in_step(weather: Base) -> None:
    assert list(consistency.faults(weather.store)) == []


def test_its_table_is_strict_and_checked(weather: Base) -> None:
    sql = "SELECT sql FROM sqlite_schema WHERE name = 'weather_reports'"
    (made,) = weather.store.connection.execute(sql).fetchone()
    lines = [line.strip().rstrip(",") for line in made.splitlines()]
    link = "REFERENCES incidents(pk) DEFERRABLE INITIALLY DEFERRED"
    assert {f"incident INTEGER NOT NULL {link}", "summary TEXT NOT NULL"} <= set(lines)
    assert "wind INTEGER CHECK (wind BETWEEN 0 AND 12)" in lines
    assert "snow INTEGER CHECK (snow IN (0, 1))" in lines
    assert lines[-1] == ") STRICT"


def test_it_is_in_the_contract() -> None:
    document = openapi.document(MORE)
    validate(document)
    before = openapi.document(RESOURCES)
    home = "/v1/weather_reports"
    one = f"{home}/{{id}}"
    added = {home, f"{home}/search", one}
    added |= {f"{one}/{what}" for what in ("history", "restore", "merge-into")}
    added |= {"/v1/incidents/{id}/weather", "/v1/export/weather_reports"}
    assert set(document["paths"]) - set(before["paths"]) == added
    assert set(document["paths"][home]) == {"get", "post"}
    assert set(document["paths"][one]) == {"get", "put", "patch", "delete"}
    schema = document["components"]["schemas"][openapi.name(WeatherReport)]
    assert schema["properties"]["wind"]["description"] == "Force of the wind."
    assert schema["properties"]["celsius"]["maximum"] == 60
    asked = orjson.dumps(document["components"]["parameters"]).decode()
    assert all(f'"name":"{name}"' in asked for name in ("celsius__gte", "stations__contains"))


def test_it_is_in_the_published_files() -> None:
    made, before = published_files.contents(MORE), published_files.contents(RESOURCES)
    ending = ("schema.json", "input.schema.json")
    added = {f"schema/weather_reports.{one}" for one in ending}
    assert set(made) - set(before) == added
    rows = made["schema/data-dictionary.csv"].splitlines()
    assert "weather_reports,wind,integer,no,,,Force of the wind." in rows
    assert "CREATE TABLE weather_reports (" in made["schema/tables.sql"]


def migrated(file: Path, registry: Registry) -> Base:
    store = Store(file, registry)
    connection = open_writer(file)
    migrations.migrate(connection, store.tables, store.renderers)
    connection.close()
    return open_base(file, registry)


def test_an_existing_base_takes_the_resource_by_migrating(base: Base) -> None:
    wider = migrated(base.store.path, MORE)
    wider.put(report("dry", "hasakah-prison-battle-2022", 11, "2022-01-20"))
    assert wider.ids("/v1/incidents/hasakah-prison-battle-2022/weather") == ["dry"]
    assert list(consistency.faults(wider.store)) == []
    wider.store.close()


@pytest.fixture
def altitude(base: Base) -> Iterator[Base]:
    """The sample after one line was added to Incident, and a record that uses it."""
    wider = migrated(base.store.path, WIDER)
    told = {"resource": "incidents", "id": "high", "title": "High", "date_start": "2022-01-20"}
    wider.put(told | {"altitude": 1500})
    yield wider
    wider.store.close()


@pytest.mark.parametrize(
    ("path", "ids"),
    [
        ("/v1/incidents?altitude__gte=1500", ["high"]),
        ("/v1/incidents?altitude__exists=true", ["high"]),
        ("/v1/incidents?sort=altitude&limit=1&altitude=1500", ["high"]),
    ],
)
def test_a_new_field_can_be_asked_for(path: str, ids: list[str], altitude: Base) -> None:
    assert altitude.ids(path) == ids


def test_a_new_field_is_null_in_what_was_there_and_everything_is_in_step(altitude: Base) -> None:
    assert altitude.json("/v1/incidents/hasakah-prison-attack-2022")["altitude"] is None
    assert "altitude" in altitude.get("/v1/incidents?f=csv").text.split("\r\n")[0].split(",")
    assert list(consistency.faults(altitude.store)) == []


def test_a_new_field_is_in_the_contract() -> None:
    made = published_files.contents(WIDER)
    assert (
        "incidents,altitude,integer,no,,,Metres above the sea."
        in made["schema/data-dictionary.csv"].splitlines()
    )
    assert "altitude__lte" in made["openapi.yaml"]
