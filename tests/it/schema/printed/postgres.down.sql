
-- office.Our settings: sealed columns of Setting
DROP TRIGGER IF EXISTS "zzz_fieldseal_proposed" ON "office"."Our settings";
DROP TRIGGER IF EXISTS "zzz_fieldseal_guard" ON "office"."Our settings";
DROP FUNCTION IF EXISTS "office"."Our settings_fieldseal_guard"();
-- Each column takes its index along.
ALTER TABLE "office"."Our settings"
    DROP COLUMN "value";

-- remarks: sealed columns of Remark
DROP TRIGGER IF EXISTS "zzz_fieldseal_proposed" ON "remarks";
DROP TRIGGER IF EXISTS "zzz_fieldseal_guard" ON "remarks";
DROP FUNCTION IF EXISTS "remarks_fieldseal_guard"();
-- Each column takes its index along.
ALTER TABLE "remarks"
    DROP COLUMN "body";

-- clients: sealed columns of Client, ClientPatch
DROP TRIGGER IF EXISTS "zzz_fieldseal_proposed" ON "clients";
DROP TRIGGER IF EXISTS "zzz_fieldseal_guard" ON "clients";
DROP FUNCTION IF EXISTS "clients_fieldseal_guard"();
-- Each column takes its index along.
ALTER TABLE "clients"
    DROP COLUMN "login_term",
    DROP COLUMN "login",
    DROP COLUMN "tax",
    DROP COLUMN "city_term",
    DROP COLUMN "city",
    DROP COLUMN "notes",
    DROP COLUMN "email_term",
    DROP COLUMN "email";

-- Domains go, unless other tables use them.
DO $fieldseal$ BEGIN
    DROP DOMAIN IF EXISTS "fieldseal_text";
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $fieldseal$;
DO $fieldseal$ BEGIN
    DROP DOMAIN IF EXISTS "fieldseal_text_column";
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $fieldseal$;
DO $fieldseal$ BEGIN
    DROP DOMAIN IF EXISTS "fieldseal_text_deterministic";
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $fieldseal$;
DO $fieldseal$ BEGIN
    DROP DOMAIN IF EXISTS "fieldseal_text_term";
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $fieldseal$;
