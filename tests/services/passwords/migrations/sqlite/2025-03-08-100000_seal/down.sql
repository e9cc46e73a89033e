
-- ciphers: sealed columns of Cipher
DROP TRIGGER IF EXISTS "ciphers_fieldseal_proposed";
DROP TRIGGER IF EXISTS "ciphers_fieldseal_guard";
-- When no guarded table is left: DROP TABLE "fieldseal_proposed";
ALTER TABLE "ciphers" DROP COLUMN "password_history";
ALTER TABLE "ciphers" DROP COLUMN "data";
ALTER TABLE "ciphers" DROP COLUMN "fields";
ALTER TABLE "ciphers" DROP COLUMN "notes";
ALTER TABLE "ciphers" DROP COLUMN "name";

-- devices: sealed columns of Device
DROP TRIGGER IF EXISTS "devices_fieldseal_proposed";
DROP TRIGGER IF EXISTS "devices_fieldseal_guard";
-- When no guarded table is left: DROP TABLE "fieldseal_proposed";
DROP INDEX IF EXISTS "devices_refresh_token_term_idx";
ALTER TABLE "devices" DROP COLUMN "twofactor_remember";
ALTER TABLE "devices" DROP COLUMN "refresh_token_term";
ALTER TABLE "devices" DROP COLUMN "refresh_token";
ALTER TABLE "devices" DROP COLUMN "push_token";

-- users: sealed columns of User
DROP TRIGGER IF EXISTS "users_fieldseal_proposed";
DROP TRIGGER IF EXISTS "users_fieldseal_guard";
-- When no guarded table is left: DROP TABLE "fieldseal_proposed";
DROP INDEX IF EXISTS "users_email_term_idx";
ALTER TABLE "users" DROP COLUMN "api_key";
ALTER TABLE "users" DROP COLUMN "totp_recover";
ALTER TABLE "users" DROP COLUMN "totp_secret";
ALTER TABLE "users" DROP COLUMN "private_key";
ALTER TABLE "users" DROP COLUMN "email_new_token";
ALTER TABLE "users" DROP COLUMN "email_new";
ALTER TABLE "users" DROP COLUMN "email_term";
ALTER TABLE "users" DROP COLUMN "email";

-- Plaintext columns, of empty tables.
ALTER TABLE users ADD COLUMN email VARCHAR(255) NOT NULL;
ALTER TABLE users ADD COLUMN email_new VARCHAR(255);
ALTER TABLE users ADD COLUMN email_new_token TEXT;
ALTER TABLE users ADD COLUMN private_key TEXT;
ALTER TABLE users ADD COLUMN totp_secret TEXT;
ALTER TABLE users ADD COLUMN totp_recover TEXT;
ALTER TABLE users ADD COLUMN api_key TEXT;
CREATE UNIQUE INDEX users_email ON users (email);
ALTER TABLE devices ADD COLUMN push_token TEXT;
ALTER TABLE devices ADD COLUMN refresh_token VARCHAR(255) NOT NULL;
ALTER TABLE devices ADD COLUMN twofactor_remember TEXT;
CREATE UNIQUE INDEX devices_refresh_token ON devices (refresh_token);
ALTER TABLE ciphers ADD COLUMN name TEXT NOT NULL;
ALTER TABLE ciphers ADD COLUMN notes TEXT;
ALTER TABLE ciphers ADD COLUMN fields TEXT;
ALTER TABLE ciphers ADD COLUMN data TEXT NOT NULL;
ALTER TABLE ciphers ADD COLUMN password_history TEXT;
