"""Single writes over HTTP, for every resource: what a write answers is what a read answers then."""

from collections.abc import Iterator
from typing import Any, Final

import orjson
import pytest
from werkzeug.test import TestResponse

from incidents_api import bundle
from incidents_api.contract import grammar
from incidents_api.model import RESOURCES
from incidents_api.model.record import readonly
from incidents_api.storage import access, consistency
from tests.conftest import Base
from tests.test_errors import problem

Given = dict[str, Any]

NAMES: Final = [record.resource for record in RESOURCES]
SAMPLE: Final[list[Given]] = [
    orjson.loads(line) for line in bundle.sample().read_bytes().splitlines()[1:]
]
every_resource = pytest.mark.parametrize("resource", NAMES)


def content(resource: str, **members: Any) -> Given:
    """Return a record of a resource as a client gives it, without an id."""
    first = next(given for given in SAMPLE if given["resource"] == resource)
    return {k: v for k, v in first.items() if k not in ("resource", "id")} | members


def made(base: Base, resource: str, **members: Any) -> tuple[str, str]:
    """Create the record ``copy``, and return its address and its entity tag."""
    answer = base.write("POST", f"/v1/{resource}", content(resource, id="copy", **members))
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"], answer.headers["ETag"]


def good(answer: TestResponse, status: int = 200) -> Given:
    """Return the record in a good answer."""
    assert answer.status_code == status, answer.text
    found: Given = answer.get_json()
    return found


def is_what_reading_gives(base: Base, path: str, answer: TestResponse) -> None:
    """Check that an answer has the body and the entity tag that reading has."""
    read = base.get(path, Authorization=f"Bearer {base.key}")
    assert read.status_code == 200, read.text
    assert (answer.data, answer.headers["ETag"]) == (read.data, read.headers["ETag"])


def rules(answer: TestResponse, status: int = 409) -> list[tuple[str, str]]:
    """Return the pointers and rules of a refused write."""
    return [(error["pointer"], error["rule"]) for error in problem(answer, status)["errors"]]


@pytest.fixture
def base(base: Base) -> Iterator[Base]:
    """The sample knowledge base, which must be sound whatever a test has written to it."""
    yield base
    assert list(consistency.faults(base.store)) == []


@every_resource
@pytest.mark.parametrize("named", [True, False])
def test_post_creates_a_record(base: Base, resource: str, named: bool) -> None:
    seq = base.store.seq()
    given = content(resource, id="copy") if named else content(resource)
    answer = base.write("POST", f"/v1/{resource}", given)
    found = good(answer, 201)
    location = answer.headers["Location"]
    assert location == f"/v1/{resource}/{found['id']}"
    is_what_reading_gives(base, location, answer)
    assert (found["version"], base.store.seq()) == (1, seq + 1)
    assert found["id"] == "copy" or (
        not named and found["id"].startswith(f"{RESOURCES[resource].prefix}-")
    )
    said = {name: value for name, value in given.items() if not isinstance(value, list | dict)}
    assert said.items() <= found.items()
    assert base.ids(f"/v1/{resource}?id={found['id']}") == [found["id"]]


@every_resource
def test_put_creates_replaces_and_leaves_what_is_equal(base: Base, resource: str) -> None:
    path, given = f"/v1/{resource}/copy", content(resource, notes="One.")
    created = base.write("PUT", path, given, If_None_Match="*")
    assert good(created, 201)["version"] == 1
    assert created.headers["Location"] == path
    is_what_reading_gives(base, path, created)
    tag = created.headers["ETag"]
    seq = base.store.seq()
    again = base.write("PUT", path, given | {"id": "copy"}, If_Match=tag)
    good(again)
    assert "Location" not in again.headers
    assert (again.data, again.headers["ETag"]) == (created.data, tag)
    assert base.store.seq() == seq
    replaced = base.write("PUT", path, content(resource, notes="Two."), If_Match=tag)
    found = good(replaced)
    assert (found["version"], found["notes"], base.store.seq()) == (2, "Two.", seq + 1)
    assert replaced.headers["ETag"] != tag
    is_what_reading_gives(base, path, replaced)


