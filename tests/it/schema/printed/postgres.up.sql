-- Domains of sealed columns, one per stored form and kind of cell. They refuse plaintext and cells of another kind, and
-- the error that they raise prints no value. Tables share them: one that exists is left as it is.
DO $fieldseal$ BEGIN
    CREATE DOMAIN "fieldseal_text" AS bytea CONSTRAINT "fieldseal_text_cell" CHECK (
        VALUE LIKE E'\\365_________________________________________%'::bytea
    );
EXCEPTION WHEN duplicate_object THEN NULL;
END $fieldseal$;
DO $fieldseal$ BEGIN
    CREATE DOMAIN "fieldseal_text_column" AS bytea CONSTRAINT "fieldseal_text_column_cell" CHECK (
        VALUE LIKE E'\\366_________________________________________%'::bytea
    );
EXCEPTION WHEN duplicate_object THEN NULL;
END $fieldseal$;
DO $fieldseal$ BEGIN
    CREATE DOMAIN "fieldseal_text_deterministic" AS bytea CONSTRAINT "fieldseal_text_deterministic_cell" CHECK (
        VALUE LIKE E'\\367_________________%'::bytea
    );
EXCEPTION WHEN duplicate_object THEN NULL;
END $fieldseal$;
DO $fieldseal$ BEGIN
    CREATE DOMAIN "fieldseal_text_term" AS bytea CONSTRAINT "fieldseal_text_term_shape" CHECK (
        octet_length(VALUE) BETWEEN 2 AND 21
    );
EXCEPTION WHEN duplicate_object THEN NULL;
END $fieldseal$;

-- clients: sealed columns of Client, ClientPatch

-- For a new table put these lines into its CREATE TABLE. A table that holds rows takes NOT NULL columns only with
-- values in them. A NOT NULL violation prints the whole row: ciphertext, terms and the plain columns.
ALTER TABLE "clients" ADD COLUMN "email" "fieldseal_text" NOT NULL;
ALTER TABLE "clients" ADD COLUMN "email_term" "fieldseal_text_term" NOT NULL;
ALTER TABLE "clients" ADD COLUMN "notes" "fieldseal_text";
ALTER TABLE "clients" ADD COLUMN "city" "fieldseal_text_column";
ALTER TABLE "clients" ADD COLUMN "city_term" "fieldseal_text_term";
ALTER TABLE "clients" ADD COLUMN "tax" "fieldseal_text_deterministic";
ALTER TABLE "clients" ADD COLUMN "login" "fieldseal_text";
ALTER TABLE "clients" ADD COLUMN "login_term" "fieldseal_text_term";

-- The term comes first, so that lookups by the term alone use the index too. Terms are unique within a firm; those of
-- a global index among all firms.
CREATE UNIQUE INDEX "clients_email_term_idx" ON "clients" ("email_term", "firm_id");
CREATE INDEX "clients_city_term_idx" ON "clients" ("city_term");
CREATE UNIQUE INDEX "clients_login_term_idx" ON "clients" ("login_term");

-- The guard refuses statements that would make cells unreadable: a new row key beside old cells, a new firm of a row that
-- holds any, and an upsert that puts a cell into another row than it was sealed for. Its messages hold no values. An ordinary UPDATE costs a
-- comparison of key and firm. An INSERT notes its row's key and the first bytes of its cells in a setting of the
-- transaction, by a condition that is never true, so that no function is called; COPY stores row by row then, not in
-- batches. What MERGE and UPDATE ... FROM put into a foreign row the guard can't see: such a cell does not open.
-- Before the type of a column that the guard reads can change, the guard has to be dropped.
CREATE OR REPLACE FUNCTION "clients_fieldseal_guard"() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog
    AS $fieldseal$
DECLARE
    proposed text := current_setting('fieldseal.proposed_clients', true);
