/* One row per line of each version of a claim. A remittance (835) makes a version that stands from
   its payment day, with the claim (837) that it answers found by control number and payee; a claim
   that no remittance of this load answers stands as submitted, with nothing paid or allowed yet.
   Allowed is AMT*B6, else paid plus the patient's share. */
WITH earlier_identity AS (
    SELECT identifier, min(person_id) AS person_id
    FROM earlier.person_identifier
    GROUP BY identifier
),

identity AS (
    SELECT
        n.identifier,
        min(coalesce(e.person_id, n.person_key)) AS person_id
    FROM (
        SELECT member_id AS identifier, person_key FROM landing.member
        UNION
        SELECT subscriber_id, person_key FROM landing.member WHERE relationship_code = '18'
        UNION
        SELECT medicare_id, person_key FROM landing.member
    ) AS n
    LEFT JOIN earlier_identity AS e ON n.person_key = e.identifier
    WHERE n.identifier IS NOT NULL
    GROUP BY n.identifier
),

replaced AS (
    SELECT payee_npi, payer_claim_number, min(claim_number) AS claim_number
    FROM landing.remitted_claim
    WHERE payer_claim_number IS NOT NULL
    GROUP BY payee_npi, payer_claim_number
),

submitted AS (
    SELECT c.*, coalesce(r.claim_number, c.claim_number) AS first_number
    FROM landing.claim AS c
    LEFT JOIN replaced AS r
        ON c.original_reference = r.payer_claim_number
        AND c.frequency_code IN ('7', '8')
        AND coalesce(c.billing_npi = r.payee_npi, true)
    QUALIFY row_number() OVER (
        PARTITION BY c.file_name, c.claim_row ORDER BY r.claim_number
    ) = 1
),

paired AS (
    SELECT
        r.file_name AS remit_file,
        r.claim_row AS remit_row,
        c.file_name AS claim_file,
        c.claim_row,
        c.first_number,
        c.claim_number,
        c.billing_npi,
        c.frequency_code,
        c.submitted_on
    FROM landing.remitted_claim AS r
    INNER JOIN submitted AS c
        ON r.claim_number = c.claim_number
        AND coalesce(r.payee_npi = c.billing_npi, true)
        AND coalesce(c.submitted_on <= r.payment_day, true)
    QUALIFY row_number() OVER (
        PARTITION BY r.file_name, r.claim_row
        ORDER BY
            coalesce(r.frequency_code, '1') = c.frequency_code DESC,
            abs(r.charge_cents) = c.charge_cents DESC,
            c.submitted_on DESC NULLS LAST,
            c.file_name,
            c.claim_row
    ) = 1
),

version AS (
    SELECT
        p.claim_file,
        p.claim_row,
        r.file_name AS remit_file,
        r.claim_row AS remit_row,
        coalesce(p.billing_npi, r.payee_npi, '')
        || ':' || coalesce(p.first_number, o.claim_number, r.claim_number) AS claim_number,
        r.payment_day AS effective_on,
        CASE
            WHEN r.status_code = '22' THEN 'cancel'
            WHEN r.frequency_code = '7' THEN 'adjust'
            ELSE 'original'
        END AS version_type,
        CASE r.status_code WHEN '22' THEN 2 ELSE 3 END AS rank,
        coalesce(i.person_id, e.person_id, s.person_key, r.person_key) AS person_id,
        r.payer,
        coalesce(r.filing_code, s.filing_code) AS filing_code,
        s.group_name AS plan
    FROM landing.remitted_claim AS r
    LEFT JOIN paired AS p ON r.file_name = p.remit_file AND r.claim_row = p.remit_row
    LEFT JOIN landing.claim AS s ON p.claim_file = s.file_name AND p.claim_row = s.claim_row
    LEFT JOIN replaced AS o
        ON r.original_reference = o.payer_claim_number
        AND r.payee_npi IS NOT DISTINCT FROM o.payee_npi
    LEFT JOIN identity AS i ON coalesce(s.person_key, r.person_key) = i.identifier
    LEFT JOIN earlier_identity AS e ON coalesce(s.person_key, r.person_key) = e.identifier
    -- 25 is a price asked for in advance: nothing was done and nothing is paid
    WHERE r.status_code <> '25'
    UNION ALL
    SELECT
        c.file_name,
        c.claim_row,
        CAST(NULL AS VARCHAR),
        CAST(NULL AS BIGINT),
        coalesce(c.billing_npi, '') || ':' || c.first_number,
        c.submitted_on,
        CASE c.frequency_code WHEN '7' THEN 'adjust' WHEN '8' THEN 'cancel' ELSE 'original' END,
        CASE WHEN c.frequency_code IN ('7', '8') THEN 1 ELSE 0 END,
        coalesce(i.person_id, e.person_id, c.person_key),
        c.payer,
        c.filing_code,
        c.group_name
    FROM submitted AS c
    LEFT JOIN identity AS i ON c.person_key = i.identifier
    LEFT JOIN earlier_identity AS e ON c.person_key = e.identifier
    WHERE NOT EXISTS (
        SELECT 1 FROM paired AS p
        WHERE
            p.claim_number = c.claim_number
            AND p.billing_npi IS NOT DISTINCT FROM c.billing_npi
            AND p.frequency_code = c.frequency_code
            AND p.submitted_on IS NOT DISTINCT FROM c.submitted_on
    )
),

