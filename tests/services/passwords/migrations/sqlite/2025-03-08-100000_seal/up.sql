-- Sealed columns in place of those in plaintext. A table that holds rows refuses them, and nothing has happened: a NOT
-- NULL column has nothing to put there.
-- SQLite drops no column that is UNIQUE: those tables are copied.
CREATE TABLE users_sealed (
    uuid                   TEXT NOT NULL PRIMARY KEY,
    created_at             DATETIME NOT NULL,
    updated_at             DATETIME NOT NULL,
    name                   TEXT NOT NULL,
    password_hash          BLOB NOT NULL,
    salt                   BLOB NOT NULL,
    password_iterations    INTEGER NOT NULL,
    password_hint          TEXT,
    akey                   TEXT NOT NULL,
    public_key             TEXT,
    security_stamp         TEXT NOT NULL,
    equivalent_domains     TEXT NOT NULL,
    excluded_globals       TEXT NOT NULL,
    client_kdf_type        INTEGER NOT NULL DEFAULT 0,
    client_kdf_iter        INTEGER NOT NULL DEFAULT 100000,
    enabled                BOOLEAN NOT NULL DEFAULT TRUE,
    verified_at            DATETIME,
    last_verifying_at      DATETIME,
    login_verify_count     INTEGER NOT NULL DEFAULT 0,
    stamp_exception        TEXT,
    client_kdf_memory      INTEGER,
    client_kdf_parallelism INTEGER,
    avatar_color           TEXT,
    external_id            TEXT
);
INSERT INTO users_sealed SELECT
    uuid, created_at, updated_at, name, password_hash, salt, password_iterations, password_hint, akey,
    public_key, security_stamp, equivalent_domains, excluded_globals, client_kdf_type, client_kdf_iter,
    enabled, verified_at, last_verifying_at, login_verify_count, stamp_exception, client_kdf_memory,
    client_kdf_parallelism, avatar_color, external_id
FROM users;
DROP TABLE users;
ALTER TABLE users_sealed RENAME TO users;

CREATE TABLE devices_sealed (
    uuid                   TEXT NOT NULL,
    user_uuid              TEXT NOT NULL,
    created_at             DATETIME NOT NULL,
    updated_at             DATETIME NOT NULL,
    name                   TEXT NOT NULL,
    atype                  INTEGER NOT NULL,
    PRIMARY KEY (uuid, user_uuid),
    FOREIGN KEY (user_uuid) REFERENCES users (uuid)
);
INSERT INTO devices_sealed SELECT
    uuid, user_uuid, created_at, updated_at, name, atype
FROM devices;
DROP TABLE devices;
ALTER TABLE devices_sealed RENAME TO devices;

ALTER TABLE ciphers DROP COLUMN name;
ALTER TABLE ciphers DROP COLUMN notes;
ALTER TABLE ciphers DROP COLUMN fields;
ALTER TABLE ciphers DROP COLUMN data;
ALTER TABLE ciphers DROP COLUMN password_history;

-- users: sealed columns of User

-- For a new table put the columns and their CHECKs into its CREATE TABLE. A table that holds rows takes no NOT NULL
-- column. A CHECK refuses plaintext and cells of another kind; its error names the constraint and no value.
ALTER TABLE "users" ADD COLUMN "email" BLOB NOT NULL
    CONSTRAINT "users_email_cell" CHECK ("email" IS NULL OR typeof("email") = 'blob' AND hex(substr("email", 1, 1)) = 'F5' AND length("email") >= 42);
ALTER TABLE "users" ADD COLUMN "email_term" BLOB NOT NULL
    CONSTRAINT "users_email_term_shape" CHECK ("email_term" IS NULL OR typeof("email_term") = 'blob' AND length("email_term") BETWEEN 2 AND 21);
ALTER TABLE "users" ADD COLUMN "email_new" BLOB
    CONSTRAINT "users_email_new_cell" CHECK ("email_new" IS NULL OR typeof("email_new") = 'blob' AND hex(substr("email_new", 1, 1)) = 'F5' AND length("email_new") >= 42);
