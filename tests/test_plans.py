"""Every promised index is used; and the random world that other tests read, made here."""

import atexit
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from incidents_api.model import RESOURCES
from incidents_api.model.fields import (
    INDEXED,
    Kind,
    Link,
    Many,
    Members,
    Moment,
    Rows,
)
from incidents_api.model.generalizing import ASKED, CELLS
from incidents_api.model.vocabularies import vocabularies
from incidents_api.storage.lists import DOCUMENT, Lists
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base
from tests.test_conditional import random_value

NAMES = [record.resource for record in RESOURCES]
SIZES = {"incidents": 130, "figures": 110, "participations": 90}
SORTED = "USE TEMP B-TREE FOR ORDER BY"
POINTS = [(0.0, 180.0), (0.0, -180.0), (10.0, 179.9999), (-10.0, -179.9999), (90.0, 0.0)]
POINTS += [(-90.0, 45.0), (36.5, 40.75), (36.5, 40.75), (0.0, 0.0)]
LEFT = ("id", "publish_at", "latitude", "longitude", "period_end")
LENGTHS = [0, 0, 3, 20, 31, 32, 60, 400]


@dataclass
class World:
    """A base of random records, and the documents that everybody may see, by resource and id."""

    base: Base
    docs: dict[str, dict[str, dict[str, Any]]]


class Maker:
    """Makes random records from the declarations, with nulls, ties and awkward texts."""

    def __init__(self, seed: int, factor: int) -> None:
        self.rng = random.Random(seed)
        self.ids: dict[str, list[str]] = {}
        self.counted: dict[str, dict[str, Any]] = {}
        self.answered: set[bytes] = set()
        for record in RESOURCES:
            count = SIZES.get(record.resource, 45) * factor
            numbers = self.rng.sample(range(10 * count), count)
            self.ids[record.resource] = [f"{record.prefix}-{n:05}" for n in numbers]

    def records(self) -> Iterator[dict[str, Any]]:
        for record in RESOURCES:
            for number, name in enumerate(self.ids[record.resource]):
                made: dict[str, Any] = {"resource": record.resource, "id": name}
                for field, kind in record.kinds().items():
                    if field in LEFT or kind.readonly:
                        continue
                    if field == ASKED:
                        # By dice of its own: the rest of the world is what it was without it.
                        made[field] = random.Random(name).choice([None, None, *CELLS])
                    elif kind.required or self.rng.random() < 0.6:
                        made[field] = self.value(kind, record.resource, number)
                made["visibility"] = "restricted" if self.rng.random() < 0.06 else "public"
                yield self.obey(made, number)

    def value(self, kind: Kind, resource: str, number: int) -> Any:
        rng = self.rng
        if isinstance(kind, Many):
            found = [self.value(kind.item, resource, number) for _ in range(rng.choice([1, 2, 3]))]
            return list(dict.fromkeys(item for item in found if item is not None))
        if isinstance(kind, Members):
            return {
                name: self.value(inner, resource, number)
                for name, inner in kind.members.items()
                if rng.random() < 0.5
            }
        if isinstance(kind, Rows):
            return [self.row(kind, resource, number) for _ in range(rng.choice([1, 2]))]
        if isinstance(kind, Link):
            ids = self.ids[kind.resource]
            ids = ids[: min(number, 12)] if kind.resource == resource else ids[:12]
            return rng.choice(ids) if ids else None
        return random_value(kind, rng)

    def row(self, kind: Rows, resource: str, number: int) -> dict[str, Any]:
        return {name: self.value(k, resource, number) for name, k in kind.members.items()}

    def obey(self, made: dict[str, Any], number: int) -> dict[str, Any]:
        """Make a record obey the rules of its resource."""
        for first, last in (record.span for record in RESOURCES if record.span):
            if first != last and made.get(first) and made.get(last):
                days = timedelta(self.rng.choice(LENGTHS))
                made[last] = str(date.fromisoformat(made[first]) + days)
        if made["resource"] in ("incidents", "facilities") and self.rng.random() < 0.7:
            anywhere = (self.rng.uniform(-90, 90), self.rng.uniform(-180, 180))
            made["latitude"], made["longitude"] = self.rng.choice([*POINTS, anywhere])
        getattr(self, f"obey_{made['resource']}", lambda *_: None)(made, number)
        self.be_the_only_one(made)
        return made

    def be_the_only_one(self, made: dict[str, Any]) -> None:
        """Take away what a record may not have because another has it that answers the same."""
        record = RESOURCES[made["resource"]]
        for sole in record.soles:
            if made.get(sole.member) == sole.value:
                values = record.read({k: v for k, v in made.items() if k != "resource"})
                question = [record.resource, sole.rule, *sole.question(values)]
                answer = orjson.dumps(question, option=orjson.OPT_SORT_KEYS)
                if answer in self.answered:
                    del made[sole.member]
                self.answered.add(answer)

    def obey_incidents(self, made: dict[str, Any], _: int) -> None:
        if made.get("sub_event_type"):
            terms = vocabularies()["sub_event_type"].terms
            made["event_type"] = next(t.parent for t in terms if t.term == made["sub_event_type"])

    def obey_assertions(self, made: dict[str, Any], _: int) -> None:
        keep = self.rng.choice(["incident", "incident", "incident", "facility", "actor"])
        for name in ("incident", "facility", "actor"):
            made.pop(name, None)
        if "contradicts" in made:
            kind = self.rng.choice(["figure", "assertion"])
            other = self.rng.choice(self.ids[f"{kind}s"][:12])
            made["contradicts"] = [{kind: other, "reason": "Both cannot be."}]
        about = {"incident": "incidents", "facility": "facilities", "actor": "actors"}[keep]
        made[keep] = self.rng.choice(self.ids[about][:12])
        if made.get("predicate") == "outcome":
            made["value"] = "repelled"

    def obey_figures(self, made: dict[str, Any], number: int) -> None:
        self.obey_assertions(made, number)
        for name in ("value_text", "amount", "amount_to", "qualifier", "coding_rule"):
            made.pop(name, None)
        if made.get("measure_kind") == "incremental":
            made["period_start"] = "2022-01-02"
        low, best, high = sorted(self.rng.choices([0, 1, 5, 40, 900], k=3))
        made |= {"low": low, "best": best, "high": high, "coding_rule": "source"}
        if number < 12 and number % 2:
            # Parts count what their totals do: were all totals parts, all would count the same.
            made.pop("part_of", None)
        made |= self.counted.get(made.get("part_of") or "", {})
        self.counted[made["id"]] = {"measure": made["measure"], "unit": made.get("unit")}
        for name in self.rng.sample(["best", "high"], self.rng.randrange(3)):
            del made[name]
        if number % 7 == 0:
            for name in ("low", "best", "high", "coding_rule"):
                made.pop(name, None)
            made |= {"qualifier": "at_least", "amount": 40}
        if number > 12 and number % 2 and "incident" in made:
            self.count_everybody(made)

    def count_everybody(self, made: dict[str, Any]) -> None:
        """Make a figure a plain count of all who were killed or injured."""
        for name in ("population", "unit", "scope", "circumstance", "method"):
            made.pop(name, None)
        for name in ("measure_kind", "part_of", "status"):
            made.pop(name, None)
        made["measure"] = self.rng.choice(["killed", "killed", "injured"])

    def obey_sites(self, made: dict[str, Any], number: int) -> None:
        kept, left = ("facility_type", "facility")[:: 1 if number % 2 else -1]
        made.pop(left, None)
        made[kept] = "prison" if number % 2 else self.rng.choice(self.ids["facilities"][:12])

    def obey_relations(self, made: dict[str, Any], number: int) -> None:
        of = "actors" if number % 3 == 0 else "incidents"
        terms = [t.term for t in vocabularies()["relation_type"].terms if t.parent == of]
        made["type"] = self.rng.choice(terms)
        start, end = sorted(self.rng.sample(range(12), 2))
        for name in ("from_incident", "to_incident", "from_actor", "to_actor"):
            made.pop(name, None)
        made[f"from_{of[:-1]}"] = self.ids[of][end]
        made[f"to_{of[:-1]}"] = self.ids[of][start]


