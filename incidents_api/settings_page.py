"""The page of all settings (``docs/settings.md``), as the table of settings makes it."""

from typing import Final

from marshmallow.validate import OneOf, Range

from incidents_api.config import PREFIX, SETTINGS, Setting

PATH: Final = "docs/settings.md"
_TYPES: Final = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}
_HEAD: Final = f"""# Settings

Each is a variable of the environment; `incidents-api serve` has options for some. A variable that
begins with `{PREFIX}` and is not here is refused, and so is a value that cannot be used. This page
is generated (`incidents-api generate`).

| variable | type | default | allowed | what it does |
| --- | --- | --- | --- | --- |
"""


def page() -> str:
    """Return the page, in Markdown."""
    return _HEAD + "".join(map(_row, SETTINGS))


def _row(setting: Setting) -> str:
    default = str(setting.default)
    default = default.lower() if setting.type == "bool" else default
    cells = (
        f"`{PREFIX}{setting.name.upper()}`",
        _TYPES.get(setting.type, setting.type),
        f"`{default}`" if default else "none",
        _allowed(setting.bounds),
        setting.words.replace("|", "\\|"),
    )
    return f"| {' | '.join(cells)} |\n"


def _allowed(bounds: object) -> str:
    if isinstance(bounds, OneOf):
        return ", ".join(f"`{choice}`" for choice in bounds.choices)
    if isinstance(bounds, Range):
        least = f"{bounds.min:,}" if bounds.min_inclusive else f"more than {bounds.min:,}"
        return f"{least} to {bounds.max:,}"
    return "any"
