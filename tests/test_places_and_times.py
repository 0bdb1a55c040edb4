"""Rectangles, circles and periods choose what a plain calculation does."""

import math
import random
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from incidents_api.model import RESOURCES
from incidents_api.storage.arguments import PERIOD
from tests.conftest import Base
from tests.test_plans import NAMES, World, open_world

SPATIAL = ["incidents", "facilities"]
SPANS = {record.resource: record.span for record in RESOURCES if record.span}
DAYS = ["2019-07-01", "2019-07-16", "2021-12-31", "2022-01-01", "2022-01-15", "2022-02-01"]
DAYS += ["2022-02-28", "2022-03-02", "2022-04-30", "2023-06-01", "9999-12-31", "0001-01-01"]
Box = tuple[float, float, float, float]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = open_world(tmp_path_factory.mktemp("places"))
    yield made
    made.base.store.close()


def incident(name: str, day: str = "2022-01-01", **more: Any) -> dict[str, Any]:
    return {"resource": "incidents", "id": name, "title": name, "date_start": day, **more}


def inside(doc: dict[str, Any], box: Box) -> bool:
    west, one, east, other = box
    south, north = sorted((one, other))
    if doc["longitude"] is None:
        return False
    x, y = float(doc["longitude"]), float(doc["latitude"])
    across = west <= x <= east if west <= east else x >= west or x <= east
    return across and south <= y <= north


def kilometres(doc: dict[str, Any], lat: float, lon: float) -> float:
    """The angle between two unit vectors, which is not how the program reckons it."""

    def vector(latitude: float, longitude: float) -> tuple[float, float, float]:
        phi, lam = math.radians(latitude), math.radians(longitude)
        return math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)

    a, b = vector(doc["latitude"], doc["longitude"]), vector(lat, lon)
    cross = math.hypot(
        a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
    )
    return 6371.0088 * math.atan2(cross, sum(x * y for x, y in zip(a, b, strict=True)))


@pytest.mark.parametrize("resource", SPATIAL)
def test_a_rectangle_holds_what_lies_in_it(world: World, resource: str) -> None:
    rng = random.Random(4)
    boxes: list[Box] = [(-180, -90, 180, 90), (170, -90, -170, 90), (180, -1, -180, 1)]
    boxes += [(40.75, 36.5, 40.75, 36.5), (0, 90, 0, 90), (179.9999, -90, -179.9999, 90)]
    for _ in range(150):
        south, north = sorted(rng.uniform(-90, 90) for _ in "sn")
        boxes.append((rng.uniform(-180, 180), south, rng.uniform(-180, 180), north))
    boxes += [(-180, 40, 180, -40), (10, 5, 60, -50)]
    for box in boxes:
        found = world.base.ids(f"/v1/{resource}?limit=1000&bbox={','.join(map(str, box))}")
        docs = world.docs[resource].values()
        assert sorted(found) == sorted(doc["id"] for doc in docs if inside(doc, box)), box


@pytest.mark.parametrize("resource", SPATIAL)
def test_a_circle_holds_what_lies_within_its_radius(world: World, resource: str) -> None:
    rng = random.Random(5)
    circles = [(90.0, 10.0, 500.0), (-90.0, 0.0, 1.0), (0.0, 180.0, 50.0), (0.0, -179.99, 3000.0)]
    circles += [(0.0, 0.0, 20040.0), (36.5, 40.75, 0.0), (89.5, -120.0, 400.0), (60, 5, 9000)]
    circles += [
        (rng.uniform(-90, 90), rng.uniform(-180, 180), rng.uniform(0, 9000)) for _ in "x" * 90
    ]
    for lat, lon, radius in circles:
        found = world.base.ids(f"/v1/{resource}?limit=1000&lat={lat}&lon={lon}&within_km={radius}")
        docs = [doc for doc in world.docs[resource].values() if doc["latitude"] is not None]
        right = [doc["id"] for doc in docs if kilometres(doc, lat, lon) <= radius + 1e-9]
        assert sorted(found) == sorted(right), (lat, lon, radius)


