"""A claim as the rules look at it: plain values, read from a record's document."""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Self

from incidents_api.model.claims import SUBJECTS

#: The resource of what a claim is about, by the member that names it.
PLURALS = {"incident": "incidents", "facility": "facilities", "actor": "actors"}
#: The members of a population that are lists; ``identified`` says how many, not who.
GROUPS = ("status", "role", "occupation", "age_group", "sex", "nationality", "actor")

#: A population: for each of :data:`GROUPS` the members of the union; all empty is everybody.
Population = tuple[frozenset[str], ...]
EVERYBODY: Population = tuple(frozenset() for _ in GROUPS)


@dataclass(frozen=True, slots=True)
class Claim:
    """What figures and assertions have in common.

    Attributes:
        id: The record's id.
        resource: ``figures`` or ``assertions``.
        subject: What it is about: the resource and id of the incident, facility or actor.
        claimant: The id of the actor who says it; None where no record names him.
        speaks: Who speaks, to tell claimants apart: an actor, an anonymous witness by his label
            and source, or the source in its own voice.
        stance: From what standpoint.
        said_at: A day or an instant in UTC; None where it is not known.
        as_of_date: The day it speaks of.
        as_of_prec: How exactly that day is known (UCDP's date_prec).
        sources: The ids of the sources that print it.
        superseded: Whether a claim in view corrects it, be it about something else.
        contradicts: (resource, id, reason) of each claim it is declared to contradict.

    """

    id: str
    resource: str
    subject: tuple[str, str]
    claimant: str | None
    speaks: str
    stance: str | None
    said_at: str | None
    as_of_date: str | None
    as_of_prec: int | None
    sources: tuple[str, ...]
    derives_from: str | None
    supersedes: str | None
    superseded: bool
    status: str
    rank: str
    reliability: str | None
    credibility: int | None
    contradicts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Figure(Claim):
    """One number said by one claimant about one population at one time."""

    measure: str
    unit: str
    population: Population
    scope: tuple[str | None, str | None]
    circumstance: str | None
    method: str
    measure_kind: str | None
    period_start: str | None
    period_end: str | None
    low: int | None
    best: int | None
    high: int | None
    qualifier: str | None
    amount: int | None
    amount_to: int | None
    coding_rule: str | None
    part_of: str | None
    breakdown: str | None
    breakdowns: tuple[tuple[str, bool, bool], ...]

    @classmethod
    def of(cls, shown: Mapping[str, Any]) -> Self:
        """Return a figure from its record, as it is shown."""
        scope = shown["scope"]
        return cls(
            **_claim("figures", shown),
            measure=shown["measure"],
            unit=shown["unit"],
            population=_population(shown["population"]),
            scope=(scope["includes_perpetrators"], scope["deaths"]),
            circumstance=shown["circumstance"],
            method=shown["method"],
            measure_kind=shown["measure_kind"],
            period_start=shown["period_start"],
            period_end=shown["period_end"],
            low=shown["low"],
            best=shown["best"],
            high=shown["high"],
            qualifier=shown["qualifier"],
            amount=shown["amount"],
            amount_to=shown["amount_to"],
            coding_rule=shown["coding_rule"],
            part_of=shown["part_of"],
            breakdown=shown["breakdown"],
            breakdowns=tuple(
                (row["name"], bool(row["disjoint"]), bool(row["complete"]))
                for row in shown["breakdowns"]
            ),
        )


@dataclass(frozen=True, slots=True)
class Assertion(Claim):
    """A claim that is not a number."""

    predicate: str
    value: str | None

    @classmethod
    def of(cls, shown: Mapping[str, Any]) -> Self:
        """Return an assertion from its record, as it is shown."""
        return cls(
            **_claim("assertions", shown), predicate=shown["predicate"], value=shown["value"]
        )


_groups = itemgetter(*GROUPS)


def _population(told: Mapping[str, Any]) -> Population:
    groups = _groups(told)
    return tuple(frozenset(map(str, group)) for group in groups) if any(groups) else EVERYBODY


def _claim(resource: str, shown: Mapping[str, Any]) -> dict[str, Any]:
    about = next(name for name in SUBJECTS if shown[name] is not None)
    printed = tuple(row["source"] for row in shown["sources"])
    return {
        "id": shown["id"],
        "resource": resource,
        "subject": (PLURALS[about], shown[about]),
        "claimant": shown["claimant"],
        "speaks": _speaks(shown, printed),
        "stance": shown["claimant_stance"],
        "said_at": shown["said_at"],
        "as_of_date": shown["as_of_date"],
        "as_of_prec": shown["as_of_prec"],
        "sources": printed,
        "derives_from": shown["derives_from"],
        "supersedes": shown["supersedes"],
        "superseded": bool(shown["superseded"]),
        "status": shown["status"],
        "rank": shown["rank"],
        "reliability": shown["source_reliability"],
        "credibility": shown["information_credibility"],
        "contradicts": tuple(
            (*_other(row["figure"], row["assertion"]), row["reason"])
            for row in shown["contradicts"]
        ),
    }


def _other(figure: str | None, assertion: str | None) -> tuple[str, str]:
    return ("figures", figure) if figure else ("assertions", str(assertion))


def _speaks(shown: Mapping[str, Any], printed: tuple[str, ...]) -> str:
    """Return who speaks; two claims without anybody named are two voices, unless one source's."""
    if shown["claimant"]:
        return f"actors/{shown['claimant']}"
    source = f"sources/{printed[0]}" if printed else f"{shown['id']}"
    label = shown["claimant_label"]
    return f"{source} {label}" if label else source
