"""Estimates by example: what counts of claims that disagree, and as what."""

from typing import Any

import pytest

from incidents_api.estimates import RULES, Estimate, Figure, Subject, estimates
from tests.conftest import Base
from tests.figures import BATTLE, FIRST, estimate, figure, increment, numbers, population


def best(*figures: Figure, **options: Any) -> dict[str, Any]:
    """Return the point value under each rule that has one."""
    told = estimate(*figures, **options).sensitivity
    return {name: value for name, value in told.items() if value is not None}


def reasons(*figures: Figure, **options: Any) -> dict[str, str]:
    """Return why figures are left out of the only question."""
    return dict(estimate(*figures, **options).figures_excluded)


def test_hundreds_and_more_than_800_have_no_middle() -> None:
    told = estimate(figure("monitor", "hundreds"), figure("raiders", "more than 800"))
    assert numbers(told) == (200, 800, "floor", 999, True)
    assert set(told.sensitivity.values()) == {800, None}


def test_a_party_s_count_does_not_stand_in_for_a_monitor_s_vague_word() -> None:
    raiders = figure("raiders", "more than 800", stance="party")
    told = estimate(figure("monitor", "hundreds"), raiders)
    assert numbers(told) == (200, None, None, 999, True)
    assert numbers(estimate(raiders)) == (800, 800, "floor", 800, True)


def test_12_and_up_to_50_is_12() -> None:
    told = figure("one", "12"), figure("other", "up to 50")
    assert set(best(*told).values()) == {12}
    assert numbers(estimate(*told, rule="conservative")) == (12, 12, "stated", 12, False)
    assert numbers(estimate(*told)) == (0, 12, "stated", 50, False)


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("by", ["monitor", "other"])
def test_84_in_all_and_22_on_one_day_is_84(by: str, every: bool) -> None:
    told = figure("whole", "84", by="monitor"), increment("day", "22", "2022-01-23", by=by)
    assert set(best(*told, every=every).values()) == {84}


def test_a_documented_count_and_a_statistical_estimate_are_two_answers() -> None:
    told = [figure("names", "84"), figure("model", "300", method="statistical_estimate")]
    answers = estimates(told, BATTLE, rule="median")
    assert [(one.question.method, one.best) for one in answers] == [
        ("reported", 84),
        ("statistical_estimate", 300),
    ]


def test_nine_tens_and_at_least_3_are_93_and_open() -> None:
    days = [increment(f"day-{day}", "10", f"2022-01-{day}", by="m") for day in range(20, 29)]
    told = estimate(*days, increment("tenth", "at least 3", "2022-01-29", by="m"))
    assert numbers(told) == (93, 93, "floor", 93, True)
    assert told.n_figures == len(told.best_from) == 10


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"status": "retracted"}, "retracted"),
        ({"status": "refuted"}, "refuted"),
        ({"rank": "deprecated"}, "deprecated"),
        ({"derives_from": "good"}, "repeats good"),
        ({"part_of": "good"}, "part of good, which asks the same"),
        ({"stance": "compiler"}, "compiled from reports, and a primary claim stands"),
    ],
    ids=str,
)
def test_what_does_not_stand_is_left_out_with_the_reason(
    members: dict[str, Any], reason: str
) -> None:
    told = figure("good", "12"), figure("bad", "500", **members)
    assert reasons(*told) == reasons(*told, every=True) == {"bad": reason}
    assert set(best(*told, every=True).values()) == {12}


def test_a_number_that_was_not_reported_is_left_out() -> None:
    told = estimate(figure("good", "12"), figure("bad", "not reported"))
    assert dict(told.figures_excluded) == {"bad": "not reported"}
    assert numbers(told) == (12, 12, "stated", 12, False)


def test_a_correction_counts_only_while_it_stands() -> None:
    old, new = figure("old", "12"), figure("new", "15", by="old", supersedes="old")
    assert reasons(old, new) == {"old": "superseded by new"}
    taken_back = figure("new", "15", by="old", supersedes="old", status="retracted")
    assert reasons(old, taken_back) == {"new": "retracted"}


def test_a_repeat_of_what_was_retracted_does_not_bring_it_back() -> None:
    told = estimate(figure("first", "12", status="retracted"), figure("echo", derives_from="first"))
    assert numbers(told) == (None, None, None, None, False)
    assert dict(told.figures_excluded) == {"echo": "repeats first", "first": "retracted"}


def test_a_compiler_counts_where_nobody_else_does() -> None:
    assert numbers(estimate(figure("ged", "31", stance="compiler")))[1] == 31


def test_only_a_claimant_s_latest_count_stands() -> None:
    early, late = figure("early", "332", by="m"), figure("late", "373", by="m", day="2022-01-24")
    assert numbers(estimate(early, late)) == (373, 373, "stated", 373, False)
    assert reasons(early, late) == {"early": "its claimant says later: late"}
    corrected = figure("said-later", "340", by="m", day="2022-01-23", said_at="2022-01-25")
    assert reasons(early, corrected) == {"early": "its claimant says later: said-later"}
    assert numbers(estimate(early, late, every=True)) == (332, 332, "stated", 373, False)


