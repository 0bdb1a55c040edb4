"""Where the faults of a record are: as paths, as pointers, in words."""

from typing import Any

import pytest
from marshmallow import ValidationError

from incidents_api.model import RESOURCES
from incidents_api.model.faults import Path, messages, paths, pointer

CLAIM = {"contradicts": [{"figure": "x"}, {"figure": "y", "z.z": 1}], "incident": "i"}


def faults(resource: str, given: dict[str, Any]) -> ValidationError:
    """Return the faults of a record."""
    with pytest.raises(ValidationError) as found:
        RESOURCES[resource].read(given)
    return found.value


@pytest.mark.parametrize(
    ("resource", "given", "path", "dotted"),
    [
        ("actors", {"name": 1}, ("name",), "name"),
        ("actors", {"a.b": 1}, ("a.b",), "a.b"),
        ("incidents", {"tags": ["a", 1]}, ("tags", 1), "tags.1"),
        ("actors", {"source_values": {"a.b": []}}, ("source_values", "a.b"), "source_values.a.b"),
        ("actors", {"source_values": {"0": []}}, ("source_values", "0"), "source_values.0"),
        ("figures", CLAIM, ("contradicts", 1, "z.z"), "contradicts.1.z.z"),
        ("figures", {"population": {"x": 1}}, ("population", "x"), "population.x"),
        ("incidents", {"latitude": 1}, ("longitude",), "longitude"),
    ],
)
def test_a_fault_has_its_place(
    resource: str, given: dict[str, Any], path: Path, dotted: str
) -> None:
    fault = faults(resource, given)
    assert path in [place for place, _ in paths(fault)]
    assert dotted in [place for place, _ in messages(fault)]
    assert f"3.{dotted}" in [place for place, _ in messages(fault, "3")]
    assert [words for _, words in paths(fault)] == [words for _, words in messages(fault)]


def test_a_fault_of_the_whole_has_no_path() -> None:
    fault = ValidationError("must be an object")
    assert list(paths(fault)) == [((), "must be an object")]
    assert list(messages(fault)) == [("record", "must be an object")]
    assert list(messages(fault, "3")) == [("3", "must be an object")]
    assert list(paths(ValidationError({"a": {"_schema": ["no"]}}))) == [(("a",), "no")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("a",), "/a"),
        (("",), "/"),
        (("a/b", 0, "m~n"), "/a~1b/0/m~0n"),
        (("~1", "a.b", 12), "/~01/a.b/12"),
    ],
)
def test_pointers_are_those_of_rfc_6901(path: tuple[str | int, ...], text: str) -> None:
    assert pointer(path) == text
