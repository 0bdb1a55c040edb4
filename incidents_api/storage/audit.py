"""The audit trail: what was done beside the writes of records, which are transactions themselves.

Keys that were made or revoked, fields that were redacted, releases that were named: none of them
is a change of the knowledge base, and each is entered here in the database transaction that does
it. An entry never holds a secret, nor what was redacted.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from incidents_api.storage.sequence import now


def note(
    connection: Any,
    action: str,
    who: str,
    *,
    about: str | None = None,
    why: str | None = None,
    key_id: str | None = None,
) -> None:
    """Enter what is being done, in the transaction that does it.

    Args:
        connection: The writing connection, inside its transaction.
        action: What is done, such as ``keys create``.
        who: On whose authority.
        about: To what: the public id of a key, or the address of a record or field.
        why: For what reason.
        key_id: The public id of the key by which it was asked for, where it was over HTTP.

    """
    connection.execute(
        "INSERT INTO audit (at, who, action, about, why, key_id) VALUES (?, ?, ?, ?, ?, ?)",
        (now(), who, action, about, why, key_id),
    )


class Entry(NamedTuple):
    """What was done: a write of records, or anything else that is audited.

    Attributes:
        at: When, in UTC.
        who: On whose authority.
        action: What: of a write ``write`` and the number of its transaction.
        about: To what: of a write its changes, ``create incidents/x`` and the like.
        why: For what reason.
        key_id: The public id of the key by which it was asked for.
        request_id: The request that asked for it.

    """

    at: str
    who: str
    action: str
    about: str | None
    why: str | None
    key_id: str | None
    request_id: str | None


#: So many changes of a write are told one by one; of a longer one, how many more there are.
TOLD: Final = 20
_WRITES: Final = f"""
SELECT x.recorded_at, x.who, 'write ' || x.seq, (
  SELECT group_concat(told, '; ') FROM (
    SELECT c.action || ' ' || c.resource || '/' || c.id || coalesce(' (' || c.why || ')', '')
      AS told
    FROM changes c WHERE c.seq = x.seq ORDER BY c.n LIMIT {TOLD}
  )
) || coalesce((
  SELECT '; and ' || (count(*) - {TOLD}) || ' more' FROM changes c WHERE c.seq = x.seq
  HAVING count(*) > {TOLD}
), ''), x.why, x.key_id, x.request_id
FROM transactions x"""
_OTHERS: Final = "SELECT at, who, action, about, why, key_id, NULL FROM audit x"


def entries(
    connection: Any,
    *,
    since: str = "",
    until: str = "~",
    who: str | None = None,
    key_id: str | None = None,
    most: int = -1,
) -> Iterator[Entry]:
    """Yield what was done, in the order of time.

    Args:
        connection: A reading connection.
        since: From which time on; the beginning of one will do, such as ``2026-11``.
        until: Before which time.
        who: Only on this authority.
        key_id: Only by the key of this public id.
        most: At most so many, the newest; -1 for all.

    """
    wanted = {"who": who, "key_id": key_id}
    where = [f"x.{name} = :{name}" for name, value in wanted.items() if value is not None]
    written = " AND ".join(["x.recorded_at >= :since", "x.recorded_at < :until", *where])
    others = written.replace("recorded_at", "at")
    newest = f"{_WRITES} WHERE {written} UNION ALL {_OTHERS} WHERE {others} ORDER BY 1 DESC"
    values = {**wanted, "since": since, "until": until, "most": most}
    rows = connection.execute(f"SELECT * FROM ({newest} LIMIT :most) ORDER BY 1", values)
    return (Entry(*row) for row in rows)
