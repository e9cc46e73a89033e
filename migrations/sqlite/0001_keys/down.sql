-- Every wrapped key goes with these tables, and with the keys every cell sealed under them.
DROP TABLE "fieldseal_firm_keys";
DROP TABLE "fieldseal_firms";
DROP TABLE "fieldseal_versions";
