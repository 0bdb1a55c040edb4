"""ACLED: every row becomes a restricted incident with its actors and deaths; rows are invented."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from incidents_api.importers import naming
from incidents_api.importers.acled import OLD_TYPES, PREFIX
from incidents_api.model.vocabularies import vocabularies
from tests.conftest import Base
from tests.imports import Imported
from tests.invented import acled, old_acled


def actor_id(name: str) -> str:
    return naming.stable("acled-actor", name)


@pytest.fixture
def one(empty: Base, tmp_path: Path) -> Imported:
    """A row of each kind of export, apart from each other."""
    first = Imported(empty, tmp_path, acled())
    Imported(empty, tmp_path, old_acled())
    return first


def test_an_incident_says_what_its_row_says(one: Imported) -> None:
    found = one.record("incidents", "acled-syr900001")
    row = acled()
    assert found["external_ids"] == [{"scheme": "acled", "value": "SYR900001"}]
    assert (found["event_type"], found["sub_event_type"]) == ("battles", "armed_clash")
    assert found["disorder_type"] == ["political_violence"]
    assert found["civilian_targeting"] is False
    assert (found["date_start"], found["date_end"], found["date_prec"]) == ("2024-03-05",) * 2 + (
        1,
    )
    assert (found["country"], found["admin1"], found["place"]) == (
        "SYR",
        row["admin1"],
        row["location"],
    )
    assert (found["latitude"], found["longitude"], found["where_prec"]) == (36.5, 40.75, 2)
    assert found["summary"] == row["notes"]
    assert found["title"].startswith("Armed clash: Invented Front - Military Forces of Exampleland")
    assert (found["dataset"], found["visibility"]) == ("acled", "restricted")
    assert found["source_values"] == {
        "imported_from": "export.csv:2",
        **{
            name: row[name]
            for name in (
                *("year", "time_precision", "actor1", "assoc_actor_1", "inter1", "actor2"),
                *("inter2", "interaction", "iso", "country", "admin3", "geo_precision"),
                *("source_scale", "tags", "population_best"),
            )
        },
    }


def test_old_exports_are_read_too(one: Imported) -> None:
    found = one.record("incidents", "acled-syr900002")
    assert (found["event_type"], found["sub_event_type"]) == (
        "violence_against_civilians",
        "attack",
    )
    assert found["civilian_targeting"] is None
    assert found["disorder_type"] == []
    assert (found["date_start"], found["date_prec"], found["where_prec"]) == ("2012-01-23", 3, 4)
    kinds = {
        name: one.record("actors", actor_id(name))["actor_type"]
        for name in ("Invented Militia", "Civilians (Exampleland)", "Teachers (Exampleland)")
    }
    assert list(kinds.values()) == ["political_militia", "civilians", "unknown"]


def test_actors_are_parties_and_associates_with_their_sides(one: Imported) -> None:
    names = {
        "Invented Front": ("a", "party"),
        "Invented Youth Wing": (f"a-{naming.digest('Invented Youth Wing')}", "associated"),
        "Invented Scouts": (f"a-{naming.digest('Invented Scouts')}", "associated"),
        "Military Forces of Exampleland (2000-)": ("b", "party"),
    }
    for name, (ending, role) in names.items():
        part = one.record("participations", f"acled-syr900001-{ending}")
        assert (part["actor"], part["role"], part["side"]) == (actor_id(name), role, ending[0])
        assert (part["claimant"], part["visibility"]) == ("acled", "restricted")
        actor = one.record("actors", actor_id(name))
        assert (actor["name"], actor["visibility"]) == (name, "restricted")


def test_deaths_are_bounded_by_the_rule_of_acled(one: Imported) -> None:
    found = one.record("figures", "acled-syr900001-killed")
    assert [found[name] for name in ("amount", "low", "best", "high", "coding_rule")] == [
        *(12, 12, 12, None),
        "acled-1",
    ]
    assert (found["qualifier"], found["method"], found["claimant_stance"]) == (
        None,
        "coded",
        "compiler",
    )
    assert (found["said_at"], found["said_at_prec"]) == ("2024-03-09T16:00:00Z", "instant")
    assert (found["as_of_date"], found["as_of_prec"]) == ("2024-03-05", 1)
    other = one.record("figures", "acled-syr900002-killed")
    assert [other[name] for name in ("low", "best", "high")] == [7, 7, 7]
    block = one.record("incidents", "acled-syr900001")["casualties"]["killed"]
    assert (block["low"], block["best"], block["high"], block["high_open"]) == (12, 12, 12, True)


def test_each_medium_is_one_source(one: Imported) -> None:
    cited = one.record("figures", "acled-syr900001-killed")["sources"]
    names = [one.record("sources", each["source"]) for each in cited]
    assert [each["title"] for each in names] == ["Example Gazette", "Invented Radio"]
    again = one.record("figures", "acled-syr900002-killed")["sources"]
    assert again[0]["source"] == cited[0]["source"]
    assert names[0]["visibility"] == "restricted"


def labels(vocabulary: str) -> Iterable[str]:
    terms = vocabularies()[vocabulary].terms
    return (str(one.term) for one in terms if "detention" not in (one.term, one.parent))


#: Every type of event that the codebook has, as exports print it, and our term.
PRINTED = {
    "Battles": "battles",
    "Explosions/Remote violence": "explosions_remote_violence",
    "Violence against civilians": "violence_against_civilians",
    "Protests": "protests",
    "Riots": "riots",
    "Strategic developments": "strategic_developments",
}
NARROWER = {
    "Armed clash": "armed_clash",
    "Government regains territory": "government_regains_territory",
    "Non-state actor overtakes territory": "non_state_actor_overtakes_territory",
    "Chemical weapon": "chemical_weapon",
    "Air/drone strike": "air_drone_strike",
    "Suicide bomb": "suicide_bomb",
    "Shelling/artillery/missile attack": "shelling_artillery_missile_attack",
    "Remote explosive/landmine/IED": "remote_explosive_landmine_ied",
    "Grenade": "grenade",
    "Sexual violence": "sexual_violence",
    "Attack": "attack",
    "Abduction/forced disappearance": "abduction_forced_disappearance",
    "Peaceful protest": "peaceful_protest",
    "Protest with intervention": "protest_with_intervention",
    "Excessive force against protesters": "excessive_force_against_protesters",
    "Violent demonstration": "violent_demonstration",
    "Mob violence": "mob_violence",
    "Agreement": "agreement",
    "Arrests": "arrests",
    "Change to group/activity": "change_to_group_activity",
    "Disrupted weapons use": "disrupted_weapons_use",
    "Headquarters or base established": "headquarters_or_base_established",
    "Looting/property destruction": "looting_property_destruction",
    "Non-violent transfer of territory": "non_violent_transfer_of_territory",
    "Other": "other",
}


def test_every_type_of_the_codebook_has_its_term(empty: Base, tmp_path: Path) -> None:
    assert set(PRINTED.values()) == set(labels("event_type"))
    assert set(NARROWER.values()) == set(labels("sub_event_type"))
    parents = {str(one.term): one.parent for one in vocabularies()["sub_event_type"].terms}
    wide = {term: label for label, term in PRINTED.items()}
    rows = [
        acled(
            event_id_cnty=f"SYR{number}",
            event_type=wide[str(parents[term])],
            sub_event_type=label,
        )
        for number, (label, term) in enumerate(NARROWER.items())
    ]
    done = Imported(empty, tmp_path, *rows)
    assert [row["notes"] for row in done.rows] == [[]] * len(rows)
    for number, term in enumerate(NARROWER.values()):
        found = done.record("incidents", f"acled-syr{number}")
        assert (found["event_type"], found["sub_event_type"]) == (parents[term], term)


@pytest.mark.parametrize(
    ("printed", "wide", "narrow"),
    [
        ("Battle-No change of territory", "battles", "armed_clash"),
        ("Battle-Government regains territory", "battles", "government_regains_territory"),
        ("Remote violence", "explosions_remote_violence", None),
        ("Strategic development", "strategic_developments", None),
        ("Riots/Protests", None, None),
    ],
)
def test_types_of_before_2019(
    empty: Base, tmp_path: Path, printed: str, wide: str | None, narrow: str | None
) -> None:
    done = Imported(empty, tmp_path, old_acled(event_type=printed, sub_event_type=""))
    found = done.record("incidents", "acled-syr900002")
    assert (found["event_type"], found["sub_event_type"]) == (wide, narrow)
    assert found["source_values"]["event_type"] == printed
    assert bool(done.rows[0]["notes"]) is (wide is None)


def test_old_types_are_terms_that_go_together() -> None:
    parents = {one.term: one.parent for one in vocabularies()["sub_event_type"].terms}
    for wide, narrow in OLD_TYPES.values():
        assert wide in vocabularies()["event_type"].codes
        assert narrow is None or parents[narrow] == wide


def test_the_oldest_exports_have_capitals(empty: Base, tmp_path: Path) -> None:
    row = {name.upper(): cell for name, cell in old_acled().items()}
    row["ALLY_ACTOR_2"] = row.pop("ASSOC_ACTOR_2")
    done = Imported(empty, tmp_path, row)
    assert done.summary.counts()["accepted"] == 1
    part = f"acled-syr900002-b-{naming.digest('Teachers (Exampleland)')}"
    assert done.record("participations", part)["role"] == "associated"


def test_what_is_not_known_is_kept_and_told(empty: Base, tmp_path: Path) -> None:
    unknown = {
        "event_type": "Quarrels",
        "disorder_type": "Political violence; Unrest",
        "civilian_targeting": "Perhaps",
        "time_precision": "9",
        "inter1": "Ghosts",
    }
    done = Imported(empty, tmp_path, acled(**unknown))
    found = done.record("incidents", "acled-syr900001")
    assert {name: found["source_values"][name] for name in unknown} == unknown
    assert (found["event_type"], found["sub_event_type"]) == (None, "armed_clash")
    assert found["disorder_type"] == ["political_violence"]
    assert (found["civilian_targeting"], found["date_prec"]) == (None, None)
    told_of = " ".join(done.rows[0]["notes"])
    assert all(name in told_of for name in unknown)


def test_a_narrower_type_of_another_type_is_kept_and_told(empty: Base, tmp_path: Path) -> None:
    done = Imported(empty, tmp_path, acled(sub_event_type="Grenade"))
    found = done.record("incidents", "acled-syr900001")
    assert (found["event_type"], found["sub_event_type"]) == ("battles", None)
    assert found["source_values"]["sub_event_type"] == "Grenade"
    assert done.rows[0]["notes"] == ["sub_event_type: 'Grenade' is not of battles; it is kept"]


def test_both_types_of_disorder_are_taken(empty: Base, tmp_path: Path) -> None:
    both = {"disorder_type": "Political violence; Demonstrations"}
    done = Imported(empty, tmp_path, acled(**both, civilian_targeting="Civilian targeting"))
    found = done.record("incidents", "acled-syr900001")
    assert found["disorder_type"] == ["political_violence", "demonstrations"]
    assert found["civilian_targeting"] is True


def test_a_source_column_that_sources_do_not_tell_is_kept(empty: Base, tmp_path: Path) -> None:
    done = Imported(empty, tmp_path, acled(source="Example Gazette;Example Gazette"))
    assert len(done.record("figures", "acled-syr900001-killed")["sources"]) == 1
    kept = done.record("incidents", "acled-syr900001")["source_values"]
    assert kept["source"] == "Example Gazette;Example Gazette"


def test_long_notes_are_cut_and_kept_whole(empty: Base, tmp_path: Path) -> None:
    notes = "Nothing happened. " * 600
    done = Imported(empty, tmp_path, acled(notes=notes))
    found = done.record("incidents", "acled-syr900001")
    assert len(found["summary"]) <= 5000
    kept = found["source_values"]
    assert kept["notes"] + kept["notes (2)"] == notes


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"event_id_cnty": "syr1"}, "event_id_cnty: is 'syr1'; it must be capitals and digits"),
        ({"event_date": "5/3/2024"}, "event_date: is '5/3/2024'; it must be a day"),
        ({"event_date": ""}, "event_date: is empty"),
        ({"fatalities": ""}, "fatalities: is empty"),
        ({"fatalities": "dozens"}, "fatalities: is 'dozens'; it must be a whole number"),
        ({"fatalities": "-1"}, "amount: is -1; it must be from 0"),
        ({"timestamp": "9" * 15}, "timestamp: is 999999999999999; it must be seconds since 1970"),
        ({"assoc_actor_1": "x" * 301}, "assoc_actor_1: names somebody in 301 characters"),
    ],
)
def test_a_row_that_cannot_be_taken_is_refused_with_the_reason(
    empty: Base, tmp_path: Path, cells: dict[str, str], reason: str
) -> None:
    done = Imported(empty, tmp_path, acled(**cells))
    (row,) = done.rows
    assert (row["outcome"], row["line"]) == ("refused", 2)
    assert any(reason in one for one in row["reasons"])
    assert done.summary.counts()["refused"] == 1
    assert done.base.store.get("incidents", f"{PREFIX}syr900001") is None


def test_a_point_that_is_none_is_left_out_and_told(empty: Base, tmp_path: Path) -> None:
    done = Imported(empty, tmp_path, acled(latitude="365"))
    found = done.record("incidents", "acled-syr900001")
    assert (found["latitude"], found["longitude"]) == (None, None)
    assert found["source_values"]["latitude"] == "365"
    repair = {"what": "latitude/longitude", "from": "365/40.75", "to": "no point"}
    assert done.rows[0]["repairs"] == [repair]


def test_a_country_that_no_text_can_hold_stops_no_import(empty: Base, tmp_path: Path) -> None:
    done = Imported(empty, tmp_path, acled(country="Exa\x01mple" * 300))
    assert done.summary.counts()["accepted"] == 1
    assert len(done.record("sources", "acled")["coverage"]) < 300


def test_two_names_that_read_alike_are_two_actors(empty: Base, tmp_path: Path) -> None:
    done = Imported(empty, tmp_path, acled(actor1="Invented-Front", assoc_actor_1="Invented Front"))
    first = done.record("participations", "acled-syr900001-a")["actor"]
    other = f"acled-syr900001-a-{naming.digest('Invented Front')}"
    assert first != done.record("participations", other)["actor"]


def test_an_actor_who_is_here_under_that_name_is_taken_and_stays_public(
    empty: Base, tmp_path: Path
) -> None:
    alias = [{"name": "Invented Scouts", "lang": "en"}]
    empty.put(
        {"resource": "actors", "id": "front", "name": "Invented Front", "actor_type": "unknown"},
        {
            "resource": "actors",
            "id": "scouts",
            "name": "Scouts of Exampleland",
            "actor_type": "unknown",
            "aliases": alias,
        },
    )
    before = [empty.json(f"/v1/actors/{name}") for name in ("front", "scouts")]
    done = Imported(empty, tmp_path, acled())
    assert done.record("participations", "acled-syr900001-a")["actor"] == "front"
    scouts = f"acled-syr900001-a-{naming.digest('Invented Scouts')}"
    assert done.record("participations", scouts)["actor"] == "scouts"
    assert [empty.json(f"/v1/actors/{name}") for name in ("front", "scouts")] == before