@every_resource
def test_put_takes_away_what_is_not_said(base: Base, resource: str) -> None:
    path, tag = made(base, resource, notes="Quagga.", source_values={"a": 1})
    given = content(resource, external_ids=[])
    given.pop("notes", None)
    found = good(base.write("PUT", path, given, If_Match=tag))
    assert (found["notes"], found["source_values"]) == (None, {})
    assert base.ids(f"/v1/{resource}?q=quagga") == []


@every_resource
def test_a_patch_changes_what_it_names(base: Base, resource: str) -> None:
    path, tag = made(
        base,
        resource,
        notes="One.",
        external_ids=[{"scheme": "wikidata", "value": "Q1"}],
        source_values={"a": 1, "b": None, "c": "x"},
    )
    before = base.json(path)
    steps: list[tuple[Given, Given]] = [
        ({"notes": "Two."}, {"notes": "Two."}),
        ({"notes": None}, {"notes": None}),
        ({"source_values": {"a": None, "c": "y"}}, {"source_values": {"b": None, "c": "y"}}),
        ({"external_ids": [{"scheme": "gtd", "value": "7"}]}, {}),
        ({"external_ids": None, "id": "copy"}, {"external_ids": []}),
    ]
    for version, (patch, shown) in enumerate(steps, 2):
        answer = base.write("PATCH", path, patch, If_Match=tag)
        found = good(answer)
        is_what_reading_gives(base, path, answer)
        tag = answer.headers["ETag"]
        before |= (shown or patch) | {"version": version, "recorded_at": found["recorded_at"]}
        assert found == before
    seq = base.store.seq()
    for nothing in ({}, {"notes": None}, {"version": 99, "embedded": 1}):
        same = base.write(
            "PATCH", path, nothing, If_Match=tag, Content_Type="application/merge-patch+json"
        )
        assert good(same) == before
        assert (same.headers["ETag"], base.store.seq()) == (tag, seq)


def test_a_patch_reaches_into_an_object_and_replaces_a_list(base: Base) -> None:
    given = {"role": ["guard"], "actor": ["sdf"]}
    path, _ = made(base, "figures", population=given)
    patch = {"population": {"actor": None, "role": ["detainee", "guard"], "sex": ["male"]}}
    found = good(base.write("PATCH", path, patch, If_Match="*"))["population"]
    said = {name: value for name, value in found.items() if value}
    assert said == {"role": ["detainee", "guard"], "sex": ["male"]}


BOUNDS: Final = ("qualifier", "amount", "low", "best", "high", "coding_rule")
WORDS: Final = {"value_text": "ongeveer 140", "value_lang": "nl"}


@pytest.mark.parametrize(
    ("given", "patch", "bounds"),
    [
        ({}, WORDS, ("approximately", 140, 135, 140, 145, "words-1")),
        ({}, {"qualifier": "exact", "amount": 7}, ("exact", 7, 7, 7, 7, "words-1")),
        ({}, {"low": 100}, (None, None, 100, None, None, "source")),
        ({"low": 100}, WORDS, (None, None, 100, None, None, "source")),
        ({"low": 100}, {"low": None}, ("at_least", 136, 136, None, None, "words-1")),
        ({"low": 1, "high": 9}, {"high": None}, (None, None, 1, None, None, "source")),
    ],
    ids=str,
)
def test_a_patch_of_the_words_changes_the_bounds_that_were_not_given(
    base: Base, given: Given, patch: Given, bounds: tuple[Any, ...]
) -> None:
    path, tag = made(base, "figures", **given)
    found = good(base.write("PATCH", path, patch, If_Match=tag))
    assert tuple(found[name] for name in BOUNDS) == bounds
    said = {name for name, value in (given | patch).items() if value is not None}
    computed = {name for name in BOUNDS if found[name] is not None} - said
    assert set(found["computed"]) & {*BOUNDS} == computed


def test_an_amount_beside_words_must_be_the_one_they_say(base: Base) -> None:
    path, tag = made(base, "figures")
    refused = base.write("PATCH", path, {"amount": 140, "amount_to": 150}, If_Match=tag)
    assert rules(refused) == [("/amount", "says-something"), ("/amount_to", "says-something")]
    assert base.get(path).headers["ETag"] == tag
    good(base.write("PATCH", path, {"amount": 136}, If_Match=tag))


