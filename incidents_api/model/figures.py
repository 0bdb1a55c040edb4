"""Figures: one number said by one claimant about one population at one time."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import Any, ClassVar

from marshmallow import ValidationError

from incidents_api.model import coders, quantities
from incidents_api.model.between import Sole, agrees
from incidents_api.model.claims import SUBJECTS, Claim
from incidents_api.model.faults import Fault, Rule, messages, over
from incidents_api.model.fields import (
    INDEXED,
    SCANNED,
    Code,
    Day,
    Flag,
    Integer,
    Language,
    Link,
    Many,
    Members,
    Rows,
    Text,
    Word,
)
from incidents_api.model.quantities import Reading
from incidents_api.model.rules import in_order

_BOUNDS = ("low", "best", "high")
SOURCE = "source"
ASSUMED = "assumed"
_READING = ("qualifier", "amount", "amount_to")
#: The members from which bounds follow, and the bounds.
_WORDED = ("value_text", "value_lang", "coding_rule", *_READING, *_BOUNDS)
_worded = itemgetter(*_WORDED)


@over()
def ordered_bounds(values: Mapping[str, Any]) -> Iterable[Fault]:
    """Bounds stand in order: low <= best <= high, wherever given."""
    given = [(name, values[name]) for name in _BOUNDS if values[name] is not None]
    for (lower, low), (upper, high) in pairwise(given):
        if low > high:
            yield upper, f"is {high}, below {lower} {low}"


@over(*_WORDED)
def says_something(values: Mapping[str, Any]) -> Iterable[Fault]:
    """A figure has words, a qualifier or bounds; words have a language; bounds can be read."""
    if values["value_text"] is not None and values["value_lang"] is None:
        yield "value_lang", "is required with value_text"
        return
    try:
        Figure.derive(values)
    except ValidationError as fault:
        yield from messages(fault)


@over("measure_kind", "period_start")
def period_of_increment(values: Mapping[str, Any]) -> Iterable[Fault]:
    """A count over a period says which."""
    if values["measure_kind"] == "incremental" and values["period_start"] is None:
        yield "period_start", "is required where measure_kind is incremental"


def _population() -> dict[str, Any]:
    return {
        "status": Many(Code("population_status", "Standing in the fighting.", filter=INDEXED)),
        "role": Many(Code("population_role", "What they were there.", filter=INDEXED)),
        "occupation": Many(Code("population_occupation", "What they do.", filter=INDEXED)),
        "age_group": Many(Code("population_age_group", "Age group.", filter=INDEXED)),
        "sex": Many(Code("population_sex", "Sex.", filter=INDEXED)),
        "nationality": Many(Code("country", "Nationality.", filter=INDEXED)),
        "actor": Many(Link("actors", "Members of this actor.")),
        "identified": Integer("How many of them are known by name elsewhere."),
    }


class Figure(Claim):
    """One number said by one claimant about one population at one time."""

    resource = "figures"
    singular = "figure"
    prefix = "fig"
    rules: ClassVar[tuple[Rule, ...]] = (
        *Claim.rules,
        ordered_bounds,
        says_something,
        period_of_increment,
        in_order("period_start", "period_end"),
    )
    agreements = (agrees("part-counts-the-same", "part_of", "measure", "unit"),)
    soles = (
        Sole(
            "one-preferred",
            "rank",
            "preferred",
            about=SUBJECTS,
            alike=("measure", "unit", "population", "scope", "circumstance", "method"),
        ),
    )

    measure = Code("measure", "What is counted.", required=True, filter=INDEXED, example="killed")
    unit = Code("unit", "What one is.", filter=SCANNED, default="persons", example="persons")
    population = Members("Whom it counts; with all members empty, everybody.", _population())
    circumstance = Code("circumstance", "In what circumstance.", filter=INDEXED)
    inflicted_by = Many(Link("actors", "Who inflicted it, by this claim."))
    cause = Code("cause", "By what means.", filter=INDEXED)
    measure_kind = Code(
        "measure_kind",
        "Whether it counts since the incident began, in a period, or at one moment.",
        filter=SCANNED,
        example="cumulative",
    )
    period_start = Day("First day of the period counted.")
    period_end = Day("Last day of the period counted.")
    method = Code(
        "method", "How it was counted.", filter=SCANNED, default="reported", example="reported"
    )
    scope = Members(
        "What it takes in.",
        {
            "includes_perpetrators": Code(
                "scope_includes_perpetrators", "Whether it counts the attackers too."
            ),
            "deaths": Code("scope_deaths", "Which deaths it counts."),
        },
    )
    value_text = Text("The words as printed.", search=True, length=300, example="zeker 136")
    value_lang = Language("Language of those words.", example="nl")
    qualifier = Code(
        "qualifier", "How the words bound the number.", filter=INDEXED, example="at_least"
    )
    amount = Integer("The number printed in them.", high=quantities.MOST, example=136)
    amount_to = Integer("The second number, where a range is printed.", high=quantities.MOST)
    low = Integer("Lower bound.", high=quantities.MOST, sort=True, filter=INDEXED, example=136)
    best = Integer(
        "Point value, where one is stated.", high=quantities.MOST, sort=True, filter=INDEXED
    )
    high = Integer(
        "Upper bound; null where none is stated.", high=quantities.MOST, sort=True, filter=INDEXED
    )
    coding_rule = Text(
        "What gave the bounds: a version of the rule table; a data set's rule for the number in "
        "amount, such as acled-1; source where they were printed; assumed where only a best value "
        "was given and is taken as exact.",
        length=40,
        filter=SCANNED,
        example="words-1",
    )
    part_of = Link("figures", "The total it is a part of.", reverse="parts", acyclic=True)
    breakdown = Word("In which breakdown of that total.", filter=SCANNED, example="by_side")
    breakdowns = Rows(
        "How this total is broken down.",
        {
            "name": Word("Name of the breakdown.", required=True),
            "disjoint": Flag("Whether nobody is in two parts."),
            "complete": Flag("Whether the parts are all there is."),
        },
        limit=20,
    )

    @classmethod
    def derive(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the printed words imply for qualifier, amount, bounds and coding rule.

        Bounds that are given are kept. Where the coding rule named is a version of the rule
        table, or a data set's, bounds given must be the ones that it makes.

        Raises:
            ValidationError: The words cannot be read, or do not go with what else is given.

        """
        return _implied(*_worded(values)).copy()