def test_an_observatory_s_count_grows_and_a_party_widens_it() -> None:
    told = [
        figure("first", "at least 136", by="observatory"),
        figure("second", "332", by="observatory", day="2022-01-29"),
        figure("third", "373", by="observatory", day="2022-01-30"),
        figure("party", "374", stance="party", day="2022-01-30"),
    ]
    assert numbers(estimate(*told[:3])) == (373, 373, "stated", 373, False)
    answer = estimate(*told)
    assert numbers(answer) == (373, 373, "stated", 374, False)
    assert answer.best_from == ("third",)
    assert answer.by_stance["party"]["best"] == 374


def test_later_increments_go_on_top_of_the_newest_running_count() -> None:
    told = [
        figure("whole", "84", by="m"),
        increment("before", "5", "2022-01-23", "2022-01-24", by="m"),
        increment("after", "3", "2022-01-24", by="m"),
        increment("again", "4", "2022-01-25", by="m"),
    ]
    answer = estimate(*told)
    assert numbers(answer) == (91, 91, "sum_of_parts", 91, False)
    assert answer.figures_used == ("after", "again", "whole")
    assert reasons(*told) == {"before": "begins before the end of what whole counts"}


def test_periods_that_overlap_are_not_added() -> None:
    told = [
        increment("week", "30", FIRST, "2022-01-26", by="m"),
        increment("day", "9", "2022-01-26", by="m"),
        increment("next", "2", "2022-01-27", by="m"),
    ]
    assert numbers(estimate(*told)) == (32, 32, "sum_of_parts", 32, False)
    assert reasons(*told) == {"day": "its period overlaps that of week"}


def test_a_period_without_an_end_goes_on_to_the_day_spoken_of() -> None:
    told = [
        increment("open", "30", FIRST, by="m", period_end=None, as_of_date="2022-01-23"),
        increment("day", "9", "2022-01-22", by="m"),
    ]
    assert reasons(*told) == {"day": "its period overlaps that of open"}


def test_increments_that_do_not_start_with_the_incident_are_a_floor() -> None:
    alone = increment("day", "22", "2022-01-23")
    assert numbers(estimate(alone)) == (22, None, None, 22, True)
    from_the_start = increment("day", "22", FIRST, "2022-01-23")
    assert numbers(estimate(from_the_start)) == (22, 22, "stated", 22, False)
    prison = Subject("facilities", "prison")
    assert numbers(estimate(from_the_start, subject=prison)) == (22, None, None, 22, True)


def test_a_count_that_others_left_behind_is_stale_while_the_incident_goes_on() -> None:
    old, new = figure("old", "40"), figure("new", "90", day="2022-01-25")
    answer = estimate(old, new)
    assert numbers(answer) == (90, 90, "stated", 90, False)
    assert (answer.figures_stale, answer.figures_used) == (("old",), ("new", "old"))
    assert numbers(estimate(figure("old", "400"), new))[3] == 400
    ended = Subject("incidents", "battle", FIRST, "2022-01-23")
    assert numbers(estimate(old, new, subject=ended))[:2] == (40, 40)
    assert estimate(figure("old", "40", day="2022-01-24"), new).figures_stale == ()
    first = figure("first", day="0001-01-01")
    assert estimate(first, figure("same", day="0001-01-01")).figures_stale == ()


def test_what_is_held_at_a_moment_does_not_grow_old() -> None:
    told = [figure(name, "40", measure="held", measure_kind="stock", day=day)
            for name, day in (("a", "2022-01-20"), ("b", "2022-01-25"))]  # fmt: skip
    assert estimate(*told).figures_stale == ()


def test_a_claim_without_a_day_is_judged_by_the_day_it_was_said() -> None:
    told = figure("undated", "40", as_of_date=None, said_at="2022-01-21T10:00:00Z")
    assert estimate(told, figure("new", "90", day="2022-01-25")).figures_stale == ("undated",)


def test_latest_follows_the_preferred_then_the_best_judged_then_the_lower_median() -> None:
    told = [figure("a", "10"), figure("b", "20"), figure("c", "30"), figure("d", "40")]
    assert numbers(estimate(*told))[1] == 20
    reliable = figure("d", "40", reliability="B"), figure("e", "50", reliability="F")
    assert numbers(estimate(*told[:3], *reliable))[1] == 40
    credible = figure("c", "30", credibility=2), figure("f", "60", credibility=6)
    assert numbers(estimate(*told[:2], *reliable, *credible))[1] == 30
    assert numbers(estimate(*told, *credible[1:], figure("g", "25", rank="preferred")))[1] == 25


def test_some_says_that_there_were_and_nothing_of_how_many() -> None:
    assert numbers(estimate(figure("witness", "many"))) == (1, None, None, None, False)
    told = estimate(figure("witness", "many"), figure("monitor", "12"))
    assert numbers(told) == (1, 12, "stated", 12, False)


