
-- ciphers: sealed columns of Cipher
DROP TRIGGER IF EXISTS "zzz_fieldseal_proposed" ON "ciphers";
DROP TRIGGER IF EXISTS "zzz_fieldseal_guard" ON "ciphers";
DROP FUNCTION IF EXISTS "ciphers_fieldseal_guard"();
-- Each column takes its index along.
ALTER TABLE "ciphers"
    DROP COLUMN "password_history",
    DROP COLUMN "data",
    DROP COLUMN "fields",
    DROP COLUMN "notes",
    DROP COLUMN "name";

-- devices: sealed columns of Device
DROP TRIGGER IF EXISTS "zzz_fieldseal_proposed" ON "devices";
DROP TRIGGER IF EXISTS "zzz_fieldseal_guard" ON "devices";
DROP FUNCTION IF EXISTS "devices_fieldseal_guard"();
-- Each column takes its index along.
ALTER TABLE "devices"
    DROP COLUMN "twofactor_remember",
    DROP COLUMN "refresh_token_term",
    DROP COLUMN "refresh_token",
    DROP COLUMN "push_token";

-- users: sealed columns of User
DROP TRIGGER IF EXISTS "zzz_fieldseal_proposed" ON "users";
DROP TRIGGER IF EXISTS "zzz_fieldseal_guard" ON "users";
DROP FUNCTION IF EXISTS "users_fieldseal_guard"();
-- Each column takes its index along.
ALTER TABLE "users"
    DROP COLUMN "api_key",
    DROP COLUMN "totp_recover",
    DROP COLUMN "totp_secret",
    DROP COLUMN "private_key",
    DROP COLUMN "email_new_token",
    DROP COLUMN "email_new",
    DROP COLUMN "email_term",
    DROP COLUMN "email";

-- Domains go, unless other tables use them.
DO $fieldseal$ BEGIN
    DROP DOMAIN IF EXISTS "fieldseal_text";
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $fieldseal$;
DO $fieldseal$ BEGIN
    DROP DOMAIN IF EXISTS "fieldseal_text_term";
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $fieldseal$;

-- Plaintext columns, of empty tables.
ALTER TABLE users
    ADD COLUMN email VARCHAR(255) NOT NULL UNIQUE,
    ADD COLUMN email_new VARCHAR(255),
    ADD COLUMN email_new_token TEXT,
    ADD COLUMN private_key TEXT,
    ADD COLUMN totp_secret TEXT,
    ADD COLUMN totp_recover TEXT,
    ADD COLUMN api_key TEXT;
ALTER TABLE devices
    ADD COLUMN push_token TEXT,
    ADD COLUMN refresh_token VARCHAR(255) NOT NULL UNIQUE,
    ADD COLUMN twofactor_remember TEXT;
ALTER TABLE ciphers
    ADD COLUMN name TEXT NOT NULL,
    ADD COLUMN notes TEXT,
    ADD COLUMN fields TEXT,
    ADD COLUMN data TEXT NOT NULL,
    ADD COLUMN password_history TEXT;
ALTER TABLE users
    ALTER COLUMN uuid TYPE CHAR(36);
ALTER TABLE devices
    ALTER COLUMN uuid TYPE CHAR(36),
    ALTER COLUMN user_uuid TYPE CHAR(36);
ALTER TABLE folders
    ALTER COLUMN uuid TYPE CHAR(36),
    ALTER COLUMN user_uuid TYPE CHAR(36);
ALTER TABLE ciphers
    ALTER COLUMN uuid TYPE CHAR(36),
    ALTER COLUMN user_uuid TYPE CHAR(36);
ALTER TABLE folders_ciphers
    ALTER COLUMN cipher_uuid TYPE CHAR(36),
    ALTER COLUMN folder_uuid TYPE CHAR(36);
