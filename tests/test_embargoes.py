"""The end of embargoes: by a command that writes, never by the clock."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from click.testing import Result

from incidents_api.storage import consistency
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base
from tests.test_cli import one_line, run
from tests.test_dependents import record

UNTIL: Final = "2022-02-01T12:00:00Z"


@pytest.fixture(scope="module")
def held_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an incident under embargo with all about it, and a figure held longer."""
    path = tmp_path_factory.mktemp("held") / "held.db"
    Store.make(path).close()
    base = open_base(path)
    base.put(record("actors", "attackers"), record("facilities", "prison"))
    until = {"visibility": "embargoed", "publish_at": UNTIL}
    later = {**until, "publish_at": "2022-03-01"}
    names = ("figures", "assertions", "participations", "sites")
    base.put(
        record("incidents", "i", **until),
        *(record(name, "x") for name in names),
        record("figures", "late", **later),
        record("sources", "s", **later),
        record("actors", "never", visibility="restricted", publish_at=UNTIL),
    )
    base.store.close()
    return path


@pytest.fixture
def held(held_file: Path, tmp_path: Path) -> Iterator[Base]:
    """A copy of it, to write to."""
    base = open_base(Path(shutil.copy(held_file, tmp_path / "copy.db")))
    yield base
    base.store.close()


def publish(base: Base, now: str | None, *more: str) -> Result:
    """Run the command over a base."""
    told = () if now is None else ("--now", now)
    result = run("publish-due", "--db", base.store.path, *told, *more)
    assert result.exit_code == 0, result.output
    return result


def visible(base: Base) -> list[str]:
    """Return what everybody sees of the records under embargo."""
    paths = ("incidents/i", "figures/x", "sites/x", "figures/late", "sources/s", "actors/never")
    return [path for path in paths if base.get(f"/v1/{path}").status_code == 200]


def test_an_embargo_lasts_until_the_command_ends_it(held: Base) -> None:
    assert visible(held) == []  # its time has long come
    assert publish(held, "2022-02-01T11:59:59Z").output == "made public: nothing\n"
    assert visible(held) == []
    assert publish(held, UNTIL).output == "made public: 1 incidents\n"
    assert visible(held) == ["incidents/i", "figures/x", "sites/x"]
    assert publish(held, None).output == "made public: 1 sources, 1 figures\n"
    assert visible(held) == ["incidents/i", "figures/x", "sites/x", "figures/late", "sources/s"]
    assert list(consistency.faults(held.store)) == []


def test_it_is_an_ordinary_write(held: Base) -> None:
    publish(held, UNTIL, "--who", "Desk", "--reason", "agreed")
    (last, first) = held.json("/v1/incidents/i/history")["data"]
    assert (last["who"], last["why"], last["version"]) == ("Desk", "agreed", 2)
    assert last["action"] == "update"
    assert "visibility" in last["changed_fields"]
    assert last["record"]["casualties"]["killed"]["best"] == 3
    assert last["record"]["publish_at"] == UNTIL
    assert first["record"]["visibility"] == "embargoed"
    told = held.json("/v1/changes?action=publish")["data"]
    assert {entry["resource"] for entry in told} >= {"incidents", "figures", "sites"}
    assert {entry["why"] for entry in told if entry["resource"] == "incidents"} == {"agreed"}


def test_a_second_run_writes_nothing(held: Base) -> None:
    publish(held, UNTIL)
    seq = held.store.seq()
    assert publish(held, UNTIL).output == "made public: nothing\n"
    assert held.store.seq() == seq


def test_the_history_says_why_where_nobody_does(held: Base) -> None:
    publish(held, UNTIL)
    last = held.json("/v1/incidents/i/history")["data"][0]
    assert (last["who"], last["why"]) == ("incidents-api publish-due", "the embargo has ended")


def test_what_was_withdrawn_stays_so_and_is_published_once_restored(held: Base) -> None:
    assert held.write("DELETE", "/v1/sources/s?reason=x", If_Match="*").status_code == 200
    assert "source" not in publish(held, None).output
    assert held.get("/v1/sources/s").status_code == 404
    held.write("POST", "/v1/sources/s/restore", If_Match="*")
    assert publish(held, None).output == "made public: 1 sources\n"


@pytest.mark.parametrize(("now", "ended"), [("2022-02-28", False), ("2022-03-01", True)])
def test_a_day_is_its_beginning(held: Base, now: str, ended: bool) -> None:
    assert ("figures" in publish(held, now).output) == ended


def test_a_time_that_is_none_is_refused(held: Base) -> None:
    words = one_line(run("publish-due", "--db", held.store.path, "--now", "tomorrow"))
    assert "--now must be a day written YYYY-MM-DD" in words


def test_a_file_that_is_no_base_is_refused(tmp_path: Path) -> None:
    one_line(run("publish-due", "--db", tmp_path / "none.db"))
