"""Keys: what they look like, what is kept of them, and the command that makes them."""

import re
import shutil
import zlib
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from incidents_api.storage import access
from incidents_api.storage.access import SCOPES, Key, WrongOwner
from incidents_api.storage.connections import open_writer
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base
from tests.test_cli import UNUSABLE, one_line, run

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#: The table of changes as the first release made it.
OLD_CHANGES = """CREATE TABLE changes (
  seq INTEGER NOT NULL REFERENCES transactions(seq) DEFERRABLE INITIALLY DEFERRED,
  n INTEGER NOT NULL CHECK (n >= 1),
  resource TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  action TEXT NOT NULL,
  changed_fields TEXT NOT NULL CHECK (json_valid(changed_fields)),
  PRIMARY KEY (seq, n)
) STRICT, WITHOUT ROWID"""


def keys(base: Base) -> list[tuple[Any, ...]]:
    """Return the keys as they are stored."""
    rows: list[tuple[Any, ...]] = base.store.connection.execute("SELECT * FROM keys").fetchall()
    return rows


def resealed(head: str) -> str:
    """Return a text with a right checksum, made by the book."""
    number, digits = zlib.crc32(head.encode()), ""
    while len(digits) < 6:
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return head + digits


def other(character: str) -> str:
    return "a" if character != "a" else "b"


def damaged(text: str) -> dict[str, str]:
    """Return texts that are almost a key."""
    upper = next(at for at, letter in enumerate(text) if at > 3 and letter.swapcase() != letter)
    return {
        "nothing": "",
        "its beginning": text[:-1],
        "with more": text + "a",
        "with a line end": text + "\n",
        "in another case": text[:upper] + text[upper].swapcase() + text[upper + 1 :],
        "another prefix": resealed("iab_" + text[4:-6]),
        "other digits": resealed("iak_" + "١" * 8 + text[12:-6]),
        "an odd character": resealed(text[:-7] + "-"),
        "a short secret": resealed(text[:-7]),
        "no public id": resealed("iak__" + text[13:-6]),
    }


def test_a_key_has_its_shape_and_checksum(empty: Base) -> None:
    key, text = access.create(empty.store, "An editor", "write")
    assert re.fullmatch(r"iak_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}", text)
    assert text == resealed(text[:-6])
    assert access.public_id(text) == key.id == text[4:12]


def test_no_two_keys_are_alike(empty: Base) -> None:
    texts = [access.create(empty.store, "An editor", "write")[1] for _ in range(20)]
    assert len({text[4:12] for text in texts}) == len({text[13:45] for text in texts}) == 20


def test_a_key_is_found_by_its_text_in_another_store(empty: Base) -> None:
    key, text = access.create(empty.store, "An editor", "write")
    store = Store(empty.store.path)
    assert access.find(store, text) == key
    assert (key.owner, key.scope) == ("An editor", "write")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", key.created_at)
    store.close()


def test_a_damaged_key_is_refused_before_the_database_is_asked(empty: Base, tmp_path: Path) -> None:
    _, text = access.create(empty.store, "An editor", "write")
    nowhere = Store(tmp_path / "nowhere.db")
    found = {name: access.find(nowhere, like) for name, like in damaged(text).items()}
    assert found == dict.fromkeys(found)
    for at in range(len(text)):
        assert access.find(nowhere, text[:at] + other(text[at]) + text[at + 1 :]) is None, at
    with pytest.raises(sqlite3.OperationalError):
        access.find(nowhere, text)


def test_another_secret_under_a_known_id_is_not_found(empty: Base) -> None:
    _, text = access.create(empty.store, "An editor", "write")
    guess = resealed(text[:13] + other(text[13]) + text[14:-6])
    assert access.public_id(guess) == text[4:12]
    assert access.find(empty.store, guess) is None


