/*
row: One organisation in one county of an analysis of cost.
grain: [analysis_id, county_fips, tin, ccn]
span: all
period: year
asked_by: [analysis_choice]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  county_fips: {type: VARCHAR, required: true, says: "county where the patients live; unknown: not said"}
  tin: {type: VARCHAR, required: true, says: "who bills; none: not said"}
  ccn: {type: VARCHAR, required: true, says: "the facility; none: not a facility's"}
  persons: {type: BIGINT, required: true, says: its people of the county}
  lines: {type: BIGINT, required: true, says: lines that count}
  allowed_cents: {type: BIGINT, required: true, says: "allowed where it is said, cents"}
  claims_cents: {type: BIGINT, required: true, says: "paid, cents"}
  standard_cents: {type: BIGINT, required: true, says: "at standard prices where there is one, cents"}
  standardised_allowed_cents: {type: BIGINT, required: true, says: "of allowed, that of lines with a standard price, cents"}
*/
SELECT
    l.analysis_id,
    p.county_fips,
    l.tin,
    l.ccn,
    COUNT(DISTINCT l.person_id) AS persons,
    COUNT(*) AS lines,
    COALESCE(SUM(l.allowed_cents), 0) AS allowed_cents,
    SUM(l.claims_cents) AS claims_cents,
    COALESCE(SUM(l.standard_cents), 0) AS standard_cents,
    COALESCE(SUM(CASE WHEN l.standard_cents IS NOT NULL THEN l.allowed_cents END), 0)
        AS standardised_allowed_cents
FROM cost_line AS l
JOIN person_total AS p ON p.analysis_id = l.analysis_id AND p.person_id = l.person_id
GROUP BY l.analysis_id, p.county_fips, l.tin, l.ccn
