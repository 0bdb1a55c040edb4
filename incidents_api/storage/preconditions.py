"""Whether a record is in a state in which it can be edited, and in the one that is expected."""

from incidents_api.storage.edits import Cause, Edit
from incidents_api.storage.items import Stored


def state_fault(edit: Edit, before: Stored | None, last: str | None, place: int) -> Cause | None:
    """Return why an edit does not go with whether the record is there, living or withdrawn.

    Args:
        edit: The edit.
        before: The record as it stands.
        last: Of a record that was merged, the id of the one that survives it.
        place: Which edit it is, counted from 0.

    """
    where = f"{edit.resource}/{edit.id}"
    if last is not None and edit.action != "restore":
        words = f"{where} has been merged into {last}: edit that, or restore {edit.id} first"
        return Cause("rule", words, place, (), "merged", f"{edit.resource}/{last}")
    if edit.action in ("create", "replace"):
        if before and before.state != "live":
            words = f"{where} has been withdrawn: restore it, or choose another id"
            return Cause("taken", words, place, ("id",), "id-taken", where)
        if before and edit.action == "create":
            words = f"there is a record {where} already: choose another id, or replace it"
            return Cause("taken", words, place, ("id",), "id-taken", where)
        return None
    if before is None:
        return Cause("missing", f"there is no record {edit.id!r} among the {edit.resource}", place)
    if edit.action == "restore":
        words = f"{where} stands: there is nothing to restore"
        return Cause("rule", words, place, rule="not-withdrawn") if before.state == "live" else None
    words = f"{where} has been withdrawn: restore it first"
    return None if before.state == "live" else Cause("gone", words, place)


def condition_fault(edit: Edit, before: Stored | None, place: int) -> Cause | None:
    """Return why a record is not in the state that the editor expects."""
    where = f"{edit.resource}/{edit.id}"
    if before is None:
        words = f"there is no record {where} to match"
        return None if edit.match is None else Cause("stale", words, place)
    if edit.absent:
        return Cause("stale", f"there is a record {where} already", place)
    if edit.match is None:
        if edit.action == "restore":
            return None
        words = f"say which state of {where} you edit: its ETag, in If-Match (a batch's if_match)"
        return Cause("unconditional", words, place)
    if edit.match == frozenset():
        words = (
            "the condition names no state of a record: send its ETag as it was given, with its "
            'quotes ("12-json-1"), not a weak one'
        )
        return Cause("stale", words, place)
    if edit.match != "*" and before.from_seq not in edit.match:
        words = (
            f"{where} has changed since: it is now as transaction {before.from_seq} left it. "
            "Read it again, and edit that"
        )
        return Cause("stale", words, place)
    return None
