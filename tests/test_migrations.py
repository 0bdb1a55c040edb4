"""Bringing a database of an older release to the shape that this one declares."""

from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from incidents_api.model import Record, Registry
from incidents_api.model.fields import INDEXED, Code, Day, Integer, Kind, Link, Many, Rows, Text
from incidents_api.storage import consistency, migrations
from incidents_api.storage.connections import open_writer
from incidents_api.storage.failures import Unusable
from incidents_api.storage.store import Store
from tests.conftest import open_base


class Source(Record):
    """Where every record may come from."""

    resource = "sources"
    singular = "source"
    prefix = "src"

    title = Text("Its title.", required=True, search=True)


class Camp(Record):
    """A resource that an older release did not have."""

    resource = "camps"
    singular = "camp"
    prefix = "cam"

    name = Text("Its name.", required=True, search=True)
    place = Link("places", "Where it is.", reverse="camps")


NAME: Final = Text("Its name.", required=True, search=True)
NICKNAMES: Final = Rows(
    "Other names.", {"name": Text("The name.", required=True, filter=INDEXED, parameter="nick")}
)
#: Fields that a newer release adds, with a value that a record may then have.
ADDED: Final[dict[str, tuple[Kind, Any]]] = {
    "text": (Text("A text.", filter=INDEXED, search=True), "walled"),
    "day": (Day("A day.", filter=INDEXED, sort=True), "2022-01-20"),
    "count": (Integer("A number.", filter=INDEXED), 3),
    "code": (Code("facility_type", "A term.", filter=INDEXED), "prison"),
    "link": (Link("sources", "A link."), "s"),
    "list": (Many(Text("A label.", filter=INDEXED, search=True, length=60)), ["a", "b"]),
    "rows": (NICKNAMES, [{"name": "The Pit"}]),
}


def places(**members: Any) -> type[Record]:
    """Return the resource of places with these fields."""
    own: dict[str, Any] = {"resource": "places", "singular": "place", "prefix": "pla"}
    own |= {"title_member": "name", "name": NAME, "notes2": Text("Not searched.")}
    return type("Place", (Record,), own | members)


OLD: Final = Registry(Source, places())


class Old:
    """A database of the old release, and what a newer one makes of it."""

    def __init__(self, path: Path, registry: Registry = OLD) -> None:
        self.path = path
        store = Store.make(path, registry)
        with store.writing("test") as transaction:
            read = {record.resource: record.read for record in registry}
            transaction.put("sources", read["sources"]({"id": "s", "title": "Walled report"}))
            transaction.put("places", read["places"]({"id": "p", "name": "Hasakah"}))
        with store.writing("test") as transaction:
            transaction.put("places", read["places"]({"id": "p", "name": "Al Hasakah"}))
        store.close()

    def migrate(self, registry: Registry) -> migrations.Shape:
        """Bring it up to date."""
        writer = open_writer(self.path)
        new = Store(self.path, registry)
        try:
            return migrations.migrate(writer, new.tables, new.renderers)
        finally:
            writer.close()

    def faults(self, registry: Registry) -> list[str]:
        """Return what is out of step, by the newer declarations."""
        store = Store(self.path, registry)
        store.check()
        found = list(consistency.faults(store))
        store.close()
        return found

    def rows(self, sql: str) -> list[Any]:
        """Return rows of the database."""
        writer = open_writer(self.path)
        found: list[Any] = writer.execute(sql).fetchall()
        writer.close()
        return found


@pytest.fixture
def old(tmp_path: Path) -> Old:
    """A database of the old release with three records, one of them changed once."""
    return Old(tmp_path / "old.db")


def refusal(path: Path, registry: Registry) -> str:
    """Return why a file is refused."""
    store = Store(path, registry)
    with pytest.raises(Unusable) as fault:
        store.check()
    store.close()
    return str(fault.value)


@pytest.mark.parametrize("name", ADDED)
def test_a_database_without_a_field_is_refused_with_advice(old: Old, name: str) -> None:
    words = refusal(old.path, Registry(Source, places(added=ADDED[name][0])))
    assert "older release" in words
    assert "incidents-api migrate" in words


