"""The read path keeps its budget, and what would break it is found."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from marshmallow import Schema, fields

from benchmarks import budget
from benchmarks.budget import Cost
from benchmarks.in_process import CONSTANT, READS, Call, reads
from incidents_api.web import answers, resources
from tests.conftest import TOP

MOST = budget.budget()
PAGES = [name for name in READS if name.startswith("page")]


@pytest.fixture(scope="module")
def calls() -> Iterator[dict[str, Call]]:
    with reads() as made:
        yield made


def beyond(calls: dict[str, Call], name: str) -> int:
    return budget.entered(calls[name]) - budget.entered(calls[CONSTANT])


def test_every_read_keeps_its_budget() -> None:
    # A process of its own: here coverage is measured, and others' fixtures fill the memory.
    environment = {name: value for name, value in os.environ.items() if "COV" not in name}
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.budget"],
        cwd=TOP,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize("name", PAGES)
def test_work_for_each_row_is_over_the_budget(
    calls: dict[str, Call], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert beyond(calls, name) <= MOST[name].calls
    documents = resources._documents

    def parsed(*given: Any) -> list[bytes]:
        return [document for document in documents(*given) if json.loads(document)]

    monkeypatch.setattr(resources, "_documents", parsed)
    assert beyond(calls, name) > MOST[name].calls


def test_a_schema_in_every_request_is_over_the_budget(
    calls: dict[str, Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    tag_of, schema = answers.tag_of, Schema.from_dict({"tag": fields.String(required=True)})()
    monkeypatch.setattr(
        answers, "tag_of", lambda *given: schema.load({"tag": tag_of(*given)})["tag"]
    )
    assert beyond(calls, "one record") > MOST["one record"].calls


def test_calls_are_counted_beyond_those_of_another() -> None:
    def called(times: int) -> Call:
        return lambda: b"".join(str(number).encode() for number in range(times))

    # A round enters the generator, and calls what makes the text its bytes.
    assert budget.entered(called(30)) - budget.entered(called(20)) == 20


def test_a_ratio_is_that_of_processor_times() -> None:
    def worked(times: int) -> Call:
        return lambda: b"%d" % sum(range(times))

    assert 2 < budget.ratio(worked(30_000), worked(10_000), 0.1) < 4.5


def test_what_is_over_is_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [2.5, 2.4, 1.2]
    monkeypatch.setattr(budget, "ratio", lambda *_: found.pop(0))
    assert budget.cost(bytes, bytes, Cost(2.0, 10)) == Cost(1.2, 0)
    found[:] = [2.5, 2.4, 2.2, 2.3]
    assert budget.cost(bytes, bytes, Cost(2.0, 10)) == Cost(2.2, 0)
    assert found == []


def test_what_is_over_is_told() -> None:
    most = {"a": Cost(2.0, 10), "b": Cost(2.0, 1000)}
    assert budget.over({"a": Cost(2.0, 10), "b": Cost(1.0, 0)}, most) == []
    assert budget.over({"a": Cost(2.01, 10), "b": Cost(1.0, 1001)}, most) == [
        "a: ratio 2.01, at most 2",
        "b: 1,001 calls, at most 1,000",
    ]


def test_a_read_without_a_budget_is_told() -> None:
    kept = {name: most for name, most in MOST.items() if "one record" not in name}
    with pytest.raises(ValueError, match="differ: one record, one record, 304"):
        budget.costs(kept)