def test_what_follows_from_other_records_is_computed_again_by_a_patch(base: Base) -> None:
    path, tag = made(base, "figures", said_at="2022-01-25")
    patch = {"said_at": None, "claimant": "nos"}
    found = good(base.write("PATCH", path, patch, If_Match=tag))
    assert (found["said_at"], found["claimant_stance"]) == ("2022-01-23", "media")
    assert {"said_at", "claimant_stance"} <= set(found["computed"])


@every_resource
def test_withdrawing_leaves_a_tombstone(base: Base, resource: str) -> None:
    path, tag = made(base, resource, notes="Quagga.")
    seq = base.store.seq()
    for query in ("", "?cascade=true", "?reason=", "?reason=x&reason=y", "?reason=x&why=y"):
        assert problem(base.write("DELETE", path + query, If_Match=tag))["errors"]
    assert base.get(path).headers["ETag"] == tag
    answer = base.write("DELETE", f"{path}?reason=entered+twice", If_Match=tag)
    told = {"resource": resource, "id": "copy", "href": path}
    assert good(answer) == {"seq": seq + 1, "withdrawn": [told]}
    assert base.store.seq() == seq + 1
    for gone in (
        base.get(path),
        base.write("PATCH", path, {"notes": "x"}, If_Match="*"),
        base.write("DELETE", f"{path}?reason=x", If_Match="*"),
    ):
        assert problem(gone, 410)["type"] == "/v1/problems/gone"
    assert "copy" not in base.ids(f"/v1/{resource}?limit=1000")
    assert base.ids(f"/v1/{resource}?q=quagga") == []
    assert base.json("/v1/search?q=quagga")["data"] == []
    assert base.store.seq() == seq + 1


@every_resource
def test_the_id_of_a_withdrawn_record_stays_taken(base: Base, resource: str) -> None:
    path, tag = made(base, resource)
    taken = [("/id", "id-taken")]
    whole = content(resource, id="copy")
    assert rules(base.write("POST", f"/v1/{resource}", whole)) == taken
    good(base.write("DELETE", f"{path}?reason=x", If_Match=tag))
    seq = base.store.seq()
    assert rules(base.write("POST", f"/v1/{resource}", whole)) == taken
    for condition in ({}, {"If_Match": "*"}, {"If_None_Match": "*"}):
        assert rules(base.write("PUT", path, whole, **condition)) == taken
    assert base.store.seq() == seq


@every_resource
def test_a_withdrawn_record_can_be_restored_and_nothing_else(base: Base, resource: str) -> None:
    path, tag = made(base, resource, notes="Quagga.")
    before = base.json(path)
    living = problem(base.write("POST", f"{path}/restore"), 409)
    assert living["errors"][0]["rule"] == "not-withdrawn"
    assert problem(base.write("POST", f"/v1/{resource}/never/restore"), 404)
    withdrawn = base.write("DELETE", f"{path}?reason=x", If_Match=tag).headers["ETag"]
    assert problem(base.write("POST", f"{path}/restore", If_Match=tag), 412)
    answer = base.write("POST", f"{path}/restore?reason=after+all", If_Match=withdrawn)
    found = good(answer)
    is_what_reading_gives(base, path, answer)
    assert found == before | {"version": 3, "recorded_at": found["recorded_at"]}
    assert base.ids(f"/v1/{resource}?q=quagga") == ["copy"]


