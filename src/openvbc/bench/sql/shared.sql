-- What no bucket owns: clinicians and facilities.
CREATE OR REPLACE TEMP TABLE provider AS
SELECT npi_of(p.range, s.range) AS npi, 'PRACTICE ' || CAST(p.range AS VARCHAR) AS name,
       specialty_of(TRUE, s.range, p.range) AS specialty_code, tin_of(p.range) AS tin,
       i.*, p.range * 10 + s.range AS row_number
FROM range(getvariable('practices')) AS p CROSS JOIN range(8) AS s CROSS JOIN lineage AS i
ORDER BY npi;

CREATE OR REPLACE TEMP TABLE facility AS
SELECT ccn_of(p.range) AS ccn, 'FACILITY ' || CAST(p.range AS VARCHAR) AS name,
       (['hospital', 'cah', 'eta_hospital', 'fqhc', 'rhc', 'snf'])[1 + p.range % 6] AS facility_type,
       tin_of(p.range) AS tin, i.*, p.range AS row_number
FROM range(400) AS p CROSS JOIN lineage AS i
ORDER BY ccn;
