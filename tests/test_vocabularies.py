"""The controlled vocabularies: which terms there are, and that each says what it means."""

import re
from typing import Any, Final

import pytest
from marshmallow import ValidationError

from incidents_api.model import RESOURCES, quantities
from incidents_api.model.fields import Code, Kind, Many, Members, Rows
from incidents_api.model.published import published
from incidents_api.model.vocabularies import Vocabulary, vocabularies

#: Every list of the model, as its text gives it.
TERMS: Final[dict[str, str]] = {
    "event_type": "battles explosions_remote_violence violence_against_civilians protests riots "
    "strategic_developments detention",
    "actor_type": "state_forces rebel_group political_militia identity_militia rioters protesters "
    "civilians external_other_forces government intergovernmental international_coalition "
    "security_service private_military monitor_ngo data_set_compiler media person unknown",
    "facility_type": "prison detention_centre displacement_camp military_base checkpoint "
    "police_station hospital school place_of_worship market residential government_building court "
    "media_office aid_facility power water oil_gas bridge_road airport port border_crossing "
    "cultural_site other unknown",
    "protected_status": "none medical religious cultural educational humanitarian",
    "measure": "killed injured captured hostage detained held escaped freed recaptured surrendered "
    "missing disappeared displaced evacuated bodies_found participants deployed attacks capacity "
    "other",
    "population_status": "civilian other_protected armed_forces direct_participant combatant "
    "unknown",
    "population_role": "guard security_force attacker defender detainee commander bystander",
    "population_occupation": "aid_worker medical journalist teacher other",
    "population_age_group": "child adult unknown",
    "population_sex": "female male unknown",
    "participation_role": "party associated initiator attacker perpetrator alleged_perpetrator "
    "defender target victim guarding_force detaining_authority detainee supporter air_support "
    "intervener mediator bystander",
    "participation_attribution": "claimed_responsibility alleged confirmed denied inferred",
    "predicate": "outcome responsibility event_occurred event_date event_location event_type "
    "support_given escapees_recaptured threat_persists significance other",
    "outcome": "repelled ongoing control_regained facility_overrun inconclusive",
    "cause": "heavy_explosive planted_explosive small_arms incendiary chemical biological "
    "radiological less_lethal bladed_blunt denial_of_essentials accident other unknown",
    "verification_status": "reported corroborated verified contested discounted retracted",
    "source_type": "news_agency news_media ngo_report official_statement party_statement un_report "
    "social_media court_record witness_testimony dataset other",
    "claimant_stance": "party opposing_party monitor government intergovernmental media witness "
    "compiler unknown",
    "claim_attribution": "direct_quote paraphrase anonymous unattributed",
    "claim_status": "active retracted refuted disputed",
    "rank": "preferred normal deprecated",
    "source_reliability": "A B C D E F",
    "unit": "persons families bodies events strikes",
    "measure_kind": "cumulative incremental stock",
    "method": "individually_documented reported statistical_estimate projection coded",
    "scope_includes_perpetrators": "yes no unknown",
    "scope_deaths": "direct indirect excess",
    "qualifier": "exact at_least more_than just_over at_most less_than approximately almost range "
    "couple several tens dozens scores hundreds thousands unknown_count none not_reported",
    "side": "a b c",
    "site_role": "target scene base origin destination",
    "control_type": "guards operates occupies",
    "relation_type": "follows retaliates_for enables same_campaign related_to coordinated_with "
    "duplicate_of member_of alias_of splinter_of merged_into allied_with",
    "incident_status": "ongoing ended unknown",
    "alias_kind": "official acronym alias former transliteration",
    "scheme": "ucdp_ged ucdp_actor acled gtd maverick wikidata geonames glide url",
    "redistribution": "yes no unknown",
    "visibility": "public restricted embargoed",
    "coordinates_generalized_to": "hundredth_degree tenth_degree degree",
}
SCALES: Final = {
    "where_prec": 7,
    "date_prec": 5,
    "type_of_violence": 3,
    "information_credibility": 6,
}
SUB_EVENTS: Final = {
    "battles": "armed_clash government_regains_territory non_state_actor_overtakes_territory",
    "explosions_remote_violence": "chemical_weapon air_drone_strike suicide_bomb "
    "shelling_artillery_missile_attack remote_explosive_landmine_ied grenade",
    "violence_against_civilians": "sexual_violence attack abduction_forced_disappearance",
    "protests": "peaceful_protest protest_with_intervention excessive_force_against_protesters",
    "riots": "violent_demonstration mob_violence",
    "strategic_developments": "agreement arrests change_to_group_activity disrupted_weapons_use "
    "headquarters_or_base_established looting_property_destruction "
    "non_violent_transfer_of_territory other",
    "detention": "prison_break prison_riot mass_escape detainee_transfer execution_of_detainees",
}
RELATIONS: Final = {
    "incidents": "follows retaliates_for enables same_campaign related_to coordinated_with "
    "duplicate_of",
    "actors": "member_of alias_of splinter_of merged_into allied_with",
}
ALL: Final = [pytest.param(vocabulary, id=name) for name, vocabulary in published().items()]