@cache
def world_file(factor: int = 1) -> Path:
    """Return the file of a random world; it is made once and removed at the end."""
    path = Path(tempfile.mkdtemp(prefix="incidents-world-")) / "world.db"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    Store.make(path).close()
    base = open_base(path)
    made = list(Maker(7, factor).records())
    base.put(*random.Random(1).sample(made, len(made)))
    base.store.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ANALYZE")
    return path


def open_world(folder: Path) -> World:
    """Return a world of its own over a copy of the file."""
    base = open_base(Path(shutil.copy(world_file(), folder / "world.db")))
    docs = {}
    for name in NAMES:
        rows = base.store.connection.execute(f"SELECT id, document FROM {name} WHERE shown = 2")
        docs[name] = {key: orjson.loads(document) for key, document in rows}
    return World(base, docs)


@pytest.fixture(scope="module")
def large() -> Iterator[Base]:
    base = open_base(world_file(4))
    yield base
    base.store.close()


def plans(base: Base, resource: str, query: dict[str, str]) -> list[str]:
    """Return the lines of SQLite's plans for a list's page: of what is known, and unknown."""
    lists = Lists(base.store, RESOURCES[resource])
    values = lists.grammar.read(list(query.items()))
    found: list[str] = []
    with base.store.reading() as connection:
        prepared = lists.query(values, 2).prepare(connection)
        for phase in [0, 1] if prepared.sort.nullable else [0]:
            sql, params = prepared._statement(DOCUMENT, phase, None)
            rows = connection.execute(f"EXPLAIN QUERY PLAN {sql} LIMIT 50", params)
            found += [row[3] for row in rows]
    return found


