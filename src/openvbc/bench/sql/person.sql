-- One row a person of one bucket, in the order of person_id.
-- Variables: people, buckets, bucket, practices, first_year, last_day.
CREATE OR REPLACE TEMP TABLE drawn AS
WITH numbered AS (
    SELECT range AS n, person_name(range) AS person_id, draw('life', range) AS h, draw('more', range) AS g
    FROM range(getvariable('people'))
    WHERE CAST('0x' || substr(md5(person_name(range)), 1, 8) AS BIGINT) % getvariable('buckets')
        = getvariable('bucket')
), typed AS (
    SELECT *, part(g, 1, 1000) < 110 AS disabled, part(g, 1000, 1000) < 10 AS esrd FROM numbered
)
SELECT
    n, person_id, disabled, esrd,
    dated_type(part(h, 1, 1000), disabled, esrd) AS enrolment_type,
    CASE WHEN part(h, 1000, 100) < 55 THEN 'female' ELSE 'male' END AS sex,
    make_date(getvariable('first_year') - CASE WHEN disabled OR esrd THEN 35 ELSE 66 END
              - part(h, 100000, 27), 1 + part(h, 10000000, 12), 1 + part(h, 100000000, 28)) AS birth_date,
    CASE WHEN part(g, 1000000, 1000) < 110
         THEN make_date(getvariable('first_year'), 2, 1)
              + CAST(part(g, 1000000000, 1060) AS INTEGER) END AS death_date,
    -- 3 % enter within the years, 2 % spend a year in Medicare Advantage
    CASE WHEN part(g, 10000000, 100) < 3
         THEN make_date(getvariable('first_year') + 1, 1 + part(g, 100000000, 12), 1)
         ELSE make_date(getvariable('first_year') - 3, 1, 1) END AS covered_from,
    part(h, 10000000000, 100) < 2 AS advantage,
    part(h, 100000000000, 1000) < 40 AS retiree,
    part(g, 10000000000, getvariable('practices')) AS practice,
    part(h, 10000000, 999) + 1 AS county,
    -- chronic conditions (0 to 11) and how much care: a third of the people have most of it
    CAST(floor(pow(uniform(h, 1000000000000), 1.6) * 12) AS BIGINT) AS conditions,
    0.25 + 3.0 * pow(uniform(g, 1000000000000), 3) AS care
FROM typed
ORDER BY n;

-- With the codes of what the person has, for good.
CREATE OR REPLACE TEMP TABLE life AS
WITH chronic AS (
    SELECT n, CAST(floor(pow(uniform(draw('chronic', n * 100 + k.range), 7), 2.2)
                         * (SELECT count(*) FROM mapped_code)) AS BIGINT) AS code_place
    FROM drawn JOIN range(12) AS k ON k.range < conditions
), coded AS (
    SELECT n, list(code ORDER BY code) AS codes FROM chronic JOIN mapped_code USING (code_place) GROUP BY n
)
SELECT d.*, COALESCE(c.codes, []) AS codes
FROM drawn AS d LEFT JOIN coded AS c USING (n) ORDER BY n;
DROP TABLE drawn;
