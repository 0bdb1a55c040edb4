"""The news item as answers: each of its rows, and the questions it must settle, by curl."""

import re
from typing import Any

import orjson
import pytest

from incidents_api import bundle
from tests.conftest import Base

NOS = "nos-2022-01-23-hasakah"
PRISON = "hasakah-prison"

#: The row's number and a path; indented, what the answer says: a member and its value, as text or
#: JSON. Claims were made on Sunday 23 January unless the row says Thursday (20) or Friday (21).
TABLE = """
1 /v1/incidents/hasakah-prison-battle-2022
    event_type battles; sub_event_type armed_clash; status ongoing; date_start 2022-01-20;
    date_end null; part_of null; country SYR; admin1 Hasakah; place Hasakah
1 /v1/incidents/hasakah-prison-battle-2022/participations?sort=id&actor=is
    meta.returned 1; data.0.actor is; data.0.role attacker; data.0.side a
1 /v1/incidents/hasakah-prison-battle-2022/participations?sort=id&actor=kurdish-fighters-sdf
    meta.returned 1; data.0.actor kurdish-fighters-sdf; data.0.role defender; data.0.side b
2 /v1/figures/hasakah-killed-sohr
    claimant sohr; claimant_stance monitor; said_at 2022-01-23; value_text zeker 136;
    qualifier at_least; amount 136; low 136; best null; high null;
    incident hasakah-prison-battle-2022; measure killed; measure_kind cumulative;
    as_of_date 2022-01-23; breakdowns [{"name":"by_side","disjoint":true,"complete":true}]
3 /v1/figures/hasakah-killed-sohr-is
    claimant sohr; claimant_stance monitor; said_at 2022-01-23; value_text "84"; qualifier exact;
    low 84; best 84; high 84; incident hasakah-prison-battle-2022; measure killed;
    measure_kind cumulative; as_of_date 2022-01-23; part_of hasakah-killed-sohr;
    breakdown by_side; population.actor ["is"]
4 /v1/figures/hasakah-killed-sohr-guards
    claimant sohr; claimant_stance monitor; said_at 2022-01-23; value_text "45"; qualifier exact;
    low 45; best 45; high 45; incident hasakah-prison-battle-2022; measure killed;
    measure_kind cumulative; as_of_date 2022-01-23; part_of hasakah-killed-sohr;
    breakdown by_side; population.role ["guard","security_force"]
5 /v1/figures/hasakah-killed-sohr-civilians
    claimant sohr; claimant_stance monitor; said_at 2022-01-23; value_text zeven; qualifier exact;
    low 7; best 7; high 7; incident hasakah-prison-battle-2022; measure killed;
    measure_kind cumulative; as_of_date 2022-01-23; part_of hasakah-killed-sohr;
    breakdown by_side; population.status ["civilian"]
6 /v1/figures/hasakah-escaped-sohr
    claimant sohr; claimant_stance monitor; said_at 2022-01-23; value_text honderden;
    qualifier hundreds; low 200; best null; high 999; incident hasakah-prison-battle-2022;
    measure escaped; measure_kind cumulative; population.role ["detainee"]
7 /v1/figures/hasakah-recaptured-sohr
    claimant sohr; claimant_stance monitor; said_at 2022-01-23; value_text een deel;
    qualifier unknown_count; low 1; best null; high null; incident hasakah-prison-battle-2022;
    measure recaptured
8 /v1/incidents/hasakah-prison-attack-2022
    date_start 2022-01-20; date_end 2022-01-20; part_of hasakah-prison-battle-2022; country SYR;
    admin1 Hasakah; place Hasakah; event_type detention; sub_event_type prison_break; status ended
8 /v1/figures/hasakah-attackers-nos
    claimant null; claimant_stance media; said_at 2022-01-23; value_text ruim honderd;
    qualifier more_than; amount 100; low 100; best null; high null;
    incident hasakah-prison-attack-2022; measure participants; as_of_date 2022-01-20;
    population.role ["attacker"]; population.actor ["is"]
9 /v1/figures/hasakah-held-nos
    claimant null; claimant_stance media; said_at 2022-01-23; value_text duizenden;
    qualifier thousands; low 2000; best null; high 9999; incident null; facility hasakah-prison;
    measure held; measure_kind stock; population.actor ["is"]
10 /v1/controls/hasakah-prison-guards-sdf
    facility hasakah-prison; actor sdf; control_type guards; source nos-2022-01-23-hasakah
10 /v1/actors/sdf/relations?sort=id
    meta.returned 2; data.0.type member_of; data.1.type member_of;
    data.0.from_actor arab-militias-sdf; data.1.from_actor kurdish-fighters-sdf
11 /v1/assertions/hasakah-attack-repelled-sdf
    claimant sdf; claimant_stance party; said_at 2022-01-20; incident hasakah-prison-attack-2022;
    predicate outcome; value repelled
11 /v1/assertions/hasakah-escapees-recaptured-sdf
    claimant sdf; claimant_stance party; said_at 2022-01-20; incident hasakah-prison-battle-2022;
    predicate escapees_recaptured; value yes; contradicts.0.figure hasakah-escaped-sohr;
    contradicts.1.figure hasakah-escaped-is
12 /v1/figures/hasakah-escaped-is
    claimant is; claimant_stance party; said_at 2022-01-23; value_text meer dan 800;
    qualifier more_than; amount 800; low 800; best null; high null;
    incident hasakah-prison-battle-2022; measure escaped; population.role ["detainee"]
13 /v1/figures/hasakah-guards-captured-is
    claimant is; claimant_stance opposing_party; said_at 2022-01-23; value_text tientallen;
    qualifier tens; low 20; best null; high 99; incident hasakah-prison-battle-2022;
    measure captured; population.role ["guard"]
14 /v1/assertions/hasakah-significance-nos
    claimant null; claimant_stance media; said_at 2022-01-23; incident hasakah-prison-battle-2022;
    predicate significance; value largest_is_attack_in_syria_since_2019
15 /v1/assertions/hasakah-residential-area-sdf
    claimant sdf; claimant_stance party; said_at 2022-01-23; incident hasakah-prison-battle-2022;
    predicate event_location; value residential_area_near_prison; speaker spokesman;
    sources.0.quote veel
15 /v1/incidents/hasakah-prison-battle-2022/sites?facility_type=residential
    meta.returned 1; data.0.facility null; data.0.role scene
16 /v1/assertions/hasakah-helicopters-resident
    claimant null; claimant_label a resident; claimant_stance witness; said_at 2022-01-23;
    incident hasakah-prison-battle-2022; predicate other; value helicopters_overhead; via ap;
    attribution anonymous
16 /v1/figures/hasakah-fled-resident
    claimant null; claimant_label a resident; claimant_stance witness; said_at 2022-01-23;
    value_text veel; qualifier unknown_count; low 1; best null; high null;
    incident hasakah-prison-battle-2022; measure displaced; via ap; attribution anonymous;
    population.status ["civilian"]
17 /v1/assertions/hasakah-ongoing-nos
    claimant null; claimant_stance media; said_at 2022-01-23; incident hasakah-prison-battle-2022;
    predicate outcome; value ongoing
17 /v1/incidents/hasakah-prison-battle-2022/participations?sort=id&actor=usa
    meta.returned 1; data.0.actor usa; data.0.role supporter; data.0.side b
18 /v1/incidents/hasakah-air-strikes-2022
    sub_event_type air_drone_strike; part_of hasakah-prison-battle-2022; date_start 2022-01-21;
    country SYR; admin1 Hasakah; place Hasakah
18 /v1/incidents/hasakah-air-strikes-2022/participations?role=air_support
    meta.returned 1; data.0.attribution confirmed; data.0.claimant pentagon;
    data.0.actor us-led-coalition; data.0.role air_support; data.0.side b
18 /v1/assertions/hasakah-air-strikes-occurred-pentagon
    claimant pentagon; claimant_stance government; said_at 2022-01-21;
    incident hasakah-air-strikes-2022; predicate event_occurred; value yes
19 /v1/assertions/hasakah-threat-persists-pentagon
    claimant pentagon; claimant_stance government; said_at 2022-01-21; predicate threat_persists;
    value yes; speaker spokesman
20 /v1/assertions/hasakah-prison-significance-nos
    claimant null; claimant_stance media; said_at 2022-01-23; incident null;
    facility hasakah-prison; predicate significance;
    value one_of_largest_prisons_for_is_fighters_in_syria
21 /v1/figures/hasakah-held-sympathisers-nos
    claimant null; claimant_stance media; said_at 2022-01-23; value_text naar schatting zo'n 5000;
    qualifier approximately; amount 5000; low 4500; best 5000; high 5500; facility hasakah-prison;
    measure held; measure_kind stock
21 /v1/figures/hasakah-held-commanders-nos
    claimant null; claimant_stance media; said_at 2022-01-23; value_text enkele;
    qualifier several; low 3; best null; high 9; facility hasakah-prison; measure held;
    population.role ["commander"]; part_of hasakah-held-sympathisers-nos
22 /v1/figures/sdf-held-dutch-nos
    claimant null; claimant_stance media; said_at 2022-01-23; value_text vijftien;
    qualifier exact; low 15; best 15; high 15; incident null; facility null; actor sdf;
    measure held; population.nationality ["NLD"]
"""


