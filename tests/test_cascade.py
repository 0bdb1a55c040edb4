"""Withdrawing what others link to: refused with their names, or all of it at once."""

from collections.abc import Iterator
from typing import Final

import pytest

from incidents_api.model import RESOURCES
from incidents_api.model.fields import Link
from incidents_api.storage import consistency
from tests.conftest import Base
from tests.test_errors import problem
from tests.test_writes import SAMPLE, Given, good

Name = tuple[str, str]


def links_of(given: Given) -> Iterator[tuple[str, str]]:
    """Yield the records that a record of the sample links to."""
    kind = RESOURCES[given["resource"]]
    values = kind.read({k: v for k, v in given.items() if k != "resource"})
    for name, link in kind.links_out().items():
        if values[name] is not None:
            yield link.resource, values[name]
    for part in kind.parts():
        if isinstance(part.kind, Link):
            yield from ((part.kind.resource, name) for name in part.of(values))


NEEDED_BY: Final[dict[tuple[str, str], set[tuple[str, str]]]] = {
    (given["resource"], given["id"]): {
        (other["resource"], other["id"])
        for other in SAMPLE
        if (given["resource"], given["id"]) in links_of(other)
    }
    for given in SAMPLE
}


def test_what_others_link_to_is_not_withdrawn(base: Base) -> None:
    needed = {one: others for one, others in NEEDED_BY.items() if others}
    assert len(needed) > 12
    for (resource, name), others in needed.items():
        errors = problem(
            base.write("DELETE", f"/v1/{resource}/{name}?reason=x", If_Match="*"), 409
        )["errors"]
        assert {e["record"] for e in errors} == {f"/v1/{r}/{n}" for r, n in others}
        assert {(e["pointer"], e["rule"]) for e in errors} == {("", "still-linked-to")}
    assert base.store.seq() == 1
    leaf = next(one for one, others in NEEDED_BY.items() if not others)
    good(base.write("DELETE", f"/v1/{'/'.join(leaf)}?reason=x", If_Match="*"))


def closure(root: Name) -> set[Name]:
    """Return a record of the sample and all that depends on it."""
    found: set[Name] = set()
    ahead = [root]
    while ahead:
        if (one := ahead.pop()) not in found:
            found.add(one)
            ahead += NEEDED_BY[one]
    return found


ROOTS: Final = [
    ("incidents", "hasakah-prison-battle-2022"),
    ("actors", "nos"),
    ("actors", "usa"),
    ("figures", "hasakah-killed-sohr"),
    ("facilities", "hasakah-prison"),
    ("sites", "hasakah-battle-prison-scene"),
]


def withdrawn(base: Base, root: Name, query: str = "&cascade=true") -> list[Name]:
    """Withdraw a record for the reason "wrong", and return what was withdrawn."""
    answer = base.write("DELETE", f"/v1/{'/'.join(root)}?reason=wrong{query}", If_Match="*")
    told = good(answer)
    assert told["seq"] == base.store.seq()
    assert all(one["href"] == f"/v1/{one['resource']}/{one['id']}" for one in told["withdrawn"])
    return [(one["resource"], one["id"]) for one in told["withdrawn"]]


@pytest.mark.parametrize("root", ROOTS, ids=str)
def test_a_cascade_withdraws_all_that_depends_on_a_record(base: Base, root: Name) -> None:
    before = {one: base.json(f"/v1/{'/'.join(one)}") for one in NEEDED_BY}
    first, *rest = withdrawn(base, root)
    assert first == root
    assert {first, *rest} == closure(root)
    assert len({first, *rest}) == 1 + len(rest)
    assert base.store.seq() == 2
    for one, was in before.items():
        path = f"/v1/{'/'.join(one)}"
        version = base.json(f"{path}/history")["data"][0]
        if one in closure(root):
            assert base.get(path).status_code == 410
            told = (version["seq"], version["action"], version["who"], version["why"])
            assert told == (2, "withdraw", "Editor", "wrong")
        else:
            # What looked at the records may say less now; nobody has edited it.
            assert base.json(path)["version"] == was["version"]
            assert version["action"] in ("create", "computed")
    assert list(consistency.faults(base.store)) == []


