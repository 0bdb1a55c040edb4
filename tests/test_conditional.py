"""Entity tags, and reading from another site."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from marshmallow import ValidationError
from werkzeug.test import TestResponse

from incidents_api.model import RESOURCES
from incidents_api.model.fields import (
    Code,
    Day,
    Flag,
    Instant,
    Integer,
    Kind,
    Language,
    Moment,
    Sha256,
    Url,
    Values,
    Word,
)
from tests.conftest import Base

NAMES = [record.resource for record in RESOURCES]
TEXTS = [
    "Hasakah",
    "Al-Ḥasakah",
    "Dêrîk",
    "Sinjār",
    "Washington, D.C.",
    'the "Sinaa" gaol',
    "two\nlines",
    "سجن الصناعة",
    "Zürich 🕊",
    "=1+1; x",
]

CONSTANT = [
    "/v1/",
    "/v1",
    "/v1/search?q=hasakah",
    "/v1/vocabularies",
    "/v1/vocabularies?f=csv",
    "/v1/vocabularies/country",
    "/v1/problems",
    "/v1/problems/gone",
    "/v1/openapi.json",
    "/v1/openapi.yaml",
]
FORMS = ["", "?f=csv", "?f=ndjson", "?limit=1", "?f=csv&limit=1", "?total=true", "?q=hasakah"]
FORMS += ["?sample=2", "?include=dataset", "?fields=id"]


def taken(kind: Kind, text: str) -> bool:
    try:
        kind.check(text)
    except ValidationError:
        return False
    return True


def random_value(kind: Kind, rng: random.Random) -> Any:
    """Return a random single value; the random world of other tests is made of these."""
    day = (date(2022, 1, 1) + timedelta(rng.choice([-900, 0, 1, *range(60)]))).isoformat()
    drawn: dict[type[Kind], Callable[[Any], Any]] = {
        Code: lambda k: rng.choice(k.vocabulary.codes[:5]),
        Integer: lambda k: min(max(rng.choice([0, 1, 2, 7, 40, 900]), k.low), k.high),
        Flag: lambda _: rng.random() < 0.5,
        Instant: lambda _: f"{day}T10:20:30Z",
        Moment: lambda _: rng.choice([day, f"{day}T{rng.randrange(1, 24):02}:30:00Z"]),
        Day: lambda _: day,
        Values: lambda _: {"best_est": rng.randrange(9), "note": rng.choice(TEXTS)},
        Url: lambda _: "https://example.org/a?b=c,d",
        Sha256: lambda _: rng.choice("abc") * 64,
        Language: lambda _: rng.choice(["nl", "en", "ar-SY"]),
        Word: lambda _: rng.choice(["by_side", "by_sex"]),
    }
    if type(kind) in drawn:
        return drawn[type(kind)](kind)
    return rng.choice([text for text in TEXTS if taken(kind, text)])


def paths(sample: Base) -> list[str]:
    """Return an address of every route that can be read conditionally, in every form."""
    found = list(CONSTANT)
    for record in RESOURCES:
        home = f"/v1/{record.resource}"
        here = f"{home}/{sample.json(f'{home}?limit=1')['data'][0]['id']}"
        found += [home + form for form in FORMS]
        found += [here, f"{here}/history", f"{here}?f=csv", f"{here}?include=dataset"]
        found += [f"{here}/{item.name}" for item in RESOURCES.sublists(record.resource)]
    return [*found, "/v1/incidents?f=geojson", "/v1/facilities?f=geojson"]


def actor(name: str = "a", **more: Any) -> dict[str, Any]:
    return {"resource": "actors", "id": name, "name": name, "actor_type": "unknown", **more}


def tag(base: Base, path: str) -> str:
    return base.get(path).headers["ETag"]


def test_what_the_client_has_already_is_not_sent_again(sample: Base) -> None:
    for path in paths(sample):
        got = sample.get(path)
        assert got.status_code == 200, path
        again = sample.get(path, If_None_Match=got.headers["ETag"])
        assert (again.status_code, again.data) == (304, b""), path
        for name in ("ETag", "Cache-Control", "Vary"):
            assert again.headers[name] == got.headers[name], (path, name)
        assert got.headers["Cache-Control"] == "no-cache"
        vary = {word.strip() for word in got.headers["Vary"].split(",")}
        assert {"Accept", "Accept-Encoding"} <= vary, path


@pytest.mark.parametrize(
    "given", ["W/{tag}", '"x", {tag}', 'W/"x" , W/{tag}', "*", " * ", "{tag},{tag}"]
)
def test_weak_tags_lists_of_tags_and_a_star_are_understood(sample: Base, given: str) -> None:
    for path in paths(sample):
        text = given.format(tag=tag(sample, path))
        assert sample.get(path, If_None_Match=text).status_code == 304, path


@pytest.mark.parametrize("given", ['"x"', "x", '""', "", '"*"', 'W/"0-json-1"', '"x", "y"', ",,,"])
def test_another_tag_gets_the_whole_answer(sample: Base, given: str) -> None:
    for path in paths(sample):
        answer = sample.get(path, If_None_Match=given)
        assert answer.status_code == 200, path
        assert answer.data


def test_the_tag_of_a_compressed_answer_is_understood(sample: Base) -> None:
    for path in paths(sample):
        packed = sample.get(path, Accept_Encoding="gzip")
        assert packed.data
        known = packed.headers["ETag"]
        again = sample.get(path, Accept_Encoding="gzip", If_None_Match=known)
        assert (again.status_code, again.data) == (304, b""), path
        assert sample.get(path, If_None_Match=f"W/{known}").status_code == 304, path


def test_a_compressed_and_a_plain_answer_have_different_tags(sample: Base) -> None:
    packed = sample.get("/v1/incidents", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["ETag"] != tag(sample, "/v1/incidents")


def test_not_modified_has_the_tag_of_the_answer_it_stands_for(sample: Base) -> None:
    packed = sample.get("/v1/incidents", Accept_Encoding="gzip")
    known = packed.headers["ETag"]
    again = sample.get("/v1/incidents", Accept_Encoding="gzip", If_None_Match=known)
    assert again.headers["ETag"] == known
    assert again.headers["Vary"] == packed.headers["Vary"]


@pytest.mark.parametrize("resource", NAMES)
def test_each_format_has_a_tag_of_its_own(sample: Base, resource: str) -> None:
    forms = ["json", "csv", "ndjson"]
    tags = {tag(sample, f"/v1/{resource}?f={form}") for form in forms}
    assert len(tags) == 3
    for form in forms:
        answer = sample.get(f"/v1/{resource}?f={form}", If_None_Match=", ".join(tags))
        assert answer.status_code == 304
    others = tags - {tag(sample, f"/v1/{resource}")}
    assert sample.get(f"/v1/{resource}", If_None_Match=", ".join(others)).status_code == 200


def test_the_tag_of_a_record_changes_only_with_its_bytes(base: Base) -> None:
    base.put(actor(), actor("b"))
    before = tag(base, "/v1/actors/a")
    base.put(actor("b", notes="changed"))
    base.put(actor(), actor("c"))
    assert tag(base, "/v1/actors/a") == before
    base.put(actor(notes="changed"))
    assert tag(base, "/v1/actors/a") != before
    assert base.get("/v1/actors/a", If_None_Match=before).status_code == 200


def test_the_tag_of_a_claim_changes_when_what_it_is_computed_from_does(base: Base) -> None:
    path = "/v1/sources/nos-2022-01-23-hasakah"
    record = {k: v for k, v in base.json(path).items() if k != "links"}
    figures = base.json(f"{path}/figures")["data"]
    (figure, *_) = (one for one in figures if "said_at" in one["computed"])
    here = f"/v1/figures/{figure['id']}"
    before = tag(base, here)
    base.put({**record, "resource": "sources", "published_at": "2022-01-22"})
    assert base.json(here)["said_at"] == "2022-01-22"
    assert tag(base, here) != before


def test_the_tag_of_everything_else_changes_with_any_write(base: Base) -> None:
    base.put(actor())
    watched = [path for path in paths(base) if path not in CONSTANT[3:]]
    watched = [path for path in watched if path.count("/") < 3 or "?" in path or "/history" in path]
    before = {path: tag(base, path) for path in watched}
    base.put(actor("b"))
    assert [path for path in watched if tag(base, path) == before[path]] == []


def test_a_write_that_changes_nothing_changes_no_tag(base: Base) -> None:
    base.put(actor())
    before = tag(base, "/v1/actors")
    base.put(actor())
    assert tag(base, "/v1/actors") == before


@pytest.mark.parametrize("path", ["/v1/health", "/v1/ready"])
def test_the_state_of_the_service_is_never_stored(sample: Base, path: str) -> None:
    answer = sample.get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers


def test_an_error_is_never_stored_and_has_no_tag(sample: Base) -> None:
    for path in ("/v1/incidents?nonsense=1", "/v1/incidents/none-such", "/nowhere"):
        answer = sample.get(path, If_None_Match="*")
        assert answer.status_code in (400, 404)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers


def readable_from_everywhere(answer: TestResponse) -> bool:
    """Say whether a cache may give this answer to pages of any site: not one that names a site."""
    allowed = answer.headers["Access-Control-Allow-Origin"]
    return allowed == "*" or "Origin" in ", ".join(answer.headers.getlist("Vary"))


@pytest.mark.parametrize(
    "path", ["/v1/", "/v1/incidents", "/v1/incidents?f=csv", "/v1/x", "/v1/ready"]
)
def test_a_page_of_another_site_may_read(sample: Base, path: str) -> None:
    answer = sample.get(path, Origin="https://example.org")
    assert readable_from_everywhere(answer)
    exposed = {name.strip() for name in answer.headers["Access-Control-Expose-Headers"].split(",")}
    assert {"ETag", "Link", "Content-Disposition"} <= exposed
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_not_modified_may_be_read_by_another_site_too(sample: Base) -> None:
    answer = sample.get("/v1/incidents", Origin="https://example.org", If_None_Match="*")
    assert answer.status_code == 304
    assert readable_from_everywhere(answer)


@pytest.mark.parametrize("path", ["/v1/", "/v1/incidents", "/v1/incidents/x", "/v1/search"])
def test_a_preflight_allows_conditional_reading_and_writing(sample: Base, path: str) -> None:
    answer = sample.client.options(
        path,
        headers={
            "Origin": "https://example.org",
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "authorization,content-type,if-match,if-none-match",
        },
    )
    assert answer.status_code == 200
    allowed = {name.strip() for name in answer.headers["Access-Control-Allow-Methods"].split(",")}
    assert allowed == set(answer.allow)
    assert ("PATCH" in allowed) == (path == "/v1/incidents/x")
    listed = answer.headers["Access-Control-Allow-Headers"].lower()
    headers = {name.strip() for name in listed.split(",")}
    assert {"accept", "authorization", "content-type", "if-match", "if-none-match"} <= headers
    assert answer.headers["Access-Control-Max-Age"] == "86400"
