-- Every wrapped key goes with these tables, and with the keys every cell sealed under them.
-- The schema stays: it may hold tables of others.
DROP TABLE "fieldseal"."firm_keys";
DROP TABLE "fieldseal"."firms";
DROP TABLE "fieldseal"."versions";
