"""Contradictions over HTTP: kept up by every write, and the same under the clocks of that time."""

import csv
import io
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents_api.estimates import Question
from incidents_api.estimates.figures import Assertion, Figure
from incidents_api.model import RESOURCES
from incidents_api.model.claims import UNREAD
from incidents_api.storage import consistency, migrations
from incidents_api.storage.connections import open_writer
from incidents_api.storage.contradiction_lists import ContradictionLists
from incidents_api.storage.contradictions import CLAIMS, Contradictions
from incidents_api.storage.refusals import Refused
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base
from tests.merging import merge

BATTLE = "hasakah-prison-battle-2022"
LIST = "/v1/contradictions"


def killed(name: str, claimant: str, number: int, /, **more: Any) -> dict[str, Any]:
    """Return a figure of the killed in the battle."""
    plain = {"incident": BATTLE, "measure": "killed", "as_of_date": "2022-01-23", "best": number}
    source = [{"source": "nos-2022-01-23-hasakah"}]
    made = {"resource": "figures", "id": name, "claimant": claimant, "sources": source}
    return {**made, **plain, **more}


def told(base: Base, query: str = "", path: str = LIST) -> list[tuple[str, list[str]]]:
    found = base.json(f"{path}?limit=1000&{query}")["data"]
    return [(one["kind"], [record["id"] for record in one["records"]]) for one in found]


def test_the_thursday_claim_contradicts_who_escaped_but_they_not_each_other(sample: Base) -> None:
    thursday = "hasakah-escapees-recaptured-sdf"
    for path in (LIST, f"/v1/incidents/{BATTLE}/contradictions"):
        found = [("declared", [thursday, f"hasakah-escaped-{by}"]) for by in ("is", "sohr")]
        assert sorted(told(sample, path=path)) == found


@pytest.mark.parametrize(
    ("query", "number"),
    [
        (f"incident={BATTLE}", 2),
        ("incident=hasakah-prison-attack-2022", 0),
        ("facility=hasakah-prison", 0),
        ("actor=sdf", 0),
        ("claimant=is", 1),
        ("claimant=is,sohr", 2),
        ("claimant=pentagon", 0),
        (f"claimant=sdf&incident={BATTLE}", 2),
        ("kind=declared", 2),
        ("kind=numeric,revision", 0),
        ("strength=printed", 2),
        ("strength=coded", 0),
        ("measure=escaped", 2),
        ("measure=killed", 0),
        ("said_by=2022-01-21T23:59:00%2B02:00", 0),
        ("said_by=2022-01-23", 2),
        ("as_of=2022-01-22", 0),
        ("as_of=2022-01-23&measure=escaped&claimant=sohr", 1),
        ("as_of=2022-01-23&kind=numeric", 0),
        (f"as_of=2022-01-23&incident={BATTLE}", 2),
        ("as_of=2022-01-23&facility=hasakah-prison", 0),
        ("known_at=0", 0),
    ],
)
def test_filters_choose(query: str, number: int, sample: Base) -> None:
    assert len(told(sample, query)) == number
    rows = list(csv.reader(io.StringIO(sample.get(f"{LIST}?f=csv&{query}").text)))
    assert len(rows) == number + 1


@pytest.mark.parametrize(
    ("query", "status", "name"),
    [
        ("kind=odd", 400, "kind"),
        ("incident=nowhere", 404, "incident"),
        ("claimant=nobody&as_of=2022-01-23", 404, "claimant"),
        ("cursor=abc", 400, "cursor"),
        ("colour=red", 400, "colour"),
        ("known_at=9999", 404, "known_at"),
    ],
)
def test_mistakes_are_named(query: str, status: int, name: str, sample: Base) -> None:
    answer = sample.get(f"{LIST}?{query}")
    assert answer.status_code == status
    assert answer.get_json()["errors"][0]["parameter"] == name


