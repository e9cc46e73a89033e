-- The plaintext columns go, and with them local_user_email_lower_idx and the uniqueness of tokens: the terms have it now.
ALTER TABLE local_user DROP COLUMN email, DROP COLUMN totp_2fa_secret;
ALTER TABLE password_reset_request DROP COLUMN token;
ALTER TABLE person DROP COLUMN matrix_user_id, DROP COLUMN private_key;
ALTER TABLE person_actions DROP COLUMN note;
ALTER TABLE private_message DROP COLUMN content;
ALTER TABLE registration_application DROP COLUMN answer;

-- From here on as `fieldseal::schema::migration` prints it.

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
    CREATE DOMAIN "fieldseal_text_term" AS bytea CONSTRAINT "fieldseal_text_term_shape" CHECK (
        octet_length(VALUE) BETWEEN 2 AND 21
    );
EXCEPTION WHEN duplicate_object THEN NULL;
END $fieldseal$;

-- local_user: sealed columns of LocalUser

-- For a new table put these lines into its CREATE TABLE. A table that holds rows takes NOT NULL columns only with
-- values in them. A NOT NULL violation prints the whole row: ciphertext, terms and the plain columns.
ALTER TABLE "local_user" ADD COLUMN "email" "fieldseal_text_column";
ALTER TABLE "local_user" ADD COLUMN "email_term" "fieldseal_text_term";
ALTER TABLE "local_user" ADD COLUMN "totp_2fa_secret" "fieldseal_text_column";

-- The term comes first, so that lookups by the term alone use the index too. Terms are unique within a firm; those of
-- a global index among all firms.
CREATE UNIQUE INDEX "local_user_email_term_idx" ON "local_user" ("email_term");

-- password_reset_request: sealed columns of PasswordResetRequest

ALTER TABLE "password_reset_request" ADD COLUMN "token" "fieldseal_text" NOT NULL;
ALTER TABLE "password_reset_request" ADD COLUMN "token_term" "fieldseal_text_term" NOT NULL;

CREATE UNIQUE INDEX "password_reset_request_token_term_idx" ON "password_reset_request" ("token_term");

-- The guard refuses statements that would make cells unreadable: a new row key beside old cells, a new firm of a row that
-- holds any, and an upsert that puts a cell into another row than it was sealed for. Its messages hold no values. An ordinary UPDATE costs a
-- comparison of key and firm. An INSERT notes its row's key and the first bytes of its cells in a setting of the
-- transaction, by a condition that is never true, so that no function is called; COPY stores row by row then, not in
-- batches. What MERGE and UPDATE ... FROM put into a foreign row the guard can't see: such a cell does not open.
-- Before the type of a column that the guard reads can change, the guard has to be dropped.
CREATE OR REPLACE FUNCTION "password_reset_request_fieldseal_guard"() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog
    AS $fieldseal$
DECLARE
    proposed text := current_setting('fieldseal.proposed_password_reset_request', true);
