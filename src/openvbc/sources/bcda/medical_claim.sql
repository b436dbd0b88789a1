/* One row per line of each version of each claim; a claim without lines has one. What was paid on a
   line is the covered amount paid, else what went to provider and patient. Of an institutional claim
   the payment of the claim is the truth: lines that do not add up to it carry nothing and the first
   carries all. Revenue centre 0001 is the sum of the others. */
WITH line AS (
    SELECT
        l.*,
        coalesce(l.paid, l.paid_to_provider + l.paid_to_patient, l.paid_to_provider) AS own,
        count(*) OVER of_claim > 1 AND coalesce(l.revenue_center_code, '') = '0001' AS is_total,
        count(l.sequence) OVER of_claim = count(*) OVER of_claim
        AND max(n.uses) OVER of_claim = 1 AS is_numbered
    FROM landing.eob_line AS l
    LEFT JOIN (
        SELECT file_name, number, sequence, count(*) AS uses
        FROM landing.eob_line GROUP BY file_name, number, sequence
    ) AS n USING (file_name, number, sequence)
    WINDOW of_claim AS (PARTITION BY l.file_name, l.number)
),

summed AS (
    SELECT
        *,
        sum(own) FILTER (WHERE NOT is_total) OVER of_claim AS paid_on_lines,
        sum(own) OVER of_claim AS paid_with_total,
        min(line) OVER of_claim AS first_line
    FROM line
    WINDOW of_claim AS (PARTITION BY file_name, number)
),

amount AS (
    SELECT
        v.* EXCLUDE (paid),
        l.* EXCLUDE (file_name, number, row_number),
        v.paid AS paid_on_claim,
        coalesce(l.line = l.first_line, true) AS is_first,
        CASE
            WHEN v.paid IS NOT NULL AND l.paid_with_total IS NULL THEN 'claim'
            WHEN v.claim_type <> 'institutional' OR v.paid IS NULL THEN 'line'
            WHEN v.paid = coalesce(l.paid_on_lines, 0) THEN 'line'
            WHEN v.paid = l.paid_with_total THEN 'every line'
            ELSE 'claim'
        END AS paid_by
    FROM shared.version AS v
    LEFT JOIN summed AS l USING (file_name, number)
    WHERE coalesce(v.claim_type, '') <> 'pharmacy'
)

SELECT
    a.claim_key,
    a.version_number,
    a.version_type,
    a.sign,
    a.effective_on,
    a.claim_id,
    CASE WHEN a.is_numbered THEN a.sequence ELSE coalesce(a.line, 1) END AS claim_line_number,
    a.claim_type,
    who.person_id,
    a.claim_start_date,
    a.claim_end_date,
    a.line_start_date AS claim_line_start_date,
    a.line_end_date AS claim_line_end_date,
    CASE WHEN a.claim_type = 'institutional' THEN a.admission_date END AS admission_date,
    CASE WHEN a.claim_type = 'institutional' THEN a.discharge_date END AS discharge_date,
    CASE WHEN a.claim_type = 'institutional' THEN lpad(a.discharge_status, 2, '0') END
        AS discharge_disposition_code,
    a.place_of_service_code,
    CASE WHEN a.claim_type = 'institutional' THEN right(a.bill_type, 3) END AS bill_type_code,
    a.drg AS drg_code,
    CASE WHEN a.claim_type = 'institutional' THEN lpad(a.revenue_center_code, 4, '0') END
        AS revenue_center_code,
    a.quantity AS service_unit_quantity,
    a.hcpcs_code,
    a.modifiers[1] AS hcpcs_modifier_1,
    a.modifiers[2] AS hcpcs_modifier_2,
    coalesce(
        a.rendering_npi,
        CASE
            WHEN a.claim_type <> 'institutional' AND a.billing_type = 'Practitioner'
                THEN a.billing_npi
        END
    ) AS rendering_npi,
    a.specialty_code AS rendering_specialty_code,
    a.billing_npi,
    coalesce(a.tax_number, a.billing_tax_number) AS billing_tin,
    CASE WHEN a.claim_type = 'institutional' THEN a.billing_npi END AS facility_npi,
    CASE WHEN a.claim_type = 'institutional' THEN a.billing_ccn END AS facility_ccn,
    a.paid_date,
    CASE WHEN NOT coalesce(a.is_total, false) THEN cents(a.charge) END AS charge_cents,
    CASE WHEN NOT coalesce(a.is_total, false) THEN cents(a.allowed) END AS allowed_cents,
    CASE
        WHEN a.paid_by = 'claim' THEN cents(CASE WHEN a.is_first THEN a.paid_on_claim ELSE 0 END)
        WHEN a.paid_by = 'line' AND a.is_total THEN '0'
        WHEN a.paid_with_total IS NOT NULL THEN cents(coalesce(a.own, 0))
    END AS paid_cents,
    CASE WHEN a.is_first THEN cents(a.ime) END AS ime_cents,
    CASE WHEN a.is_first THEN cents(coalesce(a.dsh + a.uncompensated_care, a.dsh, a.uncompensated_care)) END
        AS dsh_cents,
    CASE
        WHEN a.claim_type = 'institutional' THEN coalesce(trim(a.nonpayment_reason), '') <> ''
        ELSE (a.carrier_denial IS NOT NULL AND d.code IS NULL)
            OR (a.processing_code IS NOT NULL AND p.code IS NULL)
    END AS denied,
    'CMS' AS payer,
    'Original Medicare' AS plan,
    'medicare' AS line_of_business,
    a.sensitivity,
    a.file_name,
    a.row_number
FROM amount AS a
LEFT JOIN shared.who AS who USING (patient_id)
LEFT JOIN map.paid_code AS d ON d.field = 'carrier_denial' AND d.code = a.carrier_denial
LEFT JOIN map.paid_code AS p ON p.field = 'processing_code' AND p.code = a.processing_code
