-- The key store: wrapped keys and authenticated manifests (spec/keys.md). No key lies here in the clear.
-- "fieldseal" is the default schema; `PgKeyStore::schema` puts another name in its place.

-- `CREATE SCHEMA IF NOT EXISTS` asks for the right to create one even where it exists.
DO $$
BEGIN
    IF to_regnamespace('"fieldseal"') IS NULL THEN
        CREATE SCHEMA "fieldseal";
    END IF;
END
$$;

CREATE TABLE "fieldseal"."versions" (
    version bigint PRIMARY KEY,
    name text NOT NULL,
    applied timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE "fieldseal"."versions" IS 'Migrations of the fieldseal library''s own tables that have run here.';

CREATE TABLE "fieldseal"."firms" (
    firm text COLLATE "C" PRIMARY KEY,
    generation bigint NOT NULL,
    tombstone bytea,
    master_version bigint,
    provider text,
    kek text,
    wrapped bytea,
    endorsement bytea,
    manifest bytea
);
COMMENT ON TABLE "fieldseal"."firms" IS
    'Each firm''s wrapped master key and manifest, or its tombstone. Without these rows its encrypted data is lost: back them up.';

CREATE TABLE "fieldseal"."firm_keys" (
    firm text COLLATE "C" NOT NULL REFERENCES "fieldseal"."firms" (firm),
    purpose text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    wrapped bytea NOT NULL,
    PRIMARY KEY (firm, purpose, version)
);
COMMENT ON TABLE "fieldseal"."firm_keys" IS
    'Each firm''s data and index keys, wrapped under its master key. Without these rows its encrypted data is lost: back them up.';

INSERT INTO "fieldseal"."versions" (version, name) VALUES (1, 'keys');
