"""Records that link to one of each resource, the same in a base of any size."""

from collections.abc import Iterator
from typing import Any, Final

from benchmarks.world import Entry

#: The id of the record of each resource to which others link.
HUB: Final = "hub"
#: So many records link to it in each way.
LINKED: Final = 3
#: A word that no other texts have.
RARE: Final = "quodlibet"
#: Where no other incidents are: west, south, east, north.
BOX: Final = (-131, -56, -129, -54)
_PLACED: Final[dict[str, Any]] = {"longitude": -130, "latitude": -55, "date_start": "2022-01-20"}
_CLAIMS: Final[dict[str, dict[str, Any]]] = {
    "figures": {"measure": "killed", "best": 4},
    "assertions": {"predicate": "outcome", "value": "repelled"},
}


def hub() -> Iterator[Entry]:
    """Yield a record of each resource to which others link, and these."""
    yield "actors", {"id": HUB, "name": RARE, "actor_type": "media"}
    yield "sources", {"id": HUB, "title": RARE, "source_type": "news_media"}
    yield "facilities", {"id": HUB, "name": RARE, "facility_type": "prison"}
    yield "incidents", {"id": HUB, "title": RARE, **_PLACED}
    for resource, values in _CLAIMS.items():
        yield resource, {"id": HUB, "incident": HUB, **values}
    for number in range(LINKED):
        yield from _things(f"linked-{number}")
        yield from _claims(f"linked-{number}")


def _things(name: str) -> Iterator[Entry]:
    yield "actors", {"id": name, "name": "N", "actor_type": "media", "parent": HUB}
    yield "sources", {"id": name, "title": "T", "source_type": "news_media", "publisher": HUB}
    yield "facilities", {"id": name, "name": "N", "facility_type": "prison", "part_of": HUB}
    yield "incidents", {"id": name, "title": "T", "part_of": HUB, **_PLACED}
    for one, other in ((HUB, name), (name, HUB)):
        yield "participations", {"incident": one, "actor": other, "role": "attacker"}
        yield "sites", {"incident": one, "facility": other, "role": "target"}
        yield "controls", {"facility": one, "actor": other, "control_type": "operates"}
    for kind, type_ in (("incident", "enables"), ("actor", "allied_with")):
        yield "relations", {"type": type_, f"from_{kind}": name, f"to_{kind}": HUB}


def _claims(name: str) -> Iterator[Entry]:
    for resource, values in _CLAIMS.items():
        said = {"claimant": HUB, "sources": [{"source": HUB}], **values}
        yield resource, {"incident": HUB, "supersedes": HUB, **said}
        yield resource, {"incident": name, **said}
        yield resource, {"facility": HUB, **values}
    yield "figures", {"incident": HUB, "part_of": HUB, **_CLAIMS["figures"]}


def scarce(number: int) -> Iterator[Entry]:
    """Yield a record of each resource of which the benchmarks' world has few or none."""
    incident, facility = f"incident-{number:07}", f"scarce-{number}"
    yield "facilities", {"id": facility, "name": "N", "facility_type": "prison"}
    yield "sites", {"incident": incident, "facility": facility, "role": "target"}
    yield "controls", {"facility": facility, "actor": "actor-1", "control_type": "operates"}
    yield (
        "relations",
        {"type": "related_to", "from_incident": incident, "to_incident": "incident-0000000"},
    )
    yield "assertions", {"incident": incident, **_CLAIMS["assertions"]}
