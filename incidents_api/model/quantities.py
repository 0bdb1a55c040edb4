"""Words to bounds: how "at least 136" or "tientallen" limits a number.

The rule table is data, in ``quantities.csv``: a row for each qualifier and language, with the
phrases that say it and the formulas of its bounds. It is versioned: every figure names the
version that gave its bounds in ``coding_rule``, so that all figures can be coded again with
another one.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from math import ceil, floor
from typing import Final

from text_to_num import text2num

from incidents_api.model.vocabularies import rows

CURRENT: Final = "words-1"
#: Largest number of a figure.
MOST: Final = 10**12
LANGUAGES: Final = ("en", "nl")
#: So many phrases and readings are kept with what they mean: most figures say what others said.
KEPT: Final = 10_000

Bound = int | None


@dataclass(frozen=True)
class Bounds:
    """What a phrase says of a number: its bounds, and ``best`` where it states one."""

    low: Bound
    best: Bound
    high: Bound


@dataclass(frozen=True)
class Reading:
    """What a phrase was read as: its qualifier and the numbers printed in it."""

    qualifier: str
    amount: int | None = None
    amount_to: int | None = None


@dataclass(frozen=True)
class Row:
    """One row of the rule table."""

    rule: str
    qualifier: str
    language: str
    phrases: tuple[str, ...]
    low: str
    high: str
    best: str

    @property
    def numbers(self) -> int:
        """How many numbers the phrases print: none, one or two."""
        return sum(f"{{{name}}}" in self.phrases[0] for name in "NM")


def step(number: int) -> Fraction:
    """Return how coarsely a number is rounded, judging by its digits.

    The place value of its last non-zero digit, times 5 if that digit is 5, and at most a fifth
    of the number: 1,000 for 5,000, 10 for 140.
    """
    if number == 0:
        return Fraction(0)
    place = 1
    while number // place % 10 == 0:
        place *= 10
    rounding = place * (5 if number // place % 10 == 5 else 1)
    return min(Fraction(rounding), Fraction(number, 5))


def _spread(number: int) -> Fraction:
    return max(Fraction(1), step(number) / 2)


#: Every formula that the table may name, over the printed numbers N and M.
FORMULAS: Final[dict[str, Callable[[int, int], int]]] = {
    "N": lambda n, _: n,
    "M": lambda _, m: m,
    "N+1": lambda n, _: n + 1,
    "N-1": lambda n, _: n - 1,
    "N+max(1;ceil(step)-1)": lambda n, _: n + max(1, ceil(step(n)) - 1),
    "floor(N-max(1;step/2))": lambda n, _: floor(n - _spread(n)),
    "ceil(N+max(1;step/2))": lambda n, _: ceil(n + _spread(n)),
}


@cache
def table() -> tuple[Row, ...]:
    """Return the rule table, every version of it."""
    return tuple(
        Row(
            row["rule"],
            row["qualifier"],
            row["language"],
            tuple(row["words"].split(";")),
            row["low"],
            row["high"],
            row["best"],
        )
        for row in rows("incidents_api.model", "quantities.csv")
    )


@cache
def rules() -> frozenset[str]:
    """Return the versions of the rule table."""
    return frozenset(row.rule for row in table())


@cache
def _row(qualifier: str, rule: str) -> Row:
    return next(row for row in table() if row.rule == rule and row.qualifier == qualifier)


def numbers_in(qualifier: str) -> int:
    """Return how many printed numbers a qualifier goes with: none, one or two."""
    return _row(qualifier, CURRENT).numbers


@lru_cache(KEPT)
def bounds(reading: Reading, rule: str = CURRENT) -> Bounds:
    """Return the bounds that a reading gives.

    Raises:
        ValueError: The numbers do not go with the qualifier; the message says what does.

    """
    row = _row(reading.qualifier, rule)
    given = [number for number in (reading.amount, reading.amount_to) if number is not None]
    if len(given) != row.numbers or (row.numbers == 1 and reading.amount is None):
        wants = ("no number", "an amount", "an amount and an amount_to")[row.numbers]
        raise ValueError(f"{reading.qualifier} goes with {wants}")
    low, high = _bound(row.low, reading), _bound(row.high, reading)
    if (high or 0) > MOST:
        raise ValueError(f"{reading.qualifier} {given[0]} may mean more than {MOST:,}")
    if (low is not None and high is not None and low > high) or (high is not None and high < 0):
        raise ValueError(f"{reading.qualifier} {' to '.join(map(str, given))} leaves no number")
    return Bounds(low if low is None else max(low, 0), _bound(row.best, reading), high)


def _bound(formula: str, reading: Reading) -> Bound:
    if not formula:
        return None
    if formula.isdigit():
        return int(formula)
    return FORMULAS[formula](reading.amount or 0, reading.amount_to or 0)


@lru_cache(KEPT)
def read(words: str, language: str) -> Reading:
    """Read a printed phrase, such as "more than 800" or "tientallen".

    Raises:
        ValueError: The words cannot be read; the message lists the phrases that can.

    """
    base = language.split("-")[0]
    if base not in LANGUAGES:
        raise ValueError(
            f"words in {language!r} cannot be read, only {' and '.join(LANGUAGES)}: "
            "give a qualifier and an amount, or low, best and high"
        )
    phrase = re.sub(r"\s+", " ", words.replace("\u2019", "'").strip().lower().rstrip("."))
    for row, match in _patterns(base):
        if found := match(phrase):
            numbers = [_number(text, base) for text in found.groups()]
            if None not in numbers:
                return Reading(row.qualifier, *numbers)
    raise ValueError(
        f"{words!r} cannot be read as a number; these can, N being a number: "
        f"{'; '.join(phrases(base))}"
    )


@cache
def phrases(language: str) -> tuple[str, ...]:
    """Return the phrases of a language that can be read."""
    return tuple(
        phrase.replace("{N}", "N").replace("{M}", "M")
        for row in table()
        if row.language == language and row.rule == CURRENT
        for phrase in row.phrases
    )


Matcher = Callable[[str], "re.Match[str] | None"]


@cache
def _patterns(language: str) -> tuple[tuple[Row, Matcher], ...]:
    """Return the phrases as patterns, the longest first, so that "N" alone is tried last."""
    found = [
        (phrase, row)
        for row in table()
        if row.language == language and row.rule == CURRENT
        for phrase in row.phrases
    ]
    found.sort(key=lambda item: -len(item[0]))
    return tuple((row, _matcher(phrase)) for phrase, row in found)


def _matcher(phrase: str) -> Matcher:
    pattern = re.escape(phrase)
    # "twenty-five" is one number: only digits make a range with a bare hyphen.
    number = r"([\d.,]+)" if phrase == "{N}-{M}" else r"([\w.,' -]+?)"
    for name in ("N", "M"):
        pattern = pattern.replace(re.escape(f"{{{name}}}"), number)
    return re.compile(pattern).fullmatch


#: Digits grouped by three, as English ("1,200") and Dutch ("1.200") print them.
_GROUPED: Final = {"en": re.compile(r"\d{1,3}(,\d{3})+"), "nl": re.compile(r"\d{1,3}(\.\d{3})+")}


#: Words that multiply the number before them.
_TIMES: Final = {
    "en": {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9},
    "nl": {"dozijn": 12, "honderd": 100, "duizend": 1000, "miljoen": 10**6, "miljard": 10**9},
}


def _number(text: str, language: str) -> int | None:
    text = text.strip()
    head, _, last = text.rpartition(" ")
    if head and last in _TIMES[language]:
        times = _TIMES[language][last]
        if head in ("a", "an", "een", "half a", "een half"):
            return times // 2 if "half" in head else times
        if re.fullmatch(r"[\d.,]+", head) or last in ("dozen", "dozijn"):
            number = _number(head, language)
            return None if number is None else number * times
    if _GROUPED[language].fullmatch(text):
        text = re.sub(r"[.,]", "", text)
    if text.isascii() and text.isdigit():
        return int(text) if len(text) <= 12 else None
    if not re.fullmatch(r"[a-zë' -]+", text):
        return None
    try:
        return int(text2num(_spelled(text, language), language))
    except ValueError:
        return None


def _spelled(text: str, language: str) -> str:
    """Return number words as the number reader wants them: "a hundred" is "one hundred"."""
    return re.sub(r"^an? ", "one ", text) if language == "en" else re.sub(r"^een ", "", text)
