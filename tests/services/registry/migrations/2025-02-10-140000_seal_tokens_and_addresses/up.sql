-- While the tables are empty. A table with rows takes the columns beside the old ones, which go when the rows are sealed.
ALTER TABLE users DROP COLUMN account_lock_reason;
ALTER TABLE oauth_github DROP COLUMN token;
ALTER TABLE emails DROP COLUMN email, DROP COLUMN token;

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
ALTER TABLE "users" ADD COLUMN "account_lock_reason" "fieldseal_text";

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
    IF record_image_ne(ROW(OLD."id"), ROW(NEW."id")) AND (
        NEW."account_lock_reason" = OLD."account_lock_reason"
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS001', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the row key changed and a cell that is bound to it did not: seal the row anew for its new key';
    END IF;
    IF NOT starts_with(proposed, concat_ws(E'\x1f', NEW."id", '') COLLATE "C") AND (
        strpos(proposed, substr(NEW."account_lock_reason", 1, 32)::text) > 0
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
        concat_ws(E'\x1f', NEW."id",
            substr(NEW."account_lock_reason", 1, 32)),
        true) IS NULL)
    EXECUTE FUNCTION "users_fieldseal_guard"('7b0df70a1ca5ea81');
ALTER TABLE "users" ENABLE ALWAYS TRIGGER "zzz_fieldseal_proposed";
CREATE TRIGGER "zzz_fieldseal_guard" BEFORE UPDATE ON "users" FOR EACH ROW
    WHEN (record_image_ne(ROW(OLD."id"), ROW(NEW."id"))
        OR current_setting('fieldseal.proposed_users', true) <> '')
    EXECUTE FUNCTION "users_fieldseal_guard"('0c86766032fef74f');
ALTER TABLE "users" ENABLE ALWAYS TRIGGER "zzz_fieldseal_guard";

-- oauth_github: sealed columns of OauthGithub

ALTER TABLE "oauth_github" ADD COLUMN "token" "fieldseal_text" NOT NULL;

CREATE OR REPLACE FUNCTION "oauth_github_fieldseal_guard"() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog
    AS $fieldseal$
DECLARE
    proposed text := current_setting('fieldseal.proposed_oauth_github', true);
BEGIN
    IF record_image_ne(ROW(OLD."account_id"), ROW(NEW."account_id")) AND (
        NEW."token" = OLD."token"
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS001', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the row key changed and a cell that is bound to it did not: seal the row anew for its new key';
    END IF;
    IF NOT starts_with(proposed, concat_ws(E'\x1f', NEW."account_id", '') COLLATE "C") AND (
        strpos(proposed, substr(NEW."token", 1, 32)::text) > 0
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS003', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the upsert would put a cell into another row than it was sealed for: conflict on the row key, or set the row key and every sealed column together';
    END IF;
    RETURN NEW;
END
$fieldseal$;
DROP TRIGGER IF EXISTS "zzz_fieldseal_proposed" ON "oauth_github";
DROP TRIGGER IF EXISTS "zzz_fieldseal_guard" ON "oauth_github";
CREATE TRIGGER "zzz_fieldseal_proposed" BEFORE INSERT ON "oauth_github" FOR EACH ROW
    WHEN (set_config('fieldseal.proposed_oauth_github',
        concat_ws(E'\x1f', NEW."account_id",
            substr(NEW."token", 1, 32)),
        true) IS NULL)
    EXECUTE FUNCTION "oauth_github_fieldseal_guard"('d9616a1c683fb3b2');
ALTER TABLE "oauth_github" ENABLE ALWAYS TRIGGER "zzz_fieldseal_proposed";
CREATE TRIGGER "zzz_fieldseal_guard" BEFORE UPDATE ON "oauth_github" FOR EACH ROW
    WHEN (record_image_ne(ROW(OLD."account_id"), ROW(NEW."account_id"))
        OR current_setting('fieldseal.proposed_oauth_github', true) <> '')
    EXECUTE FUNCTION "oauth_github_fieldseal_guard"('cccf271e382371da');
ALTER TABLE "oauth_github" ENABLE ALWAYS TRIGGER "zzz_fieldseal_guard";

-- emails: sealed columns of Email

ALTER TABLE "emails" ADD COLUMN "email" "fieldseal_text" NOT NULL;
ALTER TABLE "emails" ADD COLUMN "token" "fieldseal_text" NOT NULL;
ALTER TABLE "emails" ADD COLUMN "token_term" "fieldseal_text_term" NOT NULL;

-- The term comes first, so that lookups by the term alone use the index too. Terms are unique within a firm; those of
-- a global index among all firms.
CREATE UNIQUE INDEX "emails_token_term_idx" ON "emails" ("token_term");

CREATE OR REPLACE FUNCTION "emails_fieldseal_guard"() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog
    AS $fieldseal$
DECLARE
    proposed text := current_setting('fieldseal.proposed_emails', true);
BEGIN
    IF record_image_ne(ROW(OLD."user_id"), ROW(NEW."user_id")) AND (
        NEW."email" = OLD."email"
        OR NEW."token" = OLD."token"
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS001', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the row key changed and a cell that is bound to it did not: seal the row anew for its new key';
    END IF;
    IF NOT starts_with(proposed, concat_ws(E'\x1f', NEW."user_id", '') COLLATE "C") AND (
        strpos(proposed, substr(NEW."email", 1, 32)::text) > 0
        OR strpos(proposed, substr(NEW."token", 1, 32)::text) > 0
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS003', TABLE = TG_TABLE_NAME, MESSAGE =
            'fieldseal: the upsert would put a cell into another row than it was sealed for: conflict on the row key, or set the row key and every sealed column together';
    END IF;
    RETURN NEW;
END
$fieldseal$;
DROP TRIGGER IF EXISTS "zzz_fieldseal_proposed" ON "emails";
DROP TRIGGER IF EXISTS "zzz_fieldseal_guard" ON "emails";
CREATE TRIGGER "zzz_fieldseal_proposed" BEFORE INSERT ON "emails" FOR EACH ROW
    WHEN (set_config('fieldseal.proposed_emails',
        concat_ws(E'\x1f', NEW."user_id",
            substr(NEW."email", 1, 32),
            substr(NEW."token", 1, 32)),
        true) IS NULL)
    EXECUTE FUNCTION "emails_fieldseal_guard"('72684f10085a8ea1');
ALTER TABLE "emails" ENABLE ALWAYS TRIGGER "zzz_fieldseal_proposed";
CREATE TRIGGER "zzz_fieldseal_guard" BEFORE UPDATE ON "emails" FOR EACH ROW
    WHEN (record_image_ne(ROW(OLD."user_id"), ROW(NEW."user_id"))
        OR current_setting('fieldseal.proposed_emails', true) <> '')
    EXECUTE FUNCTION "emails_fieldseal_guard"('32ec9215d023d473');
ALTER TABLE "emails" ENABLE ALWAYS TRIGGER "zzz_fieldseal_guard";
