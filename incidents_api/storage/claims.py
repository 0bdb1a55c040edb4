"""The claims about subjects, read from their documents: what estimates are made of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from incidents_api.estimates import Subject
from incidents_api.estimates.contradictions import contradictions
from incidents_api.estimates.figures import GROUPS, PLURALS, Assertion, Claim, Figure
from incidents_api.estimates.findings import Contradiction
from incidents_api.model import Registry
from incidents_api.storage.claim_documents import assertion_of, figure_of
from incidents_api.storage.clocks import Source
from incidents_api.storage.levels import PUBLIC, WITHDRAWN
from incidents_api.storage.parameters import NoSuchRecord
from incidents_api.storage.survivors import refuse_merged

#: The member of a claim that names what it is about, by that record's resource.
MEMBERS: Final = {resource: member for member, resource in PLURALS.items()}
ACTOR: Final = GROUPS.index("actor")
STATUS: Final = GROUPS.index("status")
_LISTED: Final = "(SELECT value FROM json_each(?))"


def claimed(registry: Registry) -> bool:
    """Return whether a knowledge base has claims, and what they are about."""
    return all(resource in registry for resource in ("figures", "assertions", *MEMBERS))


@dataclass
class Claims:
    """What is in view of one subject.

    Attributes:
        subject: The incident, facility or actor.
        title: Its title or name.
        figures: The figures about it.
        assertions: The assertions about it.
        others: Claims about other subjects to which these lead: parts of their totals, and the
            other sides of declared contradictions.
        actor_types: The kinds of the actors of populations that do not say their standing, by id.

    """

    subject: Subject
    title: str = ""
    figures: list[Figure] = field(default_factory=list)
    assertions: list[Assertion] = field(default_factory=list)
    others: list[Claim] = field(default_factory=list)
    actor_types: Mapping[str, str] = field(default_factory=dict)

    def contradictions(self) -> list[Contradiction]:
        """Return where these claims contradict each other."""
        figures = [claim for claim in self.others if isinstance(claim, Figure)]
        said = [claim for claim in self.others if isinstance(claim, Assertion)]
        about = (self.subject.resource, self.subject.id)
        return contradictions(
            [*self.figures, *figures], [*self.assertions, *said], about, self.actor_types
        )


class Claiming:
    """Reads the claims about subjects.

    Args:
        connection: To read with.
        read: Returns what to read each table from, which under clocks is what is in view.
        level: What the reader may see.

    """

    def __init__(self, connection: Any, read: Source, level: int = PUBLIC) -> None:
        self._connection = connection
        self._read = read
        self._level = level

    def about(
        self, resource: str, keys: Iterable[int], *, figures_only: bool = False
    ) -> dict[int, Claims]:
        """Return the claims about subjects of one resource, by their keys, those in view.

        Args:
            resource: ``incidents``, ``facilities`` or ``actors``.
            keys: Their keys.
            figures_only: Whether nothing but the figures is wanted: no contradictions.

        """
        found = dict(self._subjects(resource, list(keys)))
        wanted = ("figures",) if figures_only else ("figures", "assertions")
        for kind, key, document in self._documents(wanted, resource, found):
            if kind == "figures":
                found[key].figures.append(figure_of(document))
            else:
                found[key].assertions.append(assertion_of(document))
        if not figures_only:
            self._add_parts(resource, found)
            self._add_declared(found.values())
        types = self._actor_types(found.values())
        for claims in found.values():
            claims.actor_types = types
        return found

    def _subjects(self, resource: str, keys: Sequence[int]) -> Iterator[tuple[int, Claims]]:
        dated = resource == "incidents"
        told = "t.title, t.id, t.date_start, t.date_end, t.status" if dated else "t.name, t.id"
        rows = self._connection.execute(
            f"SELECT t.pk, {told} FROM {self._read(resource)} t "
            f"WHERE t.pk IN {_LISTED} AND t.shown >= ?",
            (orjson.dumps(keys).decode(), self._level),
        )
        for key, title, *rest in rows:
            yield key, Claims(Subject.incident(*rest) if dated else Subject(resource, *rest), title)

    def _documents(
        self, wanted: Sequence[str], resource: str, keys: Iterable[int]
    ) -> Iterator[tuple[str, int, str]]:
        """Yield the claims about subjects: resource, key of the subject, document of each."""
        member = MEMBERS[resource]
        ways = " UNION ALL ".join(
            f"SELECT '{claims}', t.{member} AS about, t.id AS name, t.document "
            f"FROM {self._read(claims)} t WHERE t.{member} IN {_LISTED} AND t.shown >= ?"
            for claims in wanted
        )
        marks = (orjson.dumps(list(keys)).decode(), self._level) * len(wanted)
        rows = self._connection.execute(f"{ways} ORDER BY about, name", marks)
        for claims, key, _, document in rows:
            yield claims, key, document

    def _add_parts(self, resource: str, found: Mapping[int, Claims]) -> None:
        """Add the parts of totals that are about other subjects than their totals, and so on."""
        member = MEMBERS[resource]
        totals = [(figure.id, key) for key, claims in found.items() for figure in claims.figures]
        while totals:
            rows = self._connection.execute(
                f"SELECT w.value ->> 1, p.{member}, p.document FROM json_each(?) w "
                f"JOIN {self._read('figures')} o ON o.id = w.value ->> 0 "
                f"JOIN {self._read('figures')} p ON p.part_of = o.pk AND p.shown >= ?",
                (orjson.dumps(totals).decode(), self._level),
            ).fetchall()
            totals = []
            for key, about, document in rows:
                if about != key:
                    part = figure_of(document)
                    found[key].others.append(part)
                    totals.append((part.id, key))

    def _add_declared(self, found: Iterable[Claims]) -> None:
        """Add the other sides of declared contradictions, where they are about other subjects."""
        wanted: dict[tuple[str, str], list[Claims]] = {}
        for claims in found:
            own: list[Claim] = [*claims.figures, *claims.assertions]
            here = {(claim.resource, claim.id) for claim in own}
            for claim in own:
                for resource, name, _ in claim.contradicts:
                    if (resource, name) not in here:
                        wanted.setdefault((resource, name), []).append(claims)
        for kind in (Figure, Assertion) if wanted else ():
            resource = "figures" if kind is Figure else "assertions"
            names = [name for other, name in wanted if other == resource]
            for shown in self._named(resource, names):
                for claims in wanted[resource, shown["id"]]:
                    claims.others.append(kind.of(shown))

    def _named(self, resource: str, names: Sequence[str]) -> Iterator[dict[str, Any]]:
        if names:
            rows = self._connection.execute(
                f"SELECT t.document FROM {self._read(resource)} t "
                f"WHERE t.id IN {_LISTED} AND t.shown >= ?",
                (orjson.dumps(names).decode(), self._level),
            )
            for (document,) in rows:
                yield orjson.loads(document)

    def _actor_types(self, found: Iterable[Claims]) -> dict[str, str]:
        """Return the kinds of the actors of populations that do not say their standing."""
        names = {
            actor
            for claims in found
            for claim in (*claims.figures, *claims.others)
            if isinstance(claim, Figure) and not claim.population[STATUS]
            for actor in claim.population[ACTOR]
        }
        if not names:
            return {}
        rows = self._connection.execute(
            f"SELECT t.id, t.actor_type FROM {self._read('actors')} t "
            f"WHERE t.id IN {_LISTED} AND t.shown >= ?",
            (orjson.dumps(sorted(names)).decode(), self._level),
        )
        return dict(rows.fetchall())


def wholes(read: Source, keys: str) -> str:
    """Return the keys of all totals that figures are parts of, directly or not, as SQL."""
    return (
        f"WITH RECURSIVE above(pk) AS (SELECT part_of FROM {read('figures')} WHERE pk IN {keys} "
        f"UNION SELECT o.part_of FROM above a JOIN {read('figures')} o ON o.pk = a.pk) "
        "SELECT pk FROM above WHERE pk IS NOT NULL"
    )


def looking_at(connection: Any, read: Source, resource: str, key: int) -> set[tuple[str, int]]:
    """Return the subjects whose contradictions may name claims about this one; itself too.

    Their totals have parts about it, or their claims are declared to contradict one about it.
    """
    member, about = MEMBERS[resource], ", ".join(f"t.{name}" for name in MEMBERS.values())
    ways = [f"{read('figures')} c JOIN {read('figures')} t ON t.pk IN ({wholes(read, '(c.pk)')})"]
    for target, singular in (("figures", "figure"), ("assertions", "assertion")):
        for owner in ("figures", "assertions"):
            part = read(f"{owner}_contradicts_{singular}")
            over = f"{read(target)} c JOIN {part} p ON p.value = c.pk"
            ways.append(f"{over} JOIN {read(owner)} t ON t.pk = p.owner")
    found = {(resource, key)}
    for way in ways:
        for row in connection.execute(f"SELECT {about} FROM {way} WHERE c.{member} = ?", (key,)):
            found |= {pair for pair in zip(MEMBERS, row, strict=True) if pair[1] is not None}
    return found


def all_subjects(connection: Any, read: Source, resource: str, after: int, limit: int) -> list[int]:
    """Return the keys of the next subjects of one resource about which there are claims."""
    member = MEMBERS[resource]
    ways = " UNION ".join(
        f"SELECT * FROM (SELECT DISTINCT t.{member} AS k FROM {read(claims)} t "
        f"WHERE t.{member} > ? ORDER BY t.{member} LIMIT {int(limit)})"
        for claims in ("figures", "assertions")
    )
    rows = connection.execute(f"{ways} ORDER BY k LIMIT {int(limit)}", (after, after))
    return [key for (key,) in rows]


def check_named(
    connection: Any, held: Source, parameter: str, resource: str, names: Sequence[str]
) -> None:
    """Refuse a filter that names records that are not there, or that were merged.

    Args:
        connection: The connection to read with.
        held: What to read each table from: what was there at ``known_at``, in view or not.
        parameter: What the filter is called.
        resource: The resource of the records.
        names: Their ids.

    Raises:
        NoSuchRecord: With their ids.

    """
    rows = connection.execute(
        f"SELECT id, state FROM {held(resource)} WHERE id IN {_LISTED} AND shown IN (?, ?)",
        (orjson.dumps(list(names)).decode(), PUBLIC, WITHDRAWN),
    ).fetchall()
    merged = [name for name, state in rows if state == "merged"]
    refuse_merged(connection, held, parameter, resource, merged)
    if missing := set(names) - {name for name, _ in rows}:
        words = f"there is no record {', '.join(sorted(missing)[:10])} among the {resource}"
        raise NoSuchRecord({parameter: [words]})
