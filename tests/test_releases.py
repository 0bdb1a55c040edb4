"""Releases: names for states, which never stand for anything else."""

import re
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from incidents_api import cli
from incidents_api.model import RESOURCES
from incidents_api.storage import releases
from incidents_api.storage.clocks import Clocks, source
from tests.conftest import Base, open_base
from tests.test_dependents import record
from tests.test_errors import problem

Given = dict[str, Any]


@pytest.fixture(scope="module")
def kept(sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    """A copy of the sample for all of this module's names."""
    base = open_base(Path(shutil.copy(sample_file, tmp_path_factory.mktemp("kept") / "kept.db")))
    yield base
    base.store.close()


def create(base: Base, name: str, **more: Any) -> Given:
    """Name the present state over HTTP."""
    answer = base.write("POST", "/v1/releases", {"name": name, **more})
    assert answer.status_code == 201, answer.text
    found: Given = answer.get_json()
    return found


def run(base: Base, *arguments: str) -> Result:
    """Run the command over a base."""
    return CliRunner().invoke(cli.main, [*arguments, "--db", str(base.store.path)])


def test_a_release_names_the_present_state(base: Base) -> None:
    made = create(base, "first", notes="Checked.")
    assert made["seq"] == base.store.seq()
    assert (made["who"], made["notes"]) == ("Editor", "Checked.")
    assert made["counts"] == base.json("/v1")["counts"]
    assert base.json("/v1/releases/first") == made
    assert base.json("/v1/releases")["data"] == [made]
    rels = {link["rel"]: link["href"] for link in made["links"]}
    assert rels["incidents"] == "/v1/releases/first/incidents"


def test_its_citation_says_which_state_it_is(base: Base) -> None:
    made = create(base, "first")
    for part in (
        "Incidents API",
        "first",
        made["created_at"][:10],
        "transaction 1",
        made["digest"],
    ):
        assert part in made["citation"]


def test_its_digest_is_over_the_hashes_of_what_everybody_sees(base: Base) -> None:
    base.put(record("actors", "secret", visibility="restricted"))
    lines = []
    for one in sorted(one.resource for one in RESOURCES):
        sql = f"SELECT id, hash FROM {one} WHERE shown = 2 ORDER BY id"
        rows = base.store.connection.execute(sql)
        lines += [f"{one}/{name} {hash_.hex()}\n" for name, hash_ in rows]
    assert create(base, "first")["digest"] == sha256("".join(lines).encode()).hexdigest()


def test_its_digest_can_be_found_again_later(base: Base) -> None:
    made = create(base, "first")
    base.put(record("actors", "new"))
    answer = base.write("DELETE", "/v1/controls/hasakah-prison-guards-sdf?reason=x", If_Match="*")
    assert answer.status_code == 200
    tables = base.store.tables
    with base.store.reading() as connection:
        found = releases.contents(connection, tables, source(Clocks(made["seq"]), tables))
        now = releases.contents(connection, tables, source(Clocks(), tables))
    assert found == (made["counts"], made["digest"])
    assert now != found


def test_two_releases_of_one_state_have_one_digest_and_others_another(base: Base) -> None:
    first, second = create(base, "first"), create(base, "second")
    assert first["digest"] == second["digest"]
    base.put(record("actors", "new"))
    third = create(base, "third")
    assert third["digest"] != first["digest"]
    assert [one["name"] for one in base.json("/v1/releases")["data"]] == [
        "third",
        "second",
        "first",
    ]


def test_what_changes_no_content_changes_no_digest(base: Base) -> None:
    first = create(base, "first")
    path = "/v1/actors/sohr"
    for notes in ("For a moment.", None):
        answer = base.write("PATCH", path, {"notes": notes}, If_Match="*")
        assert answer.status_code == 200
    second = create(base, "second")
    assert (second["seq"], second["digest"]) == (first["seq"] + 2, first["digest"])


def test_an_empty_state_can_be_named(empty: Base) -> None:
    made = create(empty, "nothing")
    assert made["seq"] == 0
    assert set(made["counts"].values()) == {0}


def test_a_name_is_given_once(base: Base) -> None:
    made = create(base, "first")
    base.put(record("actors", "new"))
    answer = base.write("POST", "/v1/releases", {"name": "first"})
    (fault,) = problem(answer, 409)["errors"]
    assert (fault["rule"], fault["record"]) == ("release-exists", "/v1/releases/first")
    assert base.json("/v1/releases/first") == made


@pytest.mark.parametrize(
    "name", ["12", "2026-11-23", "2026-11-23T09:30:00Z", "", "-x", ".", "..", "a/b", "a b", "é", 5]
)
def test_a_name_is_no_number_no_time_and_fits_an_address(kept: Base, name: Any) -> None:
    answer = kept.write("POST", "/v1/releases", {"name": name})
    assert [fault["pointer"] for fault in problem(answer, 422)["errors"]] == ["/name"]


@pytest.mark.parametrize("name", ["v1.0", "1.0", "2026-spring", "Q1_2026"])
def test_other_names_are_taken(kept: Base, name: str) -> None:
    create(kept, name)
    assert kept.json(f"/v1/releases/{name}")["name"] == name


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": "a", "colour": "red"}, "/colour"),
        (b'{"name": "a", "name": "b"}', "/name"),
        ([], ""),
    ],
)
def test_a_body_of_another_shape_is_refused(kept: Base, body: Any, pointer: str) -> None:
    before = kept.json("/v1/releases")
    found = problem(kept.write("POST", "/v1/releases", body), 422)
    assert [fault["pointer"] for fault in found.get("errors", [{"pointer": ""}])] == [pointer]
    assert kept.json("/v1/releases") == before


