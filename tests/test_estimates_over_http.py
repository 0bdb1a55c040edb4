"""Estimates over HTTP: the questions of Hasakah, counts that grow, clocks, formats, mistakes."""

import csv
import io
from typing import Any

import orjson
import pytest

from incidents_api.estimates import RULES
from tests.conftest import Base

BATTLE = "hasakah-prison-battle-2022"
OWN = f"/v1/incidents/{BATTLE}/estimates"
EVENING = "said_by=2022-01-21T23:59:00%2B02:00"
BOUNDS = ("low", "best", "best_basis", "high", "high_open")


def only(base: Base, query: str, path: str = OWN) -> Any:
    """Return the one estimate that is found."""
    (found,) = base.json(f"{path}?{query}")["data"]
    return found


def bounds(found: Any) -> list[Any]:
    return [found[name] for name in BOUNDS]


def test_killed_is_136_at_least_and_the_parts_add_up(sample: Base) -> None:
    killed = only(sample, "measure=killed&everybody=true")
    assert bounds(killed) == [136, 136, "floor", 136, True]
    (breakdown,) = killed["breakdowns"]
    assert sorted(part["low"] for part in breakdown["parts"]) == [7, 45, 84]
    assert breakdown["adds_up"] is True
    assert killed["figures_used"] == ["hasakah-killed-sohr"]


def test_escaped_is_200_to_999_open_without_a_point_value(sample: Base) -> None:
    escaped = only(sample, "measure=escaped")
    assert bounds(escaped) == [200, None, None, 999, True]
    assert escaped["n_claimants"] == 2
    assert {one["kind"] for one in escaped["contradictions"]} == {"declared"}


def test_what_had_been_said_by_the_evening_of_friday(sample: Base) -> None:
    assert sample.json(f"{OWN}?{EVENING}")["data"] == []
    assert len(sample.json(f"{OWN}?said_by=2022-01-23")["data"]) == 8


def test_how_many_the_prison_held_and_the_dutch_in_prisons_of_the_sdf(sample: Base) -> None:
    held = sample.json("/v1/facilities/hasakah-prison/estimates?measure=held")["data"]
    assert sorted(one["low"] for one in held) == [3, 2000, 4500]
    assert all(one["facility"] == "hasakah-prison" for one in held)
    path = "/v1/actors/sdf/estimates"
    dutch = only(sample, "population_nationality=NLD", path)
    assert (dutch["actor"], dutch["best"]) == ("sdf", 15)
    assert sample.json(f"{path}?population_nationality=BEL")["data"] == []


def count(name: str, day: int, words: str, /, **more: Any) -> dict[str, Any]:
    """Return a later count of the killed, as it was said on that day."""
    plain = {"claimant": "sohr", "incident": BATTLE, "measure": "killed"}
    days = {"as_of_date": f"2022-01-{day}", "as_of_prec": 1, "said_at": f"2022-01-{day}"}
    source = {"sources": [{"source": "nos-2022-01-23-hasakah"}], "measure_kind": "cumulative"}
    said = {"value_text": words, "value_lang": "en"}
    return {"resource": "figures", "id": name, **plain, **days, **source, **said, **more}


SIDES = [{"name": "by_side", "disjoint": True, "complete": True}]


def grow(base: Base) -> int:
    """Add the monitor's counts of 29 and 30 January, and a party's of the attackers."""
    for day, total, attackers, guards in ((29, 332, 246, 79), (30, 373, 268, 98)):
        part = {"part_of": f"k{day}", "breakdown": "by_side"}
        base.put(
            count(f"k{day}", day, str(total), breakdowns=SIDES),
            count(f"k{day}-is", day, str(attackers), population={"actor": ["is"]}, **part),
            count(f"k{day}-guards", day, str(guards), population={"role": ["guard"]}, **part),
            count(f"k{day}-civilians", day, "7", population={"status": ["civilian"]}, **part),
        )
    attackers_dead = {"population": {"actor": ["is"]}, "claimant": "sdf"}
    return base.put(count("party", 30, "374", **attackers_dead))


