"""The claim envelope: who says it, when, in which words, printed where.

Figures and assertions share it. It also holds what follows from other records where the
editor left it open: when a claim was said, from what standpoint, and whether a later claim
corrects it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

from incidents_api.model.clocked import Clocked
from incidents_api.model.faults import Fault, Rule, over
from incidents_api.model.fields import (
    INDEXED,
    SCANNED,
    Code,
    Computed,
    Day,
    Flag,
    Link,
    Many,
    Moment,
    Rows,
    Text,
)
from incidents_api.model.record import Record

Facts = Mapping[str, list[tuple[Any, ...]]]

#: A claim is about exactly one of these.
SUBJECTS: Final = ("incident", "facility", "actor")
#: The status of a claim of which nothing else is known.
ACTIVE: Final = "active"
#: Members of claims at which no rule looks that compares them: no estimate, no contradiction.
UNREAD: Final = frozenset(
    {
        "attribution",
        "cause",
        "dataset",
        "external_ids",
        "inflicted_by",
        "notes",
        "said_at_prec",
        "source_values",
        "speaker",
        "statement",
        "status_from",
        "status_reason",
        "value_text",
        "via",
    }
)
#: A claim of these statuses stands, and can correct another.
STANDING: Final = (ACTIVE, "disputed")
STANDPOINTS: Final = {
    "monitor_ngo": "monitor",
    "government": "government",
    "state_forces": "government",
    "security_service": "government",
    "intergovernmental": "intergovernmental",
    "media": "media",
    "data_set_compiler": "compiler",
}


def said_at(_: Mapping[str, Any], facts: Facts) -> str | None:
    """Return the earliest day or instant at which one of the claim's sources was published."""
    known = (at for (at,) in facts["sources"] if at)
    return min(known, key=lambda at: at.removesuffix("Z"), default=None)


def said_at_prec(values: Mapping[str, Any], facts: Facts) -> str | None:
    """Return how exactly the time is known: to the day where only a day was given."""
    at = values["said_at"] or said_at(values, facts)
    return None if at is None else "day" if len(at) == 10 else "instant"


def standpoint(values: Mapping[str, Any], facts: Facts) -> str:
    """Return from what standpoint a claim is made.

    A claimant that takes part in the incident speaks as a party, or as the opposing party where
    the figure counts others. Otherwise the kind of actor decides; a claim without a claimant is
    a witness's where it has a label, else its publisher's.
    """
    claimant = values["claimant"]
    if claimant is None:
        if values["claimant_label"]:
            return "witness"
        kinds = [kind for (kind,) in facts["sources.publisher"]]
        return next((STANDPOINTS[kind] for kind in kinds if kind in STANDPOINTS), "unknown")
    if claimant in {actor for (actor,) in facts["incident.participations"]}:
        counted = values.get("population", {}).get("actor") or []
        return "opposing_party" if counted and claimant not in counted else "party"
    kinds = [kind for (kind,) in facts["claimant"]]
    return next((STANDPOINTS[kind] for kind in kinds if kind in STANDPOINTS), "unknown")


def superseded(_: Mapping[str, Any], facts: Facts) -> bool:
    """Return whether a claim in view corrects this one."""
    return any(status in STANDING for (status,) in facts["superseded_by"])


@over(*SUBJECTS)
def about_one_thing(values: Mapping[str, Any]) -> Iterable[Fault]:
    """A claim is about exactly one incident, facility or actor."""
    named = [name for name in SUBJECTS if values[name] is not None]
    if len(named) != 1:
        words = " and ".join(named) if named else "nothing"
        yield (
            named[-1] if named else "incident",
            f"a claim is about exactly one incident, facility or actor; this one names {words}",
        )


@over("contradicts")
def contradicts_one_claim(values: Mapping[str, Any]) -> Iterable[Fault]:
    """Each declared contradiction names one figure or one assertion."""
    for row in values["contradicts"]:
        if (row["figure"] is None) == (row["assertion"] is None):
            yield "contradicts", "each entry names either a figure or an assertion"