ALTER TABLE "users" ADD COLUMN "email_new_token" BLOB
    CONSTRAINT "users_email_new_token_cell" CHECK ("email_new_token" IS NULL OR typeof("email_new_token") = 'blob' AND hex(substr("email_new_token", 1, 1)) = 'F5' AND length("email_new_token") >= 42);
ALTER TABLE "users" ADD COLUMN "private_key" BLOB
    CONSTRAINT "users_private_key_cell" CHECK ("private_key" IS NULL OR typeof("private_key") = 'blob' AND hex(substr("private_key", 1, 1)) = 'F5' AND length("private_key") >= 42);
ALTER TABLE "users" ADD COLUMN "totp_secret" BLOB
    CONSTRAINT "users_totp_secret_cell" CHECK ("totp_secret" IS NULL OR typeof("totp_secret") = 'blob' AND hex(substr("totp_secret", 1, 1)) = 'F5' AND length("totp_secret") >= 42);
ALTER TABLE "users" ADD COLUMN "totp_recover" BLOB
    CONSTRAINT "users_totp_recover_cell" CHECK ("totp_recover" IS NULL OR typeof("totp_recover") = 'blob' AND hex(substr("totp_recover", 1, 1)) = 'F5' AND length("totp_recover") >= 42);
ALTER TABLE "users" ADD COLUMN "api_key" BLOB
    CONSTRAINT "users_api_key_cell" CHECK ("api_key" IS NULL OR typeof("api_key") = 'blob' AND hex(substr("api_key", 1, 1)) = 'F5' AND length("api_key") >= 42);

-- The term comes first, so that lookups by the term alone use the index too. Terms are unique within a firm; those of
-- a global index among all firms.
CREATE UNIQUE INDEX "users_email_term_idx" ON "users" ("email_term");

-- The guard refuses statements that would make cells unreadable: a new row key beside old cells, a new firm of a row that
-- holds any, and an upsert that puts a cell into another row than it was sealed for. Its messages hold no values. Each INSERT notes the first
-- bytes of its cells in one row of a small table, since an upsert's UPDATE does not show where they come from.
CREATE TABLE IF NOT EXISTS "fieldseal_proposed" (
    tbl TEXT NOT NULL PRIMARY KEY, firm TEXT NOT NULL, row_key TEXT NOT NULL,
    row_cells TEXT NOT NULL, firm_cells TEXT NOT NULL
) WITHOUT ROWID;
DROP TRIGGER IF EXISTS "users_fieldseal_proposed";
DROP TRIGGER IF EXISTS "users_fieldseal_guard";
CREATE TRIGGER "users_fieldseal_proposed" BEFORE INSERT ON "users" FOR EACH ROW
BEGIN
    INSERT INTO fieldseal_proposed (tbl, firm, row_key, row_cells, firm_cells) VALUES (
        'users',
        '',
        quote(NEW."uuid"),
        hex(substr(NEW."email", 1, 32))
            || hex(substr(NEW."email_new", 1, 32))
            || hex(substr(NEW."email_new_token", 1, 32))
            || hex(substr(NEW."private_key", 1, 32))
            || hex(substr(NEW."totp_secret", 1, 32))
            || hex(substr(NEW."totp_recover", 1, 32))
            || hex(substr(NEW."api_key", 1, 32)),
        ''
    )
    ON CONFLICT (tbl) DO UPDATE SET firm = excluded.firm, row_key = excluded.row_key,
        row_cells = excluded.row_cells, firm_cells = excluded.firm_cells;
END;
CREATE TRIGGER "users_fieldseal_guard" BEFORE UPDATE ON "users" FOR EACH ROW
WHEN OLD."uuid" COLLATE BINARY IS NOT NEW."uuid"
    OR OLD."email" COLLATE BINARY IS NOT NEW."email"
    OR OLD."email_new" COLLATE BINARY IS NOT NEW."email_new"
    OR OLD."email_new_token" COLLATE BINARY IS NOT NEW."email_new_token"
    OR OLD."private_key" COLLATE BINARY IS NOT NEW."private_key"
    OR OLD."totp_secret" COLLATE BINARY IS NOT NEW."totp_secret"
    OR OLD."totp_recover" COLLATE BINARY IS NOT NEW."totp_recover"
    OR OLD."api_key" COLLATE BINARY IS NOT NEW."api_key"
