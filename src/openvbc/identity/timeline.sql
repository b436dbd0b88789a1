/* One person's events, table by table. Every SELECT gives: kind, what happened, first and last day,
   code, cents, who did it, a note, the sensitive categories that it belongs to, and where it came
   from. A claim is one event: its last version, with the paid amount of its lines. */

-- coverage
SELECT
    'coverage' AS kind,
    concat_ws(' ', line_of_business, payer, plan) AS what,
    enrollment_start_date AS first_day,
    enrollment_end_date AS last_day,
    enrolment_type AS code,
    NULL AS cents,
    NULL AS who,
    NULL AS note,
    nullif(sensitivity, '') AS sensitivity,
    data_source, load_id, file_name, row_number
FROM eligibility
WHERE person_id = $person

-- claim
WITH sensitive AS (
    SELECT claim_key, string_agg(DISTINCT sensitivity, ';' ORDER BY sensitivity) AS sensitivity
    FROM (
        SELECT claim_key, sensitivity FROM medical_claim WHERE person_id = $person
        UNION ALL
        SELECT claim_key, sensitivity FROM diagnosis WHERE person_id = $person
        UNION ALL
        SELECT claim_key, sensitivity FROM procedure WHERE person_id = $person
    )
    WHERE sensitivity <> ''
    GROUP BY claim_key
),

version AS (
    SELECT
        claim_key,
        version_number,
        any_value(version_type) AS version_type,
        min(effective_on) AS effective_on,
        min(claim_type) AS claim_type,
        min(claim_start_date) AS first_day,
        max(claim_end_date) AS last_day,
        min(coalesce(drg_code, hcpcs_code)) AS code,
        CAST(sum(paid_cents) FILTER (WHERE denied IS NOT TRUE) AS BIGINT) AS cents,
        min(coalesce(facility_ccn, rendering_npi, billing_npi, facility_npi)) AS who,
        min(data_source) AS data_source,
        min(load_id) AS load_id,
        min(file_name) AS file_name,
        min(row_number) AS row_number
    FROM medical_claim
    WHERE person_id = $person
    GROUP BY claim_key, version_number
)

SELECT
    'claim' AS kind,
    claim_type AS what,
    first_day,
    last_day,
    code,
    CASE WHEN version_type <> 'cancel' THEN cents END AS cents,
    who,
    CASE
        WHEN version_type = 'cancel' THEN 'cancelled'
        WHEN count(*) OVER (PARTITION BY claim_key) > 1 THEN 'adjusted'
    END AS note,
    sensitivity,
    data_source, load_id, file_name, row_number
FROM version
LEFT JOIN sensitive USING (claim_key)
QUALIFY row_number() OVER (
    PARTITION BY claim_key ORDER BY effective_on DESC, version_number DESC
) = 1

-- drug claim
SELECT
    'drug claim' AS kind,
    'dispensed' AS what,
    dispensing_date AS first_day,
    NULL AS last_day,
    ndc_code AS code,
    CASE WHEN version_type <> 'cancel' THEN paid_cents END AS cents,
    prescribing_npi AS who,
    CASE WHEN version_type = 'cancel' THEN 'cancelled' END AS note,
    nullif(sensitivity, '') AS sensitivity,
    data_source, load_id, file_name, row_number
FROM pharmacy_claim
WHERE person_id = $person
QUALIFY rank() OVER (
    PARTITION BY claim_key ORDER BY effective_on DESC, version_number DESC
) = 1

-- encounter
SELECT
    'encounter' AS kind,
    concat_ws(', ', encounter_type, status) AS what,
    encounter_start_date AS first_day,
    encounter_end_date AS last_day,
    primary_diagnosis_code AS code,
    NULL AS cents,
    coalesce(facility_ccn, facility_npi, attending_npi) AS who,
    NULL AS note,
    nullif(sensitivity, '') AS sensitivity,
    data_source, load_id, file_name, row_number
FROM encounter
WHERE person_id = $person

