-- pharmacy_claim: one row per version of each fill; the NDC's labeler 99999 is nobody's.
SELECT claim_key, version_number, version_type, sign, effective_on,
       claim_id, claim_line_number, person_id, start_date AS dispensing_date,
       concat('99999', hcpcs_code, '01') AS ndc_code,
       units::DECIMAL(18,3) AS quantity, least(units, 90)::INTEGER AS days_supply,
       npi(home, n % 5) AS prescribing_npi, billing_npi AS dispensing_npi,
       effective_on AS paid_date,
       ratio(total_cents * 13, 10)::BIGINT AS charge_cents,
       ratio(total_cents * factor_e3, 1000)::BIGINT AS allowed_cents,
       ratio(total_cents * factor_e3 * paid_e3, 1000000)::BIGINT AS paid_cents,
       'synthetic' AS data_source, 'CMS' AS payer, 'Medicare Part D' AS plan,
       'medicare' AS line_of_business, NULL::VARCHAR AS sensitivity,
       effective_on + 1 + (version_e4 % 5)::INTEGER AS received_on
FROM claim_version JOIN line USING (service, variant)
WHERE service = 'drug'
ORDER BY version_order
