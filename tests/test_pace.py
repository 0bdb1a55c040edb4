"""Streams from a slow disk: what is cut off is read again in smaller pieces, nothing is lost."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from incidents_api.storage import lists
from incidents_api.storage.failures import TooSlow
from incidents_api.storage.pace import LEAST, Pace, halved
from incidents_api.storage.query import Query
from tests.conftest import Base


@given(some.lists(some.integers(1, 3000), min_size=1, max_size=30))
def test_every_record_is_read_once_however_slow_the_disk_is(speeds: list[int]) -> None:
    """``speeds``: how many records each attempt can read in its time."""
    pace, left, found, attempts = Pace(100, 1000, 2), list(range(5000)), [], iter(speeds)

    def read(chunk: int) -> list[int]:
        if chunk > max(LEAST, next(attempts, 3000)):
            raise TooSlow
        return left[:chunk]

    begun = False
    while left:
        try:
            got = pace.read(read, begun=begun)
        except TooSlow:
            assert not begun
            return
        assert 0 < len(got) <= 1000
        begun, left = True, left[len(got) :]
        found += got
    assert found == list(range(5000))


@given(some.integers(0, 40), some.integers(LEAST, 40))
def test_halves_are_in_order(size: int, most: int) -> None:
    def read(keys: Sequence[int]) -> list[int]:
        if len(keys) > most:
            raise TooSlow
        return list(keys)

    assert [key for part in halved(range(size), read) for key in part] == list(range(size))


def test_what_is_too_slow_for_a_few_records_is_refused() -> None:
    def read(_: Any) -> None:
        raise TooSlow

    for begun in (False, True):
        with pytest.raises(TooSlow):
            Pace(100, 1000, 2).read(read, begun=begun)
    with pytest.raises(TooSlow):
        list(halved(range(100), read))


@pytest.mark.parametrize("query", ["f=csv", "f=ndjson", "f=csv&known_at=1", "f=csv&q=the"])
def test_a_stream_from_a_slow_disk_is_whole(
    base: Base, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    path = f"/v1/figures?{query}"
    whole = base.get(path).data
    cut_off = []

    def slow(read: Any) -> Any:
        def page(self: Query, connection: Any, *given: Any) -> Any:
            (*_, wanted) = given
            many = wanted if isinstance(wanted, int) else len(wanted)
            if 7 < many <= lists.CHUNK:
                cut_off.append(many)
                raise TooSlow
            return read(self, connection, *given)

        return page

    monkeypatch.setattr(lists, "FIRST", 6)
    monkeypatch.setattr(Query, "page", slow(Query.page))
    monkeypatch.setattr(Query, "by_keys", slow(Query.by_keys))
    assert base.get(path).data == whole
    assert cut_off
