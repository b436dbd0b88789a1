/* One row per line of each version of a claim that this load adds. A remittance (835) makes a version
   that stands from its payment day, with the claim (837) that it answers found by control number and
   payee, whichever came first; a claim that no remittance answers yet stands as submitted, with
   nothing paid or allowed.
   Allowed is AMT*B6, else paid plus the patient's share. */
WITH adjusted AS (
    SELECT
        file_key,
        claim_row,
        coalesce(line_ordinal, 0) AS ordinal,
        coalesce(sum(amount_cents) FILTER (WHERE group_code = 'PR'), 0) AS patient_cents,
        -- 253: sequestration lowers what is paid, not what is allowed
        coalesce(sum(amount_cents) FILTER (WHERE reason_code = '253'), 0) AS sequestered_cents,
        count(*) FILTER (
            WHERE reason_code IN (SELECT reason_code FROM map.priced_adjustment)
        ) AS priced
    FROM history.adjustment AS a
    SEMI JOIN shared.version AS v ON a.file_key = v.remit_file AND a.claim_row = v.remit_row
    GROUP BY file_key, claim_row, coalesce(line_ordinal, 0)
),

claim_adjusted AS (
    SELECT
        file_key,
        claim_row,
        sum(patient_cents) AS patient_cents,
        sum(sequestered_cents) AS sequestered_cents,
        sum(priced) AS priced
    FROM adjusted
    GROUP BY file_key, claim_row
),

remitted AS (
    SELECT
        l.file_key,
        l.claim_row,
        l.ordinal,
        l.line_control,
        l.procedure_code,
        l.modifier_1,
        l.modifier_2,
        l.revenue_code,
        l.units,
        l.first_day,
        coalesce(l.last_day, l.first_day) AS last_day,
        l.rendering_npi,
        l.charge_cents,
        l.paid_cents,
        coalesce(
            l.allowed_cents,
            l.paid_cents + coalesce(a.patient_cents, 0) + coalesce(a.sequestered_cents, 0)
        ) AS allowed_cents,
        coalesce(a.priced, 0) AS priced
    FROM history.remitted_line AS l
    SEMI JOIN shared.version AS v ON l.file_key = v.remit_file AND l.claim_row = v.remit_row
    LEFT JOIN adjusted AS a
        ON l.file_key = a.file_key AND l.claim_row = a.claim_row AND l.ordinal = a.ordinal
),

answered AS (
    SELECT
        r.file_key,
        r.claim_row,
        sum(l.paid_cents) AS line_paid_cents,
        count(l.ordinal) AS lines,
        min(l.first_day) AS first_day,
        max(l.last_day) AS last_day,
        count(l.revenue_code) AS revenue_codes
    FROM shared.remitted_claim AS r
    LEFT JOIN remitted AS l ON r.file_key = l.file_key AND r.claim_row = l.claim_row
    GROUP BY r.file_key, r.claim_row
),

