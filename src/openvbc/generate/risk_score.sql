-- risk_score: raw scores divided by the national mean of the year and enrolment type, weighted
-- by months, over the assignable people, so that the national mean is 1. Sorted before the wide
-- constant columns are added: it is the longest table that is written in one piece.
WITH mean AS (
    SELECT year, enrolment_type, sum(months) AS months,
           sum(hcc_e6 * months) AS hcc, sum(demographic_e6 * months) AS demographic
    FROM ledger WHERE assignable GROUP BY year, enrolment_type
), score AS (
    SELECT n, year::INTEGER AS year, enrolment_type, model,
           CASE model
               WHEN 'hcc' THEN ratio(hcc_e6::HUGEINT * 1000000000 * mean.months, hcc)
               ELSE ratio(demographic_e6::HUGEINT * 1000000000 * mean.months, demographic)
           END::BIGINT AS score_e9
    FROM ledger JOIN mean USING (year, enrolment_type)
    CROSS JOIN (VALUES ('hcc'), ('demographic')) AS models(model)
    ORDER BY n, year, enrolment_type, model
)
SELECT person_name(n) AS person_id, year, enrolment_type, model, score_e9,
       'synthetic' AS data_source, 'CMS' AS payer, 'Original Medicare' AS plan,
       'medicare' AS line_of_business, NULL::VARCHAR AS sensitivity,
       getvariable('data_through') AS received_on
FROM score
