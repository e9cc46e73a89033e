-- Processes of this release stop at the end of their leases.
DROP TABLE "fieldseal"."processes";
DROP TABLE "fieldseal"."changes";
DROP TABLE "fieldseal"."fleet";
DELETE FROM "fieldseal"."versions" WHERE version = 2;