@every_resource
def test_a_version_says_who_when_why_and_what(base: Base, resource: str) -> None:
    _, text = access.create(base.store, "Ben Ögel", "admin")
    ben = f"Bearer {text}"
    path = f"/v1/{resource}/copy"
    answers = [
        base.write("POST", f"/v1/{resource}?reason=first", content(resource, id="copy")),
        base.write("PATCH", f"{path}?reason=b%C3%A9ta", {"notes": "B."}, If_Match="*"),
        base.write("PUT", path, content(resource, notes="C."), If_Match="*", Authorization=ben),
    ]
    base.write("DELETE", f"{path}?reason=wrong", If_Match="*", Authorization=ben)
    answers.append(base.write("POST", f"{path}/restore?reason=right"))
    history = base.json(f"{path}/history")["data"][::-1]
    assert [(v["version"], v["action"], v["who"], v["why"]) for v in history] == [
        (1, "create", "Editor", "first"),
        (2, "update", "Editor", "béta"),
        (3, "update", "Ben Ögel", None),
        (4, "withdraw", "Ben Ögel", "wrong"),
        (5, "restore", "Editor", "right"),
    ]
    assert [v["changed_fields"] for v in history] == [[], ["notes"], ["notes"], [], []]
    kept = [v["record"] for v in history if v["action"] != "withdraw"]
    assert kept == [answer.get_json() for answer in answers]
    times = [v["recorded_at"] for v in history]
    assert times == sorted(times)
    assert [v["record"]["recorded_at"] for v in history] == times


@every_resource
def test_what_reading_gives_can_be_put_back(base: Base, resource: str) -> None:
    made(base, resource)
    seq = base.store.seq()
    named = ",".join(grammar(RESOURCES, RESOURCES[resource]).includes)
    for name in base.ids(f"/v1/{resource}"):
        path = f"/v1/{resource}/{name}"
        bare = base.get(path)
        tag = bare.headers["ETag"]
        bodies = [bare.data, base.get(f"{path}?include={named}").data]
        bodies += [orjson.dumps({k: v for k, v in bare.get_json().items() if k != "id"})]
        assert b'"embedded":{' in bodies[1]
        for body in bodies:
            for method in ("PUT", "PATCH"):
                answer = base.write(method, path, body, If_Match=tag)
                assert (answer.status_code, answer.data) == (200, bare.data)
                assert answer.headers["ETag"] == tag
    assert base.store.seq() == seq


@every_resource
def test_members_that_the_service_sets_are_ignored_and_unknown_ones_refused(
    base: Base, resource: str
) -> None:
    own = readonly(RESOURCES[resource])
    assert {"version", "recorded_at", "links"} <= own
    path, tag = made(base, resource)
    before = base.json(path)
    link = {"rel": "self", "href": "/v1/", "type": "text/html"}
    other = {"version": 99, "recorded_at": "2020-01-01T00:00:00Z", "links": [link]}
    computed = {
        "superseded": True,
        "computed": [],
        "casualties": {"rule": "latest", "disputed": True, "killed": None, "injured": None},
    }
    other |= {name: value for name, value in computed.items() if name in own}
    assert set(other) == own
    for changed in (other, dict.fromkeys(own), {"embedded": {"x": [1]}}):
        assert good(base.write("PUT", path, before | changed, If_Match=tag)) == before
        assert good(base.write("PATCH", path, changed, If_Match=tag)) == before
        wrong = changed | {"casualties_": 1}
        for method, body in (("PUT", before | wrong), ("PATCH", wrong)):
            errors = problem(base.write(method, path, body, If_Match=tag), 422)["errors"]
            assert [error["pointer"] for error in errors] == ["/casualties_"]
    posted = base.write("POST", f"/v1/{resource}", content(resource) | other)
    assert good(posted, 201)["version"] == 1


@every_resource
def test_a_record_keeps_its_id(base: Base, resource: str) -> None:
    path, tag = made(base, resource)
    whole = content(resource)
    for method, body in (
        ("PATCH", {"id": "other"}),
        ("PATCH", {"id": None}),
        ("PUT", whole | {"id": "other"}),
    ):
        assert rules(base.write(method, path, body, If_Match=tag)) == [("/id", "same-id")]
    for name, wrong in (("other", "same-id"), (5, None)):
        for method in ("PUT", "PATCH"):
            body = whole | {"id": name, "notes": 5}
            errors = problem(base.write(method, path, body, If_Match=tag), 422)["errors"]
            assert {e["pointer"]: e.get("rule") for e in errors} == {"/id": wrong, "/notes": None}
    assert base.get(path).headers["ETag"] == tag
    assert base.get(f"/v1/{resource}/other").status_code == 404
    good(base.write("PUT", path, whole | {"id": None}, If_Match=tag))
    assert base.get(path).headers["ETag"] == tag
