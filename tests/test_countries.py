"""Countries as data sets print them: each is read as what it is, or not at all."""

import csv
from datetime import date, timedelta
from functools import cache
from itertools import groupby, pairwise, product
from pathlib import Path
from string import ascii_uppercase
from typing import Final

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents_api.importers.countries import by_gw, by_iso, by_name, of_gw, of_iso, of_name
from incidents_api.importers.places import country
from incidents_api.model.vocabularies import rows, vocabularies

TABLE: Final = rows("incidents_api.importers", "countries.csv")
TERMS: Final = {str(code) for code in vocabularies()["country"].codes}

#: Every state number of Gleditsch and Ward's lists of states and of microstates.
LISTED: Final = """
2 20 31 40 41 42 51 52 53 54 55 56 57 58 60 70 80 89 90 91 92 93 94 95 99 100 101 110 115 130 135
140 145 150 155 160 165 200 205 210 211 212 220 221 223 225 230 232 235 240 245 255 260 265 267 269
271 273 275 280 290 300 305 310 315 316 317 325 327 329 331 332 335 337 338 339 340 341 343 344 345
346 347 349 350 352 355 359 360 365 366 367 368 369 370 371 372 373 375 380 385 390 395 396 397 402
403 404 411 420 432 433 434 435 436 437 438 439 450 451 452 461 471 475 481 482 483 484 490 500 501
510 511 516 517 520 522 530 531 540 541 551 552 553 560 563 564 565 570 571 572 580 581 590 591 600
615 616 620 625 626 630 640 645 651 652 660 663 666 670 678 680 690 692 694 696 698 700 701 702 703
704 705 710 711 712 713 730 731 732 740 750 760 770 771 775 780 781 790 800 811 812 815 816 817 820
830 835 840 850 860 900 910 920 935 940 950 970 971 972 973 983 986 987 990
"""
#: Those, and Hyderabad, which UCDP add.
NUMBERS: Final = {*map(int, LISTED.split()), 751}


def printed() -> list[dict[str, str]]:
    """Return the names that data sets print, each with its country."""
    path = Path(__file__).parent / "data" / "country-names.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def iso_names() -> dict[str, str]:
    kinds = ("name", "official_name", "common_name")
    return {
        name: each.alpha_3
        for each in pycountry.countries
        for kind in kinds
        if (name := getattr(each, kind, None))
    }


#: Every name that a list has, in small letters.
KNOWN: Final = {
    name.casefold() for name in [*iso_names(), *(n for r in TABLE for n in r["names"].split(";"))]
}


def test_each_row_has_a_term_or_tells_why_it_has_none() -> None:
    for row in TABLE:
        assert row["alpha3"] in TERMS or (not row["alpha3"] and row["note"]), row
        assert all(name and name == name.strip() for name in row["names"].split(";")), row


def test_a_number_or_a_name_stands_in_one_row_or_in_rows_that_follow_each_other() -> None:
    keys = [
        (key.casefold(), row)
        for row in TABLE
        for key in [*row["names"].split(";"), *filter(None, [row["gw"]])]
    ]
    keys.sort(key=lambda pair: (pair[0], pair[1]["since"]))
    for key, group in groupby(keys, key=lambda pair: pair[0]):
        told = [row for _, row in group]
        assert (told[0]["since"], told[-1]["until"]) == ("", ""), key
        for row, following in pairwise(told):
            ends = date.fromisoformat(row["until"])
            assert following["since"] == (ends + timedelta(days=1)).isoformat(), key


def test_the_state_numbers_of_the_lists_are_known_and_no_others() -> None:
    assert len(NUMBERS) == 226
    assert {number for number in range(2000) if of_gw(number)} == NUMBERS
    assert {number for number in range(2000) if of_gw(f"{number:03}")} == NUMBERS


@pytest.mark.parametrize("data_set", ["UCDP", "ACLED", "GTD", "MAVERICK"])
def test_every_country_of_the_data_sets_is_read(data_set: str) -> None:
    told = [row for row in printed() if data_set in row["data_sets"].split(";")]
    assert told
    for row in told:
        entry = of_name(row["name"])
        assert entry is not None, row
        assert (entry.alpha3 or "") == row["alpha3"], row
        assert entry.alpha3 or entry.note, row


def test_the_numbers_that_ucdp_print_beside_names_are_the_same_countries() -> None:
    told = [row for row in printed() if row["gw"]]
    assert len(told) == 113
    for row in told:
        for day in (None, "1991-06-25", "2020-01-01"):
            assert by_gw(row["gw"], day) == by_name(row["name"], day), row


def test_names_of_iso_3166_are_read() -> None:
    assert {name: by_name(name) for name in iso_names()} == iso_names()


def test_codes_of_iso_3166_are_read_and_no_others() -> None:
    codes = {"XK": "XKX", "XKX": "XKX"}
    for each in pycountry.countries:
        codes |= dict.fromkeys((each.alpha_2, each.alpha_3, each.numeric), each.alpha_3)
    asked = [*map("".join, product(ascii_uppercase, repeat=2))]
    asked += [*map("".join, product(ascii_uppercase, repeat=3)), *(f"{n:03}" for n in range(1000))]
    assert {code: term for code in asked if (term := by_iso(code))} == codes
    assert {code: term for code in asked if (term := by_iso(code.lower()))} == codes
    assert set(codes.values()) == TERMS


