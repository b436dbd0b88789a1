/* One row per drug exposure that is no immunization. The code is that of the source's concept, else
   of the standard concept, as the delivered vocabulary table names it; without either it is the
   concept's number. */
SELECT
    getvariable('data_source') || ':' || r.drug_exposure_id AS medication_id,
    coalesce(own.person_id, getvariable('data_source') || ':' || r.person_id) AS person_id,
    getvariable('data_source') || ':' || r.visit_occurrence_id AS encounter_id,
    CASE r.drug_type_concept_id
        WHEN '38000175' THEN 'dispense'
        WHEN '38000176' THEN 'dispense'
        WHEN '38000177' THEN 'request'
        WHEN '38000179' THEN 'administration'
        WHEN '38000180' THEN 'administration'
        ELSE 'statement'
    END AS record_type,
    CAST(NULL AS VARCHAR) AS status,
    r.drug_exposure_start_date AS prescribing_date,
    CASE WHEN r.drug_type_concept_id IN ('38000175', '38000176') THEN r.drug_exposure_start_date END
        AS dispensing_date,
    r.drug_exposure_end_date AS end_date,
    coalesce(source.code_type, standard.code_type, 'omop-concept') AS code_type,
    CASE
        WHEN source.code IS NOT NULL THEN source.code
        WHEN standard.code IS NOT NULL THEN standard.code
        ELSE r.drug_concept_id
    END AS code,
    r.quantity,
    r.days_supply,
    provider.npi AS practitioner_npi,
    r.file_name,
    r.row_number
FROM landing.drug_exposure AS r
LEFT JOIN shared.own AS own ON own.omop_id = r.person_id
LEFT JOIN shared.concept AS source ON source.concept_id = nullif(r.drug_source_concept_id, '0')
LEFT JOIN shared.concept AS standard ON standard.concept_id = nullif(r.drug_concept_id, '0')
LEFT JOIN landing.provider AS provider ON provider.provider_id = r.provider_id
WHERE coalesce(source.code_type, standard.code_type, '') <> 'cvx'
