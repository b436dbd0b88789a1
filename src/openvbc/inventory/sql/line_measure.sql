-- Counts of standing claim lines by source, payer, line of business, claim type and month of care.
SELECT
    data_source, COALESCE(payer, '') AS payer, COALESCE(line_of_business, '') AS line_of_business,
    claim_type, month,
    COUNT(*) AS lines,
    COUNT(npi) AS with_npi,
    COUNT(rendering_npi) AS with_clinician,
    COUNT(rendering_npi) FILTER (COALESCE(rendering_specialty_code, specialty_code) IS NOT NULL)
        AS with_specialty,
    COUNT(*) FILTER (REGEXP_FULL_MATCH(npi, '[0-9]{10}')) AS npi_well_formed,
    COUNT(tin) AS with_tin,
    COUNT(allowed_cents) AS with_allowed,
    COUNT(*) FILTER (COALESCE(paid_cents, 0) <= allowed_cents) AS paid_within_allowed,
    COUNT(charge_cents) FILTER (allowed_cents IS NOT NULL) AS with_charge,
    COUNT(*) FILTER (allowed_cents <= charge_cents) AS allowed_within_charge,
    COUNT(*) FILTER (claim_end_date > received_on OR effective_on > received_on) AS after_receipt
FROM standing_line
LEFT JOIN (
    SELECT npi AS rendering_npi, MIN(specialty_code) AS specialty_code FROM provider GROUP BY npi
) AS known USING (rendering_npi)
GROUP BY ALL
