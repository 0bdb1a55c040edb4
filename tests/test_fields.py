"""What a field takes: exactly its kind, said by one check that everybody calls."""

import json
import math
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from marshmallow import ValidationError

from incidents_api.model import RESOURCES, Record
from incidents_api.model import fields as kinds
from incidents_api.model.fields import Kind
from incidents_api.model.record import instance

MINIMAL: Final[dict[str, dict[str, Any]]] = {
    "actors": {"name": "Free Army", "actor_type": "rebel_group"},
    "sources": {"title": "A report", "source_type": "ngo_report"},
    "facilities": {"name": "A prison", "facility_type": "prison"},
    "incidents": {"title": "An attack", "date_start": "2022-01-20"},
    "participations": {"incident": "i", "actor": "a", "role": "party"},
    "sites": {"incident": "i", "facility": "f", "role": "target"},
    "controls": {"facility": "f", "actor": "a", "control_type": "guards"},
    "relations": {"from_incident": "i", "to_incident": "j", "type": "follows"},
    "figures": {"incident": "i", "measure": "killed", "best": 3},
    "assertions": {"incident": "i", "predicate": "other"},
}
ALL: Final = [pytest.param(record, id=record.resource) for record in RESOURCES]

#: Values that libraries let through and a casualty record must not contain, and odd ones.
TRAPS: Final[list[Any]] = [
    *(None, True, False, 0, 1, 3, -1, 1.5, 3.0, 2**53, 10**30, math.nan, math.inf, -math.inf),
    *("", " ", "3", "3.0", "1_000", "٣", "yes", "true", "A", "a\0b", "a\x1bb", "a\x7fb", "x" * 600),
    *(
        "20240101",
        "2024-1-1",
        "2024-W01-1",
        "2024-02-30",
        "2024-02-29",
        "2023-02-29",
        "2024-01-01\n",
    ),
    *(
        "2024-01-01T10:00:00",
        "2024-01-01T10:00:00Z",
        "2024-01-01t10:00:00z",
        "2024-01-01 10:00:00Z",
    ),
    *("2024-01-01T10:00:00+02:00", "2024-01-01T25:00:00Z", "٢٠٢٤-01-01", "SYR", "syr", "killed"),
    *([], {}, [None], ["firearms"], ["firearms", "firearms"], [1, True], [[]], {"status": []}),
    *([{}], [{"source": "s"}], {"status": ["civilian", "civilian"]}, {"unknown": 1}, b"bytes"),
    *([{"scheme": "wikidata", "value": "Q1"}], [{"scheme": "wikidata"}], {"a": [1]}, {"a": 1.5}),
]
_LETTERS = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"])


def valid(kind: Kind) -> st.SearchStrategy[Any]:
    """Return values that a kind takes."""
    makers: dict[type[Kind], Callable[[Any], st.SearchStrategy[Any]]] = {
        kinds.Text: lambda k: st.text(_LETTERS, min_size=1, max_size=min(k.length, 12)),
        kinds.Id: lambda _: st.from_regex(r"[a-z0-9][a-z0-9._-]{0,9}", fullmatch=True),
        kinds.Language: lambda _: st.sampled_from(["nl", "en-GB", "ar-SY", "zh-Hant-TW"]),
        kinds.Url: lambda _: st.sampled_from(["https://example.org/a?b=c", "http://[::1]/"]),
        kinds.Sha256: lambda _: st.just("0123456789abcdef" * 4),
        kinds.Label: lambda _: st.text(_LETTERS, min_size=1, max_size=9).filter(
            lambda text: not {",", ";"} & set(text)
        ),
        kinds.Word: lambda _: st.sampled_from(["by_side", "0", "a" * 40]),
        kinds.Integer: lambda k: st.integers(k.low, k.high),
        kinds.Number: lambda k: st.floats(k.low, k.high) | st.integers(int(k.low), int(k.high)),
        kinds.Flag: lambda _: st.booleans(),
        kinds.Day: lambda _: st.dates().map(str),
        kinds.Moment: lambda _: st.dates().map(str) | _INSTANTS,
        kinds.Instant: lambda _: _INSTANTS,
        kinds.Code: lambda k: st.sampled_from(k.vocabulary.codes),
        kinds.Link: lambda _: st.sampled_from(["i", "j", "some-record.1"]),
        kinds.Many: lambda k: st.lists(valid(k.item), max_size=3, unique=True),
        kinds.Members: lambda k: _objects(k.members),
        kinds.Rows: lambda k: st.lists(_objects(k.members), max_size=2),
        kinds.Values: lambda _: st.dictionaries(st.text(max_size=3), st.integers(0, 9), max_size=2),
    }
    return next(make(kind) for type_, make in makers.items() if isinstance(kind, type_))


_INSTANTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)).map(
    lambda at: at.isoformat(timespec="seconds") + "-03:30"
)


def _objects(members: dict[str, Kind]) -> st.SearchStrategy[dict[str, Any]]:
    required = {name: valid(kind) for name, kind in members.items() if kind.required}
    others = {name: st.none() | valid(k) for name, k in members.items() if name not in required}
    return st.fixed_dictionaries(required, optional=others)


@st.composite
def records(draw: st.DrawFn, record: type[Record]) -> dict[str, Any]:
    """Draw a record as a client may send it: a sound one, with none to three members spoilt."""
    given_kinds = {name: kind for name, kind in record.kinds().items() if not kind.readonly}
    names = draw(st.lists(st.sampled_from(sorted(given_kinds)), max_size=6, unique=True))
    made = MINIMAL[record.resource] | {name: draw(valid(given_kinds[name])) for name in names}
    spoilt = draw(st.lists(st.sampled_from([*sorted(given_kinds), "unheard_of"]), max_size=3))
    return made | {name: draw(st.sampled_from(TRAPS)) for name in spoilt}


def outcome(read: Callable[[Any], Any], value: Any) -> tuple[bool, Any]:
    """Return whether a value is taken, and as what."""
    try:
        return True, read(value)
    except ValidationError:
        return False, None


@pytest.mark.parametrize("record", ALL)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_compiled_check_and_marshmallow_agree(
    record: type[Record], data: st.DataObject
) -> None:
    value = data.draw(records(record))
    assert outcome(record.check(), value) == outcome(instance(record).load, value)


@pytest.mark.parametrize("record", ALL)
@pytest.mark.parametrize("trap", TRAPS, ids=lambda v: ascii(v)[:40])
def test_both_checks_agree_on_every_trap_in_every_member(record: type[Record], trap: Any) -> None:
    for name, kind in record.kinds().items():
        if not kind.readonly:
            value = MINIMAL[record.resource] | {name: trap}
            assert outcome(record.check(), value) == outcome(instance(record).load, value), name


@pytest.mark.parametrize("record", ALL)
def test_what_is_no_object_is_no_record(record: type[Record]) -> None:
    others: list[Any] = [None, [], "text", 3, [{}]]
    for value in others:
        assert not outcome(record.check(), value)[0]
        assert not outcome(instance(record).load, value)[0]


@pytest.mark.parametrize("record", ALL)
def test_a_minimal_record_is_accepted_with_every_member(record: type[Record]) -> None:
    values = record.read(MINIMAL[record.resource])
    expected = {name for name, kind in record.kinds().items() if not kind.readonly}
    assert set(values) == expected


@pytest.mark.parametrize("record", ALL)
def test_a_required_member_that_is_missing_or_null_is_refused(record: type[Record]) -> None:
    for name, kind in record.kinds().items():
        if kind.required:
            rest = {k: v for k, v in MINIMAL[record.resource].items() if k != name}
            for value in (rest, rest | {name: None}):
                with pytest.raises(ValidationError) as fault:
                    record.read(value)
                assert name in fault.value.messages_dict


