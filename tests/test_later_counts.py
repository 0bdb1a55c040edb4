"""The same observatory counts again, a party counts too: growth is no contradiction."""

from typing import Any

import pytest

from tests.conftest import Base

BATTLE = "hasakah-prison-battle-2022"
HOME = f"/v1/incidents/{BATTLE}"
PARTS = {
    "is": {"actor": ["is"]},
    "guards": {"role": ["guard", "security_force"], "actor": ["sdf"]},
    "civilians": {"status": ["civilian"]},
}
LATER = {"2022-01-29": (332, (246, 79, 7)), "2022-01-30": (373, (268, 98, 7))}


def _figure(name: str, day: str, number: int, **more: Any) -> dict[str, Any]:
    return {
        "resource": "figures",
        "id": name,
        "incident": BATTLE,
        "claimant": "sohr",
        "measure": "killed",
        "measure_kind": "cumulative",
        "as_of_date": day,
        "said_at": day,
        "qualifier": "exact",
        "amount": number,
        **more,
    }


def _count(day: str) -> list[dict[str, Any]]:
    total, parts = LATER[day]
    name = f"killed-sohr-{day}"
    by_side = [{"name": "by_side", "disjoint": True, "complete": True}]
    of_it = {"part_of": name, "breakdown": "by_side"}
    return [
        _figure(name, day, total, breakdowns=by_side),
        *(
            _figure(f"{name}-{side}", day, number, population=population, **of_it)
            for (side, population), number in zip(PARTS.items(), parts, strict=True)
        ),
    ]


@pytest.fixture
def later(base: Base) -> tuple[Base, list[int]]:
    """The sample, and three later transactions; with the number of the last before each, and after.

    The observatory's counts of 29 and 30 January, and a party's count of the attackers dead.
    """
    seqs = [base.store.seq(), *(base.put(*_count(day)) for day in LATER)]
    party = _figure("killed-is-sdf", "2022-01-31", 374, claimant="sdf", population=PARTS["is"])
    seqs.append(base.put(party))
    return base, seqs


def _killed(base: Base, clocks: str = "", rule: str = "latest") -> dict[str, Any]:
    """Return the estimates of the killed, by whom they count: everybody, or one population."""
    path = f"{HOME}/estimates?measure=killed&rule={rule}{clocks}"
    found = {}
    for estimate in base.json(path)["data"]:
        who = [name for name, values in estimate["question"]["population"].items() if values]
        found["+".join(sorted(who))] = estimate
    return found


def _bounds(estimate: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(estimate[name] for name in ("low", "best", "high", "high_open"))


def test_the_last_count_of_the_observatory_answers(later: tuple[Base, list[int]]) -> None:
    base, _ = later
    total = _killed(base)[""]
    assert _bounds(total) == (373, 373, 373, False)
    assert total["figures_used"] == ["killed-sohr-2022-01-30"]
    (breakdown,) = total["breakdowns"]
    assert (breakdown["sum"]["best"], breakdown["adds_up"]) == (373, True)
    casualties = base.json(HOME)["casualties"]["killed"]
    assert (casualties["low"], casualties["best"], casualties["high"]) == (373, 373, 373)


def test_a_party_widens_the_bounds_and_gives_no_point(later: tuple[Base, list[int]]) -> None:
    base, _ = later
    attackers = next(e for key, e in _killed(base).items() if key.startswith("actor"))
    assert _bounds(attackers) == (268, 268, 374, False)
    assert attackers["by_stance"]


def test_nobody_contradicts_himself(later: tuple[Base, list[int]]) -> None:
    base, _ = later
    found = base.json(f"/v1/contradictions?incident={BATTLE}&claimant=sohr&limit=1000")["data"]
    assert [one for one in found if one["kind"] == "revision"] == []
    for one in found:
        assert len({record["id"] for record in one["records"]}) > 1
        assert set(one["claimants"]) != {"sohr"}


def test_the_timeline_shows_the_growth(later: tuple[Base, list[int]]) -> None:
    base, _ = later
    counts: dict[str, list[int]] = {}
    changes: dict[str, list[int | None]] = {}
    for step in base.json(f"{HOME}/timeline?measure=killed")["data"]:
        if step["claimant"] == "sohr":
            counts.setdefault(step["series"], []).append(step["low"])
            changes.setdefault(step["series"], []).append(step["change_low"])
    found = {tuple(series) for series in counts.values()}
    assert found == {(136, 332, 373), (84, 246, 268), (45, 79, 98), (7, 7, 7)}
    assert (None, 196, 41) in {tuple(steps) for steps in changes.values()}


@pytest.mark.parametrize("nth", range(3))
def test_every_earlier_answer_stays_reachable(later: tuple[Base, list[int]], nth: int) -> None:
    base, seqs = later
    number, open_ = [(136, True), (332, False), (373, False)][nth]
    clocks = [f"known_at={seqs[nth]}"]
    clocks += [f"{clock}={('2022-01-23', *LATER)[nth]}" for clock in ("as_of", "said_by")]
    for clock in clocks:
        assert _bounds(_killed(base, f"&{clock}")[""]) == (number, number, number, open_)
        record = base.json(f"{HOME}?{clock}")
        assert record["casualties"]["killed"]["best"] == number
        page = base.json(f"/v1/incidents?killed_best={number}&{clock}")
        assert [one["id"] for one in page["data"]] == [BATTLE]
        (group,) = base.json(f"/v1/aggregate?group_by=country&measure=killed&{clock}")["data"]
        assert group["best"] == number
