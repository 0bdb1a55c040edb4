"""A claim that was taken back later still stands for clocks that look at the time before."""

from typing import Final

from tests.conftest import Base

BATTLE: Final = "hasakah-prison-battle-2022"


def test_what_is_retracted_later_still_stands_before(base: Base) -> None:
    since = {"status_from": "2022-02-01", "status_reason": "They say they were wrong."}
    figure = {"resource": "figures", "id": "wild", "incident": BATTLE, "measure": "killed"}
    words = {"claimant": "is", "as_of_date": "2022-01-23", "said_at": "2022-01-23", "best": 900}
    base.put({**figure, **words, "status": "retracted", **since})
    for clock in ("as_of", "said_by"):
        for day, status, high in (("2022-01-31", "active", 900), ("2022-02-01", "retracted", 136)):
            asked = f"{clock}={day}"
            assert base.json(f"/v1/figures/wild?{asked}")["status"] == status
            assert base.ids(f"/v1/figures?status={status}&id=wild&{asked}") == ["wild"]
            path = f"/v1/incidents?id={BATTLE}&{asked}"
            assert base.json(path)["data"][0]["casualties"]["killed"]["high"] == high
            (row,) = base.json(f"/v1/aggregate?id={BATTLE}&{asked}")["data"]
            assert row["high"] == high
            (row,) = base.json(f"/v1/aggregate?set=all&id={BATTLE}&{asked}")["data"]
            assert row["high"] == high
    then = base.json("/v1/figures/wild?said_by=2022-01-31")
    assert (then["status_from"], then["status_reason"]) == (None, None)
