"""The laws of estimates, over generated claims that disagree in every way that they can.

The sets hold running counts, increments, counts of a moment, components, corrections,
retractions, repeats, old counts, all standpoints, open and missing bounds.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final
from unittest.mock import patch

import orjson
from hypothesis import given
from hypothesis import strategies as st

from incidents_api.estimates import (
    RULES,
    Bounds,
    Estimate,
    Figure,
    Question,
    Subject,
    casualties,
    estimates,
    headline,
)
from incidents_api.estimates.contradictions import contradicted, contradictions
from incidents_api.estimates.questions import filled_in, question
from tests.figures import BATTLE, FIRST, figure, population

DAYS: Final = [f"2022-01-{day}" for day in range(18, 28)]
ENDED: Final = Subject("incidents", "battle", FIRST, "2022-01-23")
SUBJECTS: Final = st.sampled_from([BATTLE, ENDED, Subject("facilities", "prison")])
TYPES: Final = {"is": "rebel_group", "police": "security_service"}
WORDS: Final = [
    "exactly {n}", "exactly {n}", "at least {n}", "more than {n}", "just over {n}", "up to {n}",
    "about {n}", "between {n} and {m}", "a few", "dozens", "many", "none", "not reported",
]  # fmt: skip
#: Bounds that are printed by themselves, and qualifiers that do not go with them.
PRINTED: Final[list[dict[str, Any]]] = [
    {"low": low, "best": best, "high": high, "qualifier": qualifier, "amount": amount}
    for low, best, high in [(3, 5, None), (None, 5, 9), (None, 5, None), (7, None, None),
                            (None, None, 9), (3, None, 9), (3, 5, 9)]
    for qualifier, amount in [(None, None), ("at_least", None), ("at_least", 8),
                              ("unknown_count", None)]
]  # fmt: skip
#: Whether every report counts.
EVERY: Final = st.booleans()
#: What may be said of whom, in which way.
QUESTIONS: Final[list[dict[str, Any]]] = [
    {},
    {},
    {},
    {"method": "coded"},
    {"scope": ("no", None)},
    {"population": population(actor="is")},
    {"population": population(actor="is", status="combatant")},
]
#: What sets a claim apart from others.
MARKS: Final[list[dict[str, Any]]] = [
    {},
    *({"stance": one} for one in ("party", "opposing_party", "media", "compiler", None)),
    *({"status": one} for one in ("disputed", "retracted", "refuted")),
    *({"rank": one} for one in ("preferred", "deprecated")),
    *({"credibility": one} for one in (1, 3, 6)),
    *({"reliability": one} for one in "ACF"),
    {"as_of_date": None},
    {"as_of_date": None, "said_at": None},
    {"said_at": "2022-01-24T10:00:00Z"},
    {"breakdown": "by_side", "breakdowns": (("by_side", True, True),)},
    {"breakdown": "by_sex", "breakdowns": (("by_sex", True, False), ("by_side", True, True))},
]
KINDS: Final = [None, "cumulative", "cumulative", "cumulative", "stock"]
LINKS: Final = ["derives_from", "supersedes", "part_of", "part_of"]


@st.composite
def claim(draw: st.DrawFn, name: str, earlier: Sequence[str]) -> Figure:
    """Draw a figure that may correct, repeat or be a part of earlier ones."""
    number, day = draw(st.integers(5, 60)), draw(st.sampled_from(DAYS))
    words = draw(st.sampled_from(WORDS)).format(n=number, m=number + 7)
    members: dict[str, Any] = {"by": draw(st.sampled_from("abcd")), "day": day}
    printed: list[dict[str, Any]] = [{}] * (2 * len(PRINTED))
    for several in (QUESTIONS, MARKS, MARKS, [*printed, *PRINTED]):
        members |= draw(st.sampled_from(several))
    kind = draw(st.sampled_from([*KINDS, DAYS[0], FIRST, DAYS[5]]))
    if kind in DAYS:
        members |= {"measure_kind": "incremental", "period_start": min(kind, day)}
        members |= {"period_end": draw(st.sampled_from([None, day]))}
    else:
        members["measure_kind"] = kind
    if earlier and (place := draw(st.integers(0, 3 * len(earlier)))) < len(earlier):
        members[draw(st.sampled_from(LINKS))] = earlier[place]
    return figure(name, words, **members)


@st.composite
def claims(draw: st.DrawFn, most: int = 6, prefix: str = "f") -> list[Figure]:
    """Draw the figures about one incident."""
    made: list[Figure] = []
    for place in range(draw(st.integers(1, most))):
        made.append(draw(claim(f"{prefix}{place}", [one.id for one in made])))
    return made


def answers(figures: Sequence[Figure], subject: Subject, **options: Any) -> dict[Any, Estimate]:
    """Return the estimates by question."""
    made = estimates(figures, subject, actor_types=TYPES, **options)
    return {one.question: one for one in made}


def in_order(bounds: Bounds | None) -> bool:
    """Return whether low <= best <= high, wherever given."""
    numbers = [] if bounds is None else [bounds.low, bounds.best, bounds.high]
    known = [number for number in numbers if number is not None]
    return all(lower <= upper for lower, upper in pairwise(known))


def unfit(figures: Sequence[Figure]) -> set[str]:
    """Return the ids of figures that may never count, read from the law word by word."""
    standing = [one for one in figures if one.status in ("active", "disputed")]
    corrected = {one.supersedes for one in standing}
    ids = {one.id for one in figures}
    return {
        one.id
        for one in figures
        if one.status in ("retracted", "refuted")
        or one.rank == "deprecated"
        or one.qualifier == "not_reported"
        or one.id in corrected
        or one.derives_from in ids
    }


@given(EVERY, claims(), SUBJECTS, st.sampled_from(sorted(RULES)))
def test_1_low_is_not_above_best_and_best_not_above_high(
    every: bool, figures: list[Figure], subject: Subject, rule: str
) -> None:
    for one in estimates(figures, subject, rule=rule, every=every, actor_types=TYPES):
        assert in_order(one.bounds)
        assert (one.best is None) == (one.best_basis is None)
        assert all(in_order(Bounds(s["low"], s["best"], None, s["high"]))
                   for s in one.by_stance.values())  # fmt: skip


@given(EVERY, claims(), SUBJECTS)
def test_2_what_does_not_stand_never_counts_and_is_told_with_the_reason(
    every: bool, figures: list[Figure], subject: Subject
) -> None:
    out = unfit(figures)
    made = answers(figures, subject, every=every)
    excluded: dict[str, str] = {}
    for one in made.values():
        assert not out & {*one.figures_used, *one.best_from}
        excluded |= dict(one.figures_excluded)
    assert out <= set(excluded)
    assert all(excluded.values())
    used = {name for one in made.values() for name in one.figures_used}
    assert used | set(excluded) == {one.id for one in figures}


@given(EVERY, claims(), SUBJECTS, st.sampled_from(["status", "rank", "derives_from"]))
def test_2_a_wild_number_that_does_not_stand_changes_nothing(
    every: bool, figures: list[Figure], subject: Subject, why: str
) -> None:
    fault = {"status": "retracted", "rank": "deprecated", "derives_from": figures[0].id}[why]
    wild = figure("wild", "900", by="a", day="2022-01-30", **{why: fault})
    before = answers(figures, subject, every=every)
    after = answers([*figures, wild], subject, every=every)
    for asked, one in before.items():
        assert (one.bounds, one.sensitivity) == (after[asked].bounds, after[asked].sensitivity)


@given(EVERY, claims(), SUBJECTS)
def test_2_a_compiler_never_counts_beside_a_primary_claim(
    every: bool, figures: list[Figure], subject: Subject
) -> None:
    by_id = {one.id: one for one in figures}
    for one in answers(figures, subject, every=every).values():
        # A compiler's component may speak through the total of a primary claimant.
        asked = [by_id[name] for name in one.figures_used if by_id[name].part_of not in by_id]
        stances = {each.stance == "compiler" for each in asked}
        assert len(stances) < 2


@given(EVERY, claims(), SUBJECTS)
def test_3_running_counts_are_never_added(
    every: bool, figures: list[Figure], subject: Subject
) -> None:
    running = [
        replace(one, measure_kind="cumulative")
        for one in figures
        if one.qualifier != "not_reported"
    ]
    printed = {n for one in running for n in (one.low, one.best, one.high, one.amount)}
    for rule in sorted(set(RULES) - {"median"}):
        for one in answers(running, subject, rule=rule, every=every).values():
            assert {one.best, one.high, one.low} <= printed | {None}


@given(
    st.integers(0, 90),
    st.integers(0, 9),
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 3), st.integers(0, 9)), max_size=6),
)
def test_3_increments_are_added_to_the_newest_running_count_if_they_start_after_it(
    count: int, at: int, steps: list[tuple[int, int, int]]
) -> None:
    days = [f"2022-02-{day:02}" for day in range(1, 29)]
    told = [figure("whole", str(count), by="m", day=days[at])]
    expected, free = count, at + 1
    for place, (gap, length, number) in enumerate(steps):
        first = gap if place == 0 else free + gap % 2
        last = min(first + length - 1, 27)
        if first > 27:
            break
        period = {"period_start": days[first], "period_end": days[last], "day": days[last]}
        told.append(figure(f"s{place}", str(number), by="m", measure_kind="incremental", **period))
        expected += number if first > at else 0
        free = max(free, last + 1)
    for rule in ("latest", "conservative", "informative", "median"):
        (one,) = estimates(told[::-1], BATTLE, rule=rule)
        assert (one.low, one.best, one.high) == (expected, expected, expected)


@given(EVERY, claims(), SUBJECTS, st.data())
def test_4_a_component_is_never_added_to_its_total(
    every: bool, figures: list[Figure], subject: Subject, data: st.DataObject
) -> None:
    printed = [one for one in figures if one.qualifier != "not_reported"]
    totals = [replace(one, part_of=None) for one in printed] or [figure("f0")]
    whole = data.draw(st.sampled_from(totals))
    part = figure("part", "900", by="a", day="2022-01-30", part_of=whole.id,
                  population=whole.population, method=whole.method, scope=whole.scope)  # fmt: skip
    before = answers(totals, subject, every=every)
    after = answers([*totals, part], subject, every=every)
    assert {asked: one.bounds for asked, one in before.items()} == {
        asked: one.bounds for asked, one in after.items()
    }
    assert "part" in dict(after[question(whole, TYPES)].figures_excluded)


@given(EVERY, claims(), claims(prefix="g"), SUBJECTS)
def test_5_figures_of_different_questions_are_never_merged(
    every: bool, figures: list[Figure], others: list[Figure], subject: Subject
) -> None:
    apart = [replace(one, measure="injured") for one in others]
    together = answers([*figures, *apart], subject, every=every)
    alone = answers(figures, subject, every=every) | answers(apart, subject, every=every)
    assert {k: v.told() for k, v in together.items()} == {k: v.told() for k, v in alone.items()}


@given(claims(), SUBJECTS)
def test_5_each_figure_answers_its_own_question(figures: list[Figure], subject: Subject) -> None:
    asked = {one.id: question(one, TYPES) for one in figures}
    by_id = {one.id: one for one in figures}
    for one in answers(figures, subject, every=True).values():
        direct = {name for name in one.figures_used if asked[name] == one.question}
        assert all(by_id[name].part_of in by_id for name in set(one.figures_used) - direct)
        assert {asked[name] for name, _ in one.figures_excluded} <= {one.question}
    assert {filled_in(each.population, TYPES) for each in figures} == {
        one.population for one in asked.values()
    }


@given(EVERY, claims(), SUBJECTS, st.randoms(use_true_random=False))
def test_8_the_order_in_which_figures_come_says_nothing(
    every: bool, figures: list[Figure], subject: Subject, random: Any
) -> None:
    shuffled = random.sample(figures, len(figures))
    told = [one.told() for one in estimates(figures, subject, every=every, actor_types=TYPES)]
    again = [one.told() for one in estimates(shuffled, subject, every=every, actor_types=TYPES)]
    assert orjson.dumps(told) == orjson.dumps(again)


@given(claims(), SUBJECTS)
def test_latest_is_a_number_that_somebody_said_or_a_sum_that_says_so(
    figures: list[Figure], subject: Subject
) -> None:
    said = {n for one in figures for n in (one.best, one.amount, one.low)}
    for one in answers(figures, subject).values():
        assert one.best is None or isinstance(one.best, int)
        if one.best_basis == "stated":
            assert one.best in {each.best for each in figures}
        if one.best_basis == "floor" and len(one.best_from) == 1:
            assert one.best in said


@given(EVERY, claims(), SUBJECTS)
def test_sensitivity_is_what_each_rule_answers(
    every: bool, figures: list[Figure], subject: Subject
) -> None:
    for rule in RULES:
        for one in answers(figures, subject, rule=rule, every=every).values():
            assert one.sensitivity[rule] == one.best
            assert 0 <= (one.disagreement or 0) < 1
            assert one.n_independent_claimants <= one.n_claimants <= one.n_figures


@given(EVERY, claims(), SUBJECTS)
def test_headlines_are_the_estimates_of_everybody(
    every: bool, figures: list[Figure], subject: Subject
) -> None:
    block = casualties(figures, subject, every=every)
    told = headline(figures, subject, every=every)
    assert list(told) == [name for name in block if name in told]
    everybody = [asked for asked in answers(figures, subject) if asked.of_everybody]
    assert bool(told) == any(_known(figures, subject, asked, every) for asked in everybody)
    for measure, rules in told.items():
        assert {name: in_order(bounds) for name, bounds in rules.items()} == dict.fromkeys(
            RULES, True
        )
        latest = rules["latest"]
        assert latest is not None
        assert block[measure] == block[measure] | latest.told()
        chosen = [asked for asked in everybody if asked.method == block[measure]["method"]]
        assert any(
            answers(figures, subject, every=every)[asked].bounds == latest for asked in chosen
        )


def _known(figures: Sequence[Figure], subject: Subject, asked: Question, every: bool) -> bool:
    return answers(figures, subject, every=every)[asked].bounds.known


@given(claims(), claims(prefix="g"))
def test_numbers_that_cannot_differ_are_passed_over_without_loss(
    some: list[Figure], others: list[Figure]
) -> None:
    about = ("incidents", "battle")
    found = contradictions([*some, *others], [], about, TYPES)
    apart = contradicted([*some, *others], about, TYPES)
    with patch("incidents_api.estimates.contradictions.may_differ", return_value=True):
        assert contradictions([*some, *others], [], about, TYPES) == found
        assert contradicted([*some, *others], about, TYPES) == apart
