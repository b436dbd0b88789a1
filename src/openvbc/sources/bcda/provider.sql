/* One row per NPI that bills or renders, with the name, specialty and taxpayer number that its claims
   give; where they give several, the first in the alphabet. */
WITH seen AS (
    SELECT billing_npi AS npi, billing_name AS name, NULL AS specialty_code,
           billing_tax_number AS tin, file_name, row_number
    FROM landing.eob
    UNION ALL
    SELECT rendering_npi, NULL, specialty_code, tax_number, file_name, row_number
    FROM landing.eob_line
)

SELECT
    npi,
    min(name) AS name,
    min(specialty_code) AS specialty_code,
    min(tin) AS tin,
    'medicare' AS line_of_business,
    min({'file_name': file_name, 'row_number': row_number}).file_name AS file_name,
    min({'file_name': file_name, 'row_number': row_number}).row_number AS row_number
FROM seen
WHERE npi IS NOT NULL
GROUP BY npi
