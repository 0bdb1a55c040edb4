"""A write never destroys: what was stays readable, and a long read sees one moment."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from incidents_api.storage import consistency, lists, store
from incidents_api.storage.clocks import Clocks, source
from incidents_api.storage.lists import DOCUMENT, Lists
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base

Given = dict[str, Any]


def incident(name: str, **members: Any) -> Given:
    """Return an incident as a client gives it."""
    whole = {"resource": "incidents", "id": name, "title": "Siege", "date_start": "2022-01-20"}
    return whole | members


def figure(**members: Any) -> Given:
    """Return the figure ``f`` as a client gives it."""
    return {
        "resource": "figures",
        "id": "f",
        "incident": "i",
        "measure": "killed",
        "best": 3,
        **members,
    }


def printed(name: str) -> Given:
    """Return a source as a client gives it."""
    return {"resource": "sources", "id": name, "title": name, "source_type": "news_media"}


def history(base: Base, path: str) -> list[Given]:
    """Return a record's versions, the newest first."""
    found: list[Given] = base.json(f"/v1/{path}/history")["data"]
    return found


def test_the_replaced_version_stays_readable(empty: Base) -> None:
    empty.put(incident("i", place="Hasakah", tags=["a"]), who="anna", why="first report")
    before = empty.json("/v1/incidents/i")
    empty.put(incident("i", place="Ghwayran", tags=["a"]), who="ben", why="corrected")
    newest, oldest = history(empty, "incidents/i")
    assert oldest["record"] == before
    assert newest["record"] == empty.json("/v1/incidents/i")