BEGIN
    SELECT RAISE(ABORT, 'fieldseal: the row key changed and a cell that is bound to it did not: seal the row anew for its new key')
    WHERE (OLD."uuid" COLLATE BINARY IS NOT NEW."uuid") AND (
        NEW."email" = OLD."email"
        OR NEW."email_new" = OLD."email_new"
        OR NEW."email_new_token" = OLD."email_new_token"
        OR NEW."private_key" = OLD."private_key"
        OR NEW."totp_secret" = OLD."totp_secret"
        OR NEW."totp_recover" = OLD."totp_recover"
        OR NEW."api_key" = OLD."api_key"
    );
    SELECT RAISE(ABORT, 'fieldseal: the upsert would put a cell into another row than it was sealed for: conflict on the row key, or set the row key and every sealed column together')
    FROM fieldseal_proposed WHERE tbl = 'users' AND (
        (firm <> '' OR row_key <> quote(NEW."uuid")) AND (
            NEW."email" IS NOT NULL AND instr(row_cells, hex(substr(NEW."email", 1, 32))) > 0
            OR NEW."email_new" IS NOT NULL AND instr(row_cells, hex(substr(NEW."email_new", 1, 32))) > 0
            OR NEW."email_new_token" IS NOT NULL AND instr(row_cells, hex(substr(NEW."email_new_token", 1, 32))) > 0
            OR NEW."private_key" IS NOT NULL AND instr(row_cells, hex(substr(NEW."private_key", 1, 32))) > 0
            OR NEW."totp_secret" IS NOT NULL AND instr(row_cells, hex(substr(NEW."totp_secret", 1, 32))) > 0
            OR NEW."totp_recover" IS NOT NULL AND instr(row_cells, hex(substr(NEW."totp_recover", 1, 32))) > 0
            OR NEW."api_key" IS NOT NULL AND instr(row_cells, hex(substr(NEW."api_key", 1, 32))) > 0
        )
    );
END;

-- devices: sealed columns of Device

ALTER TABLE "devices" ADD COLUMN "push_token" BLOB
    CONSTRAINT "devices_push_token_cell" CHECK ("push_token" IS NULL OR typeof("push_token") = 'blob' AND hex(substr("push_token", 1, 1)) = 'F5' AND length("push_token") >= 42);
ALTER TABLE "devices" ADD COLUMN "refresh_token" BLOB NOT NULL
    CONSTRAINT "devices_refresh_token_cell" CHECK ("refresh_token" IS NULL OR typeof("refresh_token") = 'blob' AND hex(substr("refresh_token", 1, 1)) = 'F5' AND length("refresh_token") >= 42);
ALTER TABLE "devices" ADD COLUMN "refresh_token_term" BLOB NOT NULL
    CONSTRAINT "devices_refresh_token_term_shape" CHECK ("refresh_token_term" IS NULL OR typeof("refresh_token_term") = 'blob' AND length("refresh_token_term") BETWEEN 2 AND 21);
ALTER TABLE "devices" ADD COLUMN "twofactor_remember" BLOB
    CONSTRAINT "devices_twofactor_remember_cell" CHECK ("twofactor_remember" IS NULL OR typeof("twofactor_remember") = 'blob' AND hex(substr("twofactor_remember", 1, 1)) = 'F5' AND length("twofactor_remember") >= 42);

CREATE UNIQUE INDEX "devices_refresh_token_term_idx" ON "devices" ("refresh_token_term");