def test_naming_needs_a_key_that_may_write(base: Base) -> None:
    problem(base.write("POST", "/v1/releases", {"name": "a"}, Authorization=""), 401)


def test_releases_come_on_pages(base: Base) -> None:
    names = [f"r{number}" for number in range(5)]
    for name in names:
        create(base, name)
    found, path = [], "/v1/releases?limit=2"
    while path:
        page = base.json(path)
        found += [one["name"] for one in page["data"]]
        path = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert found == names[::-1]
    problem(base.get("/v1/releases?cursor=abcd"), 400)


def test_a_list_that_the_client_has_is_not_sent_again(base: Base) -> None:
    for path in ("/v1/releases", "/v1/releases/first"):
        create(base, "first" if path.endswith("first") else "other")
        tag = base.get(path).headers["ETag"]
        assert base.get(path, If_None_Match=tag).status_code == 304
    tag = base.get("/v1/releases").headers["ETag"]
    create(base, "second")
    assert base.get("/v1/releases", If_None_Match=tag).status_code == 200


def test_releases_are_those_that_there_are(kept: Base) -> None:
    for query in ("known_at=1", "q=first", "as_of=2022-01-20"):
        problem(kept.get(f"/v1/releases?{query}"), 400)


def test_what_is_no_release_is_not_found(base: Base) -> None:
    assert "no release 'nobody'" in problem(base.get("/v1/releases/nobody"), 404)["detail"]


def test_the_command_names_and_lists(base: Base) -> None:
    told = run(base, "releases", "create", "first", "--notes", "Checked.", "--who", "Desk 2")
    made = base.json("/v1/releases/first")
    assert (told.exit_code, told.output) == (0, made["citation"] + "\n")
    assert (made["who"], made["notes"]) == ("Desk 2", "Checked.")
    (line,) = run(base, "releases", "list").output.splitlines()
    total = sum(made["counts"].values())
    assert line == f"first\t1\t{made['created_at']}\t{total}\t{made['digest']}"


@pytest.mark.parametrize("name", ["first", "12"])
def test_the_command_refuses_a_name_that_is_taken_or_none(base: Base, name: str) -> None:
    create(base, "first")
    told = run(base, "releases", "create", name)
    assert told.exit_code == 1
    assert re.match("Error: (there is a release first already|the name must be)", told.output)
