"""What edits must do, in a few lines of Python: a model for the property tests of writing."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from hypothesis import strategies as st

from incidents_api.model.merge import merged
from tests import editor as editors
from tests.editor import Given

Key = tuple[str, str]

IDS: Final = {"incidents": ("i1", "i2", "i3"), "actors": ("a1", "a2"), "figures": ("f1", "f2")}
#: What is there from the start; of each resource the last one is not.
FIRST: Final = [
    editors.create("incidents", "i1", title="T", date_start="2022-01-20"),
    editors.create("incidents", "i2", title="T", date_start="2022-01-20", part_of="i1"),
    editors.create("actors", "a1", name="A", actor_type="media"),
    editors.create("figures", "f1", incident="i2", claimant="a1", measure="killed", best=3),
]
KEYS: Final = [(resource, name) for resource, names in IDS.items() for name in names]
LINKS: Final = {
    "incidents": {"part_of": "incidents"},
    "actors": {"parent": "actors"},
    "figures": {"incident": "incidents", "claimant": "actors", "part_of": "figures"},
}
CHAINS: Final = {"incidents": "part_of", "actors": "parent", "figures": "part_of"}
REQUIRED: Final[dict[str, Given]] = {
    "incidents": {"title": "T", "date_start": "2022-01-20"},
    "actors": {"name": "A", "actor_type": "media"},
    "figures": {"measure": "killed", "best": 3},
}
MEMBERS: Final = {resource: (*REQUIRED[resource], *LINKS[resource], "notes") for resource in IDS}
#: What breaks a rule within a record: a day or a bound before the first.
BROKEN: Final[dict[str, Given]] = {
    "incidents": {"date_end": "2022-01-19"},
    "actors": {"active_from": "2022-01-20", "active_to": "2022-01-19"},
    "figures": {"high": 1},
}
SHAPELESS: Final[tuple[Given, ...]] = ({"colour": "red"}, {"notes": 5}, {"external_ids": {}})
ACTIONS: Final = ("create", "replace", "patch", "withdraw", "restore")
STATUS: Final = {
    "missing": 404,
    "gone": 410,
    "stale": 412,
    "unconditional": 428,
    "rule": 409,
    "invalid": 422,
}


@dataclass
class Kept:
    """A record as the model has it."""

    values: Given
    state: str = "live"
    version: int = 1


Model = dict[Key, Kept]


@dataclass(frozen=True)
class Op:
    """An edit that is to be tried; ``match`` says how: now, old, any or not at all."""

    action: str
    key: Key
    content: Mapping[str, Any]
    match: str
    cascade: bool
    renamed: bool


def status_of(kinds: set[str]) -> int:
    """Return the status that says faults of these kinds."""
    statuses = {STATUS[kind] for kind in kinds}
    several = 422 if 422 in statuses else 409
    return statuses.pop() if len(statuses) == 1 else several


def content_faults(resource: str, values: Given) -> set[str]:
    """Return of what kinds the faults of a record are."""
    found = set()
    wrong = [(name, value) for shapeless in SHAPELESS for name, value in shapeless.items()]
    if any(values.get(name) is None for name in REQUIRED[resource]) or any(
        values.get(name) == value for name, value in wrong
    ):
        found.add("invalid")
    if any(values.get(name) for name in BROKEN[resource]):
        found.add("rule")
    if resource == "figures" and values.get("incident") is None:
        found.add("rule")
    return found


def state_fault(op: Op, before: Kept | None) -> str:
    """Return of what kind the fault is of editing a record in this state, if it is one."""
    if before is None:
        absent = "stale" if op.match != "none" else ""
        return "missing" if op.action in ("patch", "withdraw", "restore") else absent
    if op.action == "create":
        return "rule"
    if op.action == "restore" and before.state == "live":
        return "rule"
    if op.action != "restore" and before.state != "live":
        return "rule" if op.action == "replace" else "gone"
    if op.match == "old":
        return "stale"
    return "unconditional" if op.match == "none" and op.action != "restore" else ""


def judged(ops: list[Op], model: Model, *, single: bool) -> tuple[int, Model]:
    """Return the status that edits are answered with, 200 if they are done, and what they leave."""
    if kinds := shape_faults(ops, single=single):
        return status_of(kinds), model
    kinds, made = edited(ops, model)
    if kinds:
        return status_of(kinds), model
    for op in ops:
        if op.cascade and op.action == "withdraw":
            take_along(op.key, made, {one.key for one in ops})
    if broken_links(made) or circles(made):
        return 409, model
    for key, kept in made.items():
        was = model.get(key)
        kept.version += was is None or (was.values, was.state) != (kept.values, kept.state)
    return 200, made


def shape_faults(ops: list[Op], *, single: bool) -> set[str]:
    """Return of what kinds the faults are that can be seen without the knowledge base."""
    found: set[str] = set()
    for op in ops:
        if op.match == "none" and op.action in ("patch", "withdraw") and not single:
            found.add("invalid")
        if op.action in ("create", "replace"):
            found |= {"rule"} if op.renamed else content_faults(op.key[0], dict(op.content))
    return found


def edited(ops: list[Op], model: Model) -> tuple[set[str], Model]:
    """Return of what kinds the faults are of edits by themselves, and the model with them done."""
    kinds: set[str] = set()
    made = deepcopy(model)
    for place, op in enumerate(ops):
        before = model.get(op.key)
        if op.key in [other.key for other in ops[:place]]:
            kinds.add("invalid")
        elif fault := state_fault(op, before):
            kinds.add(fault)
        elif op.action in ("withdraw", "restore"):
            made[op.key].state = "withdrawn" if op.action == "withdraw" else "live"
        elif op.action == "patch" and op.renamed:
            kinds.add("rule")
        else:
            old = before.values if before and op.action == "patch" else {}
            values = merged(old, dict(op.content))
            kinds |= content_faults(op.key[0], values)
            made.setdefault(op.key, Kept({}, version=0)).values = values
    return kinds, made


def linked(key: Key, kept: Kept) -> set[Key]:
    """Return where a record's links lead."""
    links = LINKS[key[0]].items()
    return {(other, kept.values[name]) for name, other in links if name in kept.values}


