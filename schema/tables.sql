CREATE TABLE transactions (
  seq INTEGER PRIMARY KEY,
  recorded_at TEXT NOT NULL,
  who TEXT NOT NULL,
  why TEXT,
  request_id TEXT,
  key_id TEXT
) STRICT;

CREATE TABLE changes (
  seq INTEGER NOT NULL REFERENCES transactions(seq) DEFERRABLE INITIALLY DEFERRED,
  n INTEGER NOT NULL CHECK (n >= 1),
  resource TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  action TEXT NOT NULL,
  changed_fields TEXT NOT NULL CHECK (json_valid(changed_fields)),
  why TEXT,
  PRIMARY KEY (seq, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  owner TEXT NOT NULL,
  scope TEXT NOT NULL CHECK (scope IN ('read', 'write', 'admin')),
  created_at TEXT NOT NULL,
  expires_at TEXT,
  last_used_at TEXT,
  revoked_at TEXT,
  replaces TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  n INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  who TEXT NOT NULL,
  action TEXT NOT NULL,
  about TEXT,
  why TEXT,
  key_id TEXT
) STRICT;

CREATE TABLE redactions (
  resource TEXT NOT NULL,
  pk INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  member TEXT NOT NULL,
  to_seq INTEGER NOT NULL,
  public INTEGER NOT NULL CHECK (public IN (0, 1)),
  seq INTEGER NOT NULL,
  PRIMARY KEY (resource, pk, from_seq, member)
) STRICT, WITHOUT ROWID;

CREATE TABLE releases (
  name TEXT PRIMARY KEY,
  seq INTEGER NOT NULL CHECK (seq >= 0),
  created_at TEXT NOT NULL,
  who TEXT NOT NULL,
  notes TEXT,
  counts TEXT NOT NULL CHECK (json_valid(counts)),
  digest TEXT NOT NULL,
  citation TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE retries (
  n INTEGER PRIMARY KEY,
  key_id TEXT NOT NULL,
  name TEXT NOT NULL,
  fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
  at TEXT NOT NULL,
  status INTEGER NOT NULL,
  headers TEXT NOT NULL CHECK (json_valid(headers)),
  body BLOB NOT NULL,
  UNIQUE (key_id, name)
) STRICT;

CREATE TABLE left_out (
  pk INTEGER NOT NULL,
  measure TEXT NOT NULL,
  PRIMARY KEY (pk, measure)
) STRICT, WITHOUT ROWID;

CREATE TABLE sums (
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
) STRICT, WITHOUT ROWID;

CREATE TABLE contradictions (
  resource TEXT NOT NULL,
  subject INTEGER NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  strength TEXT NOT NULL,
  measure TEXT,
  keys TEXT NOT NULL CHECK (json_valid(keys)),
  document TEXT NOT NULL CHECK (json_valid(document)),
  PRIMARY KEY (resource, subject, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE contradiction_keys (
  role TEXT NOT NULL,
  target TEXT NOT NULL,
  resource TEXT NOT NULL,
  subject INTEGER NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (role, target, resource, subject, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE actors (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL CHECK (version >= 1),
  from_seq INTEGER NOT NULL CHECK (from_seq >= 1),
  n INTEGER NOT NULL CHECK (n >= 1),
  state TEXT NOT NULL CHECK (state IN ('live', 'withdrawn', 'merged')),
  survivor INTEGER,
  shown INTEGER NOT NULL CHECK (shown BETWEEN -1 AND 2),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  span_end TEXT,
  span_days INTEGER,
  name TEXT NOT NULL,
  aliases TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(aliases)),
  actor_type TEXT NOT NULL,
  country TEXT,
  gwno INTEGER CHECK (gwno BETWEEN 0 AND 9999),
  parent INTEGER  REFERENCES actors(pk) DEFERRABLE INITIALLY DEFERRED,
  active_from TEXT CHECK (active_from GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  active_to TEXT CHECK (active_to GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  description TEXT,
  external_ids TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(external_ids)),
  dataset INTEGER  REFERENCES sources(pk) DEFERRABLE INITIALLY DEFERRED,
  source_values TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(source_values)),
  provisional INTEGER CHECK (provisional IN (0, 1)),
  visibility TEXT,
  publish_at TEXT,
  notes TEXT,
  document TEXT NOT NULL CHECK (json_valid(document))
) STRICT;

CREATE TABLE actors_history (
  pk INTEGER,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  n INTEGER NOT NULL,
  state TEXT NOT NULL,
  survivor INTEGER,
  shown INTEGER NOT NULL,
  hash BLOB NOT NULL,
  span_end TEXT,
  span_days INTEGER,
  name TEXT NOT NULL,
  aliases TEXT NOT NULL,
  actor_type TEXT NOT NULL,
  country TEXT,
  gwno INTEGER,
  parent INTEGER,
  active_from TEXT,
  active_to TEXT,
  description TEXT,
  external_ids TEXT NOT NULL,
  dataset INTEGER,
  source_values TEXT NOT NULL,
  provisional INTEGER,
  visibility TEXT,
  publish_at TEXT,
  notes TEXT,
  document TEXT NOT NULL,
  to_seq INTEGER NOT NULL CHECK (to_seq > from_seq),
  PRIMARY KEY (pk, from_seq)
) STRICT;

CREATE INDEX actors_history_id ON actors_history (id);

CREATE INDEX actors_name ON actors (name, id, shown);

CREATE INDEX actors_history_name ON actors_history (name, id, shown);

CREATE INDEX actors_actor_type ON actors (actor_type, id, shown);

CREATE INDEX actors_history_actor_type ON actors_history (actor_type, id, shown);

CREATE INDEX actors_country ON actors (country, id, shown) WHERE country IS NOT NULL;

CREATE INDEX actors_history_country ON actors_history (country, id, shown) WHERE country IS NOT NULL;

CREATE INDEX actors_parent ON actors (parent, id, shown) WHERE parent IS NOT NULL;

CREATE INDEX actors_history_parent ON actors_history (parent, id, shown) WHERE parent IS NOT NULL;

CREATE INDEX actors_dataset ON actors (dataset, id, shown) WHERE dataset IS NOT NULL;

CREATE INDEX actors_history_dataset ON actors_history (dataset, id, shown) WHERE dataset IS NOT NULL;

CREATE INDEX actors_provisional ON actors (provisional, id, shown) WHERE provisional <> 0;

CREATE INDEX actors_history_provisional ON actors_history (provisional, id, shown) WHERE provisional <> 0;

CREATE INDEX actors_visibility ON actors (visibility, id, shown) WHERE visibility <> 'public';

CREATE INDEX actors_history_visibility ON actors_history (visibility, id, shown) WHERE visibility <> 'public';

CREATE INDEX actors_long ON actors (active_from, span_end, id, shown) WHERE span_days > 31;

CREATE INDEX actors_history_long ON actors_history (active_from, span_end, id, shown) WHERE span_days > 31;

CREATE TABLE actors_alias (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES actors(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX actors_alias_owner ON actors_alias (owner);

CREATE TABLE actors_alias_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX actors_alias_history_owner ON actors_alias_history (owner);

CREATE TABLE actors_external_id (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES actors(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX actors_external_id_owner ON actors_external_id (owner);

CREATE TABLE actors_external_id_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX actors_external_id_history_owner ON actors_external_id_history (owner);

CREATE VIRTUAL TABLE actors_search USING fts5(name, aliases, description, notes, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');

CREATE TABLE sources (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL CHECK (version >= 1),
  from_seq INTEGER NOT NULL CHECK (from_seq >= 1),
  n INTEGER NOT NULL CHECK (n >= 1),
  state TEXT NOT NULL CHECK (state IN ('live', 'withdrawn', 'merged')),
  survivor INTEGER,
  shown INTEGER NOT NULL CHECK (shown BETWEEN -1 AND 2),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  title TEXT NOT NULL,
  title_lang TEXT,
  publisher INTEGER  REFERENCES actors(pk) DEFERRABLE INITIALLY DEFERRED,
  author TEXT,
  published_at TEXT,
  accessed_at TEXT,
  url TEXT,
  archived_url TEXT,
  archived_at TEXT,
  language TEXT,
  source_type TEXT NOT NULL,
  release TEXT,
  licence TEXT,
  citation TEXT,
  redistribution TEXT,
  coverage TEXT,
  sha256 TEXT,
  external_ids TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(external_ids)),
  dataset INTEGER  REFERENCES sources(pk) DEFERRABLE INITIALLY DEFERRED,
  source_values TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(source_values)),
  provisional INTEGER CHECK (provisional IN (0, 1)),
  visibility TEXT,
  publish_at TEXT,
  notes TEXT,
  document TEXT NOT NULL CHECK (json_valid(document))
) STRICT;

CREATE TABLE sources_history (
  pk INTEGER,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  n INTEGER NOT NULL,
  state TEXT NOT NULL,
  survivor INTEGER,
  shown INTEGER NOT NULL,
  hash BLOB NOT NULL,
  title TEXT NOT NULL,
  title_lang TEXT,
  publisher INTEGER,
  author TEXT,
  published_at TEXT,
  accessed_at TEXT,
  url TEXT,
  archived_url TEXT,
  archived_at TEXT,
  language TEXT,
  source_type TEXT NOT NULL,
  release TEXT,
  licence TEXT,
  citation TEXT,
  redistribution TEXT,
  coverage TEXT,
  sha256 TEXT,
  external_ids TEXT NOT NULL,
  dataset INTEGER,
  source_values TEXT NOT NULL,
  provisional INTEGER,
  visibility TEXT,
  publish_at TEXT,
  notes TEXT,
  document TEXT NOT NULL,
  to_seq INTEGER NOT NULL CHECK (to_seq > from_seq),
  PRIMARY KEY (pk, from_seq)
) STRICT;

CREATE INDEX sources_history_id ON sources_history (id);

CREATE INDEX sources_publisher ON sources (publisher, id, shown) WHERE publisher IS NOT NULL;

CREATE INDEX sources_history_publisher ON sources_history (publisher, id, shown) WHERE publisher IS NOT NULL;

CREATE INDEX sources_published_at ON sources (published_at, id, shown) WHERE published_at IS NOT NULL;

CREATE INDEX sources_history_published_at ON sources_history (published_at, id, shown) WHERE published_at IS NOT NULL;

CREATE INDEX sources_source_type ON sources (source_type, id, shown);

CREATE INDEX sources_history_source_type ON sources_history (source_type, id, shown);

CREATE INDEX sources_dataset ON sources (dataset, id, shown) WHERE dataset IS NOT NULL;

CREATE INDEX sources_history_dataset ON sources_history (dataset, id, shown) WHERE dataset IS NOT NULL;

CREATE INDEX sources_provisional ON sources (provisional, id, shown) WHERE provisional <> 0;

CREATE INDEX sources_history_provisional ON sources_history (provisional, id, shown) WHERE provisional <> 0;

CREATE INDEX sources_visibility ON sources (visibility, id, shown) WHERE visibility <> 'public';

CREATE INDEX sources_history_visibility ON sources_history (visibility, id, shown) WHERE visibility <> 'public';

CREATE TABLE sources_external_id (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES sources(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX sources_external_id_owner ON sources_external_id (owner);

CREATE TABLE sources_external_id_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX sources_external_id_history_owner ON sources_external_id_history (owner);

CREATE VIRTUAL TABLE sources_search USING fts5(title, author, citation, coverage, notes, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');

CREATE TABLE facilities (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL CHECK (version >= 1),
  from_seq INTEGER NOT NULL CHECK (from_seq >= 1),
  n INTEGER NOT NULL CHECK (n >= 1),
  state TEXT NOT NULL CHECK (state IN ('live', 'withdrawn', 'merged')),
  survivor INTEGER,
  shown INTEGER NOT NULL CHECK (shown BETWEEN -1 AND 2),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  exact TEXT,
  name TEXT NOT NULL,
  aliases TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(aliases)),
  facility_type TEXT NOT NULL,
  protected_status TEXT,
  country TEXT,
  admin1 TEXT,
  admin2 TEXT,
  place TEXT,
  latitude REAL CHECK (latitude BETWEEN -90 AND 90),
  longitude REAL CHECK (longitude BETWEEN -180 AND 180),
  coordinates_generalized_to TEXT,
  where_prec INTEGER,
  part_of INTEGER  REFERENCES facilities(pk) DEFERRABLE INITIALLY DEFERRED,
  description TEXT,
  external_ids TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(external_ids)),
  dataset INTEGER  REFERENCES sources(pk) DEFERRABLE INITIALLY DEFERRED,
  source_values TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(source_values)),
  provisional INTEGER CHECK (provisional IN (0, 1)),
  visibility TEXT,
  publish_at TEXT,
  notes TEXT,
  document TEXT NOT NULL CHECK (json_valid(document))
) STRICT;

CREATE TABLE facilities_history (
  pk INTEGER,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  n INTEGER NOT NULL,
  state TEXT NOT NULL,
  survivor INTEGER,
  shown INTEGER NOT NULL,
  hash BLOB NOT NULL,
  exact TEXT,
  name TEXT NOT NULL,
  aliases TEXT NOT NULL,
  facility_type TEXT NOT NULL,
  protected_status TEXT,
  country TEXT,
  admin1 TEXT,
  admin2 TEXT,
  place TEXT,
  latitude REAL,
  longitude REAL,
  coordinates_generalized_to TEXT,
  where_prec INTEGER,
  part_of INTEGER,
  description TEXT,
  external_ids TEXT NOT NULL,
  dataset INTEGER,
  source_values TEXT NOT NULL,
  provisional INTEGER,
  visibility TEXT,
  publish_at TEXT,
  notes TEXT,
  document TEXT NOT NULL,
  to_seq INTEGER NOT NULL CHECK (to_seq > from_seq),
  PRIMARY KEY (pk, from_seq)
) STRICT;

CREATE INDEX facilities_history_id ON facilities_history (id);

CREATE INDEX facilities_name ON facilities (name, id, shown);

CREATE INDEX facilities_history_name ON facilities_history (name, id, shown);

CREATE INDEX facilities_facility_type ON facilities (facility_type, id, shown);

CREATE INDEX facilities_history_facility_type ON facilities_history (facility_type, id, shown);

CREATE INDEX facilities_country ON facilities (country, id, shown) WHERE country IS NOT NULL;

CREATE INDEX facilities_history_country ON facilities_history (country, id, shown) WHERE country IS NOT NULL;

CREATE INDEX facilities_admin1 ON facilities (admin1, id, shown) WHERE admin1 IS NOT NULL;

CREATE INDEX facilities_history_admin1 ON facilities_history (admin1, id, shown) WHERE admin1 IS NOT NULL;

CREATE INDEX facilities_part_of ON facilities (part_of, id, shown) WHERE part_of IS NOT NULL;

CREATE INDEX facilities_history_part_of ON facilities_history (part_of, id, shown) WHERE part_of IS NOT NULL;

CREATE INDEX facilities_dataset ON facilities (dataset, id, shown) WHERE dataset IS NOT NULL;

CREATE INDEX facilities_history_dataset ON facilities_history (dataset, id, shown) WHERE dataset IS NOT NULL;

CREATE INDEX facilities_provisional ON facilities (provisional, id, shown) WHERE provisional <> 0;

CREATE INDEX facilities_history_provisional ON facilities_history (provisional, id, shown) WHERE provisional <> 0;

CREATE INDEX facilities_visibility ON facilities (visibility, id, shown) WHERE visibility <> 'public';

CREATE INDEX facilities_history_visibility ON facilities_history (visibility, id, shown) WHERE visibility <> 'public';

CREATE TABLE facilities_alias (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES facilities(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX facilities_alias_owner ON facilities_alias (owner);

CREATE TABLE facilities_alias_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX facilities_alias_history_owner ON facilities_alias_history (owner);

CREATE TABLE facilities_external_id (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES facilities(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX facilities_external_id_owner ON facilities_external_id (owner);

CREATE TABLE facilities_external_id_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX facilities_external_id_history_owner ON facilities_external_id_history (owner);

CREATE VIRTUAL TABLE facilities_search USING fts5(name, aliases, admin1, admin2, place, description, notes, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');

CREATE VIRTUAL TABLE facilities_map USING rtree(pk, west, east, south, north);

CREATE TABLE incidents (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL CHECK (version >= 1),
  from_seq INTEGER NOT NULL CHECK (from_seq >= 1),
  n INTEGER NOT NULL CHECK (n >= 1),
  state TEXT NOT NULL CHECK (state IN ('live', 'withdrawn', 'merged')),
  survivor INTEGER,
  shown INTEGER NOT NULL CHECK (shown BETWEEN -1 AND 2),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  span_end TEXT,
  span_days INTEGER,
  exact TEXT,
  title TEXT NOT NULL,
  title_lang TEXT,
  summary TEXT,
  event_type TEXT,
  sub_event_type TEXT,
  type_of_violence INTEGER,
  weapons TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(weapons)),
  date_start TEXT NOT NULL CHECK (date_start GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  date_end TEXT CHECK (date_end GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  date_prec INTEGER,
  event_clarity INTEGER,
  status TEXT,
  country TEXT,
  region TEXT,
  admin1 TEXT,
  admin2 TEXT,
  place TEXT,
  where_prec INTEGER,
  latitude REAL CHECK (latitude BETWEEN -90 AND 90),
  longitude REAL CHECK (longitude BETWEEN -180 AND 180),
  coordinates_generalized_to TEXT,
  conflict_id INTEGER CHECK (conflict_id BETWEEN 0 AND 9007199254740991),
  conflict_name TEXT,
  dyad_id INTEGER CHECK (dyad_id BETWEEN 0 AND 9007199254740991),
  dyad_name TEXT,
  code_status TEXT,
  number_of_sources INTEGER CHECK (number_of_sources BETWEEN 0 AND 100000),
  priogrid_gid INTEGER CHECK (priogrid_gid BETWEEN 1 AND 259200),
  civilian_targeting INTEGER CHECK (civilian_targeting IN (0, 1)),
  disorder_type TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(disorder_type)),
  part_of INTEGER  REFERENCES incidents(pk) DEFERRABLE INITIALLY DEFERRED,
  verification_status TEXT,
  tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
  killed_low INTEGER CHECK (killed_low BETWEEN 0 AND 9007199254740991),
  killed_best INTEGER CHECK (killed_best BETWEEN 0 AND 9007199254740991),
  killed_best_basis TEXT,
  killed_high INTEGER CHECK (killed_high BETWEEN 0 AND 9007199254740991),
  killed_high_open INTEGER CHECK (killed_high_open IN (0, 1)),
  killed_n_claimants INTEGER CHECK (killed_n_claimants BETWEEN 0 AND 9007199254740991),
  killed_disputed INTEGER CHECK (killed_disputed IN (0, 1)),
  killed_rule TEXT,
  injured_low INTEGER CHECK (injured_low BETWEEN 0 AND 9007199254740991),
  injured_best INTEGER CHECK (injured_best BETWEEN 0 AND 9007199254740991),
  injured_best_basis TEXT,
  injured_high INTEGER CHECK (injured_high BETWEEN 0 AND 9007199254740991),
  injured_high_open INTEGER CHECK (injured_high_open IN (0, 1)),
  injured_n_claimants INTEGER CHECK (injured_n_claimants BETWEEN 0 AND 9007199254740991),
  injured_disputed INTEGER CHECK (injured_disputed IN (0, 1)),
  injured_rule TEXT,
  disputed INTEGER CHECK (disputed IN (0, 1)),
  external_ids TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(external_ids)),
  dataset INTEGER  REFERENCES sources(pk) DEFERRABLE INITIALLY DEFERRED,
  source_values TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(source_values)),
  provisional INTEGER CHECK (provisional IN (0, 1)),
  visibility TEXT,
  publish_at TEXT,
  notes TEXT,
  document TEXT NOT NULL CHECK (json_valid(document))
) STRICT;

CREATE TABLE incidents_history (
  pk INTEGER,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  n INTEGER NOT NULL,
  state TEXT NOT NULL,
  survivor INTEGER,
  shown INTEGER NOT NULL,
  hash BLOB NOT NULL,
  span_end TEXT,
  span_days INTEGER,
  exact TEXT,
  title TEXT NOT NULL,
  title_lang TEXT,
  summary TEXT,
  event_type TEXT,
  sub_event_type TEXT,
  type_of_violence INTEGER,
  weapons TEXT NOT NULL,
  date_start TEXT NOT NULL,
  date_end TEXT,
  date_prec INTEGER,
  event_clarity INTEGER,
  status TEXT,
  country TEXT,
  region TEXT,
  admin1 TEXT,
  admin2 TEXT,
  place TEXT,
  where_prec INTEGER,
  latitude REAL,
  longitude REAL,
  coordinates_generalized_to TEXT,
  conflict_id INTEGER,
  conflict_name TEXT,
  dyad_id INTEGER,
  dyad_name TEXT,
  code_status TEXT,
  number_of_sources INTEGER,
  priogrid_gid INTEGER,
  civilian_targeting INTEGER,
  disorder_type TEXT NOT NULL,
  part_of INTEGER,
  verification_status TEXT,
  tags TEXT NOT NULL,
  killed_low INTEGER,
  killed_best INTEGER,
  killed_best_basis TEXT,
  killed_high INTEGER,
  killed_high_open INTEGER,
  killed_n_claimants INTEGER,
  killed_disputed INTEGER,
  killed_rule TEXT,
  injured_low INTEGER,
  injured_best INTEGER,
  injured_best_basis TEXT,
  injured_high INTEGER,
  injured_high_open INTEGER,
  injured_n_claimants INTEGER,
  injured_disputed INTEGER,
  injured_rule TEXT,
  disputed INTEGER,
  external_ids TEXT NOT NULL,
  dataset INTEGER,
  source_values TEXT NOT NULL,
  provisional INTEGER,
  visibility TEXT,
  publish_at TEXT,
  notes TEXT,
  document TEXT NOT NULL,
  to_seq INTEGER NOT NULL CHECK (to_seq > from_seq),
  PRIMARY KEY (pk, from_seq)
) STRICT;

CREATE INDEX incidents_history_id ON incidents_history (id);

CREATE INDEX incidents_event_type ON incidents (event_type, date_start, id, shown) WHERE event_type IS NOT NULL;

CREATE INDEX incidents_history_event_type ON incidents_history (event_type, date_start, id, shown) WHERE event_type IS NOT NULL;

CREATE INDEX incidents_sub_event_type ON incidents (sub_event_type, date_start, id, shown) WHERE sub_event_type IS NOT NULL;

CREATE INDEX incidents_history_sub_event_type ON incidents_history (sub_event_type, date_start, id, shown) WHERE sub_event_type IS NOT NULL;

CREATE INDEX incidents_type_of_violence ON incidents (type_of_violence, date_start, id, shown) WHERE type_of_violence IS NOT NULL;

CREATE INDEX incidents_history_type_of_violence ON incidents_history (type_of_violence, date_start, id, shown) WHERE type_of_violence IS NOT NULL;

CREATE INDEX incidents_date_start ON incidents (date_start, id, shown, killed_low, killed_best, killed_high, injured_best, latitude, longitude);

CREATE INDEX incidents_history_date_start ON incidents_history (date_start, id, shown, killed_low, killed_best, killed_high, injured_best, latitude, longitude);

CREATE INDEX incidents_date_end ON incidents (date_end, id, shown) WHERE date_end IS NOT NULL;

CREATE INDEX incidents_history_date_end ON incidents_history (date_end, id, shown) WHERE date_end IS NOT NULL;

CREATE INDEX incidents_status ON incidents (status, date_start, id, shown) WHERE status IS NOT NULL;

CREATE INDEX incidents_history_status ON incidents_history (status, date_start, id, shown) WHERE status IS NOT NULL;

CREATE INDEX incidents_country ON incidents (country, date_start, id, shown) WHERE country IS NOT NULL;

CREATE INDEX incidents_history_country ON incidents_history (country, date_start, id, shown) WHERE country IS NOT NULL;

CREATE INDEX incidents_admin1 ON incidents (admin1, date_start, id, shown) WHERE admin1 IS NOT NULL;

CREATE INDEX incidents_history_admin1 ON incidents_history (admin1, date_start, id, shown) WHERE admin1 IS NOT NULL;

CREATE INDEX incidents_place ON incidents (place, date_start, id, shown) WHERE place IS NOT NULL;

CREATE INDEX incidents_history_place ON incidents_history (place, date_start, id, shown) WHERE place IS NOT NULL;

CREATE INDEX incidents_conflict_id ON incidents (conflict_id, date_start, id, shown) WHERE conflict_id IS NOT NULL;

CREATE INDEX incidents_history_conflict_id ON incidents_history (conflict_id, date_start, id, shown) WHERE conflict_id IS NOT NULL;

CREATE INDEX incidents_dyad_id ON incidents (dyad_id, date_start, id, shown) WHERE dyad_id IS NOT NULL;

CREATE INDEX incidents_history_dyad_id ON incidents_history (dyad_id, date_start, id, shown) WHERE dyad_id IS NOT NULL;

CREATE INDEX incidents_priogrid_gid ON incidents (priogrid_gid, date_start, id, shown) WHERE priogrid_gid IS NOT NULL;

CREATE INDEX incidents_history_priogrid_gid ON incidents_history (priogrid_gid, date_start, id, shown) WHERE priogrid_gid IS NOT NULL;

CREATE INDEX incidents_part_of ON incidents (part_of, date_start, id, shown) WHERE part_of IS NOT NULL;

CREATE INDEX incidents_history_part_of ON incidents_history (part_of, date_start, id, shown) WHERE part_of IS NOT NULL;

CREATE INDEX incidents_verification_status ON incidents (verification_status, date_start, id, shown) WHERE verification_status IS NOT NULL;

CREATE INDEX incidents_history_verification_status ON incidents_history (verification_status, date_start, id, shown) WHERE verification_status IS NOT NULL;

CREATE INDEX incidents_killed_low ON incidents (killed_low, id, shown) WHERE killed_low IS NOT NULL;

CREATE INDEX incidents_history_killed_low ON incidents_history (killed_low, id, shown) WHERE killed_low IS NOT NULL;

CREATE INDEX incidents_killed_best ON incidents (killed_best, id, shown) WHERE killed_best IS NOT NULL;

CREATE INDEX incidents_history_killed_best ON incidents_history (killed_best, id, shown) WHERE killed_best IS NOT NULL;

CREATE INDEX incidents_killed_high ON incidents (killed_high, id, shown) WHERE killed_high IS NOT NULL;

CREATE INDEX incidents_history_killed_high ON incidents_history (killed_high, id, shown) WHERE killed_high IS NOT NULL;

CREATE INDEX incidents_injured_low ON incidents (injured_low, id, shown) WHERE injured_low IS NOT NULL;

CREATE INDEX incidents_history_injured_low ON incidents_history (injured_low, id, shown) WHERE injured_low IS NOT NULL;

CREATE INDEX incidents_injured_best ON incidents (injured_best, id, shown) WHERE injured_best IS NOT NULL;

CREATE INDEX incidents_history_injured_best ON incidents_history (injured_best, id, shown) WHERE injured_best IS NOT NULL;

CREATE INDEX incidents_injured_high ON incidents (injured_high, id, shown) WHERE injured_high IS NOT NULL;

CREATE INDEX incidents_history_injured_high ON incidents_history (injured_high, id, shown) WHERE injured_high IS NOT NULL;

CREATE INDEX incidents_dataset ON incidents (dataset, date_start, id, shown) WHERE dataset IS NOT NULL;

CREATE INDEX incidents_history_dataset ON incidents_history (dataset, date_start, id, shown) WHERE dataset IS NOT NULL;

CREATE INDEX incidents_disputed ON incidents (disputed, date_start, id, shown) WHERE disputed <> 0;

CREATE INDEX incidents_history_disputed ON incidents_history (disputed, date_start, id, shown) WHERE disputed <> 0;

CREATE INDEX incidents_provisional ON incidents (provisional, date_start, id, shown) WHERE provisional <> 0;

CREATE INDEX incidents_history_provisional ON incidents_history (provisional, date_start, id, shown) WHERE provisional <> 0;

CREATE INDEX incidents_visibility ON incidents (visibility, date_start, id, shown) WHERE visibility <> 'public';

CREATE INDEX incidents_history_visibility ON incidents_history (visibility, date_start, id, shown) WHERE visibility <> 'public';

CREATE INDEX incidents_country_killed_best ON incidents (country, killed_best, id, shown) WHERE killed_best IS NOT NULL;

CREATE INDEX incidents_history_country_killed_best ON incidents_history (country, killed_best, id, shown) WHERE killed_best IS NOT NULL;

CREATE INDEX incidents_long ON incidents (date_start, span_end, id, shown) WHERE span_days > 31;

CREATE INDEX incidents_history_long ON incidents_history (date_start, span_end, id, shown) WHERE span_days > 31;

CREATE TABLE incidents_weapons (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES incidents(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX incidents_weapons_owner ON incidents_weapons (owner);

CREATE TABLE incidents_weapons_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX incidents_weapons_history_owner ON incidents_weapons_history (owner);

CREATE TABLE incidents_disorder_type (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES incidents(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX incidents_disorder_type_owner ON incidents_disorder_type (owner);

CREATE TABLE incidents_disorder_type_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX incidents_disorder_type_history_owner ON incidents_disorder_type_history (owner);

CREATE TABLE incidents_tags (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES incidents(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX incidents_tags_owner ON incidents_tags (owner);

CREATE TABLE incidents_tags_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX incidents_tags_history_owner ON incidents_tags_history (owner);

CREATE TABLE incidents_external_id (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES incidents(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX incidents_external_id_owner ON incidents_external_id (owner);

CREATE TABLE incidents_external_id_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX incidents_external_id_history_owner ON incidents_external_id_history (owner);

CREATE VIRTUAL TABLE incidents_search USING fts5(title, summary, admin1, admin2, place, conflict_name, dyad_name, tags, notes, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');

CREATE VIRTUAL TABLE incidents_map USING rtree(pk, west, east, south, north);

CREATE TABLE participations (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL CHECK (version >= 1),
  from_seq INTEGER NOT NULL CHECK (from_seq >= 1),
  n INTEGER NOT NULL CHECK (n >= 1),
  state TEXT NOT NULL CHECK (state IN ('live', 'withdrawn', 'merged')),
  survivor INTEGER,
  shown INTEGER NOT NULL CHECK (shown BETWEEN -1 AND 2),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  date_start TEXT,
  incident INTEGER NOT NULL REFERENCES incidents(pk) DEFERRABLE INITIALLY DEFERRED,
  actor INTEGER NOT NULL REFERENCES actors(pk) DEFERRABLE INITIALLY DEFERRED,
  role TEXT NOT NULL,
  side TEXT,
  attribution TEXT,
  claimant INTEGER  REFERENCES actors(pk) DEFERRABLE INITIALLY DEFERRED,
  source INTEGER  REFERENCES sources(pk) DEFERRABLE INITIALLY DEFERRED,
  external_ids TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(external_ids)),
  dataset INTEGER  REFERENCES sources(pk) DEFERRABLE INITIALLY DEFERRED,
  source_values TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(source_values)),
  provisional INTEGER CHECK (provisional IN (0, 1)),
  visibility TEXT,
  publish_at TEXT,
  notes TEXT,
  document TEXT NOT NULL CHECK (json_valid(document))
) STRICT;

CREATE TABLE participations_history (
  pk INTEGER,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  n INTEGER NOT NULL,
  state TEXT NOT NULL,
  survivor INTEGER,
  shown INTEGER NOT NULL,
  hash BLOB NOT NULL,
  date_start TEXT,
  incident INTEGER NOT NULL,
  actor INTEGER NOT NULL,
  role TEXT NOT NULL,
  side TEXT,
  attribution TEXT,
  claimant INTEGER,
  source INTEGER,
  external_ids TEXT NOT NULL,
  dataset INTEGER,
  source_values TEXT NOT NULL,
  provisional INTEGER,
  visibility TEXT,
  publish_at TEXT,
  notes TEXT,
  document TEXT NOT NULL,
  to_seq INTEGER NOT NULL CHECK (to_seq > from_seq),
  PRIMARY KEY (pk, from_seq)
) STRICT;

CREATE INDEX participations_history_id ON participations_history (id);

CREATE INDEX participations_incident ON participations (incident, id, shown);

CREATE INDEX participations_history_incident ON participations_history (incident, id, shown);

CREATE INDEX participations_actor ON participations (actor, id, shown);

CREATE INDEX participations_history_actor ON participations_history (actor, id, shown);

CREATE INDEX participations_role ON participations (role, id, shown);

CREATE INDEX participations_history_role ON participations_history (role, id, shown);

CREATE INDEX participations_claimant ON participations (claimant, id, shown) WHERE claimant IS NOT NULL;

CREATE INDEX participations_history_claimant ON participations_history (claimant, id, shown) WHERE claimant IS NOT NULL;

CREATE INDEX participations_source ON participations (source, id, shown) WHERE source IS NOT NULL;

CREATE INDEX participations_history_source ON participations_history (source, id, shown) WHERE source IS NOT NULL;

CREATE INDEX participations_dataset ON participations (dataset, id, shown) WHERE dataset IS NOT NULL;

CREATE INDEX participations_history_dataset ON participations_history (dataset, id, shown) WHERE dataset IS NOT NULL;

CREATE INDEX participations_provisional ON participations (provisional, id, shown) WHERE provisional <> 0;

CREATE INDEX participations_history_provisional ON participations_history (provisional, id, shown) WHERE provisional <> 0;

CREATE INDEX participations_visibility ON participations (visibility, id, shown) WHERE visibility <> 'public';

CREATE INDEX participations_history_visibility ON participations_history (visibility, id, shown) WHERE visibility <> 'public';

CREATE INDEX participations_actor_date_start ON participations (actor, date_start, incident);

CREATE INDEX participations_history_actor_date_start ON participations_history (actor, date_start, incident);

CREATE TABLE participations_external_id (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES participations(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX participations_external_id_owner ON participations_external_id (owner);

CREATE TABLE participations_external_id_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX participations_external_id_history_owner ON participations_external_id_history (owner);

CREATE VIRTUAL TABLE participations_search USING fts5(notes, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');

CREATE TABLE sites (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL CHECK (version >= 1),
  from_seq INTEGER NOT NULL CHECK (from_seq >= 1),
  n INTEGER NOT NULL CHECK (n >= 1),
  state TEXT NOT NULL CHECK (state IN ('live', 'withdrawn', 'merged')),
  survivor INTEGER,
  shown INTEGER NOT NULL CHECK (shown BETWEEN -1 AND 2),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  date_start TEXT,
  incident INTEGER NOT NULL REFERENCES incidents(pk) DEFERRABLE INITIALLY DEFERRED,
  facility INTEGER  REFERENCES facilities(pk) DEFERRABLE INITIALLY DEFERRED,
  facility_type TEXT,
  description TEXT,
  role TEXT NOT NULL,
  source INTEGER  REFERENCES sources(pk) DEFERRABLE INITIALLY DEFERRED,
  external_ids TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(external_ids)),
  dataset INTEGER  REFERENCES sources(pk) DEFERRABLE INITIALLY DEFERRED,
  source_values TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(source_values)),
  provisional INTEGER CHECK (provisional IN (0, 1)),
  visibility TEXT,
  publish_at TEXT,
  notes TEXT,
  document TEXT NOT NULL CHECK (json_valid(document))
) STRICT;

CREATE TABLE sites_history (
  pk INTEGER,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  n INTEGER NOT NULL,
  state TEXT NOT NULL,
  survivor INTEGER,
  shown INTEGER NOT NULL,
  hash BLOB NOT NULL,
  date_start TEXT,
  incident INTEGER NOT NULL,
  facility INTEGER,
  facility_type TEXT,
  description TEXT,
  role TEXT NOT NULL,
  source INTEGER,
  external_ids TEXT NOT NULL,
  dataset INTEGER,
  source_values TEXT NOT NULL,
  provisional INTEGER,
  visibility TEXT,
  publish_at TEXT,
  notes TEXT,
  document TEXT NOT NULL,
  to_seq INTEGER NOT NULL CHECK (to_seq > from_seq),
  PRIMARY KEY (pk, from_seq)
) STRICT;

CREATE INDEX sites_history_id ON sites_history (id);

CREATE INDEX sites_incident ON sites (incident, id, shown);

CREATE INDEX sites_history_incident ON sites_history (incident, id, shown);

CREATE INDEX sites_facility ON sites (facility, id, shown) WHERE facility IS NOT NULL;

CREATE INDEX sites_history_facility ON sites_history (facility, id, shown) WHERE facility IS NOT NULL;

CREATE INDEX sites_role ON sites (role, id, shown);

CREATE INDEX sites_history_role ON sites_history (role, id, shown);

CREATE INDEX sites_source ON sites (source, id, shown) WHERE source IS NOT NULL;

CREATE INDEX sites_history_source ON sites_history (source, id, shown) WHERE source IS NOT NULL;

CREATE INDEX sites_dataset ON sites (dataset, id, shown) WHERE dataset IS NOT NULL;

CREATE INDEX sites_history_dataset ON sites_history (dataset, id, shown) WHERE dataset IS NOT NULL;

CREATE INDEX sites_provisional ON sites (provisional, id, shown) WHERE provisional <> 0;

CREATE INDEX sites_history_provisional ON sites_history (provisional, id, shown) WHERE provisional <> 0;

CREATE INDEX sites_visibility ON sites (visibility, id, shown) WHERE visibility <> 'public';

CREATE INDEX sites_history_visibility ON sites_history (visibility, id, shown) WHERE visibility <> 'public';

CREATE INDEX sites_facility_date_start ON sites (facility, date_start, incident);

CREATE INDEX sites_history_facility_date_start ON sites_history (facility, date_start, incident);

CREATE TABLE sites_external_id (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES sites(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX sites_external_id_owner ON sites_external_id (owner);

CREATE TABLE sites_external_id_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX sites_external_id_history_owner ON sites_external_id_history (owner);

CREATE VIRTUAL TABLE sites_search USING fts5(description, notes, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');

CREATE TABLE controls (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL CHECK (version >= 1),
  from_seq INTEGER NOT NULL CHECK (from_seq >= 1),
  n INTEGER NOT NULL CHECK (n >= 1),
  state TEXT NOT NULL CHECK (state IN ('live', 'withdrawn', 'merged')),
  survivor INTEGER,
  shown INTEGER NOT NULL CHECK (shown BETWEEN -1 AND 2),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  span_end TEXT,
  span_days INTEGER,
  facility INTEGER NOT NULL REFERENCES facilities(pk) DEFERRABLE INITIALLY DEFERRED,
  actor INTEGER NOT NULL REFERENCES actors(pk) DEFERRABLE INITIALLY DEFERRED,
  valid_from TEXT CHECK (valid_from GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  valid_to TEXT CHECK (valid_to GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  control_type TEXT NOT NULL,
  claimant INTEGER  REFERENCES actors(pk) DEFERRABLE INITIALLY DEFERRED,
  source INTEGER  REFERENCES sources(pk) DEFERRABLE INITIALLY DEFERRED,
  external_ids TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(external_ids)),
  dataset INTEGER  REFERENCES sources(pk) DEFERRABLE INITIALLY DEFERRED,
  source_values TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(source_values)),
  provisional INTEGER CHECK (provisional IN (0, 1)),
  visibility TEXT,
  publish_at TEXT,
  notes TEXT,
  document TEXT NOT NULL CHECK (json_valid(document))
) STRICT;

CREATE TABLE controls_history (
  pk INTEGER,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  n INTEGER NOT NULL,
  state TEXT NOT NULL,
  survivor INTEGER,
  shown INTEGER NOT NULL,
  hash BLOB NOT NULL,
  span_end TEXT,
  span_days INTEGER,
  facility INTEGER NOT NULL,
  actor INTEGER NOT NULL,
  valid_from TEXT,
  valid_to TEXT,
  control_type TEXT NOT NULL,
  claimant INTEGER,
  source INTEGER,
  external_ids TEXT NOT NULL,
  dataset INTEGER,
  source_values TEXT NOT NULL,
  provisional INTEGER,
  visibility TEXT,
  publish_at TEXT,
  notes TEXT,
  document TEXT NOT NULL,
  to_seq INTEGER NOT NULL CHECK (to_seq > from_seq),
  PRIMARY KEY (pk, from_seq)
) STRICT;

CREATE INDEX controls_history_id ON controls_history (id);

CREATE INDEX controls_facility ON controls (facility, id, shown);

CREATE INDEX controls_history_facility ON controls_history (facility, id, shown);

CREATE INDEX controls_actor ON controls (actor, id, shown);

CREATE INDEX controls_history_actor ON controls_history (actor, id, shown);

CREATE INDEX controls_valid_from ON controls (valid_from, id, shown) WHERE valid_from IS NOT NULL;

CREATE INDEX controls_history_valid_from ON controls_history (valid_from, id, shown) WHERE valid_from IS NOT NULL;

CREATE INDEX controls_control_type ON controls (control_type, id, shown);

CREATE INDEX controls_history_control_type ON controls_history (control_type, id, shown);

CREATE INDEX controls_claimant ON controls (claimant, id, shown) WHERE claimant IS NOT NULL;

CREATE INDEX controls_history_claimant ON controls_history (claimant, id, shown) WHERE claimant IS NOT NULL;

CREATE INDEX controls_source ON controls (source, id, shown) WHERE source IS NOT NULL;

CREATE INDEX controls_history_source ON controls_history (source, id, shown) WHERE source IS NOT NULL;

CREATE INDEX controls_dataset ON controls (dataset, id, shown) WHERE dataset IS NOT NULL;

CREATE INDEX controls_history_dataset ON controls_history (dataset, id, shown) WHERE dataset IS NOT NULL;

CREATE INDEX controls_provisional ON controls (provisional, id, shown) WHERE provisional <> 0;

CREATE INDEX controls_history_provisional ON controls_history (provisional, id, shown) WHERE provisional <> 0;

CREATE INDEX controls_visibility ON controls (visibility, id, shown) WHERE visibility <> 'public';

CREATE INDEX controls_history_visibility ON controls_history (visibility, id, shown) WHERE visibility <> 'public';

CREATE INDEX controls_long ON controls (valid_from, span_end, id, shown) WHERE span_days > 31;

CREATE INDEX controls_history_long ON controls_history (valid_from, span_end, id, shown) WHERE span_days > 31;

CREATE TABLE controls_external_id (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES controls(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX controls_external_id_owner ON controls_external_id (owner);

CREATE TABLE controls_external_id_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX controls_external_id_history_owner ON controls_external_id_history (owner);

CREATE VIRTUAL TABLE controls_search USING fts5(notes, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');

CREATE TABLE relations (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL CHECK (version >= 1),
  from_seq INTEGER NOT NULL CHECK (from_seq >= 1),
  n INTEGER NOT NULL CHECK (n >= 1),
  state TEXT NOT NULL CHECK (state IN ('live', 'withdrawn', 'merged')),
  survivor INTEGER,
  shown INTEGER NOT NULL CHECK (shown BETWEEN -1 AND 2),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  span_end TEXT,
  span_days INTEGER,
  from_incident INTEGER  REFERENCES incidents(pk) DEFERRABLE INITIALLY DEFERRED,
  to_incident INTEGER  REFERENCES incidents(pk) DEFERRABLE INITIALLY DEFERRED,
  from_actor INTEGER  REFERENCES actors(pk) DEFERRABLE INITIALLY DEFERRED,
  to_actor INTEGER  REFERENCES actors(pk) DEFERRABLE INITIALLY DEFERRED,
  type TEXT NOT NULL,
  valid_from TEXT CHECK (valid_from GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  valid_to TEXT CHECK (valid_to GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  source INTEGER  REFERENCES sources(pk) DEFERRABLE INITIALLY DEFERRED,
  external_ids TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(external_ids)),
  dataset INTEGER  REFERENCES sources(pk) DEFERRABLE INITIALLY DEFERRED,
  source_values TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(source_values)),
  provisional INTEGER CHECK (provisional IN (0, 1)),
  visibility TEXT,
  publish_at TEXT,
  notes TEXT,
  document TEXT NOT NULL CHECK (json_valid(document))
) STRICT;

CREATE TABLE relations_history (
  pk INTEGER,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  n INTEGER NOT NULL,
  state TEXT NOT NULL,
  survivor INTEGER,
  shown INTEGER NOT NULL,
  hash BLOB NOT NULL,
  span_end TEXT,
  span_days INTEGER,
  from_incident INTEGER,
  to_incident INTEGER,
  from_actor INTEGER,
  to_actor INTEGER,
  type TEXT NOT NULL,
  valid_from TEXT,
  valid_to TEXT,
  source INTEGER,
  external_ids TEXT NOT NULL,
  dataset INTEGER,
  source_values TEXT NOT NULL,
  provisional INTEGER,
  visibility TEXT,
  publish_at TEXT,
  notes TEXT,
  document TEXT NOT NULL,
  to_seq INTEGER NOT NULL CHECK (to_seq > from_seq),
  PRIMARY KEY (pk, from_seq)
) STRICT;

CREATE INDEX relations_history_id ON relations_history (id);

CREATE INDEX relations_from_incident ON relations (from_incident, id, shown) WHERE from_incident IS NOT NULL;

CREATE INDEX relations_history_from_incident ON relations_history (from_incident, id, shown) WHERE from_incident IS NOT NULL;

CREATE INDEX relations_to_incident ON relations (to_incident, id, shown) WHERE to_incident IS NOT NULL;

CREATE INDEX relations_history_to_incident ON relations_history (to_incident, id, shown) WHERE to_incident IS NOT NULL;

CREATE INDEX relations_from_actor ON relations (from_actor, id, shown) WHERE from_actor IS NOT NULL;

CREATE INDEX relations_history_from_actor ON relations_history (from_actor, id, shown) WHERE from_actor IS NOT NULL;

CREATE INDEX relations_to_actor ON relations (to_actor, id, shown) WHERE to_actor IS NOT NULL;

CREATE INDEX relations_history_to_actor ON relations_history (to_actor, id, shown) WHERE to_actor IS NOT NULL;

CREATE INDEX relations_type ON relations (type, id, shown);

CREATE INDEX relations_history_type ON relations_history (type, id, shown);

CREATE INDEX relations_valid_from ON relations (valid_from, id, shown) WHERE valid_from IS NOT NULL;

CREATE INDEX relations_history_valid_from ON relations_history (valid_from, id, shown) WHERE valid_from IS NOT NULL;

CREATE INDEX relations_source ON relations (source, id, shown) WHERE source IS NOT NULL;

CREATE INDEX relations_history_source ON relations_history (source, id, shown) WHERE source IS NOT NULL;

CREATE INDEX relations_dataset ON relations (dataset, id, shown) WHERE dataset IS NOT NULL;

CREATE INDEX relations_history_dataset ON relations_history (dataset, id, shown) WHERE dataset IS NOT NULL;

CREATE INDEX relations_provisional ON relations (provisional, id, shown) WHERE provisional <> 0;

CREATE INDEX relations_history_provisional ON relations_history (provisional, id, shown) WHERE provisional <> 0;

CREATE INDEX relations_visibility ON relations (visibility, id, shown) WHERE visibility <> 'public';

CREATE INDEX relations_history_visibility ON relations_history (visibility, id, shown) WHERE visibility <> 'public';

CREATE INDEX relations_long ON relations (valid_from, span_end, id, shown) WHERE span_days > 31;

CREATE INDEX relations_history_long ON relations_history (valid_from, span_end, id, shown) WHERE span_days > 31;

CREATE TABLE relations_external_id (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES relations(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX relations_external_id_owner ON relations_external_id (owner);

CREATE TABLE relations_external_id_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX relations_external_id_history_owner ON relations_external_id_history (owner);

CREATE VIRTUAL TABLE relations_search USING fts5(notes, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');

CREATE TABLE figures (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL CHECK (version >= 1),
  from_seq INTEGER NOT NULL CHECK (from_seq >= 1),
  n INTEGER NOT NULL CHECK (n >= 1),
  state TEXT NOT NULL CHECK (state IN ('live', 'withdrawn', 'merged')),
  survivor INTEGER,
  shown INTEGER NOT NULL CHECK (shown BETWEEN -1 AND 2),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  incident INTEGER  REFERENCES incidents(pk) DEFERRABLE INITIALLY DEFERRED,
  facility INTEGER  REFERENCES facilities(pk) DEFERRABLE INITIALLY DEFERRED,
  actor INTEGER  REFERENCES actors(pk) DEFERRABLE INITIALLY DEFERRED,
  claimant INTEGER  REFERENCES actors(pk) DEFERRABLE INITIALLY DEFERRED,
  claimant_label TEXT,
  speaker TEXT,
  via INTEGER  REFERENCES actors(pk) DEFERRABLE INITIALLY DEFERRED,
  claimant_stance TEXT,
  attribution TEXT,
  said_at TEXT,
  said_at_prec TEXT,
  as_of_date TEXT CHECK (as_of_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  as_of_prec INTEGER,
  sources TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(sources)),
  derives_from INTEGER  REFERENCES figures(pk) DEFERRABLE INITIALLY DEFERRED,
  supersedes INTEGER  REFERENCES figures(pk) DEFERRABLE INITIALLY DEFERRED,
  superseded INTEGER CHECK (superseded IN (0, 1)),
  status TEXT,
  status_from TEXT CHECK (status_from GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  status_reason TEXT,
  contradicts TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(contradicts)),
  rank TEXT,
  source_reliability TEXT,
  information_credibility INTEGER,
  computed TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(computed)),
  measure TEXT NOT NULL,
  unit TEXT,
  population_status TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(population_status)),
  population_role TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(population_role)),
  population_occupation TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(population_occupation)),
  population_age_group TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(population_age_group)),
  population_sex TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(population_sex)),
  population_nationality TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(population_nationality)),
  population_actor TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(population_actor)),
  population_identified INTEGER CHECK (population_identified BETWEEN 0 AND 9007199254740991),
  circumstance TEXT,
  inflicted_by TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(inflicted_by)),
  cause TEXT,
  measure_kind TEXT,
  period_start TEXT CHECK (period_start GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  period_end TEXT CHECK (period_end GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  method TEXT,
  scope_includes_perpetrators TEXT,
  scope_deaths TEXT,
  value_text TEXT,
  value_lang TEXT,
  qualifier TEXT,
  amount INTEGER CHECK (amount BETWEEN 0 AND 1000000000000),
  amount_to INTEGER CHECK (amount_to BETWEEN 0 AND 1000000000000),
  low INTEGER CHECK (low BETWEEN 0 AND 1000000000000),
  best INTEGER CHECK (best BETWEEN 0 AND 1000000000000),
  high INTEGER CHECK (high BETWEEN 0 AND 1000000000000),
  coding_rule TEXT,
  part_of INTEGER  REFERENCES figures(pk) DEFERRABLE INITIALLY DEFERRED,
  breakdown TEXT,
  breakdowns TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(breakdowns)),
  external_ids TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(external_ids)),
  dataset INTEGER  REFERENCES sources(pk) DEFERRABLE INITIALLY DEFERRED,
  source_values TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(source_values)),
  provisional INTEGER CHECK (provisional IN (0, 1)),
  visibility TEXT,
  publish_at TEXT,
  notes TEXT,
  document TEXT NOT NULL CHECK (json_valid(document))
) STRICT;

CREATE TABLE figures_history (
  pk INTEGER,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  n INTEGER NOT NULL,
  state TEXT NOT NULL,
  survivor INTEGER,
  shown INTEGER NOT NULL,
  hash BLOB NOT NULL,
  incident INTEGER,
  facility INTEGER,
  actor INTEGER,
  claimant INTEGER,
  claimant_label TEXT,
  speaker TEXT,
  via INTEGER,
  claimant_stance TEXT,
  attribution TEXT,
  said_at TEXT,
  said_at_prec TEXT,
  as_of_date TEXT,
  as_of_prec INTEGER,
  sources TEXT NOT NULL,
  derives_from INTEGER,
  supersedes INTEGER,
  superseded INTEGER,
  status TEXT,
  status_from TEXT,
  status_reason TEXT,
  contradicts TEXT NOT NULL,
  rank TEXT,
  source_reliability TEXT,
  information_credibility INTEGER,
  computed TEXT NOT NULL,
  measure TEXT NOT NULL,
  unit TEXT,
  population_status TEXT NOT NULL,
  population_role TEXT NOT NULL,
  population_occupation TEXT NOT NULL,
  population_age_group TEXT NOT NULL,
  population_sex TEXT NOT NULL,
  population_nationality TEXT NOT NULL,
  population_actor TEXT NOT NULL,
  population_identified INTEGER,
  circumstance TEXT,
  inflicted_by TEXT NOT NULL,
  cause TEXT,
  measure_kind TEXT,
  period_start TEXT,
  period_end TEXT,
  method TEXT,
  scope_includes_perpetrators TEXT,
  scope_deaths TEXT,
  value_text TEXT,
  value_lang TEXT,
  qualifier TEXT,
  amount INTEGER,
  amount_to INTEGER,
  low INTEGER,
  best INTEGER,
  high INTEGER,
  coding_rule TEXT,
  part_of INTEGER,
  breakdown TEXT,
  breakdowns TEXT NOT NULL,
  external_ids TEXT NOT NULL,
  dataset INTEGER,
  source_values TEXT NOT NULL,
  provisional INTEGER,
  visibility TEXT,
  publish_at TEXT,
  notes TEXT,
  document TEXT NOT NULL,
  to_seq INTEGER NOT NULL CHECK (to_seq > from_seq),
  PRIMARY KEY (pk, from_seq)
) STRICT;

CREATE INDEX figures_history_id ON figures_history (id);

CREATE INDEX figures_incident ON figures (incident, id, shown) WHERE incident IS NOT NULL;

CREATE INDEX figures_history_incident ON figures_history (incident, id, shown) WHERE incident IS NOT NULL;

CREATE INDEX figures_facility ON figures (facility, id, shown) WHERE facility IS NOT NULL;

CREATE INDEX figures_history_facility ON figures_history (facility, id, shown) WHERE facility IS NOT NULL;

CREATE INDEX figures_actor ON figures (actor, id, shown) WHERE actor IS NOT NULL;

CREATE INDEX figures_history_actor ON figures_history (actor, id, shown) WHERE actor IS NOT NULL;

CREATE INDEX figures_claimant ON figures (claimant, id, shown) WHERE claimant IS NOT NULL;

CREATE INDEX figures_history_claimant ON figures_history (claimant, id, shown) WHERE claimant IS NOT NULL;

CREATE INDEX figures_via ON figures (via, id, shown) WHERE via IS NOT NULL;

CREATE INDEX figures_history_via ON figures_history (via, id, shown) WHERE via IS NOT NULL;

CREATE INDEX figures_claimant_stance ON figures (claimant_stance, id, shown) WHERE claimant_stance IS NOT NULL;

CREATE INDEX figures_history_claimant_stance ON figures_history (claimant_stance, id, shown) WHERE claimant_stance IS NOT NULL;

CREATE INDEX figures_said_at ON figures (said_at, id, shown) WHERE said_at IS NOT NULL;

CREATE INDEX figures_history_said_at ON figures_history (said_at, id, shown) WHERE said_at IS NOT NULL;

CREATE INDEX figures_as_of_date ON figures (as_of_date, id, shown) WHERE as_of_date IS NOT NULL;

CREATE INDEX figures_history_as_of_date ON figures_history (as_of_date, id, shown) WHERE as_of_date IS NOT NULL;

CREATE INDEX figures_derives_from ON figures (derives_from, id, shown) WHERE derives_from IS NOT NULL;

CREATE INDEX figures_history_derives_from ON figures_history (derives_from, id, shown) WHERE derives_from IS NOT NULL;

CREATE INDEX figures_supersedes ON figures (supersedes, id, shown) WHERE supersedes IS NOT NULL;

CREATE INDEX figures_history_supersedes ON figures_history (supersedes, id, shown) WHERE supersedes IS NOT NULL;

CREATE INDEX figures_measure ON figures (measure, id, shown);

CREATE INDEX figures_history_measure ON figures_history (measure, id, shown);

CREATE INDEX figures_circumstance ON figures (circumstance, id, shown) WHERE circumstance IS NOT NULL;

CREATE INDEX figures_history_circumstance ON figures_history (circumstance, id, shown) WHERE circumstance IS NOT NULL;

CREATE INDEX figures_cause ON figures (cause, id, shown) WHERE cause IS NOT NULL;

CREATE INDEX figures_history_cause ON figures_history (cause, id, shown) WHERE cause IS NOT NULL;

CREATE INDEX figures_qualifier ON figures (qualifier, id, shown) WHERE qualifier IS NOT NULL;

CREATE INDEX figures_history_qualifier ON figures_history (qualifier, id, shown) WHERE qualifier IS NOT NULL;

CREATE INDEX figures_low ON figures (low, id, shown) WHERE low IS NOT NULL;

CREATE INDEX figures_history_low ON figures_history (low, id, shown) WHERE low IS NOT NULL;

CREATE INDEX figures_best ON figures (best, id, shown) WHERE best IS NOT NULL;

CREATE INDEX figures_history_best ON figures_history (best, id, shown) WHERE best IS NOT NULL;

CREATE INDEX figures_high ON figures (high, id, shown) WHERE high IS NOT NULL;

CREATE INDEX figures_history_high ON figures_history (high, id, shown) WHERE high IS NOT NULL;

CREATE INDEX figures_part_of ON figures (part_of, id, shown) WHERE part_of IS NOT NULL;

CREATE INDEX figures_history_part_of ON figures_history (part_of, id, shown) WHERE part_of IS NOT NULL;

CREATE INDEX figures_dataset ON figures (dataset, id, shown) WHERE dataset IS NOT NULL;

CREATE INDEX figures_history_dataset ON figures_history (dataset, id, shown) WHERE dataset IS NOT NULL;

CREATE INDEX figures_superseded ON figures (superseded, id, shown) WHERE superseded <> 0;

CREATE INDEX figures_history_superseded ON figures_history (superseded, id, shown) WHERE superseded <> 0;

CREATE INDEX figures_status ON figures (status, id, shown) WHERE status <> 'active';

CREATE INDEX figures_history_status ON figures_history (status, id, shown) WHERE status <> 'active';

CREATE INDEX figures_rank ON figures (rank, id, shown) WHERE rank <> 'normal';

CREATE INDEX figures_history_rank ON figures_history (rank, id, shown) WHERE rank <> 'normal';

CREATE INDEX figures_unit ON figures (unit, id, shown) WHERE unit <> 'persons';

CREATE INDEX figures_history_unit ON figures_history (unit, id, shown) WHERE unit <> 'persons';

CREATE INDEX figures_method ON figures (method, id, shown) WHERE method <> 'reported';

CREATE INDEX figures_history_method ON figures_history (method, id, shown) WHERE method <> 'reported';

CREATE INDEX figures_provisional ON figures (provisional, id, shown) WHERE provisional <> 0;

CREATE INDEX figures_history_provisional ON figures_history (provisional, id, shown) WHERE provisional <> 0;

CREATE INDEX figures_visibility ON figures (visibility, id, shown) WHERE visibility <> 'public';

CREATE INDEX figures_history_visibility ON figures_history (visibility, id, shown) WHERE visibility <> 'public';

CREATE TABLE figures_source (
  value INTEGER NOT NULL REFERENCES sources(pk) DEFERRABLE INITIALLY DEFERRED,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES figures(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_source_owner ON figures_source (owner);

CREATE TABLE figures_source_history (
  value INTEGER NOT NULL REFERENCES sources(pk) DEFERRABLE INITIALLY DEFERRED,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_source_history_owner ON figures_source_history (owner);

CREATE TABLE figures_contradicts_figure (
  value INTEGER NOT NULL REFERENCES figures(pk) DEFERRABLE INITIALLY DEFERRED,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES figures(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_contradicts_figure_owner ON figures_contradicts_figure (owner);

CREATE TABLE figures_contradicts_figure_history (
  value INTEGER NOT NULL REFERENCES figures(pk) DEFERRABLE INITIALLY DEFERRED,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_contradicts_figure_history_owner ON figures_contradicts_figure_history (owner);

CREATE TABLE figures_contradicts_assertion (
  value INTEGER NOT NULL REFERENCES assertions(pk) DEFERRABLE INITIALLY DEFERRED,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES figures(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_contradicts_assertion_owner ON figures_contradicts_assertion (owner);

CREATE TABLE figures_contradicts_assertion_history (
  value INTEGER NOT NULL REFERENCES assertions(pk) DEFERRABLE INITIALLY DEFERRED,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_contradicts_assertion_history_owner ON figures_contradicts_assertion_history (owner);

CREATE TABLE figures_population_status (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES figures(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_population_status_owner ON figures_population_status (owner);

CREATE TABLE figures_population_status_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_population_status_history_owner ON figures_population_status_history (owner);

CREATE TABLE figures_population_role (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES figures(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_population_role_owner ON figures_population_role (owner);

CREATE TABLE figures_population_role_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_population_role_history_owner ON figures_population_role_history (owner);

CREATE TABLE figures_population_occupation (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES figures(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_population_occupation_owner ON figures_population_occupation (owner);

CREATE TABLE figures_population_occupation_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_population_occupation_history_owner ON figures_population_occupation_history (owner);

CREATE TABLE figures_population_age_group (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES figures(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_population_age_group_owner ON figures_population_age_group (owner);

CREATE TABLE figures_population_age_group_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_population_age_group_history_owner ON figures_population_age_group_history (owner);

CREATE TABLE figures_population_sex (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES figures(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_population_sex_owner ON figures_population_sex (owner);

CREATE TABLE figures_population_sex_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_population_sex_history_owner ON figures_population_sex_history (owner);

CREATE TABLE figures_population_nationality (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES figures(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_population_nationality_owner ON figures_population_nationality (owner);

CREATE TABLE figures_population_nationality_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_population_nationality_history_owner ON figures_population_nationality_history (owner);

CREATE TABLE figures_population_actor (
  value INTEGER NOT NULL REFERENCES actors(pk) DEFERRABLE INITIALLY DEFERRED,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES figures(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_population_actor_owner ON figures_population_actor (owner);

CREATE TABLE figures_population_actor_history (
  value INTEGER NOT NULL REFERENCES actors(pk) DEFERRABLE INITIALLY DEFERRED,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_population_actor_history_owner ON figures_population_actor_history (owner);

CREATE TABLE figures_inflicted_by (
  value INTEGER NOT NULL REFERENCES actors(pk) DEFERRABLE INITIALLY DEFERRED,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES figures(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_inflicted_by_owner ON figures_inflicted_by (owner);

CREATE TABLE figures_inflicted_by_history (
  value INTEGER NOT NULL REFERENCES actors(pk) DEFERRABLE INITIALLY DEFERRED,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_inflicted_by_history_owner ON figures_inflicted_by_history (owner);

CREATE TABLE figures_external_id (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES figures(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_external_id_owner ON figures_external_id (owner);

CREATE TABLE figures_external_id_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_external_id_history_owner ON figures_external_id_history (owner);

CREATE VIRTUAL TABLE figures_search USING fts5(claimant_label, sources, value_text, notes, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');

CREATE TABLE assertions (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL CHECK (version >= 1),
  from_seq INTEGER NOT NULL CHECK (from_seq >= 1),
  n INTEGER NOT NULL CHECK (n >= 1),
  state TEXT NOT NULL CHECK (state IN ('live', 'withdrawn', 'merged')),
  survivor INTEGER,
  shown INTEGER NOT NULL CHECK (shown BETWEEN -1 AND 2),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  incident INTEGER  REFERENCES incidents(pk) DEFERRABLE INITIALLY DEFERRED,
  facility INTEGER  REFERENCES facilities(pk) DEFERRABLE INITIALLY DEFERRED,
  actor INTEGER  REFERENCES actors(pk) DEFERRABLE INITIALLY DEFERRED,
  claimant INTEGER  REFERENCES actors(pk) DEFERRABLE INITIALLY DEFERRED,
  claimant_label TEXT,
  speaker TEXT,
  via INTEGER  REFERENCES actors(pk) DEFERRABLE INITIALLY DEFERRED,
  claimant_stance TEXT,
  attribution TEXT,
  said_at TEXT,
  said_at_prec TEXT,
  as_of_date TEXT CHECK (as_of_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  as_of_prec INTEGER,
  sources TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(sources)),
  derives_from INTEGER  REFERENCES assertions(pk) DEFERRABLE INITIALLY DEFERRED,
  supersedes INTEGER  REFERENCES assertions(pk) DEFERRABLE INITIALLY DEFERRED,
  superseded INTEGER CHECK (superseded IN (0, 1)),
  status TEXT,
  status_from TEXT CHECK (status_from GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  status_reason TEXT,
  contradicts TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(contradicts)),
  rank TEXT,
  source_reliability TEXT,
  information_credibility INTEGER,
  computed TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(computed)),
  predicate TEXT NOT NULL,
  value TEXT,
  statement TEXT,
  statement_lang TEXT,
  external_ids TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(external_ids)),
  dataset INTEGER  REFERENCES sources(pk) DEFERRABLE INITIALLY DEFERRED,
  source_values TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(source_values)),
  provisional INTEGER CHECK (provisional IN (0, 1)),
  visibility TEXT,
  publish_at TEXT,
  notes TEXT,
  document TEXT NOT NULL CHECK (json_valid(document))
) STRICT;

CREATE TABLE assertions_history (
  pk INTEGER,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  n INTEGER NOT NULL,
  state TEXT NOT NULL,
  survivor INTEGER,
  shown INTEGER NOT NULL,
  hash BLOB NOT NULL,
  incident INTEGER,
  facility INTEGER,
  actor INTEGER,
  claimant INTEGER,
  claimant_label TEXT,
  speaker TEXT,
  via INTEGER,
  claimant_stance TEXT,
  attribution TEXT,
  said_at TEXT,
  said_at_prec TEXT,
  as_of_date TEXT,
  as_of_prec INTEGER,
  sources TEXT NOT NULL,
  derives_from INTEGER,
  supersedes INTEGER,
  superseded INTEGER,
  status TEXT,
  status_from TEXT,
  status_reason TEXT,
  contradicts TEXT NOT NULL,
  rank TEXT,
  source_reliability TEXT,
  information_credibility INTEGER,
  computed TEXT NOT NULL,
  predicate TEXT NOT NULL,
  value TEXT,
  statement TEXT,
  statement_lang TEXT,
  external_ids TEXT NOT NULL,
  dataset INTEGER,
  source_values TEXT NOT NULL,
  provisional INTEGER,
  visibility TEXT,
  publish_at TEXT,
  notes TEXT,
  document TEXT NOT NULL,
  to_seq INTEGER NOT NULL CHECK (to_seq > from_seq),
  PRIMARY KEY (pk, from_seq)
) STRICT;

CREATE INDEX assertions_history_id ON assertions_history (id);

CREATE INDEX assertions_incident ON assertions (incident, id, shown) WHERE incident IS NOT NULL;

CREATE INDEX assertions_history_incident ON assertions_history (incident, id, shown) WHERE incident IS NOT NULL;

CREATE INDEX assertions_facility ON assertions (facility, id, shown) WHERE facility IS NOT NULL;

CREATE INDEX assertions_history_facility ON assertions_history (facility, id, shown) WHERE facility IS NOT NULL;

CREATE INDEX assertions_actor ON assertions (actor, id, shown) WHERE actor IS NOT NULL;

CREATE INDEX assertions_history_actor ON assertions_history (actor, id, shown) WHERE actor IS NOT NULL;

CREATE INDEX assertions_claimant ON assertions (claimant, id, shown) WHERE claimant IS NOT NULL;

CREATE INDEX assertions_history_claimant ON assertions_history (claimant, id, shown) WHERE claimant IS NOT NULL;

CREATE INDEX assertions_via ON assertions (via, id, shown) WHERE via IS NOT NULL;

CREATE INDEX assertions_history_via ON assertions_history (via, id, shown) WHERE via IS NOT NULL;

CREATE INDEX assertions_claimant_stance ON assertions (claimant_stance, id, shown) WHERE claimant_stance IS NOT NULL;

CREATE INDEX assertions_history_claimant_stance ON assertions_history (claimant_stance, id, shown) WHERE claimant_stance IS NOT NULL;

CREATE INDEX assertions_said_at ON assertions (said_at, id, shown) WHERE said_at IS NOT NULL;

CREATE INDEX assertions_history_said_at ON assertions_history (said_at, id, shown) WHERE said_at IS NOT NULL;

CREATE INDEX assertions_as_of_date ON assertions (as_of_date, id, shown) WHERE as_of_date IS NOT NULL;

CREATE INDEX assertions_history_as_of_date ON assertions_history (as_of_date, id, shown) WHERE as_of_date IS NOT NULL;

CREATE INDEX assertions_derives_from ON assertions (derives_from, id, shown) WHERE derives_from IS NOT NULL;

CREATE INDEX assertions_history_derives_from ON assertions_history (derives_from, id, shown) WHERE derives_from IS NOT NULL;

CREATE INDEX assertions_supersedes ON assertions (supersedes, id, shown) WHERE supersedes IS NOT NULL;

CREATE INDEX assertions_history_supersedes ON assertions_history (supersedes, id, shown) WHERE supersedes IS NOT NULL;

CREATE INDEX assertions_predicate ON assertions (predicate, id, shown);

CREATE INDEX assertions_history_predicate ON assertions_history (predicate, id, shown);

CREATE INDEX assertions_value ON assertions (value, id, shown) WHERE value IS NOT NULL;

CREATE INDEX assertions_history_value ON assertions_history (value, id, shown) WHERE value IS NOT NULL;

CREATE INDEX assertions_dataset ON assertions (dataset, id, shown) WHERE dataset IS NOT NULL;

CREATE INDEX assertions_history_dataset ON assertions_history (dataset, id, shown) WHERE dataset IS NOT NULL;

CREATE INDEX assertions_superseded ON assertions (superseded, id, shown) WHERE superseded <> 0;

CREATE INDEX assertions_history_superseded ON assertions_history (superseded, id, shown) WHERE superseded <> 0;

CREATE INDEX assertions_status ON assertions (status, id, shown) WHERE status <> 'active';

CREATE INDEX assertions_history_status ON assertions_history (status, id, shown) WHERE status <> 'active';

CREATE INDEX assertions_rank ON assertions (rank, id, shown) WHERE rank <> 'normal';

CREATE INDEX assertions_history_rank ON assertions_history (rank, id, shown) WHERE rank <> 'normal';

CREATE INDEX assertions_provisional ON assertions (provisional, id, shown) WHERE provisional <> 0;

CREATE INDEX assertions_history_provisional ON assertions_history (provisional, id, shown) WHERE provisional <> 0;

CREATE INDEX assertions_visibility ON assertions (visibility, id, shown) WHERE visibility <> 'public';

CREATE INDEX assertions_history_visibility ON assertions_history (visibility, id, shown) WHERE visibility <> 'public';

CREATE TABLE assertions_source (
  value INTEGER NOT NULL REFERENCES sources(pk) DEFERRABLE INITIALLY DEFERRED,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES assertions(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX assertions_source_owner ON assertions_source (owner);

CREATE TABLE assertions_source_history (
  value INTEGER NOT NULL REFERENCES sources(pk) DEFERRABLE INITIALLY DEFERRED,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX assertions_source_history_owner ON assertions_source_history (owner);

CREATE TABLE assertions_contradicts_figure (
  value INTEGER NOT NULL REFERENCES figures(pk) DEFERRABLE INITIALLY DEFERRED,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES assertions(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX assertions_contradicts_figure_owner ON assertions_contradicts_figure (owner);

CREATE TABLE assertions_contradicts_figure_history (
  value INTEGER NOT NULL REFERENCES figures(pk) DEFERRABLE INITIALLY DEFERRED,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX assertions_contradicts_figure_history_owner ON assertions_contradicts_figure_history (owner);

CREATE TABLE assertions_contradicts_assertion (
  value INTEGER NOT NULL REFERENCES assertions(pk) DEFERRABLE INITIALLY DEFERRED,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES assertions(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX assertions_contradicts_assertion_owner ON assertions_contradicts_assertion (owner);

CREATE TABLE assertions_contradicts_assertion_history (
  value INTEGER NOT NULL REFERENCES assertions(pk) DEFERRABLE INITIALLY DEFERRED,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX assertions_contradicts_assertion_history_owner ON assertions_contradicts_assertion_history (owner);

CREATE TABLE assertions_external_id (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner),
  FOREIGN KEY (owner) REFERENCES assertions(pk) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX assertions_external_id_owner ON assertions_external_id (owner);

CREATE TABLE assertions_external_id_history (
  value TEXT NOT NULL,
  ord TEXT,
  owner INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (value, ord, owner, from_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX assertions_external_id_history_owner ON assertions_external_id_history (owner);

CREATE VIRTUAL TABLE assertions_search USING fts5(claimant_label, sources, value, statement, notes, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');