@pytest.mark.parametrize(
    ("latitude", "longitude", "held"),
    [
        (36.5, 40.75, True),
        (36.1, 40.1, True),
        (36.1 - 1e-7, 40.5, False),
        (36.9 + 1e-7, 40.5, False),
        (36.5, 40.1 - 1e-7, False),
        (36.5, 40.9 + 1e-7, False),
        (36.9, 40.9, True),
    ],
)
def test_the_edges_of_a_rectangle_are_exact(
    empty: Base, latitude: float, longitude: float, held: bool
) -> None:
    empty.put(incident("i", latitude=latitude, longitude=longitude))
    assert empty.ids("/v1/incidents?bbox=40.1,36.1,40.9,36.9") == (["i"] if held else [])
    moved = f"{longitude},{latitude},{longitude},{latitude}"
    assert empty.ids(f"/v1/incidents?bbox={moved}") == ["i"]


@pytest.mark.parametrize("longitude", [170.0 - 1e-7, -170.0 + 1e-7])
def test_the_edges_across_the_antimeridian_are_exact(empty: Base, longitude: float) -> None:
    empty.put(
        incident("out", latitude=0, longitude=longitude),
        incident("in", latitude=0, longitude=math.copysign(170, longitude)),
    )
    assert empty.ids("/v1/incidents?bbox=170,-1,-170,1") == ["in"]


def test_a_record_that_has_moved_is_found_only_where_it_is(empty: Base) -> None:
    empty.put(incident("i", latitude=1, longitude=1))
    empty.put(incident("i", latitude=5, longitude=5))
    assert empty.ids("/v1/incidents?bbox=0,0,2,2") == []
    assert empty.ids("/v1/incidents?bbox=4,4,6,6") == ["i"]
    empty.put(incident("i"))
    assert empty.ids("/v1/incidents?bbox=-180,-90,180,90") == []