def read(text: str) -> Any:
    """Return a value of the table."""
    try:
        return orjson.loads(text)
    except ValueError:
        return text


def rows() -> list[tuple[int, str, dict[str, Any]]]:
    """Return the table's rows: number, path, and facts by dotted member."""
    made: list[tuple[int, str, dict[str, Any]]] = []
    for line in TABLE.strip().splitlines():
        if line.startswith(" "):
            facts = (fact.split(" ", 1) for fact in line.strip().removesuffix(";").split("; "))
            made[-1][2].update({name: read(text) for name, text in facts})
        else:
            number, path = line.split()
            made.append((int(number), path, {}))
    return made


ROWS = rows()


def at(value: Any, path: str) -> Any:
    """Return what stands at a dotted path."""
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


@pytest.mark.parametrize(("row", "path", "facts"), ROWS, ids=[f"{r}:{p}" for r, p, _ in ROWS])
def test_each_row_is_a_record_that_says_so(
    row: int, path: str, facts: dict[str, Any], sample: Base
) -> None:
    answer = sample.json(path)
    assert {name: at(answer, name) for name in facts} == facts


def test_no_row_is_left_out() -> None:
    assert {row for row, _, _ in ROWS} == set(range(1, 23))


#: A question and a path; indented, the ids of the records that answer it.
QUESTIONS = """
who guarded the prison: /v1/facilities/hasakah-prison/controls?control_type=guards
    hasakah-prison-guards-sdf
what the SDF guards: /v1/facilities?actor=sdf
    hasakah-prison
how many it held: /v1/facilities/hasakah-prison/figures?measure=held
    hasakah-held-commanders-nos hasakah-held-nos hasakah-held-sympathisers-nos
everything the SDF asserted: /v1/actors/sdf/assertions
    hasakah-attack-repelled-sdf hasakah-escapees-recaptured-sdf hasakah-residential-area-sdf
every number the SDF gave: /v1/actors/sdf/figures
every number IS gave: /v1/actors/is/figures
    hasakah-escaped-is hasakah-guards-captured-is
everything IS asserted: /v1/actors/is/assertions
every incident at the prison: /v1/facilities/hasakah-prison/incidents
    hasakah-air-strikes-2022 hasakah-prison-attack-2022 hasakah-prison-battle-2022
what the battle consists of: /v1/incidents/hasakah-prison-battle-2022/parts
    hasakah-air-strikes-2022 hasakah-prison-attack-2022
the parts of the 136: /v1/figures/hasakah-killed-sohr/parts
    hasakah-killed-sohr-civilians hasakah-killed-sohr-guards hasakah-killed-sohr-is
who counts the killed: /v1/figures?measure=killed&part_of__exists=false
    hasakah-killed-sohr
who counts the escaped: /v1/incidents/hasakah-prison-battle-2022/figures?measure=escaped
    hasakah-escaped-is hasakah-escaped-sohr
what had been asserted by the evening of 21 January: /v1/assertions?said_at__lte=2022-01-21
    hasakah-air-strikes-occurred-pentagon hasakah-attack-repelled-sdf
    hasakah-escapees-recaptured-sdf hasakah-threat-persists-pentagon
which numbers had been given by then: /v1/figures?said_at__lte=2022-01-21
what the document is the source of: /v1/sources/nos-2022-01-23-hasakah/incidents
    hasakah-air-strikes-2022 hasakah-prison-attack-2022 hasakah-prison-battle-2022
"""


