CREATE TABLE person (
    id SERIAL PRIMARY KEY,
    name VARCHAR(255) NOT NULL,
    display_name VARCHAR(255),
    actor_id VARCHAR(255) NOT NULL UNIQUE,
    bio TEXT,
    matrix_user_id TEXT,
    private_key TEXT,
    public_key TEXT NOT NULL,
    local BOOLEAN NOT NULL DEFAULT TRUE,
    banned BOOLEAN NOT NULL DEFAULT FALSE,
    deleted BOOLEAN NOT NULL DEFAULT FALSE,
    published_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX person_local_name_lower_idx ON person (lower(name)) WHERE local;

CREATE TABLE local_user (
    id SERIAL PRIMARY KEY,
    person_id INTEGER NOT NULL UNIQUE REFERENCES person ON UPDATE CASCADE ON DELETE CASCADE,
    password_encrypted TEXT,
    email TEXT,
    email_verified BOOLEAN NOT NULL DEFAULT FALSE,
    admin BOOLEAN NOT NULL DEFAULT FALSE,
    accepted_application BOOLEAN NOT NULL DEFAULT FALSE,
    theme TEXT NOT NULL DEFAULT 'browser',
    totp_2fa_secret TEXT
);
CREATE UNIQUE INDEX local_user_email_lower_idx ON local_user (lower(email));

CREATE TABLE person_actions (
    person_id INTEGER NOT NULL REFERENCES person ON UPDATE CASCADE ON DELETE CASCADE,
    target_id INTEGER NOT NULL REFERENCES person ON UPDATE CASCADE ON DELETE CASCADE,
    note TEXT,
    PRIMARY KEY (person_id, target_id)
);