def codes() -> dict[str, Code]:
    """Return every coded field of every resource, by its place."""

    def within(place: str, kind: Kind) -> dict[str, Code]:
        if isinstance(kind, Code):
            return {place: kind}
        if isinstance(kind, Many):
            return within(place, kind.item)
        if isinstance(kind, Members | Rows):
            found = [within(f"{place}.{name}", inner) for name, inner in kind.members.items()]
            return {name: code for part in found for name, code in part.items()}
        return {}

    return {
        place: code
        for record in RESOURCES
        for name, kind in record.kinds().items()
        for place, code in within(f"{record.resource}.{name}", kind).items()
    }


@pytest.mark.parametrize(("name", "terms"), TERMS.items(), ids=TERMS)
def test_a_vocabulary_has_exactly_the_terms_of_the_model(name: str, terms: str) -> None:
    assert sorted(map(str, vocabularies()[name].codes)) == sorted(terms.split())


@pytest.mark.parametrize(("name", "last"), SCALES.items(), ids=SCALES)
def test_a_scale_has_every_step(name: str, last: int) -> None:
    assert vocabularies()[name].codes == tuple(range(1, last + 1))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("sub_event_type", SUB_EVENTS), ("relation_type", RELATIONS)],
    ids=["sub_event_type", "relation_type"],
)
def test_a_narrower_term_stands_under_its_wider_one(name: str, expected: dict[str, str]) -> None:
    found = {str(term.term): term.parent for term in vocabularies()[name].terms}
    assert found == {term: wide for wide, terms in expected.items() for term in terms.split()}


def test_a_sub_event_of_another_event_type_is_refused() -> None:
    incident = {"title": "T", "date_start": "2022-01-20", "event_type": "protests"}
    with pytest.raises(ValidationError, match="armed_clash is a kind of battles"):
        RESOURCES["incidents"].read(incident | {"sub_event_type": "armed_clash"})


@pytest.mark.parametrize("vocabulary", ALL)
def test_every_definition_is_a_sentence(vocabulary: Vocabulary) -> None:
    for term in vocabulary.terms:
        assert re.fullmatch(r"\S.*\.", term.definition), term
        assert "  " not in term.definition, term
    wordy = vocabulary.name in ("country", "quantity_words", "source_reliability")
    assert wordy or all(len(term.definition.split()) >= 4 for term in vocabulary.terms)


@pytest.mark.parametrize("vocabulary", ALL)
def test_a_vocabulary_says_what_it_is_and_whence(vocabulary: Vocabulary) -> None:
    assert vocabulary.title
    assert vocabulary.description.endswith(".")
    assert vocabulary.source


@pytest.mark.parametrize("vocabulary", ALL)
def test_no_term_comes_twice(vocabulary: Vocabulary) -> None:
    assert len(set(vocabulary.codes)) == len(vocabulary.codes)


@pytest.mark.parametrize("vocabulary", ALL)
def test_every_parent_is_a_term_or_a_resource(vocabulary: Vocabulary) -> None:
    known = {str(term.term) for other in vocabularies().values() for term in other.terms}
    for term in vocabulary.terms:
        assert term.parent is None or term.parent in known or term.parent in RESOURCES


def test_countries_are_those_of_iso_3166_and_kosovo() -> None:
    found = vocabularies()["country"].codes
    assert {"SYR", "NLD", "XKX", "PSE"} <= set(found)
    assert len(found) == 250


def test_every_qualifier_of_the_word_table_is_a_term() -> None:
    assert {row.qualifier for row in quantities.table()} == set(vocabularies()["qualifier"].codes)


def test_every_vocabulary_of_a_field_is_published() -> None:
    assert {code.vocabulary.name for code in codes().values()} <= set(published())


@pytest.mark.parametrize(("place", "code"), codes().items(), ids=codes())
def test_a_coded_field_takes_exactly_its_terms(place: str, code: Code) -> None:
    for term in code.vocabulary.codes:
        assert code.check(term) == term
        assert code.parse(str(term)) == term
    others: list[Any] = ["", "no_such_term", "Public", 0, 99, 1.5, True, None, [], {}]
    others += [str(term) if code.numeric else f"{term} " for term in code.vocabulary.codes]
    for other in others:
        with pytest.raises(ValidationError):
            code.check(other)
