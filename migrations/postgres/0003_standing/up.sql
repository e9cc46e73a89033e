-- What operators decide of a firm: an authenticated note beside its record (spec/keys.md, Standing).
-- "fieldseal" is the default schema; `PgKeyStore::schema` puts another name in its place.

ALTER TABLE "fieldseal"."firms" ADD COLUMN standing bytea;
COMMENT ON COLUMN "fieldseal"."firms".standing IS
    'Whether the firm is suspended, held or about to be shredded; of a shredded firm its certificate.';

INSERT INTO "fieldseal"."versions" (version, name) VALUES (3, 'standing');
