"""Many edits of all resources in one batch: all of it or nothing, each fault with its place."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

import orjson
import pytest

from incidents_api import bundle
from incidents_api.storage import consistency
from incidents_api.storage.store import Store
from tests import editor as editors
from tests.conftest import Base, open_base
from tests.editor import Editor, Given, create, patch, replace, restore, withdraw

INCIDENT: Final = {"title": "T", "date_start": "2022-01-20"}
ACTOR: Final = {"name": "A", "actor_type": "rebel_group"}
SOURCE: Final = {"title": "S", "source_type": "dataset"}
PRISON: Final = {"name": "P", "facility_type": "prison"}
FIGURE: Final = {"incident": "i", "measure": "killed", "best": 3}
#: A record of every resource, about those that the editor finds there.
RECORDS: Final[dict[str, Given]] = {
    "actors": ACTOR | {"parent": "a"},
    "sources": SOURCE | {"publisher": "a"},
    "facilities": PRISON | {"part_of": "p"},
    "incidents": INCIDENT | {"part_of": "i"},
    "participations": {"incident": "i", "actor": "a", "role": "party"},
    "sites": {"incident": "i", "facility": "p", "role": "target"},
    "controls": {"facility": "p", "actor": "a", "control_type": "guards"},
    "relations": {"type": "member_of", "from_actor": "a", "to_actor": "b"},
    "figures": FIGURE | {"claimant": "a", "sources": [{"source": "s"}]},
    "assertions": {"facility": "p", "predicate": "other", "statement": "Something."},
}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a knowledge base with what other records are about."""
    path = tmp_path_factory.mktemp("there") / "there.db"
    Store.make(path).close()
    base = open_base(path)
    editors.editor(base).batch(
        *(create("actors", name, **ACTOR) for name in "ab"),
        create("sources", "s", **SOURCE),
        create("facilities", "p", **PRISON),
        *(create("incidents", name, **INCIDENT) for name in "ij"),
        *(create("figures", name, **FIGURE) for name in "fg"),
        create("figures", "gone", **FIGURE),
    )
    editors.editor(base).batch(withdraw("figures", "gone"))
    base.store.close()
    return path


@pytest.fixture
def editor(there: Path, tmp_path: Path) -> Iterator[Editor]:
    """Who may write to a copy of it; what he leaves is sound."""
    base = open_base(Path(shutil.copy(there, tmp_path / "copy.db")))
    yield editors.editor(base)
    assert list(consistency.faults(base.store)) == []
    base.store.close()


@pytest.fixture(scope="module")
def refused(there: Path) -> Iterator[Editor]:
    """Who may write to it, and never does."""
    base = open_base(there)
    yield editors.editor(base)
    base.store.close()