@pytest.mark.parametrize("root", ROOTS[:2], ids=str)
def test_what_a_cascade_withdrew_is_restored_from_the_root_on(base: Base, root: Name) -> None:
    before = {one: base.json(f"/v1/{'/'.join(one)}") for one in NEEDED_BY}
    waiting = withdrawn(base, root)[::-1]
    while waiting:
        left = []
        for one in waiting:
            path = f"/v1/{'/'.join(one)}"
            answer = base.write("POST", f"{path}/restore?reason=right")
            if answer.status_code == 200:
                assert base.json(f"{path}/history")["data"][0]["why"] == "right"
                continue
            left.append(one)
            errors = problem(answer, 409)["errors"]
            assert {error["rule"] for error in errors} == {"link-to-withdrawn"}
            assert all(base.get(error["record"]).status_code == 410 for error in errors)
        assert len(left) < len(waiting)
        waiting = left
    set_anew = {"version", "recorded_at"}
    for one, was in before.items():
        now = base.json(f"/v1/{'/'.join(one)}")
        assert {n: now[n] for n in now if n not in set_anew} == {
            n: was[n] for n in was if n not in set_anew
        }
    assert list(consistency.faults(base.store)) == []


def test_a_cascade_from_what_nothing_depends_on_is_a_withdrawal(base: Base) -> None:
    leaf = next(one for one, others in NEEDED_BY.items() if not others)
    assert withdrawn(base, leaf) == [leaf]


def test_a_cascade_follows_circles_of_links_that_may_close(empty: Base) -> None:
    figure = {"resource": "figures", "measure": "killed", "best": 1}
    empty.put(
        {"resource": "incidents", "id": "i", "title": "T", "date_start": "2022-01-20"},
        *(
            figure | {"id": one, "incident": "i", "contradicts": [{"figure": other, "reason": "R"}]}
            for one, other in ("fg", "gf", "ee")
        ),
    )
    errors = problem(empty.write("DELETE", "/v1/figures/f?reason=x", If_Match="*"), 409)["errors"]
    assert [error["record"] for error in errors] == ["/v1/figures/g"]
    assert withdrawn(empty, ("figures", "e"), "") == [("figures", "e")]
    assert withdrawn(empty, ("figures", "f")) == [("figures", "f"), ("figures", "g")]


def test_what_no_longer_links_to_it_does_not_hold_a_record(base: Base) -> None:
    root = ("figures", "hasakah-killed-sohr")
    for resource, name in NEEDED_BY[root]:
        patch = {"part_of": None, "contradicts": None, "breakdown": None}
        patch = {k: v for k, v in patch.items() if k in RESOURCES[resource].kinds()}
        good(base.write("PATCH", f"/v1/{resource}/{name}", patch, If_Match="*"))
    assert withdrawn(base, root, "") == [root]


def test_a_restricted_record_holds_what_it_links_to(base: Base) -> None:
    path = "/v1/participations/hasakah-battle-is-attacker"
    given = base.json(path) | {"id": "hidden", "visibility": "restricted"}
    actor = {"id": "only", "name": "A", "actor_type": "media"}
    good(base.write("POST", "/v1/actors", actor), 201)
    good(base.write("POST", "/v1/participations", given | {"actor": "only"}), 201)
    errors = problem(base.write("DELETE", "/v1/actors/only?reason=x", If_Match="*"), 409)["errors"]
    assert [error["record"] for error in errors] == ["/v1/participations/hidden"]
    held = [("actors", "only"), ("participations", "hidden")]
    assert withdrawn(base, held[0]) == held
    assert base.get("/v1/participations/hidden").status_code == 404


@pytest.mark.parametrize("visibility", ["public", "restricted"])
def test_a_tombstone_is_seen_by_those_who_saw_the_record(empty: Base, visibility: str) -> None:
    incident = {"id": "i", "title": "T", "date_start": "2022-01-20", "visibility": visibility}
    good(empty.write("POST", "/v1/incidents", incident), 201)
    paths = ["/v1/incidents/i"]
    for name in ("before", "with"):
        figure = {"id": name, "incident": "i", "measure": "killed", "best": 1}
        good(empty.write("POST", "/v1/figures", figure), 201)
        paths.append(f"/v1/figures/{name}")
    good(empty.write("DELETE", "/v1/figures/before?reason=x", If_Match="*"))
    assert withdrawn(empty, ("incidents", "i")) == [("incidents", "i"), ("figures", "with")]
    status = 410 if visibility == "public" else 404
    for path in paths:
        assert problem(empty.get(path), status)
        assert (empty.get(f"{path}/history").status_code == 200) == (visibility == "public")
        assert problem(empty.get(path, Authorization=f"Bearer {empty.key}"), 410)
    assert list(consistency.faults(empty.store)) == []
