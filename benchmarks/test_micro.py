"""What each read costs in process, side by side; ``make micro`` runs it, no other tests do."""

from collections.abc import Iterator

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.in_process import CONSTANT, READS, Call, reads


@pytest.fixture(scope="module")
def calls() -> Iterator[dict[str, Call]]:
    with reads() as made:
        yield made


@pytest.mark.parametrize("name", [CONSTANT, *READS])
def test_read(benchmark: BenchmarkFixture, calls: dict[str, Call], name: str) -> None:
    benchmark(calls[name])
