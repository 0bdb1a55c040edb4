"""The declarations check themselves, and hold every field of the model."""

from typing import Any, ClassVar, Final

import pytest

from incidents_api.model import RESOURCES, Record, Registry
from incidents_api.model.fields import Code, Computed, Day, Kind, Link, Members, Rows, Text
from incidents_api.model.record import Reach
from incidents_api.model.registry import RESERVED
from incidents_api.model.vocabularies import vocabularies

EVERYWHERE: Final = (
    "id version recorded_at external_ids dataset source_values provisional visibility notes links"
)
CLAIM: Final = (
    "incident facility actor claimant claimant_label speaker via claimant_stance attribution "
    "said_at said_at_prec as_of_date as_of_prec sources derives_from supersedes status status_from "
    "status_reason contradicts rank source_reliability information_credibility superseded"
)
FIELDS: Final = {
    "incidents": "title title_lang summary event_type sub_event_type type_of_violence weapons "
    "date_start date_end date_prec event_clarity status country region admin1 admin2 place "
    "where_prec latitude longitude conflict_id conflict_name dyad_id dyad_name code_status "
    "number_of_sources priogrid_gid civilian_targeting disorder_type part_of verification_status "
    "tags casualties",
    "actors": "name aliases actor_type country gwno parent active_from active_to description",
    "facilities": "name aliases facility_type protected_status country admin1 admin2 place "
    "latitude longitude where_prec part_of description",
    "figures": f"{CLAIM} measure unit population circumstance inflicted_by cause measure_kind "
    "period_start period_end method scope value_text value_lang qualifier amount low best high "
    "coding_rule part_of breakdown breakdowns",
    "assertions": f"{CLAIM} predicate value statement",
    "sources": "title title_lang publisher author published_at accessed_at url archived_url "
    "archived_at language source_type licence citation redistribution coverage sha256",
    "participations": "incident actor role side attribution claimant source",
    "sites": "incident facility facility_type description role source",
    "controls": "facility actor valid_from valid_to control_type claimant source",
    "relations": "from_incident to_incident from_actor to_actor type valid_from valid_to source",
}
POPULATION: Final = "status role occupation age_group sex nationality actor identified"
INNER: Final = {
    ("figures", "population"): POPULATION,
    ("figures", "scope"): "includes_perpetrators deaths",
    ("figures", "sources"): "source locator quote",
    ("assertions", "sources"): "source locator quote",
    ("figures", "breakdowns"): "name disjoint complete",
    ("actors", "aliases"): "name lang kind",
    ("facilities", "aliases"): "name lang kind",
    ("incidents", "external_ids"): "scheme value",
}
ALL: Final = [pytest.param(record, id=record.resource) for record in RESOURCES]


class Thing(Record):
    """A resource to throw away."""

    resource = "things"
    singular = "thing"
    prefix = "thi"

    name = Text("Its name.", required=True)


class Source(Record):
    """Where every record may come from."""

    resource = "sources"
    singular = "source"
    prefix = "src"

    title = Text("Its title.", required=True)


def declared(**members: Any) -> type[Record]:
    """Return a resource with these members."""
    base = {"resource": "items", "singular": "item", "prefix": "ite"}
    return type("Item", (Record,), base | members)


@pytest.mark.parametrize("resource", FIELDS)
def test_a_resource_has_every_field_of_the_model(resource: str) -> None:
    missing = {*EVERYWHERE.split(), *FIELDS[resource].split()} - set(RESOURCES[resource].kinds())
    assert not missing


@pytest.mark.parametrize(("place", "members"), INNER.items(), ids=str)
def test_a_nested_member_has_every_member_of_the_model(
    place: tuple[str, str], members: str
) -> None:
    kind = RESOURCES[place[0]].kinds()[place[1]]
    assert isinstance(kind, Members | Rows)
    assert set(kind.members) == set(members.split())


def test_there_are_the_ten_resources() -> None:
    assert set(RESOURCES.records) == set(FIELDS)


def test_prefixes_and_names_are_each_ones_own() -> None:
    for member in ("resource", "singular", "prefix"):
        assert len({getattr(record, member) for record in RESOURCES}) == len(FIELDS)


@pytest.mark.parametrize("record", ALL)
def test_every_field_is_described_in_a_sentence(record: type[Record]) -> None:
    for name, kind in record.kinds().items():
        assert len(kind.words.split()) >= 1, name
        assert kind.words[0].isupper(), name
        assert kind.words.endswith((".", "…")), name


