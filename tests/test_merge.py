"""JSON Merge Patch: the RFC's own cases, and what holds for all patches."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents_api.model.merge import merged


# RFC 7396, appendix A.
@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_the_cases_of_the_rfc(target: Any, patch: Any, result: Any) -> None:
    assert merged(target, patch) == result


def test_nulls_inside_a_list_are_kept() -> None:
    assert merged({"a": 1}, {"a": [None, {"b": None}]}) == {"a": [None, {"b": None}]}


NAMES = st.sampled_from("abc")
SCALARS = st.booleans() | st.integers(0, 3) | st.text("xy", max_size=2)
VALUES = st.recursive(
    st.none() | SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
#: A record's members that say something: without nulls, which a patch cannot write.
DOCUMENTS = st.dictionaries(
    NAMES,
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
        max_leaves=12,
    ),
    max_size=3,
)


def difference(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return the patch that makes one document of another."""
    patch: dict[str, Any] = {name: None for name in old if name not in new}
    for name, value in new.items():
        before = old.get(name)
        if type(value) is dict and type(before) is dict:
            patch[name] = difference(before, value)
        elif name not in old or before != value or type(before) is not type(value):
            patch[name] = value
    return patch


@given(target=VALUES, patch=VALUES)
def test_a_patch_leaves_its_arguments_alone_and_changes_nothing_twice(
    target: Any, patch: Any
) -> None:
    before = deepcopy((target, patch))
    once = merged(target, patch)
    assert merged(once, patch) == once
    assert (target, patch) == before


@given(old=DOCUMENTS, new=DOCUMENTS)
def test_every_document_can_be_made_of_every_other(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    assert merged(old, difference(old, new)) == new
    assert merged({}, new) == new
    assert merged(new, {}) == new


@given(target=DOCUMENTS, patch=st.dictionaries(NAMES, VALUES, max_size=3))
def test_what_a_patch_does_not_name_stays(target: dict[str, Any], patch: dict[str, Any]) -> None:
    made = merged(target, patch)
    assert {name: made[name] for name in target if name not in patch} == {
        name: value for name, value in target.items() if name not in patch
    }
    assert set(made) == {n for n in {*target, *patch} if patch.get(n, 0) is not None}
