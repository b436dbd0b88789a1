/*
row: One line that counts in an analysis of cost, by every way that cost is shown.
grain: [analysis_id, claim_key, version_number, claim_line_number, claim_type]
span: person
period: year
asked_by: [analysis_choice]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  claim_key: {type: VARCHAR, required: true, says: the claim}
  version_number: {type: INTEGER, required: true, says: its version}
  claim_line_number: {type: INTEGER, required: true, says: its line}
  claim_type: {type: VARCHAR, required: true, says: "professional, institutional, dme or pharmacy"}
  person_id: {type: VARCHAR, required: true, says: the person}
  month_start: {type: DATE, required: true, says: the month it counts in}
  service_category: {type: VARCHAR, required: true, says: its one service category}
  place: {type: VARCHAR, required: true, says: "place of service; none: the line has none"}
  tin: {type: VARCHAR, required: true, says: "who bills; none: not said"}
  npi: {type: VARCHAR, required: true, says: "who did it, or the pharmacy; none: not said"}
  ccn: {type: VARCHAR, required: true, says: "the facility; none: not said"}
  service: {type: VARCHAR, required: true, says: "imaging, procedure, device, post_acute or other"}
  initiator: {type: VARCHAR, required: true, says: "class of the clinician who opened it; not_found: none did"}
  initiated_by: {type: VARCHAR, required: true, says: "how that is known: own (did or prescribed it), visit_before or none"}
  primary_care: {type: VARCHAR, required: true, says: "narrow (broad too), broad or none"}
  allowed_cents: {type: BIGINT, says: "allowed, cents; empty: not said"}
  claims_cents: {type: BIGINT, required: true, says: "paid, cents"}
  standard_cents: {type: BIGINT, says: "at the workspace's standard prices, cents; empty: not standardisable"}
  standard_by: {type: VARCHAR, required: true, says: "drg, drg_other_line (the stay's price stands on its first line), units, no_units or no_price"}
audits:
  a line is standardised or it is said why not: >-
    SELECT * FROM this WHERE (standard_cents IS NULL) <> (standard_by IN ('no_units', 'no_price'))
*/
-- The latest visit of a clinician who opens care, up to each line: a text that sorts by its day.
WITH seen AS (
    SELECT
        l.*,
        MAX(CASE
            WHEN l.own_class IS NOT NULL AND l.claim_type = 'professional'
                THEN CAST(l.service_on AS VARCHAR) || l.own_class
        END) OVER (
            PARTITION BY l.analysis_id, l.person_id
            ORDER BY
                l.service_on,
                CASE WHEN l.own_class IS NULL THEN 1 ELSE 0 END,
                l.claim_type,
                l.claim_key,
                l.version_number,
                l.claim_line_number
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS visit,
        ROW_NUMBER() OVER (
            PARTITION BY l.analysis_id, l.claim_key, l.version_number, l.claim_type
            ORDER BY l.claim_line_number
        ) AS place_in_claim,
        MAX(l.drg_code) OVER (
            PARTITION BY l.analysis_id, l.claim_key, l.version_number, l.claim_type
        ) AS claim_drg_code
    FROM classified_line AS l
),

judged AS (
    SELECT
        s.*,
        CASE
            WHEN s.own_class IS NOT NULL THEN 'own'
            WHEN s.service_on - CAST(r.days AS INTEGER) <= CAST(substr(s.visit, 1, 10) AS DATE)
                THEN 'visit_before'
            ELSE 'none'
        END AS initiated_by,
        d.price_cents AS drg_price_cents,
        h.price_cents AS code_price_cents,
        CASE WHEN COALESCE(s.allowed_cents, s.claims_cents) < 0 THEN -1 ELSE 1 END AS posting
    FROM seen AS s
    LEFT JOIN initiation_rule AS r
        ON r.rule = 'visit_before'
        AND (r.first_day IS NULL OR r.first_day <= s.service_on)
        AND (r.last_day IS NULL OR r.last_day >= s.service_on)
    LEFT JOIN (SELECT t.* FROM standard_price AS t WHERE code_type = 'drg') AS d
        ON d.code = s.claim_drg_code AND s.claim_end_date BETWEEN d.first_day AND d.last_day
    LEFT JOIN (SELECT t.* FROM standard_price AS t WHERE code_type = 'hcpcs') AS h
        ON h.code = s.hcpcs_code AND s.claim_end_date BETWEEN h.first_day AND h.last_day
)

SELECT
    analysis_id,
    claim_key,
    version_number,
    claim_line_number,
    claim_type,
    person_id,
    CAST(date_trunc('month', claim_end_date) AS DATE) AS month_start,
    service_category,
    place,
    tin,
    npi,
    ccn,
    service,
    CASE
        WHEN initiated_by = 'own' THEN own_class
        WHEN initiated_by = 'visit_before' THEN substr(visit, 11)
        ELSE 'not_found'
    END AS initiator,
    initiated_by,
    primary_care,
    allowed_cents,
    claims_cents,
    CASE
        WHEN drg_price_cents IS NOT NULL AND place_in_claim > 1 THEN 0
        WHEN drg_price_cents IS NOT NULL THEN prorate(drg_price_cents, posting, 1)
        WHEN code_price_cents IS NOT NULL AND units_e3 IS NOT NULL
            THEN prorate(code_price_cents, posting * units_e3, 1000)
    END AS standard_cents,
    CASE
        WHEN drg_price_cents IS NOT NULL AND place_in_claim > 1 THEN 'drg_other_line'
        WHEN drg_price_cents IS NOT NULL THEN 'drg'
        WHEN code_price_cents IS NULL THEN 'no_price'
        WHEN units_e3 IS NULL THEN 'no_units'
        ELSE 'units'
    END AS standard_by
FROM judged
