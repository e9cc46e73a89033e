CREATE TABLE users (
    id SERIAL PRIMARY KEY,
    username VARCHAR NOT NULL UNIQUE,
    name VARCHAR,
    is_admin BOOLEAN NOT NULL DEFAULT FALSE,
    account_lock_reason TEXT,
    account_lock_until TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE emails (
    user_id INTEGER PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    email VARCHAR NOT NULL,
    verified BOOLEAN NOT NULL DEFAULT FALSE,
    token VARCHAR NOT NULL UNIQUE,
    token_generated_at TIMESTAMPTZ
);

CREATE TABLE api_tokens (
    id SERIAL PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    token BYTEA NOT NULL UNIQUE,
    name VARCHAR NOT NULL,
    revoked BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    last_used_at TIMESTAMPTZ,
    expired_at TIMESTAMPTZ
);
CREATE INDEX api_tokens_user_id_idx ON api_tokens (user_id);