def test_the_file_holds_a_hash_and_no_part_of_the_secret(empty: Base) -> None:
    _, text = access.create(empty.store, "An editor", "write")
    ((name, hash_, *_),) = keys(empty)
    assert (name, len(hash_)) == (text[4:12], 32)
    files = [path.read_bytes() for path in empty.store.path.parent.glob("empty.db*")]
    assert len(files) > 1
    assert any(hash_ in data for data in files)
    secret = text[13:45].encode()
    assert not [data for data in files for at in range(25) if secret[at : at + 8] in data]


def test_making_a_key_is_no_transaction_of_the_knowledge_base(base: Base) -> None:
    sql = "SELECT (SELECT count(*) FROM transactions), (SELECT count(*) FROM changes)"
    before = base.store.seq(), base.store.connection.execute(sql).fetchone()
    etag = base.get("/v1/actors").headers["ETag"]
    access.create(base.store, "An editor", "write")
    assert (base.store.seq(), base.store.connection.execute(sql).fetchone()) == before
    assert base.get("/v1/actors").headers["ETag"] == etag
    base.put({"resource": "actors", "id": "new", "name": "New", "actor_type": "media"})
    assert base.store.seq() == before[0] + 1


def test_a_key_that_cannot_be_written_leaves_the_writer_free(empty: Base) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        access.create(empty.store, "An editor", "everything")
    access.create(empty.store, "An editor", "write")
    assert len(keys(empty)) == 1


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_includes_those_before_it(scope: str) -> None:
    key = Key("a", "An editor", scope, "")
    allowed = SCOPES[: SCOPES.index(scope) + 1]
    assert tuple(wanted for wanted in SCOPES if key.may(wanted)) == allowed


@pytest.mark.parametrize("owner", ["x", "  An editor \n", "é" * 100, "محرر", 'O\'Neil; "x"'])
def test_an_owner_is_kept_trimmed(empty: Base, owner: str) -> None:
    key, _ = access.create(empty.store, owner, "read")
    assert key.owner == keys(empty)[0][2] == owner.strip()


@pytest.mark.parametrize(
    ("owner", "words"),
    [
        ("", "is empty"),
        (" \t\n", "is empty"),
        ("x" * 101, "has 101 characters; 100 are allowed"),
        *((f"a{odd}b", "control characters") for odd in "\0\t\n\r\x1b\x7f\x85\u2028\ud800"),
    ],
)
def test_an_owner_that_cannot_be_shown_is_refused(empty: Base, owner: str, words: str) -> None:
    with pytest.raises(WrongOwner, match=words):
        access.create(empty.store, owner, "read")
    assert keys(empty) == []


def test_the_command_prints_the_key_alone(empty: Base) -> None:
    path = empty.store.path
    told = run("keys", "create", "--scope", "write", "--owner", " An editor ", "--db", path)
    assert told.exit_code == 0
    text = told.stdout.removesuffix("\n")
    found = access.find(empty.store, text)
    assert found
    assert (found.owner, found.scope) == ("An editor", "write")
    assert "not shown again" in told.stderr
    assert "public history as by An editor" in told.stderr
    assert told.stderr.count("\n") == 1
    assert text[13:] not in told.stderr


@pytest.mark.parametrize("missing", ["--scope", "--owner"])
def test_the_command_gives_no_rights_by_accident(empty: Base, missing: str) -> None:
    given = {"--scope": "write", "--owner": "An editor"}
    del given[missing]
    words = [word for pair in given.items() for word in pair]
    told = run("keys", "create", "--db", empty.store.path, *words)
    assert (told.exit_code, told.stdout) == (2, "")
    assert missing in told.stderr
    assert keys(empty) == []


def test_the_command_refuses_an_unknown_scope_with_the_list(empty: Base) -> None:
    path = empty.store.path
    told = run("keys", "create", "--db", path, "--owner", "An editor", "--scope", "all")
    assert (told.exit_code, told.stdout) == (2, "")
    assert all(scope in told.stderr for scope in SCOPES)


def test_the_command_refuses_an_owner_in_one_line(empty: Base) -> None:
    path = empty.store.path
    told = run("keys", "create", "--db", path, "--scope", "write", "--owner", "a\x1b[31mb")
    assert "without control characters" in one_line(told)


