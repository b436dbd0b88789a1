-- Draws of the bench's population. Speed before beauty: DuckDB's own hash, cut into digits. The
-- population is the same for one version of DuckDB and no other is promised.
CREATE OR REPLACE TEMP MACRO draw(purpose, entity) AS hash(entity, purpose);
CREATE OR REPLACE TEMP MACRO part(number, skip, size) AS CAST((number // skip) % size AS BIGINT);
CREATE OR REPLACE TEMP MACRO uniform(number, skip) AS part(number, skip, 1000000) / 1e6;
CREATE OR REPLACE TEMP MACRO person_name(n) AS 'BEN' || lpad(CAST(n AS VARCHAR), 9, '0');
CREATE OR REPLACE TEMP MACRO tin_of(practice) AS '96' || lpad(CAST(practice AS VARCHAR), 7, '0');
CREATE OR REPLACE TEMP MACRO npi_of(practice, slot) AS
    '19' || lpad(CAST(practice AS VARCHAR), 6, '0') || lpad(CAST(slot AS VARCHAR), 2, '0');
CREATE OR REPLACE TEMP MACRO ccn_of(place) AS '36' || lpad(CAST(place AS VARCHAR), 4, '0');
CREATE OR REPLACE TEMP MACRO dated_type(number, disabled, esrd) AS
    CASE WHEN esrd THEN 'esrd' WHEN disabled THEN 'disabled'
         WHEN number < 120 THEN 'aged_dual' ELSE 'aged_nondual' END;
CREATE OR REPLACE TEMP MACRO specialty_of(is_home, slot, practice) AS
    CASE WHEN is_home
         THEN (['08', '11', '08', '11', '50', '97', '38', '01'])[1 + CAST(slot AS INTEGER)]
         ELSE (['06', '10', '13', '20', '26', '30', '39', '93', '69', '46', '83', '90'])[
             1 + CAST((practice * 5 + slot) % 12 AS INTEGER)] END;
