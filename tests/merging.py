"""What the tests of merging share: records that are the same twice, merged and taken back."""

from typing import Any, Final

from incidents_api.storage import consistency
from tests.conftest import Base
from tests.test_errors import problem
from tests.test_writes import Given, good

INCIDENT: Final = {"resource": "incidents", "title": "T", "date_start": "2022-01-20"}
FIGURE: Final = {"resource": "figures", "measure": "killed", "best": 1}
ACTOR: Final = {"resource": "actors", "name": "A", "actor_type": "media"}


def merge(base: Base, resource: str, name: str, into: str, status: int = 200) -> Any:
    """Merge a record for the reason "same", and return what is answered."""
    path = f"/v1/{resource}/{name}/merge-into?reason=same"
    answer = base.write("POST", path, {"into": into}, If_Match="*")
    return good(answer) if status == 200 else problem(answer, status)


def undo(base: Base, resource: str, name: str) -> Any:
    return good(base.write("POST", f"/v1/{resource}/{name}/restore?reason=apart"))


def links(told: list[Given]) -> set[tuple[str, str]]:
    return {(one["resource"], one["id"]) for one in told}


def in_step(base: Base) -> None:
    assert list(consistency.faults(base.store)) == []


def put_twins(base: Base) -> Base:
    """Write two incidents that are the same, and two actors, with what links to them."""
    base.put(
        *({**INCIDENT, "id": name} for name in ("i", "j", "k")),
        *({**ACTOR, "id": name} for name in ("a", "b", "c")),
        {
            **FIGURE,
            "id": "f",
            "incident": "j",
            "claimant": "b",
            "population": {"actor": ["a", "b"]},
        },
        {**FIGURE, "id": "g", "incident": "i", "claimant": "c"},
        {"resource": "incidents", "id": "part", **INCIDENT, "part_of": "j"},
        {"resource": "relations", "id": "r", "type": "duplicate_of"}
        | {"from_incident": "j", "to_incident": "i"},
        {"resource": "relations", "id": "s", "type": "related_to"}
        | {"from_incident": "j", "to_incident": "k"},
    )
    return base
