"""Settings, as one table: name, type, default and words.

Each can be given in the environment as ``INCIDENTS_`` and its name in capitals. A name that is
not in the table is refused, so that a misspelt setting is never silently ignored.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from environs import Env

PREFIX: Final = "INCIDENTS_"


@dataclass(frozen=True)
class Setting:
    """A setting: its name, how it is read, its default, and what it does."""

    name: str
    type: str
    default: Any
    words: str


SETTINGS: Final = (
    Setting("db", "str", "incidents.db", "Path of the database file."),
    Setting("bind", "str", "127.0.0.1:8000", "Address and port to serve on."),
    Setting("workers", "int", 2, "How many processes serve; as many as there are cores."),
    Setting("threads", "int", 4, "How many requests each process answers at a time."),
    Setting("read_seconds", "float", 2.0, "Longest time of a read query, in seconds."),
    Setting("cors_origins", "str", "*", "Sites whose pages may read, separated by commas."),
)


class UnknownSetting(Exception):
    """A setting that is not in the table."""


def read(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Read all settings from the environment.

    Raises:
        UnknownSetting: A variable begins with ``INCIDENTS_`` and names no setting.
        environs.EnvValidationError: A value is not of its type.

    """
    given = os.environ if environ is None else environ
    known = {PREFIX + setting.name.upper() for setting in SETTINGS}
    unknown = [name for name in given if name.startswith(PREFIX) and name not in known]
    if unknown:
        wrong, right = ", ".join(sorted(unknown)), ", ".join(sorted(known))
        raise UnknownSetting(f"there is no setting {wrong}; there are {right}")
    env = Env(prefix=PREFIX)
    return {
        setting.name: getattr(env, setting.type)(setting.name.upper(), setting.default)
        for setting in SETTINGS
    }
