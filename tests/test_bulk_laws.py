"""The law of loading: what is written together is what is written one record after the other."""

import gc
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents_api.model import RESOURCES
from incidents_api.model.fields import Link
from incidents_api.storage import consistency
from incidents_api.storage.store import Store

Given = dict[str, Any]
Members = dict[str, list[Any]]

#: By what records of one kind are made: members with what they may be.
INCIDENT: Final[Members] = {
    "title": ["T"],
    "date_start": ["2022-01-20", "2022-01-21"],
    "country": ["SYR", None],
    "part_of": [None, None, "i0", "i1"],
    "dataset": [None, "s0"],
    "visibility": ["public", "public", "public", "restricted"],
}
ACTOR: Final[Members] = {
    "name": ["A"],
    "actor_type": ["government", "media", "monitor_ngo", "rebel_group"],
    "parent": [None, "a0"],
    "visibility": ["public", "public", "public", "restricted"],
}
SOURCE: Final[Members] = {
    "title": ["S"],
    "source_type": ["other"],
    "publisher": [None, "a0", "a1", "a2"],
    "published_at": [None, "2022-01-22", "2022-01-23T10:00:00Z"],
    "visibility": ["public", "public", "restricted"],
}
PARTICIPATION: Final[Members] = {
    "incident": ["i0", "i1", "i2"],
    "actor": ["a0", "a1", "a2"],
    "role": ["attacker"],
    "source": [None, "s0"],
}
# No day given is one that a source implies: whether that counts as given depends on who came first.
CLAIM: Final[Members] = {
    "incident": ["i0", "i0", "i1", "i2"],
    "claimant": [None, "a0", "a1", "a2"],
    "claimant_label": [None, "a witness"],
    "sources": [[], [{"source": "s0"}], [{"source": "s1"}], [{"source": "s1"}, {"source": "s0"}]],
    "said_at": [None, "2022-01-21"],
    "as_of_date": [None, "2022-01-21", "2022-01-22"],
    "status": ["active", "active", "disputed", "retracted"],
    "visibility": ["public", "public", "public", "restricted"],
}
FIGURE: Final[Members] = CLAIM | {
    "measure": ["killed"],
    "best": [3, 5, 9, 40],
    "part_of": [None, None, "f0", "f1"],
    "supersedes": [None, None, None, "f0"],
    "population": [{}, {}, {"actor": ["a1"]}, {"status": ["civilian"]}],
    "contradicts": [[], [], [], [{"figure": "f0", "reason": "R"}]],
}
ASSERTION: Final[Members] = CLAIM | {
    "predicate": ["event_occurred"],
    "value": ["yes", "no"],
    "supersedes": [None, "c0"],
    "contradicts": [[], [], [{"figure": "f0", "reason": "R"}]],
}
RELATION: Final[Members] = {
    "type": ["duplicate_of", "related_to"],
    "from_incident": ["i1", "i2"],
    "to_incident": ["i0"],
}
#: Of each resource how ids begin, the most records, and their members.
KINDS: Final[dict[str, tuple[str, int, Members]]] = {
    "actors": ("a", 3, ACTOR),
    "sources": ("s", 2, SOURCE),
    "incidents": ("i", 3, INCIDENT),
    "participations": ("p", 2, PARTICIPATION),
    "relations": ("r", 1, RELATION),
    "figures": ("f", 5, FIGURE),
    "assertions": ("c", 3, ASSERTION),
}
#: What is always there, so that every link leads somewhere but those among figures.
ALWAYS: Final = ("actors", "sources", "incidents")


@st.composite
def worlds(draw: st.DrawFn) -> list[Given]:
    """Draw records whose links lead to earlier ones of their kind, or to other kinds."""
    made = []
    for resource, (letter, most, members) in KINDS.items():
        number = most if resource in ALWAYS else draw(st.integers(0, most))
        for place in range(number):
            drawn = {name: draw(st.sampled_from(some)) for name, some in members.items()}
            record = {"resource": resource, "id": f"{letter}{place}", **drawn}
            made.append(record)
    there = {record["id"] for record in made}
    for record in made:
        _lead_back(record, there)
    return made


def _lead_back(record: Given, there: set[str]) -> None:
    """Take out links to what is not there, or is no earlier record of the same kind."""
    for name in ("part_of", "supersedes", "parent"):
        if (target := record.get(name)) and not (target in there and target < record["id"]):
            record[name] = None
    if rows := record.get("contradicts"):
        known = there - {record["id"]}
        record["contradicts"] = [row for row in rows if row["figure"] in known]


def targets(record: Given) -> set[str]:
    """Return the ids of all records to which one links."""
    kind = RESOURCES[record["resource"]]
    values = kind.read({name: value for name, value in record.items() if name != "resource"})
    found = {values[name] for name in kind.links_out()}
    for part in kind.parts():
        if isinstance(part.kind, Link):
            found.update(part.of(values))
    return found - {None}


