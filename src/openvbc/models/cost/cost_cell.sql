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
WITH shown AS (
    SELECT analysis_id, 'month' AS dimension, CAST(month_start AS VARCHAR) AS value, '' AS part, person_id,
        allowed_cents, claims_cents, standard_cents
    FROM cost_line
    UNION ALL
    SELECT analysis_id, 'category' AS dimension, service_category AS value, '' AS part, person_id,
        allowed_cents, claims_cents, standard_cents
    FROM cost_line
    UNION ALL
    SELECT analysis_id, 'place' AS dimension, place AS value, '' AS part, person_id,
        allowed_cents, claims_cents, standard_cents
    FROM cost_line
    UNION ALL
    SELECT analysis_id, 'tin' AS dimension, tin AS value, '' AS part, person_id,
        allowed_cents, claims_cents, standard_cents
    FROM cost_line
    UNION ALL
    SELECT analysis_id, 'npi' AS dimension, npi AS value, '' AS part, person_id,
        allowed_cents, claims_cents, standard_cents
    FROM cost_line
    UNION ALL
    SELECT analysis_id, 'ccn' AS dimension, ccn AS value, '' AS part, person_id,
        allowed_cents, claims_cents, standard_cents
    FROM cost_line
    UNION ALL
    SELECT analysis_id, 'initiator' AS dimension, initiator AS value, service AS part, person_id,
        allowed_cents, claims_cents, standard_cents
    FROM cost_line
    UNION ALL
    SELECT analysis_id, 'primary_care' AS dimension, primary_care AS value, '' AS part, person_id,
        allowed_cents, claims_cents, standard_cents
    FROM cost_line
    UNION ALL
    SELECT analysis_id, 'initiated_by' AS dimension, initiated_by AS value, '' AS part, person_id,
        allowed_cents, claims_cents, standard_cents
    FROM cost_line
    UNION ALL
    SELECT analysis_id, 'standard' AS dimension, standard_by AS value, '' AS part, person_id,
        allowed_cents, claims_cents, standard_cents
    FROM cost_line
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