CREATE TABLE IF NOT EXISTS "fieldseal_proposed" (
    tbl TEXT NOT NULL PRIMARY KEY, firm TEXT NOT NULL, row_key TEXT NOT NULL,
    row_cells TEXT NOT NULL, firm_cells TEXT NOT NULL
) WITHOUT ROWID;
DROP TRIGGER IF EXISTS "devices_fieldseal_proposed";
DROP TRIGGER IF EXISTS "devices_fieldseal_guard";
CREATE TRIGGER "devices_fieldseal_proposed" BEFORE INSERT ON "devices" FOR EACH ROW
BEGIN
    INSERT INTO fieldseal_proposed (tbl, firm, row_key, row_cells, firm_cells) VALUES (
        'devices',
        '',
        quote(NEW."uuid") || ',' || quote(NEW."user_uuid"),
        hex(substr(NEW."push_token", 1, 32))
            || hex(substr(NEW."refresh_token", 1, 32))
            || hex(substr(NEW."twofactor_remember", 1, 32)),
        ''
    )
    ON CONFLICT (tbl) DO UPDATE SET firm = excluded.firm, row_key = excluded.row_key,
        row_cells = excluded.row_cells, firm_cells = excluded.firm_cells;
END;
CREATE TRIGGER "devices_fieldseal_guard" BEFORE UPDATE ON "devices" FOR EACH ROW
WHEN OLD."uuid" COLLATE BINARY IS NOT NEW."uuid"
    OR OLD."user_uuid" COLLATE BINARY IS NOT NEW."user_uuid"
    OR OLD."push_token" COLLATE BINARY IS NOT NEW."push_token"
    OR OLD."refresh_token" COLLATE BINARY IS NOT NEW."refresh_token"
    OR OLD."twofactor_remember" COLLATE BINARY IS NOT NEW."twofactor_remember"
BEGIN
    SELECT RAISE(ABORT, 'fieldseal: the row key changed and a cell that is bound to it did not: seal the row anew for its new key')
    WHERE (OLD."uuid" COLLATE BINARY IS NOT NEW."uuid"
    OR OLD."user_uuid" COLLATE BINARY IS NOT NEW."user_uuid") AND (
        NEW."push_token" = OLD."push_token"
        OR NEW."refresh_token" = OLD."refresh_token"
        OR NEW."twofactor_remember" = OLD."twofactor_remember"
    );
    SELECT RAISE(ABORT, 'fieldseal: the upsert would put a cell into another row than it was sealed for: conflict on the row key, or set the row key and every sealed column together')
    FROM fieldseal_proposed WHERE tbl = 'devices' AND (
        (firm <> '' OR row_key <> quote(NEW."uuid") || ',' || quote(NEW."user_uuid")) AND (
            NEW."push_token" IS NOT NULL AND instr(row_cells, hex(substr(NEW."push_token", 1, 32))) > 0
            OR NEW."refresh_token" IS NOT NULL AND instr(row_cells, hex(substr(NEW."refresh_token", 1, 32))) > 0
            OR NEW."twofactor_remember" IS NOT NULL AND instr(row_cells, hex(substr(NEW."twofactor_remember", 1, 32))) > 0
        )
    );
END;

-- ciphers: sealed columns of Cipher

ALTER TABLE "ciphers" ADD COLUMN "name" BLOB NOT NULL
    CONSTRAINT "ciphers_name_cell" CHECK ("name" IS NULL OR typeof("name") = 'blob' AND hex(substr("name", 1, 1)) = 'F5' AND length("name") >= 42);
ALTER TABLE "ciphers" ADD COLUMN "notes" BLOB
    CONSTRAINT "ciphers_notes_cell" CHECK ("notes" IS NULL OR typeof("notes") = 'blob' AND hex(substr("notes", 1, 1)) = 'F5' AND length("notes") >= 42);
ALTER TABLE "ciphers" ADD COLUMN "fields" BLOB
    CONSTRAINT "ciphers_fields_cell" CHECK ("fields" IS NULL OR typeof("fields") = 'blob' AND hex(substr("fields", 1, 1)) = 'F5' AND length("fields") >= 42);
