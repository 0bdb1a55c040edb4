"""Who may write, and under which condition: nobody overwrites what he has not seen."""

from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest
from werkzeug.test import TestResponse

from incidents_api.storage import access
from tests.conftest import Base
from tests.test_errors import problem
from tests.test_writes import Given, content, every_resource, good, is_what_reading_gives, made

METHODS = pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])


def changed(base: Base, method: str, path: str, **headers: str) -> TestResponse:
    """Change or withdraw a record."""
    resource = path.split("/")[2]
    if method == "DELETE":
        return base.write(method, f"{path}?reason=x", **headers)
    body = content(resource) if method == "PUT" else {}
    return base.write(method, path, body | {"notes": "Changed."}, **headers)


MATCHING = [
    '"{}-json-1"',
    '"{}-csv-1"',
    '"{}-geojson-1"',
    '"{}-ndjson-7"',
    '"{}-json-1:gzip"',
    '"{}-csv-1:br"',
    "*",
    " * ",
    '"0-json-1", "{}-json-1"',
    'W/"1-json-1","{}-csv-1:gzip"  ,"x"',
]
NOT_MATCHING = [
    'W/"{}-json-1"',
    'w/"{}-json-1"',
    '"{}"',
    "{}-json-1",
    '"{}-json-1',
    '"{}-json-1"x',
    '"{}-json"',
    '"{}-json-1" "{}-json-1"',
    '"{}-JSON-1"',
    '"0{}0-json-1"',
    '"-{}-json-1"',
    '"1-json-1"',
    '"0-json-1"',
    '"999-json-1"',
    '"99999999999999999999-json-1"',
    '"١-json-1"',
    '"*"',
    "",
    ",",
    "null",
]


@METHODS
@pytest.mark.parametrize("tags", MATCHING)
def test_a_tag_of_the_present_state_matches_in_any_format(
    base: Base, method: str, tags: str
) -> None:
    path, tag = made(base, "incidents")
    seq = tag[1:].split("-")[0]
    assert seq != "1"
    good(changed(base, method, path, If_Match=tags.format(seq)))


@METHODS
def test_no_other_tag_matches(base: Base, method: str) -> None:
    path, tag = made(base, "incidents")
    seq = tag[1:].split("-")[0]
    for tags in NOT_MATCHING:
        given = {"If-Match": tags.replace("{}", seq).encode().decode("latin-1")}
        answer = base.client.open(
            f"{path}?reason=x",
            method=method,
            json=content("incidents", notes="Changed."),
            headers=given | {"Authorization": f"Bearer {base.key}"},
        )
        assert problem(answer, 412)["type"] == "/v1/problems/stale", tags
    assert base.get(path).headers["ETag"] == tag


@every_resource
@METHODS
def test_a_record_that_is_there_is_edited_under_a_condition(
    base: Base, resource: str, method: str
) -> None:
    path, tag = made(base, resource)
    seq = base.store.seq()
    refused = changed(base, method, path)
    assert problem(refused, 428)["type"] == "/v1/problems/condition-missing"
    assert problem(changed(base, method, path, If_Match='"1-json-1"'), 412)
    assert (base.get(path).headers["ETag"], base.store.seq()) == (tag, seq)
    answer = changed(base, method, path, If_Match=tag)
    good(answer)
    assert base.store.seq() == seq + 1
    assert problem(changed(base, method, path, If_Match=tag), 410 if method == "DELETE" else 412)


@pytest.mark.parametrize("accept", ["identity", "gzip"])
@pytest.mark.parametrize("format_", ["json", "csv", "ndjson", "geojson"])
def test_the_tag_that_reading_gave_serves_for_writing(
    base: Base, format_: str, accept: str
) -> None:
    path, _ = made(base, "incidents", summary="Long. " * 200)
    tag = base.get(f"{path}?f={format_}", Accept_Encoding=accept).headers["ETag"]
    assert (":gzip" in tag) == (accept == "gzip")
    good(changed(base, "PATCH", path, If_Match=tag))


@every_resource
def test_put_creates_only_what_is_not_there_where_it_says_so(base: Base, resource: str) -> None:
    path, tag = made(base, resource)
    for condition in ({}, {"If_Match": tag}, {"If_Match": "*"}):
        assert problem(changed(base, "PUT", path, If_None_Match="*", **condition), 412)
    assert base.get(path).headers["ETag"] == tag
    new = f"/v1/{resource}/new"
    for tags in ("*", tag, '"0-json-1"', f"W/{tag}", "x", ""):
        headers = {"If-Match": tags, "Authorization": f"Bearer {base.key}"}
        answer = base.client.put(new, json=content(resource), headers=headers)
        assert problem(answer, 412)["type"] == "/v1/problems/stale"
    assert base.get(new).status_code == 404
    good(changed(base, "PUT", new, If_None_Match="*"), 201)


@every_resource
def test_what_is_not_there_cannot_be_edited(base: Base, resource: str) -> None:
    path = f"/v1/{resource}/never"
    for condition in ({}, {"If_Match": "*"}, {"If_Match": '"1-json-1"'}):
        for method in ("PATCH", "DELETE"):
            assert problem(changed(base, method, path, **condition), 404)
        assert problem(base.write("POST", f"{path}/restore", **condition), 404)