line AS (
    -- a remittance with lines: its lines, with what the 837 says of each
    SELECT
        v.*,
        l.ordinal AS line,
        d.row_number AS detail_row,
        l.charge_cents,
        l.paid_cents,
        l.allowed_cents,
        l.priced,
        l.procedure_code,
        l.modifier_1,
        l.modifier_2,
        l.revenue_code,
        l.units,
        l.first_day,
        l.last_day,
        l.rendering_npi
    FROM shared.version AS v
    INNER JOIN remitted AS l ON v.remit_file = l.file_key AND v.remit_row = l.claim_row
    LEFT JOIN history.claim_line AS d
        ON v.claim_file = d.file_key
        AND v.claim_row = d.claim_row
        AND CASE
            WHEN l.line_control IS NULL THEN d.line_number = l.ordinal
            ELSE coalesce(d.line_control, CAST(d.line_number AS VARCHAR)) = l.line_control
        END
    QUALIFY row_number() OVER (
        PARTITION BY v.claim_key, v.remit_file, v.remit_row, l.ordinal
        ORDER BY d.line_number = l.ordinal DESC NULLS LAST, d.line_number
    ) = 1
    UNION ALL
    -- a remittance of the claim as a whole, or none yet: the lines of the 837
    SELECT
        v.*,
        row_number() OVER (
            PARTITION BY v.claim_key, v.claim_file, v.claim_row, v.remit_file, v.remit_row
            ORDER BY d.line_number
        ),
        d.row_number,
        d.charge_cents * CASE WHEN r.status_code = '22' THEN -1 ELSE 1 END,
        0,
        CASE WHEN v.remit_row IS NOT NULL THEN 0 END,
        0,
        d.procedure_code,
        d.modifier_1,
        d.modifier_2,
        d.revenue_code,
        d.units,
        d.first_day,
        d.last_day,
        d.rendering_npi
    FROM shared.version AS v
    INNER JOIN history.claim_line AS d ON v.claim_file = d.file_key AND v.claim_row = d.claim_row
    LEFT JOIN shared.remitted_claim AS r
        ON v.remit_file = r.file_key AND v.remit_row = r.claim_row
    LEFT JOIN answered AS a ON v.remit_file = a.file_key AND v.remit_row = a.claim_row
    WHERE coalesce(a.lines, 0) = 0
    UNION ALL
    -- a remittance of the claim as a whole, and no 837
    SELECT
        v.*,
        1,
        CAST(NULL AS BIGINT),
        r.charge_cents,
        0,
        0,
        0,
        CAST(NULL AS VARCHAR),
        CAST(NULL AS VARCHAR),
        CAST(NULL AS VARCHAR),
        CAST(NULL AS VARCHAR),
        CAST(NULL AS VARCHAR),
        CAST(NULL AS DATE),
        CAST(NULL AS DATE),
        CAST(NULL AS VARCHAR)
    FROM shared.version AS v
    INNER JOIN shared.remitted_claim AS r
        ON v.remit_file = r.file_key AND v.remit_row = r.claim_row
    INNER JOIN answered AS a ON v.remit_file = a.file_key AND v.remit_row = a.claim_row
    WHERE a.lines = 0 AND v.claim_row IS NULL
),

-- amounts of a reversal are delivered below zero; stored amounts are unsigned
amount AS (
    SELECT
        l.*,
        CASE WHEN r.status_code = '22' THEN -1 ELSE 1 END AS factor,
        l.paid_cents
        + CASE WHEN l.line = 1
            THEN coalesce(r.paid_cents - coalesce(a.line_paid_cents, 0), 0) ELSE 0 END
            AS whole_paid_cents,
        l.allowed_cents
        + CASE WHEN l.line = 1 AND a.lines = 0
            THEN coalesce(
                r.allowed_cents,
                r.paid_cents + coalesce(w.patient_cents, 0) + coalesce(w.sequestered_cents, 0)
            )
            ELSE 0 END
            AS whole_allowed_cents,
        r.status_code,
        r.file_name AS remitted_file,
        r.payment_day,
        r.facility_code AS remitted_facility_code,
        r.frequency_code AS remitted_frequency_code,
        r.drg_code AS remitted_drg_code,
        r.payee_npi,
        r.payee_tin,
        r.rendering_npi AS remitted_rendering_npi,
        r.claim_number AS remitted_number,
        CASE WHEN l.line = 1 THEN r.ime_cents END AS ime_cents,
        CASE WHEN l.line = 1 THEN r.dsh_cents END AS dsh_cents,
        coalesce(r.statement_first_day, a.first_day) AS remitted_first_day,
        coalesce(r.statement_last_day, a.last_day, r.statement_first_day) AS remitted_last_day,
        l.priced > 0 OR (a.lines = 0 AND coalesce(w.priced, 0) > 0) AS is_priced,
        CASE
            WHEN a.revenue_codes > 0 OR r.drg_code IS NOT NULL THEN 'institutional'
            ELSE 'professional'
        END AS remitted_claim_type
    FROM line AS l
    LEFT JOIN shared.remitted_claim AS r
        ON l.remit_file = r.file_key AND l.remit_row = r.claim_row
    LEFT JOIN answered AS a ON l.remit_file = a.file_key AND l.remit_row = a.claim_row
    LEFT JOIN claim_adjusted AS w ON l.remit_file = w.file_key AND l.remit_row = w.claim_row
)

