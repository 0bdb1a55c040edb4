"""The commands of keys, and of the trail of what was done with them and with records."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click

from incidents_api.console import db_option, open_store
from incidents_api.storage import access, audit
from incidents_api.storage.sequence import now, written

#: The hours of each unit of a duration.
_UNITS: Final = {"h": 1, "d": 24, "w": 7 * 24}
_DURATION: Final = re.compile(r"([0-9]{1,5})([hdw])")
_SCOPE: Final = click.option(
    "--scope",
    type=click.Choice(access.SCOPES),
    required=True,
    help="What it may do; each scope includes those before it.",
)
_HEADINGS: Final = (
    *("id", "owner", "scope", "state", "created_at", "expires_at", "last_used_at", "replaces"),
)
_TIMES: Final = "a duration (12h, 90d, 4w) or a day (2027-06-30, until its end in UTC)"


def _when(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Return a time to come, after a duration or at the end of a day, as times are stored.

    Raises:
        click.BadParameter: It is neither.

    """
    if value is None:
        return None
    try:
        return written(_time(value, datetime.now(UTC)))
    except (ValueError, OverflowError):
        raise click.BadParameter(f"{value!r} must be {_TIMES}") from None


def _time(text: str, present: datetime) -> datetime:
    """Return the time that a text names.

    Raises:
        ValueError: It names none.
        OverflowError: It is beyond the year 9999.

    """
    if duration := _DURATION.fullmatch(text):
        return present + timedelta(hours=int(duration[1]) * _UNITS[duration[2]])
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError
    return datetime.fromisoformat(text).replace(tzinfo=UTC) + timedelta(days=1)


def _who_and_why(command: Any) -> Any:
    """Add the options that say on whose authority and for what reason, for the audit trail."""
    who = click.option("--who", default="incidents-api", help="On whose authority, for the audit.")
    why = click.option("--reason", help="For what reason, for the audit.")
    return who(why(command))


@click.group()
def keys() -> None:
    """Keys, with which others read and write over HTTP."""


@keys.command("create")
@db_option
@_SCOPE
@click.option("--owner", required=True, help="Whose it is. Everybody sees it, as who in /history.")
@click.option("--expires", callback=_when, help=f"When it ends: {_TIMES}; never, if not given.")
@_who_and_why
def create(
    db: Path | None, scope: str, owner: str, expires: str | None, who: str, reason: str | None
) -> None:
    """Make a key and print it, this once."""
    store = open_store(db)
    key, text = access.create(store, owner, scope, expires_at=expires, who=who, why=reason)
    store.close()
    _tell(key, text)


def _tell(key: access.Key, text: str) -> None:
    """Print a new key alone, and beside it what is to be known of it."""
    click.echo(text)
    click.echo(
        f"Keep it: only a hash of it is stored, and it is not shown again. What is written with "
        f"it stands in the public history as by {key.owner}.",
        err=True,
    )


@keys.command("list")
@db_option
def list_(db: Path | None) -> None:
    """List the keys, those that have ended too, the oldest first; their secrets are not kept."""
    store = open_store(db)
    found, time = access.listed(store), now()
    store.close()
    click.echo("\t".join(_HEADINGS))
    for key in found:
        state = key.ended(time) or "is good"
        times = (key.created_at, key.expires_at, key.last_used_at)
        told = (key.id, key.owner, key.scope, state, *(one and f"{one[:19]}Z" for one in times))
        click.echo("\t".join(_cell(cell) for cell in (*told, key.replaces)))


@keys.command("rotate")
@db_option
@click.argument("name", metavar="ID")
@click.option(
    "--overlap",
    callback=_when,
    default="7d",
    show_default=True,
    help=f"How long the old one goes on beside the new one: {_TIMES}.",
)
@_who_and_why
def rotate(db: Path | None, name: str, overlap: str, who: str, reason: str | None) -> None:
    """Make a key in the place of another, by its public id, and print it, this once."""
    store = open_store(db)
    key, text = access.rotate(store, name, overlap, who=who, why=reason)
    store.close()
    _tell(key, text)


@keys.command("revoke")
@db_option
@click.argument("name", metavar="ID")
@_who_and_why
def revoke(db: Path | None, name: str, who: str, reason: str | None) -> None:
    """End a key at once, by its public id."""
    store = open_store(db)
    access.revoke(store, name, who=who, why=reason)
    store.close()
    click.echo(f"revoked {name}")


@click.command("audit")
@db_option
@click.option("--since", default="", help="From which time on, such as 2026-11 or 2026-11-30T12.")
@click.option("--who", help="Only on this authority.")
@click.option("--key", "key_id", metavar="ID", help="Only by the key of this public id.")
@click.option("--limit", type=click.IntRange(1), help="At most so many, the newest.")
def audit_(
    db: Path | None, since: str, who: str | None, key_id: str | None, limit: int | None
) -> None:
    """List what was done, in order: when, who, what, to what, why, by which key and request."""
    store = open_store(db)
    with store.reading(limited=False) as connection:
        for entry in audit.entries(
            connection, since=since, who=who, key_id=key_id, most=limit or -1
        ):
            click.echo("\t".join(_cell(cell) for cell in entry))
    store.close()


def _cell(text: str | None) -> str:
    """Return a text that stays in its place: without tabs and line ends."""
    return " ".join((text or "").split())