@every_resource
def test_of_two_editors_the_second_sees_what_the_first_did(base: Base, resource: str) -> None:
    path, seen_by_both = made(base, resource)
    anna = base.write("PATCH", path, {"notes": "Anna's."}, If_Match=seen_by_both)
    good(anna)
    ben = base.write("PATCH", path, {"provisional": True}, If_Match=seen_by_both)
    assert "Read it again" in problem(ben, 412)["detail"]
    found = base.get(path)
    assert found.get_json()["notes"] == "Anna's."
    tag = found.headers["ETag"]
    assert tag == anna.headers["ETag"]
    both = good(base.write("PATCH", path, {"provisional": True}, If_Match=tag))
    assert (both["notes"], both["provisional"], both["version"]) == ("Anna's.", True, 3)


def test_of_many_editors_at_once_one_is_first(base: Base) -> None:
    path, tag = made(base, "incidents")
    clients = [base.client.application.test_client() for _ in range(4)]
    headers = {"If-Match": tag, "Authorization": f"Bearer {base.key}"}

    def edit(number: int) -> int:
        client = clients[number % len(clients)]
        return client.patch(path, json={"notes": f"{number}"}, headers=headers).status_code

    with ThreadPoolExecutor(len(clients)) as pool:
        statuses = sorted(pool.map(edit, range(12)))
    assert statuses == [200] + [412] * 11
    assert base.json(path)["version"] == 2


def test_a_change_that_only_follows_from_another_record_makes_a_tag_stale(base: Base) -> None:
    path, tag = made(base, "figures")
    source = base.json("/v1/sources/nos-2022-01-23-hasakah")
    patch = {"published_at": "2022-01-22"}
    good(base.write("PATCH", source["links"][0]["href"], patch, If_Match="*"))
    assert base.json(path)["said_at"] == "2022-01-22"
    assert problem(changed(base, "PATCH", path, If_Match=tag), 412)


@every_resource
def test_writing_needs_a_key_of_scope_write(base: Base, resource: str) -> None:
    path, tag = made(base, resource)
    gone = f"/v1/{resource}/gone"
    good(base.write("PUT", gone, content(resource)), 201)
    withdrawn = base.write("DELETE", f"{gone}?reason=x", If_Match="*").headers["ETag"]
    seq = base.store.seq()
    _, text = access.create(base.store, "Reader", "read")
    refusals = {"": 401, "Bearer x": 401, f"Bearer {base.key[:-1]}": 401, f"Bearer {text}": 403}
    for authorization, status in refusals.items():
        headers = {"Authorization": authorization, "If_Match": "*"}
        for method in ("PUT", "PATCH", "DELETE"):
            answer = changed(base, method, path, **headers)
            assert problem(answer, status)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
        assert problem(base.write("POST", f"/v1/{resource}", b"{", **headers), status)
        assert problem(base.write("POST", f"{gone}/restore", **headers), status)
    assert base.store.seq() == seq
    assert base.get(path).headers["ETag"] == tag
    good(base.write("POST", f"{gone}/restore", If_Match=withdrawn))


def test_a_write_answers_in_json_and_takes_no_other_parameters(base: Base) -> None:
    path, tag = made(base, "actors")
    refused = base.write("PATCH", path, {"notes": "x"}, If_Match=tag, Accept="text/csv")
    assert problem(refused, 406)
    for method, query in product(("PUT", "PATCH"), ("f=json", "cascade=true", "reason=")):
        answer = base.write(method, f"{path}?{query}", content("actors"), If_Match=tag)
        assert problem(answer, 400)["errors"][0]["parameter"] == query.split("=")[0]
    assert base.get(path).headers["ETag"] == tag


@every_resource
def test_who_may_write_sees_what_is_restricted(base: Base, resource: str) -> None:
    path, tag = made(base, resource, visibility="restricted", notes="Quagga.")
    writer = f"Bearer {base.key}"
    _, text = access.create(base.store, "Reader", "read")
    for authorization in ("", f"Bearer {text}", "Bearer x"):
        given: Given = {"Authorization": authorization} if authorization else {}
        assert problem(base.get(path, **given), 404)
        assert problem(base.get(f"{path}/history", **given), 404)
    assert base.ids(f"/v1/{resource}?q=quagga") == []
    found = base.get(path, Authorization=writer)
    assert (found.status_code, found.headers["ETag"]) == (200, tag)
    assert "Authorization" in found.headers["Vary"]
    answer = base.write("PATCH", path, {"source_values": {"a": 1}}, If_Match=tag)
    is_what_reading_gives(base, path, answer)
    history = base.get(f"{path}/history", Authorization=writer).get_json()["data"]
    assert [version["version"] for version in history] == [2, 1]
    good(base.write("DELETE", f"{path}?reason=x", If_Match="*"))
    assert problem(base.get(path), 404)
    assert problem(base.get(path, Authorization=writer), 410)
    good(base.write("POST", f"{path}/restore"))
    good(base.write("PATCH", path, {"visibility": "public"}, If_Match="*"))
    assert base.ids(f"/v1/{resource}?q=quagga") == ["copy"]
