"""What past versions of an incident tell follows what everybody may see now."""

import pytest

from tests.conftest import Base
from tests.test_dependents import record


@pytest.fixture
def counted(empty: Base) -> tuple[Base, int]:
    """An incident with two counts, edited since; with the transaction that had both."""
    more = {"incident": "i", "measure": "killed", "as_of_date": "2022-01-20"}
    empty.put(record("incidents", "i"), record("actors", "a"), record("actors", "b"))
    figures = [
        record("figures", name, claimant=name, qualifier="exact", amount=number, **more)
        for name, number in (("a", 10), ("b", 70))
    ]
    for figure in figures:
        figure.pop("best", None)
    both = empty.put(*figures)
    empty.put(record("incidents", "i", notes="Edited."))
    return empty, both


def highs(base: Base, seq: int) -> dict[str, int | None]:
    """Return the highest number by each way to read the past."""
    return {
        "record": base.json(f"/v1/incidents/i?known_at={seq}")["casualties"]["killed"]["high"],
        "list": base.json(f"/v1/incidents?known_at={seq}")["data"][0]["casualties"]["killed"][
            "high"
        ],
        "column": int(
            base.get(f"/v1/incidents?known_at={seq}&fields=killed_high&f=csv").text.split(",")[-1]
        ),
        "history": base.json("/v1/incidents/i/history")["data"][1]["record"]["casualties"][
            "killed"
        ]["high"],
        "estimate": base.json(f"/v1/incidents/i/estimates?known_at={seq}")["data"][0]["high"],
        "sum": base.json(f"/v1/aggregate?known_at={seq}")["data"][0]["high"],
    }


def test_a_restricted_figure_is_told_at_no_time(counted: tuple[Base, int]) -> None:
    base, seq = counted
    assert set(highs(base, seq).values()) == {70}
    patch = {"visibility": "restricted"}
    assert base.write("PATCH", "/v1/figures/b", patch, If_Match="*").status_code == 200
    assert set(highs(base, seq).values()) == {10}
    assert '":70' not in base.get("/v1/incidents/i/history").text
    assert (
        base.write("PATCH", "/v1/figures/b", {"visibility": "public"}, If_Match="*").status_code
        == 200
    )
    assert set(highs(base, seq).values()) == {70}