@pytest.mark.parametrize("record", ALL)
def test_what_the_service_sets_is_ignored_on_input(record: type[Record]) -> None:
    later, link = "2026-01-01T00:00:00Z", {"rel": "self", "href": "/v1/", "type": "text/html"}
    for sent in (
        {"version": 7, "recorded_at": later, "links": [link]},
        {"version": None, "recorded_at": None, "links": None},
    ):
        values = record.read(MINIMAL[record.resource] | sent)
        assert values == record.read(MINIMAL[record.resource])


@pytest.mark.parametrize("record", ALL)
def test_what_the_service_sets_must_be_what_reading_gives(record: type[Record]) -> None:
    sent = MINIMAL[record.resource] | {"version": "x", "links": 3, "nonsense": 1}
    with pytest.raises(ValidationError) as refused:
        record.read(sent)
    assert set(refused.value.messages_dict) == {"version", "links", "nonsense"}


def _plain(value: Any) -> bool:
    """Return whether Python's JSON Schema says of a value what the standard says."""
    if isinstance(value, dict):
        return all(map(_plain, (*value, *value.values())))
    if isinstance(value, list):
        return all(map(_plain, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, bytes) and not (isinstance(value, str) and value.endswith("\n"))


def _has_days(kind: Kind) -> bool:
    inner = kind.members.values() if isinstance(kind, kinds.Members | kinds.Rows) else ()
    return isinstance(kind, kinds.Day | kinds.Moment | kinds.Instant) or any(map(_has_days, inner))


@pytest.mark.parametrize("record", ALL)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_json_schema_says_what_the_check_says(record: type[Record], data: st.DataObject) -> None:
    name, kind = data.draw(
        st.sampled_from(sorted(record.kinds().items(), key=lambda item: item[0]))
    )
    value = data.draw(valid(kind) | st.sampled_from(TRAPS).filter(_plain))
    schema = kinds.member_schema(kind, given=True)
    taken = Draft202012Validator(schema).is_valid(value)
    if value is None:
        assert taken == (not kind.required)
    elif _has_days(kind):
        assert taken or not outcome(kind.check, value)[0], name
    else:
        assert taken == outcome(kind.check, value)[0], name


INTEGER, NUMBER = kinds.Integer("N.", low=0, high=10), kinds.Number("N.", low=-90, high=90)
TEXT, FLAG, DAY = kinds.Text("T.", length=5), kinds.Flag("F."), kinds.Day("D.")
MOMENT, INSTANT, WEAPONS = (
    kinds.Moment("M."),
    kinds.Instant("I."),
    kinds.Many(kinds.Code("weapon", "W."), limit=3),
)
VALUES, ID, SCALE = kinds.Values("V."), kinds.Id("I."), kinds.Code("where_prec", "W.")
NO_INSTANTS: Final[list[Any]] = [
    *("2024-01-01T10:00:00", "2024-01-01T10:00Z", "2024-01-01T24:00:00Z", "2024-02-30T10:00:00Z"),
    *("0001-01-01T00:00:00+01:00", "2024-01-01T10:00:00+24:00", "20240101T100000Z", 20240101),
]
WRONG: Final[list[tuple[Kind, list[Any]]]] = [
    (INTEGER, [1.5, 1e300, "3", "3.0", "٣", "1_000", True, -1, 11, math.nan, [], {}]),
    (NUMBER, ["36.5", True, math.nan, math.inf, -math.inf, 90.001, -91, 10**400]),
    (FLAG, ["yes", "true", "on", 1, 0, 1.0, "", []]),
    (DAY, ["20240101", "2024-1-1", "2024-W01-1", "2024-02-30", "2023-02-29", 20240101]),
    (DAY, ["٢٠٢٤-01-01", "2024-01-01\n", " 2024-01-01", "0000-01-01", "2024-01-01T00:00:00Z"]),
    (MOMENT, NO_INSTANTS),
    (INSTANT, [*NO_INSTANTS, "2024-01-01"]),
    (TEXT, ["", "a\0", "a\x1b", "a\x7f", "a\x0c", "123456", 3, ["a"], None, "\ud800"]),
    (WEAPONS, [["firearms"] * 2, ["bow"], "firearms", {}, [None], [["firearms"]], ["melee"] * 4]),
    (VALUES, [[], {"a": []}, {"a": math.nan}, {"a": math.inf}, {"a": 2**64}]),
    (VALUES, [{"a": "x" * 10_001}, {"a": "a\0b"}, {"a": "\ud800"}, {"\ud800": 1}]),
    (ID, ["", "A", "-a", "a b", "a" * 81, "a\n", "é", "a/b"]),
    (SCALE, ["1", 1.5, True, 0, 8, []]),
]
REFUSED: Final = [(kind, value) for kind, values in WRONG for value in values]


@pytest.mark.parametrize("kind", [INTEGER, SCALE], ids=["integer", "code"])
def test_a_whole_number_may_be_spelled_with_a_fraction_of_nought(kind: Kind) -> None:
    kept = kind.check(json.loads("3.0"))
    assert (type(kept), kept) == (int, 3)


@pytest.mark.parametrize(
    ("kind", "value"),
    REFUSED,
    ids=lambda v: type(v).__name__ if isinstance(v, Kind) else ascii(v)[:40],
)
def test_a_value_of_another_kind_is_refused(kind: Kind, value: Any) -> None:
    with pytest.raises(ValidationError):
        kind.check(value)


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        (INTEGER, 0, 0),
        (INTEGER, 3.0, 3),
        (NUMBER, 36, 36.0),
        (NUMBER, -90, -90.0),
        (TEXT, "a\nb\té", "a\nb\té"),
        (DAY, "2024-02-29", "2024-02-29"),
        (MOMENT, "2024-01-01", "2024-01-01"),
        (MOMENT, "2024-01-01T10:00:00+02:00", "2024-01-01T08:00:00Z"),
        (INSTANT, "2024-01-01T00:30:00+01:00", "2023-12-31T23:30:00Z"),
        (INSTANT, "2024-01-01T10:00:00.25-03:30", "2024-01-01T13:30:00.250000Z"),
        (INSTANT, "2024-01-01t10:00:00z", "2024-01-01T10:00:00Z"),
        (SCALE, 7, 7),
        (SCALE, 7.0, 7),
    ],
    ids=lambda v: type(v).__name__ if isinstance(v, Kind) else ascii(v),
)
def test_a_value_is_kept_in_its_canonical_form(kind: Kind, value: Any, kept: Any) -> None:
    assert json.dumps(kind.check(value)) == json.dumps(kept)


