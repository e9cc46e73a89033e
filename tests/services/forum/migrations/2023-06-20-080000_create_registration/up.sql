CREATE TABLE registration_application (
    id SERIAL PRIMARY KEY,
    local_user_id INTEGER NOT NULL UNIQUE REFERENCES local_user ON UPDATE CASCADE ON DELETE CASCADE,
    answer TEXT NOT NULL,
    referral TEXT,
    admin_id INTEGER REFERENCES person ON UPDATE CASCADE ON DELETE CASCADE,
    deny_reason TEXT,
    published_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE password_reset_request (
    id SERIAL PRIMARY KEY,
    local_user_id INTEGER NOT NULL REFERENCES local_user ON UPDATE CASCADE ON DELETE CASCADE,
    token TEXT NOT NULL UNIQUE,
    published_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