@pytest.mark.parametrize("name", ADDED)
def test_migrating_adds_a_field_everywhere(old: Old, name: str) -> None:
    kind, _ = ADDED[name]
    registry = Registry(Source, places(added=kind))
    shape = old.migrate(registry)
    assert {"places.added", "places_history.added"} <= set(shape.missing)
    assert not shape.unknown
    documents = [orjson.loads(row[0]) for row in old.rows("SELECT document FROM places")]
    documents += [orjson.loads(row[0]) for row in old.rows("SELECT document FROM places_history")]
    assert [document["added"] for document in documents] == [kind.empty()] * 2
    assert [document["name"] for document in documents] == ["Al Hasakah", "Hasakah"]
    assert old.faults(registry) == []


@pytest.mark.parametrize("name", ADDED)
def test_a_migrated_database_takes_the_new_field(old: Old, name: str) -> None:
    kind, value = ADDED[name]
    registry = Registry(Source, places(added=kind))
    old.migrate(registry)
    store = Store(old.path, registry)
    with store.writing("test") as transaction:
        given = {"id": "p", "name": "Al Hasakah", "added": value}
        transaction.put("places", registry["places"].read(given))
    found = store.get("places", "p")
    assert found
    assert orjson.loads(found.document)["added"] == value
    assert orjson.loads(found.document)["version"] == 3
    store.close()
    assert old.faults(registry) == []


@pytest.mark.parametrize("name", ["text", "day", "count", "code", "link"])
def test_migrating_adds_the_index(old: Old, name: str) -> None:
    old.migrate(Registry(Source, places(added=ADDED[name][0])))
    indexes = {row[0] for row in old.rows("SELECT name FROM sqlite_schema WHERE type = 'index'")}
    assert {"places_added", "places_history_added"} <= indexes


def test_records_stay_as_they_were(old: Old) -> None:
    sql = "SELECT id, version, from_seq, hash, name FROM places"
    before = old.rows(sql)
    old.migrate(Registry(Source, places(added=ADDED["text"][0])))
    assert old.rows(sql) == before


def test_a_new_field_has_its_default_in_the_column_too(old: Old) -> None:
    kind = Code("rank", "A term with a default.", filter=INDEXED, default="normal")
    old.migrate(Registry(Source, places(added=kind)))
    columns = old.rows("SELECT added, document ->> 'added' FROM places")
    columns += old.rows("SELECT added, document ->> 'added' FROM places_history")
    assert columns == [("normal", "normal")] * 2


def test_a_list_that_can_now_be_filtered_is_found_by_its_values(tmp_path: Path) -> None:
    plain = Registry(Source, places(labels=Many(Text("A label."))))
    filtered = Registry(Source, places(labels=Many(Text("A label.", filter=INDEXED))))
    old = Old(tmp_path / "old.db", plain)
    store = Store(old.path, plain)
    with store.writing("test") as transaction:
        given = {"id": "p", "name": "Al Hasakah", "labels": ["a"]}
        transaction.put("places", plain["places"].read(given))
    store.close()
    old.migrate(filtered)
    assert old.rows("SELECT value FROM places_labels") == [("a",)]


def test_a_field_that_can_now_be_searched_is_found(tmp_path: Path) -> None:
    old = Old(tmp_path / "old.db")
    registry = Registry(Source, places(title_member="name", notes2=Text("Searched.", search=True)))
    old.migrate(registry)
    assert old.rows("SELECT rowid FROM places_search WHERE places_search MATCH 'hasakah'") == [(1,)]
    assert old.rows("SELECT rowid FROM sources_search WHERE sources_search MATCH 'walled'") == [
        (1,)
    ]
    assert old.faults(registry) == []


def test_migrating_adds_a_resource(old: Old) -> None:
    registry = Registry(Source, places(), Camp)
    assert "incidents-api migrate" in refusal(old.path, registry)
    shape = old.migrate(registry)
    assert {"camps.name", "camps_history.document", "camps_search.name"} <= set(shape.missing)
    store = Store(old.path, registry)
    with store.writing("test") as transaction:
        given = {"id": "c", "name": "Roj", "place": "p"}
        transaction.put("camps", registry["camps"].read(given))
    store.close()
    assert old.faults(registry) == []


