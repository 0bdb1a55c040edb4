"""Redaction: gone from every version, from what is made of it, and from the bytes of the file."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from incidents_api import redact_command
from incidents_api.model import RESOURCES
from incidents_api.model.fields import Kind, Label, Many, Rows, Text, Url, Values
from incidents_api.model.redacting import REDACTED, NotRedactable, redactable
from incidents_api.storage import consistency, migrations, releases
from incidents_api.storage.clocks import Clocks, source
from incidents_api.storage.connections import open_writer
from incidents_api.storage.erasing import erase
from incidents_api.storage.redaction import Done, redact_record
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base
from tests.test_cli import run
from tests.test_consistency import FULL

MARK: Final = "qzxvk"
WHY: Final = "By order of a court."
#: One record of each resource.
ONE: Final = {record["resource"]: record for record in reversed(FULL)}
#: What makes a record with words in every member one that stands.
BESIDE: Final[dict[str, dict[str, Any]]] = {
    "figures": {"qualifier": "exact", "amount": 2, "value_lang": "en", "best": None},
    "facilities": {"latitude": 36.5, "longitude": 40.7},
}


def redact(base: Base, address: str, *members: str, why: str = WHY) -> Done:
    resource, name = address.split("/")
    return redact_record(base.store, resource, name, members, "Editor", why)


def holds(path: Path, words: str) -> list[str]:
    """Return which of the files of a database hold these words, in whatever case of ASCII."""
    files = [path.with_name(path.name + end) for end in ("", "-wal", "-shm")]
    mark = words.encode().lower()
    return [file.name for file in files if file.exists() and mark in file.read_bytes().lower()]


def terms(base: Base, resource: str) -> set[str]:
    """Return the words of full-text search."""
    writer = open_writer(base.store.path)
    writer.execute(f"CREATE VIRTUAL TABLE temp.v USING fts5vocab(main, {resource}_search, row)")
    found = {term for (term,) in writer.execute("SELECT term FROM temp.v")}
    writer.close()
    return found


def differing(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    """Return the members in which two states of a record differ."""
    return {name for name in one if one[name] != other[name]}


def faults(base: Base) -> list[str]:
    return list(consistency.faults(base.store))


def told(kind: Kind, mark: str) -> Any:
    """Return a value of a kind that holds a mark, where it can; nothing where it cannot."""
    if isinstance(kind, Text | Label):
        return f"Some {mark} words"
    if isinstance(kind, Url):
        return f"https://example.org/{mark}"
    if isinstance(kind, Values):
        return {"author": f"Some {mark} words", "n": 3}
    if isinstance(kind, Many):
        return [told(kind.item, mark)]
    return None


def marked(resource: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return a record with a mark in all that can be redacted and has words, and the marks."""
    record, given, marks = RESOURCES[resource], dict(ONE[resource]), {}
    kinds = record.kinds()
    for number, name in enumerate(redactable(record)):
        member, _, inner = name.partition(".")
        mark = f"{MARK}{number}end"
        if inner or name in ("coding_rule", "latitude", "longitude"):
            continue
        kind = kinds[member]
        if isinstance(kind, Rows):
            given[member] = [
                {"scheme": "url"} | {one: told(of, mark) for one, of in kind.members.items()}
                if member == "external_ids"
                else {one: told(of, mark) for one, of in kind.members.items() if told(of, mark)}
            ]
            if member == "external_ids":
                given[member] = [{"scheme": "url", "value": f"https://example.org/{mark}"}]
        elif (value := told(kind, mark)) is not None:
            given[member] = value
        else:
            continue
        marks[name] = mark
    return given | BESIDE.get(resource, {}), marks


