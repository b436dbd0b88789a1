/* One row per procedure occurrence. The code is that of the source's concept, else
   of the standard concept, as the delivered vocabulary table names it; without either it is the
   concept's number. */
SELECT
    getvariable('data_source') || ':' || r.procedure_occurrence_id AS procedure_id,
    coalesce(own.person_id, getvariable('data_source') || ':' || r.person_id) AS person_id,
    getvariable('data_source') || ':' || r.visit_occurrence_id AS encounter_id,
    'procedure' AS record_type,
    'completed' AS status,
    r.procedure_date,
    coalesce(source.code_type, standard.code_type, 'omop-concept') AS code_type,
    CASE
        WHEN source.code IS NOT NULL THEN source.code
        WHEN standard.code IS NOT NULL THEN standard.code
        ELSE r.procedure_concept_id
    END AS code,
    provider.npi AS practitioner_npi,
    r.file_name,
    r.row_number
FROM landing.procedure_occurrence AS r
LEFT JOIN shared.own AS own ON own.omop_id = r.person_id
LEFT JOIN shared.concept AS source ON source.concept_id = nullif(r.procedure_source_concept_id, '0')
LEFT JOIN shared.concept AS standard ON standard.concept_id = nullif(r.procedure_concept_id, '0')
LEFT JOIN landing.provider AS provider ON provider.provider_id = r.provider_id