def test_counts_that_grow(base: Base) -> None:
    before = base.json(f"{OWN}?measure=killed")["data"]
    grow(base)
    killed = only(base, "measure=killed&everybody=true")
    assert bounds(killed) == [373, 373, "stated", 373, False]
    assert all(each["adds_up"] for each in killed["breakdowns"])
    # The party's claim widens the bounds, and the monitor's number stays the best.
    attackers = only(base, "measure=killed&population_actor=is")
    assert bounds(attackers) == [268, 268, "stated", 374, False]
    kinds = base.json(f"/v1/incidents/{BATTLE}/contradictions?measure=killed")["data"]
    assert sorted((one["kind"], one["claimants"]) for one in kinds) == [
        ("arithmetic", ["sohr", "sdf"]),
        ("numeric", ["sohr", "sdf"]),
    ]
    # Every earlier answer stays reachable by its clocks.
    for clock in ("known_at=1", "as_of=2022-01-23", "said_by=2022-01-28"):
        found = base.json(f"{OWN}?measure=killed&{clock}")["data"]
        assert list(map(bounds, found)) == list(map(bounds, before))
    assert bounds(only(base, "measure=killed&everybody=true&as_of=2022-01-29"))[1] == 332


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_gives_what_sensitivity_says(rule: str, base: Base) -> None:
    grow(base)
    for found in base.json(f"{OWN}?rule={rule}&set=all")["data"]:
        assert found["rule"] == rule
        assert found["best"] == found["sensitivity"][rule]
        assert found["set"] == "all"


def test_a_permalink_gives_the_same_numbers_for_ever(base: Base) -> None:
    grow(base)
    said_by = EVENING.replace("-21T", "-23T")
    for query in ("", "rule=median&set=all", "as_of=2022-01-29", said_by):
        for found in base.json(f"{OWN}?{query}")["data"]:
            base.put(count(f"later-{base.store.seq()}", 31, "400"))
            (again,) = base.json(found["permalink"])["data"]
            assert again == found
            assert found["permalink"] in found["citation"]


def rows(base: Base, path: str) -> list[dict[str, str]]:
    answer = base.get(path)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "; ".join(value)
    return "" if value is None else str(value)


@pytest.mark.parametrize("path", [OWN, "/v1/estimates", "/v1/actors/sdf/estimates"])
@pytest.mark.parametrize("query", ["", "rule=informative", "as_of=2022-01-23", EVENING])
def test_csv_has_the_same_numbers(path: str, query: str, sample: Base) -> None:
    if "actors" in path and "rule" in query:
        query += "&set=all"
    found = sample.json(f"{path}?{query}")["data"]
    table = rows(sample, f"{path}?f=csv&{query}")
    assert len(table) == len(found)
    for one, row in zip(found, table, strict=True):
        for name in (*BOUNDS, "n_claimants", "rule", "citation", "figures_used", "incident"):
            assert row[name] == shown(one[name]), name
        for name, terms in one["question"]["population"].items():
            assert row[f"population_{name}"] == shown(terms)
        assert [row[f"best_{rule}"] for rule in RULES] == [
            shown(one["sensitivity"][rule]) for rule in RULES
        ]
        assert orjson.loads(row["by_stance"]) == one["by_stance"]


def test_estimates_of_the_incidents_of_a_filter(sample: Base) -> None:
    found = sample.json("/v1/estimates?measure=killed,participants")["data"]
    assert {one["incident"] for one in found} == {BATTLE, "hasakah-prison-attack-2022"}
    for path in ("event_type=detention", "part_of=" + BATTLE, "id=hasakah-prison-attack-2022"):
        found = sample.json(f"/v1/estimates?{path}")["data"]
        assert {one["incident"] for one in found} == {"hasakah-prison-attack-2022"}
    assert sample.json("/v1/estimates?country=IRQ")["data"] == []
    assert sample.json("/v1/estimates?total=true&limit=1")["meta"]["total"] == 3


