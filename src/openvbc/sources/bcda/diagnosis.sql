/* One row per diagnosis code of each version of each claim, the principal one first. A code that the
   claim gives twice counts once. Admitting diagnoses and a patient's reasons for a visit are no
   conclusions and are left in landing. */
WITH coded AS (
    SELECT
        v.claim_key, v.version_number, v.patient_id, v.claim_end_date, v.sensitivity, d.code_type, d.code,
        d.present_on_admission, v.file_name, v.row_number, d.place,
        coalesce(list_contains(d.roles, 'principal'), false) AS is_principal
    FROM shared.version AS v
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
    f.sensitivity,
    f.file_name,
    f.row_number
FROM first_given AS f
LEFT JOIN shared.who AS who USING (patient_id)
