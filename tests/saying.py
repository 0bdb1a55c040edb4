"""Claims made by hand, for the pure rules: an id, who says it, how many, and what else matters."""

from typing import Any

from incidents_api.estimates.figures import EVERYBODY, GROUPS, Assertion, Figure, Population

BATTLE = ("incidents", "battle")
DAY = "2022-01-23"


def envelope(resource: str, name: str, claimant: str) -> dict[str, Any]:
    """Return what every claim has; a claimant that begins with ``:`` is a label."""
    anonymous = claimant.startswith(":")
    return {
        "id": name,
        "resource": resource,
        "subject": BATTLE,
        "claimant": None if anonymous else claimant,
        "speaks": f"sources/news {claimant[1:]}" if anonymous else f"actors/{claimant}",
        "stance": "monitor",
        "said_at": DAY,
        "as_of_date": DAY,
        "as_of_prec": 1,
        "sources": ("news",),
        "derives_from": None,
        "supersedes": None,
        "status": "active",
        "rank": "normal",
        "reliability": None,
        "credibility": None,
        "superseded": False,
        "contradicts": (),
    }


def people(**groups: str) -> Population:
    """Return a population: of each group, its members separated by blanks."""
    return tuple(frozenset(groups.get(name, "").split()) for name in GROUPS)


def figure(
    name: str, claimant: str, low: int | None, high: int | None = None, /, **more: Any
) -> Figure:
    """Return a figure with these bounds, as they were printed."""
    plain = {
        "measure": "killed",
        "unit": "persons",
        "population": EVERYBODY,
        "scope": (None, None),
        "circumstance": None,
        "method": "reported",
        "measure_kind": "cumulative",
        "period_start": None,
        "period_end": None,
        "low": low,
        "best": low if low == high else None,
        "high": high,
        "qualifier": None,
        "amount": None,
        "amount_to": None,
        "coding_rule": "source",
        "part_of": None,
        "breakdown": None,
        "breakdowns": (),
    }
    return Figure(**{**envelope("figures", name, claimant), **plain, **more})


def assertion(name: str, claimant: str, predicate: str, value: str, /, **more: Any) -> Assertion:
    """Return an assertion."""
    told = {"predicate": predicate, "value": value}
    return Assertion(**{**envelope("assertions", name, claimant), **told, **more})
