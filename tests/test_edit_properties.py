"""Laws of writing: whatever is sent, the service does what a few lines of Python say it must."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents_api.model.merge import merged
from incidents_api.storage import consistency
from incidents_api.storage.store import Store
from tests import editor as editors
from tests.conftest import open_base
from tests.edit_model import FIRST, KEYS, MEMBERS, Key, Model, Op, first, judged, ops
from tests.editor import Editor, Given


def tag(editor: Editor, op: Op) -> str | None:
    """Return the condition under which an edit is tried, as If-Match states it."""
    found = editor.base.store.get(*op.key)
    now = f'"{found.from_seq}-json-1"' if found else '"999-json-1"'
    return {"now": now, "any": "*", "old": '"0-json-1"', "none": None}[op.match]


def operation(editor: Editor, op: Op) -> Given:
    """Return an edit as an operation of a batch."""
    resource, name = op.key
    told: Given = {"op": op.action, "resource": resource}
    if op.action != "create":
        told["id"] = name
    if (match := tag(editor, op)) is not None:
        told["if_match"] = match
    if op.action == "withdraw":
        told |= {"reason": "R", "cascade": op.cascade}
    elif op.action != "restore":
        told["record"] = body(op)
    return told


def body(op: Op) -> Given:
    """Return the content of an edit, with an id where it must or must not be."""
    told = dict(op.content)
    if op.renamed:
        told["id"] = "other"
    elif op.action == "create":
        told["id"] = op.key[1]
    return told


def try_single(editor: Editor, op: Op) -> int:
    """Try an edit by a request of its own, and return the status of the answer."""
    method, path = {
        "create": ("POST", "/v1/{}"),
        "replace": ("PUT", "/v1/{}/{}"),
        "patch": ("PATCH", "/v1/{}/{}"),
        "withdraw": ("DELETE", "/v1/{}/{}?reason=R" + "&cascade=true" * op.cascade),
        "restore": ("POST", "/v1/{}/{}/restore"),
    }[op.action]
    match = tag(editor, op)
    headers = {} if match is None else {"If_Match": match}
    given_ = None if op.action in ("withdraw", "restore") else body(op)
    return editor.send(method, path.format(*op.key), given_, **headers).status_code


def agree(editor: Editor, model: Model) -> None:
    """See that the service shows what the model has."""
    for key in KEYS:
        answer = editor.base.get(f"/v1/{'/'.join(key)}")
        kept = model.get(key)
        assert answer.status_code == (404 if kept is None else 200 if kept.state == "live" else 410)
        if kept and kept.state == "live":
            shown = answer.get_json()
            assert shown["version"] == kept.version
            for name in MEMBERS[key[0]]:
                assert shown[name] == kept.values.get(name), (key, name)


def histories_agree(editor: Editor, model: Model) -> None:
    """See that each record has one version for each edit that changed it, in order."""
    for key, kept in model.items():
        told = [one for one in editor.versions(*key) if one[2] != "computed"]
        seqs = [seq for seq, *_ in told]
        assert [version for _, version, *_ in told] == list(range(1, kept.version + 1))
        assert seqs == sorted(set(seqs))


@dataclass
class Bench:
    """A knowledge base that can be put back to how it began, and who writes to it."""

    begin: Path
    editor: Editor

    def fresh(self) -> Editor:
        """Put it back."""
        self.editor.base.store.close()
        shutil.copy(self.begin, self.editor.base.store.path)
        return self.editor


def benches(begin: Path, folder: Path) -> Iterator[tuple[Bench, Bench]]:
    """Yield two benches over copies of a file, to which this adds a key."""
    base = open_base(begin)
    key = editors.editor(base).key
    base.store.close()
    made = [Path(shutil.copy(begin, folder / f"{n}.db")) for n in range(2)]
    one, two = (Bench(begin, Editor(open_base(path), key)) for path in made)
    yield one, two
    for bench in (one, two):
        bench.editor.base.store.close()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bench, Bench]]:
    """Two benches over a few records."""
    folder = tmp_path_factory.mktemp("small")
    Store.make(folder / "begin.db").close()
    base = open_base(folder / "begin.db")
    editors.editor(base).batch(*FIRST)
    base.store.close()
    yield from benches(folder / "begin.db", folder)


@pytest.fixture(scope="module")
def large(
    sample_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Bench, Bench]]:
    """Two benches over the sample knowledge base."""
    folder = tmp_path_factory.mktemp("large")
    yield from benches(Path(shutil.copy(sample_file, folder / "begin.db")), folder)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_the_service_does_what_the_model_does(
    small: tuple[Bench, Bench], data: st.DataObject
) -> None:
    editor, model = small[0].fresh(), first()
    for _ in range(data.draw(st.integers(4, 12))):
        some = data.draw(ops(model))
        single = len(some) == 1
        before = editors.everything(editor.base)
        if single:
            status = try_single(editor, some[0])
        else:
            asked = {"operations": [operation(editor, op) for op in some]}
            status = editor.send("POST", "/v1/batch", asked).status_code
        wanted, made = judged(some, model, single=single)
        created = wanted == 200 and single and some[0].key not in model
        assert status == (201 if created else wanted)
        if wanted != 200:
            assert editors.everything(editor.base) == before
            continue
        assert editor.base.store.seq() == before["transactions"][-1][0] + (made != model)
        model = made
        agree(editor, model)
    histories_agree(editor, model)
    assert list(consistency.faults(editor.base.store)) == []


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_edits_one_by_one_come_to_the_same_as_in_one_batch_in_any_order(
    small: tuple[Bench, Bench], data: st.DataObject
) -> None:
    (one, two), model = (bench.fresh() for bench in small), first()
    start = {*model}
    done: dict[Key, Op] = {}
    for _ in range(data.draw(st.integers(2, 8))):
        for drawn in data.draw(ops(model)):
            match = "any" if drawn.key in start and drawn.action != "create" else "none"
            op = replace(drawn, cascade=False, match=match)
            status, made = judged([op], model, single=True)
            if status == 200 and op.key not in done:
                assert try_single(one, op) < 300
                done[op.key], model = op, made
    if done:
        two.batch(*data.draw(st.permutations([operation(two, op) for op in done.values()])))
    assert editors.contents(one.base) == editors.contents(two.base)
    assert editors.exported(one.base) == editors.exported(two.base)


NULLED: Final = (
    "notes",
    "title",
    "name",
    "summary",
    "claimant",
    "sources",
    "side",
    "country",
    "low",
    "best",
    "value_text",
    "qualifier",
    "population",
    "parent",
    "as_of_date",
    "status",
)
PATCHES: Final = st.fixed_dictionaries(
    {},
    optional={
        "notes": st.one_of(
            st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
        ),
        "provisional": st.sampled_from((True, False, None, "yes")),
        "external_ids": st.just([{"scheme": "wikidata", "value": "Q1"}]),
        "source_values": st.dictionaries(st.sampled_from("abc"), st.sampled_from((1, None))),
        "dataset": st.sampled_from(("nos-2022-01-23-hasakah", "no-such-source")),
        "version": st.just(99),
        "recorded_at": st.just("never"),
    },
)


@settings(max_examples=25, deadline=None)
@given(data=st.data(), nulls=st.sets(st.sampled_from(NULLED), max_size=2), patch=PATCHES)
def test_a_patch_comes_to_the_same_as_putting_what_it_makes(
    large: tuple[Bench, Bench], data: st.DataObject, nulls: set[str], patch: Given
) -> None:
    one, two = (bench.fresh() for bench in large)
    resource, name = data.draw(st.sampled_from(sorted(editors.contents(one.base))))
    path = f"/v1/{resource}/{name}"
    shown = one.base.json(path)
    patch = patch | {member: None for member in nulls if member in shown}
    own = {key: value for key, value in shown.items() if key not in shown.get("computed", ())}
    patched = one.send("PATCH", path, patch, If_Match="*")
    put = two.send("PUT", path, merged(own, patch), If_Match=two.tag(resource, name))
    assert patched.status_code == put.status_code, patched.text + put.text
    assert editors.contents(one.base) == editors.contents(two.base)
    assert one.base.json(path)["version"] == two.base.json(path)["version"]
    assert patched.headers.get("ETag") == put.headers.get("ETag")


def test_whatever_is_withdrawn_with_all_that_depends_on_it_comes_back_as_it_was(
    large: tuple[Bench, Bench],
) -> None:
    editor = large[0].fresh()
    before = editors.contents(editor.base)
    for key in before:
        (done,) = editor.batch(editors.withdraw(*key, cascade=True))["results"]
        gone = [(one["resource"], one["id"]) for one in done["withdrawn"]]
        assert {
            name for name, told in editors.contents(editor.base).items() if told["state"] != "live"
        } == set(gone)
        editor.batch(*(editors.restore(*one) for one in gone))
        assert editors.contents(editor.base) == before
    assert list(consistency.faults(editor.base.store)) == []