def test_migrating_links_documents_to_the_new_resource(old: Old) -> None:
    old.migrate(Registry(Source, places(), Camp))
    ((document,),) = old.rows("SELECT document FROM places")
    assert "/v1/places/p/camps" in {link["href"] for link in orjson.loads(document)["links"]}


def test_migrating_raises_the_render_revision(old: Old) -> None:
    assert old.rows("SELECT value FROM meta WHERE key = 'render_revision'") == [("1",)]
    old.migrate(Registry(Source, places(added=ADDED["text"][0])))
    assert old.rows("SELECT value FROM meta WHERE key = 'render_revision'") == [("2",)]


def test_migrating_twice_is_the_same_as_once(old: Old) -> None:
    registry = Registry(Source, places(added=ADDED["list"][0]), Camp)
    old.migrate(registry)
    once = old.rows("SELECT * FROM places") + old.rows("SELECT * FROM meta")
    assert old.migrate(registry) == migrations.Shape((), ())
    assert old.rows("SELECT * FROM places") + old.rows("SELECT * FROM meta") == once


def test_a_migrated_database_has_the_shape_of_a_new_one(old: Old, tmp_path: Path) -> None:
    registry = Registry(Source, places(added=ADDED["rows"][0]), Camp)
    old.migrate(registry)
    Store.make(tmp_path / "new.db", registry).close()
    writer = open_writer(tmp_path / "new.db")
    sql = "SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
    assert writer.execute(sql).fetchall() == old.rows(sql)
    writer.close()


@pytest.mark.parametrize("newer", [{"added": ADDED["text"][0]}, {"added": ADDED["list"][0]}])
def test_a_newer_database_is_refused(tmp_path: Path, newer: dict[str, Kind]) -> None:
    new = Old(tmp_path / "new.db", Registry(Source, places(**newer)))
    words = refusal(new.path, OLD)
    assert "places.added" in words
    assert "newer release" in words
    with pytest.raises(Unusable, match="newer release"):
        new.migrate(OLD)


def test_a_required_new_field_is_refused_and_nothing_changed(old: Old) -> None:
    before = old.rows("SELECT name, sql FROM sqlite_schema ORDER BY name")
    required = Text("A text without which there is no record.", required=True)
    with pytest.raises(Unusable, match="lacks the required column added"):
        old.migrate(Registry(Source, places(added=required)))
    assert old.rows("SELECT name, sql FROM sqlite_schema ORDER BY name") == before


def test_the_database_of_this_release_needs_nothing(sample_file: Path) -> None:
    base = open_base(sample_file)
    shape = migrations.compare(base.store.connection, base.store.tables)
    base.store.close()
    assert shape == migrations.Shape((), ())


def test_what_only_lacks_logs_is_not_written_again(
    old: Old, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large base lacks a table of what is done from now on: that is no matter of hours."""
    writer = open_writer(old.path)
    writer.execute("DROP TABLE audit")
    writer.execute("ALTER TABLE transactions DROP COLUMN request_id")
    writer.close()
    assert "incidents-api migrate" in refusal(old.path, OLD)
    monkeypatch.setattr(migrations, "_write_again", lambda *_: pytest.fail("written again"))
    shape = old.migrate(OLD)
    assert {name.split(".")[0] for name in shape.missing} == {"audit", "transactions"}
    assert old.faults(OLD) == []
    assert old.rows("SELECT value FROM meta WHERE key = 'render_revision'") == [("1",)]


def test_an_index_by_day_that_knows_no_coordinates_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    store = Store.make(path)
    connection = open_writer(path)
    sql = "SELECT sql FROM sqlite_schema WHERE name LIKE 'incidents%_date_start' ORDER BY name"
    declared = connection.execute(sql).fetchall()
    for (statement,) in declared:
        connection.execute(f"DROP INDEX {statement.split()[2]}")
        connection.execute(statement.replace(", latitude, longitude", ""))
    connection.execute("DELETE FROM _sqlite_migrations")
    with pytest.raises(Unusable, match="incidents-api migrate"):
        store.check()
    migrations.migrate(connection, store.tables, store.renderers)
    assert connection.execute(sql).fetchall() == declared
    store.check()
    connection.close()
    store.close()