def take_along(key: Key, made: Model, edited: set[Key]) -> None:
    """Withdraw what depends on a record, but what is edited itself."""
    for other, kept in made.items():
        if kept.state == "live" and other not in edited and key in linked(other, kept):
            kept.state = "withdrawn"
            take_along(other, made, edited)


def broken_links(made: Model) -> bool:
    """Return whether a link leads nowhere, or from what is living to what is withdrawn."""
    return any(
        target not in made or (kept.state == "live" and made[target].state != "live")
        for key, kept in made.items()
        for target in linked(key, kept)
    )


def circles(made: Model) -> bool:
    """Return whether a chain of links leads back to where it began."""
    for key in made:
        resource = key[0]
        name: str | None = key[1]
        seen = set()
        while name is not None and (resource, name) in made and name not in seen:
            seen.add(name)
            name = made[resource, name].values.get(CHAINS[resource])
        if name in seen:
            return True
    return False


def first() -> Model:
    """Return the model of what is there from the start."""
    return {
        (one["resource"], one["record"]["id"]): Kept(
            {name: value for name, value in one["record"].items() if name != "id"}
        )
        for one in FIRST
    }


def rarely(draw: st.DrawFn) -> bool:
    """Draw whether something should go wrong, once in sixteen times."""
    return draw(st.integers(0, 15)) == 9


def contents(draw: st.DrawFn, model: Model, key: Key, *, whole: bool) -> Given:
    """Draw a record or a patch: most lead to what stands, few in a circle, and few are faulty."""
    resource = key[0]
    told: Given = {**REQUIRED[resource]} if whole else {}
    if draw(st.booleans()):
        told["notes"] = draw(st.sampled_from(("One.", "Two.", None)))
    for name, to in LINKS[resource].items():
        if (whole and name == "incident") or draw(st.integers(0, 2)) == 0:
            living = [
                one
                for one in IDS[to]
                if is_live(model.get((to, one))) and (to != resource or one < key[1])
            ]
            wild = not living or rarely(draw)
            told[name] = draw(st.sampled_from((*IDS[to], None) if wild else living))
    if rarely(draw):
        told |= draw(st.sampled_from((BROKEN[resource], *SHAPELESS)))
    if rarely(draw) and not whole:
        told[next(iter(REQUIRED[resource]))] = None
    return told


def is_live(kept: Kept | None) -> bool:
    """Return whether a record stands."""
    return kept is not None and kept.state == "live"


def an_op(draw: st.DrawFn, model: Model, key: Key) -> Op:
    """Draw an edit of a record: most are such as can be done to it."""
    kept = model.get(key)
    wise: tuple[str, ...] = ("create", "replace")
    if kept is not None:
        wise = ("patch", "replace", "withdraw") if is_live(kept) else ("restore",)
    action = draw(st.sampled_from(ACTIONS if rarely(draw) else wise))
    match = "none" if kept is None else draw(st.sampled_from(("now", "any")))
    if action == "create":
        match = "none"
    elif rarely(draw):
        match = draw(st.sampled_from(("now", "any", "old", "none")))
    content: Given = {}
    if action in ("create", "replace", "patch"):
        content = contents(draw, model, key, whole=action != "patch")
    renamed = action in ("replace", "patch") and rarely(draw)
    return Op(action, key, content, match, draw(st.booleans()), renamed)


@st.composite
def ops(draw: st.DrawFn, model: Model) -> list[Op]:
    """Draw edits for one request, seldom two of one record."""
    keys = draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=4, unique=True))
    if rarely(draw):
        keys.append(keys[0])
    return [an_op(draw, model, key) for key in keys]
