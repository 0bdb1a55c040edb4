"""Estimates over the knowledge base: of one subject, or of the incidents that a filter chooses."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from incidents_api.estimates import DEFAULT, RULES, Estimate, Question, estimates
from incidents_api.estimates.figures import EVERYBODY, GROUPS
from incidents_api.estimates.findings import Contradiction
from incidents_api.estimates.sayings import interval, whom
from incidents_api.model import Record, Registry
from incidents_api.model.claims import SUBJECTS
from incidents_api.model.fields import Code, Flag, Pattern
from incidents_api.storage.arguments import Choice
from incidents_api.storage.claims import MEMBERS, Claiming, Claims, check_named
from incidents_api.storage.clocks import Clocks, clocks_of, source
from incidents_api.storage.cursors import digest
from incidents_api.storage.documents import ROOT
from incidents_api.storage.estimate_members import FIELDS
from incidents_api.storage.grammar import Grammar
from incidents_api.storage.levels import PUBLIC
from incidents_api.storage.lists import Lists, Page
from incidents_api.storage.parameters import Parameter
from incidents_api.storage.store import Store, latest

#: The claims about so many incidents are read at once.
CHUNK: Final = 100
NEWEST: Final = "newest"
ALL: Final = "all"
_EVERYBODY: Final = "true: only estimates that count everybody; false: only those of some."
_POPULATION: Final = {f"population_{group}": place for place, group in enumerate(GROUPS)}


class QuestionId(Pattern):
    """The name of a question, as an estimate carries it."""

    pattern = r"^q-[0-9a-f]{12}$"
    shape = "the question_id of an estimate"
    length = 14


class Asked(NamedTuple):
    """What is asked of estimates.

    Attributes:
        values: The parameters by their names.
        clocks: ``as_of`` and ``said_by`` as they were given, for the permalink.

    """

    values: Mapping[str, Any]
    clocks: Mapping[str, str]


class Estimated(NamedTuple):
    """Estimates as they are answered with.

    Attributes:
        rows: The estimates.
        seq: The number of the last transaction.
        known_seq: That of the last one whose state is shown.
        next_cursor: None: nothing follows.

    """

    rows: list[dict[str, Any]]
    seq: int
    known_seq: int
    next_cursor: None = None


def parameters(registry: Registry) -> tuple[Parameter, ...]:
    """Return what can be asked of estimates, beside the choice of what they are of."""
    figure = registry["figures"]
    measure = "Estimates of these measures."
    sets = (
        "Which claims count. newest: of each claimant the newest, without what repeats or is part "
        "of another answer. all: every report, whoever it is by."
    )
    rules = " ".join(f"{name}: {rule.words}" for name, rule in RULES.items())
    return (
        Parameter("measure", Code("measure", measure), measure, True, example=["killed"]),
        *(_population(figure, name) for name in _POPULATION),
        Parameter(
            "question",
            QuestionId("The question_id of an estimate."),
            "Only the estimates of one question, by the question_id that they carry.",
        ),
        Parameter("everybody", Flag(_EVERYBODY), _EVERYBODY),
        Parameter(
            "rule",
            Choice("By which rule.", list(RULES)),
            f"By which rule claims that disagree become one number. {rules}",
            default=DEFAULT,
        ),
        Parameter("set", Choice("Which claims count.", [NEWEST, ALL]), sets, default=NEWEST),
        FIELDS,
    )


def _population(figure: type[Record], name: str) -> Parameter:
    kind = next(part.kind for part in figure.parts() if part.name == name)
    words = f"Estimates of questions about whom this is said: {kind.words}"
    return Parameter(name, kind, words, True)


def incidents_grammar(registry: Registry, grammar: Grammar) -> Grammar:
    """Return what can be asked of the estimates of incidents: the filters of their list too."""
    made = copy(grammar)
    left_out = ("include", "f")
    kept = {name: one for name, one in grammar.parameters.items() if name not in left_out}
    made.parameters = kept | {one.name: one for one in parameters(registry)}
    return made


class Estimating:
    """Makes estimates of what is in view."""

    def __init__(self, store: Store, grammar: Grammar) -> None:
        self._store = store
        self._lists = Lists(store, store.registry["incidents"], grammar)

    def one(self, resource: str, name: str, asked: Asked) -> Estimated:
        """Return the estimates of one incident, facility or actor.

        Raises:
            Unreadable: A filter names what is not there, or a clock cannot be told.
            TooSlow: It took too long.

        """
        with self._store.reading() as connection:
            seq, clocks = latest(connection), clocks_of(connection, asked.values)
            self._check(connection, clocks, asked.values)
            known_seq = clocks.known(seq)
            sql = f"SELECT pk FROM {resource} WHERE id = ?"
            keys = [key for (key,) in connection.execute(sql, (name,))]
            rows = list(self._rows(connection, clocks, resource, keys, asked, known_seq))
        return Estimated(rows, seq, known_seq)

    def page(self, asked: Asked) -> tuple[list[dict[str, Any]], Page]:
        """Return the estimates of a page of incidents, and that page.

        Raises:
            Unreadable: A filter names what is not there, or the cursor is not this query's.
            TooSlow: It took too long.

        """
        page = self._lists.page(asked.values, PUBLIC, _keys)
        return list(self._of(page.rows, asked, page.known_seq)), page

    def everything(self, asked: Asked) -> tuple[Page, Iterator[dict[str, Any]]]:
        """Return the estimates of all incidents that match, as they stood when this began."""
        page, chunks = self._lists.everything(asked.values, PUBLIC, _keys)
        rows = (row for rows in chunks for row in self._of(rows, asked, page.known_seq))
        return page, rows

    def _of(
        self, rows: Sequence[tuple[Any, ...]], asked: Asked, known_seq: int
    ) -> Iterator[dict[str, Any]]:
        """Yield the estimates of incidents by their ids and keys, in their order."""
        for at in range(0, len(rows), CHUNK):
            with self._store.reading() as connection:
                clocks = replace(clocks_of(connection, asked.values), pin=known_seq)
                clocks = clocks.present(connection)
                self._check(connection, clocks, asked.values)
                keys = [key for _, key in rows[at : at + CHUNK]]
                found = list(self._rows(connection, clocks, "incidents", keys, asked, known_seq))
            yield from found

    def _check(self, connection: Any, clocks: Clocks, values: Mapping[str, Any]) -> None:
        """Refuse a filter that names an actor who is not there."""
        if "population_actor" in values:
            held = source(Clocks(clocks.pin), self._store.tables)
            names = values["population_actor"]
            check_named(connection, held, "population_actor", "actors", names)

    def _rows(
        self,
        connection: Any,
        clocks: Clocks,
        resource: str,
        keys: Sequence[int],
        asked: Asked,
        known_seq: int,
    ) -> Iterator[dict[str, Any]]:
        read = source(clocks, self._store.tables)
        found = Claiming(connection, read).about(resource, keys)
        for key in keys:
            if key in found:
                yield from _estimates(found[key], asked, known_seq)


def _keys(_: Any) -> str:
    return "t.pk"


def _estimates(claims: Claims, asked: Asked, known_seq: int) -> Iterator[dict[str, Any]]:
    """Yield the estimates of one subject that are asked for, as they are answered with."""
    values = asked.values
    rule, every = values.get("rule", DEFAULT), values.get("set", NEWEST) == ALL
    made = estimates(
        claims.figures, claims.subject, rule=rule, every=every, actor_types=claims.actor_types
    )
    wanted = [one for one in made if _asked(one, values)]
    found = claims.contradictions() if wanted else []
    for one in wanted:
        yield _told(one, claims, found, asked, known_seq)


def question_id(asked: Question) -> str:
    """Return the name of a question: the same of whatever it is asked."""
    return f"q-{digest(asked.told())}"


def _asked(one: Estimate, values: Mapping[str, Any]) -> bool:
    if one.question.measure not in values.get("measure", (one.question.measure,)):
        return False
    if values.get("question") not in (None, question_id(one.question)):
        return False
    whole = one.question.population == EVERYBODY
    if values.get("everybody", whole) != whole:
        return False
    return all(
        one.question.population[place] & set(map(str, values[name]))
        for name, place in _POPULATION.items()
        if name in values
    )


def _told(
    one: Estimate,
    claims: Claims,
    found: Iterable[Contradiction],
    asked: Asked,
    known_seq: int,
) -> dict[str, Any]:
    about = claims.subject
    names = {("figures", name) for name in one.figures_used}
    names |= {("figures", name) for name, _ in one.figures_excluded}
    permalink = _permalink(one, claims, asked, known_seq)
    return {
        **dict.fromkeys(SUBJECTS),
        MEMBERS[about.resource]: about.id,
        "title": claims.title,
        "question_id": question_id(one.question),
        **one.told(),
        "set": asked.values.get("set", NEWEST),
        "contradictions": [
            {"id": each.id, "kind": each.kind, "strength": each.strength, "words": each.words}
            for each in found
            if not names.isdisjoint(each.records)
        ],
        "permalink": permalink,
        "citation": _citation(one, claims, permalink),
    }


def _permalink(one: Estimate, claims: Claims, asked: Asked, known_seq: int) -> str:
    """Return the address that gives these numbers for ever: with its clocks and its rule."""
    told = {"question": question_id(one.question), "rule": one.rule}
    if "set" in asked.values:
        told["set"] = asked.values["set"]
    told |= {**asked.clocks, "known_at": str(known_seq)}
    about = claims.subject
    address = f"{ROOT}/{about.resource}/{quote(about.id)}/estimates"
    return f"{address}?{urlencode(told, safe=',:')}"


def _citation(one: Estimate, claims: Claims, permalink: str) -> str:
    low, high = one.low, None if one.high_open else one.high
    told = interval(low, high)  # type: ignore[arg-type]
    best = "" if one.best is None or low == high else f", best {one.best:,} ({one.best_basis})"
    n = one.n_figures
    return (
        f"{claims.title}: {one.question.measure} ({whom(one.question.population)}), {told}{best}, "
        f"by the rule {one.rule} from {n} {'figure' if n == 1 else 'figures'}. "
        f"Incidents API, {permalink}"
    )
