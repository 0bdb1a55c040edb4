"""Rules between claims: parts count what their total counts, and one claim a question is preferred.

The knowledge base of these tests has one incident, ``i``, and a facility, ``f``.
"""

from collections.abc import Iterator
from itertools import permutations
from typing import Any, Final

import pytest

from incidents_api.storage import consistency
from tests.conftest import Base
from tests.test_errors import problem
from tests.test_writes import Given, good

FIGURE: Final[Given] = {"incident": "i", "measure": "killed", "best": 3}


@pytest.fixture
def base(empty: Base) -> Iterator[Base]:
    """A small knowledge base, which is sound whatever a test writes to it."""
    empty.put(
        {"resource": "incidents", "id": "i", "title": "T", "date_start": "2022-01-20"},
        {"resource": "incidents", "id": "j", "title": "T", "date_start": "2022-01-20"},
        {"resource": "facilities", "id": "f", "name": "F", "facility_type": "prison"},
        {"resource": "actors", "id": "a", "name": "A", "actor_type": "media"},
    )
    yield empty
    assert list(consistency.faults(empty.store)) == []


def post(base: Base, name: str, **members: Any) -> Any:
    """Create a figure."""
    return base.write("POST", "/v1/figures", {"id": name, **members})


def patch(base: Base, name: str, **members: Any) -> Any:
    """Change members of a figure."""
    return base.write("PATCH", f"/v1/figures/{name}", members, If_Match="*")


def batch(base: Base, *operations: Given) -> Any:
    """Do several edits of figures at once."""
    whole = [{"resource": "figures", **operation} for operation in operations]
    return base.write("POST", "/v1/batch", {"operations": whole})


def refused(base: Base, answer: Any, rule: str) -> list[tuple[str, str]]:
    """Check that a write broke one rule, and return the place and other record of each fault."""
    errors = problem(answer, 409)["errors"]
    assert {error["rule"] for error in errors} == {rule}
    return [(error["pointer"], error.get("record", "")) for error in errors]


PARTS: Final = "part-counts-the-same"


@pytest.mark.parametrize("other", [{"measure": "injured"}, {"unit": "families"}], ids=str)
def test_a_part_counts_what_its_total_counts(base: Base, other: Given) -> None:
    good(post(base, "total", **FIGURE), 201)
    good(post(base, "whole", **FIGURE | other), 201)
    seq = base.store.seq()
    wrong = FIGURE | other | {"part_of": "total"}
    assert refused(base, post(base, "part", **wrong), PARTS) == [("/part_of", "/v1/figures/total")]
    assert base.store.seq() == seq
    good(post(base, "part", **FIGURE, part_of="total"), 201)
    assert refused(base, patch(base, "part", **other), PARTS) == [("/part_of", "/v1/figures/total")]
    assert refused(base, patch(base, "part", part_of="whole"), PARTS) == [
        ("/part_of", "/v1/figures/whole")
    ]
    assert refused(base, patch(base, "total", **other), PARTS) == [("", "/v1/figures/part")]
    assert base.json("/v1/figures/total")["version"] == 1
    good(patch(base, "part", **other, part_of="whole"))
    good(patch(base, "total", **other))


@pytest.mark.parametrize("other", [{"measure": "injured"}, {"unit": "families"}], ids=str)
def test_part_and_total_are_looked_at_as_they_stand_in_the_end(base: Base, other: Given) -> None:
    total: Given = {"op": "create", "record": {"id": "total", **FIGURE}}
    part: Given = {"op": "create", "record": {"id": "part", "part_of": "total", **FIGURE}}
    wrong = part | {"record": part["record"] | other}
    for one in permutations((total, wrong)):
        place = one.index(wrong)
        (fault,) = problem(batch(base, *one), 409)["errors"]
        assert (fault["index"], fault["rule"]) == (place, PARTS)
        assert fault["pointer"] == f"/operations/{place}/record/part_of"
    assert base.ids("/v1/figures") == []
    good(batch(base, part, total))
    edits = [
        {"op": "patch", "id": name, "if_match": "*", "record": other} for name in ("total", "part")
    ]
    good(batch(base, *edits))
    back = [edit | {"record": {name: FIGURE.get(name) for name in other}} for edit in edits]
    good(batch(base, *back[::-1]))
    assert base.json("/v1/figures/part")["version"] == 3


def test_a_withdrawn_part_holds_nothing_until_it_is_restored(base: Base) -> None:
    good(post(base, "total", **FIGURE), 201)
    good(post(base, "part", **FIGURE, part_of="total"), 201)
    good(base.write("DELETE", "/v1/figures/part?reason=x", If_Match="*"))
    good(patch(base, "total", measure="injured"))
    restored = base.write("POST", "/v1/figures/part/restore")
    assert refused(base, restored, PARTS) == [("/part_of", "/v1/figures/total")]
    good(patch(base, "total", measure="killed"))
    good(base.write("POST", "/v1/figures/part/restore"))


