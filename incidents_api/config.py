"""Settings, as one table: name, type, default, bounds and words.

Each can be given in the environment as ``INCIDENTS_`` and its name in capitals. A name that is
not in the table is refused, so that a misspelt setting is never silently ignored.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from environs import Env, EnvError
from marshmallow.validate import OneOf, Range

from incidents_api.logs import LEVELS
from incidents_api.setting_checks import networks, public_url

PREFIX: Final = "INCIDENTS_"


@dataclass(frozen=True)
class Setting:
    """A setting: its name, how it is read, its default, what it does, and its bounds."""

    name: str
    type: str
    default: Any
    words: str
    bounds: Range | OneOf | Callable[[str], object] | None = None


_BYTES: Final = Range(1024, 2**30)

SETTINGS: Final = (
    Setting("db", "str", "incidents.db", "Path of the database file."),
    Setting("bind", "str", "127.0.0.1:8000", "Address and port to serve on."),
    Setting("workers", "int", 2, "How many processes serve: one a core.", Range(1, 64)),
    Setting("threads", "int", 4, "How many requests each answers at a time.", Range(1, 64)),
    Setting(
        "read_seconds",
        "float",
        2.0,
        "Longest time of a read query, in seconds.",
        Range(0, 3600, min_inclusive=False),
    ),
    Setting(
        "requests_per_minute",
        "int",
        600_000,
        "How many requests a client (a network address) may make in a minute; 0 is no limit. "
        "Each worker counts for itself and allows its share, rounded up.",
        Range(0, 1_000_000_000),
    ),
    Setting(
        "anonymous_reads",
        "bool",
        True,
        "Whether everybody may read. If not, reading takes a key too; only the state, the kinds of "
        "problems and the documentation are open.",
    ),
    Setting(
        "key_requests_per_minute",
        "int",
        600_000,
        "How many requests may be made with one key in a minute, instead of those of its network; "
        "0 is no limit. Shared by the workers likewise.",
        Range(0, 1_000_000_000),
    ),
    Setting(
        "failed_keys_per_minute",
        "int",
        60,
        "How many keys that are not good a network may show in a minute, before it is answered "
        "only without a key; 0 is no limit. Shared by the workers likewise.",
        Range(0, 1_000_000_000),
    ),
    Setting("body_bytes", "int", 1_048_576, "Largest body of a record, in bytes.", _BYTES),
    Setting("batch_bytes", "int", 16_777_216, "Largest body of a batch, in bytes.", _BYTES),
    Setting("search_bytes", "int", 2_000_000, "Largest body of a search, in bytes.", _BYTES),
    Setting(
        "json_depth",
        "int",
        32,
        "How many lists and objects may stand inside each other in a body.",
        Range(8, 64),
    ),
    Setting(
        "batch_operations", "int", 1000, "How many operations a batch may have.", Range(1, 1000)
    ),
    Setting(
        "query_parameters",
        "int",
        400,
        "How many parameters a query may have, in the address or in the body of a search.",
        Range(10, 400),
    ),
    Setting(
        "page_records",
        "int",
        1000,
        "Largest page, in records, versions, changes or releases.",
        Range(50, 1000),
    ),
    Setting(
        "exports_at_a_time",
        "int",
        2,
        "How many exports and long lists of everything each worker sends at a time; fewer than its "
        "threads, so that others are answered.",
        Range(1, 64),
    ),
    Setting("contact", "str", "", "Where readers report an error in the data: an address."),
    Setting("cors_origins", "str", "*", "Sites whose pages may read, separated by commas."),
    Setting(
        "hosts",
        "str",
        "",
        "Names in `Host` that are answered, separated by commas, without ports; `.example.org` is "
        "all below it too. Empty is any.",
    ),
    Setting(
        "public_url",
        "str",
        "",
        "Scheme and host by which others reach the server, such as `https://a.example.org`, for "
        "whole addresses; empty is what a request was sent to.",
        public_url,
    ),
    Setting(
        "proxies",
        "str",
        "",
        "Addresses and networks of proxies, separated by commas (`unix` is one on a Unix socket), "
        "whose `X-Forwarded-For`, `-Proto` and `-Host` are believed.",
        networks,
    ),
    Setting(
        "log_level",
        "str",
        "info",
        "What is logged: info is a line for each request and what goes wrong, warning and error "
        "only that, debug tracebacks too.",
        OneOf(LEVELS),
    ),
    Setting("metrics", "bool", True, "Whether /v1/metrics says how the service is."),
    Setting(
        "min_free_mb",
        "int",
        500,
        "Below so many MB of free disk /v1/ready has a warning.",
        Range(0, 1_000_000_000),
    ),
    Setting("log_queries", "bool", True, "Whether the query stands in the line of a request."),
    Setting("log_addresses", "bool", True, "Whether the client's address stands in that line."),
)


class WrongSetting(Exception):
    """A setting that cannot be used; the message names it."""


class UnknownSetting(WrongSetting):
    """A setting that is not in the table."""


def read() -> dict[str, Any]:
    """Read all settings from the environment.

    Raises:
        UnknownSetting: A variable begins with ``INCIDENTS_`` and names no setting.
        WrongSetting: A value is not of its type, or out of bounds.

    """
    names = {PREFIX + setting.name.upper() for setting in SETTINGS}
    _known({name for name in os.environ if name.startswith(PREFIX)}, names)
    env = Env(prefix=PREFIX)
    try:
        return {setting.name: _one(env, setting) for setting in SETTINGS}
    except EnvError as fault:
        raise WrongSetting(str(fault)) from None


def with_given(given: dict[str, Any]) -> dict[str, Any]:
    """Return all settings, those given by name before the environment's.

    Raises:
        WrongSetting: As :func:`read` does, for given names too.

    """
    _known(set(given), {setting.name for setting in SETTINGS})
    return {**read(), **given}


def _known(given: set[str], names: set[str]) -> None:
    if unknown := given - names:
        wrong, right = ", ".join(sorted(unknown)), ", ".join(sorted(names))
        raise UnknownSetting(f"there is no setting {wrong}; there are {right}")


def _one(env: Env, setting: Setting) -> Any:
    read_as = getattr(env, setting.type)
    return read_as(setting.name.upper(), setting.default, validate=setting.bounds)
