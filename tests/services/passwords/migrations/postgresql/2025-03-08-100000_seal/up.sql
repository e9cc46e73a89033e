-- Sealed columns in place of those in plaintext. A table that holds rows refuses them, and nothing has happened: a NOT
-- NULL column has nothing to put there.
ALTER TABLE users
    DROP COLUMN email,
    DROP COLUMN email_new,
    DROP COLUMN email_new_token,
    DROP COLUMN private_key,
    DROP COLUMN totp_secret,
    DROP COLUMN totp_recover,
    DROP COLUMN api_key;
ALTER TABLE devices
    DROP COLUMN push_token,
    DROP COLUMN refresh_token,
    DROP COLUMN twofactor_remember;
ALTER TABLE ciphers
    DROP COLUMN name,
    DROP COLUMN notes,
    DROP COLUMN fields,
    DROP COLUMN data,
    DROP COLUMN password_history;

-- Cells are bound to these as text, and CHAR would pad what it holds.
ALTER TABLE users
    ALTER COLUMN uuid TYPE TEXT;
ALTER TABLE devices
    ALTER COLUMN uuid TYPE TEXT,
    ALTER COLUMN user_uuid TYPE TEXT;
ALTER TABLE folders
    ALTER COLUMN uuid TYPE TEXT,
    ALTER COLUMN user_uuid TYPE TEXT;
ALTER TABLE ciphers
    ALTER COLUMN uuid TYPE TEXT,
    ALTER COLUMN user_uuid TYPE TEXT;
ALTER TABLE folders_ciphers
    ALTER COLUMN cipher_uuid TYPE TEXT,
    ALTER COLUMN folder_uuid TYPE TEXT;

-- Domains of sealed columns, one per stored form and kind of cell. They refuse plaintext and cells of another kind, and
-- the error that they raise prints no value. Tables share them: one that exists is left as it is.
DO $fieldseal$ BEGIN
    CREATE DOMAIN "fieldseal_text" AS bytea CONSTRAINT "fieldseal_text_cell" CHECK (
        VALUE LIKE E'\\365_________________________________________%'::bytea
    );
EXCEPTION WHEN duplicate_object THEN NULL;
END $fieldseal$;
DO $fieldseal$ BEGIN
    CREATE DOMAIN "fieldseal_text_term" AS bytea CONSTRAINT "fieldseal_text_term_shape" CHECK (
        octet_length(VALUE) BETWEEN 2 AND 21
    );
EXCEPTION WHEN duplicate_object THEN NULL;
END $fieldseal$;

-- users: sealed columns of User

-- For a new table put these lines into its CREATE TABLE. A table that holds rows takes NOT NULL columns only with
-- values in them. A NOT NULL violation prints the whole row: ciphertext, terms and the plain columns.
ALTER TABLE "users" ADD COLUMN "email" "fieldseal_text" NOT NULL;
ALTER TABLE "users" ADD COLUMN "email_term" "fieldseal_text_term" NOT NULL;
ALTER TABLE "users" ADD COLUMN "email_new" "fieldseal_text";
ALTER TABLE "users" ADD COLUMN "email_new_token" "fieldseal_text";
ALTER TABLE "users" ADD COLUMN "private_key" "fieldseal_text";
ALTER TABLE "users" ADD COLUMN "totp_secret" "fieldseal_text";
ALTER TABLE "users" ADD COLUMN "totp_recover" "fieldseal_text";
ALTER TABLE "users" ADD COLUMN "api_key" "fieldseal_text";

-- The term comes first, so that lookups by the term alone use the index too. Terms are unique within a firm; those of
-- a global index among all firms.
CREATE UNIQUE INDEX "users_email_term_idx" ON "users" ("email_term");

-- The guard refuses statements that would make cells unreadable: a new row key beside old cells, a new firm of a row that
-- holds any, and an upsert that puts a cell into another row than it was sealed for. Its messages hold no values. An ordinary UPDATE costs a
-- comparison of key and firm. An INSERT notes its row's key and the first bytes of its cells in a setting of the
-- transaction, by a condition that is never true, so that no function is called; COPY stores row by row then, not in
-- batches. What MERGE and UPDATE ... FROM put into a foreign row the guard can't see: such a cell does not open.
-- Before the type of a column that the guard reads can change, the guard has to be dropped.
CREATE OR REPLACE FUNCTION "users_fieldseal_guard"() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog
    AS $fieldseal$
DECLARE
    proposed text := current_setting('fieldseal.proposed_users', true);
