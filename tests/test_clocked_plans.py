"""Under clocks no table is read whole, and no index is made for a query."""

import re
from collections.abc import Iterator
from typing import Final

import pytest

from incidents_api.model import RESOURCES
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base
from tests.test_history import figure, incident, printed

#: A table or its past read from one end to the other, put aside, or given an index of the moment.
WHOLE: Final = re.compile(r"SCAN (v|[a-z]+(_history)?)$|MATERIALIZE|AUTOMATIC")
#: What may be gone through: the keys of a list, words that match, changes, the last transaction.
FEW: Final = ("SCAN s", "SCAN w", "SCAN c", "SCAN json_each", "SCAN transactions")
CLOCKS: Final = (
    "known_at=2",
    "as_of=2022-01-20",
    "said_by=2022-01-21T12:00:00Z",
    "known_at=2&as_of=2022-01-20&said_by=2022-01-21",
)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    """A few records, of which SQLite has counted nothing, and a past."""
    path = tmp_path_factory.mktemp("plans") / "few.db"
    Store.make(path).close()
    base = open_base(path)
    base.put(incident("i"), printed("s"), figure(sources=[{"source": "s"}]))
    base.put({"resource": "actors", "id": "a", "name": "a", "actor_type": "unknown"})
    base.put(incident("i", title="Siege again"))
    yield base
    base.store.close()


def plans(base: Base, path: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each query of an answer, and the lines of SQLite's plan for it."""
    asked: list[str] = []
    connection = base.store.connection
    connection.set_trace_callback(asked.append)
    answer = base.get(path)
    connection.set_trace_callback(None)
    assert answer.status_code == 200, answer.text
    assert asked
    for sql in asked:
        if sql.startswith("SELECT"):
            rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}")
            yield sql, [row[3] for row in rows]


def asked() -> Iterator[str]:
    """Yield addresses of lists, records and filters that lead over links."""
    for record in RESOURCES:
        home = f"/v1/{record.resource}"
        yield from (f"{home}?limit=20", f"{home}?f=csv")
        listed = [*record.links_out(), *(item.name for item in RESOURCES.sublists(record.resource))]
        yield f"{home}?include={','.join(listed)}"
    yield from ("/v1/incidents/i?f=json", "/v1/incidents/i/figures?limit=9")
    yield from ("/v1/incidents?actor=a", "/v1/incidents?source=s", "/v1/incidents?claimant=a")
    yield from ("/v1/figures?incident=i", "/v1/figures?source=s&f=csv", "/v1/incidents?tags=x")
    yield from ("/v1/incidents?q=siege", "/v1/search?q=siege", "/v1/facilities?q=x")


@pytest.mark.parametrize("clocks", CLOCKS)
@pytest.mark.parametrize("path", list(asked()))
def test_what_is_in_view_is_found_along_indexes(few: Base, path: str, clocks: str) -> None:
    for sql, plan in plans(few, f"{path}{'&' if '?' in path else '?'}{clocks}"):
        found = [line for line in plan if WHOLE.search(line) and line not in FEW]
        assert not found, (sql, plan)
