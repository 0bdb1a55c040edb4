"""What is restricted or embargoed, read with a key: by the same addresses, by who may write."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from incidents_api.model import RESOURCES
from incidents_api.storage import access
from tests.conftest import Base
from tests.twins import BATTLE, HIDDEN, MARK, Twins, make_twins

STANDING: Final = [
    (resource, given["id"])
    for resource, given in HIDDEN
    if given["id"] != f"{MARK}-restricted-assertion-own"
]
INCIDENT: Final = f"{MARK}-restricted-incident"
NAMES: Final = [record.resource for record in RESOURCES]
#: Public data only, with a key too.
PUBLIC_ONLY: Final = [
    "/v1",
    "/v1/changes?limit=1000&include=record",
    "/v1/search?q=prison",
    "/v1/aggregate?group_by=year,dataset",
    "/v1/estimates",
    "/v1/contradictions",
    "/v1/releases/early/diff/late",
    f"/v1/incidents/{BATTLE}/estimates",
    f"/v1/incidents/{BATTLE}/timeline",
    f"/v1/incidents/{BATTLE}/contradictions",
    f"/v1/incidents/{BATTLE}/duplicates",
    f"/v1/incidents/{INCIDENT}/estimates",
    f"/v1/incidents?q={MARK}",
]


@pytest.fixture(scope="module")
def hiding(sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    """A base with hidden records, to read."""
    twins: Twins
    for twins in make_twins(sample_file, tmp_path_factory.mktemp("hiding")):
        yield twins.hiding


def read(base: Base, path: str, **headers: str) -> Any:
    """Read with a key of scope write, and return the body of a good answer."""
    answer = base.write("GET", path, **headers)
    assert answer.status_code == 200, answer.text
    return answer.get_json() if answer.is_json else answer.text


@pytest.mark.parametrize(("resource", "name"), STANDING)
def test_a_hidden_record_is_read_with_a_key(hiding: Base, resource: str, name: str) -> None:
    here = f"/v1/{resource}/{name}"
    assert read(hiding, here)["id"] == name
    assert read(hiding, f"{here}?known_at=middle")["version"] == 1
    assert [one["version"] for one in read(hiding, f"{here}/history")["data"]] == [2, 1]
    for format_ in ("csv", "ndjson"):
        assert name in read(hiding, f"{here}?f={format_}")
    assert hiding.write("GET", f"{here}?known_at=early").status_code == 404


@pytest.mark.parametrize("resource", NAMES)
@pytest.mark.parametrize("clock", ["", "&known_at=middle", "&as_of=2022-02-01"])
def test_lists_and_counts_hold_what_is_hidden(hiding: Base, resource: str, clock: str) -> None:
    path = f"/v1/{resource}?total=true&limit=1000{clock}"
    seen, public = read(hiding, path), hiding.json(path)
    added = {one["id"] for one in seen["data"]} - {one["id"] for one in public["data"]}
    assert all(MARK in name for name in added)
    assert added or clock.startswith("&as_of")
    assert seen["meta"]["total"] == public["meta"]["total"] + len(added)


@pytest.mark.parametrize("ending", ["figures", "sites", "participations", "relations", "parts"])
def test_sublists_and_embedded_records_hold_what_is_hidden(hiding: Base, ending: str) -> None:
    wanted = read(hiding, f"/v1/incidents/{BATTLE}/{ending}")["data"]
    assert any(MARK in one["id"] for one in wanted)
    assert not any(
        MARK in one["id"] for one in hiding.json(f"/v1/incidents/{BATTLE}/{ending}")["data"]
    )
    whole = read(hiding, f"/v1/incidents/{BATTLE}?include={ending}")
    assert {one["id"] for one in whole["embedded"][ending]} == {one["id"] for one in wanted}
    if ending != "parts":
        assert read(hiding, f"/v1/incidents/{INCIDENT}/{ending}")["data"]


def test_places_are_found_beyond_the_map_which_is_public(hiding: Base) -> None:
    for where in ("bbox=40,36,41,37", "lat=36.5&lon=40.75&within_km=20"):
        found = {one["id"] for one in read(hiding, f"/v1/incidents?{where}")["data"]}
        assert {INCIDENT, BATTLE} <= found
        assert INCIDENT not in hiding.ids(f"/v1/incidents?{where}")


def test_filters_and_searches_know_what_is_hidden(hiding: Base) -> None:
    found = read(hiding, f"/v1/figures?incident={INCIDENT}&incident__country=SYR")["data"]
    assert [one["id"] for one in found] == [f"{MARK}-restricted-figure-own"]
    answer = hiding.write("POST", "/v1/incidents/search", {"tags__contains": [MARK]})
    assert len(answer.get_json()["data"]) == 2


@pytest.mark.parametrize("format_", ["bundle", "csv"])
def test_exports_hold_what_is_hidden(hiding: Base, format_: str) -> None:
    path = f"/v1/export/incidents?format={format_}" if format_ == "csv" else "/v1/export"
    assert INCIDENT in hiding.write("GET", path).text
    assert MARK not in hiding.get(path).text


@pytest.mark.parametrize("path", PUBLIC_ONLY)
def test_what_is_worked_out_holds_public_data_with_a_key_too(hiding: Base, path: str) -> None:
    answer = hiding.get(path, X_Request_Id="one")
    assert hiding.write("GET", path, X_Request_Id="one").data == answer.data
    assert (answer.status_code == 404) == (f"/{INCIDENT}/" in path)


@pytest.mark.parametrize("scope", ["read", "nonsense"])
def test_a_key_that_may_not_write_reads_what_everybody_does(hiding: Base, scope: str) -> None:
    text = access.create(hiding.store, "Reader", "read")[1] if scope == "read" else "nonsense"
    for path in (
        "/v1/incidents?total=true",
        f"/v1/incidents/{INCIDENT}",
        f"/v1/incidents/{BATTLE}/figures",
    ):
        answer = hiding.get(path, Authorization=f"Bearer {text}", X_Request_Id="one")
        assert answer.data == hiding.get(path, X_Request_Id="one").data


@pytest.mark.parametrize(
    "path",
    [
        "/v1/incidents",
        "/v1/incidents?f=csv",
        "/v1/incidents?f=ndjson",
        "/v1/incidents?f=geojson",
        f"/v1/incidents/{BATTLE}/figures",
        f"/v1/incidents/{BATTLE}?include=figures",
        "/v1/export",
        "/v1/export/incidents",
    ],
)
def test_no_tag_of_one_answer_is_good_for_the_other(hiding: Base, path: str) -> None:
    public, seen = hiding.get(path), hiding.write("GET", path)
    tags = {one.headers["ETag"] for one in (public, seen)}
    assert len(tags) == 2
    assert "Authorization" in seen.headers["Vary"]
    for one, other in ((public, seen), (seen, public)):
        # An export holds its slot until it is closed.
        one.get_data()
        one.close()
        tag = one.headers["ETag"]
        answers = hiding.get(path, If_None_Match=tag), hiding.write("GET", path, If_None_Match=tag)
        fresh = answers[one is public]
        assert (answers[one is seen].status_code, fresh.status_code) == (304, 200)
        assert fresh.data == other.data
        fresh.close()


def test_the_tag_of_a_restricted_answer_is_good_for_an_edit(base: Base) -> None:
    given = {"id": "x", "name": "X", "actor_type": "unknown", "visibility": "restricted"}
    base.write("POST", "/v1/actors", given)
    tag = base.write("GET", "/v1/actors/x?f=csv").headers["ETag"]
    assert tag.endswith('-restricted"')
    assert base.write("PATCH", "/v1/actors/x", {"name": "Y"}, If_Match=tag).status_code == 200
