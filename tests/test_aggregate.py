"""Counts and sums: groups, filters, pages, formats, faults."""

import csv
import io
from typing import Any, Final

import pytest

from incidents_api.estimates import RULES
from incidents_api.storage.groups import GROUPS
from incidents_api.storage.keepers import KEEPERS
from incidents_api.storage.sums import Sums
from tests.conftest import Base

BATTLE: Final = "hasakah-prison-battle-2022"
ATTACK: Final = "hasakah-prison-attack-2022"


def rows(base: Base, query: str) -> list[dict[str, Any]]:
    """Return the groups of an answer."""
    found: list[dict[str, Any]] = base.json(f"/v1/aggregate?{query}")["data"]
    return found


def killed(name: str, number: int, **more: Any) -> dict[str, Any]:
    """Return a count of all who were killed."""
    return {
        "resource": "figures", "incident": name, "claimant": "sohr", "measure": "killed",
        "qualifier": "exact", "amount": number, **more,
    }  # fmt: skip


def incident(name: str, **more: Any) -> dict[str, Any]:
    """Return an incident in Syria."""
    plain = {"id": name, "title": name, "date_start": "2022-01-20", "country": "SYR"}
    return {"resource": "incidents", **plain, **more}


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_counts_every_incident(sample: Base, group: str) -> None:
    page = sample.json(f"/v1/aggregate?group_by={group}")
    assert page["meta"]["overlapping"] is GROUPS[group].overlapping
    whole = page["meta"].get("totals", page["data"])
    assert sum(row["n_incidents"] for row in whole) == len(sample.ids("/v1/incidents"))
    assert sum(row["best"] or 0 for row in whole) == 136
    assert all(set(GROUPS[group].members) <= set(row) for row in page["data"])


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("other", ["month", "actor", "facility", "source"])
def test_two_groups_go_together_and_csv_says_the_same(sample: Base, group: str, other: str) -> None:
    if group == other:
        return
    query = f"/v1/aggregate?group_by={group},{other}"
    found = sample.json(query)["data"]
    table = list(csv.DictReader(io.StringIO(sample.get(f"{query}&f=csv").text)))
    assert table == [
        {key: "" if value is None else str(value) for key, value in row.items()} for row in found
    ]


def test_a_battle_is_not_counted_with_its_parts(base: Base) -> None:
    base.put(killed(ATTACK, 30))
    (row,) = rows(base, "group_by=country")
    assert (row["n_counted"], row["parts_left_out"], row["best"]) == (1, 1, 136)
    (row,) = rows(base, "group_by=country&id=" + ATTACK)
    assert (row["n_counted"], row["parts_left_out"], row["best"]) == (0, 1, None)


def test_nine_tens_and_one_at_least_add_up_to_what_is_known(base: Base) -> None:
    for number in range(10):
        base.put(incident(f"i{number}", country="IRQ"))
        said = {"qualifier": "at_most", "amount": 50} if number == 9 else {}
        base.put(killed(f"i{number}", 10, **said))
    base.put(incident("quiet", country="IRQ"))
    (row,) = rows(base, "group_by=country&country=IRQ")
    assert (row["low"], row["best"], row["high"]) == (90, 90, 140)
    assert (row["n_counted"], row["n_no_best"], row["n_unknown"]) == (10, 1, 1)


def test_data_sets_are_kept_apart_unless_a_filter_names_them(base: Base) -> None:
    base.put({"resource": "sources", "id": "ged", "title": "GED", "source_type": "dataset"})
    base.put(incident("i", dataset="ged"), killed("i", 5, dataset="ged"))
    found = {row["dataset"]: row["best"] for row in rows(base, "group_by=country")}
    assert found == {"ged": 5, None: 136}
    (row,) = rows(base, "group_by=country&dataset=ged")
    assert row["best"] == 5
    assert "dataset" not in row
    (row,) = rows(base, "group_by=country&dataset__exists=true")
    assert row["best"] == 5


