"""What is withdrawn is gone but not forgotten, and never says more than it did when it stood."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from incidents_api import bundle
from incidents_api.cli import main
from incidents_api.model import RESOURCES, Registry
from incidents_api.storage import embed, write
from incidents_api.storage.store import Store
from tests.conftest import Base

INCIDENT = {"resource": "incidents", "id": "i", "title": "Zebra", "date_start": "2022-01-20"}
FIGURE = {"resource": "figures", "id": "f", "incident": "i", "measure": "killed", "best": 1}
ACTOR = {"resource": "actors", "id": "a", "name": "A", "actor_type": "media"}


def withdraw(base: Base, *records: dict[str, Any]) -> None:
    with base.store.writing("test", "a mistake") as transaction:
        for given in records:
            values = {name: value for name, value in given.items() if name != "resource"}
            record = RESOURCES[given["resource"]].read(values)
            transaction.put(given["resource"], record, state="withdrawn")


def statuses(base: Base, path: str) -> tuple[int, int]:
    return base.get(path).status_code, base.get(f"{path}/history").status_code


def test_a_withdrawn_record_is_gone_and_its_history_stays(empty: Base) -> None:
    empty.put(INCIDENT)
    withdraw(empty, INCIDENT)
    assert statuses(empty, "/v1/incidents/i") == (410, 200)
    assert empty.json("/v1/incidents")["data"] == []
    assert empty.json("/v1/incidents?q=zebra")["data"] == []
    versions = empty.json("/v1/incidents/i/history")["data"]
    assert [version["action"] for version in versions] == ["withdraw", "create"]


@pytest.mark.parametrize("before", [True, False])
def test_a_restricted_record_that_is_withdrawn_is_not_there_for_everybody(
    empty: Base, before: bool
) -> None:
    restricted = INCIDENT | {"visibility": "restricted"}
    empty.put(restricted if before else INCIDENT)
    withdraw(empty, restricted)
    assert statuses(empty, "/v1/incidents/i") == (404, 404)
    assert empty.get("/v1/figures?incident=i").status_code == 404


def test_what_is_restricted_by_what_it_is_about_stays_so_when_withdrawn(empty: Base) -> None:
    empty.put(INCIDENT | {"visibility": "restricted"}, FIGURE)
    withdraw(empty, FIGURE)
    assert statuses(empty, "/v1/figures/f") == (404, 404)


def test_a_withdrawn_record_can_be_restored(empty: Base) -> None:
    empty.put(INCIDENT)
    withdraw(empty, INCIDENT)
    empty.put(INCIDENT)
    assert empty.json("/v1/incidents/i")["version"] == 3
    assert empty.ids("/v1/incidents?q=zebra") == ["i"]


def test_an_export_with_withdrawn_records_loads_into_an_equal_base(
    empty: Base, tmp_path: Path
) -> None:
    empty.put(INCIDENT, FIGURE, ACTOR)
    withdraw(empty, INCIDENT, FIGURE)
    file = tmp_path / "all.ndjson"
    file.write_bytes(b"".join(bundle.export(empty.store)))
    other = Store.make(tmp_path / "other.db")
    bundle.load(other, [file], who="test")
    for resource, name in (("incidents", "i"), ("figures", "f"), ("actors", "a")):
        one, two = empty.store.get(resource, name), other.get(resource, name)
        assert one
        assert two
        assert (one.state, one.shown) == (two.state, two.shown)
    other.close()


def test_what_a_page_embeds_is_bounded(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "BUDGET", 3)
    answer = base.get("/v1/incidents?include=figures")
    assert answer.status_code == 400
    assert "ask for a smaller limit" in answer.text
    assert base.get("/v1/incidents?include=figures&limit=1").status_code == 200


def test_a_transaction_that_passed_over_an_error_is_not_written(
    empty: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> str:
        raise OSError

    monkeypatch.setattr(write, "BATCH", 1)
    monkeypatch.setattr(write.Transaction, "render", fail)

    def pass_over() -> None:
        with empty.store.writing("test") as transaction, suppress(OSError):
            transaction.put("actors", actor())

    with pytest.raises(RuntimeError, match="half written"):
        pass_over()
    assert empty.store.seq() == 0
    assert empty.json("/v1/actors")["data"] == []


def actor() -> dict[str, Any]:
    return RESOURCES["actors"].read({k: v for k, v in ACTOR.items() if k != "resource"})


def test_the_command_brings_a_base_without_a_resource_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    Store.make(path, Registry(*(r for r in RESOURCES if r.resource != "relations"))).close()
    told = CliRunner().invoke(main, ["migrate", "--db", str(path)])
    assert told.exit_code == 0, told.output
    assert "relations.id" in told.output
    assert CliRunner().invoke(main, ["check", "--db", str(path)]).output == "in step\n"