SOLE: Final = "one-preferred"
QUESTION: Final[Given] = FIGURE | {
    "population": {"role": ["guard", "detainee"], "sex": ["male"]},
    "scope": {"deaths": "direct"},
    "rank": "preferred",
}
SAME: Final[list[Given]] = [
    {},
    {"best": 7, "as_of_date": "2022-01-23"},
    {"claimant": "a"},
    {"population": {"sex": ["male"], "role": ["detainee", "guard"]}},
    {"unit": "persons", "method": "reported"},
    {"visibility": "restricted"},
    {"status": "disputed"},
]
OTHER: Final[list[Given]] = [
    {"incident": "j"},
    {"incident": None, "facility": "f"},
    {"measure": "injured"},
    {"unit": "families"},
    {"population": {"role": ["guard"], "sex": ["male"]}},
    {"population": {}},
    {"population": QUESTION["population"] | {"age_group": ["child"]}},
    {"scope": {}},
    {"scope": {"deaths": "direct", "includes_perpetrators": "yes"}},
    {"method": "projection"},
    {"rank": "normal"},
    {"rank": "deprecated"},
]


@pytest.mark.parametrize("members", SAME, ids=str)
def test_one_figure_a_question_is_preferred(base: Base, members: Given) -> None:
    good(post(base, "first", **QUESTION), 201)
    seq = base.store.seq()
    found = [("/rank", "/v1/figures/first")]
    assert refused(base, post(base, "second", **QUESTION | members), SOLE) == found
    assert base.store.seq() == seq
    good(post(base, "second", **QUESTION | members | {"rank": "normal"}), 201)
    assert refused(base, patch(base, "second", rank="preferred"), SOLE) == found
    good(patch(base, "first", rank="deprecated"))
    good(patch(base, "second", rank="preferred"))
    again = refused(base, patch(base, "first", rank="preferred"), SOLE)
    assert again == [("/rank", "/v1/figures/second")]
    good(patch(base, "second", notes="Still the only one."))


@pytest.mark.parametrize("members", OTHER, ids=str)
def test_another_question_has_its_own_preferred_figure(base: Base, members: Given) -> None:
    good(post(base, "first", **QUESTION), 201)
    good(post(base, "second", **QUESTION | members), 201)
    same = {name: QUESTION.get(name) for name in members} | {"rank": "preferred"}
    same |= {"population": QUESTION["population"] | {"age_group": None}}
    same |= {"scope": QUESTION["scope"] | {"includes_perpetrators": None}}
    moved = patch(base, "second", **same)
    assert refused(base, moved, SOLE) == [("/rank", "/v1/figures/first")]


def test_the_preference_changes_hands_in_one_go(base: Base) -> None:
    good(post(base, "first", **QUESTION), 201)
    second = {"op": "create", "record": {"id": "second", **QUESTION}}
    down = {"op": "patch", "id": "first", "if_match": "*", "record": {"rank": "normal"}}
    good(batch(base, second, down))
    third = {"op": "create", "record": {"id": "third", **QUESTION}}
    down |= {"id": "second"}
    fourth = {"op": "create", "record": {"id": "fourth", **QUESTION}}
    errors = problem(batch(base, down, third, fourth), 409)["errors"]
    assert {(error["index"], error["record"]) for error in errors} == {
        (1, "/v1/figures/fourth"),
        (2, "/v1/figures/third"),
    }


def test_a_withdrawn_preferred_figure_makes_room(base: Base) -> None:
    good(post(base, "first", **QUESTION), 201)
    good(base.write("DELETE", "/v1/figures/first?reason=x", If_Match="*"))
    good(post(base, "second", **QUESTION), 201)
    restored = base.write("POST", "/v1/figures/first/restore")
    assert refused(base, restored, SOLE) == [("/rank", "/v1/figures/second")]
    good(patch(base, "second", rank="normal"))
    good(base.write("POST", "/v1/figures/first/restore"))


def test_assertions_are_preferred_by_what_they_are_about(base: Base) -> None:
    def claim(name: str, **members: Any) -> Any:
        own = {"incident": "i", "predicate": "outcome", "value": "ongoing", "rank": "preferred"}
        return base.write("POST", "/v1/assertions", own | {"id": name} | members)

    good(claim("first", value="repelled"), 201)
    assert refused(base, claim("second"), SOLE) == [("/rank", "/v1/assertions/first")]
    good(claim("second", incident="j"), 201)
    good(claim("third", predicate="other"), 201)
    good(post(base, "figure", **QUESTION), 201)
