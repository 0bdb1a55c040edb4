"""Rules that no schema can say: 409, each fault with its place, its rule and who stands in the way.

In the world of these tests are two incidents, ``i`` and ``j``, two actors, ``a`` and ``b``, a total
and its part; of incidents, actors and so on, ``gone`` has been withdrawn.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from incidents_api.model import RESOURCES
from incidents_api.storage import consistency
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base
from tests.test_errors import problem
from tests.test_writes import Given, good

REQUIRED: Final[dict[str, Given]] = {
    "incidents": {"title": "T", "date_start": "2022-01-20"},
    "actors": {"name": "A", "actor_type": "rebel_group"},
    "sources": {"title": "S", "source_type": "news_media"},
    "facilities": {"name": "F", "facility_type": "prison"},
    "figures": {"incident": "i", "measure": "killed", "best": 3},
    "assertions": {"incident": "i", "predicate": "outcome", "value": "ongoing"},
    "participations": {"incident": "i", "actor": "a", "role": "party"},
    "sites": {"incident": "i", "facility_type": "prison", "role": "target"},
    "controls": {"facility": "f", "actor": "a", "control_type": "operates"},
    "relations": {"type": "allied_with", "from_actor": "a", "to_actor": "b"},
}
DAYS: Final = {"start": "2022-01-20", "end": "2022-01-19"}


def record(resource: str, name: str, **members: Any) -> Given:
    """Return a record with what its resource requires."""
    return {"resource": resource, "id": name, **REQUIRED[resource], **members}


@pytest.fixture(scope="module")
def world_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the small world."""
    path = tmp_path_factory.mktemp("world") / "world.db"
    Store.make(path).close()
    base = open_base(path)
    base.put(*(record("incidents", name) for name in "ij"), record("facilities", "f"))
    base.put(*(record("actors", name) for name in "abc"), record("sources", "s"))
    base.put(record("figures", "total", best=9), record("figures", "part", part_of="total"))
    for resource in REQUIRED:
        good(write(base, record(resource, "gone")), 201)
        good(base.write("DELETE", f"/v1/{resource}/gone?reason=x", If_Match="*"))
    base.store.close()
    return path


@pytest.fixture
def world(world_file: Path, tmp_path: Path) -> Iterator[Base]:
    """A copy of it, which is sound whatever a test writes to it."""
    base = open_base(Path(shutil.copy(world_file, tmp_path / "world.db")))
    yield base
    assert list(consistency.faults(base.store)) == []
    base.store.close()


def write(base: Base, given: Given) -> Any:
    """Put a record, over the one of its id where there is one."""
    body = {name: value for name, value in given.items() if name != "resource"}
    path = f"/v1/{given['resource']}/{given['id']}"
    there = base.get(path).status_code == 200
    return base.write("PUT", path, body, **({"If_Match": "*"} if there else {}))


def patch(base: Base, path: str, **members: Any) -> Any:
    """Change members of a record."""
    return base.write("PATCH", f"/v1/{path}", members, If_Match="*")


def faults(answer: Any, status: int = 409) -> set[tuple[str, str, str]]:
    """Return place, rule and other record of every fault, each said once and in words."""
    errors = problem(answer, status)["errors"]
    assert all(error["detail"] for error in errors)
    found = [(e["pointer"], e.get("rule", ""), e.get("record", "")) for e in errors]
    assert len(found) == len(set(found))
    return set(found)


def breaks(base: Base, given: Given, *expected: tuple[str, str, str]) -> None:
    """Check that a record breaks these rules, however it is written, and nothing is."""
    resource, name = given["resource"], given["id"]
    body = {k: v for k, v in given.items() if k != "resource"}
    seq = base.store.seq()
    assert faults(base.write("POST", f"/v1/{resource}", body)) == set(expected)
    assert faults(write(base, given)) == set(expected)
    assert (base.get(f"/v1/{resource}/{name}").status_code, base.store.seq()) == (404, seq)
    good(write(base, record(resource, name)), 201)
    tag = base.get(f"/v1/{resource}/{name}").headers["ETag"]
    assert faults(patch(base, f"{resource}/{name}", **body)) == set(expected)
    assert base.get(f"/v1/{resource}/{name}").headers["ETag"] == tag


