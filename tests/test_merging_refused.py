"""What is not merged, and why; and what is refused once it has been."""

from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from incidents_api.cli import main
from incidents_api.storage import applying
from tests.conftest import Base
from tests.editor import contents
from tests.merging import ACTOR, FIGURE, INCIDENT, merge, put_twins
from tests.test_errors import problem
from tests.test_writes import Given, good


@pytest.fixture
def twins(empty: Base) -> Base:
    """Two incidents that are the same, and two actors, with what links to them."""
    return put_twins(empty)


WRITES: Final = (
    ("PATCH", "", {"notes": "N"}),
    ("PUT", "", {"name": "A", "actor_type": "media"}),
    ("DELETE", "?reason=x", None),
    ("POST", "/merge-into", {"into": "c"}),
)


@pytest.mark.parametrize(("method", "path", "body"), WRITES, ids=[one[0] for one in WRITES])
def test_a_write_to_what_was_merged_names_the_survivor(
    twins: Base, method: str, path: str, body: Given
) -> None:
    merge(twins, "actors", "b", "a")
    answer = twins.write(method, f"/v1/actors/b{path}", body, If_Match="*")
    (error,) = problem(answer, 409)["errors"]
    assert (error["rule"], error["record"]) == ("merged", "/v1/actors/a")


def test_a_link_to_what_was_merged_names_the_survivor(twins: Base) -> None:
    merge(twins, "actors", "b", "a")
    body = {"incident": "i", "measure": "killed", "best": 1, "claimant": "b"}
    (error,) = problem(twins.write("POST", "/v1/figures", body), 409)["errors"]
    assert (error["rule"], error["pointer"]) == ("link-to-merged", "/claimant")
    assert error["record"] == "/v1/actors/a"


REFUSED: Final[dict[str, tuple[str, str, str, str]]] = {
    "itself": ("incidents", "i", "i", "merge-itself"),
    "nobody": ("incidents", "i", "none", "link-leads-nowhere"),
    "withdrawn": ("figures", "f", "gone", "link-to-withdrawn"),
    "merged": ("actors", "b", "lost", "link-to-merged"),
    "restricted": ("incidents", "i", "hidden", "same-visibility"),
    "its own part": ("incidents", "j", "part", "links-to-itself"),
    "a circle": ("incidents", "top", "part", "no-cycle"),
    "two preferred": ("actors", "b", "a", "one-preferred"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_merged_is_refused_by_its_rule(twins: Base, case: str) -> None:
    twins.put(
        {**ACTOR, "id": "lost"},
        {**FIGURE, "id": "gone", "incident": "i"},
        {"resource": "incidents", "id": "hidden", **INCIDENT, "visibility": "restricted"},
        {"resource": "incidents", "id": "top", **INCIDENT},
        {"resource": "incidents", "id": "j", **INCIDENT, "part_of": "top"},
        *({**FIGURE, "id": f"p{one}", "actor": one, "rank": "preferred"} for one in "ab"),
    )
    merge(twins, "actors", "lost", "c")
    good(twins.write("DELETE", "/v1/figures/gone?reason=x", If_Match="*"))
    resource, name, into, rule = REFUSED[case]
    before = contents(twins)
    errors = merge(twins, resource, name, into, 409)["errors"]
    assert {error["rule"] for error in errors} == {rule}
    assert all(error.get("record", "").startswith("/v1/") for error in errors) or case == "itself"
    assert contents(twins) == before


def test_merging_needs_the_state_of_what_is_merged(twins: Base) -> None:
    path = "/v1/actors/a/merge-into"
    tag = twins.get("/v1/actors/a").headers["ETag"]
    assert twins.write("POST", path, {"into": "b"}).status_code == 428
    assert twins.write("POST", path, {"into": "b"}, If_Match='"0-json-1"').status_code == 412
    assert (
        twins.write("POST", path, {"into": "b"}, If_Match=tag, Authorization="").status_code == 401
    )
    answer = twins.write("POST", path, {"into": "b"}, If_Match=tag)
    assert good(answer)["seq"] == twins.store.seq()
    assert answer.headers["ETag"] == f'"{twins.store.seq()}-json-1"'


@pytest.mark.parametrize("body", [{}, {"into": 1}, {"into": "a", "x": 1}, []])
def test_a_body_of_another_shape_is_refused(twins: Base, body: Any) -> None:
    problem(twins.write("POST", "/v1/actors/a/merge-into", body, If_Match="*"), 422)


def test_too_many_links_are_left_to_the_command(
    twins: Base, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    why, _, *others = applying.apply.__defaults__ or ()
    monkeypatch.setattr(applying.apply, "__defaults__", (why, 2, *others))
    told = merge(twins, "incidents", "j", "i", 409)["errors"][0]
    assert (told["rule"], told["pointer"]) == ("too-many-links", "/into")
    assert "incidents-api merge" in told["detail"]
    before = contents(twins)
    command = ["--db", str(twins.store.path), "--reason", "R"]
    done = CliRunner().invoke(main, ["merge", *command, "incidents", "j", "i"])
    assert done.output == "3 moved, 1 withdrawn\n", done.output
    assert twins.get("/v1/incidents/j").status_code == 308
    assert twins.json("/v1/incidents/j/history")["data"][0]["why"] == "R"
    assert problem(twins.write("POST", "/v1/incidents/j/restore"), 409)
    done = CliRunner().invoke(main, ["restore", *command, "incidents", "j"])
    assert done.output == "3 moved back\n", done.output
    assert contents(twins) == before


@pytest.mark.parametrize("arguments", [("incidents", "i", "i"), ("incident", "i", "j")])
def test_the_command_says_why_it_does_not_merge(twins: Base, arguments: tuple[str, ...]) -> None:
    done = CliRunner().invoke(main, ["merge", "--db", str(twins.store.path), *arguments])
    assert done.exit_code == 1
    assert "itself" in done.output or "only actors" in done.output
