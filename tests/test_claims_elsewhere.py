"""Claims about one thing that bear on claims about another: corrections, parts of totals."""

from typing import Any

import pytest

from incidents_api.storage import consistency
from tests.conftest import Base


@pytest.fixture
def two(empty: Base) -> Base:
    """A base with three incidents, a source of a day, and two actors."""
    empty.put(
        *({"resource": "actors", "id": a, "name": a, "actor_type": "media"} for a in "ab"),
        *(
            {"resource": "incidents", "id": i, "title": i, "date_start": "2022-01-20"}
            for i in "ijk"
        ),
    )
    return empty


def killed(name: str, number: int, **more: Any) -> dict[str, Any]:
    """Return a figure of all who were killed in ``i``, unless more is said."""
    plain = {"id": name, "incident": "i", "claimant": "a", "measure": "killed"}
    days = {"as_of_date": "2022-01-22", "said_at": "2022-01-22"}
    return {"resource": "figures", **plain, **days, "best": number, **more}


def told(base: Base, path: str = "/v1/contradictions") -> list[tuple[str, list[str]]]:
    """Return what contradicts what."""
    found = base.json(path)["data"]
    return [(one["kind"], [record["id"] for record in one["records"]]) for one in found]


def low(base: Base, query: str = "") -> Any:
    """Return the lower bound of the killed in ``i``, the same in every answer."""
    block = base.json(f"/v1/incidents/i?{query}")["casualties"]["killed"]
    found = base.json(f"/v1/incidents/i/estimates?measure=killed&{query}")["data"]
    (row,) = base.json(f"/v1/aggregate?{query}&id=i")["data"]
    number = block and block["low"]
    assert [one["low"] for one in found] == [number]
    assert row["low"] == number
    return number


def test_what_a_claim_about_another_incident_corrects_does_not_count(two: Base) -> None:
    two.put(killed("f", 5))
    assert low(two) == 5
    two.put(killed("g", 7, incident="j", supersedes="f", said_at="2022-01-24"))
    assert two.json("/v1/figures/f")["superseded"] is True
    assert low(two) is None
    (one,) = two.json("/v1/incidents/i/estimates")["data"]
    assert one["figures_excluded"][0]["reason"].startswith("superseded")
    assert low(two, "said_by=2022-01-23") == 5
    assert low(two, "said_by=2022-01-24") is None


def test_what_a_claim_about_another_incident_corrects_contradicts_nothing(two: Base) -> None:
    two.put(killed("f", 5), killed("h", 50, claimant="b"))
    assert told(two) == [("numeric", ["f", "h"])]
    two.put(killed("g", 7, incident="j", supersedes="f"))
    assert told(two) == told(two, "/v1/incidents/i/contradictions") == []


def test_a_part_about_another_incident_is_not_above_its_whole(two: Base) -> None:
    two.put(killed("whole", 5), killed("part", 9, incident="j", part_of="whole"))
    assert told(two) == [("arithmetic", ["whole", "part"])]
    two.put(killed("part", 4, incident="j", part_of="whole"))
    two.put(killed("small", 9, incident="k", claimant="b", part_of="part"))
    both = [("arithmetic", ["whole", "small"]), ("arithmetic", ["part", "small"])]
    assert sorted(told(two)) == sorted(both)
    for place, number in (("i", 1), ("j", 1), ("k", 2)):
        path = f"/v1/contradictions?incident={place}"
        assert len(told(two, path)) == len(told(two, f"{path}&as_of=2022-02-01")) == number
    two.put(killed("small", 2, incident="k", claimant="b", part_of="part"))
    assert told(two) == []
    assert list(consistency.faults(two.store)) == []


def test_a_circumstance_makes_another_question(two: Base) -> None:
    two.put(killed("f", 5), killed("g", 50, claimant="b"))
    assert told(two) == [("numeric", ["f", "g"])]
    two.put(killed("g", 50, claimant="b", circumstance="execution"))
    assert told(two) == []
    two.put(killed("f", 5, circumstance="execution"))
    assert told(two) == [("numeric", ["f", "g"])]


def test_parts_that_hold_each_other_are_refused_before_anything_is_added(two: Base) -> None:
    two.put(killed("f", 5), killed("g", 3, part_of="f"), killed("h", 2, part_of="g"))
    answer = two.write("PATCH", "/v1/figures/f", {"part_of": "h"}, If_Match="*")
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (409, "/part_of")
    assert low(two) == 5
