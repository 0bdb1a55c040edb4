"""The one write path: everything of a transaction happens, or nothing."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from incidents_api.storage import consistency, store
from incidents_api.storage.store import Refused, Store
from tests.conftest import TOP, Base, open_base

Given = dict[str, Any]

#: So many records wait here before they are written, instead of many thousands.
BATCH: Final = 300


REQUIRED: Final[dict[str, Given]] = {
    "incidents": {"title": "T", "date_start": "2022-01-20"},
    "actors": {"name": "A", "actor_type": "rebel_group"},
    "figures": {"incident": "i", "measure": "killed", "best": 3},
}


def incident(name: str, **members: Any) -> Given:
    """Return an incident as a client gives it."""
    return {"resource": "incidents", "id": name, **REQUIRED["incidents"], **members}


SOURCE: Final = {"title": "S", "source_type": "dataset"}


def actor(name: str, **members: Any) -> Given:
    """Return an actor as a client gives it."""
    return {"resource": "actors", "id": name, **REQUIRED["actors"], **members}


def figure(name: str, **members: Any) -> Given:
    """Return a figure about the incident ``i`` as a client gives it."""
    return {"resource": "figures", "id": name, **REQUIRED["figures"], **members}


def relation(type_: str, first: str, second: str) -> Given:
    """Return a relation as a client gives it."""
    kind = "actor" if type_ == "member_of" else "incident"
    name = f"{first}-{type_}-{second}".replace("_", "-")
    ends = {f"from_{kind}": first, f"to_{kind}": second}
    return {"resource": "relations", "id": name, "type": type_, **ends}


def counts(base: Base, *records: Given) -> dict[str, int]:
    """Write records and return what was counted."""
    with base.store.writing("test") as transaction:
        for given in records:
            values = {name: value for name, value in given.items() if name != "resource"}
            record = base.store.registry[given["resource"]]
            transaction.put(given["resource"], record.read(values))
    return {action: number for action, number in transaction.counts.items() if number}


def document(base: Base, resource: str, name: str) -> dict[str, Any]:
    """Return a record as it is stored."""
    found = base.store.get(resource, name)
    assert found
    values: dict[str, Any] = orjson.loads(found.document)
    return values


def changes(base: Base) -> list[tuple[Any, ...]]:
    """Return the change feed."""
    sql = "SELECT seq, n, resource, id, version, action, changed_fields FROM changes"
    rows = base.store.connection.execute(f"{sql} ORDER BY seq, n").fetchall()
    return [(*row[:6], orjson.loads(row[6])) for row in rows]


@pytest.fixture(scope="module")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a knowledge base without records."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    Store.make(path).close()
    return path


@pytest.fixture
def empty(empty_file: Path, tmp_path: Path) -> Iterator[Base]:
    """A copy of it that is sound, whatever a test has written to it."""
    base = open_base(Path(shutil.copy(empty_file, tmp_path / "copy.db")))
    yield base
    assert list(consistency.faults(base.store)) == []
    base.store.close()


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("incidents_api.storage.write.BATCH", BATCH)


def test_what_is_new_changed_and_equal_is_counted(empty: Base) -> None:
    assert counts(empty, incident("i"), incident("j")) == {"created": 2}
    written = counts(empty, incident("i"), incident("j", notes="New."), incident("k"))
    assert written == {"unchanged": 1, "updated": 1, "created": 1}


def test_a_write_that_changes_nothing_leaves_no_transaction(empty: Base) -> None:
    empty.put(incident("i", tags=["a"]), figure("f"))
    empty.put(incident("i", tags=["a"]), figure("f"))
    assert empty.store.seq() == 1


def test_a_null_column_of_a_data_set_is_kept(empty: Base) -> None:
    empty.put(incident("i", source_values={"b": 1}))
    empty.put(incident("i", source_values={"a": None, "b": 1}))
    assert document(empty, "incidents", "i")["source_values"] == {"a": None, "b": 1}


def test_records_come_in_any_order(empty: Base) -> None:
    sources = [{"source": "s", "quote": "three"}]
    empty.put(
        figure("g", part_of="f", claimant="a", sources=sources),
        figure("f", supersedes="g"),
        {"resource": "participations", "id": "p", "incident": "i", "actor": "a", "role": "party"},
        incident("i", part_of="j", dataset="s"),
        incident("j"),
        actor("a", parent="b"),
        {"resource": "sources", "id": "s", "publisher": "b", **SOURCE},
        actor("b"),
    )
    assert empty.ids("/v1/actors/a/incidents") == ["i"]
    assert document(empty, "figures", "g")["superseded"]


DANGLING: Final = [
    (
        incident("i", part_of="no"),
        "incidents/i part_of: there is no record 'no' among the incidents",
    ),
    (incident("i", dataset="no"), "incidents/i dataset: there is no record 'no' among the sources"),
    (figure("f", incident="no"), "figures/f incident: there is no record 'no' among the incidents"),
    (
        figure("f", inflicted_by=["no"]),
        "figures/f inflicted_by: there is no record 'no' among the actors",
    ),
    (
        figure("f", sources=[{"source": "no"}]),
        "there is no record 'no' among the sources",
    ),
    (figure("f", population={"actor": ["no"]}), "there is no record 'no' among the actors"),
    (
        figure("f", contradicts=[{"figure": "no", "reason": "R"}]),
        "there is no record 'no' among the figures",
    ),
]


@pytest.mark.parametrize(("given", "words"), DANGLING)
def test_a_dangling_link_is_refused_and_nothing_written(
    empty: Base, given: Given, words: str
) -> None:
    empty.put(incident("before"))
    with pytest.raises(Refused, match=words) as refused:
        empty.put(*([] if given["id"] == "i" else [incident("i")]), given)
    assert len(refused.value.refusals) == 1
    assert empty.store.records() == empty.store.seq() == 1


CIRCLES: Final = {
    "incidents part_of": [incident("i", part_of="j"), incident("j", part_of="i")],
    "itself": [incident("i", part_of="i")],
    "three": [incident(a, part_of=b) for a, b in ("ij", "jk", "ki")],
    "actors parent": [actor("i", parent="j"), actor("j", parent="i")],
    "figures part_of": [incident("i"), figure("f", part_of="g"), figure("g", part_of="f")],
    "supersedes": [incident("i"), figure("f", supersedes="g"), figure("g", supersedes="f")],
    "derives_from": [incident("i"), figure("f", derives_from="g"), figure("g", derives_from="f")],
    "duplicate_of": [
        *(incident(name) for name in "ijk"),
        *(relation("duplicate_of", a, b) for a, b in ("ij", "jk", "ki")),
    ],
    "member_of": [
        *(actor(name) for name in "ij"),
        *(relation("member_of", a, b) for a, b in ("ij", "ji")),
    ],
}


@pytest.mark.parametrize("records", CIRCLES.values(), ids=CIRCLES)
def test_a_circle_is_refused_at_once_and_when_closed_later(
    empty: Base, records: list[Given]
) -> None:
    with pytest.raises(Refused, match="leads back to where it began"):
        empty.put(*records)
    assert empty.store.records() == empty.store.seq() == 0
    *first, last = records
    links = ("part_of", "parent", "supersedes", "derives_from")
    loose = {name: value for name, value in last.items() if name not in links}
    empty.put(*first, *([] if last["resource"] == "relations" else [loose]))
    with pytest.raises(Refused, match="leads back to where it began"):
        empty.put(last)
    assert empty.store.seq() == 1


def test_a_chain_without_a_circle_is_written(empty: Base) -> None:
    empty.put(*(incident(a, part_of=b) for a, b in ("ij", "jk", "xk")), incident("k"))
    empty.put(relation("related_to", "i", "j"), relation("related_to", "j", "i"))
    assert empty.store.seq() == 2


@pytest.mark.usefixtures("small_batches")
def test_an_exception_inside_the_block_leaves_nothing(empty: Base) -> None:
    many = (incident(f"i{number}") for number in range(BATCH + 1))
    with pytest.raises(KeyError, match="resource"):
        empty.put(*many, {"id": "of no resource"})
    assert empty.put(incident("i")) == empty.store.records() == 1


@pytest.mark.usefixtures("small_batches")
def test_a_large_transaction_carries_its_real_time(empty: Base) -> None:
    size = BATCH + 500
    children = [
        incident(f"i{number:05}", part_of="zz", title=f"Title {number}") for number in range(size)
    ]
    empty.put(*children, incident("zz"), why="bulk")
    connection = empty.store.connection
    (recorded_at,) = connection.execute("SELECT recorded_at FROM transactions").fetchone()
    sql = "SELECT count(*) FROM incidents WHERE document ->> 'recorded_at' = ?"
    assert connection.execute(sql, (recorded_at,)).fetchone() == (size + 1,)
    assert [(row[0], row[1]) for row in changes(empty)] == [(1, n + 1) for n in range(size + 1)]


@pytest.mark.usefixtures("small_batches")
def test_a_record_written_twice_across_batches_is_one_version(empty: Base) -> None:
    empty.put(incident("a"))
    others = [incident(f"i{number}") for number in range(BATCH)]
    empty.put(incident("a", place="One"), *others, incident("a", place="One", region="Two"))
    found = document(empty, "incidents", "a")
    assert (found["version"], found["region"]) == (2, "Two")
    mine = [row[4:] for row in changes(empty) if row[3] == "a"]
    assert mine == [(1, "create", []), (2, "update", ["place", "region"])]


def test_two_writes_in_one_transaction_are_one_version_and_one_change(empty: Base) -> None:
    empty.put(incident("i", place="One"), incident("i", place="Two"))
    assert document(empty, "incidents", "i")["place"] == "Two"
    assert changes(empty) == [(1, 1, "incidents", "i", 1, "create", [])]


def test_an_update_that_sets_off_a_computation_keeps_its_changed_fields(empty: Base) -> None:
    empty.put(incident("i"), figure("f"))
    empty.put(figure("f", notes="Corrected."), figure("g", supersedes="f"))
    (change,) = [row for row in changes(empty) if row[0] == 2 and row[3] == "f"]
    assert change[4:] == (2, "update", ["notes", "superseded"])


@pytest.mark.parametrize("resource", ["incidents", "actors"])
def test_an_id_is_minted_with_its_prefix(empty: Base, resource: str) -> None:
    record = empty.store.registry[resource]
    with empty.store.writing("test") as transaction:
        names = {transaction.put(resource, record.read(REQUIRED[resource])) for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith(f"{record.prefix}-") and len(name) == 30 for name in names)
    assert set(empty.ids(f"/v1/{resource}")) == names


def test_recorded_at_never_runs_backward(empty: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    times = [f"2030-01-01T00:00:0{second}.000000Z" for second in (5, 3, 7)]
    for number, time in enumerate(times):
        monkeypatch.setattr(store, "now", lambda time=time: time)
        empty.put(incident(f"i{number}"))
    shown = [document(empty, "incidents", f"i{number}")["recorded_at"] for number in range(3)]
    assert shown == [times[0], times[0], times[2]]


def test_changes_are_numbered_in_order_and_complete(empty: Base) -> None:
    empty.put(incident("i"), actor("a"))
    empty.put(incident("i", notes="N."), figure("f"), incident("j"))
    found = changes(empty)
    # i is written once, after what is new: what follows from the figure is there already.
    assert [row[:2] for row in found] == [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3)]
    written = {("i", "update"), ("f", "create"), ("j", "create")}
    assert {(row[3], row[5]) for row in found if row[0] == 2} == written


def test_several_threads_lose_nothing(empty: Base) -> None:
    def write(writer: int) -> None:
        for number in range(25):
            empty.put(
                incident(f"w{writer}-{number}"), incident("shared", notes=f"{writer} {number}")
            )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert (empty.store.records(), empty.store.seq()) == (101, 100)
    assert document(empty, "incidents", "shared")["version"] == 100


WRITER: Final = """
import sys; from pathlib import Path; from incidents_api.storage.store import Store
store = Store(Path(sys.argv[1])); read = store.registry["incidents"].read
for number in range(25):
    with store.writing(sys.argv[2]) as transaction:
        for name in (f"{sys.argv[2]}-{number}", "shared"):
            given = {"id": name, "title": f"{sys.argv[2]} {number}", "date_start": "2022-01-20"}
            transaction.put("incidents", read(given))
store.close()
"""


def test_several_processes_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    Store.make(path).close()
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [subprocess.Popen([*command, f"w{number}"], cwd=TOP) for number in range(4)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0, 0]
    base = Store(path)
    assert (base.records(), base.seq()) == (101, 100)
    assert list(consistency.faults(base)) == []
    base.close()