def faults(resource: str, **members: Any) -> dict[str, Any]:
    """Return the faults of a record."""
    with pytest.raises(ValidationError) as fault:
        RESOURCES[resource].read(MINIMAL[resource] | members)
    return fault.value.messages_dict


def test_all_faults_are_reported_at_once() -> None:
    found = faults(
        "incidents", title="", date_start="2024-02-30", where_prec="2", tags=["a", "a"], x=1
    )
    assert set(found) == {"title", "date_start", "where_prec", "tags", "x"}


def test_faults_inside_lists_are_reported_at_their_place() -> None:
    sources: list[Any] = [{"source": "s"}, {"source": "Ü", "quote": "", "page": 3}, {}]
    found = faults("figures", sources=sources)["sources"]
    assert {place: set(inner) for place, inner in found.items()} == {
        1: {"source", "quote", "page"},
        2: {"source"},
    }


def test_an_unknown_member_of_a_member_is_refused() -> None:
    assert set(faults("figures", population={"colour": 1, "sex": ["f"]})["population"]) == {
        "colour",
        "sex",
    }


@pytest.mark.parametrize("member", ["derives_from", "supersedes"])
def test_a_refusal_names_the_resource_that_is_meant(member: str) -> None:
    (words,) = faults("figures", **{member: "NOT AN ID"})[member]
    assert "the figures" in words


def test_a_field_can_be_shown() -> None:
    assert repr(TEXT) == "<Text: T.>"
