"""What is read, edited and put back: members that were computed follow what was edited."""

from typing import Any

import pytest

from incidents_api.model import RESOURCES
from tests.conftest import Base

ADDRESS = "/v1/figures/hasakah-killed-sohr"


def put(base: Base, address: str, document: Any, tag: str, *, batch: bool) -> Any:
    """Put a record back, by itself or in a batch, and return it as it stands then."""
    if batch:
        _, _, resource, name = address.split("/")
        operation = {"op": "replace", "resource": resource, "id": name}
        operation |= {"if_match": tag, "record": document}
        answer = base.write("POST", "/v1/batch", {"operations": [operation]})
    else:
        answer = base.write("PUT", address, document, If_Match=tag)
    assert answer.status_code == 200, answer.text
    return base.json(address)


@pytest.mark.parametrize("batch", [False, True])
def test_what_was_computed_follows_the_words_that_are_edited(base: Base, batch: bool) -> None:
    read = base.get(ADDRESS)
    document: Any = read.get_json()
    assert (document["amount"], document["low"]) == (136, 136)
    edited = document | {"value_text": "meer dan 150"}
    now = put(base, ADDRESS, edited, read.headers["ETag"], batch=batch)
    assert (now["qualifier"], now["amount"], now["low"]) == ("more_than", 150, 150)
    assert now["version"] == document["version"] + 1
    assert now["computed"] == document["computed"]


@pytest.mark.parametrize("batch", [False, True])
def test_what_an_editor_says_himself_is_kept(base: Base, batch: bool) -> None:
    read = base.get(ADDRESS)
    edited = read.get_json() | {"claimant_stance": "witness", "said_at": "2022-01-22"}
    now = put(base, ADDRESS, edited, read.headers["ETag"], batch=batch)
    assert (now["claimant_stance"], now["said_at"]) == ("witness", "2022-01-22")
    assert now["low"] == 136


@pytest.mark.parametrize("record", list(RESOURCES), ids=[record.resource for record in RESOURCES])
def test_every_record_of_the_sample_can_be_put_back_as_it_was_read(base: Base, record: Any) -> None:
    seq = base.store.seq()
    for name in base.ids(f"/v1/{record.resource}"):
        read = base.get(f"/v1/{record.resource}/{name}")
        tag = read.headers["ETag"]
        now = put(base, f"/v1/{record.resource}/{name}", read.get_json(), tag, batch=False)
        assert now == read.get_json()
    assert base.store.seq() == seq


def test_a_contradiction_between_the_words_and_a_number_is_told(base: Base) -> None:
    read = base.get(ADDRESS)
    edited = read.get_json() | {"value_text": "meer dan 150", "amount": 149}
    answer = base.write("PUT", ADDRESS, edited, If_Match=read.headers["ETag"])
    assert answer.status_code == 409
    assert "says-something" in answer.text
