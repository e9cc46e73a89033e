CREATE TABLE private_message (
    id SERIAL PRIMARY KEY,
    creator_id INTEGER NOT NULL REFERENCES person ON UPDATE CASCADE ON DELETE CASCADE,
    recipient_id INTEGER NOT NULL REFERENCES person ON UPDATE CASCADE ON DELETE CASCADE,
    content TEXT NOT NULL,
    deleted BOOLEAN NOT NULL DEFAULT FALSE,
    read BOOLEAN NOT NULL DEFAULT FALSE,
    published_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ
);
CREATE INDEX private_message_recipient_idx ON private_message (recipient_id, id DESC);
