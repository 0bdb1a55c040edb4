"""The check of a whole database: silent over a sound one, and it names every damage."""

import shutil
from pathlib import Path
from typing import Any, Final

import pytest

from incidents_api.model import RESOURCES
from incidents_api.storage import consistency
from incidents_api.storage.connections import open_writer
from incidents_api.storage.store import Store
from incidents_api.storage.tables import Tables
from tests.conftest import Base

ELSEWHERE: Final = {"external_ids": [{"scheme": "url", "value": "https://example.org/1"}]}
SOURCES: Final = {"sources": [{"source": "s", "quote": "three"}]}
DECLARED: Final = {
    "contradicts": [{"figure": "g", "reason": "Less."}, {"assertion": "b", "reason": "Not so."}]
}
POPULATION: Final = {
    "status": ["civilian"],
    "role": ["bystander"],
    "occupation": ["medical"],
    "age_group": ["adult"],
    "sex": ["female"],
    "nationality": ["SYR"],
    "actor": ["a"],
}
CLAIM: Final = {"incident": "i", "claimant": "a", **SOURCES, **ELSEWHERE}

#: One record of each resource, with something in every list.
FULL: Final[list[dict[str, Any]]] = [
    {
        "resource": "actors",
        "id": "a",
        "name": "Guards",
        "actor_type": "media",
        "aliases": [{"name": "G"}],
    },
    {"resource": "sources", "id": "s", "title": "News", "source_type": "other"},
    {
        "resource": "facilities",
        "id": "f",
        "name": "Prison",
        "facility_type": "prison",
        "aliases": [{"name": "P"}],
        "latitude": 36.5,
        "longitude": 40.7,
    },
    {
        "resource": "incidents",
        "id": "i",
        "title": "Attack",
        "date_start": "2022-01-20",
        "country": "SYR",
        "weapons": ["firearms"],
        "disorder_type": ["political_violence"],
        "tags": ["prison"],
        "latitude": 36.5,
        "longitude": 40.7,
    },
    {"resource": "incidents", "id": "j", "title": "Escape", "date_start": "2022-01-21"},
    {"resource": "participations", "id": "p", "incident": "i", "actor": "a", "role": "party"},
    {"resource": "sites", "id": "t", "incident": "i", "facility": "f", "role": "target"},
    {"resource": "controls", "id": "c", "facility": "f", "actor": "a", "control_type": "guards"},
    {
        "resource": "relations",
        "id": "r",
        "from_incident": "i",
        "to_incident": "j",
        "type": "enables",
    },
    {"resource": "figures", "id": "g", "incident": "i", "measure": "killed", "best": 2},
    {
        "resource": "figures",
        "id": "h",
        "measure": "killed",
        "best": 3,
        "population": POPULATION,
        "inflicted_by": ["a"],
        **CLAIM,
        **DECLARED,
    },
    {"resource": "assertions", "id": "b", "incident": "i", "predicate": "other"},
    {"resource": "assertions", "id": "d", "predicate": "other", **CLAIM, **DECLARED},
]


@pytest.fixture(scope="module")
def full_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with every list filled, and with four versions of every record."""
    path = tmp_path_factory.mktemp("full") / "full.db"
    store = Store.make(path)
    base = Base(store, None)  # type: ignore[arg-type]
    for notes in ("One.", "Two.", "Three.", "Four."):
        base.put(*(record | ELSEWHERE | {"notes": notes} for record in FULL))
    store.close()
    return path


@pytest.fixture
def full(full_file: Path, tmp_path: Path) -> Path:
    """A copy of it, to damage."""
    return Path(shutil.copy(full_file, tmp_path / "full.db"))


def damage(path: Path, *statements: str) -> list[str]:
    """Run SQL behind the program's back, and return what the check finds."""
    writer = open_writer(path)
    writer.execute("PRAGMA foreign_keys = OFF")
    changed = [writer.execute(statement).rowcount for statement in statements]
    writer.close()
    assert all(changed), "nothing was damaged"
    store = Store(path)
    found = list(consistency.faults(store))
    store.close()
    return found


def test_a_sound_database_has_no_faults(full: Path) -> None:
    assert damage(full) == []


def test_the_sample_has_no_faults(sample: Base) -> None:
    assert list(consistency.faults(sample.store)) == []


def test_an_empty_database_has_no_faults(empty: Base) -> None:
    assert list(consistency.faults(empty.store)) == []


def test_every_list_of_the_full_database_is_filled(full: Path) -> None:
    store = Store(full)
    for table in store.tables:
        for part in table.parts:
            assert store.connection.execute(f"SELECT count(*) FROM {part.name}").fetchone()[0], part
    store.close()


TABLES: Final = Tables(RESOURCES)
NAMES: Final = [table.name for table in TABLES]
POINTED: Final = [table.name for table in TABLES if table.spatial]
PARTS: Final = [part.name for table in TABLES for part in table.parts]


