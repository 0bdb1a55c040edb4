"""Totals and parts, headlines and sums: examples."""

from typing import Any

import pytest

from incidents_api.estimates import UNKNOWN, Bounds, Figure, casualties, estimates, headline, total
from tests.figures import BATTLE, estimate, figure, numbers, population

ALL_OF_THEM = (("by_side", True, True),)
SOME_OF_THEM = (("by_side", True, False),)
OVERLAPPING = (("by_side", False, False),)


def part(name: str, words: str, **members: Any) -> Figure:
    """Return a part of ``whole``: those of one side."""
    side = population(actor=name)
    return figure(name, words, **{"part_of": "whole", "breakdown": "by_side"} | members,
                  population=side, by="m")  # fmt: skip


PARTS = (part("attackers", "84"), part("guards", "45"), part("residents", "7"))


def of_everybody(*figures: Figure, **options: Any) -> Any:
    """Return the estimate of how many were killed in all."""
    (answer,) = (one for one in estimates(figures, BATTLE, **options) if one.question.of_everybody)
    return answer


@pytest.mark.parametrize(
    ("words", "breakdowns", "adds_up"),
    [
        ("at least 136", ALL_OF_THEM, True),
        ("136", ALL_OF_THEM, True),
        ("150", ALL_OF_THEM, False),
        ("120", ALL_OF_THEM, False),
        ("more than 150", ALL_OF_THEM, False),
        ("hundreds", SOME_OF_THEM, True),
        ("150", SOME_OF_THEM, True),
        ("120", SOME_OF_THEM, False),
        ("120", OVERLAPPING, None),
    ],
)
def test_parts_are_held_against_their_total(
    words: str, breakdowns: Any, adds_up: bool | None
) -> None:
    whole = figure("whole", words, by="m", breakdowns=breakdowns)
    answer = of_everybody(whole, *PARTS)
    assert [one["adds_up"] for one in answer.breakdowns] == [adds_up]
    assert numbers(answer) == numbers(estimate(whole))


def test_each_breakdown_is_told_and_parts_of_none_are_not_added() -> None:
    whole = figure("whole", "136", by="m", breakdowns=(("by_sex", True, True), *ALL_OF_THEM))
    stray = part("stray", "9", breakdown=None)
    answer = of_everybody(whole, *PARTS, stray)
    told = [(one["name"], len(one["parts"]), one["adds_up"]) for one in answer.breakdowns]
    assert told == [("by_side", 3, True), (None, 1, None)]
    assert answer.breakdowns[1]["sum"] is None


@pytest.mark.parametrize(
    ("breakdowns", "expected"),
    [
        (ALL_OF_THEM, (136, 136, "sum_of_parts", 136, False)),
        (SOME_OF_THEM, (136, 136, "floor", 136, True)),
        (OVERLAPPING, (84, 84, "floor", 84, True)),
        ((), (84, 84, "floor", 84, True)),
    ],
)
def test_parts_stand_in_for_a_total_that_nobody_printed(breakdowns: Any, expected: Any) -> None:
    whole = figure("whole", "not reported", by="m", breakdowns=breakdowns)
    answer = of_everybody(whole, *PARTS)
    assert numbers(answer) == expected
    assert dict(answer.figures_excluded) == {"whole": "not reported: its parts stand in for it"}
    assert answer.n_claimants == 1


def test_the_breakdown_that_says_most_stands_in() -> None:
    whole = figure("whole", "not reported", by="m", breakdowns=(("by_sex", True, False),
                                                                *ALL_OF_THEM))  # fmt: skip
    women, men = (part(name, "90", breakdown="by_sex") for name in ("women", "men"))
    told = of_everybody(whole, women, men, *PARTS)
    assert numbers(told) == (136, 136, "sum_of_parts", 136, False)
    assert told.n_figures == 3


@pytest.mark.parametrize(
    ("third", "expected"),
    [
        ("at least 7", (136, 136, "floor", 136, True)),
        ("a few", (132, None, None, 138, False)),
        ("many", (130, None, None, 130, True)),
    ],
)
def test_a_sum_is_no_surer_than_its_parts(third: str, expected: Any) -> None:
    whole = figure("whole", "not reported", by="m", breakdowns=ALL_OF_THEM)
    assert numbers(of_everybody(whole, *PARTS[:2], part("residents", third))) == expected


@pytest.mark.parametrize("third", [{"status": "retracted"}, {"rank": "deprecated"}, {}], ids=str)
def test_without_a_part_the_sum_is_a_floor(third: dict[str, Any]) -> None:
    whole = figure("whole", "not reported", by="m", breakdowns=ALL_OF_THEM)
    gone = part("residents", "7" if third else "not reported", **third)
    assert numbers(of_everybody(whole, *PARTS[:2], gone)) == (129, 129, "floor", 129, True)


def test_a_corrected_part_counts_once() -> None:
    whole = figure("whole", "not reported", by="m", breakdowns=ALL_OF_THEM)
    fresh = part("more-residents", "9", supersedes="residents")
    expected = (138, 138, "sum_of_parts", 138, False)
    assert numbers(of_everybody(whole, *PARTS, fresh)) == expected


def test_parts_of_parts_are_added_once() -> None:
    whole = figure("whole", "not reported", by="m", breakdowns=ALL_OF_THEM)
    guards = part("guards", "not reported", breakdowns=(("by_unit", True, True),))
    units = [
        part(name, words, part_of="guards", breakdown="by_unit")
        for name, words in (("prison", "40"), ("police", "5"))
    ]
    answer = of_everybody(whole, PARTS[0], guards, *units, PARTS[2])
    assert numbers(answer) == (136, 136, "sum_of_parts", 136, False)
    assert "guards" not in answer.figures_used