-- condition
SELECT
    'condition' AS kind,
    concat_ws(', ', coalesce(condition_type, 'condition'), status) AS what,
    coalesce(onset_date, recorded_date) AS first_day,
    resolved_date AS last_day,
    code_type || ' ' || code AS code,
    NULL AS cents,
    NULL AS who,
    NULL AS note,
    nullif(sensitivity, '') AS sensitivity,
    data_source, load_id, file_name, row_number
FROM condition
WHERE person_id = $person

-- observation
SELECT
    'observation' AS kind,
    concat_ws(
        ' ',
        coalesce(category, 'observation') || ':',
        value_comparator,
        coalesce(trim(TRAILING '.' FROM trim(TRAILING '0' FROM CAST(value_number AS VARCHAR))), value_code, value_text),
        unit
    ) AS what,
    observation_date AS first_day,
    NULL AS last_day,
    code_type || ' ' || code AS code,
    NULL AS cents,
    performer_npi AS who,
    CASE WHEN status NOT IN ('final', 'amended', 'corrected') THEN status END AS note,
    nullif(sensitivity, '') AS sensitivity,
    data_source, load_id, file_name, row_number
FROM observation
WHERE person_id = $person

-- medication
SELECT
    'medication' AS kind,
    concat_ws(', ', record_type, status) AS what,
    coalesce(dispensing_date, prescribing_date) AS first_day,
    end_date AS last_day,
    code_type || ' ' || code AS code,
    NULL AS cents,
    practitioner_npi AS who,
    NULL AS note,
    nullif(sensitivity, '') AS sensitivity,
    data_source, load_id, file_name, row_number
FROM medication
WHERE person_id = $person

-- immunization
SELECT
    'immunization' AS kind,
    status AS what,
    occurrence_date AS first_day,
    NULL AS last_day,
    code_type || ' ' || code AS code,
    NULL AS cents,
    performer_npi AS who,
    NULL AS note,
    nullif(sensitivity, '') AS sensitivity,
    data_source, load_id, file_name, row_number
FROM immunization
WHERE person_id = $person

-- procedure
SELECT
    'procedure' AS kind,
    concat_ws(', ', record_type, status) AS what,
    procedure_date AS first_day,
    NULL AS last_day,
    code_type || ' ' || code AS code,
    NULL AS cents,
    practitioner_npi AS who,
    NULL AS note,
    nullif(sensitivity, '') AS sensitivity,
    data_source, load_id, file_name, row_number
FROM clinical_procedure
WHERE person_id = $person

-- activity
SELECT
    'activity' AS kind,
    concat_ws(', ', activity_type, outcome) AS what,
    activity_date AS first_day,
    NULL AS last_day,
    concat_ws(' ', programme, need) AS code,
    NULL AS cents,
    staff_id AS who,
    NULL AS note,
    nullif(sensitivity, '') AS sensitivity,
    data_source, load_id, file_name, row_number
FROM activity
WHERE person_id = $person

-- answer
SELECT
    'answer' AS kind,
    instrument || ': ' || coalesce(
        answer_text,
        answer_code,
        trim(TRAILING '.' FROM trim(TRAILING '0' FROM CAST(answer_number_value AS VARCHAR)))
    ) AS what,
    authored_date AS first_day,
    NULL AS last_day,
    item_code AS code,
    NULL AS cents,
    NULL AS who,
    NULL AS note,
    nullif(sensitivity, '') AS sensitivity,
    data_source, load_id, file_name, row_number
FROM questionnaire_answer
WHERE person_id = $person

-- payer list
SELECT
    'payer list' AS kind,
    report || ' ' || report_period || ': ' || status AS what,
    NULL AS first_day,
    NULL AS last_day,
    reason_code AS code,
    expenditure_cents AS cents,
    coalesce(npi, tin) AS who,
    NULL AS note,
    nullif(sensitivity, '') AS sensitivity,
    data_source, load_id, file_name, row_number
FROM reported_assignment
WHERE person_id = $person
