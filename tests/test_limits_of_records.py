"""How long the texts and lists of a record may be, and how long a query may take."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from incidents_api.model import RESOURCES
from incidents_api.model.fields import Many, Text
from tests.conftest import Base, open_base
from tests.test_errors import problem
from tests.test_limits import Clock
from tests.test_writes import content

#: Each text without a shape of its own, and each list of such texts: the resource, the member, and
#: how long it may be.
TEXTS: Final = [
    (record.resource, name, kind.length)
    for record in RESOURCES
    for name, kind in record.kinds().items()
    if type(kind) is Text and not kind.computed
]
LISTS: Final = [
    (record.resource, name, kind.limit)
    for record in RESOURCES
    for name, kind in record.kinds().items()
    if type(kind) is Many and type(kind.item) is Text and not kind.computed
]


@pytest.fixture(scope="module")
def written(sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    """A copy of the sample that these tests write to."""
    base = open_base(Path(shutil.copy(sample_file, tmp_path_factory.mktemp("long") / "long.db")))
    yield base
    base.store.close()


def fault(base: Base, resource: str, name: str, value: Any) -> str:
    """Return what is said of a member of a record, or nothing if it is all right."""
    answer = base.write("POST", f"/v1/{resource}", content(resource, **{name: value}))
    if answer.status_code == 201:
        return ""
    errors = answer.get_json()["errors"]
    return "; ".join(one["detail"] for one in errors if one["pointer"].startswith(f"/{name}"))


@pytest.mark.parametrize(("resource", "name", "most"), TEXTS)
def test_a_text_may_have_so_many_characters(
    written: Base, resource: str, name: str, most: int
) -> None:
    assert "allowed" not in fault(written, resource, name, "é" * most)
    for more in (most + 1, 10 * most):
        words = f"has {more:,} characters; {most:,} are allowed"
        assert fault(written, resource, name, "é" * more) == words


@pytest.mark.parametrize(("resource", "name", "most"), LISTS)
def test_a_list_may_have_so_many_items(written: Base, resource: str, name: str, most: int) -> None:
    given = [f"a{place}" for place in range(10 * most)]
    assert "allowed" not in fault(written, resource, name, given[:most])
    for more in (most + 1, 10 * most):
        words = fault(written, resource, name, given[:more])
        assert f"{more:,}" in words
        assert f"{most:,}" in words


def test_there_are_texts_and_lists() -> None:
    assert len(TEXTS) > 20
    assert LISTS


@pytest.mark.parametrize(("seconds", "status"), [(2.0, 200), (2.01, 503), (20.0, 503)])
@pytest.mark.parametrize("path", ["/v1/figures", "/v1/figures?f=csv", "/v1/search?q=prison"])
def test_a_query_may_take_so_long(
    sample_file: Path, path: str, seconds: float, status: int
) -> None:
    base = open_base(sample_file, requests_per_minute=0)
    connection, deadline = base.store.connection, base.store._local.deadline
    clock, begin = Clock(), deadline.start

    def start() -> None:
        begin()
        clock.now += seconds

    deadline._clock, deadline.start = lambda: clock.now, start
    connection.set_progress_handler(deadline._over, 1)
    answer = base.get(path)
    base.store.close()
    assert answer.status_code == status
    if status == 503:
        detail = problem(answer, 503)["detail"]
        assert "longer than 2 seconds" in detail
        assert "Narrow it by an indexed filter" in detail
        assert answer.headers["Retry-After"] == "5"
