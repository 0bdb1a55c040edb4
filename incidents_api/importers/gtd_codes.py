"""What the codes of the GTD codebook are in our terms, where that is certain."""

from typing import Final

from incidents_api.importers.cells import Cells

#: GTD's codes for what is not known, and for what is not known of a number.
UNKNOWN: Final = (-9, -99)
#: How exactly the place is known: GTD codes 2 where only the division around a city is known, and
#: 5 where nothing below the country is.
SPECIFICITY: Final = {"1": 1, "2": 3, "3": 3, "4": 4, "5": 6}
#: ``where_prec`` of a place near the point.
NEAR: Final = 2
#: Weapons by the text of their type; None where none of our terms is certain.
WEAPONS: Final[dict[str, str | None]] = {
    "biological": "biological",
    "chemical": "chemical",
    "radiological": "radiological",
    "nuclear": None,
    "firearms": "firearms",
    "explosives": "explosives",
    "explosives/bombs/dynamite": "explosives",
    "fake weapons": None,
    "incendiary": "incendiary",
    "melee": "melee",
    "vehicle": "vehicle",
    "vehicle (not to include vehicle-borne explosives, i.e., car or truck bombs)": "vehicle",
    "sabotage equipment": "sabotage",
    "other": "other",
    "unknown": "unknown",
}
_LAID: Final = ("landmine", "land mine", "pressure trigger", "remote trigger", "time fuse")
#: Kinds of explosives that are closer than that.
EXPLOSIVES: Final = {**dict.fromkeys(_LAID, "mines_ieds"), "vehicle": "vehicle"}
#: The narrower type of an explosion by the text of the weapon's kind.
EXPLOSIONS: Final = {**dict.fromkeys(_LAID, "remote_explosive_landmine_ied"), "grenade": "grenade"}
_BOMBING: Final = "bombing/explosion"


def folded(cells: Cells, column: str) -> str:
    """Return a cell to be looked up, which is kept as it stands too."""
    return cells.peek(column).casefold()


def is_code(cells: Cells, column: str, code: int) -> bool:
    """Return whether a cell holds a code, which may be written 1.0; the cell is kept."""
    return cells.peek(column).removesuffix(".0") == str(code)


def types(cells: Cells) -> dict[str, str | None]:
    """Return the type of event and the narrower one.

    GTD's types of attack tell by what means, not whether those attacked could fight back; so only
    what is an explosion that went off, and nothing else, has a type here.
    """
    alone = folded(cells, "attacktype1_txt") == _BOMBING and not cells.peek("attacktype2_txt")
    if not (alone and is_code(cells, "success", 1)):
        return {}
    narrow = EXPLOSIONS.get(folded(cells, "weapsubtype1_txt"))
    if cells.peek("weapsubtype2_txt"):
        narrow = None
    if is_code(cells, "suicide", 1):
        narrow = "suicide_bomb"
    return {"event_type": "explosions_remote_violence", "sub_event_type": narrow}


def weapons(cells: Cells) -> list[str] | None:
    """Return the weapons used; what is not known here is told, and all of it is kept."""
    found = []
    for number in range(1, 5):
        column = f"weaptype{number}_txt"
        printed = folded(cells, column)
        if printed and printed not in WEAPONS:
            cells.notes.append(f"{column}: {printed[:60]!r} is not known here; it is kept")
        weapon = WEAPONS.get(printed)
        if weapon == "explosives":
            weapon = EXPLOSIVES.get(folded(cells, f"weapsubtype{number}_txt"), weapon)
        found.append(weapon)
    return list(dict.fromkeys(filter(None, found))) or None