def test_kosovo_has_the_codes_that_users_assigned() -> None:
    assert {by_iso("XK"), by_iso("xkx"), by_gw(347), by_name("Kosovo")} == {"XKX"}


@pytest.mark.parametrize(
    ("name", "alpha3"),
    [
        ("  DR  Congo\t(zaire) ", "COD"),
        ("BOSNIA-HERZEGOVINA", "BIH"),
        ("C\u00f4te d\u2019Ivoire", "CIV"),
        ("Co\u0302te d'Ivoire", "CIV"),
        ("\u00a0Syria", "SYR"),
    ],
)
def test_case_spacing_and_ways_of_writing_do_not_matter(name: str, alpha3: str) -> None:
    assert by_name(name) == alpha3


@pytest.mark.parametrize(
    "name", ["", " ", "Atlantis", "Bosnia", "Congo DR", "Ukrain", "the Gambia"]
)
def test_a_name_is_never_guessed(name: str) -> None:
    assert of_name(name) is None
    assert by_name(name) is None


@pytest.mark.parametrize("code", ["", "0", 0, "-99", "999", "345.0", "\u00b2", "UKR"])
def test_an_unknown_state_number_is_nothing(code: int | str) -> None:
    assert of_gw(code) is None
    assert by_gw(code) is None


@pytest.mark.parametrize("code", ["", "0", 0, "ZZ", "YUG", "SUN", "999", "U", "\u00df", "\ufb01"])
def test_an_unknown_or_withdrawn_iso_code_is_nothing(code: int | str) -> None:
    assert of_iso(code) is None
    assert by_iso(code) is None


def test_numbers_are_read_as_text_or_not_and_with_or_without_zeros_before_them() -> None:
    assert by_gw(70) == by_gw("70") == by_gw(" 070 ") == "MEX"
    assert by_iso(4) == by_iso("4") == by_iso("004") == "AFG"


@pytest.mark.parametrize(
    ("day", "alpha3"),
    [
        ("1992-04-09", None),
        ("1992-04-26 23:59:59.000", None),
        ("1992-04-27 00:00:00.000", "SRB"),
        ("1999-04-27", "SRB"),
        ("2022-01-01", "SRB"),
        ("", None),
        (None, None),
    ],
)
def test_yugoslavia_is_serbia_from_the_day_on_which_the_federal_republic_began(
    day: str | None, alpha3: str | None
) -> None:
    assert by_gw(345, day) == alpha3
    assert by_name("Serbia (Yugoslavia)", day) == alpha3
    assert by_name("Yugoslavia", day) == alpha3


@pytest.mark.parametrize(
    ("number", "alpha3"),
    [
        (365, "RUS"),
        (490, "COD"),
        (552, "ZWE"),
        (260, "DEU"),
        (678, "YEM"),
        (816, "VNM"),
        (775, "MMR"),
        (265, None),
        (315, None),
        (680, None),
        (751, None),
        (817, None),
    ],
)
@pytest.mark.parametrize("day", [None, "1950-01-01", "2022-12-31"])
def test_a_state_that_another_continues_is_read_as_that_one(
    number: int, alpha3: str | None, day: str | None
) -> None:
    assert by_gw(number, day) == alpha3


@given(st.text(max_size=30))
def test_what_no_list_has_is_never_read(text: str) -> None:
    if " ".join(text.split()).casefold() not in KNOWN:
        assert of_name(text) is None


@given(st.sampled_from(printed()), st.integers(1, 5), st.characters(categories=["L", "N"]))
def test_a_name_with_a_letter_more_is_another_name(
    row: dict[str, str], place: int, letter: str
) -> None:
    text = row["name"][:place] + letter + row["name"][place:]
    if text.casefold() not in KNOWN:
        assert of_name(text) is None


def test_the_iso_code_goes_first_and_a_contradiction_is_told() -> None:
    read = country(iso="UKR", gw="365", name="Ukraine", day="2014-06-01")
    assert read.term == "UKR"
    assert read.terms == ("UKR", "RUS")
    assert read.report == (
        "the ISO code 'UKR' is UKR; the state number '365' is RUS; the name 'Ukraine' is UKR"
    )


@pytest.mark.parametrize(
    ("columns", "term", "report"),
    [
        ({"gw": "652", "name": "Syria"}, "SYR", None),
        ({"iso": "760", "name": "Syria"}, "SYR", None),
        ({"iso": 0, "name": "Kosovo"}, "XKX", None),
        ({"iso": "", "name": "West Bank and Gaza Strip"}, "PSE", None),
        ({"gw": "345", "name": "Serbia (Yugoslavia)", "day": "1998-05-31"}, "SRB", None),
        ({"gw": "999", "name": "Syria"}, "SYR", None),
        ({}, None, None),
        ({"gw": " ", "name": ""}, None, None),
        (
            {"iso": "0", "name": "Atlantis"},
            None,
            "the ISO code '0' is unknown; the name 'Atlantis' is unknown",
        ),
        (
            {"name": "International"},
            None,
            "the name 'International' has no code: Not one country",
        ),
        (
            {"gw": 345},
            None,
            "the state number '345' has no code: Which state depends on the day, and none is given",
        ),
        (
            {"name": "Syria", "gw": "645"},
            "IRQ",
            "the state number '645' is IRQ; the name 'Syria' is SYR",
        ),
    ],
)
def test_what_is_reported_of_a_row(
    columns: dict[str, str], term: str | None, report: str | None
) -> None:
    read = country(**columns)
    assert (read.term, read.report) == (term, report)
