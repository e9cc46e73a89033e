-- Suspended firms work again, holds are forgotten, certificates are gone.
ALTER TABLE "fieldseal_firms" DROP COLUMN standing;
DELETE FROM "fieldseal_versions" WHERE version = 3;
