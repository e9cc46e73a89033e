-- Plaintext columns, of empty tables.
ALTER TABLE users
    DROP COLUMN email,
    DROP COLUMN email_new,
    DROP COLUMN email_new_token,
    DROP COLUMN private_key,
    DROP COLUMN totp_secret,
    DROP COLUMN totp_recover,
    DROP COLUMN api_key,
    DROP COLUMN email_term,
    ADD COLUMN email VARCHAR(255) NOT NULL UNIQUE,
    ADD COLUMN email_new VARCHAR(255),
    ADD COLUMN email_new_token TEXT,
    ADD COLUMN private_key TEXT,
    ADD COLUMN totp_secret TEXT,
    ADD COLUMN totp_recover TEXT,
    ADD COLUMN api_key TEXT;
ALTER TABLE devices
    DROP COLUMN push_token,
    DROP COLUMN refresh_token,
    DROP COLUMN twofactor_remember,
    DROP COLUMN refresh_token_term,
    ADD COLUMN push_token TEXT,
    ADD COLUMN refresh_token VARCHAR(255) NOT NULL UNIQUE,
    ADD COLUMN twofactor_remember TEXT;
ALTER TABLE ciphers
    DROP COLUMN name,
    DROP COLUMN notes,
    DROP COLUMN fields,
    DROP COLUMN data,
    DROP COLUMN password_history,
    ADD COLUMN name TEXT NOT NULL,
    ADD COLUMN notes TEXT,
    ADD COLUMN fields TEXT,
    ADD COLUMN data TEXT NOT NULL,
    ADD COLUMN password_history TEXT;
