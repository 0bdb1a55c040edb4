"""Bundles: what is written loads into an equal base; what is wrong is told line by line."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from incidents_api import bundle
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base

HEADER: dict[str, Any] = {"bundle": "incidents-api", "format": 1}


def actor(id_: str, **more: Any) -> dict[str, Any]:
    return {"resource": "actors", "id": id_, "name": id_, "actor_type": "media", **more}


def incident(id_: str, **more: Any) -> dict[str, Any]:
    told = {"resource": "incidents", "id": id_, "title": id_, "date_start": "2022-01-20"}
    return told | more


def write(path: Path, *lines: Any, header: Any = HEADER) -> Path:
    """Write a bundle; a line is a record, or bytes as they stand."""
    made = [line if isinstance(line, bytes) else orjson.dumps(line) for line in (header, *lines)]
    path.write_bytes(b"\n".join(made) + b"\n")
    return path


def copy_of(store: Store, path: Path) -> Store:
    """Export a base, and load the export into a new one."""
    file = path / "export.ndjson"
    file.write_bytes(b"".join(bundle.export(store)))
    made = Store.make(path / "made.db")
    bundle.load(made, [file], who="copy")
    return made


def state(store: Store) -> dict[tuple[str, str], tuple[bytes, dict[str, Any]]]:
    """Return each living record's hash and its document, without what a copy does not carry."""
    found = {}
    for record in store.registry:
        sql = f"SELECT id, hash, document FROM {record.resource} WHERE state = 'live'"
        for name, digest, document in store.connection.execute(sql):
            told = orjson.loads(document)
            del told["version"], told["recorded_at"]
            found[record.resource, name] = (digest, told)
    return found


