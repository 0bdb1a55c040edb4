"""Points that are shown coarser than they are known: to everybody, everywhere, in all versions."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents_api import bundle
from incidents_api.model import RESOURCES
from incidents_api.model.generalizing import CELLS, generalized
from incidents_api.storage import consistency, releases
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base
from tests.test_dependents import record
from tests.twins import PATHS, addresses

Given = dict[str, Any]

ASKED: Final = "coordinates_generalized_to"
#: Digits of the exact point, which stand nowhere else.
EXACT: Final = (36.523456, 40.787654)
DIGITS: Final = (b"23456", b"87654")
COARSE: Final = (36.55, 40.75)
KINDS: Final = ("incidents", "facilities")


def point(latitude: float = EXACT[0], longitude: float = EXACT[1]) -> Given:
    """Return the members of a record at a point."""
    geom = {"geom": str(EXACT)}
    return {"latitude": latitude, "longitude": longitude, "source_values": geom}


def hidden(kind: str, asked: str | None = "tenth_degree", **more: Any) -> Given:
    """Return a record whose point is shown coarser."""
    return record(kind, "x", **point(), **{ASKED: asked}, **more)


@pytest.fixture(scope="module")
def base_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an incident and a facility: exact for two versions, asking for tenths since."""
    path = tmp_path_factory.mktemp("coarse") / "base.db"
    Store.make(path).close()
    base = open_base(path)
    base.put(*(hidden(kind, None) for kind in KINDS))
    base.put(*(hidden(kind, None, notes="again") for kind in KINDS))
    releases.create(base.store, "early", "test")
    base.put(record("figures", "f", incident="x"))
    base.put(*(hidden(kind, notes="now") for kind in KINDS))
    base.store.close()
    return path


@pytest.fixture
def base(base_file: Path, tmp_path: Path) -> Iterator[Base]:
    """A copy of it, to write to."""
    base = open_base(Path(shutil.copy(base_file, tmp_path / "copy.db")))
    yield base
    base.store.close()


def shown(base: Base, path: str) -> tuple[float, float]:
    """Return the point of a record that everybody sees."""
    one = base.json(path)
    return one["latitude"], one["longitude"]


def known(base: Base, path: str) -> Given:
    """Return a record as who may write sees it."""
    answer = base.write("GET", path)
    assert answer.status_code == 200
    found: Given = answer.get_json()
    return found


@pytest.mark.parametrize("path", PATHS)
def test_no_address_shows_the_exact_point(asking: Base, path: str) -> None:
    for address in addresses(path):
        here = address.replace("hasakah-prison-battle-2022", "x").replace("hasakah-prison", "x")
        data = asking.get(here).data
        assert not any(digits in data for digits in DIGITS), here


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    """Such a base, to read: with the releases that all addresses name."""
    path = tmp_path_factory.mktemp("asking") / "base.db"
    Store.make(path).close()
    base = open_base(path)
    for name, asked in (("early", None), ("middle", None), ("late", "tenth_degree")):
        base.put(*(hidden(kind, asked, notes=name) for kind in KINDS))
        releases.create(base.store, name, "test")
    yield base
    base.store.close()