@pytest.mark.parametrize(
    "path",
    [
        f"{LIST}?claimant=sdf-2",
        f"{LIST}?claimant=sdf-2&as_of=2022-01-23",
        f"{LIST}?claimant=sdf-2&f=csv",
        "/v1/estimates?population_actor=sdf-2",
        f"/v1/incidents/{BATTLE}/estimates?population_actor=sdf-2",
    ],
)
def test_a_filter_that_names_what_was_merged_says_whom_to_ask_for(path: str, base: Base) -> None:
    seq = base.put({"resource": "actors", "id": "sdf-2", "name": "S", "actor_type": "rebel_group"})
    merge(base, "actors", "sdf-2", "sdf")
    answer = base.get(path)
    assert (answer.status_code, answer.get_json()["status"]) == (404, 404)
    assert "ask for sdf" in answer.get_json()["detail"]
    joint = "&" if "?" in path else "?"
    assert base.get(f"{path}{joint}known_at={seq}").status_code == 200
    assert base.get(f"{path}{joint}known_at={seq - 1}").status_code == 404  # not there yet


def test_a_record_that_is_not_there_has_none(sample: Base) -> None:
    assert sample.get("/v1/incidents/nowhere/contradictions").status_code == 404
    assert sample.get(f"/v1/incidents/{BATTLE}/contradictions?incident=x").status_code == 400
    assert sample.get(f"/v1/incidents/{BATTLE}/contradictions?as_of=2021-01-01").status_code == 404


@pytest.mark.parametrize("clock", ["", "&as_of=2022-01-30"])
def test_pages_go_through_all_once(clock: str, base: Base) -> None:
    base.put(*(killed(f"k{n}", by, n) for n, by in enumerate(["is", "usa", "pentagon", "nos"])))
    whole = base.json(f"{LIST}?limit=1000{clock}")["data"]
    found: list[Any] = []
    path = f"{LIST}?limit=2{clock}"
    while path:
        page = base.json(path)
        found += page["data"]
        path = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert found == whole
    # Six pairs among four numbers, all below the monitor's 136 and its three parts; two declared.
    assert len(found) == 6 + 4 * (1 + 3) + 2
    cursor = base.json(f"{LIST}?limit=2{clock}")["meta"]["next_cursor"]
    assert base.get(f"{LIST}?kind=numeric&cursor={cursor}{clock}").status_code == 409
    text = base.get(f"{LIST}?f=csv&limit=2{clock}")
    assert len(text.text.splitlines()) == 3
    assert 'rel="next"' in text.headers["Link"]


def test_an_answer_is_not_sent_twice(base: Base) -> None:
    tag = base.get(LIST).headers["ETag"]
    assert base.get(LIST, If_None_Match=tag).status_code == 304
    base.put(killed("few", "is", 3))
    assert base.get(LIST, If_None_Match=tag).status_code == 200


def test_what_is_restricted_contradicts_nothing(base: Base) -> None:
    base.put(killed("few", "is", 3, visibility="restricted"))
    assert len(told(base)) == 2
    base.put(killed("few", "is", 3))
    assert ("numeric", ["few", "hasakah-killed-sohr"]) in told(base)
    whole = base.json(f"/v1/incidents/{BATTLE}")
    given = {name: value for name, value in whole.items() if name not in ("links", "recorded_at")}
    base.put({**given, "resource": "incidents", "visibility": "restricted"})
    assert told(base) == []


def test_a_stream_is_one_state(base: Base) -> None:
    base.put(killed("few", "is", 3))
    _, rows = ContradictionLists(base.store).everything({})
    base.put(killed("few", "is", 3, status="retracted"))
    assert len(list(rows)) == 2 + (1 + 3)
    assert len(told(base)) == 2