claim_day AS (
    SELECT
        c.file_name,
        c.claim_row,
        coalesce(c.statement_first_day, min(l.first_day), min(l.last_day)) AS first_day,
        coalesce(c.statement_last_day, max(l.last_day)) AS last_day
    FROM landing.claim AS c
    INNER JOIN landing.claim_line AS l
        ON c.file_name = l.file_name AND c.claim_row = l.claim_row
    GROUP BY c.file_name, c.claim_row, c.statement_first_day, c.statement_last_day
),

versioned AS (
    SELECT
        v.*,
        getvariable('data_source') || ':' || v.claim_number AS claim_key,
        -- days since 1970 and the order within a day: the same whichever load brings the version
        CAST((v.effective_on - DATE '1970-01-01') * 4 + v.rank AS INTEGER) AS version_number
    FROM version AS v
),

adjusted AS (
    SELECT
        file_name,
        claim_row,
        coalesce(line_ordinal, 0) AS ordinal,
        coalesce(sum(amount_cents) FILTER (WHERE group_code = 'PR'), 0) AS patient_cents,
        -- 253: sequestration lowers what is paid, not what is allowed
        coalesce(sum(amount_cents) FILTER (WHERE reason_code = '253'), 0) AS sequestered_cents,
        count(*) FILTER (
            WHERE reason_code IN (SELECT reason_code FROM map.priced_adjustment)
        ) AS priced
    FROM landing.adjustment
    GROUP BY file_name, claim_row, coalesce(line_ordinal, 0)
),

claim_adjusted AS (
    SELECT
        file_name,
        claim_row,
        sum(patient_cents) AS patient_cents,
        sum(sequestered_cents) AS sequestered_cents,
        sum(priced) AS priced
    FROM adjusted
    GROUP BY file_name, claim_row
),

remitted AS (
    SELECT
        l.file_name,
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
    FROM landing.remitted_line AS l
    LEFT JOIN adjusted AS a
        ON l.file_name = a.file_name AND l.claim_row = a.claim_row AND l.ordinal = a.ordinal
),

answered AS (
    SELECT
        r.file_name,
        r.claim_row,
        sum(l.paid_cents) AS line_paid_cents,
        count(l.ordinal) AS lines,
        min(l.first_day) AS first_day,
        max(l.last_day) AS last_day,
        count(l.revenue_code) AS revenue_codes
    FROM landing.remitted_claim AS r
    LEFT JOIN remitted AS l ON r.file_name = l.file_name AND r.claim_row = l.claim_row
    GROUP BY r.file_name, r.claim_row
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
    FROM versioned AS v
    INNER JOIN remitted AS l ON v.remit_file = l.file_name AND v.remit_row = l.claim_row
    LEFT JOIN landing.claim_line AS d
        ON v.claim_file = d.file_name
        AND v.claim_row = d.claim_row
        AND CASE
            WHEN l.line_control IS NULL THEN d.line_number = l.ordinal
            ELSE coalesce(d.line_control, CAST(d.line_number AS VARCHAR)) = l.line_control
        END
    QUALIFY row_number() OVER (
        PARTITION BY v.remit_file, v.remit_row, l.ordinal
        ORDER BY d.line_number = l.ordinal DESC NULLS LAST, d.line_number
    ) = 1
    UNION ALL
    -- a remittance of the claim as a whole, or none yet: the lines of the 837
    SELECT
        v.*,
        row_number() OVER (
            PARTITION BY v.claim_file, v.claim_row, v.remit_file, v.remit_row
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
    FROM versioned AS v
    INNER JOIN landing.claim_line AS d ON v.claim_file = d.file_name AND v.claim_row = d.claim_row
    LEFT JOIN landing.remitted_claim AS r
        ON v.remit_file = r.file_name AND v.remit_row = r.claim_row
    LEFT JOIN answered AS a ON v.remit_file = a.file_name AND v.remit_row = a.claim_row
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
    FROM versioned AS v
    INNER JOIN landing.remitted_claim AS r
        ON v.remit_file = r.file_name AND v.remit_row = r.claim_row
    INNER JOIN answered AS a ON v.remit_file = a.file_name AND v.remit_row = a.claim_row
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
    LEFT JOIN landing.remitted_claim AS r
        ON l.remit_file = r.file_name AND l.remit_row = r.claim_row
    LEFT JOIN answered AS a ON l.remit_file = a.file_name AND l.remit_row = a.claim_row
    LEFT JOIN claim_adjusted AS w ON l.remit_file = w.file_name AND l.remit_row = w.claim_row
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
    coalesce(a.remit_file, a.claim_file) AS file_name,
    coalesce(a.remit_row, a.detail_row, a.claim_row) AS row_number
FROM amount AS a
LEFT JOIN landing.claim AS c ON a.claim_file = c.file_name AND a.claim_row = c.claim_row
LEFT JOIN claim_day AS s ON a.claim_file = s.file_name AND a.claim_row = s.claim_row
LEFT JOIN landing.claim_line AS d ON a.claim_file = d.file_name AND a.detail_row = d.row_number
LEFT JOIN map.taxonomy AS t
    ON coalesce(d.rendering_taxonomy, c.rendering_taxonomy) = t.taxonomy_code
    AND c.claim_type = 'professional'
LEFT JOIN map.claim_filing AS f ON a.filing_code = f.filing_code
