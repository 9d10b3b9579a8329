-- Makes a generation of the releases that had migrations for views what this release's view files make: run in it once, after
-- the engine's 2_sources.sql.
ALTER TABLE dead_letter ADD COLUMN headers text;
ALTER TABLE user_view ADD CHECK (status IN ('ACTIVE', 'INACTIVE'));
DROP TABLE flyway_schema_history;