@pytest.mark.parametrize("kind", KINDS)
def test_everybody_sees_the_middle_of_the_cell_in_all_versions(base: Base, kind: str) -> None:
    here = f"/v1/{kind}/x"
    for path in (
        here,
        f"{here}?known_at=1",
        f"{here}?known_at=early",
        f"/v1/releases/early/{kind}/x",
    ):
        assert shown(base, path) == COARSE
    versions = base.json(f"{here}/history")["data"]
    assert {(one["record"]["latitude"], one["record"]["longitude"]) for one in versions} == {COARSE}
    assert all(one["record"]["source_values"] in (None, {}) for one in versions)
    assert list(consistency.faults(base.store)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_who_may_write_sees_the_point_and_its_history(base: Base, kind: str) -> None:
    here = f"/v1/{kind}/x"
    one = known(base, here)
    assert (one["latitude"], one["longitude"]) == EXACT
    assert one["source_values"] == {"geom": str(EXACT)}
    versions = known(base, f"{here}/history")["data"]
    assert {version["record"]["latitude"] for version in versions} == {EXACT[0]}
    listed = known(base, f"/v1/{kind}")["data"][0]
    assert (listed["latitude"], listed["longitude"]) == COARSE
    assert base.get(here).headers["ETag"] != base.write("GET", here).headers["ETag"]


@pytest.mark.parametrize("kind", KINDS)
def test_boxes_find_the_cell_and_not_the_point(base: Base, kind: str) -> None:
    south, west = EXACT[0] - 0.001, EXACT[1] - 0.001
    small = f"{west},{south},{EXACT[1] + 0.001},{EXACT[0] + 0.001}"
    for clock in ("", "&known_at=early"):
        assert base.ids(f"/v1/{kind}?bbox={small}{clock}") == []
        assert base.ids(f"/v1/{kind}?bbox=40.749,36.549,40.751,36.551{clock}") == ["x"]
        assert base.ids(f"/v1/{kind}?lat=36.55&lon=40.75&within_km=0.1{clock}") == ["x"]


def put(base: Base, given: Given) -> Any:
    """Put a facility or incident back, and return the answer's record."""
    kind = "incidents" if "date_start" in given else "facilities"
    answer = base.write("PUT", f"/v1/{kind}/x", given, If_Match="*")
    assert answer.status_code == 200, answer.text
    return answer.get_json()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("as_writer", [True, False])
def test_a_record_read_and_put_back_keeps_its_point(base: Base, kind: str, as_writer: bool) -> None:
    here = f"/v1/{kind}/x"
    read = known(base, here) if as_writer else base.json(here)
    tag = (base.write("GET", here) if as_writer else base.get(here)).headers["ETag"]
    seq = base.store.seq()
    answer = base.write("PUT", here, read, If_Match=tag)
    assert answer.status_code == 200
    assert base.store.seq() == seq  # nothing has changed
    put(base, {**read, "notes": "edited"})
    one = known(base, here)
    assert (one["latitude"], one["longitude"], one["notes"]) == (*EXACT, "edited")
    assert one["source_values"] == {"geom": str(EXACT)}
    assert shown(base, here) == COARSE
    last = base.json(f"{here}/history")["data"][0]
    assert last["changed_fields"] == ["notes"]
    assert list(consistency.faults(base.store)) == []


def test_the_point_is_moved_by_who_gives_another_one(base: Base) -> None:
    answer = base.write("PATCH", "/v1/incidents/x", {"latitude": 36.9}, If_Match="*")
    assert answer.get_json()["latitude"] == 36.9
    assert known(base, "/v1/incidents/x")["longitude"] == EXACT[1]
    assert shown(base, "/v1/incidents/x") == (36.95, 40.75)


def test_asking_for_less_or_for_nothing_holds_for_all_versions(base: Base) -> None:
    here = "/v1/incidents/x"
    base.write("PATCH", here, {ASKED: "degree", "priogrid_gid": 181_161}, If_Match="*")
    assert base.json(here)["priogrid_gid"] is None
    assert {one["record"]["latitude"] for one in base.json(f"{here}/history")["data"]} == {36.5}
    put(base, {**base.json(here), ASKED: None})
    assert known(base, here)["priogrid_gid"] == 181_161
    versions = base.json(f"{here}/history")["data"]
    assert {one["record"]["latitude"] for one in versions} == {EXACT[0]}
    assert base.ids("/v1/incidents?bbox=40.78,36.52,40.79,36.53&known_at=early") == ["x"]
    assert list(consistency.faults(base.store)) == []


def test_withdrawing_and_restoring_keeps_the_point(base: Base) -> None:
    base.write("DELETE", "/v1/facilities/x?reason=x", If_Match="*")
    base.write("POST", "/v1/facilities/x/restore", If_Match="*")
    assert known(base, "/v1/facilities/x")["latitude"] == EXACT[0]
    assert shown(base, "/v1/facilities/x") == COARSE


def test_a_claim_that_changes_casualties_leaves_the_point(base: Base) -> None:
    base.put(record("figures", "f", incident="x", best=9))
    base.put(record("figures", "f", incident="x", best=9, visibility="restricted"))
    one = known(base, "/v1/incidents/x")
    assert (one["latitude"], one["casualties"]["killed"]) == (EXACT[0], None)
    assert shown(base, "/v1/incidents/x") == COARSE
    assert list(consistency.faults(base.store)) == []


def test_a_copy_of_the_base_holds_the_point_and_an_export_does_not(
    base: Base, tmp_path: Path
) -> None:
    whole = b"".join(bundle.export(base.store))
    assert DIGITS[0] in whole
    assert DIGITS[0] not in base.get("/v1/export").data
    assert DIGITS[0] not in base.write("GET", "/v1/export").data
    file = tmp_path / "whole.ndjson"
    file.write_bytes(whole)
    copy = Store.make(tmp_path / "loaded.db")
    bundle.load(copy, [file], who="test")
    found = copy.get("incidents", "x")
    assert found
    assert json.loads(found.document)["latitude"] == COARSE[0]
    assert DIGITS[0] in (copy.exact("incidents", "x") or b"")
    assert list(consistency.faults(copy)) == []
    copy.close()


coordinates = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(coordinates, st.sampled_from(sorted(CELLS)))
def test_the_middle_of_a_cell_is_near_and_stays_where_it_is(
    point_: tuple[float, float], asked: str
) -> None:
    incident = RESOURCES["incidents"]
    once = generalized(incident, {**point(*point_), "priogrid_gid": 1}, asked)
    assert generalized(incident, once, asked) == once
    for name, value, end in (("latitude", point_[0], 90), ("longitude", point_[1], 180)):
        assert abs(once[name] - value) <= 0.5 / CELLS[asked] + 1e-9
        assert -end < once[name] < end


def test_a_version_that_shows_another_point_is_named(base: Base) -> None:
    with base.store.exclusive() as connection:
        (seq,) = connection.execute("SELECT min(from_seq) FROM facilities_history").fetchone()
        connection.execute(f"UPDATE facilities_history SET exact = NULL WHERE from_seq = {seq}")
        connection.execute("COMMIT")
    words = f"facilities/x: transaction {seq} shows another point than it asks for"
    assert words in list(consistency.faults(base.store))
