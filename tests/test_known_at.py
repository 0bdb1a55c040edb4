"""The same request at the same known_seq gives the same values for ever, in every format."""

import random
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents_api.contract import formats
from incidents_api.model import RESOURCES, Record
from incidents_api.model.fields import Link, Rows
from incidents_api.storage.store import Refused
from tests.conftest import Base, open_base
from tests.test_plans import LEFT, Maker, world_file

Given = dict[str, Any]

NAMES: Final = [record.resource for record in RESOURCES]
#: What of a random record stays as it is: by these, others may see or refuse it.
STAYS: Final = frozenset({"id", "visibility", "measure", "unit", "type", "contradicts"})
#: What is asked of each resource's lists.
ASKED: Final = (
    "limit=7",
    "limit=7&sort=-id&total=true",
    "limit=30&as_of=2022-01-20",
    "limit=30&said_by=2022-02-01T12:00:00Z&as_of=2022-02-05",
    "sample=5&seed=3",
    "dataset__exists=true&sort=-id",
    "provisional=true",
)


def moved(record: type[Record], old: Given, new: Given) -> Given:
    """Return a record with another's values, but what it links to and who may see it."""
    kept = {
        name
        for name, kind in record.kinds().items()
        if name in STAYS or name in LEFT or isinstance(kind, Link | Rows) or kind.readonly
    }
    whole = {name: value for name, value in old.items() if name in kept}
    return whole | {name: value for name, value in new.items() if name not in kept}


class Writers:
    """Write at random to a random world."""

    def __init__(self, base: Base, seed: int) -> None:
        self.base, self.rng = base, random.Random(seed)
        first, other = Maker(7, 1), Maker(seed, 1)
        other.ids = first.ids
        self.first = {(made["resource"], made["id"]): made for made in first.records()}
        self.other = {(made["resource"], made["id"]): made for made in other.records()}
        self.live = list(self.first)
        self.gone: list[tuple[str, str]] = []
        self.merged = 0

    def write(self) -> None:
        """Change, merge, withdraw and restore some records, in one transaction each."""
        for key in self.rng.sample(self.live, 12):
            record = RESOURCES[key[0]]
            changed = moved(record, self.first[key], self.other[key])
            with suppress(Refused, ValueError):
                self.base.put(changed | {"resource": key[0]})
        for resource in self.rng.sample(NAMES, 4):
            self.merge(resource)
        for key in self.rng.sample(self.live, 6):
            if self.put(key, "withdrawn"):
                self.gone.append(key)
        if self.gone:
            self.put(self.gone.pop(0), "live")

    def merge(self, resource: str) -> None:
        """Try to merge one record into another."""
        keys = [key for key in self.live if key[0] == resource]
        (_, loser), (_, into) = self.rng.sample(keys, 2)
        path = f"/v1/{resource}/{loser}/merge-into?reason=R"
        answer = self.base.write("POST", path, {"into": into}, If_Match="*")
        assert answer.status_code in (200, 404, 409, 410), answer.text
        self.merged += answer.status_code == 200

    def put(self, key: tuple[str, str], state: str) -> bool:
        """Give a record a state; return whether that could be done."""
        resource, _ = key
        values = {k: v for k, v in self.first[key].items() if k != "resource"}
        try:
            with self.base.store.writing("test") as transaction:
                read = self.base.store.registry[resource].read(values)
                transaction.put(resource, read, state=state)
        except Refused:
            return False
        return True


#: Sums, by what is kept up and by what is computed, and lists by another rule.
SUMS: Final = (
    "/v1/aggregate?group_by=country,year&measure=killed",
    "/v1/aggregate?group_by=event_type&measure=killed&rule=median&f=csv",
    "/v1/aggregate?group_by=actor&measure=injured&as_of=2022-02-01",
    "/v1/aggregate?group_by=month&set=all&said_by=2022-02-01",
    "/v1/incidents?rule=envelope&f=csv&sort=-killed_high",
    "/v1/incidents?rule=conservative&killed_best__gte=5&as_of=2022-02-01&f=csv",
)


def asked(seed: int) -> Iterator[str]:
    """Yield addresses: lists, records, sub-lists, histories, in every format."""
    yield from SUMS
    rng = random.Random(seed)
    ids = Maker(7, 1).ids
    for record in RESOURCES:
        home = f"/v1/{record.resource}"
        for query in ASKED:
            yield f"{home}?f={rng.choice(formats(record))}&{query}"
        if any(leaf.searched for leaf in record.leaves()):
            yield f"{home}?q=hasakah&f=csv"
        if record.spatial():
            yield f"{home}?bbox=170,-90,60,90&limit=30"
            yield f"{home}?lat=36.5&lon=40.75&within_km=3000&f=csv"
        for reach in record.reaches:
            name = rng.choice(ids[reach.resource][:12])
            yield f"{home}?{reach.name}={name}&limit=30"
            yield f"{home}?{reach.name}={name}&sort=id&as_of=2022-01-25&f=csv"
        for format_ in formats(record):
            yield f"{home}?f={format_}&limit=100"
        here = f"{home}/{rng.choice(ids[record.resource][:12])}"
        yield from (f"{here}?f=json", f"{here}?f=csv", f"{here}/history?f=json")
        linked = [*record.links_out(), *(item.name for item in RESOURCES.sublists(record.resource))]
        yield f"{here}?include={','.join(linked)}"
        for item in RESOURCES.sublists(record.resource):
            yield f"{here}/{item.name}?limit=20"


def values(base: Base, path: str) -> Any:
    """Return what an answer says, without where to go and what it is called."""
    answer = base.get(path)
    if answer.status_code != 200:
        assert answer.status_code in (308, 404, 410), (path, answer.text)
        return answer.status_code
    if "json" not in answer.content_type or "ndjson" in answer.content_type:
        return answer.data
    told = orjson.loads(answer.data)
    for name in ("next_cursor", "looked_up", "seconds_allowed"):
        told.get("meta", {}).pop(name, None)
    return {name: value for name, value in told.items() if "meta" not in told or name != "links"}


def world(folder: Path) -> Base:
    """Return a random world of its own."""
    return open_base(Path(shutil.copy(world_file(), folder / "known.db")))


@settings(max_examples=2, deadline=None)
@given(seed=st.integers(8, 10**6))
def test_what_was_answered_at_a_sequence_number_is_answered_for_ever(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    base = world(tmp_path_factory.mktemp("known"))
    writers = Writers(base, seed)
    told: dict[int, dict[str, Any]] = {}
    for turn in range(3):
        writers.write()
        told[base.store.seq()] = {path: values(base, path) for path in asked(seed + turn)}
    writers.write()
    assert len(told) == 3
    assert writers.merged
    for seq, before in told.items():
        assert seq < base.store.seq()
        for path, was in before.items():
            assert values(base, f"{path}&known_at={seq}") == was, (path, seq)
    base.store.close()
