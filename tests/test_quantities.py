"""How printed words bound a number."""

from contextlib import suppress
from typing import Any, Final

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from incidents_api.model import RESOURCES, coders, quantities
from incidents_api.model.quantities import Bounds, Reading
from tests.conftest import Base

Bound = int | None
FIGURE: Final = RESOURCES["figures"]

#: Every row of the table: the qualifier, low, best, high, the English words, the Dutch words.
TABLE: Final[list[tuple[str, Bound, Bound, Bound, list[str], list[str]]]] = [
    (
        "exact",
        84,
        84,
        84,
        ["84", "exactly 84", "eighty-four"],
        ["84", "precies 84", "vierentachtig"],
    ),
    (
        "at_least",
        136,
        None,
        None,
        ["at least 136", "no fewer than 136"],
        ["ten minste 136", "minstens 136", "zeker 136"],
    ),
    (
        "more_than",
        800,
        None,
        None,
        ["more than 800", "over 800", "well over 800"],
        ["meer dan 800", "ruim 800"],
    ),
    ("just_over", 801, None, 899, ["just over 800"], ["net boven 800", "iets meer dan 800"]),
    ("just_over", 8, None, 8, ["just over 7"], ["net boven 7"]),
    (
        "at_most",
        0,
        None,
        50,
        ["up to 50", "at most 50"],
        ["hooguit 50", "maximaal 50", "tot wel 50"],
    ),
    ("less_than", 0, None, 49, ["fewer than 50"], ["minder dan 50"]),
    (
        "approximately",
        4500,
        5000,
        5500,
        ["about 5000", "some 5,000", "roughly five thousand"],
        ["ongeveer 5000", "zo'n 5.000", "naar schatting vijfduizend", "zo’n 5000"],
    ),
    ("approximately", 135, 140, 145, ["about 140"], ["ongeveer 140"]),
    ("almost", 900, None, 999, ["nearly 1000", "almost 1,000"], ["bijna 1000", "bijna duizend"]),
    ("range", 20, None, 30, ["between 20 and 30"], ["tussen 20 en 30"]),
    ("couple", 2, None, 3, ["a couple"], ["een paar"]),
    ("several", 3, None, 9, ["a few", "several"], ["enkele", "meerdere"]),
    ("tens", 20, None, 99, ["tens of"], ["tientallen"]),
    ("dozens", 24, None, 99, ["dozens"], []),
    ("scores", 40, None, 99, ["scores"], []),
    ("hundreds", 200, None, 999, ["hundreds"], ["honderden"]),
    ("thousands", 2000, None, 9999, ["thousands"], ["duizenden"]),
    (
        "unknown_count",
        1,
        None,
        None,
        ["many", "an unknown number", "some of them"],
        ["veel", "een deel"],
    ),
    ("none", 0, 0, 0, ["none"], ["geen"]),
    ("not_reported", None, None, None, ["no information"], ["onbekend"]),
]
PRINTED: Final = [
    pytest.param(language, words, qualifier, Bounds(low, best, high), id=f"{language}: {words}")
    for qualifier, low, best, high, english, dutch in TABLE
    for language, phrases in (("en", english), ("nl", dutch))
    for words in phrases
]
WITH_ONE_NUMBER: Final = sorted({row.qualifier for row in quantities.table() if row.numbers == 1})


@pytest.mark.parametrize(("language", "words", "qualifier", "bounds"), PRINTED)
def test_words_are_read_as_the_table_says(
    language: str, words: str, qualifier: str, bounds: Bounds
) -> None:
    reading = quantities.read(words, language)
    assert (reading.qualifier, quantities.bounds(reading)) == (qualifier, bounds)


@pytest.mark.parametrize("code", RESOURCES["figures"].leaf("qualifier").kind.schema()["enum"])
def test_every_qualifier_has_a_row(code: str) -> None:
    assert quantities.numbers_in(code) in (0, 1, 2)


@pytest.mark.parametrize("qualifier", WITH_ONE_NUMBER)
def test_bounds_stand_in_order_for_every_number_to_100_000(qualifier: str) -> None:
    for number in range(1, 100_001):
        found = quantities.bounds(Reading(qualifier, number))
        known = [bound for bound in (found.low, found.best, found.high) if bound is not None]
        assert known == sorted(known), number
        assert known, number
        assert known[0] >= 0, number


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("twenty-five", 25),
        ("seventy-two", 72),
        ("a hundred", 100),
        ("1,200", 1200),
        ("12.", 12),
        ("Two  Hundred", 200),
    ],
)
def test_a_number_in_words_is_exact(words: str, number: int) -> None:
    assert quantities.read(words, "en") == Reading("exact", number)