BEGIN
    IF record_image_ne(ROW(OLD."local_user_id"), ROW(NEW."local_user_id")) AND (
        NEW."token" = OLD."token"
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS001', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the row key changed and a cell that is bound to it did not: seal the row anew for its new key';
    END IF;
    IF NOT starts_with(proposed, concat_ws(E'\x1f', NEW."local_user_id", '') COLLATE "C") AND (
        strpos(proposed, substr(NEW."token", 1, 32)::text) > 0
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS003', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the upsert would put a cell into another row than it was sealed for: conflict on the row key, or set the row key and every sealed column together';
    END IF;
    RETURN NEW;
END
$fieldseal$;
DROP TRIGGER IF EXISTS "zzz_fieldseal_proposed" ON "password_reset_request";
DROP TRIGGER IF EXISTS "zzz_fieldseal_guard" ON "password_reset_request";
CREATE TRIGGER "zzz_fieldseal_proposed" BEFORE INSERT ON "password_reset_request" FOR EACH ROW
    WHEN (set_config('fieldseal.proposed_password_reset_request',
        concat_ws(E'\x1f', NEW."local_user_id",
            substr(NEW."token", 1, 32)),
        true) IS NULL)
    EXECUTE FUNCTION "password_reset_request_fieldseal_guard"('cb0f20dd3d0795f1');
ALTER TABLE "password_reset_request" ENABLE ALWAYS TRIGGER "zzz_fieldseal_proposed";
CREATE TRIGGER "zzz_fieldseal_guard" BEFORE UPDATE ON "password_reset_request" FOR EACH ROW
    WHEN (record_image_ne(ROW(OLD."local_user_id"), ROW(NEW."local_user_id"))
        OR current_setting('fieldseal.proposed_password_reset_request', true) <> '')
    EXECUTE FUNCTION "password_reset_request_fieldseal_guard"('176198b5c0c78f30');
ALTER TABLE "password_reset_request" ENABLE ALWAYS TRIGGER "zzz_fieldseal_guard";

-- person: sealed columns of Person

ALTER TABLE "person" ADD COLUMN "matrix_user_id" "fieldseal_text_column";
ALTER TABLE "person" ADD COLUMN "private_key" "fieldseal_text_column";

-- person_actions: sealed columns of PersonActions

ALTER TABLE "person_actions" ADD COLUMN "note" "fieldseal_text";

CREATE OR REPLACE FUNCTION "person_actions_fieldseal_guard"() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog
    AS $fieldseal$
DECLARE
    proposed text := current_setting('fieldseal.proposed_person_actions', true);
BEGIN
    IF record_image_ne(ROW(OLD."person_id", OLD."target_id"), ROW(NEW."person_id", NEW."target_id")) AND (
        NEW."note" = OLD."note"
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS001', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the row key changed and a cell that is bound to it did not: seal the row anew for its new key';
    END IF;
    IF NOT starts_with(proposed, concat_ws(E'\x1f', NEW."person_id", NEW."target_id", '') COLLATE "C") AND (
        strpos(proposed, substr(NEW."note", 1, 32)::text) > 0
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS003', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the upsert would put a cell into another row than it was sealed for: conflict on the row key, or set the row key and every sealed column together';
    END IF;
    RETURN NEW;
END
$fieldseal$;
DROP TRIGGER IF EXISTS "zzz_fieldseal_proposed" ON "person_actions";
DROP TRIGGER IF EXISTS "zzz_fieldseal_guard" ON "person_actions";
CREATE TRIGGER "zzz_fieldseal_proposed" BEFORE INSERT ON "person_actions" FOR EACH ROW
    WHEN (set_config('fieldseal.proposed_person_actions',
        concat_ws(E'\x1f', NEW."person_id", NEW."target_id",
            substr(NEW."note", 1, 32)),
        true) IS NULL)
    EXECUTE FUNCTION "person_actions_fieldseal_guard"('14d485cfcbdbaecb');
ALTER TABLE "person_actions" ENABLE ALWAYS TRIGGER "zzz_fieldseal_proposed";
CREATE TRIGGER "zzz_fieldseal_guard" BEFORE UPDATE ON "person_actions" FOR EACH ROW
    WHEN (record_image_ne(ROW(OLD."person_id", OLD."target_id"), ROW(NEW."person_id", NEW."target_id"))
        OR current_setting('fieldseal.proposed_person_actions', true) <> '')
    EXECUTE FUNCTION "person_actions_fieldseal_guard"('6b14bcb2c32d4bd2');
ALTER TABLE "person_actions" ENABLE ALWAYS TRIGGER "zzz_fieldseal_guard";

-- private_message: sealed columns of PrivateMessage

ALTER TABLE "private_message" ADD COLUMN "content" "fieldseal_text_column" NOT NULL;

-- registration_application: sealed columns of RegistrationApplication

ALTER TABLE "registration_application" ADD COLUMN "answer" "fieldseal_text" NOT NULL;

CREATE OR REPLACE FUNCTION "registration_application_fieldseal_guard"() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog
    AS $fieldseal$
DECLARE
    proposed text := current_setting('fieldseal.proposed_registration_application', true);
BEGIN
    IF record_image_ne(ROW(OLD."local_user_id"), ROW(NEW."local_user_id")) AND (
        NEW."answer" = OLD."answer"
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS001', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the row key changed and a cell that is bound to it did not: seal the row anew for its new key';
    END IF;
    IF NOT starts_with(proposed, concat_ws(E'\x1f', NEW."local_user_id", '') COLLATE "C") AND (
        strpos(proposed, substr(NEW."answer", 1, 32)::text) > 0
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS003', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the upsert would put a cell into another row than it was sealed for: conflict on the row key, or set the row key and every sealed column together';
    END IF;
    RETURN NEW;
END
$fieldseal$;
DROP TRIGGER IF EXISTS "zzz_fieldseal_proposed" ON "registration_application";
DROP TRIGGER IF EXISTS "zzz_fieldseal_guard" ON "registration_application";
CREATE TRIGGER "zzz_fieldseal_proposed" BEFORE INSERT ON "registration_application" FOR EACH ROW
    WHEN (set_config('fieldseal.proposed_registration_application',
        concat_ws(E'\x1f', NEW."local_user_id",
            substr(NEW."answer", 1, 32)),
        true) IS NULL)
    EXECUTE FUNCTION "registration_application_fieldseal_guard"('6202dcc26440a140');
ALTER TABLE "registration_application" ENABLE ALWAYS TRIGGER "zzz_fieldseal_proposed";
CREATE TRIGGER "zzz_fieldseal_guard" BEFORE UPDATE ON "registration_application" FOR EACH ROW
    WHEN (record_image_ne(ROW(OLD."local_user_id"), ROW(NEW."local_user_id"))
        OR current_setting('fieldseal.proposed_registration_application', true) <> '')
    EXECUTE FUNCTION "registration_application_fieldseal_guard"('9fb09848cc585dd1');
ALTER TABLE "registration_application" ENABLE ALWAYS TRIGGER "zzz_fieldseal_guard";