ALTER TABLE "ciphers" ADD COLUMN "data" BLOB NOT NULL
    CONSTRAINT "ciphers_data_cell" CHECK ("data" IS NULL OR typeof("data") = 'blob' AND hex(substr("data", 1, 1)) = 'F5' AND length("data") >= 42);
ALTER TABLE "ciphers" ADD COLUMN "password_history" BLOB
    CONSTRAINT "ciphers_password_history_cell" CHECK ("password_history" IS NULL OR typeof("password_history") = 'blob' AND hex(substr("password_history", 1, 1)) = 'F5' AND length("password_history") >= 42);

CREATE TABLE IF NOT EXISTS "fieldseal_proposed" (
    tbl TEXT NOT NULL PRIMARY KEY, firm TEXT NOT NULL, row_key TEXT NOT NULL,
    row_cells TEXT NOT NULL, firm_cells TEXT NOT NULL
) WITHOUT ROWID;
DROP TRIGGER IF EXISTS "ciphers_fieldseal_proposed";
DROP TRIGGER IF EXISTS "ciphers_fieldseal_guard";
CREATE TRIGGER "ciphers_fieldseal_proposed" BEFORE INSERT ON "ciphers" FOR EACH ROW
BEGIN
    INSERT INTO fieldseal_proposed (tbl, firm, row_key, row_cells, firm_cells) VALUES (
        'ciphers',
        '',
        quote(NEW."uuid"),
        hex(substr(NEW."name", 1, 32))
            || hex(substr(NEW."notes", 1, 32))
            || hex(substr(NEW."fields", 1, 32))
            || hex(substr(NEW."data", 1, 32))
            || hex(substr(NEW."password_history", 1, 32)),
        ''
    )
    ON CONFLICT (tbl) DO UPDATE SET firm = excluded.firm, row_key = excluded.row_key,
        row_cells = excluded.row_cells, firm_cells = excluded.firm_cells;
END;
CREATE TRIGGER "ciphers_fieldseal_guard" BEFORE UPDATE ON "ciphers" FOR EACH ROW
WHEN OLD."uuid" COLLATE BINARY IS NOT NEW."uuid"
    OR OLD."name" COLLATE BINARY IS NOT NEW."name"
    OR OLD."notes" COLLATE BINARY IS NOT NEW."notes"
    OR OLD."fields" COLLATE BINARY IS NOT NEW."fields"
    OR OLD."data" COLLATE BINARY IS NOT NEW."data"
    OR OLD."password_history" COLLATE BINARY IS NOT NEW."password_history"
BEGIN
    SELECT RAISE(ABORT, 'fieldseal: the row key changed and a cell that is bound to it did not: seal the row anew for its new key')
    WHERE (OLD."uuid" COLLATE BINARY IS NOT NEW."uuid") AND (
        NEW."name" = OLD."name"
        OR NEW."notes" = OLD."notes"
        OR NEW."fields" = OLD."fields"
        OR NEW."data" = OLD."data"
        OR NEW."password_history" = OLD."password_history"
    );
    SELECT RAISE(ABORT, 'fieldseal: the upsert would put a cell into another row than it was sealed for: conflict on the row key, or set the row key and every sealed column together')
    FROM fieldseal_proposed WHERE tbl = 'ciphers' AND (
        (firm <> '' OR row_key <> quote(NEW."uuid")) AND (
            NEW."name" IS NOT NULL AND instr(row_cells, hex(substr(NEW."name", 1, 32))) > 0
            OR NEW."notes" IS NOT NULL AND instr(row_cells, hex(substr(NEW."notes", 1, 32))) > 0
            OR NEW."fields" IS NOT NULL AND instr(row_cells, hex(substr(NEW."fields", 1, 32))) > 0
            OR NEW."data" IS NOT NULL AND instr(row_cells, hex(substr(NEW."data", 1, 32))) > 0
            OR NEW."password_history" IS NOT NULL AND instr(row_cells, hex(substr(NEW."password_history", 1, 32))) > 0
        )
    );
END;
