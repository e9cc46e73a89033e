//! The tables that keep what jobs have come to, beside the table that they work on (spec/migration.md, Tables).

pub(super) mod rows;

/// Makes schema and tables on PostgreSQL, unless they are there.
pub(super) const POSTGRES: &str = "\
CREATE SCHEMA IF NOT EXISTS fieldseal_migrate;
CREATE TABLE IF NOT EXISTS fieldseal_migrate.job (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE,
    table_name text NOT NULL,
    kind text NOT NULL,
    spec text NOT NULL,
    step text NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'paused', 'aborted', 'done')),
    pass integer NOT NULL DEFAULT 0,
    settings text NOT NULL DEFAULT '{}',
    created timestamptz NOT NULL DEFAULT now(),
    updated timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX IF NOT EXISTS job_one_a_table ON fieldseal_migrate.job (table_name) WHERE state IN ('running', 'paused');
CREATE TABLE IF NOT EXISTS fieldseal_migrate.pass (
    job uuid NOT NULL REFERENCES fieldseal_migrate.job ON DELETE CASCADE,
    number integer NOT NULL,
    work text NOT NULL,
    began timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended timestamptz,
    PRIMARY KEY (job, number)
);
CREATE TABLE IF NOT EXISTS fieldseal_migrate.range (
    job uuid NOT NULL REFERENCES fieldseal_migrate.job ON DELETE CASCADE,
    pass integer NOT NULL,
    number integer NOT NULL,
    from_key text,
    to_key text,
    cursor text,
    state text NOT NULL CHECK (state IN ('open', 'done')),
    worker uuid,
    beat bigint NOT NULL DEFAULT 0,
    rows_read bigint NOT NULL DEFAULT 0,
    rows_written bigint NOT NULL DEFAULT 0,
    rows_unchanged bigint NOT NULL DEFAULT 0,
    rows_left bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (job, pass, number)
);
CREATE TABLE IF NOT EXISTS fieldseal_migrate.quarantine (
    job uuid NOT NULL REFERENCES fieldseal_migrate.job ON DELETE CASCADE,
    row_key text NOT NULL,
    column_name text NOT NULL,
    firm text NOT NULL,
    reason text NOT NULL,
    noticed timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (job, row_key, column_name)
);
CREATE TABLE IF NOT EXISTS fieldseal_migrate.event (
    job uuid NOT NULL REFERENCES fieldseal_migrate.job ON DELETE CASCADE,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    what text NOT NULL,
    detail text NOT NULL DEFAULT '{}'
);
";
