"""A law: an earlier state, with its differences from a later one applied, is the later one."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents_api.model import RESOURCES
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base
from tests.scribe import SHARED, Scribe
from tests.test_dependents import record

TRANSACTIONS: Final = 60
#: Members that say when and how a record was written, not what it says.
ABOUT_WRITING: Final = ("version", "recorded_at", "links", "computed")
Records = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    """A base with a history of random writes, all its records public in the end."""
    path = tmp_path_factory.mktemp("written") / "written.db"
    Store.make(path).close()
    base = open_base(path)
    base.put(record("incidents", SHARED))
    scribe = Scribe(base.store, 1)
    for _ in range(TRANSACTIONS):
        scribe.write()
    base.put(record("incidents", SHARED))
    yield base
    base.store.close()


def state(base: Base, seq: int) -> Records:
    """Return what everybody sees of a state."""
    found = {}
    for one in RESOURCES:
        for line in base.get(f"/v1/releases/{seq}/{one.resource}?f=ndjson").text.splitlines():
            whole = json.loads(line)
            told = {name: value for name, value in whole.items() if name not in ABOUT_WRITING}
            found[one.resource, whole["id"]] = told
    return found


def differences(base: Base, first: int, last: int, limit: int) -> Iterator[dict[str, Any]]:
    """Yield the differences of all pages."""
    path = f"/v1/releases/{first}/diff/{last}?limit={limit}"
    while path:
        page = base.json(path)
        yield from page["data"]
        path = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_differences_lead_from_one_state_to_the_other(written: Base, data: st.DataObject) -> None:
    seqs = st.integers(0, written.store.seq())
    first, last = sorted((data.draw(seqs), data.draw(seqs)))
    before, after = state(written, first), state(written, last)
    seen = set()
    for one in differences(written, first, last, data.draw(st.sampled_from([1, 3, 1000]))):
        key = (one["resource"], one["id"])
        assert key not in seen
        seen.add(key)
        match one["change"]:
            case "added":
                assert key not in before
                before[key] = after[key]
            case "withdrawn":
                del before[key]
            case _:
                for member in one["fields"]:
                    assert before[key][member["field"]] == member["from"] != member["to"]
                    before[key][member["field"]] = member["to"]
    assert before == after


def test_the_history_has_every_kind_of_change(written: Base) -> None:
    counts = written.json(f"/v1/releases/20/diff/{written.store.seq()}?total=true")["meta"][
        "counts"
    ]
    for change in ("added", "withdrawn", "changed"):
        assert any(of["changes"][change] for of in counts.values()), change
