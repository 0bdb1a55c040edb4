"""The plain file that is served by the programs we are measured beside, and what they are asked."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from benchmarks.load import Answer
from benchmarks.peers import peers
from benchmarks.peers.check import Check, Different, records, total
from benchmarks.peers.installing import PROGRAMS
from benchmarks.peers.plain import TABLES, Places, make
from benchmarks.questions import BATCH, PAGE, QUESTIONS, Facts, Request
from benchmarks.world import World, write
from incidents_api.storage.store import Store

INCIDENTS = 300
#: By these every peer's pages come without a sort.
PAGES = (
    "SELECT * FROM incidents ORDER BY date_start DESC, pk",
    "SELECT * FROM incidents WHERE country = 'SYR' ORDER BY date_start DESC, pk",
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A small world and its plain file."""
    folder = tmp_path_factory.mktemp("plain")
    world, plain = folder / "world.db", folder / "plain.db"
    store = Store.make(world)
    write(store, World(INCIDENTS, 1))
    store.close()
    make(world, plain)
    return world, plain


def rows(path: Path, sql: str) -> list[Any]:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        return [tuple(row) for row in connection.execute(sql)]
    finally:
        connection.close()


@pytest.fixture(scope="module")
def facts(files: tuple[Path, Path]) -> Facts:
    world, _ = files
    listed = rows(world, "SELECT date_start, id FROM incidents ORDER BY date_start DESC, id DESC")
    incidents = [name for _, name in listed]
    actors = [name for (name,) in rows(world, "SELECT id FROM actors LIMIT 10")]
    sources = [name for (name,) in rows(world, "SELECT id FROM sources LIMIT 10")]
    return Facts(
        incidents, incidents, actors, sources, "SYR", "2015-01-01", listed[149], listed[279],
        "rare", "common", (38.0, 34.5, 39.0, 35.5),
    )  # fmt: skip


def test_the_plain_file_has_every_record(files: tuple[Path, Path]) -> None:
    world, plain = files
    for table in TABLES:
        (there,) = rows(world, f"SELECT count(*) FROM {table}")
        assert rows(plain, f"SELECT count(*) FROM {table}") == [there]
        assert there[0] > 0
    assert rows(plain, "PRAGMA foreign_key_check") == []
    assert rows(plain, "PRAGMA journal_mode") == [("wal",)]
    (points,) = rows(plain, "SELECT count(*) FROM incidents WHERE latitude IS NOT NULL")
    assert rows(plain, "SELECT count(*) FROM incidents_map") == [points]


def test_records_keep_what_belongs_to_them(files: tuple[Path, Path]) -> None:
    world, plain = files
    ours = (
        "SELECT f.id, i.id, a.id, f.best, f.sources ->> '$[0].source' FROM figures f "
        "JOIN incidents i ON i.pk = f.incident LEFT JOIN actors a ON a.pk = f.claimant ORDER BY 1"
    )
    theirs = (
        "SELECT f.id, i.id, a.id, f.best, s.id FROM figures f JOIN incidents i "
        "ON i.pk = f.incident_id LEFT JOIN actors a ON a.pk = f.claimant_id "
        "LEFT JOIN sources s ON s.pk = f.source_id ORDER BY 1"
    )
    assert rows(plain, theirs) == rows(world, ours)
    named = "SELECT id, title, summary, date_start, country, killed_best FROM incidents ORDER BY id"
    assert rows(plain, named) == rows(world, named)


def test_the_plain_file_lists_in_our_order(files: tuple[Path, Path]) -> None:
    world, plain = files
    ours = rows(world, "SELECT id FROM incidents ORDER BY date_start DESC, id DESC")
    assert rows(plain, "SELECT id FROM incidents ORDER BY date_start DESC, pk") == ours


