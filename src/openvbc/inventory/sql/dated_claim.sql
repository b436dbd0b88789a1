-- One line of one version of one medical or drug claim; a version's day is the one that is asked for:
-- effective_on, or received_on where the variable `basis` says so.
-- It stands under the name medical_claim, so that the models superseded_version and final_claim say
-- of drug claims too, and of days of receipt, when a version stands.
SELECT
    data_source, payer, line_of_business, claim_type, person_id, claim_key, version_number,
    version_type, sign, debit_credit, denied,
    CASE getvariable('basis') WHEN 'received' THEN received_on ELSE effective_on END AS effective_on,
    received_on, claim_start_date, claim_end_date,
    COALESCE(billing_npi, rendering_npi, facility_npi) AS npi, billing_tin AS tin,
    rendering_npi, rendering_specialty_code, charge_cents, allowed_cents, paid_cents
FROM medical_line
UNION ALL
SELECT
    data_source, payer, line_of_business, 'pharmacy', person_id, 'pharmacy ' || claim_key,
    version_number, version_type, sign, FALSE, FALSE,
    CASE getvariable('basis') WHEN 'received' THEN received_on ELSE effective_on END,
    received_on, dispensing_date, dispensing_date,
    COALESCE(dispensing_npi, prescribing_npi), NULL,
    NULL, NULL, charge_cents, allowed_cents, paid_cents
FROM pharmacy_line