def test_every_resource_is_edited_in_every_way_in_one_batch(editor: Editor) -> None:
    old = [(resource, f"{resource}-{n}") for resource in RECORDS for n in range(1, 5)]
    editor.batch(*(create(resource, name, **RECORDS[resource]) for resource, name in old))
    editor.batch(*(withdraw(resource, f"{resource}-4") for resource in RECORDS))
    ways: list[tuple[str, int, Any]] = [
        ("created", 1, lambda resource: create(resource, f"{resource}-0", **RECORDS[resource])),
        (
            "replaced",
            2,
            lambda name: replace(name, f"{name}-1", **RECORDS[name], notes="Replaced."),
        ),
        ("patched", 2, lambda resource: patch(resource, f"{resource}-2", notes="Patched.")),
        ("withdrawn", 2, lambda resource: withdraw(resource, f"{resource}-3")),
        ("restored", 3, lambda resource: restore(resource, f"{resource}-4")),
    ]
    asked = [(way, resource) for way in ways for resource in RECORDS]
    Random(1).shuffle(asked)
    done = editor.batch(*(make(resource) for (_, _, make), resource in asked), query="?reason=All.")
    assert done["seq"] == editor.base.store.seq() == 5
    for place, ((action, version, _), resource) in enumerate(asked):
        told = done["results"][place]
        name = f"{resource}-{[way[0] for way in ways].index(action)}"
        assert (told["index"], told["action"], told["version"]) == (place, action, version)
        assert (told["resource"], told["id"]) == (resource, name)
        assert told["href"] == f"/v1/{resource}/{name}"
        assert ("withdrawn" in told) == (action == "withdrawn")
        answer = editor.base.get(told["href"])
        if action == "withdrawn":
            assert answer.status_code == 410
            assert [one["id"] for one in told["withdrawn"]] == [name]
        else:
            assert answer.headers["ETag"] == told["etag"]
            notes = {"replaced": "Replaced.", "patched": "Patched."}.get(action)
            assert answer.get_json()["notes"] == notes
        why = "A mistake." if action == "withdrawn" else "All."
        seq, version, _, said = editor.versions(resource, name)[-1]
        assert (seq, version, said) == (5, told["version"], why)


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_the_sample_in_any_order_makes_an_equal_base(
    empty: Base, sample: Base, seed: int | None
) -> None:
    lines = [orjson.loads(line) for line in bundle.sample().read_bytes().splitlines()[1:]]
    lines.reverse()
    if seed is not None:
        Random(seed).shuffle(lines)
    made = editors.editor(empty).batch(
        *({"op": "create", "resource": line.pop("resource"), "record": line} for line in lines)
    )
    assert (made["seq"], len(made["results"])) == (1, len(lines))
    assert editors.exported(empty) == editors.exported(sample)
    assert editors.contents(empty) == editors.contents(sample)
    assert list(consistency.faults(empty.store)) == []


def test_records_of_a_batch_refer_to_each_other_before_and_after(editor: Editor) -> None:
    also = {"incident": "new", "measure": "killed", "best": 3}
    one = {"figure": "two", "reason": "R"}
    editor.batch(
        create("figures", "one", **also, part_of="two", contradicts=[one]),
        create("incidents", "new", **INCIDENT, part_of="later"),
        create("figures", "two", **also, contradicts=[one | {"figure": "one"}]),
        patch("incidents", "i", part_of="later"),
        create("incidents", "later", **INCIDENT),
    )
    assert editor.base.ids("/v1/figures/two/parts") == ["one"]
    assert set(editor.base.ids("/v1/incidents/later/parts")) == {"i", "new"}


GOOD: Final = [
    create("figures", "new", **FIGURE),
    replace("figures", "newer", None, **FIGURE),
    patch("figures", "f", notes="N."),
    withdraw("figures", "g"),
    restore("figures", "gone"),
]
FAULTY: Final = {
    "shape": (422, create("figures", "x", colour="red", **FIGURE), "/record/colour"),
    "operation": (422, {"op": "join"}, "/op"),
    "patched shape": (422, patch("actors", "a", name=None), "/record/name"),
    "own rule": (409, create("figures", "x", **FIGURE, low=4), "/record/best"),
    "patched rule": (409, patch("incidents", "i", date_end="2021-01-01"), "/record/date_end"),
    "id changed": (409, patch("actors", "a", id="x"), "/record/id"),
    "id differs": (409, replace("actors", "a", **ACTOR, id="x"), "/record/id"),
    "dangling": (409, create("figures", "x", **FIGURE | {"incident": "no"}), "/record/incident"),
    "taken": (409, create("figures", "gone", **FIGURE), "/record/id"),
    "unconditional": (428, replace("incidents", "i", None, **INCIDENT), ""),
    "put on withdrawn": (409, replace("figures", "gone", None, **FIGURE), "/id"),
    "not withdrawn": (409, restore("actors", "a"), ""),
    "missing": (404, patch("actors", "no", notes="N."), ""),
    "never there": (404, restore("actors", "no"), ""),
    "gone": (410, patch("figures", "gone", notes="N."), ""),
    "withdrawn": (410, withdraw("figures", "gone"), ""),
    "stale": (412, patch("actors", "a", '"0-json-1"', notes="N."), ""),
    "nothing to match": (412, replace("actors", "x", **ACTOR), ""),
    "needed": (409, withdraw("incidents", "i"), ""),
}