def questions() -> list[tuple[str, str, set[str]]]:
    """Return the questions, with the path that asks each and the ids that answer it."""
    made: list[tuple[str, str, set[str]]] = []
    for line in QUESTIONS.strip().splitlines():
        if line.startswith(" "):
            made[-1][2].update(line.split())
        else:
            question, path = line.split(": ")
            made.append((question, path, set()))
    return made


@pytest.mark.parametrize(("question", "path", "ids"), questions())
def test_each_question_is_answered_by_a_list(
    question: str, path: str, ids: set[str], sample: Base
) -> None:
    found = sample.ids(path)
    assert (set(found), len(found)) == (ids, len(ids))


def test_the_parts_of_the_136_add_up(sample: Base) -> None:
    total = sample.json("/v1/figures/hasakah-killed-sohr")
    parts = sample.json("/v1/figures/hasakah-killed-sohr/parts")["data"]
    assert sum(part["best"] for part in parts) == total["low"] == 84 + 45 + 7


def test_the_escaped_are_200_to_999_or_more_than_800_and_no_more(sample: Base) -> None:
    figures = sample.json("/v1/figures?measure=escaped&sort=id")["data"]
    told = [(each["claimant"], each["low"], each["best"], each["high"]) for each in figures]
    assert told == [("is", 800, None, None), ("sohr", 200, None, 999)]


