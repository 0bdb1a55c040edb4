"""The audit trail: what was done beside the writes of records, which are transactions themselves.

Keys that were made or revoked, fields that were redacted, releases that were named: none of them
is a change of the knowledge base, and each is entered here in the database transaction that does
it. An entry never holds a secret, nor what was redacted.
"""

from typing import Any

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
