-- procedure: the principal procedure of an inpatient stay.
SELECT claim_key, version_number, 1 AS sequence, person_id,
       end_date AS claim_end_date, 'icd-10-pcs' AS code_type, procedure AS code,
       least(start_date + 1, end_date) AS procedure_date,
       'synthetic' AS data_source, 'CMS' AS payer, 'Original Medicare' AS plan,
       'medicare' AS line_of_business, NULL::VARCHAR AS sensitivity,
       effective_on + 1 + (version_e4 % 5)::INTEGER AS received_on
FROM claim_version WHERE procedure IS NOT NULL
ORDER BY version_order
