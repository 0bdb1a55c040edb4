"""The kinds of field that a record is made of: a closed set.

A kind *is* a marshmallow field, and it has one check. The check is called by the field, when a
body is read through marshmallow and all its faults are wanted, and by the compiled loop of
:mod:`incidents_api.model.record`, when a million rows are read and none is expected. So both
always agree. marshmallow's own fields are not used for input because they let through what a
casualty record must not contain: ``1.5`` or ``"1_000"`` for a count, ``"yes"`` for a flag,
``20240101`` for a day, NUL in a text.
"""

from incidents_api.model.fields.blocks import Block
from incidents_api.model.fields.containers import (
    Many,
    Members,
    Rows,
    Values,
    member_schema,
    members_schema,
    nullable,
)
from incidents_api.model.fields.kind import (
    INDEXED,
    SCANNED,
    WHOLE,
    Computed,
    Computing,
    Json,
    Kind,
    Schema,
)
from incidents_api.model.fields.links import Code, Link
from incidents_api.model.fields.numbers import SAFE_INTEGER, Flag, Integer, Number, Tally
from incidents_api.model.fields.shape import Shape
from incidents_api.model.fields.texts import (
    ID_PATTERN,
    TEXT_PATTERN,
    Id,
    Label,
    Language,
    Pattern,
    Sha256,
    Text,
    Url,
    Word,
)
from incidents_api.model.fields.times import DATE, DATE_TIME, Day, Instant, Moment, day, instant

__all__ = [
    "Block",
    "Code",
    "Computed",
    "Computing",
    "DATE",
    "DATE_TIME",
    "Day",
    "Flag",
    "ID_PATTERN",
    "INDEXED",
    "Id",
    "Instant",
    "Integer",
    "Json",
    "Kind",
    "Label",
    "Language",
    "Link",
    "Many",
    "Members",
    "Moment",
    "Number",
    "Pattern",
    "Rows",
    "SAFE_INTEGER",
    "SCANNED",
    "Schema",
    "Shape",
    "Sha256",
    "TEXT_PATTERN",
    "Tally",
    "Text",
    "Url",
    "Values",
    "WHOLE",
    "Word",
    "day",
    "instant",
    "member_schema",
    "members_schema",
    "nullable",
]
