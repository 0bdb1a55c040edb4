"""The rules by which claims contradict each other, on claims made by hand."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents_api.estimates.contradictions import (
    OPPOSED_OUTCOMES,
    contradicted,
    contradictions,
)
from incidents_api.estimates.figures import Assertion, Figure
from incidents_api.estimates.findings import KINDS, Contradiction
from incidents_api.model.vocabularies import vocabularies
from tests.saying import BATTLE, DAY, assertion, figure, people

ACTORS = {"is": "rebel_group", "sdf": "rebel_group", "army": "state_forces"}
WORDS = {"coding_rule": "words-1"}
CODERS = {"coding_rule": "acled-1"}


def found(*claims: Figure | Assertion) -> list[Contradiction]:
    figures = [claim for claim in claims if isinstance(claim, Figure)]
    said = [claim for claim in claims if isinstance(claim, Assertion)]
    return contradictions(figures, said, BATTLE, ACTORS)


def told(*claims: Figure | Assertion) -> list[tuple[str, str, str]]:
    return [
        (one.kind, one.strength, " ".join(claim.id for claim in one.claims))
        for one in found(*claims)
    ]


TEN = figure("ten", "sohr", 10, 10)
NUMERIC: list[tuple[Figure, list[tuple[str, str, str]]]] = [
    (figure("x", "is", 20, 30), [("numeric", "printed", "ten x")]),
    (figure("x", "is", 20), [("numeric", "printed", "ten x")]),
    (figure("x", "is", 1, 3), [("numeric", "printed", "x ten")]),
    (figure("x", "is", 10, 30), []),
    (figure("x", "is", None), []),
    (figure("x", "is", None, 9), [("numeric", "printed", "x ten")]),
    (figure("x", "sohr", 20), []),
    (figure("x", ":a resident", 20), [("numeric", "printed", "ten x")]),
    (figure("x", "is", 20, 99, qualifier="tens", **WORDS), [("numeric", "coded", "ten x")]),
    (figure("x", "is", 20, amount=20, **WORDS), [("numeric", "printed", "ten x")]),
    (figure("x", "is", 0, 0, qualifier="none", **WORDS), [("numeric", "printed", "x ten")]),
    (figure("x", "is", 0, 9, amount=10, **WORDS), [("numeric", "coded", "x ten")]),
    (figure("x", "is", 12, amount=12, best=12, **CODERS), [("numeric", "coded", "ten x")]),
    (figure("x", "is", 13, 13, amount=13, **CODERS), [("numeric", "printed", "ten x")]),
    (figure("x", "is", 0, amount=0, best=0, **CODERS), []),
    (figure("x", "is", 20, measure="injured"), []),
    (figure("x", "is", 20, unit="families"), []),
    (figure("x", "is", 20, method="statistical_estimate"), []),
    (figure("x", "is", 20, scope=("yes", None)), []),
    (figure("x", "is", 20, population=people(status="civilian")), [("arithmetic",) * 3]),
    (figure("x", "is", 20, measure_kind=None), [("numeric", "printed", "ten x")]),
    (figure("x", "is", 20, measure_kind="stock"), []),
    (figure("x", "is", 20, measure_kind="incremental", period_start=DAY), []),
    (figure("x", "is", 20, as_of_date="2022-01-24"), []),
    (figure("x", "is", 20, as_of_date="2022-01-24", as_of_prec=2), [("numeric",) * 3]),
    (figure("x", "is", 20, as_of_date=None), [("numeric", "printed", "ten x")]),
    (figure("x", "is", 20, as_of_date=None, said_at="2022-01-24T07:00:00Z"), []),
    (figure("x", "is", 20, as_of_date=None, said_at=None), []),
    (figure("x", "is", 20, status="disputed"), [("numeric", "printed", "ten x")]),
    (figure("x", "is", 20, status="retracted"), []),
    (figure("x", "is", 20, status="refuted"), []),
    (figure("x", "is", 20, rank="deprecated"), []),
    (figure("x", "is", 20, derives_from="ten"), []),
    (figure("x", "is", 20, subject=("incidents", "other")), []),
]


@pytest.mark.parametrize(("other", "expected"), NUMERIC, ids=map(str, range(len(NUMERIC))))
def test_ranges_of_one_question_and_day_must_touch(
    other: Figure, expected: list[tuple[str, str, str]]
) -> None:
    if expected and expected[0][0] == expected[0][1]:
        assert [one.kind for one in found(TEN, other)] == [expected[0][0]]
    else:
        assert told(TEN, other) == expected


def test_only_what_each_claimant_said_last_is_compared() -> None:
    old = figure("old", "is", 50, as_of_date="2022-01-22")
    assert told(replace(TEN, as_of_date="2022-01-22"), old) == [("numeric", "printed", "ten old")]
    new = figure("new", "is", 60, as_of_date="2022-01-24")
    assert told(replace(TEN, as_of_date="2022-01-22"), old, new) == []


def test_what_is_corrected_contradicts_nothing_unless_its_correction_is_withdrawn() -> None:
    wrong = figure("wrong", "is", 20)
    right = figure("right", "is", 10, 12, supersedes="wrong")
    assert told(TEN, wrong, right) == []
    assert told(TEN, wrong, replace(right, status="retracted")) == [
        ("numeric", "printed", "ten wrong")
    ]


def test_what_an_actor_implies_of_people_makes_the_same_question() -> None:
    one = figure("one", "sohr", 5, 5, population=people(actor="is"))
    other = figure("other", "sdf", 9, 9, population=people(actor="is", status="combatant"))
    assert told(one, other) == [("numeric", "printed", "one other")]


def test_a_count_that_grows_is_no_revision_and_one_that_falls_is() -> None:
    counts = [(20, 136, None), (21, 332, 332), (22, 373, 373)]
    said = [figure(f"d{d}", "sohr", a, b, as_of_date=f"2022-01-{d}") for d, a, b in counts]
    assert told(*said) == []
    falls = figure("d24", "sohr", 100, 120, as_of_date="2022-01-24")
    assert told(*said, falls) == [("revision", "printed", "d22 d24")]
    assert "a count since the beginning does not fall" in found(*said, falls)[0].words
    for kind in ("stock", "incremental"):
        assert told(*(replace(each, measure_kind=kind) for each in (*said, falls))) == []
    same_day = replace(falls, as_of_date="2022-01-22", said_at="2022-01-25")
    assert told(*said, same_day) == [("revision", "printed", "d22 d24")]
    assert told(said[0], said[1], replace(falls, supersedes="d21")) == [
        ("revision", "printed", "d20 d24")
    ]


TOTAL = figure("total", "sohr", 136, breakdowns=(("by_side", True, True),))


def part(name: str, low: int | None, high: int | None, /, **more: Any) -> Figure:
    given = {"part_of": "total", "breakdown": "by_side", "population": people(actor=name)}
    return figure(name, "sohr", low, high, **{**given, **more})


@pytest.mark.parametrize(
    ("total", "parts", "expected"),
    [
        (TOTAL, [(84, 84), (45, 45), (7, 7)], ""),
        (TOTAL, [(84, 84), (45, 45), (6, 6)], "more"),
        (TOTAL, [(84, 84), (45, None), (6, 6)], ""),
        (TOTAL, [(84, 84), (None, None), (6, 6)], ""),
        (replace(TOTAL, high=140), [(84, 84), (45, None), (12, 12)], "less"),
        (replace(TOTAL, high=140), [(84, 84), (145, 145)], "part"),
        (replace(TOTAL, breakdowns=(("by_side", True, False),)), [(84, 84), (45, 45)], ""),
        (
            replace(TOTAL, high=140, breakdowns=(("by_side", False, True),)),
            [(84, 84), (84, 84)],
            "",
        ),
        (replace(TOTAL, breakdowns=()), [(84, 84), (45, 45)], ""),
    ],
)
def test_parts_go_with_their_total(
    total: Figure, parts: list[tuple[int | None, int | None]], expected: str
) -> None:
    some = [part(f"p{place}", *bounds) for place, bounds in enumerate(parts)]
    words = [one.words for one in found(total, *some)]
    assert [one.kind for one in found(total, *some)] == ["arithmetic"] * bool(expected)
    assert all(expected in told for told in words)


def test_parts_of_parts_stand_in_where_nobody_gave_a_number() -> None:
    nested = (("by_unit", True, True),)
    middle = part("middle", None, None, qualifier="not_reported", breakdowns=nested)
    leaves = [part(n, 60, 60, part_of="middle", breakdown="by_unit") for n in ("a", "b")]
    other = part("other", 30, 30)
    assert told(replace(TOTAL, high=150), middle, other, *leaves) == []
    assert told(replace(TOTAL, high=149), middle, other, *leaves) == [
        ("arithmetic", "printed", "total a b other")
    ]
    above = replace(leaves[0], low=200, high=200)
    assert told(replace(TOTAL, high=150), middle, above) == [("arithmetic", "printed", "total a")]


def test_a_later_part_may_be_above_an_earlier_total() -> None:
    late = part("late", 200, 200, as_of_date="2022-01-25")
    assert told(replace(TOTAL, high=140), late) == []
    early = replace(late, as_of_date="2022-01-20")
    assert told(replace(TOTAL, high=140), early) == [("arithmetic", "printed", "total late")]
    held = replace(TOTAL, high=140, measure_kind="stock")
    assert told(held, replace(early, measure_kind="stock")) == []


def test_parts_about_another_incident_count_too() -> None:
    total = replace(TOTAL, high=136)
    here, there = part("here", 100, 100), part("there", 36, 36, subject=("incidents", "raid"))
    assert told(total, here, there) == []
    assert told(total, here) == [("arithmetic", "printed", "total here")]


def test_a_party_s_part_above_the_monitor_s_whole() -> None:
    whole = figure("whole", "sohr", 373, 373)
    dead = figure("dead", "sdf", 374, 374, population=people(actor="is", role="attacker"))
    assert told(whole, dead) == [("arithmetic", "printed", "whole dead")]
    assert told(whole, replace(dead, scope=("yes", None))) == []
    assert told(whole, replace(dead, as_of_date="2022-01-24")) == []
    own = replace(dead, speaks="actors/sohr", claimant="sohr")
    assert told(whole, own) == []
    wide = replace(whole, population=people(actor="is sdf"))
    assert told(wide, dead) == [("arithmetic", "printed", "whole dead")]
    assert told(replace(wide, population=people(actor="army")), dead) == []


def outcome(name: str, claimant: str, value: str, **more: Any) -> Assertion:
    return assertion(name, claimant, "outcome", value, **more)


def test_opposed_assertions() -> None:
    yes, no = (assertion(v, c, "event_occurred", v) for v, c in (("yes", "is"), ("no", "sdf")))
    assert told(yes, no) == [("assertion", "printed", "yes no")]
    assert told(yes, replace(no, predicate="threat_persists")) == []
    assert told(yes, replace(no, value="perhaps")) == []
    assert told(yes, replace(no, speaks=yes.speaks)) == []
    assert told(yes, replace(no, as_of_date="2022-01-29")) == []
    assert told(yes, replace(no, as_of_date="2022-01-29", as_of_prec=3)) != []
    assert told(yes, replace(no, status="refuted")) == []
    assert told(outcome("a", "is", "facility_overrun"), outcome("b", "sdf", "repelled")) != []
    assert told(outcome("a", "is", "facility_overrun"), outcome("b", "sdf", "ongoing")) == []
    place = [assertion(n, n, "event_location", n) for n in ("repelled", "ongoing")]
    assert told(*place) == []


def test_opposed_outcomes_are_terms_of_the_vocabulary() -> None:
    terms = set(vocabularies()["outcome"].codes)
    assert all(len(pair) == 2 and pair <= terms for pair in OPPOSED_OUTCOMES)


def test_a_declared_contradiction_needs_both_claims_to_stand() -> None:
    declared = (("figures", "ten", "The matter was closed."),)
    closed = assertion("closed", "sdf", "escapees_recaptured", "yes", contradicts=declared)
    assert told(TEN, closed) == [("declared", "printed", "closed ten")]
    assert found(TEN, closed)[0].words.endswith("The matter was closed.")
    assert told(closed) == []
    assert told(replace(TEN, status="retracted"), closed) == []
    assert told(TEN, replace(closed, rank="deprecated")) == []
    elsewhere = replace(TEN, subject=("incidents", "raid"))
    assert found(elsewhere, closed)[0].subjects == (BATTLE, ("incidents", "raid"))
    both = replace(TEN, contradicts=(("assertions", "closed", "It went on."),))
    assert len(found(both, closed)) == 1


BOUNDS = st.one_of(
    st.tuples(st.integers(0, 5), st.integers(5, 9)),
    st.tuples(st.integers(0, 9), st.none()),
    st.tuples(st.none(), st.integers(0, 9)),
)
SAID = st.tuples(
    st.sampled_from(["is", "sdf", "sohr"]),
    BOUNDS,
    st.sampled_from(["2022-01-22", DAY]),
    st.sampled_from(["killed", "injured"]),
    st.sampled_from(["active", "retracted", "refuted"]),
)


@given(st.lists(SAID, max_size=6))
def test_what_holds_of_all_contradictions(said: list[Any]) -> None:
    claims = [
        figure(f"f{place}", who, *bounds, as_of_date=day, measure=measure, status=status)
        for place, (who, bounds, day, measure, status) in enumerate(said)
    ]
    made = found(*claims)
    assert {one.id for one in made} == {one.id for one in found(*reversed(claims))}
    for one in made:
        assert one.kind in KINDS
        assert all(claim.status == "active" for claim in one.claims)
        assert (len(set(one.claimants)) == 1) == (one.kind == "revision")
        lower, upper = sorted(one.claims, key=lambda claim: claim.high or 10)  # type: ignore[attr-defined]
        assert lower.high < upper.low  # type: ignore[attr-defined]
    numeric = {claim.id for one in made if one.kind == "numeric" for claim in one.claims}
    assert contradicted(claims, BATTLE, ACTORS) == numeric


def test_the_name_does_not_depend_on_the_order() -> None:
    names = {found(*some)[0].id for some in permutations([TEN, figure("x", "is", 20)])}
    assert len(names) == 1