def test_how_many_are_held_is_said_by_the_source_in_its_own_voice(sample: Base) -> None:
    held = sample.json(f"/v1/facilities/{PRISON}/figures?measure=held&include=source")["data"]
    voices = {(each["claimant"], each["embedded"]["source"][0]["publisher"]) for each in held}
    assert voices == {(None, "nos")}


@pytest.mark.parametrize("word", ["Coalition", "Arab militias", "Kurdish fighters"])
def test_the_sdf_is_described_as_the_source_does(word: str, sample: Base) -> None:
    assert word in sample.json("/v1/actors/sdf")["description"]


def test_every_number_is_coded_from_the_dutch_words_that_were_printed(sample: Base) -> None:
    for figure in sample.json("/v1/figures?limit=1000")["data"]:
        assert figure["sources"][0]["quote"] == figure["value_text"]
        told = [figure[name] for name in ("value_lang", "coding_rule", "unit")]
        assert told == ["nl", "words-1", "persons"]


@pytest.mark.parametrize("name", ["participations", "sites", "controls"])
def test_every_part_is_printed_in_the_document(name: str, sample: Base) -> None:
    assert {each["source"] for each in sample.json(f"/v1/{name}")["data"]} == {NOS}


@pytest.mark.parametrize("name", ["figures", "assertions"])
def test_every_claim_is_printed_in_the_document_in_a_few_words(name: str, sample: Base) -> None:
    for claim in sample.json(f"/v1/{name}?limit=1000")["data"]:
        assert [row["source"] for row in claim["sources"]] == [NOS]
        assert all(len((row["quote"] or "").split()) <= 4 for row in claim["sources"])


def test_the_source_is_the_news_item(sample: Base) -> None:
    source = sample.json(f"/v1/sources/{NOS}")
    facts = {
        "title": "Tientallen doden bij gevechten rond Syrische IS-gevangenis",
        "publisher": "nos",
        "published_at": "2022-01-23",
        "language": "nl",
        "redistribution": "no",
        "url": "https://nos.nl/artikel/"
        "2414274-tientallen-doden-bij-gevechten-rond-syrische-is-gevangenis",
    }
    assert {name: source[name] for name in facts} == facts


def test_the_sample_s_readme_names_every_record_and_no_other(sample: Base) -> None:
    text = bundle.sample().with_name("README.md").read_text(encoding="utf-8")
    named = {(NOS, "sources"), ("nos", "actors")}
    for row in re.findall(r"^\| \d+ \|.*$", text, re.MULTILINE):
        for resource, names in re.findall(r"(\w+): ((?:`[^`]+`(?:, )?)+)", row):
            named |= {(name, resource) for name in re.findall("`([^`]+)`", names)}
    counts = sample.json("/v1/")["counts"]
    assert named == {(name, one) for one in counts for name in sample.ids(f"/v1/{one}")}