@pytest.mark.parametrize("f", ["json", "csv"])
def test_pages_go_over_incidents(f: str, base: Base) -> None:
    for number in range(5):
        incident = {"id": f"i{number}", "title": "A raid", "date_start": "2022-02-01"}
        base.put(
            {"resource": "incidents", **incident},
            count(f"r{number}", 30, str(number), incident=f"i{number}"),
        )
    found: list[str] = []
    path = "/v1/estimates?limit=2&sort=id&measure=killed&everybody=true"
    while path:
        answer = base.get(f"{path}&f={f}")
        if f == "csv":
            found += [row["incident"] for row in csv.DictReader(io.StringIO(answer.text))]
        else:
            assert answer.get_json()["meta"]["incidents"] <= 2
            found += [one["incident"] for one in answer.get_json()["data"]]
        link = answer.headers.get("Link", "")
        path = link.partition("localhost")[2].partition(">")[0].replace(f"&f={f}", "")
    assert found == [BATTLE, *(f"i{number}" for number in range(5))]
    cursor = base.json("/v1/estimates?limit=2&measure=killed")["meta"]["next_cursor"]
    assert base.get(f"/v1/estimates?limit=2&measure=injured&cursor={cursor}").status_code == 409


@pytest.mark.parametrize(
    ("path", "status", "name"),
    [
        (f"{OWN}?rule=average", 400, "rule"),
        (f"{OWN}?set=some", 400, "set"),
        (f"{OWN}?measure=dead", 400, "measure"),
        (f"{OWN}?population_actor=nobody", 404, "population_actor"),
        (f"{OWN}?limit=3", 400, "limit"),
        (f"{OWN}?known_at=9999", 404, "known_at"),
        ("/v1/estimates?measure=dead", 400, "measure"),
        ("/v1/estimates?population_actor=nobody", 404, "population_actor"),
        ("/v1/estimates?include=figures", 400, "include"),
        ("/v1/estimates?colour=red", 400, "colour"),
        ("/v1/estimates?actor=nobody", 404, "actor"),
    ],
)
def test_mistakes_are_named(path: str, status: int, name: str, sample: Base) -> None:
    answer = sample.get(path)
    assert answer.status_code == status
    assert answer.get_json()["errors"][0]["parameter"] == name


@pytest.mark.parametrize("resource", ["incidents", "facilities", "actors"])
def test_what_is_not_there_has_no_estimates(resource: str, sample: Base) -> None:
    assert sample.get(f"/v1/{resource}/nowhere/estimates").status_code == 404
    assert sample.get(f"/v1/{resource}/nowhere/estimates?as_of=2022-01-01").status_code == 404
    assert sample.get(f"{OWN}?as_of=2022-01-19").status_code == 404


def test_an_answer_is_not_sent_twice(base: Base) -> None:
    for path in (OWN, "/v1/estimates"):
        tag = base.get(path).headers["ETag"]
        assert base.get(path, If_None_Match=tag).status_code == 304
    grow(base)
    assert base.get(OWN, If_None_Match=tag).status_code == 200


def test_what_is_restricted_does_not_count(base: Base) -> None:
    base.put(count("secret", 30, "900", visibility="restricted"))
    assert bounds(only(base, "measure=killed&everybody=true"))[0] == 136
    base.put(count("secret", 30, "900"))
    assert bounds(only(base, "measure=killed&everybody=true"))[0] == 900


@pytest.mark.parametrize(
    ("fields", "members", "columns"),
    [
        ("low,best", ["low", "best"], "low,best"),
        ("question", ["question"], None),
        ("population_role", ["question"], "population_role"),
        ("best_median,rule", ["rule", "sensitivity"], "rule,best_median"),
    ],
)
def test_members_can_be_chosen(
    sample: Base, fields: str, members: list[str], columns: str | None
) -> None:
    for path in (OWN, "/v1/estimates"):
        for row in sample.json(f"{path}?fields={fields}")["data"]:
            assert list(row) == members
        head = sample.get(f"{path}?f=csv&fields={fields}").text.splitlines()[0]
        if columns:
            assert head == columns
        else:
            assert head.startswith("measure,unit,population_status")
