-- The key store: wrapped keys and authenticated manifests (spec/keys.md). No key lies here in the clear.
-- "fieldseal_" is the default prefix; `SqliteKeyStore::prefix` puts another one in its place.

-- Migrations of the fieldseal library's own tables that have run here.
CREATE TABLE "fieldseal_versions" (
    version bigint NOT NULL PRIMARY KEY,
    name text NOT NULL,
    applied text NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- Each firm's wrapped master key and manifest, or its tombstone. Without these rows its encrypted data is lost.
CREATE TABLE "fieldseal_firms" (
    firm text NOT NULL PRIMARY KEY,
    generation bigint NOT NULL,
    tombstone blob,
    master_version bigint,
    provider text,
    kek text,
    wrapped blob,
    endorsement blob,
    manifest blob
);

-- Each firm's data and index keys, wrapped under its master key. Without these rows its encrypted data is lost.
CREATE TABLE "fieldseal_firm_keys" (
    firm text NOT NULL REFERENCES "fieldseal_firms" (firm),
    purpose text NOT NULL,
    version bigint NOT NULL,
    wrapped blob NOT NULL,
    PRIMARY KEY (firm, purpose, version)
);

INSERT INTO "fieldseal_versions" (version, name) VALUES (1, 'keys');