def known_value(base: Base, resource: str, name: str) -> str | None:
    """Return a value that some record has for a filter."""
    lists = Lists(base.store, RESOURCES[resource])
    parameter = lists.grammar.parameters[name]
    target: Any = parameter.target
    if parameter.via:
        link: Any = lists.record.leaf(parameter.via).kind
        return known_value(base, link.resource, name.partition("__")[2])
    if not hasattr(target, "kind"):
        sql = f"SELECT id FROM {target.resource} WHERE shown = 2 ORDER BY pk LIMIT 1"
        return str(base.store.connection.execute(sql).fetchone()[0])
    for document in base.json(f"/v1/{resource}?limit=1000")["data"]:
        found = target.of(document)
        found = found[0] if isinstance(found, list) and found else found
        if isinstance(target.kind, Link) and found:
            there = base.store.get(target.kind.resource, found)
            found = found if there and there.shown == 2 else None
        if found not in (None, []) and "," not in str(found):
            return str(found).lower() if isinstance(found, bool) else str(found)
    return None


def indexed(resource: str) -> list[str]:
    """Return the filters of a resource that promise an index: all but those declared scanned."""
    lists = Lists(Store(Path("none")), RESOURCES[resource])
    made = []
    for name, parameter in lists.grammar.parameters.items():
        operator, target = parameter.operator, parameter.target
        if operator and operator.suffix in ("", "contains") and name != "id":
            filtered = getattr(getattr(target, "kind", None), "filter", "indexed")
            if filtered != "scanned":
                made.append(name)
    return made


FILTERS = [(name, filter_) for name in NAMES for filter_ in indexed(name)]
#: Columns compared for equality; a sortable one's index serves its own order, not the list's.
EQUALS = [
    (record.resource, leaf.name)
    for record in RESOURCES
    for leaf in record.leaves()
    if leaf.kind.filter == INDEXED
    and not leaf.kind.many
    and not isinstance(leaf.kind, Moment)
    and not (leaf.kind.sort and record.order != "id")
]
SORTS = [
    (record.resource, sign + leaf)
    for record in RESOURCES
    for leaf in ("id", *(leaf.name for leaf in record.leaves() if leaf.kind.sort))
    for sign in ("", "-")
]


@pytest.mark.parametrize(("resource", "sort"), SORTS)
def test_every_sort_walks_an_index_and_sorts_no_page(large: Base, resource: str, sort: str) -> None:
    found = plans(large, resource, {"sort": sort})
    assert not [line for line in found if SORTED in line], found
    assert any("INDEX" in line for line in found), found


@pytest.mark.parametrize(("resource", "name"), FILTERS)
def test_every_indexed_filter_searches_an_index(large: Base, resource: str, name: str) -> None:
    value = known_value(large, resource, name)
    assert value is not None
    found = plans(large, resource, {name: value})
    assert not [line for line in found if line in ("SCAN t", "SCAN o", "SCAN a", "SCAN b")], found
    assert any(line.startswith("SEARCH") for line in found), found


@pytest.mark.parametrize(("resource", "name"), EQUALS)
def test_a_page_in_default_order_with_an_indexed_column_is_not_sorted(
    large: Base, resource: str, name: str
) -> None:
    found = plans(large, resource, {name: str(known_value(large, resource, name))})
    assert not [line for line in found if SORTED in line], found


@pytest.mark.parametrize(
    ("resource", "query"),
    [(name, {"q": "Hasakah"}) for name in NAMES]
    + [("facilities", {"bbox": "40,36,41,37"}), ("incidents", {"bbox": "10,-50,11,-49"})],
)
def test_words_and_boxes_are_looked_up_in_their_indexes(
    large: Base, resource: str, query: dict[str, str]
) -> None:
    found = plans(large, resource, query)
    assert any("VIRTUAL TABLE INDEX" in line for line in found), found
    assert "SCAN t" not in found


@pytest.mark.parametrize(
    "query", [{"bbox": "40,36,41,37"}, {"lat": "36.5", "lon": "40.7", "within_km": "50"}]
)
def test_many_incidents_of_a_box_are_met_on_a_walk_that_knows_where_they_were(
    large: Base, query: dict[str, str]
) -> None:
    assert plans(large, "incidents", query) == ["SCAN t USING INDEX incidents_date_start"]


def test_incidents_of_a_period_are_walked_along_indexes(large: Base) -> None:
    found = plans(large, "incidents", {"from": "2022-02-01", "to": "2022-02-03"})
    assert [line for line in found if "USING INDEX" in line and line.startswith("SEARCH t")]
    assert "SCAN t" not in found
    assert not [line for line in found if SORTED in line], found