@pytest.mark.parametrize(
    ("words", "language"),
    [("a great deal", "en"), ("een hoop", "nl"), ("about", "en"), ("zeker", "nl"), ("-5", "en")],
)
def test_unreadable_words_are_refused_with_what_can_be_read(words: str, language: str) -> None:
    with pytest.raises(ValueError) as fault:
        quantities.read(words, language)
    assert all(phrase in str(fault.value) for phrase in quantities.phrases(language))


@given(st.text(min_size=1, max_size=60), st.sampled_from(["en", "nl", "nl-BE"]))
def test_any_words_are_read_or_refused(words: str, language: str) -> None:
    with suppress(ValueError):
        reading = quantities.read(words, language)
        printed = (reading.amount, reading.amount_to)
        assert len([n for n in printed if n is not None]) == quantities.numbers_in(
            reading.qualifier
        )


def figure(**members: Any) -> dict[str, Any]:
    """Return a figure's values with what its words imply."""
    values = FIGURE.read({"incident": "i", "measure": "killed", **members})
    implied = FIGURE.derive(values)
    return {name: implied.get(name) if values[name] is None else values[name] for name in values}


def refused(**members: Any) -> dict[str, Any]:
    """Return why a figure is refused."""
    with pytest.raises(ValidationError) as fault:
        figure(**members)
    return fault.value.messages_dict


def bounds(values: dict[str, Any]) -> tuple[Bound, Bound, Bound, str]:
    """Return a figure's bounds and what gave them."""
    return values["low"], values["best"], values["high"], values["coding_rule"]


def test_words_alone_give_qualifier_amount_and_bounds() -> None:
    found = figure(value_text="zeker 136", value_lang="nl")
    assert (found["qualifier"], found["amount"]) == ("at_least", 136)
    assert bounds(found) == (136, None, None, "words-1")


def test_a_qualifier_and_an_amount_need_no_words() -> None:
    assert bounds(figure(qualifier="approximately", amount=140)) == (135, 140, 145, "words-1")


def test_a_range_takes_two_numbers() -> None:
    assert bounds(figure(qualifier="range", amount=3, amount_to=5)) == (3, None, 5, "words-1")


def test_given_bounds_are_kept_as_the_sources() -> None:
    given_bounds = figure(value_text="honderden", value_lang="nl", low=300, high=400)
    assert bounds(given_bounds) == (300, None, 400, "source")


def test_a_best_value_alone_is_taken_as_exact() -> None:
    assert bounds(figure(best=7)) == (7, 7, 7, "assumed")


def test_a_qualifier_given_stands_where_the_words_cannot_be_read() -> None:
    found = figure(value_text="een hele rits", value_lang="nl", qualifier="tens")
    assert bounds(found) == (20, None, 99, "words-1")


@pytest.mark.parametrize(
    ("members", "at_fault"),
    [
        ({"value_text": "84", "value_lang": "en", "coding_rule": "words-1", "low": 80}, "low"),
        ({"value_text": "a heap", "value_lang": "en"}, "value_text"),
        ({"value_text": "viele", "value_lang": "de"}, "value_text"),
        ({"value_text": "84"}, "value_lang"),
        ({"qualifier": "range", "amount": 3}, "amount"),
        ({"qualifier": "range", "amount_to": 3}, "amount"),
        ({"qualifier": "range", "amount": 5, "amount_to": 3}, "amount"),
        ({"qualifier": "at_least"}, "amount"),
        ({"qualifier": "at_least", "amount_to": 3}, "amount"),
        ({"qualifier": "tens", "amount": 3}, "amount"),
        ({"qualifier": "less_than", "amount": 0}, "amount"),
        ({"qualifier": "approximately", "amount": 10**12}, "amount"),
        ({"qualifier": "just_over", "amount": 10**12}, "amount"),
        ({"low": 5, "high": 3}, "high"),
        ({"low": 5, "best": 3, "high": 9}, "best"),
        ({"low": 5, "coding_rule": "assumed"}, "best"),
        ({"best": 5, "low": 4, "coding_rule": "assumed"}, "low"),
        ({"value_text": "84", "value_lang": "en", "coding_rule": "words-99"}, "coding_rule"),
        ({"value_text": "84", "value_lang": "en", "coding_rule": "source"}, "coding_rule"),
        ({"low": 1, "high": 2, "coding_rule": "guessed"}, "coding_rule"),
        ({"coding_rule": "acled-1"}, "amount"),
        ({"coding_rule": "acled-1", "best": 12}, "amount"),
        ({"coding_rule": "acled-1", "amount": 12, "qualifier": "dozens"}, "qualifier"),
        ({"coding_rule": "acled-1", "amount": 12, "amount_to": 20}, "amount_to"),
        ({"coding_rule": "acled-1", "amount": 12, "best": 13}, "best"),
        ({"coding_rule": "acled-1", "amount": 12, "low": 1}, "low"),
        ({"coding_rule": "acled-1", "amount": 12, "high": 12}, "high"),
        ({"coding_rule": "acled-1", "amount": 7, "high": 8}, "high"),
        ({"coding_rule": "acled-9", "amount": 12}, "coding_rule"),
        ({"value_text": "zeker 136", "value_lang": "nl", "amount": 140}, "amount"),
        ({"value_text": "zeker 136", "value_lang": "nl", "amount_to": 136}, "amount_to"),
        ({"value_text": "een deel", "value_lang": "nl", "amount": 3}, "amount"),
        ({}, "qualifier"),
    ],
    ids=str,
)
def test_what_does_not_go_together_is_refused_at_its_member(
    members: dict[str, Any], at_fault: str
) -> None:
    assert at_fault in refused(**members)


