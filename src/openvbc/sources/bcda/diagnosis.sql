/* One row per diagnosis code of each version of each claim, the principal one first. A code that the
   claim gives twice counts once. Admitting diagnoses and a patient's reasons for a visit are no
   conclusions and are left in landing. */
WITH who AS (
    SELECT p.patient_id, coalesce(min(k.person_id), p.patient_id) AS person_id
    FROM (
        SELECT patient_id, identifier_type, identifier FROM landing.patient_identifier
        UNION SELECT patient_id, 'bluebutton_patient_id', patient_id FROM landing.eob
        UNION SELECT patient_id, 'bluebutton_patient_id', patient_id FROM landing.coverage
        UNION SELECT patient_id, 'mbi', subscriber_id FROM landing.coverage
    ) AS p
    LEFT JOIN earlier.person_identifier AS k USING (identifier_type, identifier)
    GROUP BY p.patient_id
),

claim AS (
    SELECT
        e.*,
        k.claim_type,
        coalesce(e.recorded_on, e.paid_date, e.created_on, TRY_CAST(e.claim_end_date AS DATE))
            AS effective_on,
        CASE
            WHEN e.status IN ('cancelled', 'entered-in-error') OR e.adjustment_type = '1'
                OR e.drug_adjustment = 'D'
                OR (e.adjustment_type IS NULL AND e.disposition = '03') THEN 'cancel'
            WHEN e.adjustment_type = '2' OR e.drug_adjustment = 'A'
                OR (e.adjustment_type IS NULL AND e.related_claim IS NOT NULL) THEN 'adjust'
            ELSE 'original'
        END AS version_type,
        concat_ws(
            ':', getvariable('data_source'), coalesce(e.eob_type, e.type_code), e.patient_id,
            coalesce(e.related_claim, e.control_number, e.claim_id)
        ) AS claim_key
    FROM landing.eob AS e
    LEFT JOIN map.claim_kind AS k ON k.code = coalesce(e.eob_type, e.type_code)
),

version AS (
    SELECT
        *,
        10 * date_diff('day', DATE '1900-01-01', effective_on)
        + CASE
            WHEN system_type = 'SharedSystem' THEN 0
            WHEN version_type = 'original' THEN 1
            WHEN version_type = 'cancel' THEN 2
            ELSE 3
        END AS version_number,
        CASE version_type WHEN 'cancel' THEN -1 ELSE 1 END AS sign
    FROM claim
),

coded AS (
    SELECT
        v.claim_key, v.version_number, v.patient_id, v.claim_end_date, d.code_type, d.code,
        d.present_on_admission, v.file_name, v.row_number, d.place,
        coalesce(list_contains(d.roles, 'principal'), false) AS is_principal
    FROM version AS v
    JOIN landing.eob_diagnosis AS d USING (file_name, number)
    WHERE d.code IS NULL
        OR coalesce(list_contains(d.roles, 'principal'), false)
        OR NOT coalesce(list_has_any(d.roles, ['admitting', 'patientreasonforvisit']), false)
),

first_given AS (
    SELECT *
    FROM coded
    QUALIFY row_number() OVER (
        PARTITION BY file_name, row_number, claim_key, version_number, code_type, code
        ORDER BY is_principal DESC, place
    ) = 1
)

SELECT
    f.claim_key,
    f.version_number,
    row_number() OVER (
        PARTITION BY f.file_name, f.row_number, f.claim_key, f.version_number
        ORDER BY f.is_principal DESC, f.place
    ) AS sequence,
    who.person_id,
    f.claim_end_date,
    f.code_type,
    f.code,
    f.present_on_admission,
    'CMS' AS payer,
    'Original Medicare' AS plan,
    'medicare' AS line_of_business,
    f.file_name,
    f.row_number
FROM first_given AS f
LEFT JOIN who USING (patient_id)
