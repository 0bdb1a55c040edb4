"""That a record is no longer shown to everybody, or is shown again, stands among the changes."""

from typing import Any, Final

import pytest

from incidents_api.storage import consistency
from tests.conftest import Base
from tests.test_dependents import record

#: The incident and all that only those see who see it.
EVERYTHING: Final = {
    ("incidents", "i"),
    ("figures", "f"),
    ("assertions", "c"),
    ("participations", "p"),
    ("sites", "s"),
}
Entry = tuple[str, str, str]


@pytest.fixture
def shown(empty: Base) -> Base:
    """An incident and a record of each kind about it."""
    empty.put(record("actors", "attackers"), record("facilities", "prison"))
    empty.put(*(record(resource, name) for resource, name in EVERYTHING))
    return empty


def restrict(base: Base, visibility: str) -> None:
    """Change who may see the incident."""
    base.put(record("incidents", "i", visibility=visibility))


def entries(base: Base) -> list[Entry]:
    """Return what the last transaction says of who may see what."""
    sql = (
        "SELECT resource, id, action FROM changes WHERE seq = (SELECT max(seq) FROM changes) "
        "AND action IN ('restrict', 'publish') ORDER BY n"
    )
    return [tuple(row) for row in base.store.connection.execute(sql)]


def of(action: str, records: set[tuple[str, str]]) -> set[Entry]:
    return {(*one, action) for one in records}


def test_restricting_an_incident_is_told_of_all_that_is_about_it(shown: Base) -> None:
    restrict(shown, "restricted")
    assert set(entries(shown)) == of("restrict", EVERYTHING)
    restrict(shown, "public")
    assert set(entries(shown)) == of("publish", EVERYTHING)
    assert list(consistency.faults(shown.store)) == []


def test_each_record_is_told_once(shown: Base) -> None:
    restrict(shown, "restricted")
    assert len(entries(shown)) == len(EVERYTHING)


def test_what_stays_hidden_for_another_reason_is_not_told(shown: Base) -> None:
    shown.put(record("figures", "f", visibility="restricted"))
    assert entries(shown) == [("figures", "f", "restrict")]
    restrict(shown, "restricted")
    assert set(entries(shown)) == of("restrict", EVERYTHING - {("figures", "f")})
    restrict(shown, "public")
    assert set(entries(shown)) == of("publish", EVERYTHING - {("figures", "f")})


def test_what_was_withdrawn_before_is_told_too(shown: Base) -> None:
    assert shown.write("DELETE", "/v1/figures/f?reason=x", If_Match="*").status_code == 200
    restrict(shown, "restricted")
    assert ("figures", "f", "restrict") in entries(shown)


@pytest.mark.parametrize("visibility", ["public", "restricted"])
def test_a_record_that_nobody_has_seen_is_not_told(shown: Base, visibility: str) -> None:
    shown.put(record("figures", "new", visibility=visibility))
    assert entries(shown) == []


def test_a_record_made_before_its_incident_in_one_transaction_is_not_told(empty: Base) -> None:
    given: dict[str, Any] = {"id": "f", "incident": "i", "measure": "killed", "best": 3}
    incident = {"id": "i", "title": "T", "date_start": "2022-01-20", "visibility": "restricted"}
    with empty.store.writing("test") as transaction:
        for resource, values in (("figures", given), ("incidents", incident)):
            transaction.put(resource, empty.store.registry[resource].read(values))
            transaction.flush()
    assert empty.get("/v1/figures/f").status_code == 404
    assert entries(empty) == []


def test_what_changes_there_and_back_in_one_transaction_is_not_told(shown: Base) -> None:
    with shown.store.writing("test") as transaction:
        for visibility in ("restricted", "public"):
            values = record("figures", "f", visibility=visibility, notes=visibility)
            del values["resource"]
            transaction.put("figures", shown.store.registry["figures"].read(values))
            transaction.flush()
    assert entries(shown) == []


def test_an_entry_that_does_not_agree_with_its_record_is_named(shown: Base) -> None:
    restrict(shown, "restricted")
    with shown.store.exclusive() as connection:
        (last,) = connection.execute("SELECT max(seq) FROM changes").fetchone()
        sql = "UPDATE changes SET action = 'publish' WHERE id = 'f' AND action = 'restrict'"
        connection.execute(sql)
        connection.execute("COMMIT")
    words = f"figures/f: transaction {last} is not its last publish"
    assert words in list(consistency.faults(shown.store))
