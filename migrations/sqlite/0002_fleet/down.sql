-- Processes of this release stop at the end of their leases.
DROP TABLE "fieldseal_processes";
DROP TABLE "fieldseal_changes";
DROP TABLE "fieldseal_fleet";
DELETE FROM "fieldseal_versions" WHERE version = 2;
