"""A row of sums goes where nothing is left of it, whatever sign its numbers had."""

import pytest

from incidents_api.storage import consistency
from tests.conftest import Base
from tests.test_dependents import record


@pytest.mark.parametrize("few", [0, 100])
@pytest.mark.parametrize("numbers", [(1, 2, 3), (3,), (1, 1, 9)])
def test_nothing_is_left_of_an_incident_that_is_withdrawn(
    numbers: tuple[int, ...], few: int, empty: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents_api.storage.sums.FEW", few)
    empty.put(record("incidents", "i"))
    for best in numbers:
        name = f"by-{len(empty.ids('/v1/actors'))}"
        said = {"claimant": name, "as_of_date": "2022-01-20", "best": best}
        empty.put(record("actors", name), record("figures", name, **said))
    path = "/v1/incidents/i?reason=never&cascade=true"
    assert empty.write("DELETE", path, If_Match="*").status_code == 200
    assert list(consistency.faults(empty.store)) == []