#: Every way in which a record can link to another: the record, and the place of the link.
LINKS: Final = [
    ("incidents", {"part_of": "X"}, "/part_of", "incidents"),
    ("incidents", {"dataset": "X"}, "/dataset", "sources"),
    ("actors", {"parent": "X"}, "/parent", "actors"),
    ("sources", {"publisher": "X"}, "/publisher", "actors"),
    ("facilities", {"part_of": "X"}, "/part_of", "facilities"),
    ("figures", {"incident": "X"}, "/incident", "incidents"),
    ("figures", {"incident": None, "facility": "X"}, "/facility", "facilities"),
    ("figures", {"incident": None, "actor": "X"}, "/actor", "actors"),
    ("figures", {"inflicted_by": ["a", "X"]}, "/inflicted_by", "actors"),
    ("figures", {"population": {"actor": ["X", "b"]}}, "/population/actor", "actors"),
    ("figures", {"sources": [{"source": "s"}, {"source": "X"}]}, "/sources", "sources"),
    ("figures", {"contradicts": [{"figure": "X", "reason": "R"}]}, "/contradicts", "figures"),
    ("figures", {"part_of": "X"}, "/part_of", "figures"),
    ("assertions", {"derives_from": "X"}, "/derives_from", "assertions"),
    ("assertions", {"contradicts": [{"figure": "X", "reason": "R"}]}, "/contradicts", "figures"),
    ("participations", {"actor": "X"}, "/actor", "actors"),
    ("participations", {"claimant": "X"}, "/claimant", "actors"),
    ("sites", {"facility_type": None, "facility": "X"}, "/facility", "facilities"),
    ("controls", {"source": "X"}, "/source", "sources"),
    ("relations", {"to_actor": "X"}, "/to_actor", "actors"),
]


def filled(value: Any, name: str) -> Any:
    """Return a value in which every X is an id."""
    if isinstance(value, dict):
        return {key: filled(item, name) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, name) for item in value]
    return name if value == "X" else value


@pytest.mark.parametrize(
    ("name", "rule"), [("never", "link-leads-nowhere"), ("gone", "link-to-withdrawn")]
)
@pytest.mark.parametrize(("resource", "members", "place", "target"), LINKS, ids=str)
def test_a_link_leads_to_a_living_record(
    world: Base, resource: str, members: Given, place: str, target: str, name: str, rule: str
) -> None:
    given = record(resource, "new", **filled(members, name))
    breaks(world, given, (place, rule, f"/v1/{target}/{name}"))


def test_every_link_that_leads_nowhere_is_told(world: Base) -> None:
    members = {"claimant": "x", "via": "x", "inflicted_by": ["x", "y"], "dataset": "gone"}
    given = record("figures", "new", **members, sources=[{"source": "z"}])
    nowhere = "link-leads-nowhere"
    breaks(
        world,
        given,
        *((place, nowhere, "/v1/actors/x") for place in ("/claimant", "/via", "/inflicted_by")),
        ("/inflicted_by", nowhere, "/v1/actors/y"),
        ("/sources", nowhere, "/v1/sources/z"),
        ("/dataset", "link-to-withdrawn", "/v1/sources/gone"),
    )


CIRCLES: Final = [
    ("incidents", "part_of"),
    ("facilities", "part_of"),
    ("actors", "parent"),
    *((claim, link) for claim in ("figures", "assertions") for link in ("derives_from",)),
    *((claim, link) for claim in ("figures", "assertions") for link in ("supersedes",)),
    ("figures", "part_of"),
]


def test_the_circles_are_those_that_are_declared() -> None:
    declared = {
        (one.resource, name)
        for one in RESOURCES
        for name, link in one.links_out().items()
        if link.acyclic
    }
    assert declared == set(CIRCLES)


@pytest.mark.parametrize(("resource", "member"), CIRCLES)
@pytest.mark.parametrize("length", [1, 2, 4])
def test_a_chain_of_links_does_not_close(
    world: Base, resource: str, member: str, length: int
) -> None:
    names = [f"n{number}" for number in range(length)]
    for name, before in zip(names, [None, *names], strict=False):
        good(write(world, record(resource, name, **{member: before})), 201)
    seq, last = world.store.seq(), names[-1]
    circle = {(f"/{member}", "no-cycle", "")}
    assert faults(patch(world, f"{resource}/n0", **{member: last})) == circle
    assert faults(write(world, record(resource, "n0", **{member: last}))) == circle
    itself = record(resource, "itself", **{member: "itself"})
    assert faults(write(world, itself)) == circle
    assert world.store.seq() == seq


