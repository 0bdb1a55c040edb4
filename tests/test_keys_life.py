"""The life of a key: it ends on its day, is replaced, revoked, used, and all of it is audited."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from incidents_api.storage import access, audit
from incidents_api.storage.access import Key, NoSuchKey
from incidents_api.storage.store import Store
from tests.conftest import Base
from tests.test_cli import one_line, run

SOON = "2999-01-01T00:00:00.000000Z"


def listed(base: Base) -> list[list[str]]:
    """Return the cells of the list of keys."""
    told = run("keys", "list", "--db", base.store.path)
    assert told.exit_code == 0, told.stderr
    return [line.split("\t") for line in told.stdout.splitlines()]


def audited(base: Base, *given: str) -> list[list[str]]:
    """Return the cells of the audit trail."""
    told = run("audit", "--db", base.store.path, *given)
    assert told.exit_code == 0, told.stderr
    return [line.split("\t") for line in told.stdout.splitlines()]


def create(base: Base, *given: str) -> str:
    """Make a key by the command and return its text."""
    words = ("--scope", "write", "--owner", "Desk 2", *given)
    told = run("keys", "create", "--db", base.store.path, *words)
    assert told.exit_code == 0, told.stderr
    return told.stdout.strip()


def post(base: Base, text: str) -> int:
    """Return the status of a write with a key."""
    headers = {"Authorization": f"Bearer {text}", "Content-Type": "application/json"}
    body = b'{"name": "A", "actor_type": "media"}'
    return base.client.post("/v1/actors", data=body, headers=headers).status_code


@pytest.mark.parametrize(("text", "hours"), [("12h", 12), ("90d", 90 * 24), ("4w", 4 * 7 * 24)])
def test_a_key_ends_after_a_duration(empty: Base, text: str, hours: int) -> None:
    found = access.find(empty.store, create(empty, "--expires", text))
    assert found is not None
    assert found.expires_at is not None
    wanted = datetime.now(UTC) + timedelta(hours=hours)
    assert abs(datetime.fromisoformat(found.expires_at) - wanted) < timedelta(minutes=5)


def test_a_key_ends_with_its_day(empty: Base) -> None:
    found = access.find(empty.store, create(empty, "--expires", "2999-06-30"))
    assert found is not None
    assert found.expires_at == "2999-07-01T00:00:00.000000Z"


@pytest.mark.parametrize(
    "text", ["", "soon", "12", "12x", "-1d", "2999-02-30", "9999-12-31", "1.5d"]
)
def test_a_time_that_cannot_be_read_is_refused(empty: Base, text: str) -> None:
    words = ("--scope", "write", "--owner", "Desk 2", "--expires", text)
    told = run("keys", "create", "--db", empty.store.path, *words)
    assert (told.exit_code, told.stdout) == (2, "")
    assert "12h, 90d, 4w" in " ".join(told.stderr.split())
    assert listed(empty)[1:] == []


@pytest.mark.parametrize(("time", "words"), [("2022", None), ("2024", "expired on 2023-01-01")])
def test_a_key_is_good_until_it_ends(time: str, words: str | None) -> None:
    key = Key("a", "An editor", "read", "2021", expires_at="2023-01-01T00:00:00.000000Z")
    told = key.ended(time)
    assert told is None if words is None else told and told.startswith(words)


def test_two_keys_are_good_while_one_replaces_the_other(base: Base) -> None:
    old = create(base)
    told = run("keys", "rotate", "--db", base.store.path, old[4:12], "--overlap", "2h")
    new = told.stdout.strip()
    assert (post(base, old), post(base, new)) == (201, 201)
    rows = {row[0]: row for row in listed(base)}
    assert rows[new[4:12]][1:4] == rows[old[4:12]][1:4] == ["Desk 2", "write", "is good"]
    assert rows[new[4:12]][-1] == old[4:12]
    assert rows[old[4:12]][5] != ""
    with base.store.exclusive() as connection:
        connection.execute("UPDATE keys SET expires_at = '2022' WHERE id = ?", (old[4:12],))
        connection.execute("COMMIT")
    assert (post(base, old), post(base, new)) == (401, 201)


def test_a_replaced_key_never_lives_longer(empty: Base) -> None:
    key, _ = access.create(empty.store, "An editor", "read", expires_at=SOON)
    new, _ = access.rotate(empty.store, key.id, "9000")
    assert new.expires_at == SOON
    assert {one.id: one.expires_at for one in access.listed(empty.store)} == {
        key.id: SOON,
        new.id: SOON,
    }


def test_a_revoked_key_is_good_for_nothing(base: Base) -> None:
    text = create(base)
    assert post(base, text) == 201
    assert run("keys", "revoke", "--db", base.store.path, text[4:12]).exit_code == 0
    assert post(base, text) == 401
    for command in ("revoke", "rotate"):
        told = one_line(run("keys", command, "--db", base.store.path, text[4:12]))
        assert "was revoked on" in told
        assert "no key 'nobody'" in one_line(
            run("keys", command, "--db", base.store.path, "nobody")
        )
    with pytest.raises(NoSuchKey):
        access.rotate(base.store, "nobody", SOON)


def test_the_list_shows_no_secret(base: Base) -> None:
    text = create(base)
    post(base, text)
    (headings, row) = listed(base)
    told = dict(zip(headings, row, strict=True))
    assert told["id"] == text[4:12]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:00:00Z", told["last_used_at"])
    assert text[13:] not in "".join(row)


def test_use_is_noted_once_an_hour(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    text = create(base)
    assert [access.find(base.store, text), post(base, text)][1] == 201
    found = access.find(base.store, text)
    assert found is not None
    calls: list[float] = []
    monkeypatch.setattr(Store, "exclusive", lambda *_, **__: calls.append(0))
    access.used(base.store, found)
    assert calls == []


def test_who_reads_does_not_wait_for_who_writes(base: Base) -> None:
    key, _ = access.create(base.store, "An editor", "read")
    other = Store(base.store.path)
    with other.exclusive():
        access.used(base.store, key)
    other.close()
    assert access.listed(base.store)[0].last_used_at is None
    access.used(base.store, key)
    assert access.listed(base.store)[0].last_used_at is not None


def test_everything_is_audited(base: Base) -> None:
    text = create(base, "--who", "An officer", "--reason", "a new desk")
    name = text[4:12]
    post(base, text)
    new = run("keys", "rotate", "--db", base.store.path, name, "--reason", "yearly").stdout[4:12]
    run("keys", "revoke", "--db", base.store.path, new, "--reason", "lost")
    run("releases", "create", "--db", base.store.path, "first", "--notes", "a note")
    rows = audited(base)
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    told = [row[1:6] for row in rows[1:]]
    (number,) = [row[2].removeprefix("write ") for row in rows if row[1] == "Desk 2"]
    written = told[1][2]
    assert re.fullmatch(r"create actors/act-\w+", written)
    assert told == [
        ["An officer", "create key", name, "a new desk", ""],
        ["Desk 2", f"write {number}", written, "", name],
        ["incidents-api", "rotate key", f"{name} to {new}", "yearly", ""],
        ["incidents-api", "revoke key", new, "lost", ""],
        ["incidents-api releases create", "create release", "first", "a note", ""],
    ]
    assert [row[1] for row in audited(base, "--key", name)] == ["Desk 2"]
    assert [row[2] for row in audited(base, "--who", "An officer")] == ["create key"]
    assert [row[2] for row in audited(base, "--limit", "2")] == ["revoke key", "create release"]
    assert audited(base, "--since", "2999") == []
    whole = "\n".join("\t".join(row) for row in rows)
    assert text[13:] not in whole


def test_every_way_of_writing_says_by_which_key(base: Base) -> None:
    etag = base.get("/v1/incidents/hasakah-prison-attack-2022").headers["ETag"]
    incident = {"title": "T", "date_start": "2022-01-20", "id": "t"}
    base.write("POST", "/v1/incidents", incident)
    base.write("PUT", "/v1/incidents/u", incident | {"id": "u"})
    base.write("PATCH", "/v1/incidents/hasakah-prison-attack-2022", {"notes": "n"}, If_Match=etag)
    operation = {"op": "create", "resource": "incidents", "record": incident | {"id": "v"}}
    base.write("POST", "/v1/batch", {"operations": [operation]})
    tag = base.get("/v1/incidents/t").headers["ETag"]
    base.write("DELETE", "/v1/incidents/t?reason=twice", If_Match=tag)
    base.write("POST", "/v1/incidents/t/restore", If_Match="*")
    tag = base.get("/v1/incidents/u").headers["ETag"]
    base.write("POST", "/v1/incidents/u/merge-into", {"into": "v"}, If_Match=tag)
    base.write("POST", "/v1/releases", {"name": "first"})
    with base.store.reading() as connection:
        entries = list(audit.entries(connection, who="Editor"))
    assert len(entries) == 8
    assert {entry.key_id for entry in entries} == {base.key[4:12]}


def test_a_long_write_says_how_much_more_there_is(base: Base) -> None:
    base.put(
        *(
            {"resource": "actors", "id": f"a-{n}", "name": "A", "actor_type": "media"}
            for n in range(30)
        )
    )
    with base.store.reading() as connection:
        *_, entry = audit.entries(connection, who="test")
    assert entry.about is not None
    assert entry.about.count("create actors/") == audit.TOLD
    assert entry.about.endswith("; and 10 more")
