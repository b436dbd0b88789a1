/*
row: What one person had of one kind of service in one year of an analysis, inside or outside the network.
grain: [analysis_id, person_id, claim_type, service_code, facility_ccn, network]
span: person
period: year
asked_by: [analysis_choice]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  person_id: {type: VARCHAR, required: true, says: the person}
  claim_type: {type: VARCHAR, required: true, says: "professional, institutional or dme"}
  service_code: {type: VARCHAR, required: true, says: "professional: CMS specialty; institutional: first two digits of the type of bill; unknown: the claim has none"}
  facility_ccn: {type: VARCHAR, required: true, says: "institutional: the facility; else empty"}
  network: {type: VARCHAR, required: true, says: "inside, outside, or unknown: no network is known, or the claim names no provider"}
  lines: {type: BIGINT, required: true, says: claim lines}
  days: {type: BIGINT, required: true, says: "days of service (professional: visits), counted once each"}
  allowed_cents: {type: BIGINT, required: true, says: "allowed, cents; where none is given, paid"}
  paid_cents: {type: BIGINT, required: true, says: "paid, cents"}
*/
-- The network is the roster of that name; without one, the participants of all contracts.
WITH network AS (
    SELECT
        r.tin, r.npi, NULLIF(r.ccn, '') AS ccn,
        r.valid_from, r.valid_to
    FROM roster_entry AS r
    WHERE r.roster = 'network'
    UNION ALL
    SELECT p.tin, p.npi, NULLIF(p.ccn, '') AS ccn, p.valid_from, p.valid_to
    FROM contract_participant AS p
    WHERE NOT EXISTS (SELECT 1 FROM roster_entry AS r WHERE r.roster = 'network')
),

-- A facility's own row opens the facility, a clinician's row the clinician in that practice.
member AS (
    SELECT
        CASE
            WHEN ccn IS NOT NULL THEN 'ccn ' || ccn
            WHEN npi IS NOT NULL THEN 'npi ' || tin || ' ' || npi
            ELSE 'tin ' || tin
        END AS member_key,
        valid_from,
        valid_to
    FROM network
),

known AS (
    SELECT COUNT(*) AS members FROM member
),

specialty AS (
    SELECT npi, MIN(specialty_code) AS specialty_code FROM provider GROUP BY npi
),

line AS (
    SELECT
        l.analysis_id,
        l.person_id,
        l.claim_type,
        COALESCE(
            CASE
                WHEN l.claim_type = 'institutional' THEN substr(l.bill_type_code, 1, 2)
                ELSE COALESCE(l.rendering_specialty_code, s.specialty_code)
            END,
            'unknown'
        ) AS service_code,
        CASE WHEN l.claim_type = 'institutional' THEN COALESCE(l.facility_ccn, '') ELSE '' END
            AS facility_ccn,
        l.service_on,
        l.allowed_cents,
        l.paid_cents,
        CASE WHEN l.claim_type = 'institutional' THEN 'ccn ' || l.facility_ccn END AS ccn_key,
        'tin ' || l.billing_tin AS tin_key,
        'npi ' || l.billing_tin || ' ' || l.rendering_npi AS npi_key
    FROM standing_line AS l
    JOIN analysis_choice AS c
        ON c.analysis_id = l.analysis_id AND c.kind = 'measure' AND c.name = 'leakage'
    LEFT JOIN specialty AS s ON s.npi = l.rendering_npi
),

day_of_provider AS (
    SELECT
        analysis_id, person_id, claim_type, service_code, facility_ccn, service_on, ccn_key,
        tin_key, npi_key,
        COUNT(*) AS lines,
        SUM(allowed_cents) AS allowed_cents,
        SUM(paid_cents) AS paid_cents
    FROM line
    GROUP BY
        analysis_id, person_id, claim_type, service_code, facility_ccn, service_on, ccn_key,
        tin_key, npi_key
),

placed AS (
    SELECT
        d.analysis_id, d.person_id, d.claim_type, d.service_code, d.facility_ccn, d.service_on,
        d.lines, d.allowed_cents, d.paid_cents,
        CASE
            WHEN k.members = 0 OR COALESCE(d.ccn_key, d.tin_key) IS NULL THEN 'unknown'
            WHEN EXISTS (
                SELECT 1
                FROM member AS m
                WHERE m.member_key = d.ccn_key
                    AND COALESCE(m.valid_from <= d.service_on, TRUE)
                    AND COALESCE(m.valid_to >= d.service_on, TRUE)
            ) OR EXISTS (
                SELECT 1
                FROM member AS m
                WHERE m.member_key = d.tin_key
                    AND COALESCE(m.valid_from <= d.service_on, TRUE)
                    AND COALESCE(m.valid_to >= d.service_on, TRUE)
            ) OR EXISTS (
                SELECT 1
                FROM member AS m
                WHERE m.member_key = d.npi_key
                    AND COALESCE(m.valid_from <= d.service_on, TRUE)
                    AND COALESCE(m.valid_to >= d.service_on, TRUE)
            ) THEN 'inside'
            ELSE 'outside'
        END AS network
    FROM day_of_provider AS d
    CROSS JOIN known AS k
)

SELECT
    analysis_id,
    person_id,
    claim_type,
    service_code,
    facility_ccn,
    network,
    SUM(lines) AS lines,
    COUNT(DISTINCT service_on) AS days,
    SUM(allowed_cents) AS allowed_cents,
    SUM(paid_cents) AS paid_cents
FROM placed
GROUP BY analysis_id, person_id, claim_type, service_code, facility_ccn, network