def ends(resource: str, doc: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return a record's first and last day; None where it is not known to have one."""
    first, last = SPANS[resource]
    start, end = doc[first], doc[last]
    if resource == "sources":
        return (start[:10], start[:10]) if start else (None, None)
    if resource == "incidents" and end is None:
        end = None if doc["status"] == "ongoing" else start
    return start, end


def overlaps(resource: str, doc: dict[str, Any], first: str | None, last: str | None) -> bool:
    start, end = ends(resource, doc)
    if resource in ("sources", "figures", "assertions") and start is None:
        return False
    begun = last is None or start is None or start <= last
    return begun and (first is None or end is None or end >= first)


def test_the_world_has_long_ongoing_and_open_records(world: World) -> None:
    docs = [doc for doc in world.docs["incidents"].values() if doc["date_end"]]
    long = [d for d in docs if fromiso(d["date_end"]) - fromiso(d["date_start"]) > timedelta(31)]
    assert len(long) > 3
    assert any(d["status"] == "ongoing" for d in world.docs["incidents"].values())
    for name in ("controls", "relations"):
        known = {
            (d["valid_from"] is None, d["valid_to"] is None) for d in world.docs[name].values()
        }
        assert len(known) == 4


def fromiso(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize("resource", SPANS)
def test_a_period_finds_what_overlaps_it(world: World, resource: str) -> None:
    periods: list[tuple[str | None, str | None]] = [(day, None) for day in DAYS]
    periods += [(None, day) for day in DAYS] + [(day, day) for day in DAYS]
    periods += [(a, b) for a in DAYS for b in DAYS if a != b]
    for first, last in periods:
        wanted = {"from": first, "to": last}
        query = "&".join(f"{name}={day}" for name, day in wanted.items() if day)
        docs = world.docs[resource].values()
        right = sorted(doc["id"] for doc in docs if overlaps(resource, doc, first, last))
        found = world.base.ids(f"/v1/{resource}?{query}&limit=1000")
        assert sorted(found) == right, (first, last)
        interval = f"{first or '..'}/{last or '..'}"
        assert world.base.ids(f"/v1/{resource}?datetime={interval}&limit=1000") == found


@pytest.mark.parametrize("resource", SPANS)
def test_all_periods_that_are_given_hold(world: World, resource: str) -> None:
    for first, last in [(a, b) for a in DAYS for b in DAYS]:
        query = f"datetime={first}/{last}&from=2022-01-15&to=2022-03-02"
        docs = world.docs[resource].values()
        right = [
            doc["id"]
            for doc in docs
            if overlaps(resource, doc, first, last)
            and overlaps(resource, doc, "2022-01-15", None)
            and overlaps(resource, doc, None, "2022-03-02")
        ]
        assert sorted(world.base.ids(f"/v1/{resource}?{query}&limit=1000")) == sorted(right)


@pytest.mark.parametrize("resource", SPANS)
def test_pages_of_a_period_are_in_the_order_of_the_list(world: World, resource: str) -> None:
    order = [doc["id"] for doc in world.base.json(f"/v1/{resource}?limit=1000")["data"]]
    found = world.base.ids(f"/v1/{resource}?from=2022-01-10&to=2022-02-10&limit=3")
    assert len(found) > 3
    assert found == [name for name in order if name in found]


@pytest.mark.parametrize("resource", SPANS)
def test_a_day_or_an_instant_as_datetime_is_that_day(world: World, resource: str) -> None:
    day = world.base.ids(f"/v1/{resource}?from=2022-01-15&to=2022-01-15&limit=1000")
    for text in ("2022-01-15", "2022-01-15T18:00:00Z", "2022-01-15T00:00:00Z/2022-01-15"):
        assert world.base.ids(f"/v1/{resource}?datetime={text}&limit=1000") == day


def test_an_event_of_one_day_more_than_a_month_is_found_on_its_last_day(empty: Base) -> None:
    for length in (30, 31, 32, 33):
        end = date(2022, 1, 1) + timedelta(length)
        empty.put(incident(f"i{length}", date_end=end.isoformat()))
        assert f"i{length}" in empty.ids(f"/v1/incidents?from={end}")
        assert f"i{length}" not in empty.ids(f"/v1/incidents?from={end + timedelta(1)}")


@pytest.mark.parametrize(
    "text",
    [
        "../..",
        "/",
        "",
        "2022-01-15Tnonsense",
        "2022-01-15T25:00:00Z",
        "2022-02-30",
        "2022-01-15/../..",
        "2022-02-29",
        "1900-02-29",
        "2022-04-31",
        "2022-13-01",
        "0000-01-01",
        "2022-01-15T23:59:60Z",
        "2022-01-15T10:00:00",
        "20220115",
        "2022-01-15T18:00:00/2022-01-16T99",
    ],
)
def test_a_datetime_that_is_none_is_refused(sample: Base, text: str) -> None:
    answer = sample.get(f"/v1/incidents?datetime={text}")
    assert answer.status_code == 400, answer.text
    assert answer.get_json()["errors"][0]["parameter"] == "datetime"


@pytest.mark.parametrize(
    "year", [0, 1, 4, 96, 100, 400, 1000, 1582, 1600, 1900, 1996, 2000, 2022, 2024, 9996, 9999]
)
def test_the_pattern_of_a_datetime_knows_the_calendar(year: int) -> None:
    for month in range(14):
        for day in range(33):
            text = f"{year:04}-{month:02}-{day:02}"
            try:
                date.fromisoformat(text)
                there = True
            except ValueError:
                there = False
            for period in (text, f"../{text}", f"{text}/..", f"{text}T10:00:00+02:00/{text}"):
                assert bool(re.fullmatch(PERIOD, period)) is there, period


@pytest.mark.parametrize("resource", sorted(set(NAMES) - set(SPATIAL)))
def test_what_has_no_point_takes_no_rectangle(world: World, resource: str) -> None:
    assert world.base.get(f"/v1/{resource}?bbox=0,0,1,1").status_code == 400
