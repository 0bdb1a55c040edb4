"""What the rules beside this file must find, and what not: `semgrep --test`. It is never run."""

import hmac
import os
import pickle
import socket
import subprocess
import urllib.request

import markupsafe
import yaml
from flask import request


def found(connection, name, text, key):
    # ruleid: no-sql-of-what-was-sent
    connection.execute("SELECT * FROM x WHERE a = '" + request.args["a"] + "'")
    given = request.args["sort"]
    # ruleid: no-sql-of-what-was-sent, sql-is-asked-in-storage-alone
    connection.execute(f"SELECT * FROM x ORDER BY {given}")
    # ruleid: sql-is-asked-in-storage-alone
    connection.executemany(f"INSERT INTO {name} VALUES (?)", [])
    # ruleid: no-sql-by-format
    connection.execute("SELECT * FROM %s WHERE a = ?" % name, (1,))
    # ruleid: no-sql-by-format
    connection.execute("SELECT * FROM {} WHERE a = ?".format(name), (1,))
    # ruleid: no-markup-of-what-was-sent
    markupsafe.Markup(text)
    # ruleid: no-text-run-as-code
    eval(text)
    # ruleid: no-text-run-as-code
    pickle.loads(text)
    # ruleid: no-text-run-as-code
    yaml.load(text)
    # ruleid: no-text-run-as-code
    os.system(text)
    # ruleid: no-text-run-as-code
    subprocess.run(text, shell=True)
    # ruleid: no-outgoing-connection
    urllib.request.urlopen(text)
    # ruleid: no-outgoing-connection
    socket.create_connection(("example.org", 80))
    # ruleid: no-safe-filter
    template = "{{ text|safe }}"
    # ruleid: secrets-are-compared-in-constant-time
    return template, hmac.new(key, text, "sha256").hexdigest() == text


def well(connection, text, digest):
    # ok: no-sql-of-what-was-sent
    connection.execute("SELECT * FROM x WHERE a = ?", (request.args["a"],))
    # ok: no-text-run-as-code
    yaml.safe_load(text)
    # ok: secrets-are-compared-in-constant-time
    return hmac.compare_digest(digest, text)
