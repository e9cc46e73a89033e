
-- clients: sealed columns of Client, ClientPatch

-- For a new table put the columns and their CHECKs into its CREATE TABLE. A table that holds rows takes no NOT NULL
-- column. A CHECK refuses plaintext and cells of another kind; its error names the constraint and no value.
ALTER TABLE "clients" ADD COLUMN "email" BLOB NOT NULL
    CONSTRAINT "clients_email_cell" CHECK ("email" IS NULL OR typeof("email") = 'blob' AND hex(substr("email", 1, 1)) = 'F5' AND length("email") >= 42);
ALTER TABLE "clients" ADD COLUMN "email_term" BLOB NOT NULL
    CONSTRAINT "clients_email_term_shape" CHECK ("email_term" IS NULL OR typeof("email_term") = 'blob' AND length("email_term") BETWEEN 2 AND 21);
ALTER TABLE "clients" ADD COLUMN "notes" BLOB
    CONSTRAINT "clients_notes_cell" CHECK ("notes" IS NULL OR typeof("notes") = 'blob' AND hex(substr("notes", 1, 1)) = 'F5' AND length("notes") >= 42);
ALTER TABLE "clients" ADD COLUMN "city" BLOB
    CONSTRAINT "clients_city_cell" CHECK ("city" IS NULL OR typeof("city") = 'blob' AND hex(substr("city", 1, 1)) = 'F6' AND length("city") >= 42);
ALTER TABLE "clients" ADD COLUMN "city_term" BLOB
    CONSTRAINT "clients_city_term_shape" CHECK ("city_term" IS NULL OR typeof("city_term") = 'blob' AND length("city_term") BETWEEN 2 AND 21);
ALTER TABLE "clients" ADD COLUMN "tax" BLOB
    CONSTRAINT "clients_tax_cell" CHECK ("tax" IS NULL OR typeof("tax") = 'blob' AND hex(substr("tax", 1, 1)) = 'F7' AND length("tax") >= 18);
ALTER TABLE "clients" ADD COLUMN "login" BLOB
    CONSTRAINT "clients_login_cell" CHECK ("login" IS NULL OR typeof("login") = 'blob' AND hex(substr("login", 1, 1)) = 'F5' AND length("login") >= 42);
ALTER TABLE "clients" ADD COLUMN "login_term" BLOB
    CONSTRAINT "clients_login_term_shape" CHECK ("login_term" IS NULL OR typeof("login_term") = 'blob' AND length("login_term") BETWEEN 2 AND 21);

-- The term comes first, so that lookups by the term alone use the index too. Terms are unique within a firm; those of
-- a global index among all firms.
CREATE UNIQUE INDEX "clients_email_term_idx" ON "clients" ("email_term", "firm_id");
CREATE INDEX "clients_city_term_idx" ON "clients" ("city_term");
CREATE UNIQUE INDEX "clients_login_term_idx" ON "clients" ("login_term");

-- The guard refuses statements that would make cells unreadable: a new row key beside old cells, a new firm of a row that
-- holds any, and an upsert that puts a cell into another row than it was sealed for. Its messages hold no values. Each INSERT notes the first
-- bytes of its cells in one row of a small table, since an upsert's UPDATE does not show where they come from.
CREATE TABLE IF NOT EXISTS "fieldseal_proposed" (
    tbl TEXT NOT NULL PRIMARY KEY, firm TEXT NOT NULL, row_key TEXT NOT NULL,
    row_cells TEXT NOT NULL, firm_cells TEXT NOT NULL
) WITHOUT ROWID;
DROP TRIGGER IF EXISTS "clients_fieldseal_proposed";
DROP TRIGGER IF EXISTS "clients_fieldseal_guard";
CREATE TRIGGER "clients_fieldseal_proposed" BEFORE INSERT ON "clients" FOR EACH ROW
BEGIN
    INSERT INTO fieldseal_proposed (tbl, firm, row_key, row_cells, firm_cells) VALUES (
        'clients',
        quote(NEW."firm_id"),
        quote(NEW."id"),
        hex(substr(NEW."email", 1, 32))
            || hex(substr(NEW."notes", 1, 32))
            || hex(substr(NEW."login", 1, 32)),
        hex(substr(NEW."city", 1, 32))
            || hex(substr(NEW."tax", 1, 32))
    )
    ON CONFLICT (tbl) DO UPDATE SET firm = excluded.firm, row_key = excluded.row_key,
        row_cells = excluded.row_cells, firm_cells = excluded.firm_cells;
