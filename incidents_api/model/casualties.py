"""The member ``casualties`` of incidents: who was killed and injured, by every rule.

It is computed from the figures about an incident; here stands what it looks like.
"""

from typing import Any, Final

from incidents_api.model.claims import UNREAD
from incidents_api.model.fields import (
    INDEXED,
    SAFE_INTEGER,
    SCANNED,
    WHOLE,
    Block,
    Code,
    Computed,
    Flag,
    Integer,
    Kind,
    Tally,
    Word,
    member_schema,
    nullable,
)

#: The measures that are always there, each with columns of its own.
MEASURES: Final = ("killed", "injured")
_ANY_NAME: Final = {"maxLength": 40, "pattern": "^[a-z_]+$"}


_DISPUTED: Final = (
    "Whether counts of everybody by different claimants do not touch, or one used is disputed."
)
_COUNT: Final = Integer("How many.").schema()
#: A median of several numbers may be a half.
_HALF: Final = {"type": "number", "minimum": 0, "maximum": SAFE_INTEGER}
_BASIS: Final = Code("best_basis", "What the point value rests on.")


def _bounds(number: dict[str, Any]) -> dict[str, Any]:
    return {
        "low": nullable(number) | {"description": "Lower bound."},
        "best": nullable(number) | {"description": "Point value; null where there is none."},
        "best_basis": member_schema(_BASIS),
        "high": nullable(number) | {"description": "The highest number stated."},
        "high_open": {"type": "boolean", "description": "Whether somebody left the top open."},
    }


def _object(words: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": ["object", "null"],
        "description": words,
        "required": list(properties),
        "properties": properties,
    }


def _measure(words: str) -> dict[str, Any]:
    """Return the schema of what is known of one measure."""
    by_rule = _object("By this rule; null where it gives nothing.", _bounds(_HALF))
    return _object(
        words,
        {
            **_bounds(_COUNT),
            "n_claimants": _COUNT | {"description": "How many claimants give a number."},
            "disputed": {"type": "boolean", "description": _DISPUTED},
            "method": member_schema(Code("method", "How what is told here was counted.")),
            "rules": {
                "type": "object",
                "description": "The same by every other rule.",
                "propertyNames": _ANY_NAME,
                "additionalProperties": by_rule,
            },
        },
    )


def _shape() -> dict[str, Any]:
    told = {name: _measure(f"How many were {name}; null if nobody says.") for name in MEASURES}
    rule = {"type": "string", **_ANY_NAME, "description": "The rule of low, best and high."}
    disputed = {"type": "boolean", "description": _DISPUTED}
    return {
        "type": "object",
        "required": ["rule", "disputed", *MEASURES],
        "properties": {"rule": rule, "disputed": disputed, **told},
        "additionalProperties": _measure("Another measure that somebody gave a number of."),
    }


def _leaves() -> dict[str, tuple[tuple[str, ...], Kind]]:
    """Return the columns: of each measure what the default rule gives, and that rule's name."""
    found: dict[str, tuple[tuple[str, ...], Kind]] = {}
    for name in MEASURES:
        bound: dict[str, Any] = {"sort": True, "filter": INDEXED}
        kinds: dict[str, Kind] = {
            "low": Tally(f"How many were {name} at least.", **bound),
            "best": Tally(f"How many were {name}: the point value.", **bound),
            "best_basis": Code(
                "best_basis", f"What the point value of {name} rests on.", filter=SCANNED
            ),
            "high": Tally(f"How many were {name}: the highest number stated.", **bound),
            "high_open": Flag(f"Whether somebody left the top of {name} open.", filter=SCANNED),
            "n_claimants": Integer(f"How many claimants say how many were {name}.", filter=SCANNED),
            "disputed": Flag(f"Of {name}: {_DISPUTED[0].lower()}{_DISPUTED[1:]}", filter=SCANNED),
        }
        found |= {f"{name}_{member}": ((name, member), kind) for member, kind in kinds.items()}
        found[f"{name}_rule"] = (("rule",), Word(f"The rule by which {name} is told."))
    words = f"Of killed or injured: {_DISPUTED[0].lower()}{_DISPUTED[1:]}"
    found["disputed"] = (("disputed",), Flag(words, filter=SCANNED, default=False))
    return found


#: Who was killed and injured, over everybody, by every rule.
CASUALTIES: Final = Block(
    "Who was killed and injured, over everybody, by the rule latest and by every other rule: "
    "computed from the public figures.",
    leaves=_leaves(),
    shape=_shape(),
    nothing={"rule": "latest", "disputed": False, **dict.fromkeys(MEASURES)},
    computed=Computed("casualties", {"figures": (WHOLE,)}, UNREAD),
)
