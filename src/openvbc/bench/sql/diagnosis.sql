-- The first diagnosis is the reason for the visit; a quarter of the others are what the person has.
-- Of the rest one in seven is a code that risk models know, the others are invented.
SELECT
    claim_key, version_number, CAST(sequence AS INTEGER) AS sequence, person_id,
    end_date AS claim_end_date, 'icd-10-cm' AS code_type,
    CASE WHEN sequence > 1 AND part(g, 1000, 100) < 25 AND len(codes) > 0
         THEN codes[1 + part(g, 1, len(codes))]
         WHEN part(g, 100000, 100) < 14
         THEN (getvariable('pool'))[1 + part(g, 10000000, getvariable('pool_size'))]
         ELSE 'Z' || lpad(CAST(floor(pow(uniform(g, 1000000000), 2.5) * 50000) AS BIGINT)::VARCHAR, 5, '0')
              || 'X'
         END AS code,
    CASE WHEN d.kind = 'inpatient' THEN 'Y' END AS present_on_admission,
    'bench' AS data_source, 'CMS' AS payer, 'Original Medicare' AS plan,
    'medicare' AS line_of_business, CAST(NULL AS VARCHAR) AS sensitivity,
    effective_on + 2 AS received_on, getvariable('load_id') AS load_id,
    'part.parquet' AS file_name, n * 1000 + k * 40 + sequence AS row_number
FROM (
    SELECT *, draw('diagnosis', (n * 100 + k) * 1000 + getvariable('month_number') * 41 + sequence) AS g
    FROM (SELECT *, unnest(range(1, diagnoses + 1)) AS sequence FROM claim_version)
) AS d
