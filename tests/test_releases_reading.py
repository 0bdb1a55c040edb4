"""What is read at a release is what was read then."""

import re

import pytest

from incidents_api.model import RESOURCES
from tests.conftest import Base
from tests.test_dependents import record
from tests.test_errors import problem
from tests.test_releases import create

#: What can be read at a release: addresses behind /v1/.
READABLE = [
    *(one.resource for one in RESOURCES),
    "incidents?f=csv",
    "figures?f=ndjson",
    "incidents?f=geojson&limit=2",
    "figures?measure=killed&limit=2&total=true",
    "incidents/hasakah-prison-battle-2022",
    "incidents/hasakah-prison-battle-2022?include=figures",
    "incidents/hasakah-prison-battle-2022/figures?limit=3",
    "actors/sdf/controls",
    "actors/sdf/history",
    "changes?limit=5&include=record",
    "contradictions?limit=2",
    "contradictions?f=csv",
    "aggregate?group_by=country,month&f=csv",
    "estimates?limit=1",
    "incidents/hasakah-prison-battle-2022/contradictions",
]


def spoil(base: Base) -> None:
    """Change, withdraw and add records."""
    for path in (
        "actors/sdf",
        "incidents/hasakah-prison-battle-2022",
        "figures/hasakah-killed-sohr",
    ):
        answer = base.write("PATCH", f"/v1/{path}", {"notes": "Later, a prison."}, If_Match="*")
        assert answer.status_code == 200
    path = "/v1/controls/hasakah-prison-guards-sdf?reason=x"
    assert base.write("DELETE", path, If_Match="*").status_code == 200, path
    base.put(record("figures", "new", incident="hasakah-prison-battle-2022", notes="A prison."))


def unbound(text: str) -> str:
    """Return an answer without its cursors: each is bound to its own query."""
    return re.sub(r'cursor(=|":")[\w-]+', "", text)


def test_whatever_is_read_at_a_release_stays_as_it_was(base: Base) -> None:
    create(base, "first")
    before = {path: base.get(f"/v1/releases/first/{path}").text for path in READABLE}
    now = {path: base.get(f"/v1/{path}").text for path in READABLE}
    spoil(base)
    for path in READABLE:
        answer = base.get(f"/v1/releases/first/{path}")
        assert answer.status_code == 200, answer.text
        assert answer.text == before[path]
        assert answer.headers["Known-Seq"] == "1"
        assert unbound(answer.text.replace("/v1/releases/first/", "/v1/")) == unbound(now[path])


def test_a_search_at_a_release_finds_what_was_there(base: Base) -> None:
    spoil(base)
    for found, address in ((True, "/v1/search"), (False, "/v1/releases/1/search")):
        hits = base.json(f"{address}?q=prison&limit=100")["data"]
        assert ("new" in {hit["record"]["id"] for hit in hits}) == found


@pytest.mark.parametrize("path", ["figures?limit=5", "changes?limit=20", "figures?f=csv&limit=5"])
def test_the_next_page_is_the_release_s(base: Base, path: str) -> None:
    create(base, "first")
    spoil(base)
    address, pages = f"/v1/releases/first/{path}", 0
    while address:
        answer = base.get(address)
        assert (answer.status_code, answer.headers["Known-Seq"]) == (200, "1")
        address = re.sub(r".*<http://[^/]*(.*)>.*|", r"\1", answer.headers.get("Link", ""))
        assert address == "" or address.startswith("/v1/releases/first/")
        pages += 1
    assert pages > 2


def test_a_merged_record_leads_on_within_the_release(base: Base) -> None:
    answer = base.write("POST", "/v1/actors/usa/merge-into", {"into": "sdf"}, If_Match="*")
    assert answer.status_code == 200, answer.text
    create(base, "merged")
    assert base.json("/v1/releases/1/actors/usa")["id"] == "usa"
    answer = base.get("/v1/releases/merged/actors/usa/figures?limit=1")
    assert answer.status_code == 308
    assert answer.headers["Location"] == "/v1/releases/merged/actors/sdf/figures?limit=1"
    (found,) = base.json("/v1/releases/1/diff/merged?resource=actors&change=withdrawn")["data"]
    assert (found["id"], found["version_to"]) == ("usa", None)


def test_a_number_is_read_like_a_release(base: Base) -> None:
    spoil(base)
    assert "new" not in base.ids("/v1/releases/1/figures")
    assert "new" in base.ids("/v1/figures")


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/v1/releases/nobody/incidents", 404, "no release 'nobody'"),
        ("/v1/releases/99/incidents", 404, "no release '99'"),
        ("/v1/releases/1/dogs", 404, "nothing to read at /v1/dogs"),
        ("/v1/releases/1/batch", 404, "nothing to read at /v1/batch"),
        ("/v1/releases/1/docs/x", 404, ""),
        ("/v1/releases/1/releases/1/incidents", 404, "nothing to read at /v1/releases"),
        ("/v1/releases/1/releases", 404, "nothing to read at /v1/releases"),
        ("/v1/releases/1/vocabularies", 404, "takes no known_at"),
        ("/v1/releases/1/incidents/nobody", 404, "'nobody'"),
        ("/v1/releases/1/incidents?known_at=1", 400, "known_at: is given twice"),
        ("/v1/releases/1/incidents?colour=red", 400, "colour"),
    ],
)
def test_what_cannot_be_read_at_a_release_is_refused(
    sample: Base, path: str, status: int, words: str
) -> None:
    assert words in problem(sample.get(path), status)["detail"]


def test_a_release_is_only_read(base: Base) -> None:
    create(base, "first")
    answer = base.write("POST", "/v1/releases/first/actors", {"name": "A", "actor_type": "media"})
    assert problem(answer, 405)
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
