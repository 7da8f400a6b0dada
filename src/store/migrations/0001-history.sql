-- Predictions, their recordings and labels. Both SQLite and PostgreSQL read this file; what they say
-- differently stands in files whose names end in .sqlite.sql and .postgresql.sql.

-- A file below recordings/ is wanted as long as its row is here.
CREATE TABLE recordings (
  sha256 TEXT NOT NULL PRIMARY KEY,
  size_bytes BIGINT NOT NULL,
  added_ms BIGINT NOT NULL
);

CREATE TABLE predictions (
  id TEXT NOT NULL PRIMARY KEY,
  -- Milliseconds and days since 1970, UTC.
  time_ms BIGINT NOT NULL CHECK (time_ms >= 0),
  day BIGINT NOT NULL,
  file_name TEXT NOT NULL,
  -- file_name with A to Z in lower case: what is searched.
  name_key TEXT NOT NULL,
  sha256 TEXT NOT NULL REFERENCES recordings (sha256),
  predicted_class TEXT NOT NULL CHECK (predicted_class IN ('normal', 'abnormal')),
  verdict TEXT NOT NULL CHECK (verdict IN ('normal', 'abnormal', 'uncertain', 'poor_quality')),
  -- The newest label, '' for none.
  label TEXT NOT NULL DEFAULT '' CHECK (label IN ('', 'normal', 'abnormal', 'unsure')),
  probability_abnormal DOUBLE PRECISION NOT NULL,
  confidence DOUBLE PRECISION NOT NULL,
  threshold DOUBLE PRECISION NOT NULL,
  duration_s DOUBLE PRECISION NOT NULL,
  processing_time_s DOUBLE PRECISION NOT NULL,
  model_name TEXT NOT NULL,
  model_version TEXT NOT NULL,
  model_sha256 TEXT NOT NULL,
  patient_ref TEXT,
  location TEXT,
  quality_ok SMALLINT CHECK (quality_ok IN (0, 1)),
  -- One a line.
  quality_reasons TEXT NOT NULL,
  answer TEXT NOT NULL
);

CREATE INDEX predictions_by_time ON predictions (time_ms, id);
CREATE INDEX predictions_by_kind ON predictions (predicted_class, verdict, label, time_ms, id);
CREATE INDEX predictions_by_patient ON predictions (patient_ref, time_ms, id)
  WHERE patient_ref IS NOT NULL;
-- Day first: a page reads from the newest day on, and within a day only the names that match.
CREATE INDEX predictions_by_name
  ON predictions (day, name_key, time_ms, id, predicted_class, verdict, label);
CREATE INDEX predictions_by_recording ON predictions (sha256);

CREATE TABLE labels (
  prediction_id TEXT NOT NULL REFERENCES predictions (id) ON DELETE CASCADE,
  ordinal BIGINT NOT NULL,
  value TEXT NOT NULL CHECK (value IN ('normal', 'abnormal', 'unsure')),
  comment TEXT NOT NULL,
  who TEXT NOT NULL CHECK (who <> ''),
  time_ms BIGINT NOT NULL,
  PRIMARY KEY (prediction_id, ordinal)
);

CREATE TABLE models (
  sha256 TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  source TEXT NOT NULL,
  added_ms BIGINT NOT NULL,
  promoted_ms BIGINT
);

CREATE TABLE audit_trail (
  sequence BIGINT NOT NULL PRIMARY KEY,
  time_ms BIGINT NOT NULL,
  who TEXT NOT NULL CHECK (who <> ''),
  action TEXT NOT NULL CHECK (action <> ''),
  subject TEXT NOT NULL,
  detail TEXT NOT NULL
);