def test_the_command_says_where_the_owner_is_shown() -> None:
    assert "/history" in run("keys", "create", "--help").output


@pytest.mark.parametrize(("make", "words"), UNUSABLE.values(), ids=UNUSABLE)
def test_the_command_refuses_an_unusable_file(make: Any, words: str, tmp_path: Path) -> None:
    path = tmp_path / "it.db"
    make(path)
    given = ("--scope", "write", "--owner", "An editor")
    assert words in one_line(run("keys", "create", "--db", path, *given))


@pytest.fixture
def old(sample_file: Path, tmp_path: Path) -> Path:
    """The sample as a release without keys would have made it."""
    path = Path(shutil.copy(sample_file, tmp_path / "old.db"))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DROP TABLE keys")
    connection.execute("ALTER TABLE changes RENAME TO newer")
    connection.execute(OLD_CHANGES)
    connection.execute(
        "INSERT INTO changes SELECT seq, n, resource, id, version, action, changed_fields "
        "FROM newer"
    )
    connection.execute("DROP TABLE newer")
    connection.close()
    return path


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return rows of a database file."""
    writer = open_writer(path)
    found: list[tuple[Any, ...]] = writer.execute(sql).fetchall()
    writer.close()
    return found


def base_columns(path: Path) -> set[str]:
    """Return the columns that keys have in a database that is up to date, or brought so."""
    return {name for _, name, *_ in rows(path, "PRAGMA table_info(keys)")}


def test_a_database_without_keys_is_refused_with_advice(old: Path) -> None:
    told = run("keys", "create", "--db", old, "--scope", "write", "--owner", "An editor")
    assert "incidents-api migrate" in one_line(told)


def test_migrating_brings_keys_and_changes_no_record(old: Path) -> None:
    sql = "SELECT id, version, document, hash, from_seq FROM figures ORDER BY pk"
    changes = "SELECT seq, n, resource, id, version, action, changed_fields FROM changes"
    before = rows(old, sql), rows(old, changes)
    told = run("migrate", "--db", old)
    columns = base_columns(old)
    wanted = [f"keys.{name}" for name in sorted(columns)]
    assert {"created_at", "hash", "id", "owner", "scope"} <= columns
    assert told.output == f"added {', '.join(['changes.why', *wanted])}\n"
    assert (rows(old, sql), rows(old, changes)) == before
    assert {why for (why,) in rows(old, "SELECT why FROM changes")} == {None}
    assert run("check", "--db", old).output == "in step\n"
    assert run("migrate", "--db", old).output == "up to date\n"


def test_a_migrated_database_has_the_columns_of_a_new_one(old: Path, sample_file: Path) -> None:
    run("migrate", "--db", old)
    for name in ("changes", "keys", "transactions", "meta"):
        sql = f"PRAGMA table_info({name})"
        assert rows(old, sql) == rows(sample_file, sql), name
    sql = "SELECT sql FROM sqlite_schema WHERE name = 'keys'"
    assert rows(old, sql) == rows(sample_file, sql)


def test_a_migrated_database_takes_keys_and_records(old: Path) -> None:
    run("migrate", "--db", old)
    told = run("keys", "create", "--db", old, "--scope", "write", "--owner", "An editor")
    base = open_base(old)
    assert access.find(base.store, told.stdout.strip())
    base.put({"resource": "actors", "id": "new", "name": "New", "actor_type": "media"})
    assert base.json("/v1/actors/new/history")["data"][0]["version"] == 1
    base.store.close()
    assert run("check", "--db", old).output == "in step\n"


def test_a_database_that_lacks_one_of_both_gets_it(old: Path) -> None:
    run("migrate", "--db", old)
    rows(old, "DROP TABLE keys")
    assert run("migrate", "--db", old).output.startswith("added keys.created_at, ")
    assert run("check", "--db", old).output == "in step\n"
