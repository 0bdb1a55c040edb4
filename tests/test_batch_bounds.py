"""What a batch takes, who may send one, and what it withdraws and restores together."""

import shutil
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any, Final

import pytest

from incidents_api.storage import consistency
from incidents_api.storage.store import Store
from tests import editor as editors
from tests.conftest import open_base
from tests.editor import Editor, Given, create, patch, replace, restore, withdraw

INCIDENT: Final = {"title": "T", "date_start": "2022-01-20"}
ACTOR: Final = {"name": "A", "actor_type": "rebel_group"}
FIGURE: Final = {"incident": "i", "measure": "killed", "best": 3}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a knowledge base in which much leads to the incident ``i``."""
    path = tmp_path_factory.mktemp("there") / "there.db"
    Store.make(path).close()
    base = open_base(path)
    editors.editor(base).batch(
        create("incidents", "i", **INCIDENT),
        create("incidents", "j", **INCIDENT),
        create("actors", "a", **ACTOR),
        create("figures", "f", **FIGURE),
        create("figures", "g", **FIGURE, part_of="f"),
        create("participations", "p", incident="i", actor="a", role="party"),
        create("relations", "r", type="related_to", from_incident="i", to_incident="j"),
    )
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


#: What depends on the incident ``i``, by way of it or of another.
NEEDING: Final = {("figures", "f"), ("figures", "g"), ("participations", "p"), ("relations", "r")}


def gone(editor: Editor) -> set[tuple[str, str]]:
    """Return what is withdrawn, and see that each says so and shows its history."""
    found = set()
    for key, shown in editors.contents(editor.base).items():
        path = f"/v1/{'/'.join(key)}"
        status = editor.base.get(path).status_code
        assert status == (200 if shown["state"] == "live" else 410)
        if status == 410:
            found.add(key)
            assert editor.versions(*key)[-1][2] == "withdraw"
    return found


def told(result: Given) -> list[tuple[str, str]]:
    """Return what an operation says it withdrew."""
    return [(one["resource"], one["id"]) for one in result["withdrawn"]]


def test_what_depends_is_withdrawn_with_it_and_for_its_reason(editor: Editor) -> None:
    seq, results = editor.batch(
        patch("actors", "a", notes="N."),
        withdraw("incidents", "i", cascade=True, reason="Two in one."),
        query="?reason=Another.",
    ).values()
    assert told(results[1])[0] == ("incidents", "i")
    assert sorted(told(results[1])) == sorted({("incidents", "i"), *NEEDING})
    assert gone(editor) == {("incidents", "i"), *NEEDING}
    for key in NEEDING:
        assert editor.versions(*key)[-1] == (seq, 2, "withdraw", "Two in one.")
    assert editor.versions("actors", "a")[-1] == (seq, 2, "update", "Another.")


@pytest.mark.parametrize("first", [True, False])
def test_what_leads_elsewhere_by_then_is_not_withdrawn(editor: Editor, first: bool) -> None:
    operations = [
        withdraw("incidents", "i", cascade=True),
        patch("figures", "f", incident="j"),
        replace("participations", "p", incident="j", actor="a", role="party"),
    ]
    results = editor.batch(*(operations if first else operations[::-1]))["results"]
    withdrawn = results[0 if first else -1]
    assert sorted(told(withdrawn)) == [("figures", "g"), ("incidents", "i"), ("relations", "r")]
    assert gone(editor) == set(told(withdrawn))
    assert set(editor.base.ids("/v1/incidents/j/figures")) == {"f"}


def test_what_is_edited_and_still_leads_there_is_told_and_not_withdrawn(editor: Editor) -> None:
    faults = editor.refused(
        409, patch("figures", "f", notes="N."), withdraw("incidents", "i", cascade=True)
    )
    assert {pointer: fault["record"] for pointer, fault in faults.items()} == {
        "/operations/1": "/v1/figures/f"
    }


def test_what_a_batch_adds_is_edited_by_it(editor: Editor) -> None:
    faults = editor.refused(
        409, withdraw("incidents", "i", cascade=True), create("figures", "new", **FIGURE)
    )
    assert {pointer: fault["record"] for pointer, fault in faults.items()} == {
        "/operations/0": "/v1/figures/new"
    }


def test_a_record_that_two_withdrawals_reach_is_withdrawn_once(editor: Editor) -> None:
    results = editor.batch(
        withdraw("incidents", "j", cascade=True),
        withdraw("figures", "g"),
        withdraw("incidents", "i", cascade=True),
    )["results"]
    assert [sorted(told(result)) for result in results] == [
        [("incidents", "j"), ("relations", "r")],
        [("figures", "g")],
        [("figures", "f"), ("incidents", "i"), ("participations", "p")],
    ]
    assert gone(editor) == {*NEEDING, ("incidents", "i"), ("incidents", "j")}


CHAIN: Final = [("incidents", "i"), ("figures", "f"), ("figures", "g")]


@pytest.mark.parametrize("order", [*permutations(range(3))], ids=str)
def test_a_chain_goes_and_comes_back_in_any_order_but_only_whole(
    editor: Editor, order: tuple[int, ...]
) -> None:
    editor.batch(withdraw("participations", "p"), withdraw("relations", "r"))
    before = editors.contents(editor.base)
    chain = [CHAIN[place] for place in order]
    for left in CHAIN[1:]:
        faults = editor.refused(409, *(withdraw(*key) for key in chain if key != left))
        assert {(fault["rule"], fault["record"]) for fault in faults.values()} == {
            ("still-linked-to", f"/v1/{'/'.join(left)}")
        }
    editor.batch(*(withdraw(*key) for key in chain))
    for left in CHAIN[:2]:
        faults = editor.refused(409, *(restore(*key) for key in chain if key != left))
        assert {(fault["rule"], fault["record"]) for fault in faults.values()} == {
            ("link-to-withdrawn", f"/v1/{'/'.join(left)}")
        }
    editor.batch(*(restore(*key) for key in chain))
    assert editors.contents(editor.base) == before


def test_a_batch_holds_one_to_a_thousand_operations(editor: Editor) -> None:
    assert set(editor.refused(422)) == {"/operations"}
    many = [create("actors", f"a{number}", **ACTOR, parent="a0") for number in range(1, 1001)]
    assert set(editor.refused(422, create("actors", "a0", **ACTOR), *many)) == {"/operations"}
    editor.batch(create("actors", "a0", **ACTOR))
    done = editor.batch(*many)
    assert [one["id"] for one in done["results"]] == [f"a{n}" for n in range(1, 1001)]
    assert {one["etag"] for one in done["results"]} == {f'"{done["seq"]}-json-1"'}
    assert editor.base.json("/v1/actors?limit=1&total=true")["meta"]["total"] == 1002


BODIES: Final[list[tuple[Any, set[str]]]] = [
    ([create("actors", "x", **ACTOR)], set()),
    ("operations", set()),
    (3, set()),
    ({}, set()),
    ({"operations": [create("actors", "x", **ACTOR)], "reason": "R"}, set()),
    ({"operations": None}, {"/operations"}),
    ({"operations": {"0": create("actors", "x", **ACTOR)}}, {"/operations"}),
]


@pytest.mark.parametrize(("body", "pointers"), BODIES, ids=str)
def test_a_body_that_is_no_batch_is_refused(refused: Editor, body: Any, pointers: set[str]) -> None:
    assert set(refused.refused_body(422, body)) == pointers


def without(operation: Given, member: str) -> Given:
    """Return an operation without one of its members."""
    return {name: value for name, value in operation.items() if name != member}


#: What is never a record, a tag, a resource or an operation.
NO_RECORDS: Final[tuple[Any, ...]] = (None, [], "x", 1)
NO_TAGS: Final[tuple[Any, ...]] = ("", "1-json-1", 'W/"1-json-1"', 1)
NO_RESOURCES: Final[tuple[Any, ...]] = (None, "actor", [], {}, 1)
NO_OPERATIONS: Final[tuple[Any, ...]] = (None, "", "Create", "delete", 1, [], {}, True)
CREATE: Final = create("actors", "x", **ACTOR)
PATCH: Final = patch("actors", "a", notes="N.")
SHAPES: Final[list[tuple[Any, set[str]]]] = [
    (None, {""}),
    ([CREATE], {""}),
    ({}, {"/op"}),
    (without(CREATE, "op"), {"/op"}),
    *((CREATE | {"op": op}, {"/op"}) for op in NO_OPERATIONS),
    (without(CREATE, "resource"), {"/resource"}),
    *((CREATE | {"resource": one}, {"/resource"}) for one in NO_RESOURCES),
    (without(CREATE, "record"), {"/record"}),
    *((CREATE | {"record": one}, {"/record"}) for one in NO_RECORDS),
    *((PATCH | {"record": one}, {"/record"}) for one in NO_RECORDS),
    (CREATE | {"record": {}}, {"/record/name", "/record/actor_type"}),
    (CREATE | {"colour": "red"}, {"/colour"}),
    (CREATE | {"id": "x"}, {"/id"}),
    (CREATE | {"if_match": "*"}, {"/if_match"}),
    (CREATE | {"cascade": True}, {"/cascade"}),
    (without(PATCH, "id"), {"/id"}),
    (PATCH | {"id": "A b"}, {"/id"}),
    (PATCH | {"id": ["a"]}, {"/id"}),
    (without(PATCH, "if_match"), {"/if_match"}),
    *((PATCH | {"if_match": tag}, {"/if_match"}) for tag in NO_TAGS),
    (PATCH | {"reason": ""}, {"/reason"}),
    (PATCH | {"reason": "x" * 1001}, {"/reason"}),
    (without(withdraw("actors", "a"), "reason"), {"/reason"}),
    (withdraw("actors", "a", cascade="yes"), {"/cascade"}),
    (withdraw("actors", "a", record={}), {"/record"}),
    (restore("actors", "a", record={}), {"/record"}),
]


def _named(value: Any) -> str:
    """Return the name of a case: the same in every process that runs some of them."""
    return str(sorted(value)) if isinstance(value, set) else str(value)


@pytest.mark.parametrize(("operation", "inside"), SHAPES, ids=_named)
def test_an_operation_of_a_wrong_shape_is_refused(
    refused: Editor, operation: Any, inside: set[str]
) -> None:
    faults = refused.refused(422, PATCH, operation)
    assert set(faults) == {f"/operations/1{end}" for end in inside}
    assert {fault["index"] for fault in faults.values()} == {1}


def test_a_member_given_twice_is_told_with_its_operation(refused: Editor) -> None:
    body = (
        b'{"operations": [{"op": "restore", "resource": "actors", "id": "a"}, {"op": "create", '
        b'"resource": "actors", "record": {"name": "A", "name": "B", "actor_type": "media"}}]}'
    )
    faults = refused.refused_body(422, body)
    assert {pointer: fault["index"] for pointer, fault in faults.items()} == {
        "/operations/0": 0,
        "/operations/1/record/name": 1,
    }


@pytest.mark.parametrize(("scope", "status"), [(None, 401), ("read", 403), ("admin", 200)])
def test_who_may_send_a_batch(editor: Editor, scope: str | None, status: int) -> None:
    before = editors.everything(editor.base)
    who = editors.editor(editor.base, scope) if scope else editor
    headers = {} if scope else {"Authorization": "Basic eDp5"}
    answer = who.send("POST", "/v1/batch", {"operations": [PATCH]}, **headers)
    assert answer.status_code == status
    assert ("WWW-Authenticate" in answer.headers) == (status != 200)
    assert (editors.everything(editor.base) == before) == (status != 200)


def test_a_batch_without_a_key_is_not_even_read(editor: Editor) -> None:
    answer = editor.base.client.post("/v1/batch", json=[])
    assert (answer.status_code, editor.base.store.seq()) == (401, 1)


def test_what_is_so_already_leaves_no_version(editor: Editor) -> None:
    before = editors.everything(editor.base)
    shown = {name: editor.base.json(f"/v1/figures/{name}") for name in "fg"}
    same = [
        replace("figures", "f", **shown["f"]),
        patch("figures", "g", **shown["g"], embedded={}),
        patch("actors", "a"),
    ]
    done = editor.batch(*same, query="?reason=None.")
    assert [one["action"] for one in done["results"]] == ["unchanged"] * 3
    assert done["seq"] == 1
    assert editors.everything(editor.base) == before
    done = editor.batch(*same, create("figures", "x", **FIGURE, supersedes="f"))
    assert [one["action"] for one in done["results"]] == ["unchanged"] * 3 + ["created"]
    assert [one["version"] for one in done["results"]] == [1] * 4
    # What its successor says of it is new; nobody edited it.
    assert done["results"][0]["etag"] == editor.tag("figures", "f") == '"2-json-1"'
    assert done["results"][1]["etag"] == editor.tag("figures", "g") == '"1-json-1"'


def test_of_a_thousand_faults_the_first_are_told(refused: Editor) -> None:
    wrong = [create("actors", f"x{n}", name=1, actor_type="nobody") for n in range(1000)]
    faults = refused.refused(422, *wrong)
    assert 200 <= len(faults) <= 210
    assert any("more faults" in fault["detail"] for fault in faults.values())