def test_a_sum_of_parts_is_its_claimant_s_figure_for_that_day() -> None:
    whole = figure("whole", "not reported", by="m", breakdowns=ALL_OF_THEM)
    later = figure("later", "150", by="m", day="2022-01-24")
    answer = of_everybody(whole, *PARTS, later)
    assert numbers(answer) == (150, 150, "stated", 150, False)
    assert dict(answer.figures_excluded) == {"whole": "its claimant says later: later"}


def test_days_of_an_incident_are_no_answer_of_their_own() -> None:
    """Parts that ask what their total asks count only through it."""
    whole = figure("whole", "not reported", by="m", breakdowns=(("by_day", True, True),))
    days = [figure(name, "40", by="m", part_of="whole", breakdown="by_day") for name in "ab"]
    assert numbers(estimate(whole, *days)) == (80, 80, "sum_of_parts", 80, False)
    printed = figure("whole", "at least 70", by="m", breakdowns=(("by_day", True, True),))
    assert numbers(estimate(printed, *days)) == (70, 70, "floor", 70, True)


def test_casualties_are_told_under_every_rule() -> None:
    told = casualties([figure("a", "12"), figure("b", "at least 20", status="disputed")], BATTLE)
    assert list(told) == ["rule", "disputed", "killed", "injured"]
    assert (told["injured"], told["disputed"]) == (None, True)
    killed = told["killed"]
    members = ["low", "best", "best_basis", "high", "high_open", "n_claimants", "disputed"]
    assert list(killed) == [*members, "method", "rules"]
    assert [killed[name] for name in members] == [12, 12, "stated", 20, True, 2, True]
    assert killed["rules"]["preferred"] is None
    assert killed["rules"]["conservative"] == {
        "low": 12, "best": 12, "best_basis": "stated", "high": 12, "high_open": False
    }  # fmt: skip


def test_casualties_are_those_of_everybody_in_persons() -> None:
    narrow = [
        figure("civilians", "12", population=population(status="civilian")),
        figure("families", "3", unit="families"),
        figure("gone", "9", status="retracted"),
    ]
    assert headline(narrow, BATTLE) == {}
    other = figure("missing", "4", measure="missing")
    assert list(casualties([*narrow, other], BATTLE)) == [
        "rule", "disputed", "killed", "injured", "missing"
    ]  # fmt: skip


def test_a_contradicted_figure_makes_its_measure_disputed() -> None:
    told = [figure("a", "12"), figure("b", "3", measure="injured")]
    block = casualties(told, BATTLE, contradicted=frozenset({"b"}))
    assert [block["disputed"], block["killed"]["disputed"], block["injured"]["disputed"]] == [
        True,
        False,
        True,
    ]


def test_the_headline_takes_one_way_of_asking_and_never_a_mixture() -> None:
    ways = [
        figure("a", "1", method="projection"),
        figure("b", "2", method="statistical_estimate"),
        figure("c", "3", method="coded"),
        figure("d", "4", method="individually_documented"),
        figure("e", "5", scope=("no", None)),
    ]
    for last in range(1, 5):
        (each,) = headline(ways[:last], BATTLE).values()
        assert each["median"] == Bounds(last, last, "stated", last)
        assert casualties(ways[:last], BATTLE)["killed"]["method"] == ways[last - 1].method
    assert casualties(ways, BATTLE)["killed"]["best"] == 4
    assert casualties([ways[0], ways[4]], BATTLE)["killed"]["best"] == 1
    assert casualties([ways[4]], BATTLE)["killed"]["best"] == 5


def test_a_method_without_a_standing_claim_does_not_hide_the_next() -> None:
    told = [figure("a", "5", status="refuted"), figure("b", "7", method="coded")]
    assert casualties(told, BATTLE)["killed"]["method"] == "coded"


def test_sums_add_what_is_known_and_count_what_is_not() -> None:
    tens = [Bounds(10, 10, "stated", 10)] * 9
    added = total([*tens, Bounds(3, 3, "floor", 3, high_open=True)])
    assert added == (93, 93, 93, 10, 0, 1, 0)
    vague = [Bounds(1), Bounds(20, None, None, 99), None, UNKNOWN]
    assert total([*tens, *vague]) == (111, 90, 189, 11, 2, 1, 2)
    assert total([Bounds(1, 1.5, "median", 2), Bounds(2, 2, "stated", 2)]).best == 3.5
    halves = total([Bounds(1, 1.5, "median", 2.5)] * 2)
    assert [str(number) for number in halves[:3]] == ["2", "3", "5"]
    assert total([None, UNKNOWN]) == (None, None, None, 0, 0, 0, 2)
    assert total([]) == (None, None, None, 0, 0, 0, 0)


def test_those_killed_in_one_circumstance_are_no_answer_to_how_many_were_killed() -> None:
    said = [figure("all", "at least 136"), figure("some", "10", circumstance="execution")]
    whole, executed = estimates(said, BATTLE)
    assert (whole.question.circumstance, whole.best) == (None, 136)
    assert (executed.question.circumstance, executed.best) == ("execution", 10)
    assert casualties(said, BATTLE)["killed"]["best"] == 136
    # Where nobody says more, they are what is known to have been killed.
    assert casualties(said[1:], BATTLE)["killed"]["best"] == 10