def unnamed(path: Path, names: list[str], *statements: str, by: str = "/:_") -> list[str]:
    """Damage each of several tables alike, and return those that the check does not name."""
    found = damage(path, *(sql.format(name=name) for name in names for sql in statements))
    starts = {words[: len(name) + 1] for words in found for name in names if words.startswith(name)}
    return [name for name in names if not any(name + mark in starts for mark in by)]


@pytest.mark.parametrize(
    "change",
    [
        "document = json_set(document, '$.notes', 'Forged.')",
        "document = json_set(document, '$.version', 9)",
        "document = json_set(document, '$.recorded_at', '2020-01-01T00:00:00Z')",
        "document = json_remove(document, '$.links')",
        "document = document || ' '",
        "hash = randomblob(32)",
        "version = 9",
        "notes = 'Forged.'",
        "provisional = 1",
        "shown = 1",
        "state = 'withdrawn'",
    ],
)
def test_a_record_that_was_altered_is_named(full: Path, change: str) -> None:
    one = "WHERE id = (SELECT min(id) FROM {name})"
    assert unnamed(full, NAMES, f"UPDATE {{name}} SET {change} {one}") == []


@pytest.mark.parametrize(
    "change",
    [
        "document = json_set(document, '$.notes', 'Forged.')",
        "document = document || ' '",
        "hash = randomblob(32)",
        "notes = 'Forged.'",
    ],
)
def test_a_replaced_version_that_was_altered_is_named(full: Path, change: str) -> None:
    assert unnamed(full, NAMES, f"UPDATE {{name}}_history SET {change} WHERE from_seq = 2") == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("figures", "document = json_set(document, '$.superseded', json('true'))"),
        ("figures", "document = json_set(document, '$.claimant_stance', 'party') WHERE id = 'g'"),
        ("figures", "claimant = NULL WHERE id = 'h'"),
        ("incidents", "country = 'IRQ' WHERE id = 'i'"),
        ("incidents", "latitude = 36.6, longitude = 40.8 WHERE id = 'i'"),
        ("participations", "date_start = '2020-01-01'"),
        ("participations", "incident = (SELECT pk FROM incidents WHERE id = 'j')"),
    ],
)
def test_a_computed_linked_or_carried_value_that_was_altered_is_named(
    full: Path, name: str, change: str
) -> None:
    assert unnamed(full, [name], f"UPDATE {name} SET {change}") == []


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM {name}",
        "INSERT INTO {name} SELECT value + 77, ord, owner, from_seq FROM {name} LIMIT 1",
    ],
)
def test_a_value_out_of_step_with_its_list_is_named(full: Path, sql: str) -> None:
    assert unnamed(full, PARTS, sql, by=":") == []


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM {name}_search WHERE rowid = 1",
        "INSERT INTO {name}_search (rowid, notes) VALUES (99, 'ghost')",
    ],
)
def test_a_search_index_out_of_step_is_named(full: Path, sql: str) -> None:
    assert unnamed(full, NAMES, sql, by="_") == []


def test_a_search_index_with_other_words_is_named(full: Path) -> None:
    delete = "DELETE FROM {name}_search WHERE rowid = 1"
    other = "INSERT INTO {name}_search (rowid, notes) VALUES (1, 'other')"
    assert unnamed(full, NAMES, delete, other, by="_") == []


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM {name}_map WHERE pk = 1",
        "UPDATE {name}_map SET west = west + 1, east = east + 1",
        "UPDATE {name}_map SET west = -180, east = 180, south = -90, north = 90",
        "INSERT INTO {name}_map VALUES (99, 1, 1, 1, 1)",
    ],
)
def test_a_map_out_of_step_is_named(full: Path, sql: str) -> None:
    assert unnamed(full, POINTED, sql, by="_") == []


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_a_version_that_is_missing_is_named(full: Path, seq: int) -> None:
    assert unnamed(full, NAMES, f"DELETE FROM {{name}}_history WHERE from_seq = {seq}") == []


@pytest.mark.parametrize("seq", [1, 2, 4])
def test_a_change_that_is_missing_is_named(full: Path, seq: int) -> None:
    sql = f"DELETE FROM changes WHERE seq = {seq} AND resource = '{{name}}'"
    assert unnamed(full, NAMES, sql) == []


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("DELETE FROM transactions WHERE seq = 2", "transactions: the last number is 4"),
        ("DELETE FROM transactions WHERE seq = 4", "foreign key: changes"),
        (
            "UPDATE transactions SET recorded_at = '2020' WHERE seq = 3",
            "transactions: 3 is recorded",
        ),
        ("DELETE FROM changes WHERE seq = 3", "changes: transaction 3 has none"),
        ("DELETE FROM actors WHERE id = 'a'", "foreign key: figures"),
        ("DELETE FROM incidents WHERE id = 'j'", "foreign key: relations"),
    ],
)
def test_a_gap_is_named(full: Path, sql: str, words: str) -> None:
    assert any(found.startswith(words) for found in damage(full, sql))
