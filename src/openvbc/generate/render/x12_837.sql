/* One row per claim to submit: its kind, the day it is sent, billing loop and claim loop as X12.
   The first version of a claim is sent with frequency 1; one that replaces it with frequency 7 and
   the payer's number of the first (REF*F8). Cancellations are the payer's and come in the 835.
   Medicare itself hands crossover claims on to Medicaid, so nobody submits them. */
WITH dollars AS (
    SELECT
        *,
        CASE claim_type WHEN 'institutional' THEN '837I' ELSE '837P' END AS guide,
        dollars(charge_cents) AS charge,
        rtrim(rtrim(service_unit_quantity::VARCHAR, '0'), '.') AS units,
        compact_day(claim_start_date) AS first_day,
        compact_day(claim_end_date) AS last_day
    FROM medical_claim
    WHERE version_type <> 'cancel' AND line_of_business = 'medicare'
), lines AS (
    SELECT
        claim_key, version_number,
        string_agg(
            'LX*' || claim_line_number || '~'
            || CASE guide
                WHEN '837I'
                    THEN 'SV2*' || revenue_center_code || '*'
                        || coalesce('HC:' || hcpcs_code || coalesce(':' || hcpcs_modifier_1, ''), '')
                        || '*' || charge || '*UN*' || units || '~'
                ELSE 'SV1*HC:' || hcpcs_code || coalesce(':' || hcpcs_modifier_1, '') || '*'
                    || charge || '*UN*' || units || '***1~'
            END
            || 'DTP*472*RD8*' || first_day || '-' || last_day || '~'
            || 'REF*6R*' || claim_line_number || '~',
            '' ORDER BY claim_line_number
        ) AS segments,
        sum(charge_cents) AS cents
    FROM dollars
    GROUP BY claim_key, version_number
), codes AS (
    SELECT
        claim_key, version_number,
        -- a professional claim has all diagnoses in one segment, an institutional one in two
        string_agg(
            CASE sequence WHEN 1 THEN 'ABK:' ELSE 'ABF:' END || code
            || coalesce(':::::::' || present_on_admission, ''),
            '*' ORDER BY sequence
        ) AS together,
        string_agg(
            'ABF:' || code || coalesce(':::::::' || present_on_admission, ''), '*' ORDER BY sequence
        ) FILTER (WHERE sequence > 1) AS others
    FROM diagnosis GROUP BY claim_key, version_number
), diagnoses AS (
    SELECT
        claim_key, version_number,
        'HI*' || together || '~' AS professional,
        'HI*' || split_part(together, '*', 1) || '~' AS principal,
        coalesce('HI*' || others || '~', '') AS others
    FROM codes
), operation AS (
    SELECT claim_key, version_number,
        'HI*BBR:' || code || ':D8:' || compact_day(procedure_date) || '~' AS segments
    FROM "procedure"
)
SELECT
    d.guide,
    -- a week after the service, or a week before a replacement takes effect
    date_trunc(
        'week', CASE d.version_type WHEN 'adjust' THEN d.effective_on - 14 ELSE d.claim_end_date END
    )::DATE + 7 AS sent_on,
    'NM1*85*2*' || coalesce(b.name, 'PROVIDER') || '*****XX*' || d.billing_npi || '~'
    || 'N3*1 MAIN STREET~N4*ANYTOWN*' || coalesce(p.state, 'OH') || '*000010000~'
    || 'REF*EI*' || coalesce(d.billing_tin, b.tin, '000000000') || '~' AS billing,
    CASE WHEN d.claim_type = 'dme' THEN 'PRV*BI*PXC*332B00000X~' ELSE '' END AS taxonomy,
    'SBR*P*18**' || d.plan || '*****MB~'
    || 'NM1*IL*1*' || d.person_id || '*MEMBER****MI*' || d.person_id || '~'
    || 'N3*1 MAIN STREET~N4*ANYTOWN*' || coalesce(p.state, 'OH') || '*000010000~'
    || 'DMG*D8*' || compact_day(p.birth_date) || '*'
    || CASE p.sex WHEN 'female' THEN 'F' ELSE 'M' END || '~'
    || 'NM1*PR*2*' || d.payer || '*****PI*' || d.payer || '~'
    || CASE WHEN d.facility_ccn IS NULL THEN '' ELSE 'REF*G2*' || d.facility_ccn || '~' END
    || 'CLM*' || d.claim_key || '*'
    || dollars(l.cents) || '***'
    || CASE d.guide
        WHEN '837I' THEN left(d.bill_type_code, 2) || ':A:' ELSE d.place_of_service_code || ':B:'
    END
    || CASE d.version_type WHEN 'adjust' THEN '7' ELSE coalesce(right(d.bill_type_code, 1), '1') END
    || CASE d.guide WHEN '837I' THEN '**A*Y*Y~' ELSE '*Y*A*Y*Y~' END
    || CASE d.guide WHEN '837I'
        THEN 'DTP*434*RD8*' || d.first_day || '-' || d.last_day || '~'
            || coalesce('DTP*435*D8*' || compact_day(d.admission_date) || '~', '')
            || 'CL1*1*1*' || coalesce(d.discharge_disposition_code, '01') || '~'
        ELSE '' END
    || CASE d.version_type WHEN 'adjust'
        THEN 'REF*F8*' || d.claim_key || '-1~' ELSE '' END
    || coalesce(CASE d.guide WHEN '837I' THEN i.principal ELSE i.professional END, 'HI*ABK:R69~')
    || CASE WHEN d.drg_code IS NULL THEN '' ELSE 'HI*DR:' || d.drg_code || '~' END
    || CASE d.guide WHEN '837I' THEN coalesce(i.others, '') ELSE '' END
    || coalesce(o.segments, '')
    || coalesce(
        'NM1*' || CASE d.guide WHEN '837I' THEN '71' ELSE '82' END || '*1*'
        || coalesce(r.name, 'CLINICIAN') || '*****XX*' || d.rendering_npi || '~', ''
    )
    || CASE WHEN d.guide = '837P' AND d.rendering_npi IS NOT NULL
        THEN coalesce('PRV*PE*PXC*' || t.taxonomy_code || '~', '') ELSE '' END
    || l.segments AS claim
FROM dollars d
JOIN lines l USING (claim_key, version_number)
JOIN person p USING (person_id)
LEFT JOIN diagnoses i USING (claim_key, version_number)
LEFT JOIN operation o USING (claim_key, version_number)
LEFT JOIN provider b ON b.npi = d.billing_npi
LEFT JOIN provider r ON r.npi = d.rendering_npi
LEFT JOIN read_csv(getvariable('taxonomy'), all_varchar = true, header = true) t ON t.specialty_code = d.rendering_specialty_code
WHERE d.claim_line_number = 1
ORDER BY d.guide, sent_on, d.billing_npi, d.claim_key, d.version_number
