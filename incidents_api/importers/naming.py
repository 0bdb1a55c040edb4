"""What a data set names without an identifier of its own: actors and media, known by their names.

Ids follow from the names, so that the next release finds what this one made. The readable part of
an id is cut and folded; the digest in it is of the whole name, so that two names never share one.
"""

import re
import unicodedata
from hashlib import sha256
from typing import Final

from incidents_api.importers.cells import Cells
from incidents_api.importers.datasets import Release
from incidents_api.importers.events import Named, Values
from incidents_api.importers.source_cells import kind_of

#: The longest name of an actor, and of the author of a source.
LONGEST: Final = 300
_READABLE: Final = 40
_TITLE: Final = 500


def slug(text: str, joint: str = "_") -> str:
    """Return a text in lower-case letters and digits of ASCII, all else folded into a joint."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", joint, plain).strip(joint)


def digest(name: str) -> str:
    """Return what stands for a name in ids: no two names have the same."""
    return sha256(name.encode()).hexdigest()[:16]


def stable(prefix: str, name: str) -> str:
    """Return the id of what goes by a name."""
    readable = slug(name, "-")[:_READABLE].strip("-")
    return "-".join(filter(None, (prefix, readable, digest(name))))


def own(release: Release, name: str) -> Values:
    """Return the members that all records of a data set have."""
    return {
        "id": name,
        "dataset": release.terms.dataset,
        "visibility": release.terms.visibility,
    }


def listed(text: str) -> list[str]:
    """Return the names of a cell that separates them by semicolons, each once."""
    return list(dict.fromkeys(name for part in text.split(";") if (name := part.strip())))


def names(cells: Cells, column: str, *, several: bool = False) -> list[str]:
    """Return whom a column names; what is too long for a name is a fault of the row.

    Args:
        cells: The row.
        column: The column, which is kept as it stands too.
        several: Whether it may hold several names.

    """
    text = cells.clean(column, cells.peek(column))
    found = listed(text) if several else [text] if text else []
    for name in found:
        if len(name) > LONGEST:
            words = f"names somebody in {len(name):,} characters; {LONGEST} are allowed"
            cells.faults.append(f"{column}: {words}")
    return found


def actor(release: Release, name: str, kind: str) -> Named:
    """Return an actor of a name: found by that name or alias exactly, else made.

    Args:
        release: The release that names it.
        name: Its name.
        kind: What kind of actor is made, a term of ``actor_type``.

    """
    made = own(release, stable(f"{release.terms.dataset}-actor", name))
    return Named(None, None, {**made, "name": name, "actor_type": kind})


def medium(release: Release, name: str) -> Values:
    """Return the source that stands for whatever a medium or office of a name printed."""
    title = name if len(name) <= _TITLE else f"{name[: _TITLE - 1]}…"
    return {
        **own(release, stable(f"{release.terms.dataset}-source", name)),
        "title": title,
        "author": name[:LONGEST],
        "source_type": kind_of(name),
    }