END;
CREATE TRIGGER "clients_fieldseal_guard" BEFORE UPDATE ON "clients" FOR EACH ROW
WHEN OLD."id" COLLATE BINARY IS NOT NEW."id"
    OR OLD."firm_id" COLLATE BINARY IS NOT NEW."firm_id"
    OR OLD."email" COLLATE BINARY IS NOT NEW."email"
    OR OLD."notes" COLLATE BINARY IS NOT NEW."notes"
    OR OLD."city" COLLATE BINARY IS NOT NEW."city"
    OR OLD."tax" COLLATE BINARY IS NOT NEW."tax"
    OR OLD."login" COLLATE BINARY IS NOT NEW."login"
BEGIN
    SELECT RAISE(ABORT, 'fieldseal: the row key changed and a cell that is bound to it did not: seal the row anew for its new key')
    WHERE (OLD."id" COLLATE BINARY IS NOT NEW."id") AND (
        NEW."email" = OLD."email"
        OR NEW."notes" = OLD."notes"
        OR NEW."login" = OLD."login"
    );
    SELECT RAISE(ABORT, 'fieldseal: the firm changed and the row holds sealed values: delete it, and insert it sealed anew for its new firm')
    WHERE (OLD."firm_id" COLLATE BINARY IS NOT NEW."firm_id") AND (
        OLD."email" IS NOT NULL
        OR OLD."notes" IS NOT NULL
        OR OLD."city" IS NOT NULL
        OR OLD."tax" IS NOT NULL
        OR OLD."login" IS NOT NULL
        OR OLD."email_term" IS NOT NULL
        OR OLD."city_term" IS NOT NULL
    );
    SELECT RAISE(ABORT, 'fieldseal: the upsert would put a cell into another row than it was sealed for: conflict on the row key, or set the row key and every sealed column together')
    FROM fieldseal_proposed WHERE tbl = 'clients' AND (
        (firm <> quote(NEW."firm_id") OR row_key <> quote(NEW."id")) AND (
            NEW."email" IS NOT NULL AND instr(row_cells, hex(substr(NEW."email", 1, 32))) > 0
            OR NEW."notes" IS NOT NULL AND instr(row_cells, hex(substr(NEW."notes", 1, 32))) > 0
            OR NEW."login" IS NOT NULL AND instr(row_cells, hex(substr(NEW."login", 1, 32))) > 0
        )
        OR firm <> quote(NEW."firm_id") AND (
            NEW."city" IS NOT NULL AND instr(firm_cells, hex(substr(NEW."city", 1, 32))) > 0
            OR NEW."tax" IS NOT NULL AND instr(firm_cells, hex(substr(NEW."tax", 1, 32))) > 0
        )
    );
END;

-- remarks: sealed columns of Remark

ALTER TABLE "remarks" ADD COLUMN "body" BLOB NOT NULL
    CONSTRAINT "remarks_body_cell" CHECK ("body" IS NULL OR typeof("body") = 'blob' AND hex(substr("body", 1, 1)) = 'F6' AND length("body") >= 42);

CREATE TABLE IF NOT EXISTS "fieldseal_proposed" (
    tbl TEXT NOT NULL PRIMARY KEY, firm TEXT NOT NULL, row_key TEXT NOT NULL,
    row_cells TEXT NOT NULL, firm_cells TEXT NOT NULL
) WITHOUT ROWID;
DROP TRIGGER IF EXISTS "remarks_fieldseal_proposed";
DROP TRIGGER IF EXISTS "remarks_fieldseal_guard";
CREATE TRIGGER "remarks_fieldseal_proposed" BEFORE INSERT ON "remarks" FOR EACH ROW
BEGIN
    INSERT INTO fieldseal_proposed (tbl, firm, row_key, row_cells, firm_cells) VALUES (
        'remarks',
        quote(NEW."firm_id"),
        '',
        '',
        hex(substr(NEW."body", 1, 32))
    )
    ON CONFLICT (tbl) DO UPDATE SET firm = excluded.firm, row_key = excluded.row_key,
        row_cells = excluded.row_cells, firm_cells = excluded.firm_cells;
