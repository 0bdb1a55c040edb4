"""What is restricted or embargoed: nobody without a key learns anything of it, at any address."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from incidents_api.contract import grammar
from incidents_api.model import RESOURCES
from incidents_api.model.fields import Link
from incidents_api.storage import consistency
from tests.conftest import Base, open_base
from tests.twins import HIDDEN, MARK, PATHS, Twins, addresses, make_twins, once_public


@pytest.fixture(scope="module")
def twins(sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    """The two bases, to read."""
    yield from make_twins(sample_file, tmp_path_factory.mktemp("twins"))


@pytest.fixture(scope="module")
def hidden_later(sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    """A base in which the hidden records were public before."""
    base = open_base(Path(shutil.copy(sample_file, tmp_path_factory.mktemp("later") / "base.db")))
    once_public(base)
    yield base
    base.store.close()


@pytest.mark.parametrize("path", PATHS)
def test_what_is_hidden_changes_no_answer(twins: Twins, path: str) -> None:
    codes = [twins.same(address).status_code for address in addresses(path)]
    assert 200 in codes


@pytest.mark.parametrize("resource", [record.resource for record in RESOURCES])
def test_a_filter_knows_no_hidden_record(twins: Twins, resource: str) -> None:
    """Whatever takes an id takes that of a hidden record as one that was never there."""
    named = {name: given["id"] for name, given in reversed(HIDDEN)}
    asked = [
        f"/v1/{resource}?{name}={named[parameter.kind.resource]}{clock}"
        for name, parameter in grammar(RESOURCES, RESOURCES[resource]).parameters.items()
        if isinstance(parameter.kind, Link) and not name.endswith("__not")
        for clock in ("", "&known_at=middle")
    ]
    own = f"/v1/{resource}?id={named[resource]}"
    codes = {twins.same(address).status_code for address in (own, *asked)}
    assert codes == {404}


@pytest.mark.parametrize("path", PATHS)
def test_what_was_public_leaves_no_trace_but_a_tombstone(hidden_later: Base, path: str) -> None:
    for address in addresses(path):
        if MARK in address or path == "/v1/changes":
            continue
        answer = hidden_later.get(address).data
        assert MARK.encode() not in answer, address
        assert b"77777" not in answer, address


def test_the_feed_tells_of_what_was_public_that_it_is_gone_and_nothing_more(
    hidden_later: Base,
) -> None:
    data = hidden_later.json("/v1/changes?limit=1000&include=record")["data"]
    told = [entry for entry in data if MARK in entry["id"]]
    assert {(entry["resource"], entry["id"]) for entry in told} == {
        (resource, given["id"]) for resource, given in HIDDEN
    }
    for entry in told:
        assert (entry["action"], entry["record"], entry["why"]) == ("restrict", None, None)
        assert entry["changed_fields"] == []


def test_the_bases_are_in_step(twins: Twins, hidden_later: Base) -> None:
    for base in (twins.hiding, hidden_later):
        assert list(consistency.faults(base.store)) == []