@pytest.mark.parametrize("record", ALL)
def test_every_sub_list_can_be_asked_for_by_its_parameter(record: type[Record]) -> None:
    for item in RESOURCES.sublists(record.resource):
        other = RESOURCES[item.resource]
        names = {*other.links_out(), *(part.name for part in other.parts())}
        assert item.parameter in names | {reach.name for reach in other.reaches}


@pytest.mark.parametrize(
    ("parent", "names"),
    [
        ("incidents", "participations sites figures assertions relations parts"),
        ("actors", "branches participations controls figures assertions relations incidents"),
        ("facilities", "sites controls figures assertions incidents parts"),
        ("sources", "figures assertions incidents"),
        ("figures", "parts superseded_by"),
        ("assertions", "superseded_by"),
    ],
)
def test_a_resource_has_its_sub_lists(parent: str, names: str) -> None:
    assert set(names.split()) <= {item.name for item in RESOURCES.sublists(parent)}


def test_a_registry_of_sound_declarations_is_made() -> None:
    link = Link("things", "Its thing.", reverse="items")
    registry = Registry(Source, Thing, declared(thing=link))
    assert [item.name for item in registry.sublists("things")] == ["items"]


@pytest.mark.parametrize(
    "kind",
    [
        Link("nowhere", "A link to nothing."),
        Rows("Rows.", {"to": Link("nowhere", "A link to nothing.")}),
        Members("Members.", {"to": Link("nowhere", "A link to nothing.")}),
    ],
    ids=["link", "rows", "members"],
)
def test_a_link_that_leads_nowhere_is_refused(kind: Kind) -> None:
    with pytest.raises(ValueError, match="there is no resource 'nowhere'"):
        Registry(Source, declared(target=kind))


@pytest.mark.parametrize(
    "kind",
    [Text(""), Text("Its name"), Rows("Rows.", {"name": Text("")}), Members("M.", {"a": Day("")})],
    ids=["none", "no sentence", "inside rows", "inside members"],
)
def test_a_field_without_words_is_refused(kind: Kind) -> None:
    with pytest.raises(ValueError, match=r"items\.field"):
        Registry(Source, declared(field=kind))


@pytest.mark.parametrize("name", [*sorted(RESERVED - {"resource"}), "name__like"])
def test_a_field_named_like_a_word_of_the_grammar_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a word of the query grammar"):
        Registry(Source, declared(**{name: Text("Its words.")}))


def test_two_sub_lists_of_one_name_are_refused() -> None:
    one = Link("things", "One thing.", reverse="items")
    other = Link("things", "Another thing.", reverse="items")
    with pytest.raises(ValueError, match="two sub-lists of one name"):
        Registry(Source, Thing, declared(one=one, other=other))


@pytest.mark.parametrize("path", ["nothing", "thing.nothing", "name", "thing.name", ""])
def test_a_reach_that_leads_nowhere_is_refused(path: str) -> None:
    members = {"thing": Link("things", "Its thing."), "name": Text("Its name.")}
    reach = Reach("other", "things", (path,), "Items of another thing.")
    with pytest.raises(ValueError, match="neither a link nor the reverse of one"):
        Registry(Source, Thing, declared(**members, reaches=(reach,)))


def test_a_computed_field_that_looks_nowhere_is_refused() -> None:
    computed = Computed(lambda *_: None, {"nothing": ("name",)})
    with pytest.raises(ValueError, match="neither a link nor the reverse of one"):
        Registry(Source, declared(field=Text("Its words.", computed=computed)))


def test_two_resources_of_one_name_are_refused() -> None:
    class Other(Record):
        """Another resource of the same name."""

        resource: ClassVar[str] = "things"
        singular: ClassVar[str] = "thing"
        prefix: ClassVar[str] = "oth"

        title = Text("Its title.")

    with pytest.raises(ValueError, match="things"):
        Registry(Source, Thing, Other)


def test_a_reach_to_another_resource_than_its_path_is_refused() -> None:
    members = {"thing": Link("things", "Its thing.")}
    reach = Reach("origin", "sources", ("thing",), "Items of this source.")
    with pytest.raises(ValueError, match="origin"):
        Registry(Source, Thing, declared(**members, reaches=(reach,)))


def test_a_field_of_an_unknown_vocabulary_cannot_be_declared() -> None:
    assert "colour" not in vocabularies()
    with pytest.raises(KeyError, match="colour"):
        Code("colour", "Its colour.")