END;
CREATE TRIGGER "remarks_fieldseal_guard" BEFORE UPDATE ON "remarks" FOR EACH ROW
WHEN OLD."firm_id" COLLATE BINARY IS NOT NEW."firm_id"
    OR OLD."body" COLLATE BINARY IS NOT NEW."body"
BEGIN
    SELECT RAISE(ABORT, 'fieldseal: the firm changed and the row holds sealed values: delete it, and insert it sealed anew for its new firm')
    WHERE (OLD."firm_id" COLLATE BINARY IS NOT NEW."firm_id") AND (
        OLD."body" IS NOT NULL
    );
    SELECT RAISE(ABORT, 'fieldseal: the upsert would put a cell into another row than it was sealed for: conflict on the row key, or set the row key and every sealed column together')
    FROM fieldseal_proposed WHERE tbl = 'remarks' AND (
        firm <> quote(NEW."firm_id") AND (
            NEW."body" IS NOT NULL AND instr(firm_cells, hex(substr(NEW."body", 1, 32))) > 0
        )
    );
END;

-- office.Our settings: sealed columns of Setting

ALTER TABLE "office"."Our settings" ADD COLUMN "value" BLOB NOT NULL
    CONSTRAINT "Our settings_value_cell" CHECK ("value" IS NULL OR typeof("value") = 'blob' AND hex(substr("value", 1, 1)) = 'F5' AND length("value") >= 42);

CREATE TABLE IF NOT EXISTS "office"."fieldseal_proposed" (
    tbl TEXT NOT NULL PRIMARY KEY, firm TEXT NOT NULL, row_key TEXT NOT NULL,
    row_cells TEXT NOT NULL, firm_cells TEXT NOT NULL
) WITHOUT ROWID;
DROP TRIGGER IF EXISTS "office"."Our settings_fieldseal_proposed";
DROP TRIGGER IF EXISTS "office"."Our settings_fieldseal_guard";
CREATE TRIGGER "office"."Our settings_fieldseal_proposed" BEFORE INSERT ON "Our settings" FOR EACH ROW
BEGIN
    INSERT INTO fieldseal_proposed (tbl, firm, row_key, row_cells, firm_cells) VALUES (
        'Our settings',
        '',
        quote(NEW."area") || ',' || quote(NEW."name"),
        hex(substr(NEW."value", 1, 32)),
        ''
    )
    ON CONFLICT (tbl) DO UPDATE SET firm = excluded.firm, row_key = excluded.row_key,
        row_cells = excluded.row_cells, firm_cells = excluded.firm_cells;
END;
CREATE TRIGGER "office"."Our settings_fieldseal_guard" BEFORE UPDATE ON "Our settings" FOR EACH ROW
WHEN OLD."area" COLLATE BINARY IS NOT NEW."area"
    OR OLD."name" COLLATE BINARY IS NOT NEW."name"
    OR OLD."value" COLLATE BINARY IS NOT NEW."value"
BEGIN
    SELECT RAISE(ABORT, 'fieldseal: the row key changed and a cell that is bound to it did not: seal the row anew for its new key')
    WHERE (OLD."area" COLLATE BINARY IS NOT NEW."area"
    OR OLD."name" COLLATE BINARY IS NOT NEW."name") AND (
        NEW."value" = OLD."value"
    );
    SELECT RAISE(ABORT, 'fieldseal: the upsert would put a cell into another row than it was sealed for: conflict on the row key, or set the row key and every sealed column together')
    FROM fieldseal_proposed WHERE tbl = 'Our settings' AND (
        (firm <> '' OR row_key <> quote(NEW."area") || ',' || quote(NEW."name")) AND (
            NEW."value" IS NOT NULL AND instr(row_cells, hex(substr(NEW."value", 1, 32))) > 0
        )
    );
END;
