/* One row per claim version that is paid or taken back: payee, payment day, what is paid, CLP loop.
   A cancellation is a reversal (status 22) with every amount below zero. */
WITH amounts AS (
    SELECT
        *,
        CASE version_type WHEN 'cancel' THEN '-' ELSE '' END AS minus,
        CASE WHEN denied THEN charge_cents
             ELSE charge_cents - coalesce(allowed_cents, paid_cents) END AS reduced_cents,
        CASE WHEN denied THEN 0 ELSE coalesce(allowed_cents, paid_cents) - paid_cents END
            AS patient_cents
    FROM medical_claim
), texts AS (
    SELECT
        *,
        CASE WHEN charge_cents = 0 THEN '' ELSE minus END || dollars(charge_cents) AS charge,
        CASE WHEN paid_cents = 0 THEN '' ELSE minus END || dollars(paid_cents) AS paid,
        minus || dollars(allowed_cents) AS allowed,
        minus || dollars(reduced_cents) AS reduced,
        minus || dollars(patient_cents) AS patient
    FROM amounts
), lines AS (
    SELECT
        claim_key, version_number,
        string_agg(
            'SVC*' || coalesce(
                'HC:' || hcpcs_code || coalesce(':' || hcpcs_modifier_1, ''),
                'NU:' || revenue_center_code
            ) || '*' || charge || '*' || paid || '*'
            || CASE WHEN hcpcs_code IS NULL THEN '' ELSE coalesce(revenue_center_code, '') END
            || '*' || rtrim(rtrim(service_unit_quantity::VARCHAR, '0'), '.') || '~'
            || 'DTM*150*' || compact_day(claim_line_start_date) || '~'
            || 'DTM*151*' || compact_day(claim_line_end_date) || '~'
            || CASE WHEN reduced_cents = 0 THEN ''
                WHEN denied THEN 'CAS*CO*96*' || reduced || '~'
                -- a second payer names what the first one paid and allowed, not a price of its own
                ELSE CASE line_of_business WHEN 'medicaid' THEN 'CAS*OA*23*' ELSE 'CAS*CO*45*' END || reduced || '~'
                END
            || CASE WHEN patient_cents = 0 THEN '' ELSE 'CAS*PR*2*' || patient || '~' END
            || 'REF*6R*' || claim_line_number || '~'
            || CASE WHEN coalesce(allowed_cents, 0) = 0 THEN '' ELSE 'AMT*B6*' || allowed || '~' END,
            '' ORDER BY claim_line_number
        ) AS segments,
        sum(charge_cents)::BIGINT AS charge_cents,
        sum(paid_cents)::BIGINT AS paid_cents,
        sum(patient_cents)::BIGINT AS patient_cents,
        sum(ime_cents)::BIGINT AS ime_cents,
        sum(dsh_cents)::BIGINT AS dsh_cents
    FROM texts
    GROUP BY claim_key, version_number
)
SELECT
    t.payer,
    t.billing_npi,
    coalesce(t.billing_tin, p.tin, '000000000') AS payee_tin,
    t.effective_on,
    t.sign * l.paid_cents AS paid_cents,
    'CLP*' || t.claim_key || '*'
    || CASE WHEN t.version_type = 'cancel' THEN '22' WHEN t.line_of_business = 'medicaid' THEN '2'
            ELSE '1' END || '*'
    || CASE WHEN l.charge_cents = 0 THEN '' ELSE minus END || dollars(l.charge_cents) || '*'
    || CASE WHEN l.paid_cents = 0 THEN '' ELSE minus END || dollars(l.paid_cents) || '*'
    || CASE WHEN l.patient_cents = 0 OR t.version_type = 'cancel' THEN '0'
        ELSE dollars(l.patient_cents) END
    || CASE t.line_of_business WHEN 'medicaid' THEN '*MC*' ELSE '*MB*' END || t.claim_id || '*' || coalesce(left(t.bill_type_code, 2), t.place_of_service_code)
    || '*' || CASE t.version_type WHEN 'adjust' THEN '7'
                   ELSE coalesce(right(t.bill_type_code, 1), '1') END || '~'
    || 'NM1*QC*1*' || t.person_id || '*MEMBER****MI*' || t.person_id || '~'
    || CASE WHEN l.ime_cents + l.dsh_cents = 0 THEN ''
        ELSE 'MIA*0*****' || minus || dollars(l.dsh_cents) || '************' || minus
            || dollars(l.ime_cents) || '~' END
    || 'DTM*232*' || compact_day(t.claim_start_date) || '~'
    || 'DTM*233*' || compact_day(t.claim_end_date) || '~'
    || l.segments AS claim
FROM texts t
JOIN lines l USING (claim_key, version_number)
LEFT JOIN provider p ON p.npi = t.billing_npi
WHERE t.claim_line_number = 1
ORDER BY t.effective_on, t.payer, t.billing_npi, t.claim_key, t.version_number