BEGIN
    IF record_image_ne(ROW(OLD."uuid"), ROW(NEW."uuid")) AND (
        NEW."email" = OLD."email"
        OR NEW."email_new" = OLD."email_new"
        OR NEW."email_new_token" = OLD."email_new_token"
        OR NEW."private_key" = OLD."private_key"
        OR NEW."totp_secret" = OLD."totp_secret"
        OR NEW."totp_recover" = OLD."totp_recover"
        OR NEW."api_key" = OLD."api_key"
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS001', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the row key changed and a cell that is bound to it did not: seal the row anew for its new key';
    END IF;
    IF NOT starts_with(proposed, concat_ws(E'\x1f', NEW."uuid", '') COLLATE "C") AND (
        strpos(proposed, substr(NEW."email", 1, 32)::text) > 0
        OR strpos(proposed, substr(NEW."email_new", 1, 32)::text) > 0
        OR strpos(proposed, substr(NEW."email_new_token", 1, 32)::text) > 0
        OR strpos(proposed, substr(NEW."private_key", 1, 32)::text) > 0
        OR strpos(proposed, substr(NEW."totp_secret", 1, 32)::text) > 0
        OR strpos(proposed, substr(NEW."totp_recover", 1, 32)::text) > 0
        OR strpos(proposed, substr(NEW."api_key", 1, 32)::text) > 0
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS003', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the upsert would put a cell into another row than it was sealed for: conflict on the row key, or set the row key and every sealed column together';
    END IF;
    RETURN NEW;
END
$fieldseal$;
DROP TRIGGER IF EXISTS "zzz_fieldseal_proposed" ON "users";
DROP TRIGGER IF EXISTS "zzz_fieldseal_guard" ON "users";
CREATE TRIGGER "zzz_fieldseal_proposed" BEFORE INSERT ON "users" FOR EACH ROW
    WHEN (set_config('fieldseal.proposed_users',
        concat_ws(E'\x1f', NEW."uuid",
            substr(NEW."email", 1, 32),
            substr(NEW."email_new", 1, 32),
            substr(NEW."email_new_token", 1, 32),
            substr(NEW."private_key", 1, 32),
            substr(NEW."totp_secret", 1, 32),
            substr(NEW."totp_recover", 1, 32),
            substr(NEW."api_key", 1, 32)),
        true) IS NULL)
    EXECUTE FUNCTION "users_fieldseal_guard"('4942d8901ef33dab');
ALTER TABLE "users" ENABLE ALWAYS TRIGGER "zzz_fieldseal_proposed";
CREATE TRIGGER "zzz_fieldseal_guard" BEFORE UPDATE ON "users" FOR EACH ROW
    WHEN (record_image_ne(ROW(OLD."uuid"), ROW(NEW."uuid"))
        OR current_setting('fieldseal.proposed_users', true) <> '')
    EXECUTE FUNCTION "users_fieldseal_guard"('ea21664da21cf3f2');
ALTER TABLE "users" ENABLE ALWAYS TRIGGER "zzz_fieldseal_guard";

-- devices: sealed columns of Device

ALTER TABLE "devices" ADD COLUMN "push_token" "fieldseal_text";
ALTER TABLE "devices" ADD COLUMN "refresh_token" "fieldseal_text" NOT NULL;
ALTER TABLE "devices" ADD COLUMN "refresh_token_term" "fieldseal_text_term" NOT NULL;
ALTER TABLE "devices" ADD COLUMN "twofactor_remember" "fieldseal_text";

CREATE UNIQUE INDEX "devices_refresh_token_term_idx" ON "devices" ("refresh_token_term");

CREATE OR REPLACE FUNCTION "devices_fieldseal_guard"() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog
    AS $fieldseal$
DECLARE
    proposed text := current_setting('fieldseal.proposed_devices', true);
BEGIN
    IF record_image_ne(ROW(OLD."uuid", OLD."user_uuid"), ROW(NEW."uuid", NEW."user_uuid")) AND (
        NEW."push_token" = OLD."push_token"
        OR NEW."refresh_token" = OLD."refresh_token"
        OR NEW."twofactor_remember" = OLD."twofactor_remember"
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS001', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the row key changed and a cell that is bound to it did not: seal the row anew for its new key';
    END IF;
    IF NOT starts_with(proposed, concat_ws(E'\x1f', NEW."uuid", NEW."user_uuid", '') COLLATE "C") AND (
        strpos(proposed, substr(NEW."push_token", 1, 32)::text) > 0
        OR strpos(proposed, substr(NEW."refresh_token", 1, 32)::text) > 0
        OR strpos(proposed, substr(NEW."twofactor_remember", 1, 32)::text) > 0
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS003', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the upsert would put a cell into another row than it was sealed for: conflict on the row key, or set the row key and every sealed column together';
    END IF;
    RETURN NEW;
END
$fieldseal$;
DROP TRIGGER IF EXISTS "zzz_fieldseal_proposed" ON "devices";
DROP TRIGGER IF EXISTS "zzz_fieldseal_guard" ON "devices";
CREATE TRIGGER "zzz_fieldseal_proposed" BEFORE INSERT ON "devices" FOR EACH ROW
    WHEN (set_config('fieldseal.proposed_devices',
        concat_ws(E'\x1f', NEW."uuid", NEW."user_uuid",
            substr(NEW."push_token", 1, 32),
            substr(NEW."refresh_token", 1, 32),
            substr(NEW."twofactor_remember", 1, 32)),
        true) IS NULL)
    EXECUTE FUNCTION "devices_fieldseal_guard"('0dada7ce9a1bb10f');
ALTER TABLE "devices" ENABLE ALWAYS TRIGGER "zzz_fieldseal_proposed";
CREATE TRIGGER "zzz_fieldseal_guard" BEFORE UPDATE ON "devices" FOR EACH ROW
    WHEN (record_image_ne(ROW(OLD."uuid", OLD."user_uuid"), ROW(NEW."uuid", NEW."user_uuid"))
        OR current_setting('fieldseal.proposed_devices', true) <> '')
    EXECUTE FUNCTION "devices_fieldseal_guard"('53742222bd29d207');
ALTER TABLE "devices" ENABLE ALWAYS TRIGGER "zzz_fieldseal_guard";

-- ciphers: sealed columns of Cipher

ALTER TABLE "ciphers" ADD COLUMN "name" "fieldseal_text" NOT NULL;
ALTER TABLE "ciphers" ADD COLUMN "notes" "fieldseal_text";
ALTER TABLE "ciphers" ADD COLUMN "fields" "fieldseal_text";
ALTER TABLE "ciphers" ADD COLUMN "data" "fieldseal_text" NOT NULL;
ALTER TABLE "ciphers" ADD COLUMN "password_history" "fieldseal_text";

CREATE OR REPLACE FUNCTION "ciphers_fieldseal_guard"() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog
    AS $fieldseal$
DECLARE
    proposed text := current_setting('fieldseal.proposed_ciphers', true);
BEGIN
    IF record_image_ne(ROW(OLD."uuid"), ROW(NEW."uuid")) AND (
        NEW."name" = OLD."name"
        OR NEW."notes" = OLD."notes"
        OR NEW."fields" = OLD."fields"
        OR NEW."data" = OLD."data"
        OR NEW."password_history" = OLD."password_history"
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS001', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the row key changed and a cell that is bound to it did not: seal the row anew for its new key';
    END IF;
    IF NOT starts_with(proposed, concat_ws(E'\x1f', NEW."uuid", '') COLLATE "C") AND (
        strpos(proposed, substr(NEW."name", 1, 32)::text) > 0
        OR strpos(proposed, substr(NEW."notes", 1, 32)::text) > 0
        OR strpos(proposed, substr(NEW."fields", 1, 32)::text) > 0
        OR strpos(proposed, substr(NEW."data", 1, 32)::text) > 0
        OR strpos(proposed, substr(NEW."password_history", 1, 32)::text) > 0
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS003', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the upsert would put a cell into another row than it was sealed for: conflict on the row key, or set the row key and every sealed column together';
    END IF;
    RETURN NEW;
END
$fieldseal$;
DROP TRIGGER IF EXISTS "zzz_fieldseal_proposed" ON "ciphers";
DROP TRIGGER IF EXISTS "zzz_fieldseal_guard" ON "ciphers";
CREATE TRIGGER "zzz_fieldseal_proposed" BEFORE INSERT ON "ciphers" FOR EACH ROW
    WHEN (set_config('fieldseal.proposed_ciphers',
        concat_ws(E'\x1f', NEW."uuid",
            substr(NEW."name", 1, 32),
            substr(NEW."notes", 1, 32),
            substr(NEW."fields", 1, 32),
            substr(NEW."data", 1, 32),
            substr(NEW."password_history", 1, 32)),
        true) IS NULL)
    EXECUTE FUNCTION "ciphers_fieldseal_guard"('07df0be2edcb5324');
ALTER TABLE "ciphers" ENABLE ALWAYS TRIGGER "zzz_fieldseal_proposed";
CREATE TRIGGER "zzz_fieldseal_guard" BEFORE UPDATE ON "ciphers" FOR EACH ROW
    WHEN (record_image_ne(ROW(OLD."uuid"), ROW(NEW."uuid"))
        OR current_setting('fieldseal.proposed_ciphers', true) <> '')
    EXECUTE FUNCTION "ciphers_fieldseal_guard"('5482856ed559b2cc');
ALTER TABLE "ciphers" ENABLE ALWAYS TRIGGER "zzz_fieldseal_guard";
