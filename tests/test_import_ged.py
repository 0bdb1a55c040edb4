"""UCDP GED: every row becomes an incident with its sides and deaths, and can be traced back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from incidents_api.importers.report import Summary
from incidents_api.importers.source_cells import names_the_dead, split, withheld
from incidents_api.storage import consistency, releases
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base
from tests.imports import DONETSK, SAMPLE, run, table, told, written

ROWS = table(SAMPLE)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Base, Summary, Path]]:
    folder = tmp_path_factory.mktemp("ged")
    store = Store.make(folder / "ged.db")
    report = folder / "report.json"
    summary = run(store, SAMPLE, report=report, release="23.1")
    store.close()
    base = open_base(folder / "ged.db")
    yield base, summary, report
    base.store.close()


@pytest.fixture(scope="module")
def ged(imported: tuple[Base, Summary, Path]) -> Base:
    return imported[0]


def test_the_report_counts_what_is_in_the_file(imported: tuple[Base, Summary, Path]) -> None:
    _, summary, report = imported
    counts = summary.counts()
    assert {name: counts[name] for name in ("rows", "accepted", "refused", "repaired")} == {
        "rows": 600,
        "accepted": 600,
        "refused": 0,
        "repaired": 7,
    }
    assert counts["unknown_sources"] == 192
    whole = told(report)
    assert len(whole["rows"]) == 600
    assert whole["counts"] == counts
    assert [row["line"] for row in whole["rows"]] == sorted({row["line"] for row in whole["rows"]})


def test_repairs_say_what_was_changed_from_what_to_what(
    imported: tuple[Base, Summary, Path],
) -> None:
    rows = told(imported[2])["rows"]
    mended = {row["id"]: row["repairs"] for row in rows if row["repairs"]}
    assert mended["incidents/ucdp-ged-386422"] == [
        {"what": "low/best/high", "from": "12/11/12", "to": "11/11/12"}
    ]
    assert len(mended) == 7


def test_every_row_can_be_traced_back_to_its_line(ged: Base) -> None:
    lines = SAMPLE.read_text(encoding="utf-8").split("\n")
    found = {}
    for page in ("sort=id&limit=1000",):
        for incident in ged.json(f"/v1/incidents?{page}")["data"]:
            file, _, line = incident["source_values"]["imported_from"].partition(":")
            assert file == SAMPLE.name
            number = incident["external_ids"][0]["value"]
            assert lines[int(line) - 1].startswith(f"{number},")
            found[number] = incident["id"]
    assert found == {row["id"]: f"ucdp-ged-{row['id']}" for row in ROWS}


def test_an_incident_says_what_its_row_says(ged: Base) -> None:
    row = next(row for row in ROWS if row["id"] == "162326")
    found = ged.json("/v1/incidents/ucdp-ged-162326")
    assert found["date_start"] == row["date_start"]
    assert found["place"] == row["where_coordinates"]
    assert found["admin1"] == (row["adm_1"] or None)
    assert found["type_of_violence"] == int(row["type_of_violence"])
    assert (found["latitude"], found["longitude"]) == (
        float(row["latitude"]),
        float(row["longitude"]),
    )
    assert found["dataset"] == "ucdp-ged"
    assert found["source_values"]["where_description"] == row["where_description"].strip()
    assert found["source_values"]["relid"] == row["relid"]
    kept = set(found["source_values"]) - {"imported_from"}
    assert kept <= set(row)


def test_the_sides_are_parties_and_actors_have_their_ids(ged: Base) -> None:
    row = ROWS[0]
    page = ged.json(f"/v1/incidents/ucdp-ged-{row['id']}/participations?include=actor")
    sides = {
        one["side"]: (one["role"], one["embedded"]["actor"]["name"], one["actor"])
        for one in page["data"]
    }
    assert sides == {
        "a": ("party", row["side_a"], f"ucdp-actor-{row['side_a_new_id']}"),
        "b": ("party", row["side_b"], f"ucdp-actor-{row['side_b_new_id']}"),
    }
    actor = ged.json(f"/v1/actors/ucdp-actor-{row['side_a_new_id']}")
    assert actor["external_ids"] == [{"scheme": "ucdp_actor", "value": row["side_a_new_id"]}]


@pytest.mark.parametrize("row", [row for row in ROWS if int(row["best"]) == 0][:3] + ROWS[:5])
def test_deaths_are_a_total_and_a_part_for_each_column(ged: Base, row: dict[str, str]) -> None:
    name = f"ucdp-ged-{row['id']}"
    figures = {
        one["id"].removeprefix(f"{name}-killed"): one
        for one in ged.json(f"/v1/incidents/{name}/figures")["data"]
    }
    total = figures.pop("")
    numbers = [int(row[column]) for column in ("low", "best", "high")]
    assert [total[bound] for bound in ("low", "best", "high")] == numbers
    assert (total["qualifier"], total["coding_rule"], total["claimant"]) == (
        None,
        "source",
        "ucdp",
    )
    assert total["claimant_stance"] == "compiler"
    assert (total["said_at"], total["said_at_prec"]) == ("2023-12-31", "year")
    assert {part: one["best"] for part, one in figures.items()} == {
        f"-{part}": int(row[f"deaths_{part}"]) for part in ("a", "b", "civilians", "unknown")
    }
    for one in figures.values():
        assert (one["part_of"], one["breakdown"], one["coding_rule"]) == (
            total["id"],
            "by_side",
            "assumed",
        )
    (answer,) = [
        one
        for one in ged.json(f"/v1/incidents/{name}/estimates?measure=killed")["data"]
        if not any(one["question"]["population"].values())
    ]
    assert (answer["low"], answer["best"], answer["high"]) == tuple(numbers)
    assert answer["breakdowns"][0]["adds_up"] is True


def test_repaired_bounds_keep_the_original(ged: Base) -> None:
    found = ged.json("/v1/figures/ucdp-ged-162326-killed")
    assert [found[name] for name in ("low", "best", "high")] == [2, 2, 3]
    assert found["source_values"] == {"low": 3, "best": 2, "high": 2}


def test_sources_not_counted_are_unknown(ged: Base) -> None:
    row = next(row for row in ROWS if row["number_of_sources"] == "-1")
    found = ged.json(f"/v1/incidents/ucdp-ged-{row['id']}")
    assert found["number_of_sources"] is None
    assert found["source_values"]["source_article"] == row["source_article"].strip()


def test_source_columns_become_sources(ged: Base) -> None:
    row = next(row for row in ROWS if row["source_office"] == "Reuters News;Reuters News")
    page = ged.json(f"/v1/figures/ucdp-ged-{row['id']}-killed")
    cited = [one["source"] for one in page["sources"]]
    found = [ged.json(f"/v1/sources/{name}") for name in cited]
    assert ";".join(one["author"] for one in found) == row["source_office"]
    assert ";".join(one["published_at"] for one in found) == row["source_date"]
    assert ";".join(one["title"] for one in found) == row["source_headline"]


def test_no_name_of_the_dead_is_kept(empty: Base, tmp_path: Path) -> None:
    article = '"VDC,2012-05-15,Name\tAn Invented Person";"SOHR,2012-05-15,Two killed"'
    row = ROWS[0] | {
        "number_of_sources": "2",
        "source_article": article,
        "source_office": "VDC;SOHR",
        "source_date": "2012-05-15;2012-05-15",
        "source_headline": "Name\tAn Invented Person;Two killed",
    }
    report = tmp_path / "report.json"
    summary = run(empty.store, written(tmp_path / "one.csv", [row]), report=report)
    assert summary.counts()["names_withheld"] == 1
    assert "names of people who were killed" in told(report)["rows"][0]["notes"][-1]
    empty.store.close()
    files = empty.store.path.parent.glob(f"{empty.store.path.name}*")
    everything = "".join(file.read_bytes().decode("latin-1") for file in files)
    assert "Two killed" in everything
    assert "Invented Person" not in everything
    kept = empty.json(f"/v1/incidents/ucdp-ged-{row['id']}")["source_values"]
    assert kept["source_headline"] == "[name withheld];Two killed"
    assert kept["source_office"] == "VDC;SOHR"


def test_names_are_not_kept_of_columns_that_cannot_be_split(empty: Base, tmp_path: Path) -> None:
    row = ROWS[0] | {
        "source_article": '"VDC,no day,An Invented Person";"SOHR,2012-05-15,Two killed"',
        "source_office": "VDC;SOHR",
        "source_headline": "An Invented Person;Two killed",
    }
    summary = run(empty.store, written(tmp_path / "one.csv", [row]))
    assert summary.counts()["names_withheld"] == 1
    kept = empty.json(f"/v1/incidents/ucdp-ged-{row['id']}")["source_values"]
    assert kept["source_article"] == '"VDC,[name withheld]";"SOHR,2012-05-15,Two killed"'
    assert kept["source_headline"] == "[name withheld]"


def test_the_data_set_is_a_source_with_its_terms(ged: Base) -> None:
    found = ged.json("/v1/sources/ucdp-ged")
    assert (found["source_type"], found["licence"], found["redistribution"], found["release"]) == (
        "dataset",
        "CC BY 4.0",
        "yes",
        "23.1",
    )
    assert "Davies, Pettersson and Öberg (2023)" in found["citation"]
    assert found["coverage"].startswith("600 rows, 1989-")
    assert len(found["sha256"]) == 64
    assert found["publisher"] == "ucdp"


def test_everything_is_in_step(ged: Base) -> None:
    assert list(consistency.faults(ged.store, lambda _: None)) == []


@pytest.mark.parametrize(
    ("headline", "tells"),
    [
        ("Name\tAn Invented Person", True),
        ("31y.o. An Invented killed in enemy shelling at Maryinka", True),
        ("An Invented was killed by a sniper bullet near Avdiyivka", True),
        ("They have killed An Invented", True),
        ("Seven Cameroonian soldiers killed in Boko Haram attack", False),
        ("Three Ukrainian Soldiers killed in Donetsk", False),
        ("Nine Taleban killed in clashes with security forces", False),
        ("Slavyansk", False),
    ],
)
def test_headlines_that_tell_a_name_are_known_by_their_form(headline: str, *, tells: bool) -> None:
    assert names_the_dead(headline) is tells


def test_a_register_of_the_dead_is_known_by_its_office() -> None:
    entries = split('"VDC,2012-05-15,An Invented";"Reuters,2012-05-16,Two killed"')
    assert entries
    told = [one.headline for one in withheld(entries)]
    assert told == ["[name withheld]", "Two killed"]


def test_the_same_file_twice_changes_nothing(imported: tuple[Base, Summary, Path]) -> None:
    base, first, _ = imported
    again = run(base.store, SAMPLE, release="23.1")
    assert again.seq == (first.seq[1], first.seq[1])
    assert again.counts()["unchanged"] == 600


def totals(base: Base, path: str) -> list[Any]:
    """Return all differences, over all pages."""
    found: list[Any] = []
    while path:
        page = base.json(path)
        found += page["data"]
        path = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    return found


def test_a_later_release_changes_what_the_publisher_changed(empty: Base) -> None:
    store = empty.store
    first = run(store, DONETSK[0])
    assert (first.head["release"], first.counts()["repaired"]) == ("20.1", 10)
    releases.create(store, "a", "test")
    second = run(store, DONETSK[1], withdraw_missing=True)
    releases.create(store, "b", "test")
    counts = second.counts()
    assert (counts["rows"], counts["accepted"], counts["changed"]) == (2057, 1339, 718)
    assert (len(second.missing), second.withdrawn) == (62, 62)
    meta = empty.json("/v1/releases/a/diff/b?resource=incidents&total=true&limit=1")["meta"]
    incidents = meta["counts"]["incidents"]
    assert incidents["changes"] == {"added": 1339, "withdrawn": 62, "changed": 718}
    assert [incidents["fields"][name] for name in ("date_start", "date_end", "place")] == [
        14,
        32,
        312,
    ]
    changed = totals(empty, "/v1/releases/a/diff/b?resource=figures&change=changed&limit=1000")
    whole = [one for one in changed if one["id"].endswith("-killed")]
    for field, number in (("best", 37), ("low", 39), ("high", 36)):
        told_of = [one for one in whole if field in {it["field"] for it in one["fields"]}]
        assert len(told_of) == number
    assert list(consistency.faults(store, lambda _: None)) == []
    gone = next(iter(second.missing))
    assert empty.get(f"/v1/incidents/{gone}").status_code == 410
    history = empty.json(f"/v1/incidents/{gone}/history")["data"]
    assert history[0]["why"] == "not in the import of ucdp-ged 22.1"


def test_old_versions_stay(empty: Base, tmp_path: Path) -> None:
    row = dict(table(DONETSK[0])[0])
    run(empty.store, written(tmp_path / "old-20.1.csv", [row]))
    later = row | {"best": "4", "deaths_b": "3", "high": "4"}
    run(empty.store, written(tmp_path / "new-22.1.csv", [later]))
    name = f"ucdp-ged-{row['id']}"
    history = empty.json(f"/v1/figures/{name}-killed/history?fields=best")["data"]
    assert [one["record"]["best"] for one in history] == [4, 3]
    assert [one["why"] for one in history] == [
        "import of ucdp-ged 22.1",
        "import of ucdp-ged 20.1",
    ]
