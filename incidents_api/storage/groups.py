"""By what incidents can be grouped, and the SQL of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from incidents_api.estimates import DEFAULT
from incidents_api.model.casualties import MEASURES
from incidents_api.storage.contributions import Row

Source = Callable[[str], str]
#: Text that comes after every other, and stands in none.
LAST: Final = "\U0010ffff"


@dataclass(frozen=True)
class Group:
    """Something to group by.

    Attributes:
        name: What it is called.
        words: What it is.
        sql: Its columns of an incident ``t``; where an incident can be in several groups, those
            of a table that has this name.
        kept: Its column of the table of sums, where it has one.
        resource: Of which records its first column holds the keys; empty if of none.
        title: The member that holds their names.
        joined: Takes the source of each table, returns the incidents and groups, once each.
        more: Further columns, by name.
        last: What stands for a name that is not known: it comes after all others.

    """

    name: str
    words: str
    sql: tuple[str, ...]
    kept: str = ""
    resource: str = ""
    title: str = ""
    joined: Callable[[Source], str] | None = None
    more: tuple[str, ...] = ()
    last: str | int = LAST

    def named(self, column: str) -> str:
        """Return the SQL of the name of a group by its column: of a record, its id.

        An id never changes, and stands for its record where that is not in view itself.
        """
        if self.resource:
            column = f"(SELECT id FROM {self.resource} WHERE pk = {column})"
        last = self.last if isinstance(self.last, int) else f"char({ord(self.last)})"
        return f"coalesce({column}, {last})"

    @property
    def members(self) -> tuple[str, ...]:
        """What it is told as: of a record its id and its name, and what else there is."""
        named = (f"{self.name}_{self.title}",) if self.resource else ()
        return (self.name, *named, *self.more)

    @property
    def overlapping(self) -> bool:
        """Whether an incident can be in several groups."""
        return self.joined is not None


def _parts(read: Source) -> str:
    return (
        f"SELECT incident, actor, role FROM {read('participations')} "
        "WHERE shown >= 2 AND incident IN (SELECT pk FROM chosen) GROUP BY 1, 2, 3"
    )


def _sites(read: Source) -> str:
    return (
        f"SELECT incident, facility FROM {read('sites')} WHERE shown >= 2 AND facility IS NOT NULL "
        "AND incident IN (SELECT pk FROM chosen) GROUP BY 1, 2"
    )


def _sources(read: Source) -> str:
    return " UNION ".join(
        f"SELECT f.incident, s.value AS source FROM {read(claims)} f "
        f"JOIN {read(f'{claims}_source')} s ON s.owner = f.pk "
        "WHERE f.shown >= 2 AND f.incident IN (SELECT pk FROM chosen)"
        for claims in ("figures", "assertions")
    )


GROUPS: Final = {
    group.name: group
    for group in (
        Group("country", "Country.", ("t.country",), "nullif(country, '')"),
        Group("admin1", "First-order division.", ("t.admin1",)),
        Group(
            "year",
            "Year of the first day.",
            ("CAST(substr(t.date_start, 1, 4) AS INTEGER)",),
            "CAST(substr(month, 1, 4) AS INTEGER)",
            last=10_000,
        ),
        Group("month", "Month of the first day.", ("substr(t.date_start, 1, 7)",), "month"),
        Group("event_type", "Kind of event.", ("t.event_type",), "nullif(event_type, '')"),
        Group(
            "type_of_violence",
            "UCDP's type of violence.",
            ("t.type_of_violence",),
            "nullif(type_of_violence, 0)",
            last=10_000,
        ),
        Group(
            "actor",
            "Actor with a part in it, with the role.",
            ("actor.actor", "actor.role"),
            resource="actors",
            title="name",
            joined=_parts,
            more=("role",),
        ),
        Group(
            "facility",
            "Facility that was a site of it.",
            ("facility.facility",),
            resource="facilities",
            title="name",
            joined=_sites,
        ),
        Group(
            "source",
            "Source that prints a claim about it.",
            ("source.source",),
            resource="sources",
            title="title",
            joined=_sources,
        ),
        Group(
            "dataset",
            "Data set.",
            ("t.dataset",),
            "sums.dataset",
            resource="sources",
            title="title",
        ),
    )
}

#: What a row of the computed answer needs to know of each incident, in order.
NUMBERS: Final = (
    "is_left_out", "known", "low", "best", "high", "high_open",
    "over_month", "over_year", "imprecise",
)  # fmt: skip
#: The same of an incident ``t``, as far as it follows from its own columns.
BEYOND: Final = (
    "substr(t.span_end, 1, 7) > substr(t.date_start, 1, 7)",
    "substr(t.span_end, 1, 4) > substr(t.date_start, 1, 4)",
    "coalesce(t.date_prec = 5, 0)",
)


def columns(measure: str, rule: str) -> list[str]:
    """Return the SQL of what an incident ``t`` says of a measure: whether it is known, its bounds.

    Of the measures that have columns, these are to speak of the rule already.
    """
    members = ("low", "best", "high", "high_open")
    if measure in MEASURES:
        found = [f"t.{measure}_{member}" for member in members]
    else:
        path = f"$.casualties.{measure}" + ("" if rule == DEFAULT else f".rules.{rule}")
        found = [f"t.document ->> '{path}.{member}'" for member in members]
    return [f"{found[-1]} IS NOT NULL", *found]


_ADDED: Final = {
    "n_counted": "count(*) FILTER (WHERE counts)",
    "n_left_out": "count(*) FILTER (WHERE is_left_out)",
    "low": "total(low) FILTER (WHERE counts)",
    "best": "total(best) FILTER (WHERE counts)",
    "high": "total(high) FILTER (WHERE counts)",
    "n_low": "count(low) FILTER (WHERE counts)",
    "n_best": "count(best) FILTER (WHERE counts)",
    "n_high": "count(high) FILTER (WHERE counts)",
    "n_open": "count(*) FILTER (WHERE counts AND (high_open OR high IS NULL))",
    "n_over_month": "count(*) FILTER (WHERE counts AND over_month)",
    "n_over_year": "count(*) FILTER (WHERE counts AND over_year)",
    "n_imprecise": "count(*) FILTER (WHERE counts AND imprecise)",
}


def computed_sql(groups: Sequence[Group], chosen: str, read: Source) -> str:
    """Return the statement that adds incidents up.

    Args:
        groups: By what to group.
        chosen: A statement that gives, of each incident, ``pk``, a column ``d0``, ``d1``, … for
            each group that is not overlapping, and :data:`NUMBERS`.
        read: What to read each table from.

    """
    plain = [group for group in groups if not group.overlapping]
    names: list[str] = []
    columns: list[str] = []
    joins = ""
    for group in groups:
        own = group.sql
        if group.joined:
            table = f"({group.joined(read)}) {group.name}"
            joins += f" LEFT JOIN {table} ON {group.name}.incident = c.pk"
        else:
            own = (f"c.d{plain.index(group)}",)
        columns += own
        names += [group.named(own[0]), *(f"coalesce({one}, '{LAST}')" for one in own[1:])]
    by = f" GROUP BY {', '.join(columns)}" if columns else ""
    added = ", ".join(_ADDED[field] for field in Row._fields)
    once = "MATERIALIZED" if joins else "NOT MATERIALIZED"
    return (
        f"WITH chosen AS {once} (SELECT *, known AND NOT is_left_out AS counts FROM ({chosen})) "
        f"SELECT {', '.join([*names, 'count(*)'])}, {added} FROM chosen c{joins}{by}"
    )


def kept_sql(
    groups: Sequence[Group], measure: str, rule: str, fields: Sequence[str], where: Sequence[str]
) -> str:
    """Return the statement that adds up rows of the sums that writing keeps.

    Args:
        groups: By what to group.
        measure: Whose rows.
        rule: And which.
        fields: What to add up.
        where: Conditions on the columns of the table.

    """
    names = [group.named(group.kept) for group in groups]
    # By the columns themselves: then SQLite goes along the key of the table.
    columns = dict.fromkeys(_COLUMNS.get(group.name, group.kept) for group in groups)
    by = f" GROUP BY {', '.join(columns)}" if columns else ""
    added = [f"coalesce(sum({field}), 0)" for field in fields]
    read = [f"measure = '{measure}'", f"rule = '{rule}'", *where]
    return f"SELECT {', '.join([*names, *added])} FROM sums WHERE {' AND '.join(read)}{by}"


#: The columns of the table of sums that say what is not known by an empty text or 0.
_COLUMNS: Final = {name: name for name in ("country", "event_type", "type_of_violence", "dataset")}