SELECT
    a.claim_key,
    a.version_number,
    a.version_type,
    CASE a.version_type WHEN 'cancel' THEN -1 ELSE 1 END AS sign,
    a.effective_on,
    coalesce(a.remitted_number, c.claim_number) AS claim_id,
    CAST(a.line AS INTEGER) AS claim_line_number,
    CASE
        WHEN c.billing_taxonomy LIKE '332B%' THEN 'dme'
        ELSE coalesce(c.claim_type, a.remitted_claim_type)
    END AS claim_type,
    a.person_id,
    coalesce(s.first_day, a.remitted_first_day) AS claim_start_date,
    coalesce(s.last_day, a.remitted_last_day) AS claim_end_date,
    coalesce(d.first_day, a.first_day, s.first_day, a.remitted_first_day) AS claim_line_start_date,
    coalesce(d.last_day, a.last_day, s.last_day, a.remitted_last_day) AS claim_line_end_date,
    c.admission_day AS admission_date,
    -- 30 is still a patient
    CASE
        WHEN c.admission_day IS NOT NULL AND c.discharge_status <> '30' THEN c.statement_last_day
    END AS discharge_date,
    c.discharge_status AS discharge_disposition_code,
    CASE
        WHEN coalesce(c.claim_type, a.remitted_claim_type) = 'professional'
            THEN coalesce(d.place_of_service, c.facility_code, a.remitted_facility_code)
    END AS place_of_service_code,
    CASE
        WHEN coalesce(c.claim_type, a.remitted_claim_type) = 'institutional'
            THEN coalesce(
                c.facility_code || c.frequency_code,
                a.remitted_facility_code || a.remitted_frequency_code
            )
    END AS bill_type_code,
    coalesce(c.drg_code, a.remitted_drg_code) AS drg_code,
    coalesce(d.revenue_code, a.revenue_code) AS revenue_center_code,
    CAST(coalesce(d.units, a.units) AS DECIMAL(18, 3)) AS service_unit_quantity,
    coalesce(a.procedure_code, d.procedure_code) AS hcpcs_code,
    coalesce(a.modifier_1, d.modifier_1) AS hcpcs_modifier_1,
    coalesce(a.modifier_2, d.modifier_2) AS hcpcs_modifier_2,
    coalesce(d.rendering_npi, c.rendering_npi, a.rendering_npi, a.remitted_rendering_npi)
        AS rendering_npi,
    t.specialty_code AS rendering_specialty_code,
    coalesce(c.billing_npi, a.payee_npi) AS billing_npi,
    coalesce(c.billing_tin, a.payee_tin) AS billing_tin,
    CASE
        WHEN coalesce(c.claim_type, a.remitted_claim_type) = 'institutional'
            THEN coalesce(c.billing_npi, a.payee_npi)
    END AS facility_npi,
    CASE
        WHEN c.claim_type = 'institutional' AND length(c.payer_assigned_number) = 6
            THEN c.payer_assigned_number
    END AS facility_ccn,
    a.payment_day AS paid_date,
    a.factor * a.charge_cents AS charge_cents,
    CAST(a.factor * a.whole_allowed_cents AS BIGINT) AS allowed_cents,
    CAST(a.factor * a.whole_paid_cents AS BIGINT) AS paid_cents,
    a.factor * a.ime_cents AS ime_cents,
    a.factor * a.dsh_cents AS dsh_cents,
    a.status_code = '4'
    OR (a.whole_allowed_cents = 0 AND a.charge_cents <> 0 AND NOT a.is_priced) AS denied,
    a.payer,
    a.plan,
    f.line_of_business,
    coalesce(a.remitted_file, c.file_name) AS file_name,
    coalesce(a.remit_row, a.detail_row, a.claim_row) AS row_number
FROM amount AS a
LEFT JOIN shared.claim AS c ON a.claim_file = c.file_key AND a.claim_row = c.claim_row
LEFT JOIN shared.claim_day AS s ON a.claim_file = s.file_key AND a.claim_row = s.claim_row
LEFT JOIN history.claim_line AS d ON a.claim_file = d.file_key AND a.detail_row = d.row_number
LEFT JOIN map.taxonomy AS t
    ON coalesce(d.rendering_taxonomy, c.rendering_taxonomy) = t.taxonomy_code
    AND c.claim_type = 'professional'
LEFT JOIN map.claim_filing AS f ON a.filing_code = f.filing_code
