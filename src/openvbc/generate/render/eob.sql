-- One row per version of each claim of one part, with its lines, diagnoses and procedures.
-- Variables: the Parquet files of the part, and seed, which decides the order of the resources.
WITH line AS (
    SELECT person_id, claim_key, version_number, version_type, effective_on, claim_id, claim_type,
           claim_start_date, claim_end_date, admission_date, discharge_date,
           discharge_disposition_code, bill_type_code, drg_code, billing_npi, facility_ccn,
           paid_date, received_on, ime_cents, dsh_cents, paid_cents, charge_cents, denied,
           {'number': claim_line_number, 'first_day': claim_line_start_date,
            'last_day': claim_line_end_date, 'place': place_of_service_code,
            'revenue': revenue_center_code, 'units': service_unit_quantity, 'code': hcpcs_code,
            'modifiers': [hcpcs_modifier_1, hcpcs_modifier_2],
            'days': NULL::INTEGER, 'npi': rendering_npi,
            'specialty': rendering_specialty_code, 'tin': billing_tin, 'ndc': NULL::VARCHAR,
            'charge': charge_cents, 'allowed': allowed_cents, 'paid': paid_cents,
            'drug_cost': NULL::BIGINT, 'denied': denied} AS line
    FROM read_parquet(getvariable('medical_claims'))
    UNION ALL
    SELECT person_id, claim_key, version_number, version_type, effective_on, claim_id, 'pharmacy',
           dispensing_date, dispensing_date, NULL, NULL, NULL, NULL, NULL, dispensing_npi, NULL,
           paid_date, received_on, NULL, NULL, paid_cents, NULL, false,
           {'number': claim_line_number, 'first_day': dispensing_date, 'last_day': dispensing_date,
            'place': NULL, 'revenue': NULL, 'units': quantity, 'code': NULL,
            'modifiers': [], 'days': days_supply, 'npi': prescribing_npi, 'specialty': NULL,
            'tin': NULL, 'ndc': ndc_code, 'charge': NULL, 'allowed': NULL, 'paid': paid_cents,
            'drug_cost': allowed_cents, 'denied': false}
    FROM read_parquet(getvariable('pharmacy_claims'))
), claim AS (
    SELECT person_id, claim_key, version_number, version_type, effective_on, claim_id, claim_type,
           claim_start_date, claim_end_date, admission_date, discharge_date,
           discharge_disposition_code, bill_type_code, drg_code, billing_npi, facility_ccn,
           paid_date, received_on, sum(ime_cents)::BIGINT AS ime, sum(dsh_cents)::BIGINT AS dsh,
           sum(paid_cents)::BIGINT AS paid, sum(charge_cents)::BIGINT AS charge,
           bool_and(denied) AS denied, list(line ORDER BY line.number) AS lines
    FROM line GROUP BY ALL
), diagnosed AS (
    SELECT claim_key, version_number,
           list({'code': code, 'present': present_on_admission} ORDER BY sequence) AS diagnoses
    FROM read_parquet(getvariable('diagnoses')) GROUP BY ALL
), operated AS (
    SELECT claim_key, version_number,
           list({'code': code, 'day': procedure_date} ORDER BY sequence) AS procedures
    FROM read_parquet(getvariable('procedures')) GROUP BY ALL
)
SELECT c.*, d.diagnoses, o.procedures, p.name AS billing_name,
       c.version_number = max(c.version_number) OVER (PARTITION BY claim_key) AS is_last
FROM claim c
LEFT JOIN diagnosed d USING (claim_key, version_number)
LEFT JOIN operated o USING (claim_key, version_number)
LEFT JOIN provider p ON p.npi = c.billing_npi
ORDER BY md5(concat(getvariable('seed'), '|', claim_id))
