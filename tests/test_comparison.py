"""The benchmarks' own means: large worlds are sound, and what was found is told as it was."""

import json
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import Run, targets
from benchmarks.load import Cost, sent
from benchmarks.multiply import multiply
from benchmarks.questions import Request
from benchmarks.report import show
from benchmarks.results import Measured, Results, read
from benchmarks.targets import HEADINGS, rows
from benchmarks.world import World, write
from incidents_api.storage import consistency
from incidents_api.storage.store import Store

#: What a copy has of its original, and no read looks at: see ``benchmarks.multiply``.
COPIED = ("column hash differs", "contradictions: con-")


def test_a_multiplied_world_is_what_writing_it_would_have_made(tmp_path: Path) -> None:
    base, large = tmp_path / "base.db", tmp_path / "large.db"
    store = Store.make(base)
    write(store, World(60, seed=3))
    store.close()
    multiply(base, large, 3)
    store = Store(large)
    store.check()
    found = [fault for fault in consistency.faults(store) if not any(w in fault for w in COPIED)]
    count = store.connection.execute("SELECT count(*), count(DISTINCT id) FROM incidents")
    assert count.fetchone() == (180, 180)
    store.close()
    assert found == []


def test_every_benchmark_takes_what_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, list[str]]] = []

    def note(_: Run, module: str, *arguments: Any) -> None:
        told.append((module, [str(argument) for argument in arguments]))
        if module in ("world", "multiply"):
            Path(arguments[-1]).touch()

    monkeypatch.setattr(Run, "do", note)
    run = Run(tmp_path, tmp_path)
    base = run.made("world-5000", "world", "--incidents", 5000)
    large = run.large(base, 5000, 2)
    run.grow("growth-alone", [run.alone(5000, times) for times in (1, 2)], 1, 1.0)
    run.measure(base, large, 1, 1.0)
    for module, arguments in told:
        main = import_module(f"benchmarks.{module}").main
        main.make_context(module, [word.replace(".making", ".db") for word in arguments])
    done = {module for module, _ in told}
    assert done == {
        "world", "multiply", "side_by_side", "growth", "beside_writes", "export", "write_path",
        "bulk", "aggregate",
    }  # fmt: skip
    # The world of the write path is made at once: the ids of one that is many times another differ.
    small = next(made for module, made in told if module == "world" and "10000" in made)
    assert small[-1] == str(tmp_path / "world-10000.making")
    told.clear()
    assert run.made("world-5000", "world", "--incidents", 5000) == base
    assert told == []  # what is there is not made again


def results() -> Results:
    """Return what a comparison might have found."""
    made = Results("now", 5, {"incidents-api": "it"}, {}, {"one": "one", "page": "page"})
    made.programs["constant"] = "bytes"
    made.memory = {"incidents-api": 2.0, "constant": 1.0}
    made.add("constant", "one", Measured([Cost(100, 1, 1, 1), Cost(200, 1, 1, 1)]))
    made.add("incidents-api", "one", Measured([Cost(140, 1, 1, 1), Cost(320, 1, 1, 1)], 9))
    made.add("incidents-api", "page", Measured(fault="500: /page"))
    return made


def test_a_ratio_is_of_costs_of_the_same_round() -> None:
    assert results().ratio(("incidents-api", "one"), ("constant", "one")) == pytest.approx(1.5)
    assert results().ratio(("incidents-api", "page"), ("constant", "one")) is None


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    path.write_text(json.dumps(asdict(results())), encoding="utf-8")
    again = read(path)
    assert asdict(again) == asdict(results())
    assert list(again.faults()) == ["incidents-api, page: 500: /page"]
    assert "| one | 230 | 150 |" in again.compact()
    assert "| page | failed | – |" in again.compact()


def test_every_target_that_was_measured_has_a_line(tmp_path: Path) -> None:
    lines = list(rows(results()))
    assert lines == [["one record to a constant view", "5", "1.50", "P1 ≤ 1.50", "met"]]
    show(HEADINGS, lines, "now", tmp_path / "targets-5.md")
    expected = ["P1 ≤ 1.50", "1.50", "met", "one record to a constant view", "targets-5"]
    assert list(targets(tmp_path)) == [expected]


def test_a_request_is_sent_as_it_is() -> None:
    request = Request("/x?y=1", "POST", (("A", "b"),), b"{}")
    expected = b"POST /x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:8\r\nA: b\r\nContent-Length: 2\r\n\r\n{}"
    assert sent(request, 8) == expected