@pytest.mark.parametrize("kind", FAULTY)
def test_one_faulty_operation_anywhere_and_nothing_is_done(refused: Editor, kind: str) -> None:
    status, faulty, inside = FAULTY[kind]
    about = faulty.get("id", faulty.get("record", {}).get("id"))
    good = GOOD[:-1] if about == "gone" else GOOD
    for place in (0, 2, len(good)):
        faults = refused.refused(status, *good[:place], faulty, *good[place:])
        assert {pointer: fault["index"] for pointer, fault in faults.items()} == {
            f"/operations/{place}{inside}": place
        }


def test_without_it_all_are_done(editor: Editor) -> None:
    assert len(editor.batch(*GOOD)["results"]) == len(GOOD)


def test_faults_of_all_operations_are_listed(refused: Editor) -> None:
    faults = refused.refused(
        422,
        {"op": "create", "resource": "actors", "reason": 5, "record": {"nam": "A"}},
        create("figures", "x", **FIGURE, low=4),
        create("figures", "y", incident="i", measure="slain", best=1.5),
        {"op": "patch", "resource": "figures", "id": "f"},
        3,
        *GOOD,
        {"op": "withdraw", "resource": "figure", "id": "g", "if_match": 'W/"1-json-1"'},
    )
    assert {pointer: fault["index"] for pointer, fault in faults.items()} == {
        "/operations/0/reason": 0,
        "/operations/0/record/nam": 0,
        "/operations/0/record/name": 0,
        "/operations/0/record/actor_type": 0,
        "/operations/1/record/best": 1,
        "/operations/2/record/measure": 2,
        "/operations/2/record/best": 2,
        "/operations/3/if_match": 3,
        "/operations/3/record": 3,
        "/operations/4": 4,
        "/operations/10/resource": 10,
        "/operations/10/if_match": 10,
        "/operations/10/reason": 10,
    }


STATES: Final = [FAULTY[kind] for kind in ("missing", "gone", "stale", "unconditional")]


@pytest.mark.parametrize(
    ("more", "status"), [([], 409), ([FAULTY["patched shape"]], 422), ([FAULTY["shape"]], 422)]
)
def test_faults_of_several_kinds_are_a_conflict_unless_a_body_is_faulty(
    refused: Editor, more: list[Any], status: int
) -> None:
    faults = refused.refused(status, *(faulty for _, faulty, _ in (*STATES, *more)))
    if more != [FAULTY["shape"]]:
        assert [fault["index"] for fault in faults.values()] == list(range(4 + len(more)))


def test_every_rule_between_records_is_told_with_its_place(refused: Editor) -> None:
    faults = refused.refused(
        409,
        create("figures", "x0", **FIGURE, sources=[{"source": "s"}, {"source": "no"}]),
        create("figures", "x1", **FIGURE, population={"actor": ["no"]}),
        create("actors", "x2", **ACTOR, parent="x2"),
        create("figures", "x3", **FIGURE | {"measure": "injured"}, part_of="f"),
        create("figures", "x4", **FIGURE, claimant="a", rank="preferred"),
        create("figures", "x5", **FIGURE | {"incident": "no"}),
        withdraw("incidents", "i"),
        create("figures", "x7", **FIGURE, claimant="a", rank="preferred"),
        create("figures", "x8", **FIGURE, derives_from="gone"),
        create("figures", "x9", **FIGURE | {"incident": "no"}),
        patch("figures", "f", notes="N.", part_of="g"),
        patch("figures", "g", part_of="f"),
    )
    assert {pointer: (fault["index"], fault["rule"]) for pointer, fault in faults.items()} == {
        "/operations/0/record/sources": (0, "link-leads-nowhere"),
        "/operations/1/record/population/actor": (1, "link-leads-nowhere"),
        "/operations/2/record/parent": (2, "no-cycle"),
        "/operations/3/record/part_of": (3, "part-counts-the-same"),
        "/operations/4/record/rank": (4, "one-preferred"),
        "/operations/5/record/incident": (5, "link-leads-nowhere"),
        "/operations/6": (6, "still-linked-to"),
        "/operations/7/record/rank": (7, "one-preferred"),
        "/operations/8/record/derives_from": (8, "link-to-withdrawn"),
        "/operations/9/record/incident": (9, "link-leads-nowhere"),
        "/operations/10/record/part_of": (10, "no-cycle"),
        "/operations/11/record/part_of": (11, "no-cycle"),
    }
    assert faults["/operations/0/record/sources"]["record"] == "/v1/sources/no"
    assert faults["/operations/4/record/rank"]["record"] == "/v1/figures/x7"