class Claim(Record):
    """What figures and assertions have in common."""

    span = ("as_of_date", "as_of_date")
    clocked = Clocked(day=("as_of_date", "said_at"), said="said_at")
    rules: ClassVar[tuple[Rule, ...]] = (about_one_thing, contradicts_one_claim)

    incident = Link(
        "incidents",
        "The incident the claim is about.",
        reverse="{plural}",
        about=True,
        through=True,
        example="hasakah-prison-battle-2022",
    )
    facility = Link(
        "facilities", "The facility the claim is about.", reverse="{plural}", about=True
    )
    actor = Link("actors", "The actor the claim is about.", about=True)
    claimant = Link(
        "actors",
        "Who says it. With neither claimant nor label, the source speaks in its own voice.",
        reverse="{plural}",
        through=True,
        example="sohr",
    )
    claimant_label = Text(
        "Who says it, where that is nobody with a record: an anonymous witness.",
        search=True,
        length=200,
    )
    speaker = Text("The claimant's spokesman: an office, not a private person.", length=200)
    via = Link("actors", "The agency that carried the claim.")
    claimant_stance = Code(
        "claimant_stance",
        "From what standpoint it is said; computed unless given.",
        filter=INDEXED,
        computed=Computed(
            standpoint,
            {
                "claimant": ("actor_type",),
                "sources.publisher": ("actor_type",),
                "incident.participations": ("actor",),
            },
        ),
    )
    attribution = Code("claim_attribution", "How the source gives it.", filter=SCANNED)
    said_at = Moment(
        "When it was said; unless given, when the earliest of its sources was published.",
        sort=True,
        filter=INDEXED,
        computed=Computed(said_at, {"sources": ("published_at",)}),
        example="2022-01-23",
    )
    said_at_prec = Code(
        "time_prec",
        "How exactly the time is known.",
        computed=Computed(said_at_prec, {"sources": ("published_at",)}),
    )
    as_of_date = Day(
        "The day about which it speaks.", sort=True, filter=INDEXED, example="2022-01-23"
    )
    as_of_prec = Code("date_prec", "How exactly that day is known.")
    sources = Rows(
        "The documents in which it is printed; repeats of one claim are more sources, not claims.",
        {
            "source": Link(
                "sources",
                "The document.",
                required=True,
                reverse="{plural}",
                parameter="source",
            ),
            "locator": Text("Where in it: a page, a paragraph.", length=200),
            "quote": Text("The words as printed: a few, never a passage.", search=True, length=300),
        },
    )
    derives_from = Link(
        "{plural}", "The claim that this one repeats; it is then not independent.", acyclic=True
    )
    supersedes = Link(
        "{plural}",
        "The claim about the same day that this one corrects. A later count is a new figure.",
        reverse="superseded_by",
        acyclic=True,
    )
    superseded = Flag(
        "Whether a claim that stands corrects this one.",
        readonly=True,
        filter=SCANNED,
        default=False,
        computed=Computed(superseded, {"superseded_by": ("status",)}),
    )
    status = Code("claim_status", "How the claim stands.", filter=SCANNED, default=ACTIVE)
    status_from = Day(
        "Since when in the world it stands so. Under as_of and said_by a claim that was retracted, "
        "refuted or disputed only later is active."
    )
    status_reason = Text("Why it stands so.", length=2000)
    contradicts = Rows(
        "Claims that an editor declares it cannot stand beside.",
        {
            "figure": Link("figures", "The other claim, where it is a figure."),
            "assertion": Link("assertions", "The other claim, where it is an assertion."),
            "reason": Text("Why both cannot be true.", required=True, length=1000),
        },
    )
    rank = Code(
        "rank",
        "The editors' preference; one preferred claim a question.",
        filter=SCANNED,
        default="normal",
    )
    source_reliability = Code(
        "source_reliability", "How reliable the source is, A to F.", filter=SCANNED
    )
    information_credibility = Code(
        "information_credibility", "How credible the claim is, 1 to 6.", filter=SCANNED
    )
    computed = Many(
        Text("A member whose value was computed here, not given.", length=60),
        readonly=True,
        limit=20,
    )
