-- The tables of state of one bucket, as temporary tables of their names.
CREATE OR REPLACE TEMP TABLE lineage AS
SELECT 'bench' AS data_source, 'CMS' AS payer, 'Original Medicare' AS plan,
       'medicare' AS line_of_business, CAST(NULL AS VARCHAR) AS sensitivity,
       getvariable('data_through') AS received_on, getvariable('load_id') AS load_id,
       'part.parquet' AS file_name;

CREATE OR REPLACE TEMP TABLE person AS
SELECT person_id, CAST(getvariable('bucket') AS INTEGER) AS bucket, birth_date, sex,
       CAST(NULL AS VARCHAR) AS race, death_date, 'OH' AS state,
       '39' || lpad(CAST(county AS VARCHAR), 3, '0') AS county_fips, n % 500 <> 7 AS us_resident,
       i.*, n AS row_number
FROM life CROSS JOIN lineage AS i ORDER BY person_id;

CREATE OR REPLACE TEMP TABLE eligibility AS
WITH spell AS (
    SELECT n, person_id, covered_from AS first_day,
           CASE WHEN advantage THEN make_date(getvariable('first_year'), 12, 31) ELSE death_date END AS last_day,
           FALSE AS medicare_advantage, enrolment_type, disabled, esrd
    FROM life
    UNION ALL
    SELECT n, person_id, make_date(getvariable('first_year') + 1, 1, 1),
           make_date(getvariable('first_year') + 1, 12, 31), TRUE, enrolment_type, disabled, esrd
    FROM life WHERE advantage
    UNION ALL
    SELECT n, person_id, make_date(getvariable('first_year') + 2, 1, 1), death_date, FALSE,
           enrolment_type, disabled, esrd
    FROM life WHERE advantage
)
SELECT person_id, person_id AS member_id, first_day AS enrollment_start_date,
       last_day AS enrollment_end_date, TRUE AS part_a, n % 100 <> 3 AS part_b, medicare_advantage,
       n % 250 = 9 AS other_program, enrolment_type,
       CASE WHEN esrd THEN '2' WHEN disabled THEN '1' ELSE '0' END AS original_reason_entitlement_code,
       CASE WHEN enrolment_type = 'aged_dual' THEN '02' ELSE '00' END AS dual_status_code,
       CASE WHEN esrd THEN '31' WHEN disabled THEN '20' ELSE '10' END AS medicare_status_code,
       i.*, n AS row_number
FROM spell CROSS JOIN lineage AS i
WHERE last_day IS NULL OR last_day >= first_day
UNION ALL
SELECT person_id, 'X' || person_id, covered_from, death_date, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, data_source, 'Example Mutual', 'Group retiree', 'commercial', sensitivity,
       received_on, load_id, file_name, n
FROM life CROSS JOIN lineage WHERE retiree AND (death_date IS NULL OR death_date >= covered_from)
ORDER BY person_id, payer, enrollment_start_date;

CREATE OR REPLACE TEMP TABLE risk_score AS
SELECT person_id, CAST(y.range AS INTEGER) AS year, enrolment_type, m.model,
       CAST((0.4 + care / 2 + 0.08 * conditions + m.more) * 1000000 AS BIGINT) * 1000 AS score_e9,
       i.*, n AS row_number
FROM life
CROSS JOIN range(getvariable('first_year') - 1, getvariable('first_year') + 3) AS y
CROSS JOIN (VALUES ('hcc', 0.1), ('demographic', 0.0)) AS m(model, more)
CROSS JOIN lineage AS i
ORDER BY person_id, year, enrolment_type, model;

CREATE OR REPLACE TEMP TABLE voluntary_alignment AS
SELECT person_id, npi_of(practice, 1) AS npi, tin_of(practice) AS tin,
       make_date(getvariable('first_year'), 12, 1) AS valid_from, CAST(NULL AS DATE) AS valid_to,
       i.*, n AS row_number
FROM life CROSS JOIN lineage AS i WHERE n % 250 = 4 ORDER BY person_id, valid_from;