@pytest.mark.parametrize(
    ("amount", "low", "high"),
    [
        (0, 0, None),
        (1, 1, 1),
        (3, 3, None),
        (4, 4, 4),
        (10, 10, None),
        (12, 12, None),
        (13, 13, 13),
        (100, 100, None),
        (10**12, 10**12, 10**12),
    ],
)
def test_what_acled_prints_may_stand_for_words(amount: int, low: int, high: Bound) -> None:
    found = figure(coding_rule="acled-1", amount=amount)
    assert bounds(found) == (low, amount, high, "acled-1")
    assert found["qualifier"] is None


@given(st.sampled_from(sorted(coders.rules())), st.integers(0, quantities.MOST))
def test_a_coders_number_is_its_own_point_value_in_bounds_that_hold_it(
    rule: str, amount: int
) -> None:
    found = figure(coding_rule=rule, amount=amount)
    low, best, high = found["low"], found["best"], found["high"]
    assert low <= best == amount
    assert high is None or high >= amount
    assert coders.stands_for_words(amount, rule) is (low != high)
    assert figure(coding_rule=rule, amount=amount, low=low, best=best, high=high) == found


def test_no_version_is_both_of_the_words_and_of_coders() -> None:
    assert not coders.rules() & quantities.rules()
    numbers = [(row.rule, row.amount) for row in coders.table()]
    assert len(set(numbers)) == len(numbers)


def test_an_unknown_language_is_refused_with_those_that_are_known() -> None:
    (words,) = refused(value_text="viele", value_lang="de")["value_text"]
    assert "en and nl" in words


WRITTEN: Final[list[dict[str, Any]]] = [
    {"value_text": "zeker 136", "value_lang": "nl"},
    {"value_text": "tientallen", "value_lang": "nl"},
    {"value_text": "tussen 20 en 30", "value_lang": "nl-NL"},
    {"value_text": "een hele rits", "value_lang": "nl", "qualifier": "tens"},
    {"value_text": "honderden", "value_lang": "nl", "low": 300},
    {"qualifier": "almost", "amount": 1000},
    {"qualifier": "not_reported"},
    {"qualifier": "none", "best": 0},
    {"best": 7},
    {"low": 3, "high": 9},
    {"value_text": "84", "value_lang": "en", "low": 84, "best": 84, "high": 84},
    {"value_text": "84", "value_lang": "en", "coding_rule": "words-1"},
    {"qualifier": "approximately", "amount": 10**11},
    {"coding_rule": "acled-1", "amount": 12},
    {"coding_rule": "acled-1", "amount": 7, "best": 7},
]


@pytest.mark.parametrize("members", WRITTEN, ids=str)
def test_a_document_put_back_changes_nothing(empty: Base, members: dict[str, Any]) -> None:
    incident = {"resource": "incidents", "id": "i", "title": "T", "date_start": "2022-01-20"}
    empty.put(
        incident, {"resource": "figures", "id": "f", "incident": "i", "measure": "killed"} | members
    )
    before = empty.store.get("figures", "f")
    assert before
    with empty.store.writing("test") as transaction:
        transaction.put("figures", FIGURE.read(orjson.loads(before.document)))
    assert transaction.counts["unchanged"] == 1
    assert empty.store.get("figures", "f") == before
