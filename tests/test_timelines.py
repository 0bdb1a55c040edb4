"""Timelines: how each claimant's counts changed, what corrected what, in JSON and CSV."""

import csv
import io
from typing import Any

import pytest

from tests.conftest import Base
from tests.test_estimates_over_http import BATTLE, EVENING, count, grow, shown

OWN = f"/v1/incidents/{BATTLE}/timeline"


def told(base: Base, path: str) -> list[tuple[Any, ...]]:
    names = ("figure", "before", "change_low", "change_best")
    return [tuple(row[name] for name in names) for row in base.json(path)["data"]]


def test_the_timeline_shows_how_the_count_grew(base: Base) -> None:
    grow(base)
    rows = base.json(f"{OWN}?measure=killed&part_of__exists=false&limit=1000")["data"]
    assert [row["figure"] for row in rows] == ["hasakah-killed-sohr", "k29", "k30", "party"]
    first, second, third, party = rows
    assert first["series"] == second["series"] == third["series"] != party["series"]
    assert (first["before"], first["change_low"]) == (None, None)
    # Of "at least 136" the lower bound is known, and no point value.
    assert [second[name] for name in ("before", "change_low", "change_best", "change_high")] == [
        "hasakah-killed-sohr",
        332 - 136,
        None,
        None,
    ]
    assert [third[name] for name in ("before", "change_low", "change_best", "change_high")] == [
        "k29",
        41,
        41,
        41,
    ]
    assert (party["claimant"], party["before"]) == ("sdf", None)
    assert told(base, f"{OWN}?population_actor=is&claimant=sohr&limit=1000")[-1] == (
        "k30-is",
        "k29-is",
        22,
        22,
    )


def test_what_corrected_what(base: Base) -> None:
    base.put(count("wrong", 24, "400"), count("right", 24, "140", supersedes="wrong"))
    base.put(count("after", 25, "150"), count("denied", 26, "900", status="refuted"))
    base.put(count("last", 27, "160", derives_from="after"))
    rows = {row["figure"]: row for row in base.json(f"{OWN}?as_of_date__gte=2022-01-24")["data"]}
    assert {name: row["stands"] for name, row in rows.items()} == {
        "wrong": False,
        "right": True,
        "after": True,
        "denied": False,
        "last": True,
    }
    assert (rows["right"]["corrects"], rows["wrong"]["corrected_by"]) == ("wrong", ["right"])
    assert [rows[name]["before"] for name in ("after", "denied", "last")] == [
        "right",
        "after",
        "after",
    ]
    assert rows["last"]["derives_from"] == "after"


def test_only_like_is_compared_with_like(base: Base) -> None:
    base.put(
        count("held", 25, "20", measure_kind="stock"),
        count("more", 26, "5", measure_kind="incremental", period_start="2022-01-26"),
        count("more2", 27, "6", measure_kind="incremental", period_start="2022-01-27"),
        count("civil", 28, "30", population={"status": ["civilian"]}),
    )
    rows = {row["figure"]: row for row in base.json(f"{OWN}?measure=killed")["data"]}
    assert [rows[name]["before"] for name in ("held", "more", "more2", "civil")] == [
        None,
        None,
        "more",
        "hasakah-killed-sohr-civilians",
    ]


def test_what_one_actor_says(base: Base) -> None:
    grow(base)
    rows = base.json("/v1/actors/sohr/timeline?limit=1000")["data"]
    assert {row["claimant"] for row in rows} == {"sohr"}
    assert [row["figure"] for row in rows] == [
        figure["id"]
        for figure in base.json("/v1/figures?claimant=sohr&sort=as_of_date&limit=1000")["data"]
    ]
    assert base.json("/v1/actors/pentagon/timeline")["data"] == []


@pytest.mark.parametrize("query", ["", "measure=killed", "as_of=2022-01-29", "known_at=2", EVENING])
def test_all_formats_and_pages_agree(query: str, base: Base) -> None:
    grow(base)
    whole = base.json(f"{OWN}?limit=1000&{query}")["data"]
    paged: list[Any] = []
    path = f"{OWN}?limit=2&{query}"
    while path:
        page = base.json(path)
        paged += page["data"]
        path = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert paged == whole
    for limit in ("", "limit=1000"):
        text = base.get(f"{OWN}?f=csv&{limit}&{query}").text
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        assert len(rows) == len(whole)
        for row, one in zip(rows, whole, strict=True):
            flat = {**one, **{name: one["question"][name] for name in ("measure", "unit")}}
            assert {name: row[name] for name in flat if name != "question"} == {
                name: shown(value) for name, value in flat.items() if name != "question"
            }


def test_a_timeline_under_clocks_is_that_of_then(base: Base) -> None:
    before = base.json(f"{OWN}?limit=1000")
    grow(base)
    for clock in ("known_at=1", "as_of=2022-01-23"):
        assert base.json(f"{OWN}?limit=1000&{clock}")["data"] == before["data"]
    assert base.json(f"{OWN}?{EVENING}")["data"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{OWN}?sort=low", 400),
        (f"{OWN}?incident={BATTLE}", 400),
        (f"{OWN}?measure=dead", 400),
        (f"{OWN}?claimant=nobody", 404),
        (f"{OWN}?as_of=2022-01-01", 404),
        ("/v1/incidents/nowhere/timeline", 404),
        ("/v1/actors/nobody/timeline", 404),
        ("/v1/facilities/hasakah-prison/timeline", 404),
    ],
)
def test_mistakes_are_refused(path: str, status: int, sample: Base) -> None:
    assert sample.get(path).status_code == status


def test_an_answer_is_not_sent_twice(sample: Base) -> None:
    tag = sample.get(OWN).headers["ETag"]
    assert sample.get(OWN, If_None_Match=tag).status_code == 304
    assert sample.json(f"{OWN}?total=true&limit=1")["meta"]["total"] == 9
