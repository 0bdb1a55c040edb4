"""Keep a copy of a knowledge base: python3 mirror.py http://127.0.0.1:8000 copy.db."""

import json
import sqlite3
import sys
from urllib.request import urlopen

TABLES = """
CREATE TABLE IF NOT EXISTS records (
  resource TEXT, id TEXT, document TEXT, PRIMARY KEY (resource, id));
CREATE TABLE IF NOT EXISTS place (after TEXT, revision TEXT);
"""


def mirror(service: str, copy: str) -> None:
    """Bring a copy up to date: make it, or go on where it stopped."""
    db = sqlite3.connect(copy)
    db.executescript(TABLES)
    after, revision = db.execute("SELECT * FROM place").fetchone() or ("0", None)
    more = True
    while more:
        address = f"{service}/v1/changes?include=record&limit=1000&after={after}"
        with urlopen(address, timeout=60) as answer:
            page = json.load(answer)
            now = answer.headers["ETag"].strip('"').split("-")[2]
        if revision not in (None, now):  # an upgrade changed how records are shown: begin anew
            db.execute("DELETE FROM records")
            after, revision = "0", None
            continue
        after, revision = page["meta"]["after"], now
        more = page["meta"]["next_cursor"] is not None
        with db:  # the records and the place, or neither
            for entry in page["data"]:
                key = (entry["resource"], entry["id"])
                db.execute("DELETE FROM records WHERE resource = ? AND id = ?", key)
                if entry["record"] is not None:
                    row = (*key, json.dumps(entry["record"]))
                    db.execute("INSERT INTO records VALUES (?, ?, ?)", row)
            db.execute("DELETE FROM place")
            db.execute("INSERT INTO place VALUES (?, ?)", (after, revision))
    db.close()


if __name__ == "__main__":
    mirror(*sys.argv[1:])