@lru_cache(quantities.KEPT)
def _implied(*told: Any) -> dict[str, Any]:
    """Return what words and numbers imply: a figure is asked when it is checked, and written."""
    values = dict(zip(_WORDED, told, strict=True))
    given = {name: values[name] for name in _BOUNDS if values[name] is not None}
    rule = _known_rule(values["coding_rule"])
    if rule in coders.rules():
        return _coded(values, given, str(rule))
    if rule == ASSUMED or (rule is None and list(given) == ["best"]):
        return _assumed(given)
    if rule == SOURCE or (given and rule is None):
        return _as_printed(given, rule)
    printed = _printed(values, needed=values["qualifier"] is None)
    stated = _amounts_kept(values, printed) if values["qualifier"] is None else _stated(values)
    try:
        made = quantities.bounds(stated, rule or quantities.CURRENT)
    except ValueError as fault:
        raise ValidationError({"amount": [str(fault)]}) from None
    implied = {name: getattr(made, name) for name in _BOUNDS}
    _agree(given, implied, rule or quantities.CURRENT)
    words = _members(printed) if printed == stated else {}
    return words | implied | {"coding_rule": rule or quantities.CURRENT}


def _known_rule(rule: str | None) -> str | None:
    made = quantities.rules() | coders.rules()
    if rule is None or rule in (SOURCE, ASSUMED) or rule in made:
        return rule
    allowed = ", ".join([*sorted(made), SOURCE, ASSUMED])
    raise ValidationError({"coding_rule": [f"is {rule!r}; it is one of {allowed}"]})


def _as_printed(given: Mapping[str, int], rule: str | None) -> dict[str, Any]:
    """Keep the bounds that the source prints."""
    if not given:
        raise ValidationError({"coding_rule": [f"is {SOURCE}: then give low, best or high"]})
    return {} if rule else {"coding_rule": SOURCE}


def _assumed(given: Mapping[str, int]) -> dict[str, Any]:
    """Take a best value that stands alone as exact."""
    if "best" not in given:
        raise ValidationError({"best": ["is required where coding_rule is assumed"]})
    implied = dict.fromkeys(_BOUNDS, given["best"])
    _agree(given, implied, ASSUMED)
    del implied["best"]
    return {**implied, "coding_rule": ASSUMED}


def _coded(values: Mapping[str, Any], given: Mapping[str, int], rule: str) -> dict[str, Any]:
    """Bound a number that a data set's coders print by their own rule."""
    amount = values["amount"]
    faults = {
        name: [f"does not go with {rule}, which takes an amount alone"]
        for name in ("qualifier", "amount_to")
        if values[name] is not None
    }
    if amount is None:
        faults["amount"] = [f"is required where coding_rule is {rule}"]
    if faults:
        raise ValidationError(faults)
    made = coders.bounds(amount, rule)
    implied = {name: getattr(made, name) for name in _BOUNDS}
    _agree(given, implied, rule)
    return implied


def _stated(values: Mapping[str, Any]) -> Reading:
    return Reading(values["qualifier"], values["amount"], values["amount_to"])


def _amounts_kept(values: Mapping[str, Any], printed: Reading) -> Reading:
    """Return what the words were read as; amounts given beside them must be theirs."""
    faults = {}
    for name, theirs in _members(printed).items():
        if values[name] not in (None, theirs):
            told = "nothing of the kind" if theirs is None else theirs
            words = (
                f"is {values[name]}, but the words say {told}: leave it out, or give a qualifier"
            )
            faults[name] = [words]
    if faults:
        raise ValidationError(faults)
    return printed


def _members(reading: Reading) -> dict[str, Any]:
    return {name: getattr(reading, name) for name in _READING}


def _printed(values: Mapping[str, Any], *, needed: bool) -> Reading:
    """Read the printed words; where a qualifier is given they need not be readable."""
    if values["value_text"] is None:
        if not needed:
            return Reading("")
        raise ValidationError(
            {"qualifier": ["give a qualifier and an amount, or value_text, or low, best or high"]}
        )
    try:
        return quantities.read(values["value_text"], values["value_lang"] or "")
    except ValueError as fault:
        if not needed:
            return Reading("")
        raise ValidationError({"value_text": [str(fault)]}) from None


def _agree(given: Mapping[str, int], implied: Mapping[str, Any], rule: str) -> None:
    """Refuse bounds that are not the ones their coding rule makes."""
    faults = {
        name: [
            (
                f"is {value}, but {rule} makes it {implied[name]}: leave the bounds out, or name "
                "another coding_rule, such as source"
            )
        ]
        for name, value in given.items()
        if value != implied[name]
    }
    if faults:
        raise ValidationError(faults)