def test_some_is_more_than_none() -> None:
    old = figure("none", "none", day="2022-01-20")
    told = estimate(old, figure("witness", "many", day="2022-01-24"))
    assert numbers(told) == (1, None, None, 1, False)


def test_a_floor_is_the_printed_amount_and_only_where_nobody_states_a_number() -> None:
    assert numbers(estimate(figure("a", "just over 100"))) == (100, 100, "floor", 119, False)
    told = estimate(figure("a", "at least 100"), figure("b", "about 140"))
    assert numbers(told) == (100, 140, "stated", 145, True)


def test_the_mode_and_the_bounds_of_those_who_give_it() -> None:
    told = [figure("a", "10"), figure("b", "12"), figure("c", "about 12"), figure("d", "50")]
    answer = estimate(*told, rule="representative")
    assert numbers(answer) == (11, 12, "stated", 13, False)
    assert (answer.no_mode, answer.disagreement) == (False, 0.5)
    lowest = estimate(*told[:2], told[3], rule="representative")
    assert (lowest.best, lowest.no_mode, lowest.disagreement) == (10, True, 0.6667)
    assert not estimate(told[0], rule="representative").no_mode


def test_the_median_may_be_a_half_and_says_so() -> None:
    answer = estimate(figure("a", "10"), figure("b", "about 13"), rule="median")
    assert numbers(answer) == (11, 11.5, "median", 12, False)
    odd = estimate(figure("a", "10"), figure("b", "13"), figure("c", "14"), rule="median")
    assert numbers(odd)[1:3] == (13, "stated")


def test_what_editors_prefer_is_stale_once_its_claimant_says_more() -> None:
    choice, other = figure("a", "12", rank="preferred"), figure("b", "30")
    answer = estimate(choice, other, rule="preferred")
    assert (numbers(answer), answer.stale) == ((12, 12, "stated", 12, False), False)
    more = figure("later", "20", by="a", day="2022-01-24")
    answer = estimate(choice, more, other, rule="preferred")
    assert (answer.best, answer.stale) == (12, True)
    assert numbers(estimate(other, rule="preferred")) == (None, None, None, None, False)


def test_the_population_is_filled_in_from_its_actor() -> None:
    fighters = figure("a", "84", population=population(actor="is"))
    combatants = figure("b", "90", population=population(actor="is", status="combatant"))
    assert len(estimates([fighters, combatants], BATTLE)) == 2
    (answer,) = estimates([fighters, combatants], BATTLE, actor_types={"is": "rebel_group"})
    assert answer.question.told()["population"]["status"] == ["combatant"]


def test_claimants_are_counted_once_and_repeats_are_not_independent() -> None:
    told = [
        figure("a", "12", sources=("x", "y")),
        figure("b", "12", derives_from="not-in-view", sources=("y", "z")),
    ]
    answer = estimate(*told)
    assert (answer.n_claimants, answer.n_independent_claimants, answer.n_sources) == (2, 1, 3)


@pytest.fixture(scope="module")
def battle(sample: Base) -> list[Estimate]:
    """The estimates of the battle for the prison of Hasakah, by rule."""
    path = "/v1/figures?incident=hasakah-prison-battle-2022&limit=1000"
    told = [Figure.of(shown) for shown in sample.json(path)["data"]]
    actors = sample.json("/v1/actors?limit=1000")["data"]
    types = {one["id"]: one["actor_type"] for one in actors}
    subject = Subject("incidents", "hasakah-prison-battle-2022", "2022-01-20", None)
    return [one for rule in RULES for one in estimates(told, subject, rule=rule, actor_types=types)]


def test_hasakah_killed_is_136_and_adds_up(battle: list[Estimate]) -> None:
    killed = battle[0]
    assert numbers(killed) == (136, 136, "floor", 136, True)
    (parts,) = killed.breakdowns
    assert [part["best"] for part in parts["parts"]] == [7, 45, 84]
    assert (parts["sum"]["best"], parts["adds_up"]) == (136, True)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("latest", (200, None, None, 999, True)),
        ("envelope", (200, None, None, 999, True)),
        ("conservative", (800, 800, "floor", 800, True)),
        ("informative", (800, 800, "floor", 800, True)),
        ("representative", (800, 800, "floor", 800, True)),
        ("median", (800, 800, "floor", 800, True)),
        ("preferred", (None, None, None, None, False)),
    ],
)
def test_hasakah_escaped_is_as_the_docs_tell_for_each_rule(
    rule: str, expected: Any, battle: list[Estimate]
) -> None:
    (escaped,) = (one for one in battle if one.rule == rule and one.question.measure == "escaped")
    assert numbers(escaped) == expected
    assert escaped.n_independent_claimants == 2
    assert escaped.figures_used == ("hasakah-escaped-is", "hasakah-escaped-sohr")