def test_data_sets_are_kept_apart_by_name_before_they_were_published(base: Base) -> None:
    for name, day in (("d1", "2022-02-01"), ("d2", None)):
        source = {"id": name, "title": name.upper(), "source_type": "dataset", "published_at": day}
        base.put({"resource": "sources", **source}, incident(f"i-{name}", dataset=name))
    told = rows(base, "country=SYR&said_by=2022-01-30")
    assert [row["dataset"] for row in told] == ["d1", "d2", None]
    assert [row["dataset_title"] for row in told] == ["D1", "D2", None]


@pytest.mark.parametrize("rule", RULES)
def test_looking_up_says_the_same_as_adding_up_where_the_floor_is_below_the_low(
    base: Base, rule: str
) -> None:
    words = {"qualifier": "just_over", "amount": 20}
    base.put(incident("i", country="IRQ"), killed("i", 20, **words))
    looked_up = rows(base, f"country=IRQ&rule={rule}")
    assert looked_up == rows(base, f"country=IRQ&rule={rule}&date_start__gte=1900-01-01")
    told = base.json("/v1/incidents/i")["casualties"]["killed"]
    bounds = told if rule == "latest" else told["rules"][rule]
    assert looked_up[0]["low"] == (bounds and bounds["low"])


def test_groups_that_overlap_say_so_and_give_the_true_total(base: Base) -> None:
    for role in ("attacker", "party"):
        base.put({"resource": "participations", "incident": BATTLE, "actor": "sohr", "role": role})
    page = base.json("/v1/aggregate?group_by=actor")
    own = [row for row in page["data"] if row["actor"] == "sohr"]
    assert [(row["role"], row["best"]) for row in own] == [("attacker", 136), ("party", 136)]
    (total,) = page["meta"]["totals"]
    assert (total["n_incidents"], total["best"]) == (3, 136)


@pytest.mark.parametrize(
    ("query", "looked_up"),
    [
        ("group_by=country,month", True),
        ("group_by=year&event_type=battles&rule=median", True),
        ("group_by=country&country__not=IRQ&dataset__not=nos-2022-01-23-hasakah", True),
        ("group_by=admin1", False),
        ("group_by=country&from=2022-01-01", False),
        ("group_by=country&set=all", False),
        ("group_by=country&known_at=1&as_of=2022-01-23", False),
        ("group_by=country&country__exists=true", False),
    ],
)
def test_the_answer_says_whether_it_was_looked_up(
    sample: Base, query: str, looked_up: bool
) -> None:
    page = sample.json(f"/v1/aggregate?{query}")
    assert page["meta"]["looked_up"] is looked_up
    assert sum(row["best"] or 0 for row in page["data"]) == 136


def test_sums_follow_a_clock(base: Base) -> None:
    before = rows(base, "group_by=country,month")
    then = base.store.seq()
    base.put(incident("later"), killed("later", 14))
    base.write("DELETE", f"/v1/incidents/{ATTACK}?reason=x&cascade=true", If_Match="*")
    assert rows(base, f"group_by=country,month&known_at={then}") == before
    (row,) = rows(base, "group_by=country,month")
    assert (row["n_incidents"], row["best"]) == (3, 150)


@pytest.mark.parametrize("clock", ["as_of=2022-01-22", "said_by=2022-01-22", "as_of=2022-01-19"])
@pytest.mark.parametrize("rule", ["latest", "informative"])
def test_sums_under_a_clock_are_those_of_the_incidents_in_view(
    base: Base, clock: str, rule: str
) -> None:
    base.put(
        incident("early", date_start="2022-01-18"),
        killed("early", 2, said_at="2022-01-18", as_of_date="2022-01-18"),
        killed("early", 5, said_at="2022-01-22", as_of_date="2022-01-22"),
        killed("early", 9, claimant="is", said_at="2022-01-25", as_of_date="2022-01-25"),
    )
    table = base.get(f"/v1/incidents?{clock}&rule={rule}&f=csv").text
    best = [int(row["killed_best"] or 0) for row in csv.DictReader(io.StringIO(table))]
    (row,) = rows(base, f"group_by=country&{clock}&rule={rule}")
    assert (row["n_incidents"], row["best"]) == (len(best), sum(best))


