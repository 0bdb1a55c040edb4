"""Lists by who was killed walk an index, and give the same whichever they walk."""

from collections.abc import Iterator
from typing import Final

import pytest

from benchmarks import world
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base
from tests.test_plans import SORTED, plans

INCIDENTS: Final = 300


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    path = tmp_path_factory.mktemp("world") / "world.db"
    store = Store.make(path)
    world.write(store, world.World(INCIDENTS, 1))
    store.close()
    base = open_base(path)
    yield base
    base.store.close()


def test_the_deadliest_of_a_country_are_walked(crowded: Base) -> None:
    found = plans(crowded, "incidents", {"country": "SYR", "sort": "-killed_best"})
    assert any("INDEX incidents_country_killed_best" in line for line in found), found
    told = crowded.json("/v1/incidents?country=SYR&sort=-killed_best&limit=1000")["data"]
    killed = [one["casualties"]["killed"] for one in told]
    counts = [one["best"] for one in killed if one and one["best"] is not None]
    assert counts == sorted(counts, reverse=True) != []


@pytest.mark.parametrize("least", [1, 2, 5, 20, 50])
def test_few_in_a_range_are_sorted_and_many_met_on_a_walk(least: int, crowded: Base) -> None:
    asked = {"killed_best__gte": str(least)}
    sql = "SELECT id FROM incidents WHERE killed_best >= ? ORDER BY date_start DESC, id DESC"
    names = [name for (name,) in crowded.store.connection.execute(sql, (least,))]
    many = len(names) ** 2 > 2 * INCIDENTS
    found = plans(crowded, "incidents", asked)
    index = "incidents_date_start" if many else "incidents_killed_best"
    assert any(f"INDEX {index}" in line for line in found), found
    assert any(SORTED in line for line in found) == (not many)
    page = crowded.json(f"/v1/incidents?killed_best__gte={least}&limit=1000&total=true")
    assert [one["id"] for one in page["data"]] == names
    assert page["meta"]["total"] == len(names)


def test_there_are_ranges_of_both_kinds(crowded: Base) -> None:
    sql = "SELECT sum(killed_best >= 1), sum(killed_best >= 50) FROM incidents"
    many, few = crowded.store.connection.execute(sql).fetchone()
    assert 0 < few**2 <= 2 * INCIDENTS < many**2
