-- diagnosis: the reason for the claim, then up to two of the person's chronic conditions.
WITH coded AS (
    SELECT claim_key, version_number, 1 AS sequence, version_order, person_id, service,
           end_date, diagnosis AS code, effective_on, version_e4
    FROM claim_version WHERE diagnosis IS NOT NULL
    UNION ALL
    SELECT claim_key, version_number, 2 + pick, version_order, person_id, service, end_date, c.code,
           effective_on, version_e4
    FROM claim_version v
    JOIN service s USING (service)
    CROSS JOIN (VALUES (0), (1)) AS picks(pick)
    JOIN person_condition c
      ON c.n = v.n AND c.year = v.year AND c.position = (version_e4 + pick) % v.conditions
    WHERE codes_conditions AND pick < v.conditions
)
SELECT claim_key, version_number, sequence, person_id,
       end_date AS claim_end_date, 'icd-10-cm' AS code_type, code,
       CASE WHEN service = 'inpatient' THEN 'Y' END AS present_on_admission,
       'synthetic' AS data_source, 'CMS' AS payer, 'Original Medicare' AS plan,
       'medicare' AS line_of_business,
       CASE WHEN code LIKE 'F11%' THEN '42 CFR Part 2' END AS sensitivity,
       effective_on + 1 + (version_e4 % 5)::INTEGER AS received_on
FROM coded
ORDER BY version_order, sequence