BEGIN
    IF record_image_ne(ROW(OLD."id"), ROW(NEW."id")) AND (
        NEW."email" = OLD."email"
        OR NEW."notes" = OLD."notes"
        OR NEW."login" = OLD."login"
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS001', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the row key changed and a cell that is bound to it did not: seal the row anew for its new key';
    END IF;
    IF record_image_ne(ROW(OLD."firm_id"), ROW(NEW."firm_id")) AND (
        OLD."email" IS NOT NULL
        OR OLD."notes" IS NOT NULL
        OR OLD."city" IS NOT NULL
        OR OLD."tax" IS NOT NULL
        OR OLD."login" IS NOT NULL
        OR OLD."email_term" IS NOT NULL
        OR OLD."city_term" IS NOT NULL
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS002', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the firm changed and the row holds sealed values: delete it, and insert it sealed anew for its new firm';
    END IF;
    IF NOT starts_with(proposed, concat_ws(E'\x1f', NEW."firm_id", NEW."id", '') COLLATE "C") AND (
        strpos(proposed, substr(NEW."email", 1, 32)::text) > 0
        OR strpos(proposed, substr(NEW."notes", 1, 32)::text) > 0
        OR strpos(proposed, substr(NEW."login", 1, 32)::text) > 0
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS003', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the upsert would put a cell into another row than it was sealed for: conflict on the row key, or set the row key and every sealed column together';
    END IF;
    IF NOT starts_with(proposed, concat_ws(E'\x1f', NEW."firm_id", '') COLLATE "C") AND (
        strpos(proposed, substr(NEW."city", 1, 32)::text) > 0
        OR strpos(proposed, substr(NEW."tax", 1, 32)::text) > 0
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS003', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the upsert would put a cell into another row than it was sealed for: conflict on the row key, or set the row key and every sealed column together';
    END IF;
    RETURN NEW;
END
$fieldseal$;
DROP TRIGGER IF EXISTS "zzz_fieldseal_proposed" ON "clients";
DROP TRIGGER IF EXISTS "zzz_fieldseal_guard" ON "clients";
CREATE TRIGGER "zzz_fieldseal_proposed" BEFORE INSERT ON "clients" FOR EACH ROW
    WHEN (set_config('fieldseal.proposed_clients',
        concat_ws(E'\x1f', NEW."firm_id", NEW."id",
            substr(NEW."email", 1, 32),
            substr(NEW."notes", 1, 32),
            substr(NEW."login", 1, 32),
            substr(NEW."city", 1, 32),
            substr(NEW."tax", 1, 32)),
        true) IS NULL)
    EXECUTE FUNCTION "clients_fieldseal_guard"('be3dca6159d3ecf6');
ALTER TABLE "clients" ENABLE ALWAYS TRIGGER "zzz_fieldseal_proposed";
CREATE TRIGGER "zzz_fieldseal_guard" BEFORE UPDATE ON "clients" FOR EACH ROW
    WHEN (record_image_ne(ROW(OLD."id", OLD."firm_id"), ROW(NEW."id", NEW."firm_id"))
        OR current_setting('fieldseal.proposed_clients', true) <> '')
    EXECUTE FUNCTION "clients_fieldseal_guard"('15ffced12208ba4d');
ALTER TABLE "clients" ENABLE ALWAYS TRIGGER "zzz_fieldseal_guard";

-- remarks: sealed columns of Remark

ALTER TABLE "remarks" ADD COLUMN "body" "fieldseal_text_column" NOT NULL;

CREATE OR REPLACE FUNCTION "remarks_fieldseal_guard"() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog
    AS $fieldseal$
DECLARE
    proposed text := current_setting('fieldseal.proposed_remarks', true);
BEGIN
    IF record_image_ne(ROW(OLD."firm_id"), ROW(NEW."firm_id")) AND (
        OLD."body" IS NOT NULL
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS002', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the firm changed and the row holds sealed values: delete it, and insert it sealed anew for its new firm';
    END IF;
    IF NOT starts_with(proposed, concat_ws(E'\x1f', NEW."firm_id", '') COLLATE "C") AND (
        strpos(proposed, substr(NEW."body", 1, 32)::text) > 0
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS003', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the upsert would put a cell into another row than it was sealed for: conflict on the row key, or set the row key and every sealed column together';
    END IF;
    RETURN NEW;
END
$fieldseal$;
DROP TRIGGER IF EXISTS "zzz_fieldseal_proposed" ON "remarks";
DROP TRIGGER IF EXISTS "zzz_fieldseal_guard" ON "remarks";
CREATE TRIGGER "zzz_fieldseal_proposed" BEFORE INSERT ON "remarks" FOR EACH ROW
    WHEN (set_config('fieldseal.proposed_remarks',
        concat_ws(E'\x1f', NEW."firm_id",
            substr(NEW."body", 1, 32)),
        true) IS NULL)
    EXECUTE FUNCTION "remarks_fieldseal_guard"('ff51f1bbe7f49fe2');
ALTER TABLE "remarks" ENABLE ALWAYS TRIGGER "zzz_fieldseal_proposed";
CREATE TRIGGER "zzz_fieldseal_guard" BEFORE UPDATE ON "remarks" FOR EACH ROW
    WHEN (record_image_ne(ROW(OLD."firm_id"), ROW(NEW."firm_id"))
        OR current_setting('fieldseal.proposed_remarks', true) <> '')
    EXECUTE FUNCTION "remarks_fieldseal_guard"('765f0dabe8659c57');
ALTER TABLE "remarks" ENABLE ALWAYS TRIGGER "zzz_fieldseal_guard";

-- office.Our settings: sealed columns of Setting

ALTER TABLE "office"."Our settings" ADD COLUMN "value" "fieldseal_text" NOT NULL;

CREATE OR REPLACE FUNCTION "office"."Our settings_fieldseal_guard"() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog
    AS $fieldseal$
DECLARE
    proposed text := current_setting('fieldseal.proposed_office_Our_settings_98feed2bd72ca3e7', true);
BEGIN
    IF record_image_ne(ROW(OLD."area", OLD."name"), ROW(NEW."area", NEW."name")) AND (
        NEW."value" = OLD."value"
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS001', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the row key changed and a cell that is bound to it did not: seal the row anew for its new key';
    END IF;
    IF NOT starts_with(proposed, concat_ws(E'\x1f', NEW."area", NEW."name", '') COLLATE "C") AND (
        strpos(proposed, substr(NEW."value", 1, 32)::text) > 0
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS003', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the upsert would put a cell into another row than it was sealed for: conflict on the row key, or set the row key and every sealed column together';
    END IF;
    RETURN NEW;
END
$fieldseal$;
DROP TRIGGER IF EXISTS "zzz_fieldseal_proposed" ON "office"."Our settings";
DROP TRIGGER IF EXISTS "zzz_fieldseal_guard" ON "office"."Our settings";
CREATE TRIGGER "zzz_fieldseal_proposed" BEFORE INSERT ON "office"."Our settings" FOR EACH ROW
    WHEN (set_config('fieldseal.proposed_office_Our_settings_98feed2bd72ca3e7',
        concat_ws(E'\x1f', NEW."area", NEW."name",
            substr(NEW."value", 1, 32)),
        true) IS NULL)
    EXECUTE FUNCTION "office"."Our settings_fieldseal_guard"('b88002d67812ed98');
ALTER TABLE "office"."Our settings" ENABLE ALWAYS TRIGGER "zzz_fieldseal_proposed";
CREATE TRIGGER "zzz_fieldseal_guard" BEFORE UPDATE ON "office"."Our settings" FOR EACH ROW
    WHEN (record_image_ne(ROW(OLD."area", OLD."name"), ROW(NEW."area", NEW."name"))
        OR current_setting('fieldseal.proposed_office_Our_settings_98feed2bd72ca3e7', true) <> '')
    EXECUTE FUNCTION "office"."Our settings_fieldseal_guard"('217b350dd3a37e97');
ALTER TABLE "office"."Our settings" ENABLE ALWAYS TRIGGER "zzz_fieldseal_guard";