@pytest.mark.parametrize("sql", PAGES)
def test_pages_of_the_plain_file_need_no_sort(files: tuple[Path, Path], sql: str) -> None:
    plan = " ".join(row[3] for row in rows(files[1], f"EXPLAIN QUERY PLAN {sql} LIMIT 50"))
    assert "USING INDEX" in plan
    assert "TEMP B-TREE" not in plan


def test_words_are_found_in_the_plain_file(files: tuple[Path, Path]) -> None:
    world, plain = files
    ours = rows(
        world,
        "SELECT id FROM incidents WHERE pk IN (SELECT rowid FROM incidents_search "
        "WHERE incidents_search MATCH 'attack') ORDER BY id",
    )
    theirs = rows(
        plain,
        "SELECT id FROM incidents WHERE pk IN (SELECT rowid FROM incidents_fts "
        "WHERE incidents_fts MATCH 'attack') ORDER BY id",
    )
    assert 0 < len(theirs) < INCIDENTS
    assert theirs == ours


def test_a_plain_file_is_made_anew(files: tuple[Path, Path], tmp_path: Path) -> None:
    plain = tmp_path / "plain.db"
    plain.write_bytes(b"old")
    make(files[0], plain)
    assert rows(plain, "SELECT count(*) FROM incidents") == [(INCIDENTS,)]
    assert not list(tmp_path.glob("*.part"))


def test_a_row_that_is_written_needs_no_id(files: tuple[Path, Path], tmp_path: Path) -> None:
    plain = tmp_path / "plain.db"
    make(files[0], plain)
    connection = sqlite3.connect(plain)
    connection.executemany("INSERT INTO figures (measure) VALUES (?)", [("killed",), ("killed",)])
    ids = connection.execute("SELECT id FROM figures ORDER BY pk DESC LIMIT 2").fetchall()
    connection.close()
    assert len({name for (name,) in ids}) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", name) for (name,) in ids)


def test_places_are_counted_from_the_top(files: tuple[Path, Path], facts: Facts) -> None:
    places = Places(files[1])
    assert [places.after(place) for place in (facts.middle, facts.end)] == [150, 280]


def test_every_peer_knows_every_question(files: tuple[Path, Path], facts: Facts) -> None:
    found = {
        (program.name, question.key): program.requests(question.key, facts)
        for program in peers(files[1])
        for question in QUESTIONS
    }
    answered = {key for (_, key), requests in found.items() if requests}
    assert answered == {question.key for question in QUESTIONS} - {"estimates", "columns"}
    for (name, key), requests in found.items():
        assert requests is None or requests, (name, key)
        for request in requests or ():
            assert request.path.startswith("/"), (name, key)
            assert (request.method == "POST") == (key in ("post", "batch")), (name, key)


def test_no_peer_is_asked_what_it_does_not_know(files: tuple[Path, Path], facts: Facts) -> None:
    for program in peers(files[1]):
        with pytest.raises(KeyError):
            program.requests("something", facts)


def test_peers_have_names_of_their_own(files: tuple[Path, Path]) -> None:
    names = [program.name for program in peers(files[1])]
    assert len(set(names)) == len(names) >= 7
    assert all(re.search(r"\d+\.\d+|selectinload", one.told) for one in peers(files[1]))


def test_batches_are_of_the_agreed_size(files: tuple[Path, Path], facts: Facts) -> None:
    for program in peers(files[1]):
        for request in program.requests("batch", facts) or ():
            body = orjson.loads(request.body)
            assert len(body["rows"] if isinstance(body, dict) else body) == BATCH


@pytest.mark.parametrize(
    "file", sorted(PROGRAMS.rglob("*.txt")), ids=lambda file: f"{file.parent.name}-{file.stem}"
)
def test_requirements_are_pinned(file: Path) -> None:
    lines = file.read_text().splitlines()
    assert lines
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9a-z.]*", line), line


