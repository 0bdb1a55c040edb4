"""The tables beside those of the resources: what was done by whom, and what follows from it.

``transactions``, ``changes``, ``redactions``, ``releases``, ``keys``, ``audit`` and ``meta`` are
records of their own, ``retries`` are kept for a day, and the others can be made again from the
resources (:mod:`incidents_api.storage.keepers`).
"""

from typing import Final

#: What there is beside the resources, one column a line: who wrote what and why, who may write.
SYSTEM: Final = (
    """CREATE TABLE transactions (
  seq INTEGER PRIMARY KEY,
  recorded_at TEXT NOT NULL,
  who TEXT NOT NULL,
  why TEXT,
  request_id TEXT,
  key_id TEXT
) STRICT""",
    """CREATE TABLE changes (
  seq INTEGER NOT NULL REFERENCES transactions(seq) DEFERRABLE INITIALLY DEFERRED,
  n INTEGER NOT NULL CHECK (n >= 1),
  resource TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  action TEXT NOT NULL,
  changed_fields TEXT NOT NULL CHECK (json_valid(changed_fields)),
  why TEXT,
  PRIMARY KEY (seq, n)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  owner TEXT NOT NULL,
  scope TEXT NOT NULL CHECK (scope IN ('read', 'write', 'admin')),
  created_at TEXT NOT NULL,
  expires_at TEXT,
  last_used_at TEXT,
  revoked_at TEXT,
  replaces TEXT
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE audit (
  n INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  who TEXT NOT NULL,
  action TEXT NOT NULL,
  about TEXT,
  why TEXT,
  key_id TEXT
) STRICT""",
    """CREATE TABLE redactions (
  resource TEXT NOT NULL,
  pk INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  member TEXT NOT NULL,
  to_seq INTEGER NOT NULL,
  public INTEGER NOT NULL CHECK (public IN (0, 1)),
  seq INTEGER NOT NULL,
  PRIMARY KEY (resource, pk, from_seq, member)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE releases (
  name TEXT PRIMARY KEY,
  seq INTEGER NOT NULL CHECK (seq >= 0),
  created_at TEXT NOT NULL,
  who TEXT NOT NULL,
  notes TEXT,
  counts TEXT NOT NULL CHECK (json_valid(counts)),
  digest TEXT NOT NULL,
  citation TEXT NOT NULL
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE retries (
  n INTEGER PRIMARY KEY,
  key_id TEXT NOT NULL,
  name TEXT NOT NULL,
  fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
  at TEXT NOT NULL,
  status INTEGER NOT NULL,
  headers TEXT NOT NULL CHECK (json_valid(headers)),
  body BLOB NOT NULL,
  UNIQUE (key_id, name)
) STRICT""",
    """CREATE TABLE left_out (
  pk INTEGER NOT NULL,
  measure TEXT NOT NULL,
  PRIMARY KEY (pk, measure)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE sums (
  measure TEXT NOT NULL,
  rule TEXT NOT NULL,
  dataset INTEGER NOT NULL,
  country TEXT NOT NULL,
  month TEXT NOT NULL,
  event_type TEXT NOT NULL,
  type_of_violence INTEGER NOT NULL,
  n_counted INTEGER NOT NULL,
  n_left_out INTEGER NOT NULL,
  low REAL NOT NULL,
  best REAL NOT NULL,
  high REAL NOT NULL,
  n_low INTEGER NOT NULL,
  n_best INTEGER NOT NULL,
  n_high INTEGER NOT NULL,
  n_open INTEGER NOT NULL,
  n_over_month INTEGER NOT NULL,
  n_over_year INTEGER NOT NULL,
  n_imprecise INTEGER NOT NULL,
  PRIMARY KEY (measure, rule, dataset, country, month, event_type, type_of_violence)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE contradictions (
  resource TEXT NOT NULL,
  subject INTEGER NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  strength TEXT NOT NULL,
  measure TEXT,
  keys TEXT NOT NULL CHECK (json_valid(keys)),
  document TEXT NOT NULL CHECK (json_valid(document)),
  PRIMARY KEY (resource, subject, id)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE contradiction_keys (
  role TEXT NOT NULL,
  target TEXT NOT NULL,
  resource TEXT NOT NULL,
  subject INTEGER NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (role, target, resource, subject, id)
) STRICT, WITHOUT ROWID""",
)
#: What is entered as it happens, and never made from the records: a file that lacks only columns of
#: these is brought up to date without looking at any record.
LOGS: Final = frozenset(
    {"transactions", "changes", "redactions", "keys", "audit", "releases", "retries"}
)
