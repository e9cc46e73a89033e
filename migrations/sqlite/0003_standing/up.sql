-- What operators decide of a firm: an authenticated note beside its record (spec/keys.md, Standing).
-- "fieldseal_" is the default prefix; `SqliteKeyStore::prefix` puts another one in its place.

-- Whether the firm is suspended, held or about to be shredded; of a shredded firm its certificate.
ALTER TABLE "fieldseal_firms" ADD COLUMN standing blob;

INSERT INTO "fieldseal_versions" (version, name) VALUES (3, 'standing');