@pytest.fixture(scope="module")
def exported(sample: Base, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    copy = copy_of(sample.store, tmp_path_factory.mktemp("exported"))
    yield copy
    copy.close()


def test_the_sample_s_export_loads_into_an_equal_base(sample: Base, exported: Store) -> None:
    assert state(exported) == state(sample.store)


def test_the_export_of_an_export_is_the_same_file(sample: Base, exported: Store) -> None:
    assert list(bundle.export(exported)) == list(bundle.export(sample.store))


def test_an_export_has_as_many_lines_as_records_and_a_header(sample: Base) -> None:
    assert len(list(bundle.export(sample.store))) == sample.store.records() + 1


def test_an_export_holds_restricted_records_too(base: Base, tmp_path: Path) -> None:
    base.put(actor("hidden", visibility="restricted"))
    copy = copy_of(base.store, tmp_path)
    assert state(copy) == state(base.store)
    copy.close()


def test_an_export_that_is_overtaken_by_a_write_can_still_be_loaded(
    base: Base, tmp_path: Path
) -> None:
    lines = bundle.export(base.store)
    taken = [next(lines) for _ in range(15)]
    base.put(actor("late"), actor("later", parent="late"))
    base.put(incident("after"), incident("part", part_of="after"))
    base.put(
        {"resource": "participations", "incident": "part", "actor": "late", "role": "party"}
        | {"id": "late-part"}
    )
    file = tmp_path / "taken.ndjson"
    file.write_bytes(b"".join([*taken, *lines]))
    made = Store.make(tmp_path / "made.db")
    bundle.load(made, [file], who="test")
    made.close()


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
NAMES = st.sampled_from(["a", "b", "c.1", "d_2"])
ACTORS = st.fixed_dictionaries(
    {"name": TEXTS, "actor_type": st.sampled_from(["media", "rebel_group"])},
    optional={
        "aliases": st.lists(st.fixed_dictionaries({"name": TEXTS}), max_size=3),
        "provisional": st.booleans(),
        "visibility": st.sampled_from(["public", "restricted"]),
        "source_values": st.dictionaries(
            TEXTS, st.none() | st.booleans() | st.integers(0, 2**53 - 1) | TEXTS
        ),
    },
)
INCIDENTS = st.fixed_dictionaries(
    {
        "title": TEXTS,
        "date_start": st.dates().map(str),
        "latitude": st.floats(-90, 90),
        "longitude": st.floats(-180, 180),
    },
    optional={
        "tags": st.lists(
            TEXTS.filter(lambda text: not {",", ";"} & set(text)), max_size=3, unique=True
        ),
        "civilian_targeting": st.none() | st.booleans(),
    },
)
WORDS = st.sampled_from(["zeker 136", "honderden", "84", "een deel", "naar schatting zo'n 5000"])


@st.composite
def bases(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw a small base: actors, incidents, and figures about them."""
    found: dict[str, dict[str, Any]] = {
        "actors": draw(st.dictionaries(NAMES, ACTORS, min_size=1, max_size=3)),
        "incidents": draw(st.dictionaries(NAMES, INCIDENTS, min_size=1, max_size=3)),
    }
    said = st.fixed_dictionaries(
        {
            "measure": st.sampled_from(["killed", "injured"]),
            "incident": st.sampled_from(sorted(found["incidents"])),
            "claimant": st.sampled_from(sorted(found["actors"])),
            "value_text": WORDS,
            "value_lang": st.just("nl"),
        }
    )
    found["figures"] = draw(st.dictionaries(NAMES, said, max_size=3))
    return [
        {"resource": resource, "id": name, **told}
        for resource, records in found.items()
        for name, told in records.items()
    ]


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("blank") / "blank.db"
    Store.make(path).close()
    return path


#: Shrinking would load hundreds of bases; the examples are small already.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


@settings(max_examples=15, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))
@example(records=[actor("a", source_values={"column": None})])
@given(records=bases())
def test_any_base_s_export_loads_into_an_equal_base(
    records: list[dict[str, Any]], blank: Path
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("one.db", "copy.db"):
            shutil.copy(blank, Path(folder) / name)
        one = open_base(Path(folder) / "one.db")
        one.put(*records)
        file = write(Path(folder) / "export.ndjson")
        file.write_bytes(b"".join(bundle.export(one.store)))
        copy = Store(Path(folder) / "copy.db")
        bundle.load(copy, [file], who="copy")
        try:
            assert state(copy) == state(one.store)
        finally:
            copy.close()
            one.store.close()


def test_loading_the_sample_again_changes_nothing(base: Base) -> None:
    before = base.store.seq()
    counts = bundle.load(base.store, [bundle.sample()], who="again")
    assert (base.store.seq(), +counts) == (before, {"unchanged": base.store.records()})


def test_loading_a_corrected_record_makes_its_next_version(base: Base, tmp_path: Path) -> None:
    told = actor("ap", name="The Associated Press")
    counts = bundle.load(base.store, [write(tmp_path / "b.ndjson", told)], who="editor", why="name")
    assert +counts == {"updated": 1}
    newest = base.json("/v1/actors/ap/history")["data"][0]
    assert [newest[name] for name in ("version", "who", "why")] == [2, "editor", "name"]


ENDINGS = {
    "a byte-order mark": lambda text: b"\xef\xbb\xbf" + text,
    "CRLF": lambda text: text.replace(b"\n", b"\r\n"),
    "blank lines": lambda text: text.replace(b"\n", b"\n \n\n"),
    "no newline at the end": lambda text: text.rstrip(b"\n"),
}


@pytest.mark.parametrize("change", ENDINGS.values(), ids=ENDINGS)
def test_it_takes_what_editors_and_windows_make_of_a_file(
    change: Any, sample: Base, empty: Base, tmp_path: Path
) -> None:
    file = tmp_path / "changed.ndjson"
    file.write_bytes(change(bundle.sample().read_bytes()))
    bundle.load(empty.store, [file], who="test")
    assert state(empty.store) == state(sample.store)


def test_records_may_come_in_any_order(sample: Base, empty: Base, tmp_path: Path) -> None:
    header, *lines = bundle.sample().read_bytes().splitlines()
    file = write(tmp_path / "b.ndjson", *reversed(lines), header=header)
    bundle.load(empty.store, [file], who="test")
    assert state(empty.store) == state(sample.store)


def test_several_files_are_loaded_in_one_transaction(empty: Base, tmp_path: Path) -> None:
    one = write(tmp_path / "1.ndjson", incident("part", part_of="whole"))
    two = write(tmp_path / "2.ndjson", incident("whole"))
    bundle.load(empty.store, [one, two], who="test")
    assert (empty.store.seq(), empty.ids("/v1/incidents/whole/parts")) == (1, ["part"])


FAULTS: dict[str, tuple[Any, str]] = {
    "not JSON": (b'{"resource": "actors",', "is not JSON: "),
    "not UTF-8": (b'{"resource": "actors", "name": "\xff"}', "is not JSON: "),
    "unknown resource": ({"resource": "events"}, "resource is "),
    "a list for a resource": ({"resource": ["actors"]}, "resource is "),
    "unknown member": (actor("x", colour="red"), "colour: is not a member of this record"),
    "bad term": (actor("x", actor_type="army"), "actor_type: 'army' is not a term of actor_type;"),
    "nested term": (
        actor("x", aliases=[{"name": "y"}, {"name": "z", "kind": "nick"}]),
        "aliases.1.kind: 'nick' is not a term of alias_kind;",
    ),
    "wrong type": (actor("x", gwno="2"), "gwno: must be a whole number from 0 to 9999"),
    "missing member": ({"resource": "actors", "id": "x", "name": "x"}, "actor_type: is required"),
    "missing id": (actor("x") | {"id": None}, "id: is required in a bundle"),
    "bad id": (actor("X y"), "id: must be 1 to 80 of the characters "),
    "dangling link": (
        actor("x", parent="nobody"),
        "parent: there is no record 'nobody' among the actors",
    ),
    "dangling link in a list": (
        {"resource": "figures", "id": "f", "actor": "good", "measure": "held", "best": 1}
        | {"sources": [{"source": "nowhere"}]},
        "sources: there is no record 'nowhere' among the sources",
    ),
    "duplicate id": (actor("good"), "actors/good is there already, at "),
    "rule": (incident("x", date_end="2022-01-19"), "date_end: is 2022-01-19, before date_start "),
    "unreadable words": (
        {"resource": "figures", "id": "f", "actor": "good", "measure": "held"}
        | {"value_text": "umpteen", "value_lang": "en"},
        "value_text: 'umpteen' cannot be read as a number;",
    ),
    "its own whole": (incident("x", part_of="x"), "part_of: "),
}


@pytest.mark.parametrize(("line", "words"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_by_file_and_line_and_nothing_is_loaded(
    line: Any, words: str, empty: Base, tmp_path: Path
) -> None:
    file = write(tmp_path / "b.ndjson", actor("good"), b"", line)
    with pytest.raises(bundle.Faulty) as refused:
        bundle.load(empty.store, [file], who="test")
    assert str(refused.value).startswith(f"{file}:4: {words}")
    assert empty.store.records() == 0


def test_all_faults_are_told_in_order(empty: Base, tmp_path: Path) -> None:
    lines = [line for name, (line, _) in FAULTS.items() if name != "its own whole"]
    one = write(tmp_path / "1.ndjson", actor("good"), *lines)
    two = write(tmp_path / "2.ndjson", actor("y", parent="nobody"), actor("z", q=1, gwno=-1))
    with pytest.raises(bundle.Faulty) as refused:
        bundle.load(empty.store, [one, two], who="test")
    places = [(Path(fault.file).name, fault.line) for fault in refused.value.faults]
    wanted = [("1.ndjson", 3 + n) for n in range(len(lines))]
    assert sorted(set(places)) == [*wanted, ("2.ndjson", 2), ("2.ndjson", 3)]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (actor("x"), "is not a bundle: its first line must be "),
        (b"", "is not a bundle: its first line must be "),
        (HEADER | {"format": 2}, "has format 2; this program reads 1"),
    ],
)
def test_a_file_with_another_header_is_refused(
    header: Any, words: str, empty: Base, tmp_path: Path
) -> None:
    file = write(tmp_path / "b.ndjson", actor("x"), header=header)
    with pytest.raises(bundle.Faulty, match=f"b.ndjson:1: {words}"):
        bundle.load(empty.store, [file], who="test")