def test_a_version_says_who_when_why_and_what(empty: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    for day, who, place in ((1, "anna", "Hasakah"), (2, "ben", "Ghwayran")):
        monkeypatch.setattr(store, "now", lambda day=day: f"2030-01-0{day}T00:00:00.000000Z")
        empty.put(incident("i", place=place, notes=who), who=who, why=f"because {day}")
    told = [
        {k: v for k, v in version.items() if k != "record"}
        for version in history(empty, "incidents/i")
    ]
    assert told == [
        {
            "seq": 2,
            "version": 2,
            "action": "update",
            "recorded_at": "2030-01-02T00:00:00.000000Z",
            "who": "ben",
            "why": "because 2",
            "changed_fields": ["notes", "place"],
        },
        {
            "seq": 1,
            "version": 1,
            "action": "create",
            "recorded_at": "2030-01-01T00:00:00.000000Z",
            "who": "anna",
            "why": "because 1",
            "changed_fields": [],
        },
    ]


@pytest.mark.parametrize(
    ("members", "fields"),
    [
        ({"tags": ["b"]}, ["tags"]),
        ({"external_ids": [{"scheme": "wikidata", "value": "Q1"}]}, ["external_ids"]),
        ({"latitude": 36.5, "longitude": 40.7}, ["latitude", "longitude"]),
        ({"source_values": {"best": 3}}, ["source_values"]),
        ({"visibility": "restricted", "provisional": True}, ["provisional", "visibility"]),
    ],
    ids=str,
)
def test_the_changed_fields_are_those_that_changed(
    empty: Base, members: Given, fields: list[str]
) -> None:
    empty.put(incident("i"))
    empty.put(incident("i", **members))
    sql = "SELECT changed_fields FROM changes WHERE seq = 2"
    (found,) = empty.store.connection.execute(sql).fetchone()
    assert orjson.loads(found) == fields


def test_versions_join_up_without_gaps(empty: Base) -> None:
    empty.put(printed("s"), incident("i"), figure())
    for number in range(4):
        empty.put(printed("s") | {"published_at": f"2022-01-2{number}"})
        empty.put(incident("i", notes=str(number)), figure(sources=[{"source": "s"}], best=number))
    for table in ("incidents", "figures", "sources"):
        rows = empty.store.connection.execute(
            f"SELECT from_seq, to_seq FROM {table}_history UNION ALL "
            f"SELECT from_seq, NULL FROM {table} ORDER BY from_seq"
        ).fetchall()
        assert len(rows) >= 5
        assert [row[1] for row in rows[:-1]] == [row[0] for row in rows[1:]]


STATES: Final[list[Given]] = [
    {"tags": ["a", "b"], "external_ids": [], "sources": ["s"]},
    {"tags": ["b", "c"], "external_ids": ["wikidata:Q1"], "sources": ["s", "t"]},
    {"tags": [], "external_ids": ["wikidata:Q1", "gtd:1"], "sources": ["t"]},
    {"tags": ["a"], "external_ids": ["gtd:1"], "sources": []},
    {"tags": ["a", "b"], "external_ids": [], "sources": ["s"]},
]


def write_state(base: Base, state: Given) -> None:
    """Write an incident and its figure with these lists."""
    pairs = [name.split(":") for name in state["external_ids"]]
    base.put(
        incident(
            "i",
            tags=state["tags"],
            external_ids=[{"scheme": scheme, "value": value} for scheme, value in pairs],
        ),
        figure(sources=[{"source": name} for name in state["sources"]]),
    )


@pytest.mark.parametrize(
    ("part", "member"),
    [
        ("incidents_tags", "tags"),
        ("incidents_external_id", "external_ids"),
        ("figures_source", "sources"),
    ],
)
def test_the_values_of_lists_are_kept_for_every_moment(empty: Base, part: str, member: str) -> None:
    empty.put(printed("s"), printed("t"))
    for state in STATES:
        write_state(empty, state)
    keys = dict(empty.store.connection.execute("SELECT pk, id FROM sources").fetchall())
    for seq, state in enumerate(STATES, 2):
        table = source(Clocks(seq), empty.store.tables)(part)
        rows = empty.store.connection.execute(f"SELECT value FROM {table}").fetchall()
        assert sorted(keys.get(value, value) for (value,) in rows) == sorted(state[member]), seq


def test_lists_changed_twice_in_one_transaction_are_kept_once(empty: Base) -> None:
    empty.put(incident("i", tags=["a"]))
    filler = [incident(f"x{number}") for number in range(2000)]
    empty.put(incident("i", tags=["b"]), *filler, incident("i", tags=["a", "c"]))
    for seq, tags in ((1, ["a"]), (2, ["a", "c"])):
        table = source(Clocks(seq), empty.store.tables)("incidents_tags")
        rows = empty.store.connection.execute(f"SELECT value FROM {table} ORDER BY value")
        assert [value for (value,) in rows] == tags
    assert list(consistency.faults(empty.store)) == []


SIZE: Final = 24
COUNTRIES: Final = ("SYR", "IRQ")
QUERIES: Final[list[dict[str, str]]] = [
    {},
    {"sort": "id"},
    {"sort": "-id"},
    {"sort": "date_end"},
    {"sort": "-date_end"},
    {"tags": "red"},
    {"tags": "red", "sort": "id"},
    {"country": "SYR"},
    {"country": "SYR,IRQ", "sort": "date_end"},
    {"actor": "a"},
    {"external_id": "wikidata:Q1"},
    {"date_start__gte": "2022-01-05"},
    {"tags__contains": "red"},
    {"q": "siege"},
    {"q": "siege", "sort": "relevance"},
    {"q": "siege", "country": "SYR"},
    {"sample": "15", "seed": "3"},
]


def numbered(number: int, **members: Any) -> Given:
    """Return one of many incidents, each differing in what lists are filtered and sorted by."""
    return incident(
        f"n{number:02}",
        date_start=f"2022-01-{1 + number % 20:02}",
        date_end=f"2022-02-{1 + number * 7 % 20:02}" if number % 3 else None,
        country=COUNTRIES[number % 2],
        tags=["red"] if number % 2 else ["blue"],
        external_ids=[{"scheme": "wikidata", "value": "Q1"}] if number % 2 else [],
        **members,
    )


def part_in(number: int, actor: str) -> Given:
    """Return an actor's part in one of the incidents."""
    name = f"n{number:02}"
    ends = {"incident": name, "actor": actor, "role": "party"}
    return {"resource": "participations", "id": f"p-{name}", **ends}


@pytest.fixture(scope="module")
def many_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of incidents that differ in everything that lists look at."""
    path = tmp_path_factory.mktemp("many") / "many.db"
    Store.make(path).close()
    base = open_base(path)
    for name in "ab":
        base.put({"resource": "actors", "id": name, "name": name, "actor_type": "rebel_group"})
    base.put(*map(numbered, range(SIZE)), *(part_in(n, "ab"[n % 2]) for n in range(SIZE)))
    base.store.close()
    return path


@pytest.fixture
def many(many_file: Path, tmp_path: Path) -> Iterator[Base]:
    """A copy of it, to write to."""
    base = open_base(Path(shutil.copy(many_file, tmp_path / "many.db")))
    yield base
    base.store.close()


def everything(base: Base, query: dict[str, str], between: Callable[[int], None]) -> list[Given]:
    """Read a whole list, doing something between its chunks."""
    reader = Lists(base.store, base.store.registry["incidents"])
    _, chunks = reader.everything(reader.grammar.read(list(query.items())), 2, lambda _: DOCUMENT)
    found = []
    for number, chunk in enumerate(chunks):
        found += [orjson.loads(row[-1]) for row in chunk]
        between(number)
    return found


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_a_long_read_gives_the_state_at_its_start(
    many: Base, monkeypatch: pytest.MonkeyPatch, query: dict[str, str]
) -> None:
    before = everything(many, query, lambda _: None)
    monkeypatch.setattr(lists, "CHUNK", 4)

    def write(turn: int) -> None:
        """Turn everything that lists look at around, and add records."""
        changed = [
            numbered(number + turn + 1, title=f"Truce {turn}") | {"id": f"n{number:02}"}
            for number in range(turn % 3, SIZE, 3)
        ]
        moved = [part_in(number, "ab"[(number + turn) % 2]) for number in range(turn % 2, SIZE, 2)]
        many.put(*changed, *moved, *(numbered(30 + 2 * turn + extra) for extra in range(2)))

    with ThreadPoolExecutor(1) as other:
        during = everything(many, query, lambda turn: other.submit(write, turn).result())
    assert len(before) >= 12
    assert during == before
    assert everything(many, query, lambda _: None) != before


def test_a_page_walk_by_cursor_loses_no_record_that_stays(many: Base) -> None:
    path, found = "/v1/incidents?sort=id&limit=5", []
    for turn in range(20):
        page = many.json(path)
        found += [record["id"] for record in page["data"]]
        many.put(numbered(40 + turn), numbered(turn, notes="changed"))
        path = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
        if not path:
            break
    assert found == sorted(set(found))
    assert {f"n{number:02}" for number in range(SIZE)} <= set(found)
