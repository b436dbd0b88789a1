/* One row per condition occurrence. The code is that of the source's concept, else
   of the standard concept, as the delivered vocabulary table names it; without either it is the
   concept's number. */
SELECT
    getvariable('data_source') || ':' || r.condition_occurrence_id AS condition_id,
    coalesce(own.person_id, getvariable('data_source') || ':' || r.person_id) AS person_id,
    getvariable('data_source') || ':' || r.visit_occurrence_id AS encounter_id,
    'encounter diagnosis' AS condition_type,
    CASE WHEN r.condition_end_date IS NULL THEN 'active' ELSE 'resolved' END AS status,
    r.condition_start_date AS recorded_date,
    r.condition_start_date AS onset_date,
    r.condition_end_date AS resolved_date,
    coalesce(source.code_type, standard.code_type, 'omop-concept') AS code_type,
    CASE
        WHEN source.code IS NOT NULL THEN upper(replace(source.code, '.', ''))
        WHEN standard.code IS NOT NULL THEN upper(replace(standard.code, '.', ''))
        ELSE r.condition_concept_id
    END AS code,
    r.file_name,
    r.row_number
FROM landing.condition_occurrence AS r
LEFT JOIN shared.own AS own ON own.omop_id = r.person_id
LEFT JOIN shared.concept AS source ON source.concept_id = nullif(r.condition_source_concept_id, '0')
LEFT JOIN shared.concept AS standard ON standard.concept_id = nullif(r.condition_concept_id, '0')
