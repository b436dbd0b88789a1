-- What the national figures are computed from: one row per person, year and enrolment type.
-- Variable: medical_claims, the file of medical claims just written.

INSERT INTO ledger
WITH delivered AS (
    SELECT person_id, claim_key, version_number, version_type, claim_end_date, bill_type_code,
           hcpcs_code, rendering_specialty_code, paid_cents - ime_cents - dsh_cents AS cents
    FROM read_parquet(getvariable('medical_claims'))
), replaced AS (
    SELECT claim_key, max(version_number) AS last_version FROM delivered
    WHERE version_number > 1 GROUP BY claim_key
), final AS (
    SELECT d.* FROM delivered d LEFT JOIN replaced r USING (claim_key)
    WHERE version_number = COALESCE(last_version, 1) AND version_type <> 'cancel'
), spent AS (
    SELECT n, year(claim_end_date) AS year,
           CASE WHEN claim_end_date >= change_on THEN type_then ELSE type_first END
               AS enrolment_type,
           sum(cents)::BIGINT AS cents,
           -- a primary-care service by a physician, or at a FQHC or RHC
           bool_or(cents > 0 AND (bill_type_code IN ('711', '771')
               OR (rendering_specialty_code IN ('01', '08', '11', '37', '38', '06', '12', '13',
                       '16', '23', '25', '26', '27', '29', '39', '46')
                   AND (hcpcs_code BETWEEN '99202' AND '99215'
                        OR hcpcs_code IN ('99495', 'G0439'))))) AS seen
    FROM final JOIN person USING (person_id)
    GROUP BY ALL
), months AS (
    SELECT n, year, enrolment_type,
           sum((year(till) - year(since)) * 12 + month(till) - month(since) + 1)
               FILTER (WHERE part_b AND NOT medicare_advantage) AS months,
           bool_or(NOT part_b OR medicare_advantage) AS not_covered
    FROM (SELECT s.*, y.year, greatest(s.first_day, y.first_day) AS since,
                 least(COALESCE(s.last_day, y.last_day), y.last_day) AS till
          FROM spell s JOIN calendar_year y
            ON s.first_day <= y.last_day AND COALESCE(s.last_day, y.last_day) >= y.first_day)
    GROUP BY ALL
)
SELECT m.n, m.year, m.enrolment_type, p.region, p.home_aco, m.months::BIGINT,
       COALESCE(s.cents, 0) AS cents,
       us_resident AND NOT other_program
           AND NOT bool_or(m.not_covered) OVER person_years
           AND COALESCE(bool_or(s.seen) OVER person_years, FALSE) AS assignable,
       demographic_e6(m.year - p.birth_year, p.is_female) + 1000 * y.score_e3
           + CASE m.enrolment_type WHEN 'esrd' THEN 600000 ELSE 0 END AS hcc_e6,
       demographic_e6(m.year - p.birth_year, p.is_female) AS demographic_e6
FROM months m
JOIN person p USING (n)
JOIN person_year y USING (n, year)
LEFT JOIN spent s USING (n, year, enrolment_type)
WHERE m.months > 0
WINDOW person_years AS (PARTITION BY m.n, m.year);
