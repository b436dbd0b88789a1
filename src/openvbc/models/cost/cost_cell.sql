/*
row: One value of one way to show an analysis of cost; of each way the values add up to the whole.
grain: [analysis_id, dimension, value, part]
span: all
period: year
asked_by: [analysis_choice]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  dimension: {type: VARCHAR, required: true, says: "the way: month, category, place, tin, npi, ccn, initiator, initiated_by, primary_care or standard"}
  value: {type: VARCHAR, required: true, says: a value of it}
  part: {type: VARCHAR, required: true, says: "of an initiator the service: imaging, procedure, device, post_acute or other; else empty"}
  persons: {type: BIGINT, required: true, says: people with a line}
  lines: {type: BIGINT, required: true, says: lines that count}
  postings: {type: BIGINT, required: true, says: "lines, those below zero taken away: the volume of a trend"}
  allowed_lines: {type: BIGINT, required: true, says: lines of which the allowed amount is said}
  allowed_cents: {type: BIGINT, required: true, says: "allowed where it is said, cents"}
  claims_cents: {type: BIGINT, required: true, says: "paid, cents"}
  standard_cents: {type: BIGINT, required: true, says: "at standard prices where there is one, cents"}
  standardised_lines: {type: BIGINT, required: true, says: lines with a standard price}
  standardised_allowed_cents: {type: BIGINT, required: true, says: "of allowed, that of lines with a standard price, cents"}
*/
-- Lines are read once and shown in every way.
WITH way AS (
    SELECT 'month' AS dimension
    UNION ALL
    SELECT 'category' AS dimension
    UNION ALL
    SELECT 'place' AS dimension
    UNION ALL
    SELECT 'tin' AS dimension
    UNION ALL
    SELECT 'npi' AS dimension
    UNION ALL
    SELECT 'ccn' AS dimension
    UNION ALL
    SELECT 'initiator' AS dimension
    UNION ALL
    SELECT 'primary_care' AS dimension
    UNION ALL
    SELECT 'initiated_by' AS dimension
    UNION ALL
    SELECT 'standard' AS dimension
),

shown AS (
    SELECT
        l.analysis_id,
        w.dimension,
        CASE w.dimension
            WHEN 'month' THEN CAST(l.month_start AS VARCHAR)
            WHEN 'category' THEN l.service_category
            WHEN 'place' THEN l.place
            WHEN 'tin' THEN l.tin
            WHEN 'npi' THEN l.npi
            WHEN 'ccn' THEN l.ccn
            WHEN 'initiator' THEN l.initiator
            WHEN 'primary_care' THEN l.primary_care
            WHEN 'initiated_by' THEN l.initiated_by
            ELSE l.standard_by
        END AS value,
        CASE WHEN w.dimension = 'initiator' THEN l.service ELSE '' END AS part,
        l.person_id,
        l.allowed_cents,
        l.claims_cents,
        l.standard_cents
    FROM cost_line AS l
    CROSS JOIN way AS w
)

SELECT
    analysis_id,
    dimension,
    value,
    part,
    COUNT(DISTINCT person_id) AS persons,
    COUNT(*) AS lines,
    SUM(CASE WHEN COALESCE(allowed_cents, claims_cents) < 0 THEN -1 ELSE 1 END) AS postings,
    COUNT(allowed_cents) AS allowed_lines,
    COALESCE(SUM(allowed_cents), 0) AS allowed_cents,
    SUM(claims_cents) AS claims_cents,
    COALESCE(SUM(standard_cents), 0) AS standard_cents,
    COUNT(standard_cents) AS standardised_lines,
    COALESCE(SUM(CASE WHEN standard_cents IS NOT NULL THEN allowed_cents END), 0)
        AS standardised_allowed_cents
FROM shown
GROUP BY analysis_id, dimension, value, part