@pytest.fixture(scope="module")
def full_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a base with one record of each resource and what they refer to."""
    path = tmp_path_factory.mktemp("full") / "full.db"
    Store.make(path).close()
    base = open_base(path)
    base.put(*FULL)
    base.store.close()
    return path


@pytest.fixture
def full(full_file: Path, tmp_path: Path) -> Iterator[Base]:
    """A copy of it, to write to."""
    base = open_base(Path(shutil.copy(full_file, tmp_path / "full.db")))
    yield base
    base.store.close()


@pytest.mark.parametrize("resource", ONE)
def test_words_are_gone_from_every_version_and_from_the_file(full: Base, resource: str) -> None:
    given, marks = marked(resource)
    full.put(given)
    full.put(given | {"provisional": True})
    address = f"{resource}/{given['id']}"
    whole = full.get(f"/v1/{address}/history").text
    assert all(mark in whole for mark in marks.values())
    for name in marks:
        before = full.json(f"/v1/{address}")
        assert redact(full, address, name).seq is not None
        assert differing(before, full.json(f"/v1/{address}")) == {name, "version", "recorded_at"}
    assert erase(full.store) == ""
    assert MARK not in full.get(f"/v1/{address}/history").text
    assert holds(full.store.path, MARK) == []
    assert not {term for term in terms(full, resource) if MARK in term}
    assert faults(full) == []


def notes(base: Base, *versions: str | None) -> None:
    """Write versions of the incident i that differ in their notes."""
    for words in versions:
        base.put(ONE["incidents"] | {"notes": words}, why="Notes.")


def test_everybody_can_see_what_was_redacted_when_and_why(full: Base) -> None:
    notes(full, f"By {MARK}.", "By another.")
    seq = redact(full, "incidents/i", "notes").seq
    (newest, *older, first) = full.json("/v1/incidents/i/history")["data"]
    assert not {"redacted"} & (newest.keys() | first.keys())
    assert (newest["action"], newest["why"], newest["who"]) == ("update", WHY, "Editor")
    for version in older:
        (entry,) = version["redacted"]
        at = newest["recorded_at"]
        assert entry == {
            "member": "notes", "seq": seq, "recorded_at": at, "who": "Editor", "why": WHY,
        }  # fmt: skip
    feed = full.json(f"/v1/changes?after={(seq or 0) - 1}")["data"]
    assert [entry["action"] for entry in feed] == ["update", "redact"]
    assert {(entry["why"], *entry["changed_fields"]) for entry in feed} == {(WHY, "notes")}


def test_it_is_entered_into_the_audit_trail(full: Base) -> None:
    notes(full, f"By {MARK}.")
    redact(full, "incidents/i", "notes", "external_ids")
    sql = "SELECT action, who, about, why FROM audit WHERE action = 'redact'"
    rows = full.store.connection.execute(sql).fetchall()
    assert rows == [("redact", "Editor", "incidents/i notes external_ids", WHY)]


def test_what_an_editor_took_out_before_goes_from_the_history_alone(full: Base) -> None:
    notes(full, f"By {MARK}.", None)
    before = full.get("/v1/incidents/i").get_json()
    seq = redact(full, "incidents/i", "notes").seq
    assert full.get("/v1/incidents/i").get_json() == before
    assert [e["action"] for e in full.json(f"/v1/changes?after={(seq or 0) - 1}")["data"]] == [
        "redact"
    ]
    assert MARK not in full.get("/v1/incidents/i/history").text
    assert faults(full) == []


def test_past_states_are_read_and_searched_without_it(full: Base) -> None:
    notes(full, f"By {MARK}.")
    pin = full.store.seq()
    path = f"/v1/incidents?known_at={pin}&q={MARK}"
    redact(full, "incidents/i", "notes")
    assert full.ids(path) == full.ids(f"/v1/incidents?q={MARK}") == []
    assert full.ids(f"/v1/incidents?known_at={pin}&q=redacted") == ["i"]
    assert MARK not in full.get(f"/v1/incidents?known_at={pin}").text


def test_a_release_keeps_its_digest_and_says_how_many_were_redacted(full: Base) -> None:
    notes(full, f"By {MARK}.")
    made = releases.create(full.store, "first", "Editor")
    tags = [full.get(path).headers["ETag"] for path in ("/v1/releases", "/v1/releases/first")]
    redact(full, "incidents/i", "notes")
    redact(full, "incidents/i", "external_ids")
    later = releases.create(full.store, "second", "Editor")
    with full.store.reading() as connection:
        read = source(Clocks(made.seq), full.store.tables)
        assert releases.contents(connection, full.store.tables, read)[1] == made.digest
    assert full.json("/v1/releases/first")["redacted"] == 1
    assert [one["redacted"] for one in full.json("/v1/releases")["data"]] == [0, 1]
    assert later.digest != made.digest
    answers = zip(("/v1/releases", "/v1/releases/first"), tags, strict=True)
    assert {full.get(path, If_None_Match=tag).status_code for path, tag in answers} == {200}
    assert "1 redacted" in run("releases", "list", "--db", full.store.path).output


def test_what_followed_from_words_stays(full: Base) -> None:
    claim = {"resource": "figures", "id": "w", "incident": "i", "measure": "injured"}
    full.put(claim | {"value_text": "dozens", "value_lang": "en"})
    full.put(claim | {"value_text": "about 140", "value_lang": "en"})
    bounds = ("qualifier", "amount", "low", "best", "high")
    before = full.json("/v1/figures/w/history")["data"]
    redact(full, "figures/w", "value_text")
    after = full.json("/v1/figures/w/history")["data"][1:]
    for was, now in zip(before, after, strict=True):
        assert now["record"]["value_text"] == REDACTED
        assert [now["record"][name] for name in bounds] == [was["record"][name] for name in bounds]
    assert faults(full) == []


@pytest.mark.parametrize("state", ["withdrawn", "merged", "restricted"])
def test_what_nobody_sees_is_redacted_too(full: Base, state: str) -> None:
    other = {"resource": "sources", "id": "o", "title": "Other", "source_type": "other"}
    full.put(other | {"notes": f"By {MARK}."})
    if state == "withdrawn":
        full.write("DELETE", "/v1/sources/o", If_Match="*")
    elif state == "merged":
        full.write("POST", "/v1/sources/o/merge", {"into": "s"}, If_Match="*")
    else:
        full.put(other | {"notes": f"By {MARK}.", "visibility": "restricted"})
    redact(full, "sources/o", "notes")
    assert erase(full.store) == ""
    assert holds(full.store.path, MARK) == []
    assert faults(full) == []


def test_values_inside_of_members_are_redacted_alone(full: Base) -> None:
    values = {"author": f"{MARK}", "code": 3, "place": "X"}
    quoted = {"sources": [{"source": "s", "quote": f"{MARK} three", "locator": "p. 1"}]}
    full.put(ONE["figures"] | {"source_values": values} | quoted)
    redact(full, f"figures/{ONE['figures']['id']}", "sources.quote", "source_values.author")
    made = full.json(f"/v1/figures/{ONE['figures']['id']}")
    assert made["source_values"] == values | {"author": REDACTED}
    assert made["sources"] == [{"source": "s", "quote": REDACTED, "locator": "p. 1"}]
    assert erase(full.store) == ""
    assert holds(full.store.path, MARK) == []
    assert faults(full) == []


@pytest.mark.parametrize("member", ["aliases", "aliases.name"])
def test_names_in_lists_are_found_no_more(full: Base, member: str) -> None:
    for names in ([MARK, "Other"], [MARK], ["Third"]):
        full.put(ONE["actors"] | {"aliases": [{"name": name} for name in names]})
    pins = range(2, full.store.seq() + 1)
    redact(full, "actors/a", member)
    asked = [f"known_at={pin}&alias={name}" for pin in pins for name in (MARK, "Other", "Third")]
    assert [full.ids(f"/v1/actors?{query}") for query in asked] == [[]] * len(asked)
    there = [full.ids(f"/v1/actors?known_at={pin}&alias={REDACTED}") for pin in pins]
    assert there == [["a"] if member == "aliases.name" else []] * len(pins)
    assert erase(full.store) == ""
    assert holds(full.store.path, MARK) == []
    assert faults(full) == []


def test_a_point_goes_whole(full: Base) -> None:
    with pytest.raises(NotRedactable, match="longitude"):
        redact(full, "facilities/f", "latitude")
    redact(full, "facilities/f", "latitude", "longitude")
    assert full.ids("/v1/facilities?bbox=40,36,41,37") == []
    assert full.json("/v1/facilities/f")["latitude"] is None
    assert faults(full) == []


@pytest.mark.parametrize(
    ("address", "members", "words"),
    [
        ("incidents/i", ("date_start",), "cannot be redacted, only: title"),
        ("incidents/i", ("id",), "cannot be redacted"),
        ("figures/g", ("incident",), "cannot be redacted"),
        ("figures/g", ("sources",), "cannot be redacted"),
        ("incidents/i", ("nothing",), "cannot be redacted"),
        ("incidents/none", ("notes",), "there is no record 'none'"),
        ("wars/i", ("notes",), "there is no resource 'wars'"),
    ],
)
def test_what_cannot_be_redacted_is_refused(
    sample: Base, address: str, members: tuple[str, ...], words: str
) -> None:
    resource, name = address.split("/")
    with pytest.raises(NotRedactable, match=words):
        redact_record(sample.store, resource, name, members, "Editor", WHY)


def test_what_a_record_cannot_do_without_stays(full: Base) -> None:
    full.put(ONE["figures"] | {"coding_rule": "source"})
    with pytest.raises(NotRedactable, match="does not stand without it: coding_rule"):
        redact(full, f"figures/{ONE['figures']['id']}", "coding_rule")


def test_what_is_made_of_claims_holds_it_no_more(full: Base) -> None:
    reason = [{"figure": "g", "reason": f"For {MARK}."}]
    figure = next(record for record in FULL if record["id"] == "h")
    full.put(figure | {"contradicts": reason})
    assert MARK in full.get("/v1/incidents/i/contradictions").text
    redact(full, "figures/h", "contradicts.reason")
    assert MARK not in full.get("/v1/incidents/i/contradictions").text
    assert erase(full.store) == ""
    assert holds(full.store.path, MARK) == []
    assert faults(full) == []


def test_a_column_that_is_no_text_goes_whole(full: Base) -> None:
    full.put(ONE["incidents"] | {"source_values": {"phone": 12345, "n": 3}})
    redact(full, "incidents/i", "source_values.phone")
    assert full.json("/v1/incidents/i")["source_values"] == {"n": 3}
    assert faults(full) == []


def test_who_writes_meanwhile_is_told_of(full: Base) -> None:
    writer = open_writer(full.store.path)
    writer.execute("BEGIN IMMEDIATE")
    assert erase(full.store, seconds=0) == "another process is writing"
    writer.close()
    assert erase(full.store, seconds=0) == ""


def test_the_reason_does_not_repeat_it(full: Base) -> None:
    notes(full, f"{MARK}")
    with pytest.raises(NotRedactable, match="reason repeats"):
        redact(full, "incidents/i", "notes", why=f"It said {MARK}.")
    assert MARK in full.get("/v1/incidents/i").text


def test_a_second_redaction_changes_nothing(full: Base) -> None:
    notes(full, f"{MARK}")
    seq = redact(full, "incidents/i", "notes").seq
    assert redact(full, "incidents/i", "notes") == Done(None, 0, ())
    assert full.store.seq() == seq


def test_where_the_same_words_stand_is_told(full: Base) -> None:
    full.put(ONE["sources"] | {"title": f"Of {MARK}"}, why=f"{MARK}")
    full.put(ONE["sources"])
    notes(full, f"{MARK}")
    assert redact(full, "incidents/i", "notes").elsewhere == ("sources/s", "transactions.why")


def test_answers_that_are_kept_are_thrown_away(full: Base) -> None:
    writer = open_writer(full.store.path)
    sql = "INSERT INTO retries VALUES (1, 'k', 'n', zeroblob(32), '2022', 201, '{}', ?)"
    writer.execute(sql, (MARK.encode(),))
    writer.execute("ANALYZE")
    writer.close()
    notes(full, f"{MARK}")
    redact(full, "incidents/i", "notes")
    assert erase(full.store) == ""
    assert holds(full.store.path, MARK) == []


@pytest.mark.parametrize("words", ["Žqxéž Šmark", f'{MARK} "x"\n\\y'])
def test_free_pages_and_samples_hold_nothing(full: Base, words: str) -> None:
    mark = words.split()[0]
    for number in range(9):
        full.put(ONE["incidents"] | {"notes": f"{words} {number} " * 100, "place": words})
    writer = open_writer(full.store.path)
    writer.execute("CREATE TABLE freed AS SELECT document FROM incidents_history")
    writer.execute("ANALYZE")
    writer.execute("DROP TABLE freed")
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert writer.execute("PRAGMA freelist_count").fetchone()[0] > 0
    writer.close()
    assert holds(full.store.path, mark)
    redact(full, "incidents/i", "notes", "place")
    assert erase(full.store) == ""
    assert holds(full.store.path, mark) == holds(full.store.path, "zqxez") == []
    assert faults(full) == []


def test_a_reader_of_a_state_from_before_is_told_of(full: Base) -> None:
    notes(full, f"{MARK}")
    full.store.connection.execute("BEGIN")
    full.store.connection.execute("SELECT count(*) FROM incidents").fetchone()
    redact(full, "incidents/i", "notes")
    assert "reader" in erase(full.store, seconds=0)
    assert holds(full.store.path, MARK)
    full.store.connection.execute("ROLLBACK")
    assert erase(full.store, seconds=0) == ""
    assert holds(full.store.path, MARK) == []


def test_migrating_keeps_it_redacted_and_keeps_the_hash(full: Base) -> None:
    notes(full, f"{MARK}", "Other.")
    made = releases.create(full.store, "first", "Editor")
    redact(full, "incidents/i", "notes")
    writer = open_writer(full.store.path)
    writer.execute("DROP TABLE contradiction_keys")
    migrations.migrate(writer, full.store.tables, full.store.renderers)
    writer.close()
    with full.store.reading() as connection:
        read = source(Clocks(made.seq), full.store.tables)
        assert releases.contents(connection, full.store.tables, read)[1] == made.digest
    assert MARK not in full.get("/v1/incidents/i/history").text
    assert faults(full) == []


def test_a_hash_that_is_wrong_for_no_reason_is_found(full: Base) -> None:
    notes(full, f"{MARK}", "Other.")
    redact(full, "incidents/i", "notes")
    writer = open_writer(full.store.path)
    writer.execute("DELETE FROM redactions")
    writer.close()
    assert all("the hash differs from its values" in words for words in faults(full))
    assert len(faults(full)) == 2


def test_the_command_says_what_is_left(full: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redact_command, "erase", lambda _: "a reader still reads")
    full.put(ONE["sources"] | {"title": f"Of {MARK}"})
    notes(full, f"{MARK}")
    words = ("redact", "--db", full.store.path, "--reason", WHY, "incidents", "i", "notes")
    done = run(*words)
    assert done.exit_code == 1
    assert "the same words stand in sources/s" in done.output
    assert "still in the bytes of the file, for a reader still reads: run" in done.output


def test_the_command_redacts_and_erases(full: Base) -> None:
    notes(full, f"{MARK}")
    full.store.close()
    words = ("redact", "--db", full.store.path, "--reason", WHY, "incidents", "i", "notes")
    done = run(*words)
    assert done.exit_code == 0, done.output
    assert "redacted in 1 versions" in done.output
    assert "erased from the file" in done.output
    assert holds(full.store.path, MARK) == []
    assert "there is nothing left to redact" in run(*words).output
    wrong = run(*words[:-1], "date_start")
    assert wrong.exit_code == 1
    assert "cannot be redacted" in wrong.output
    assert run(*words[:3], "incidents", "i", "notes").exit_code == 2
