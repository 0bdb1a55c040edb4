"""What differs between two states, member by member."""

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from incidents_api.storage import differences
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base
from tests.test_changes import figure
from tests.test_dependents import record
from tests.test_errors import problem

Given = dict[str, Any]


@pytest.fixture(scope="module")
def told_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file in which something was added, changed and withdrawn between transactions 1 and 8."""
    path = tmp_path_factory.mktemp("told") / "told.db"
    Store.make(path).close()
    base = open_base(path)
    source = {"title": "Paper", "source_type": "news_media", "published_at": "2022-01-23"}
    base.put(
        record("incidents", "i", country="SYR"),
        record("sources", "s", **source),
        figure("f", sources=[{"source": "s"}]),
        figure("g"),
        record("actors", "a"),
    )
    base.put(figure("f", best=4, sources=[{"source": "s"}]))
    base.put(figure("f", best=5, notes="New.", sources=[{"source": "s"}]))
    base.put(record("sources", "s", **source | {"published_at": "2022-01-22"}))
    base.put(record("actors", "b"))
    for name in ("figures/g", "actors/b"):
        answer = base.write("DELETE", f"/v1/{name}?reason=x", If_Match="*")
        assert answer.status_code == 200
    base.put(record("actors", "c"))
    base.store.close()
    return path


@pytest.fixture(scope="module")
def seen(told_file: Path) -> Iterator[Base]:
    """The base over it, to read."""
    base = open_base(told_file)
    yield base
    base.store.close()


@pytest.fixture
def told(told_file: Path, tmp_path: Path) -> Iterator[Base]:
    """A copy of it, to write to."""
    base = open_base(Path(shutil.copy(told_file, tmp_path / "told.db")))
    yield base
    base.store.close()


def listed(base: Base, query: str = "", path: str = "/v1/releases/1/diff/8") -> list[Given]:
    """Return the differences of all pages."""
    found: list[Given] = []
    path = f"{path}?{query}"
    while path:
        page = base.json(path)
        found += page["data"]
        path = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    return found


def short(found: list[Given]) -> list[tuple[str, str, str]]:
    return [(one["resource"], one["id"], one["change"]) for one in found]


WHOLE = [
    ("sources", "s", "changed"),
    ("figures", "f", "changed"),
    ("figures", "g", "withdrawn"),
    ("actors", "c", "added"),
]


def test_each_record_is_told_once_where_it_was_changed_last(seen: Base) -> None:
    found = listed(seen)
    assert short(found) == WHOLE
    assert [one["seq"] for one in found] == [4, 4, 6, 8]
    assert [(one["version_from"], one["version_to"]) for one in found] == [
        (1, 2),
        (1, 3),
        (1, None),
        (None, 1),
    ]
    assert found[2]["fields"] == found[3]["fields"] == []


def test_members_are_told_from_what_to_what_and_whether_somebody_edited_them(seen: Base) -> None:
    fields = {one["field"]: one for one in listed(seen)[1]["fields"]}
    assert fields["best"] == {"field": "best", "from": 3, "to": 5, "computed": False}
    assert fields["notes"] == {"field": "notes", "from": None, "to": "New.", "computed": False}
    said = {"field": "said_at", "from": "2022-01-23", "to": "2022-01-22", "computed": True}
    assert fields["said_at"] == said
    assert {"version", "recorded_at", "links", "computed"}.isdisjoint(fields)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("resource=figures", WHOLE[1:3]),
        ("resource=figures,actors", WHOLE[1:]),
        ("change=added,withdrawn", WHOLE[2:]),
        ("change=changed", WHOLE[:2]),
        ("field=best", WHOLE[1:2]),
        ("field=said_at,published_at", WHOLE[:2]),
        ("field=title", []),
        ("computed=false", WHOLE[:2]),
        ("computed=true", WHOLE[1:2]),
        ("computed=true&resource=sources", []),
        ("incident=i", WHOLE[1:3]),
        ("country=SYR", []),
        ("dataset=s", []),
    ],
)
def test_differences_can_be_narrowed(
    seen: Base, query: str, expected: list[tuple[str, str, str]]
) -> None:
    assert short(listed(seen, query)) == expected
    for one in listed(seen, query) if "field=" in query else []:
        assert {field["field"] for field in one["fields"]} <= set(query[6:].split(","))


def test_computed_members_alone_are_told_alone(seen: Base) -> None:
    (found,) = listed(seen, "computed=true")
    assert {field["field"] for field in found["fields"]} == {"low", "high", "said_at"}
    assert all(
        not field["computed"] for one in listed(seen, "computed=false") for field in one["fields"]
    )


def test_it_is_narrowed_by_what_the_record_was_or_is(told: Base) -> None:
    told.put(record("incidents", "i", country="IRQ"))
    for country in ("SYR", "IRQ", "SYR,DEU"):
        found = listed(told, f"country={country}", "/v1/releases/8/diff/9")
        assert short(found) == [("incidents", "i", "changed")]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_of_any_size_give_the_same(seen: Base, limit: int) -> None:
    assert listed(seen, f"limit={limit}") == listed(seen)


def test_pages_may_be_short_where_little_is_asked_for(
    seen: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = listed(seen)
    monkeypatch.setattr(differences, "CHUNK", 2)
    monkeypatch.setattr(differences, "CHUNKS", 2)
    assert listed(seen) == whole
    page = seen.json("/v1/releases/1/diff/8?change=added")
    assert page["data"] == []
    assert page["meta"]["next_cursor"]


def test_all_is_counted_by_resource_and_member(seen: Base) -> None:
    meta = seen.json("/v1/releases/1/diff/8?limit=1&total=true")["meta"]
    assert (meta["from_seq"], meta["to_seq"]) == (1, 8)
    assert meta["counts"]["actors"] == {
        "changes": {"added": 1, "withdrawn": 0, "changed": 0},
        "fields": {},
    }
    assert meta["counts"]["figures"]["changes"] == {"added": 0, "withdrawn": 1, "changed": 1}
    assert meta["counts"]["figures"]["fields"]["best"] == 1
    assert set(meta["counts"]) == {"actors", "figures", "sources"}


def test_a_table_has_a_row_for_each_member(seen: Base) -> None:
    rows = list(csv.DictReader(io.StringIO(seen.get("/v1/releases/1/diff/8?f=csv").text)))
    expected = [
        (one["resource"], one["id"], one["change"], field)
        for one in listed(seen)
        for field in [field["field"] for field in one["fields"]] or [""]
    ]
    assert [(row["resource"], row["id"], row["change"], row["field"]) for row in rows] == expected
    best = next(row for row in rows if row["field"] == "best")
    assert (best["from"], best["to"], best["computed"]) == ("3", "5", "false")
    first = seen.get("/v1/releases/1/diff/8?f=csv&limit=1")
    assert {row["id"] for row in csv.DictReader(io.StringIO(first.text))} == {"s"}
    assert 'rel="next"' in first.headers["Link"]


def test_releases_are_compared_by_name(told: Base) -> None:
    for name, change in (("old", "Old."), ("new", "New again.")):
        told.put(record("actors", "a", notes=change))
        assert told.write("POST", "/v1/releases", {"name": name}).status_code == 201
    (found,) = listed(told, path="/v1/releases/old/diff/new")
    assert found["fields"] == [
        {"field": "notes", "from": "Old.", "to": "New again.", "computed": False}
    ]
    assert listed(told, path="/v1/releases/9/diff/new") == [found]


def test_from_nothing_everything_was_added(sample: Base) -> None:
    found = listed(sample, "limit=1000", "/v1/releases/0/diff/1")
    assert {one["change"] for one in found} == {"added"}
    assert len(found) == sum(sample.json("/v1")["counts"].values())


def test_a_state_does_not_differ_from_itself(seen: Base) -> None:
    assert listed(seen, path="/v1/releases/8/diff/8") == []


def test_what_was_changed_back_is_no_difference(told: Base) -> None:
    for notes in ("For a moment.", None):
        told.put(record("actors", "a", notes=notes))
    assert listed(told, path="/v1/releases/8/diff/10") == []


def test_what_not_everybody_may_see_is_left_out(told: Base) -> None:
    told.put(record("actors", "secret", visibility="restricted"))
    told.put(figure("f", visibility="restricted"), record("actors", "c", notes="N."))
    last = told.store.seq()
    assert short(listed(told, path=f"/v1/releases/1/diff/{last}")) == [WHOLE[0], *WHOLE[2:]]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/releases/1/diff/99", 404),
        ("/v1/releases/nobody/diff/1", 404),
        ("/v1/releases/8/diff/1", 409),
        ("/v1/releases/1/diff/8?resource=dogs", 400),
        ("/v1/releases/1/diff/8?field=version", 400),
        ("/v1/releases/1/diff/8?cursor=abcd", 400),
    ],
)
def test_what_cannot_be_compared_is_refused(seen: Base, path: str, status: int) -> None:
    problem(seen.get(path), status)


def test_a_cursor_goes_on_with_its_own_question(seen: Base) -> None:
    cursor = seen.json("/v1/releases/1/diff/8?limit=1")["meta"]["next_cursor"]
    assert seen.get(f"/v1/releases/1/diff/8?limit=2&cursor={cursor}").status_code == 200
    problem(seen.get(f"/v1/releases/2/diff/8?cursor={cursor}"), 409)
    problem(seen.get(f"/v1/releases/1/diff/8?change=added&cursor={cursor}"), 409)