CLAIM: dict[str, Any] = {"incident": "a", "as_of_date": "2022-01-20"}
FIGURE = {**CLAIM, "resource": "figures", "measure": "killed", "best": 2, "breakdown": "sides"}
YES = {**CLAIM, "resource": "assertions", "predicate": "event_occurred", "value": "yes"}
START: dict[str, dict[str, Any]] = {
    "x": {"resource": "actors", "name": "x", "actor_type": "rebel_group"},
    "y": {"resource": "actors", "name": "y", "actor_type": "monitor_ngo"},
    "a": {"resource": "incidents", "title": "a", "date_start": "2022-01-20"},
    "b": {"resource": "incidents", "title": "b", "date_start": "2022-01-20"},
    "f1": {**FIGURE, "claimant": "x", "breakdowns": [{"name": "sides", "disjoint": True}]},
    "f2": {**FIGURE, "claimant": "y", "population": {"actor": ["x"]}},
    "f3": {**FIGURE, "claimant": "y", "population": {"status": ["combatant"]}, "best": 3},
    "f4": {**FIGURE, "claimant": "x", "population": {"status": ["combatant"]}},
    "g1": {**YES, "claimant": "x"},
    "g2": {**YES, "claimant": "y", "value": "no"},
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a few claims that touch each other in many ways."""
    path = tmp_path_factory.mktemp("claims") / "world.db"
    store = Store.make(path)
    with store.writing("test") as transaction:
        for name, given_ in START.items():
            write(store, transaction, name, given_)
    store.close()
    return path


def write(store: Store, transaction: Any, name: str, given_: dict[str, Any]) -> None:
    values = {key: value for key, value in given_.items() if key not in ("resource", "state")}
    read = store.registry[given_["resource"]].read({"id": name, **values})
    transaction.put(given_["resource"], read, state=given_.get("state", "live"))


def declares(name: str | None) -> list[dict[str, str]]:
    return [] if name is None else [{"figure": name, "reason": "Declared."}]


SOME = st.none() | st.sampled_from(["f1", "f2", "f3", "f4"])
OF_CLAIMS: dict[str, st.SearchStrategy[Any]] = {
    "incident": st.sampled_from(["a", "b"]),
    "claimant": st.sampled_from(["x", "y"]),
    "as_of_date": st.sampled_from(["2022-01-20", "2022-01-21"]),
    "status": st.sampled_from(["active", "retracted"]),
    "contradicts": SOME.map(declares),
    "state": st.sampled_from(["live", "withdrawn"]),
}
OF_FIGURES: dict[str, st.SearchStrategy[Any]] = {
    **OF_CLAIMS,
    "best": st.integers(1, 4),
    "part_of": SOME,
    "supersedes": SOME,
}


def changes(names: str, members: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """Return changes of one member of one record."""
    one = [st.fixed_dictionaries({name: value}) for name, value in members.items()]
    return st.tuples(st.sampled_from(names.split()), st.one_of(one))


CHANGES = st.one_of(
    changes("f1 f2 f3 f4", OF_FIGURES),
    changes("f1 f2 f3 f4", OF_FIGURES),
    changes("g1 g2", OF_CLAIMS),
    changes("x", {"actor_type": st.sampled_from(["rebel_group", "media", "civilians"])}),
    changes("f1 g1 a", {"visibility": st.sampled_from(["public", "restricted"])}),
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(CHANGES, min_size=3, max_size=8))
def test_after_any_writes_they_are_what_the_claims_make(
    world: Path, tmp_path: Path, writes: list[tuple[str, dict[str, Any]]]
) -> None:
    base = open_base(Path(shutil.copy(world, tmp_path / "copy.db")))
    state, then = dict(START), {1: base.json(f"{LIST}?limit=1000")["data"]}
    for name, change in writes:
        changed = {**state[name], **change}
        with suppress(Refused), base.store.writing("test") as transaction:
            write(base.store, transaction, name, changed)
            transaction.finish()
            state[name] = changed
        assert list(Contradictions(base.store.tables, base.store.connection, 0).faults()) == []
        then[base.store.seq()] = base.json(f"{LIST}?limit=1000")["data"]
    if any("visibility" in change for _, change in writes):
        then = {}  # who may see a record is policy of all its past
    for seq, rows in then.items():
        assert base.json(f"{LIST}?limit=1000&known_at={seq}")["data"] == rows
    base.store.close()


#: One claim about the other incident, and a write elsewhere that takes a contradiction away.
PART = {"incident": "b", "part_of": "f1", "best": 9}
DENIES = {"incident": "b", "contradicts": declares("f1")}
ELSEWHERE: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("g1", DENIES, "f1", {"status": "refuted"}),
    ("f2", DENIES, "f1", {"status": "refuted"}),
    ("f2", PART, "f2", {"best": 1}),
    ("f2", PART, "f2", {"part_of": None}),
    ("f2", PART, "f2", {"status": "refuted"}),
    ("f2", {"best": 9}, "x", {"actor_type": "civilians"}),
    ("f2", {"best": 9, "population": {}}, "f2", {"circumstance": "torture"}),
    ("f2", {"best": 9, "population": {}}, "f2", {"scope": {"deaths": "indirect"}}),
    ("f2", {"best": 9, "population": {}}, "f2", {"method": "projection"}),
]


@pytest.mark.parametrize(("name", "elsewhere", "other", "change"), ELSEWHERE)
def test_a_write_reaches_what_looks_at_it_from_elsewhere(
    name: str,
    elsewhere: dict[str, Any],
    other: str,
    change: dict[str, Any],
    world: Path,
    tmp_path: Path,
) -> None:
    base = open_base(Path(shutil.copy(world, tmp_path / "copy.db")))
    state = {**START, name: {**START[name], **elsewhere}}
    with base.store.writing("test") as transaction:
        write(base.store, transaction, name, state[name])
    before = told(base)
    with base.store.writing("test") as transaction:
        write(base.store, transaction, other, {**state[other], **change})
    lost = [one for one in before if one not in told(base)]
    assert [kind for kind, names in lost if name in names]
    assert list(Contradictions(base.store.tables, base.store.connection, 0).faults()) == []
    base.store.close()


def test_what_decides_the_question_is_never_taken_for_unread(base: Base) -> None:
    members = {name for resource in CLAIMS for name in base.store.registry[resource].kinds()}
    assert members > UNREAD
    assert UNREAD.isdisjoint(Question._fields)


@pytest.fixture
def spoiled(base: Base) -> Iterator[Any]:
    connection = open_writer(base.store.path)
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("DELETE FROM contradictions WHERE strength = 'printed'", "is out of step with the claims"),
        ("UPDATE contradictions SET strength = 'coded'", "is out of step with the claims"),
        ("DELETE FROM contradiction_keys WHERE target = 'is'", "those of claimants is"),
        (
            "INSERT INTO contradiction_keys VALUES ('claimants', 'usa', 'incidents', 1, 'x')",
            "those of claimants usa",
        ),
    ],
)
def test_what_is_out_of_step_is_found(sql: str, words: str, spoiled: Any, base: Base) -> None:
    assert list(consistency.faults(base.store)) == []
    spoiled.execute(sql)
    assert any(words in fault for fault in consistency.faults(base.store))


def test_a_migration_makes_them_again(spoiled: Any, base: Base) -> None:
    before = told(base)
    for table in ("contradictions", "contradiction_keys"):
        spoiled.execute(f"DROP TABLE {table}")
    shape = migrations.migrate(spoiled, base.store.tables, base.store.renderers)
    assert "contradictions.id" in shape.missing
    assert told(base) == before
    assert list(consistency.faults(base.store)) == []


def test_a_change_of_what_is_asked_counts(base: Base) -> None:
    base.put(killed("few", "is", 3))
    assert ("numeric", ["few", "hasakah-killed-sohr"]) in told(base)
    base.put(killed("few", "is", 3, circumstance="execution"))
    assert ("numeric", ["few", "hasakah-killed-sohr"]) not in told(base)


class Watched(dict[str, Any]):
    """A document that notes which of its members are read."""

    def __init__(self, shown: dict[str, Any]) -> None:
        super().__init__(shown)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)


@pytest.mark.parametrize(("resource", "claim"), [("figures", Figure), ("assertions", Assertion)])
def test_what_is_not_read_is_not_looked_at(
    resource: str, claim: type[Figure | Assertion], sample: Base
) -> None:
    for shown in sample.json(f"/v1/{resource}?limit=50")["data"]:
        document = Watched(shown)
        claim.of(document)
        assert document.read.isdisjoint(UNREAD)
    assert {*RESOURCES["figures"].kinds(), *RESOURCES["assertions"].kinds()} >= UNREAD