def test_pages_give_each_group_once(base: Base) -> None:
    for country in ("DEU", "FRA", "IRQ", "NLD", None):
        base.put(incident(f"in-{country or 'none'}".lower(), country=country))
    whole = rows(base, "group_by=country,month")
    assert [row["country"] for row in whole] == ["DEU", "FRA", "IRQ", "NLD", "SYR", None]
    found, path = [], "/v1/aggregate?group_by=country,month&limit=2"
    while path:
        page = base.json(path)
        found += page["data"]
        path = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert found == whole
    table = base.get("/v1/aggregate?group_by=country,month&limit=2&f=csv")
    assert len(table.text.splitlines()) == 3
    assert 'rel="next"' in table.headers["Link"]


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("rule", ["latest", "median"])
def test_a_page_of_groups_has_the_numbers_of_the_whole(base: Base, group: str, rule: str) -> None:
    """Numbers are looked up for the groups of a page only: none may be missing, or another's."""
    kinds = ("battles", "protests", None)
    for number, country in enumerate(("DEU", "FRA", "IRQ", None)):
        name = f"in-{country or 'none'}".lower()
        more = {"event_type": kinds[number % 3], "date_start": f"{2019 + number}-03-01"}
        base.put(incident(name, country=country, **more))
        base.put(killed(name, number + 3), killed(name, number + 9, claimant="is"))
    path = f"/v1/aggregate?group_by={group},month&rule={rule}"
    whole = base.json(path)
    found, limited = [], f"{path}&limit=1"
    while limited:
        page = base.json(limited)
        found += page["data"]
        assert page["meta"].get("totals") == whole["meta"].get("totals")
        limited = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert found == whole["data"]
    assert any(row["best"] for row in found)


@pytest.mark.parametrize(
    ("query", "parameter", "words"),
    [
        ("group_by=weather", "group_by", "country"),
        ("group_by=country,month,year,admin1", "group_by", "3 are allowed"),
        ("group_by=country&measure=hurt", "measure", "killed"),
        ("group_by=country&rule=mean", "rule", "median"),
        ("group_by=country&set=some", "set", "all"),
        ("group_by=country&sort=id", "sort", "no parameter"),
        ("group_by=country&lat=3", "lat", "go together"),
        ("group_by=country&known_at=99", "known_at", "no transaction"),
        ("group_by=country&cursor=abc", "cursor", "damaged"),
    ],
)
def test_a_fault_is_named(sample: Base, query: str, parameter: str, words: str) -> None:
    answer = sample.get(f"/v1/aggregate?{query}")
    assert answer.status_code == (404 if words == "no transaction" else 400)
    told = {fault["parameter"]: fault["detail"] for fault in answer.get_json()["errors"]}
    assert words in told[parameter]


def test_what_the_client_has_is_not_sent_again(sample: Base) -> None:
    tag = sample.get("/v1/aggregate?group_by=country").headers["ETag"]
    assert sample.get("/v1/aggregate?group_by=country", If_None_Match=tag).status_code == 304


def test_sums_that_are_out_of_step_are_told_and_made_again(base: Base) -> None:
    base.put(killed(ATTACK, 30))
    with base.store.exclusive() as connection:
        connection.execute("UPDATE sums SET best = best + 1 WHERE measure = 'killed'")
        connection.execute("DELETE FROM left_out")
        keeper = Sums(base.store.tables, connection, 0)
        told = " ".join(keeper.faults())
        assert "sums: the row" in told
        assert "left_out: the measures" in told
        keeper.rebuild()
        assert not list(keeper.faults())
        connection.execute("COMMIT")
    (row,) = rows(base, "group_by=country")
    assert (row["best"], row["parts_left_out"]) == (136, 1)
    assert Sums in KEEPERS


@pytest.mark.parametrize("query", ["", "dataset__exists=false", "set=all", "known_at=1"])
def test_without_groups_all_is_added_up(sample: Base, query: str) -> None:
    (row,) = rows(sample, query)
    assert (row["n_incidents"], row["n_counted"], row["best"]) == (3, 1, 136)
    assert set(row) & {"country", "month"} == set()
