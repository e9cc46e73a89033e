
-- office.Our settings: sealed columns of Setting
DROP TRIGGER IF EXISTS "office"."Our settings_fieldseal_proposed";
DROP TRIGGER IF EXISTS "office"."Our settings_fieldseal_guard";
-- When no guarded table is left: DROP TABLE "office"."fieldseal_proposed";
ALTER TABLE "office"."Our settings" DROP COLUMN "value";

-- remarks: sealed columns of Remark
DROP TRIGGER IF EXISTS "remarks_fieldseal_proposed";
DROP TRIGGER IF EXISTS "remarks_fieldseal_guard";
-- When no guarded table is left: DROP TABLE "fieldseal_proposed";
ALTER TABLE "remarks" DROP COLUMN "body";

-- clients: sealed columns of Client, ClientPatch
DROP TRIGGER IF EXISTS "clients_fieldseal_proposed";
DROP TRIGGER IF EXISTS "clients_fieldseal_guard";
-- When no guarded table is left: DROP TABLE "fieldseal_proposed";
DROP INDEX IF EXISTS "clients_email_term_idx";
DROP INDEX IF EXISTS "clients_city_term_idx";
DROP INDEX IF EXISTS "clients_login_term_idx";
ALTER TABLE "clients" DROP COLUMN "login_term";
ALTER TABLE "clients" DROP COLUMN "login";
ALTER TABLE "clients" DROP COLUMN "tax";
ALTER TABLE "clients" DROP COLUMN "city_term";
ALTER TABLE "clients" DROP COLUMN "city";
ALTER TABLE "clients" DROP COLUMN "notes";
ALTER TABLE "clients" DROP COLUMN "email_term";
ALTER TABLE "clients" DROP COLUMN "email";
