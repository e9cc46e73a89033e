CREATE TABLE users (
    uuid                   CHAR(36) NOT NULL PRIMARY KEY,
    created_at             TIMESTAMP NOT NULL,
    updated_at             TIMESTAMP NOT NULL,
    email                  VARCHAR(255) NOT NULL UNIQUE,
    name                   TEXT NOT NULL,
    password_hash          BYTEA NOT NULL,
    salt                   BYTEA NOT NULL,
    password_iterations    INTEGER NOT NULL,
    password_hint          TEXT,
    akey                   TEXT NOT NULL,
    private_key            TEXT,
    public_key             TEXT,
    totp_secret            TEXT,
    totp_recover           TEXT,
    security_stamp         TEXT NOT NULL,
    equivalent_domains     TEXT NOT NULL,
    excluded_globals       TEXT NOT NULL,
    client_kdf_type        INTEGER NOT NULL DEFAULT 0,
    client_kdf_iter        INTEGER NOT NULL DEFAULT 100000
);

CREATE TABLE devices (
    uuid                   CHAR(36) NOT NULL,
    user_uuid              CHAR(36) NOT NULL,
    created_at             TIMESTAMP NOT NULL,
    updated_at             TIMESTAMP NOT NULL,
    name                   TEXT NOT NULL,
    atype                  INTEGER NOT NULL,
    push_token             TEXT,
    refresh_token          VARCHAR(255) NOT NULL UNIQUE,
    twofactor_remember     TEXT,
    PRIMARY KEY (uuid, user_uuid),
    FOREIGN KEY (user_uuid) REFERENCES users (uuid)
);

CREATE TABLE folders (
    uuid                   CHAR(36) NOT NULL PRIMARY KEY,
    user_uuid              CHAR(36) NOT NULL,
    created_at             TIMESTAMP NOT NULL,
    updated_at             TIMESTAMP NOT NULL,
    name                   TEXT NOT NULL,
    FOREIGN KEY (user_uuid) REFERENCES users (uuid)
);

CREATE TABLE ciphers (
    uuid                   CHAR(36) NOT NULL PRIMARY KEY,
    user_uuid              CHAR(36) NOT NULL,
    created_at             TIMESTAMP NOT NULL,
    updated_at             TIMESTAMP NOT NULL,
    deleted_at             TIMESTAMP,
    atype                  INTEGER NOT NULL,
    name                   TEXT NOT NULL,
    notes                  TEXT,
    fields                 TEXT,
    data                   TEXT NOT NULL,
    password_history       TEXT,
    "key"                  TEXT,
    reprompt               INTEGER,
    FOREIGN KEY (user_uuid) REFERENCES users (uuid)
);

CREATE TABLE folders_ciphers (
    cipher_uuid            CHAR(36) NOT NULL,
    folder_uuid            CHAR(36) NOT NULL,
    PRIMARY KEY (cipher_uuid, folder_uuid),
    FOREIGN KEY (cipher_uuid) REFERENCES ciphers (uuid),
    FOREIGN KEY (folder_uuid) REFERENCES folders (uuid)
);
