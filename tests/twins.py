"""Two knowledge bases that differ by what nobody may see alone, and all that can be asked of them.

The one holds, beside the sample, restricted and embargoed records of every resource; the other
never had them. Both did the same public transactions at the same times.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pytest
from werkzeug.test import TestResponse

from incidents_api import openapi
from incidents_api.model import RESOURCES
from incidents_api.storage import releases, store
from tests.conftest import Base, open_base

Given = dict[str, Any]

#: It stands in every text of every record that not everybody may see.
MARK: Final = "zzyzx"
BATTLE: Final = "hasakah-prison-battle-2022"
#: Until when the embargoed ones stay restricted.
LATER: Final = "2099-01-01"
#: The states that are read: before the hidden records, with them, after their second edit.
RELEASES: Final = ("early", "middle", "late")
_POLICY: Final[dict[str, Given]] = {
    "restricted": {"visibility": "restricted"},
    "embargoed": {"visibility": "embargoed", "publish_at": LATER},
}


def _about(kind: str) -> Iterator[tuple[str, Given]]:
    """Yield an incident, all that can be about it, and what it names."""
    incident, facility = f"{MARK}-{kind}-incident", f"{MARK}-{kind}-facility"
    actor, source = f"{MARK}-{kind}-actor", f"{MARK}-{kind}-source"
    point = {"country": "SYR", "latitude": 36.51, "longitude": 40.76}
    told = {"sources": [{"source": source, "quote": f"said {MARK}"}]}
    yield "actors", {"id": actor, "name": f"Group {MARK}", "actor_type": "rebel_group"}
    yield (
        "sources",
        {
            "id": source,
            "title": f"Report {MARK}",
            "source_type": "dataset",
            "licence": MARK,
            "publisher": "sohr",
        },
    )
    yield (
        "facilities",
        {"id": facility, "name": f"Place {MARK}", "facility_type": "prison", **point},
    )
    yield (
        "incidents",
        {
            "id": incident,
            "title": f"Battle for Hasakah prison {MARK}",
            "date_start": "2022-01-20",
            "tags": [MARK],
            "place": "Hasakah",
            "part_of": BATTLE,
            "event_type": "battles",
            "dataset": source,
            "external_ids": [{"scheme": "acled", "value": MARK}],
            **point,
        },
    )
    for where, name in ((incident, "own"), (BATTLE, "on-public")):
        yield (
            "figures",
            {
                "id": f"{MARK}-{kind}-figure-{name}",
                "incident": where,
                "claimant": "sdf",
                "measure": "killed",
                "best": 77_777,
                "notes": MARK,
                **told,
            },
        )
        yield (
            "assertions",
            {
                "id": f"{MARK}-{kind}-assertion-{name}",
                "incident": where,
                "claimant": "sohr",
                "predicate": "outcome",
                "value": "inconclusive",
                "statement": MARK,
                **told,
            },
        )
        yield (
            "participations",
            {
                "id": f"{MARK}-{kind}-participation-{name}",
                "incident": where,
                "actor": actor if name == "own" else "is",
                "role": "bystander",
            },
        )
        yield (
            "sites",
            {
                "id": f"{MARK}-{kind}-site-{name}",
                "incident": where,
                "facility": "hasakah-prison",
                "role": "origin",
            },
        )
        yield (
            "relations",
            {
                "id": f"{MARK}-{kind}-relation-{name}",
                "from_incident": "hasakah-prison-attack-2022",
                "to_incident": where,
                "type": "related_to",
            },
        )
    yield (
        "controls",
        {
            "id": f"{MARK}-{kind}-control",
            "facility": "hasakah-prison",
            "actor": "is",
            "control_type": "occupies",
        },
    )


HIDDEN: Final = [
    (resource, {**given, **policy})
    for kind, policy in _POLICY.items()
    for resource, given in _about(kind)
]
#: What the two transactions beside the sample write that everybody may see.
_SEEN: Final = [
    ("actors", {"id": "town-council", "name": "Council", "actor_type": "government"}),
    ("actors", {"id": "town-council", "name": "The council", "actor_type": "government"}),
]


def _grow(base: Base, hidden: bool) -> None:
    """Do the transactions that both bases have, with or without the hidden records."""
    releases.create(base.store, RELEASES[0], "test")
    _write(base, _SEEN[0], HIDDEN if hidden else [])
    releases.create(base.store, RELEASES[1], "test")
    edited = [(name, {**given, "notes": f"again {MARK}"}) for name, given in HIDDEN]
    _write(base, _SEEN[1], edited if hidden else [], f"{MARK}-restricted-assertion-own")
    releases.create(base.store, RELEASES[2], "test")


def _write(
    base: Base, seen: tuple[str, Given], hidden: list[tuple[str, Given]], gone: str = ""
) -> None:
    registry = base.store.registry
    with base.store.writing("test") as transaction:
        transaction.put(seen[0], registry[seen[0]].read(seen[1]))
        transaction.flush()
        for resource, given in hidden:
            state = "withdrawn" if given["id"] == gone else "live"
            transaction.put(resource, registry[resource].read(given), state=state)


@dataclass
class Twins:
    """The base with hidden records, and the one that never had them."""

    hiding: Base
    plain: Base

    @cached_property
    def keys(self) -> tuple[str, str]:
        """A key of scope write for each, as the header has it."""
        return (f"Bearer {self.hiding.key}", f"Bearer {self.plain.key}")

    def get(self, path: str, **headers: str) -> tuple[TestResponse, TestResponse]:
        """Ask both the same."""
        # One id of a request, for it stands in a problem.
        headers = {"X_Request_Id": "one", **headers}
        return self.hiding.get(path, **headers), self.plain.get(path, **headers)

    def same(self, path: str, **headers: str) -> TestResponse:
        """Ask both the same, and hold that the answers are the same to the byte."""
        one, other = self.get(path, **headers)
        assert one.status_code == other.status_code, path
        assert _told(one) == _told(other), path
        return one


def _told(answer: TestResponse) -> tuple[bytes, dict[str, str]]:
    headers = {name: value for name, value in answer.headers if name != "Date"}
    return answer.data, headers


def once_public(base: Base) -> None:
    """Let everybody see what is hidden for two transactions, and hide it again."""
    releases.create(base.store, RELEASES[0], "test")
    open_ = {"visibility": "public", "publish_at": None}
    _write(base, _SEEN[0], [(name, {**given, **open_}) for name, given in HIDDEN])
    releases.create(base.store, RELEASES[1], "test")
    _write(base, _SEEN[1], HIDDEN)
    releases.create(base.store, RELEASES[2], "test")


def make_twins(sample_file: Path, folder: Path) -> Iterator[Twins]:
    """Make both from the sample knowledge base, in a folder."""
    bases = []
    with pytest.MonkeyPatch.context() as patch:
        for name in ("hiding", "plain"):
            base = open_base(Path(shutil.copy(sample_file, folder / f"{name}.db")))
            for module in (store, releases):
                patch.setattr(module, "now", lambda: "2100-01-01T00:00:00.000000Z")
            _grow(base, name == "hiding")
            bases.append(base)
    yield Twins(*bases)
    for base in bases:
        base.store.close()


#: Names that stand for the parts of an address besides ids.
_NAMED: Final = {"other": "late", "path": "incidents"}
_KINDS: Final = {"vocabularies": "measure", "problems": "not-found", "releases": "early"}
_CLOCKS: Final = {
    "known_at": ("2", "middle"),
    "as_of": ("2022-01-22",),
    "said_by": ("2022-01-24",),
}
_DOCUMENT: Final = openapi.document(RESOURCES)


def _named(text: str) -> Any:
    found: Any = _DOCUMENT
    for step in text.removeprefix("#/").split("/"):
        found = found[step]
    return found


def parameters(path: str) -> dict[str, Given]:
    """Return the parameters of an address of the contract, by name."""
    listed = _DOCUMENT["paths"][path]["get"].get("parameters", [])
    whole = [_named(one["$ref"]) if "$ref" in one else one for one in listed]
    return {one["name"]: one for one in whole if one["in"] == "query"}


#: What knows no record: the contract itself, and how large the file is and the disk.
_APART: Final = ("/v1/openapi.json", "/v1/openapi.yaml", "/v1/metrics")
#: All else that can be read.
PATHS: Final = [
    path for path, item in _DOCUMENT["paths"].items() if "get" in item and path not in _APART
]


def _terms(parameter: Given) -> list[str]:
    schema = parameter["schema"]
    if "$ref" in schema:
        schema = _named(schema["$ref"])
    found: list[str] = schema.get("enum") or schema.get("items", {}).get("enum", [])
    return found


def _room(path: str) -> str:
    """Return the first part of an address, behind that of the version."""
    return f"{path}/".split("/")[2]


def ids(path: str) -> list[str]:
    """Return a public id for an address, the hidden ones, and one that was never there."""
    resource = _room(path)
    public = {
        "incidents": [BATTLE],
        "actors": ["is", "sdf"],
        "facilities": ["hasakah-prison"],
        "sources": ["nos-2022-01-23-hasakah"],
        "participations": ["hasakah-battle-is-attacker"],
        "sites": ["hasakah-battle-prison-scene"],
        "controls": ["hasakah-prison-guards-sdf"],
        "relations": ["arab-militias-member-of-sdf"],
        "figures": ["hasakah-killed-sohr"],
        "assertions": ["hasakah-attack-repelled-sdf"],
    }
    hidden = [given["id"] for name, given in HIDDEN if name == resource]
    return [*public[resource], *hidden]


def addresses(path: str) -> Iterator[str]:
    """Yield an address of the contract with each id, in each format and under each clock."""
    given = parameters(path)
    asked = [""]
    for name in ("f", "format"):
        terms = _terms(given[name]) if name in given else []
        asked += [f"{name}={term}" for term in terms]
        asked += [f"{name}={term}&known_at=late" for term in terms if "known_at" in given]
    asked += [f"{name}={at}" for name in _CLOCKS if name in given for at in _CLOCKS[name]]
    if "include" in given:
        asked += [f"include={term}" for term in _terms(given["include"])]
    if "total" in given:
        asked += ["total=true", "total=true&known_at=middle" if "known_at" in given else "limit=1"]
    if "sample" in given:
        asked += ["sample=50", "sort=-recorded_at" if "sort" not in given else "sort=-id"]
    asked += [f"{name}={MARK}" for name in ("q",) if name in given]
    if "bbox" in given:
        asked += ["bbox=40,36,41,37", "lat=36.5&lon=40.75&within_km=20&f=geojson"]
    if "{path}" in path:
        yield from _within()
    for name in ids(path) if "{id}" in path else [""]:
        named = _NAMED | {"name": _KINDS.get(_room(path), "late"), "id": name}
        where = path.format(**named)
        for query in asked if MARK not in name else asked[:6]:
            yield f"{where}?{_whole(given, query)}"


def _within() -> Iterator[str]:
    """Yield what can be read of each resource at a release that knew the hidden records."""
    for record in RESOURCES:
        here = f"/v1/releases/middle/{record.resource}"
        yield from (here, f"{here}?f=csv", f"{here}?q={MARK}")
        yield from (f"{here}/{name}" for name in ids(f"/v1/{record.resource}"))


def _whole(given: dict[str, Given], query: str) -> str:
    """Return a query with what an address cannot be asked without."""
    needed = {"q": "prison", "group_by": "country,year", "measure": "killed"}
    told = [
        f"{name}={value}"
        for name, value in needed.items()
        if given.get(name, {}).get("required") and not query.startswith(f"{name}=")
    ]
    return "&".join([*told, query] if query else told)