def test_modules_of_node_are_pinned() -> None:
    wanted = orjson.loads((PROGRAMS / "soul" / "package.json").read_bytes())["dependencies"]
    locked = orjson.loads((PROGRAMS / "soul" / "package-lock.json").read_bytes())["packages"]
    for name, version in wanted.items():
        assert locked[f"node_modules/{name}"]["version"] == version
    assert all("integrity" in one for place, one in locked.items() if place)


def test_a_page_is_the_same_for_all(files: tuple[Path, Path], facts: Facts) -> None:
    sizes = {
        program.name: requests[0].path
        for program in peers(files[1])
        if (requests := program.requests("page", facts))
    }
    for name, path in sizes.items():
        assert re.search(rf"(limit|per_page|_size|_limit)={PAGE}\b", path), name
        assert facts.country in path, name


class Saying:
    """A server that says the same whatever it is asked."""

    def __init__(self, body: Any, status: int = 200) -> None:
        self._answer = Answer(status, {}, orjson.dumps(body))

    def ask(self, request: Request) -> Answer:
        return self._answer


def said(files: tuple[Path, Path], facts: Facts, question: str, answer: Any) -> None:
    _, plain = files
    Check(plain, plain, facts).run(question, answer, [Request("/")])


def listed(files: tuple[Path, Path]) -> list[dict[str, Any]]:
    sql = "SELECT id FROM incidents ORDER BY date_start DESC, pk"
    return [{"id": one} for (one,) in rows(files[1], sql)]


@pytest.mark.parametrize("member", ["data", "items", "rows", "features"])
def test_the_same_page_is_the_same(files: tuple[Path, Path], facts: Facts, member: str) -> None:
    said(files, facts, "first", Saying({member: listed(files)[:PAGE]}))
    said(files, facts, "middle", Saying({member: listed(files)[150 : 150 + PAGE]}))
    said(files, facts, "middle", Saying({member: listed(files)[101 : 101 + PAGE]}))


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [("first", 1, PAGE + 1), ("first", 0, PAGE - 1), ("middle", 151, 201), ("middle", 100, 150)],
)
def test_another_page_is_different(
    files: tuple[Path, Path], facts: Facts, question: str, first: int, last: int
) -> None:
    with pytest.raises(Different):
        said(files, facts, question, Saying(listed(files)[first:last]))


def test_another_order_is_different(files: tuple[Path, Path], facts: Facts) -> None:
    one, two, *others = listed(files)[:PAGE]
    with pytest.raises(Different, match="in the place of"):
        said(files, facts, "first", Saying([two, one, *others]))


def test_a_word_that_nothing_has_proves_nothing(files: tuple[Path, Path], facts: Facts) -> None:
    with pytest.raises(Different, match="nothing is found"):
        said(files, replace(facts, rare="nonesuch"), "rare", Saying([]))


def test_a_refusal_is_different(files: tuple[Path, Path], facts: Facts) -> None:
    with pytest.raises(Different, match="503"):
        said(files, facts, "first", Saying({"detail": "no"}, 503))


@pytest.mark.parametrize(
    "body", [{"total": 7}, {"meta": {"total": 7}, "data": []}, {"rows": [{"total": 7}]}]
)
def test_totals_are_read_from_any_shape(body: Any) -> None:
    assert total(Answer(200, {}, orjson.dumps(body))) == 7


def test_records_are_read_from_any_shape() -> None:
    feature = {"features": [{"id": "a", "properties": {"title": "x"}}]}
    assert records(Answer(200, {}, orjson.dumps(feature)))[0]["title"] == "x"
    for body in ({"id": "a"}, [{"id": "a"}], {"data": {"id": "a"}}, {"data": [{"id": "a"}]}):
        assert records(Answer(200, {}, orjson.dumps(body))) == [{"id": "a"}]


def test_what_was_not_written_is_different(files: tuple[Path, Path], facts: Facts) -> None:
    body = orjson.dumps({"fields": {"best": 5}})
    _, plain = files
    with pytest.raises(Different, match="figures: 0"):
        Check(plain, plain, facts).run("post", Saying({}), [Request("/", "POST", (), body)])
