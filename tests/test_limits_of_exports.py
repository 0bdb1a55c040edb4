"""So many exports are sent at a time; a place is free again however an answer ends."""

import gc
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from werkzeug.test import TestResponse

from incidents_api.exporting import formats
from incidents_api.web import slots
from tests.conftest import Base, open_base
from tests.test_errors import problem

#: Everything that is sent whole, and may be long.
WHOLE: Final = (
    *("incidents?f=csv", "figures?f=ndjson", "incidents/hasakah-prison-battle-2022/figures?f=csv"),
    *("contradictions?f=csv", "estimates?f=csv"),
    "incidents/hasakah-prison-battle-2022/timeline?f=csv",
)
EXPORTS: Final = ("export?format=ndjson", "export?format=bundle", "export/figures?format=csv")
ALL: Final = "/v1/export?format=bundle"


@pytest.fixture
def opened(sample_file: Path) -> Iterator[Any]:
    """Open the sample with so many exports at a time."""
    bases = []

    def limited(most: int) -> Base:
        bases.append(open_base(sample_file, exports_at_a_time=most))
        return bases[-1]

    yield limited
    for base in bases:
        base.store.close()


def free(base: Base) -> bool:
    """Return whether a place is free."""
    answer: TestResponse = base.get(ALL)
    answer.close()
    return answer.status_code == 200


@pytest.mark.parametrize("most", [1, 2])
@pytest.mark.parametrize("path", [*EXPORTS, *WHOLE])
def test_so_many_are_sent_at_a_time(
    opened: Any, most: int, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "SHORT", 0)
    base = opened(most)
    sent = [base.get(f"/v1/{path}") for _ in range(most)]
    assert [answer.status_code for answer in sent] == [200] * most
    for _ in range(9 * most):
        answer = base.get(f"/v1/{path}")
        assert f"{most} at a time" in problem(answer, 503)["detail"]
        assert answer.headers["Retry-After"] == "5"
    sent[0].close()
    last = base.get(f"/v1/{path}")
    assert last.status_code == 200
    for answer in (last, *sent):
        answer.close()


@pytest.mark.parametrize("path", WHOLE)
def test_short_answers_need_no_place(opened: Any, sample: Base, path: str) -> None:
    base = opened(1)
    first = base.get(ALL)
    assert base.get(f"/v1/{path}").data == sample.get(f"/v1/{path}").data
    assert base.get("/v1/incidents?f=csv&limit=1").status_code == 200
    first.close()


def test_a_place_is_free_once_all_has_been_read(opened: Any) -> None:
    base = opened(1)
    assert base.get(ALL).data
    assert free(base)


def test_a_place_is_free_once_a_client_has_gone(opened: Any) -> None:
    base = opened(1)
    answer = base.get(ALL)
    next(iter(answer.iter_encoded()))
    assert not free(base)
    answer.close()
    assert free(base)


@pytest.mark.parametrize("at", [0, 1])
def test_a_place_is_free_where_an_export_fails(
    opened: Any, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = opened(1)
    usual = formats.ExportFormat.pieces

    def failing(self: Any, export: Any) -> Iterator[bytes]:
        yield from [b"x"] * at
        raise OSError("the disk is gone")

    monkeypatch.setattr(formats.ExportFormat, "pieces", failing)
    answer = base.get(ALL)
    assert answer.status_code == (200 if at else 500)
    if at:
        with pytest.raises(OSError, match="gone"):
            list(answer.iter_encoded())
        answer.close()
    monkeypatch.setattr(formats.ExportFormat, "pieces", usual)
    assert free(base)


def test_a_place_is_free_where_an_answer_is_made_and_never_sent(
    opened: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)  # what is captured would keep the answer
    base = opened(1)
    monkeypatch.setattr("incidents_api.web.compress", lambda _: 1 / 0)
    assert base.get(ALL, Accept_Encoding="gzip").status_code == 500
    monkeypatch.undo()
    gc.collect()
    assert free(base)


@pytest.mark.parametrize(
    "given", [{"method": "HEAD"}, {"headers": {"If-None-Match": "*"}}], ids=str
)
def test_what_has_no_body_keeps_no_place(opened: Any, given: dict[str, Any]) -> None:
    base = opened(1)
    for _ in range(3):
        answer = base.client.open(ALL, **given)
        assert answer.status_code in (200, 304)
        answer.close()  # as a server does
    assert free(base)
