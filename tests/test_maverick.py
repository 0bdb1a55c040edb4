"""MAVERICK's own totals come out: many reports of one event, each by its author."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from incidents_api.storage.store import Store
from tests.conftest import TOP, Base, open_base

FILE: Final = TOP / "tests" / "data" / "maverick-ivory-coast.csv"
#: Which rule makes which total of the data set's authors (R package eventreport).
TOTALS: Final = {"conservative": 1445, "representative": 1524, "median": 2198, "informative": 2575}
#: What comes out where each report is taken for an event of its own.
WRONG: Final = 7221


def reports() -> list[dict[str, str]]:
    """Return the reports, one a row."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def named(prefix: str, text: str) -> str:
    """Return an id made from a name."""
    return f"{prefix}-{re.sub('[^a-z0-9]+', '-', text.lower()).strip('-')}"


def records(rows: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
    """Yield an incident for each event, a figure for each report, an actor for each author."""
    source = {"id": "maverick", "title": "MAVERICK", "source_type": "dataset"}
    yield {"resource": "sources", **source, "licence": "CC BY 4.0"}
    for author in sorted({row["source_author"] for row in rows}):
        actor = {"id": named("author", author), "name": author, "actor_type": "media"}
        yield {"resource": "actors", **actor}
    for event in sorted({row["event_id"] for row in rows}):
        own = [row for row in rows if row["event_id"] == event]
        # Of three reports the last day is before the first.
        days = [row[name] for row in own for name in ("date_start", "date_end")]
        yield {
            "resource": "incidents",
            "id": named("maverick", event),
            "title": event,
            "country": "CIV",
            "date_start": min(days),
            "date_end": max(days),
            "dataset": "maverick",
        }
    for row in rows:
        yield figure(row)


def figure(row: dict[str, str]) -> dict[str, Any]:
    """Return what one report says of the deaths."""
    bounds = {name: int(row[f"deaths_{name}"]) for name in ("low", "best", "high")}
    return {
        "resource": "figures",
        "id": named("report", row["id"]),
        "incident": named("maverick", row["event_id"]),
        "claimant": named("author", row["source_author"]),
        "measure": "killed",
        "dataset": "maverick",
        "sources": [{"source": "maverick", "locator": row["id"]}],
        **bounds,
    }


@pytest.fixture(scope="module")
def maverick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    path: Path = tmp_path_factory.mktemp("maverick") / "maverick.db"
    Store.make(path).close()
    base = open_base(path)
    base.put(*records(reports()))
    yield base
    base.store.close()


@pytest.mark.parametrize("rule", TOTALS)
def test_the_totals_are_those_of_the_authors(maverick: Base, rule: str) -> None:
    page = maverick.json(f"/v1/aggregate?group_by=country&rule={rule}&set=all")
    (row,) = page["data"]
    assert (row["country"], row["dataset"], row["best"]) == ("CIV", "maverick", TOTALS[rule])
    assert (row["n_incidents"], row["n_counted"], row["n_no_best"]) == (683, 683, 0)
    assert page["meta"]["set"] == "all"


def test_no_rule_adds_reports_up_as_if_each_were_an_event(maverick: Base) -> None:
    for every in ("", "&set=all"):
        for rule in ("latest", "envelope", *TOTALS):
            path = f"/v1/aggregate?group_by=country&rule={rule}{every}"
            (row,) = maverick.json(path)["data"]
            assert row["best"] != WRONG
            assert row["high"] < WRONG


def test_years_add_up_to_the_whole(maverick: Base) -> None:
    years = maverick.json("/v1/aggregate?group_by=year&rule=median&set=all")["data"]
    assert sum(row["best"] for row in years) == TOTALS["median"]
    assert [row["year"] for row in years] == sorted(row["year"] for row in years)
