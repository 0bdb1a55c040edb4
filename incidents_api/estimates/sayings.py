"""Claims in words: who says it, how many, of whom, as of when."""

from collections.abc import Sequence

from incidents_api.estimates.figures import GROUPS, Claim, Figure, Population

Bound = int | None


def voice(claim: Claim) -> str:
    """Return who speaks: an actor's id, an anonymous witness's label, or the source itself."""
    if claim.claimant is not None:
        return repr(claim.claimant)
    source, _, label = claim.speaks.partition(" ")
    name = source.removeprefix("sources/")
    return f"{label} (in {name!r})" if label else f"the source {name!r}"


def interval(low: Bound, high: Bound) -> str:
    """Return a range in words, such as "136 or more"."""
    if low is None:
        return "an unknown number" if high is None else f"at most {high:,}"
    if high is None:
        return f"{low:,} or more"
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def number(figure: Figure) -> str:
    """Return the range of a figure in words; a point value without bounds stands for itself."""
    if figure.low is None and figure.high is None and figure.best is not None:
        return f"about {figure.best:,}"
    return interval(figure.low, figure.high)


def whom(population: Population) -> str:
    """Return whom a figure counts, such as "role guard or security_force, actor sdf"."""
    told = [
        f"{group.replace('_', ' ')} {' or '.join(sorted(members))}"
        for group, members in zip(GROUPS, population, strict=True)
        if members
    ]
    return ", ".join(told) or "everybody"


def when(claims: Sequence[Claim]) -> str:
    """Return the days of which claims speak, such as " as of 2022-01-23"."""
    days = dict.fromkeys(day for claim in claims if (day := claim.as_of_date or claim.said_at))
    return f" as of {' and '.join(day[:10] for day in days)}" if days else ""