def test_a_restoration_to_something_withdrawn_points_at_the_operation(editor: Editor) -> None:
    editor.batch(withdraw("incidents", "i", cascade=True))
    assert set(editor.refused(409, restore("figures", "f"), restore("figures", "gone"))) == {
        "/operations/0",
        "/operations/1",
    }


def test_a_record_is_edited_once(editor: Editor) -> None:
    faults = editor.refused(
        422,
        patch("figures", "f", notes="N."),
        withdraw("figures", "f"),
        create("actors", "f", **ACTOR),
        create("figures", "f", **FIGURE),
        replace("figures", "f", **FIGURE),
    )
    assert {pointer: fault["index"] for pointer, fault in faults.items()} == {
        "/operations/1/id": 1,
        "/operations/3/record/id": 3,
        "/operations/4/id": 4,
    }
    editor.batch(patch("figures", "f", notes="N."), create("actors", "f", **ACTOR))


def test_a_preference_moves_and_a_circle_turns_in_one_batch(editor: Editor) -> None:
    editor.batch(patch("figures", "f", rank="preferred"), patch("figures", "g", part_of="f"))
    for first, second in (("g", "f"), ("f", "g")):
        editor.batch(
            patch("figures", first, rank="preferred", part_of=None),
            patch("figures", second, rank="normal", part_of=first),
        )
    assert editor.base.ids("/v1/figures?rank=preferred") == ["f"]


def test_each_operation_has_its_own_reason(editor: Editor) -> None:
    editor.batch(
        patch("figures", "f", notes="N.") | {"reason": "Its own."},
        patch("figures", "g", notes="N."),
        # What a record's successor changes in it is no reason of its own.
        create("figures", "x", **FIGURE, supersedes="f"),
        restore("figures", "gone", reason="Right after all."),
        query="?reason=The%20batch%27s.",
    )
    assert [editor.versions("figures", name)[-1][2:] for name in ("f", "g", "x", "gone")] == [
        ("update", "Its own."),
        ("update", "The batch's."),
        ("create", "The batch's."),
        ("restore", "Right after all."),
    ]


def test_tags_lead_from_one_batch_to_the_next(editor: Editor) -> None:
    tag = editor.tag("figures", "f")
    for number in range(3):
        operations = [
            patch("figures", "f", tag, notes=f"{number}"),
            create("actors", None, **ACTOR),
        ]
        told, minted = editor.batch(*operations)["results"]
        assert set(editor.refused(412, operations[0])) == {"/operations/0"}
        tag = told["etag"]
        assert tag == editor.tag("figures", "f")
        assert editor.base.json(minted["href"])["id"] == minted["id"]
        assert minted["etag"] == editor.tag("actors", minted["id"])
    seq = tag.strip('"').partition("-")[0]
    gone = editor.batch(withdraw("figures", "f", f'"{seq}-csv-7:gzip"'))["results"][0]["etag"]
    assert set(editor.refused(412, restore("figures", "f", if_match=tag))) == {"/operations/0"}
    editor.batch(restore("figures", "f", if_match=gone))