@pytest.mark.parametrize(
    ("type_", "kind", "names"),
    [("duplicate_of", "incident", ("i", "j", "k")), ("member_of", "actor", ("a", "b", "c"))],
)
def test_a_chain_of_relations_does_not_close(
    world: Base, type_: str, kind: str, names: tuple[str, str, str]
) -> None:
    def relation(first: str, second: str, type_: str = type_) -> Given:
        ends: Given = {"from_actor": None, "to_actor": None}
        ends |= {f"from_{kind}": first, f"to_{kind}": second}
        return record("relations", f"{first}-{second}", type=type_, **ends)

    if kind == "incident":
        good(write(world, record("incidents", "k")), 201)
    first, second, third = names
    breaks(world, relation(first, first), (f"/to_{kind}", "joins-two-of-a-kind", ""))
    good(write(world, relation(first, second)), 201)
    good(write(world, relation(second, third)), 201)
    closing = relation(third, first)
    circle = {(f"/to_{kind}", "no-cycle", "")}
    assert faults(write(world, closing)) == circle
    harmless = "related_to" if kind == "incident" else "allied_with"
    good(write(world, relation(third, first, harmless)), 201)
    assert faults(patch(world, f"relations/{third}-{first}", type=type_)) == circle
    gone = f"/v1/relations/{first}-{second}"
    good(world.write("DELETE", f"{gone}?reason=x", If_Match="*"))
    good(patch(world, f"relations/{third}-{first}", type=type_))
    assert faults(world.write("POST", f"{gone}/restore")) == circle


FACTS: Final = [
    ("incidents", {"date_end": "2022-01-19"}, "/date_end", "end-not-before-start"),
    *(
        (resource, {first: DAYS["start"], last: DAYS["end"]}, f"/{last}", "end-not-before-start")
        for resource, first, last in (
            ("actors", "active_from", "active_to"),
            ("controls", "valid_from", "valid_to"),
            ("relations", "valid_from", "valid_to"),
            ("figures", "period_start", "period_end"),
        )
    ),
    ("figures", {"low": 4, "best": 3}, "/best", "ordered-bounds"),
    ("figures", {"best": 3, "high": 2}, "/high", "ordered-bounds"),
    ("figures", {"best": None, "low": 3, "high": 2}, "/high", "ordered-bounds"),
    ("figures", {"incident": None}, "/incident", "about-one-thing"),
    ("figures", {"facility": "f"}, "/facility", "about-one-thing"),
    ("figures", {"facility": "f", "actor": "a"}, "/actor", "about-one-thing"),
    ("assertions", {"actor": "a"}, "/actor", "about-one-thing"),
    ("figures", {"value_text": "3"}, "/value_lang", "says-something"),
    ("figures", {"measure_kind": "incremental"}, "/period_start", "period-of-increment"),
    ("figures", {"contradicts": [{"reason": "R"}]}, "/contradicts", "contradicts-one-claim"),
    ("assertions", {"value": "no term"}, "/value", "outcome-is-a-term"),
    ("incidents", {"latitude": 1.5}, "/longitude", "point-is-whole"),
    (
        "incidents",
        {"event_type": "battles", "sub_event_type": "prison_break"},
        "/sub_event_type",
        "narrower-term-fits",
    ),
    ("sources", {"visibility": "embargoed"}, "/publish_at", "embargo-has-an-end"),
    ("sites", {"facility": "f"}, "/facility_type", "exactly-one-given"),
    ("relations", {"type": "duplicate_of"}, "/type", "joins-two-of-a-kind"),
]


@pytest.mark.parametrize(("resource", "members", "place", "rule"), FACTS, ids=str)
def test_members_go_together(
    world: Base, resource: str, members: Given, place: str, rule: str
) -> None:
    breaks(world, record(resource, "new", **members), (place, rule, ""))


def test_every_pair_of_days_is_tried() -> None:
    name = "end_not_before_start"
    pairs = [r for one in RESOURCES for r in one.rules if getattr(r, "__name__", "") == name]
    assert len(pairs) == sum(rule == name.replace("_", "-") for *_, rule in FACTS)


def test_a_start_moved_behind_the_end_is_refused(world: Base) -> None:
    good(write(world, record("incidents", "k", date_end="2022-01-20")), 201)
    late = faults(patch(world, "incidents/k", date_start="2022-01-21"))
    assert late == {("/date_end", "end-not-before-start", "")}
    good(patch(world, "incidents/k", date_start="2022-01-21", date_end="2022-01-21"))
