-- Suspended firms work again, holds are forgotten, certificates are gone.
ALTER TABLE "fieldseal"."firms" DROP COLUMN standing;
DELETE FROM "fieldseal"."versions" WHERE version = 3;
