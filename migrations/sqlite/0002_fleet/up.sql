-- The fleet: which processes hold keys of this store, and the changes that each of them has applied (spec/fleet.md).
-- "fieldseal_" is the default prefix; `SqliteKeyStore::prefix` puts another one in its place.

-- Counts the changes of firms' records: one row.
CREATE TABLE "fieldseal_fleet" (
    one smallint NOT NULL PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    epoch bigint NOT NULL,
    floor bigint NOT NULL
);

-- The latest changes, for processes that hold the firms' keys.
CREATE TABLE "fieldseal_changes" (
    epoch bigint NOT NULL PRIMARY KEY,
    firm text NOT NULL,
    what text NOT NULL
);

-- The processes that hold keys now. A row is renewed all the time; removing one takes its process's keys away.
CREATE TABLE "fieldseal_processes" (
    id text NOT NULL PRIMARY KEY,
    beat bigint NOT NULL,
    acknowledged bigint NOT NULL,
    lease_millis bigint NOT NULL,
    started bigint NOT NULL,
    host text NOT NULL,
    pid bigint NOT NULL,
    release text NOT NULL,
    info text NOT NULL
);

INSERT INTO "fieldseal_fleet" (epoch, floor) VALUES (1, 1);

INSERT INTO "fieldseal_versions" (version, name) VALUES (2, 'fleet');
