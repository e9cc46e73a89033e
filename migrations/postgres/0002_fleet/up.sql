-- The fleet: which processes hold keys of this store, and the changes that each of them has applied (spec/fleet.md).
-- "fieldseal" is the default schema; `PgKeyStore::schema` puts another name in its place.

CREATE TABLE "fieldseal"."fleet" (
    one smallint PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    epoch bigint NOT NULL,
    floor bigint NOT NULL
);
COMMENT ON TABLE "fieldseal"."fleet" IS 'Counts the changes of firms'' records: one row.';

CREATE TABLE "fieldseal"."changes" (
    epoch bigint PRIMARY KEY,
    firm text COLLATE "C" NOT NULL,
    what text COLLATE "C" NOT NULL
);
COMMENT ON TABLE "fieldseal"."changes" IS 'The latest changes, for processes that hold the firms'' keys.';

CREATE TABLE "fieldseal"."processes" (
    id text COLLATE "C" PRIMARY KEY,
    beat bigint NOT NULL,
    acknowledged bigint NOT NULL,
    lease_millis bigint NOT NULL,
    started bigint NOT NULL,
    host text NOT NULL,
    pid bigint NOT NULL,
    release text NOT NULL,
    info text NOT NULL
);
COMMENT ON TABLE "fieldseal"."processes" IS
    'The processes that hold keys now. A row is renewed all the time; removing one takes its process''s keys away.';

INSERT INTO "fieldseal"."fleet" (epoch, floor) VALUES (1, 1);

INSERT INTO "fieldseal"."versions" (version, name) VALUES (2, 'fleet');