def in_turn(records: Sequence[Given]) -> list[Given]:
    """Return records so that what is linked to comes first, otherwise in their order."""
    waiting, found, there = list(records), list[Given](), set[str]()
    names = {record["id"] for record in records}
    while waiting:
        ready = next(one for one in waiting if targets(one) & names <= there)
        waiting.remove(ready)
        found.append(ready)
        there.add(ready["id"])
    return found


def told(store: Store) -> dict[str, Any]:
    """Return all that follows from what was written, by ids; not when it was written."""
    read = store.connection.execute
    found: dict[str, Any] = {}
    names: dict[tuple[str, int], str] = {}
    for table in store.tables:
        for pk, name, shown, document in read(f"SELECT pk, id, shown, document FROM {table.name}"):
            names[table.name, pk] = name
            values = orjson.loads(document)
            del values["version"], values["recorded_at"]
            found[f"{table.name}/{name}"] = (shown, values)
    found["sums"] = sorted(
        str((names.get(("sources", row[2])), *row[:2], *row[3:]))
        for row in read("SELECT * FROM sums")
    )
    found["left out"] = {
        (names["incidents", pk], measure) for pk, measure in read("SELECT * FROM left_out")
    }
    found["contradictions"] = {
        (resource, names[resource, pk], name): document
        for resource, pk, name, document in read(
            "SELECT resource, subject, id, document FROM contradictions"
        )
    }
    return found


@pytest.fixture(scope="module")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("laws") / "empty.db"
    Store.make(path).close()
    return path


@contextmanager
def loaded(empty: Path, batches: Iterable[Sequence[Given]]) -> Iterator[Store]:
    """Write each of the batches in one transaction, into an empty knowledge base."""
    with TemporaryDirectory() as folder:
        store = Store(Path(shutil.copy(empty, folder)))
        for batch in batches:
            with store.writing("test") as transaction:
                for record in batch:
                    values = {name: value for name, value in record.items() if name != "resource"}
                    kind = record["resource"]
                    transaction.put(kind, RESOURCES[kind].read(values))
        yield store
        store.close()


def written(empty: Path, batches: Iterable[Sequence[Given]]) -> dict[str, Any]:
    """Return what follows from records that were written in batches; all of it is in step."""
    with loaded(empty, batches) as store:
        assert list(consistency.faults(store)) == []
        return told(store)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_any_order_and_any_batches_give_the_same(
    empty_file: Path, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    records = data.draw(worlds())
    once = in_turn(data.draw(st.permutations(records)))
    alone = written(empty_file, [[record] for record in once])
    cuts = sorted(data.draw(st.sets(st.integers(0, len(once)), max_size=3)) | {0, len(once)})
    several = [once[first:last] for first, last in pairwise(cuts)]
    several = [data.draw(st.permutations(some)) for some in several]
    assert written(empty_file, several) == alone
    anyhow = data.draw(st.permutations(records))
    assert written(empty_file, [anyhow]) == alone
    with monkeypatch.context() as patch:
        patch.setattr("incidents_api.storage.write.BATCH", 4)
        assert written(empty_file, [anyhow]) == alone


def test_each_record_of_a_load_is_written_once(empty_file: Path) -> None:
    source = {"resource": "sources", "id": "s", "title": "S", "source_type": "other"}
    part = {"resource": "participations", "id": "p", "incident": "i", "actor": "a", "role": "party"}
    claim = {"resource": "figures", "incident": "i", "claimant": "a", "measure": "killed"}
    records: list[Given] = [
        {**claim, "id": "f", "best": 3, "sources": [{"source": "s"}]},
        {**claim, "id": "g", "best": 4, "supersedes": "f"},
        part,
        {"resource": "incidents", "id": "i", "title": "T", "date_start": "2022-01-20"},
        {**source, "publisher": "a", "published_at": "2022-01-22"},
        {"resource": "actors", "id": "a", "name": "A", "actor_type": "media"},
    ]
    with loaded(empty_file, [records]) as store:
        sql = "SELECT count(*), max(n), sum(version) FROM changes WHERE action = 'create'"
        assert store.connection.execute(sql).fetchone() == (6, 6, 6)
        shown = told(store)
    assert shown["figures/f"][1]["claimant_stance"] == "party"
    assert shown["figures/f"][1]["said_at"] == "2022-01-22"
    assert shown["figures/f"][1]["superseded"]
    assert shown["incidents/i"][1]["casualties"]["killed"]["best"] == 4


@pytest.mark.parametrize("fails", [False, True])
def test_the_collector_rests_while_many_records_wait_and_works_again(
    empty_file: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    monkeypatch.setattr("incidents_api.storage.write.MANY", 2)
    record = {"title": "T", "date_start": "2022-01-20"}
    works = []
    with (
        suppress(InterruptedError),
        loaded(empty_file, []) as store,
        store.writing("test") as transaction,
    ):
        for name in "ij":
            transaction.put("incidents", RESOURCES["incidents"].read({**record, "id": name}))
            works.append(gc.isenabled())
        if fails:
            raise InterruptedError
    assert works == [True, False]
    assert gc.isenabled()
