/*
row: One person of an analysis of cost, with the months and the cost of the year and the panel.
grain: [analysis_id, person_id]
span: person
period: year
asked_by: [analysis_choice]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  person_id: {type: VARCHAR, required: true, says: the person}
  months: {type: BIGINT, required: true, says: months that count}
  dual_months: {type: BIGINT, required: true, says: months as aged and dually eligible}
  lines: {type: BIGINT, required: true, says: lines that count}
  allowed_cents: {type: BIGINT, required: true, says: "allowed where it is said, cents"}
  claims_cents: {type: BIGINT, required: true, says: "paid, cents"}
  standard_cents: {type: BIGINT, required: true, says: "at standard prices where there is one, cents"}
  panel: {type: VARCHAR, required: true, says: "TIN with the plurality of broad primary care; none: no such care"}
  county_fips: {type: VARCHAR, required: true, says: "county of residence; unknown: not said"}
*/
-- Of several practices the one with most allowed (paid where it is not said), then most lines,
-- then the first by number.
WITH practice AS (
    SELECT analysis_id, person_id, tin
    FROM cost_line
    WHERE primary_care <> 'none' AND tin <> 'none'
    GROUP BY analysis_id, person_id, tin
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY analysis_id, person_id
        ORDER BY SUM(COALESCE(allowed_cents, claims_cents)) DESC, COUNT(*) DESC, tin
    ) = 1
),

month AS (
    SELECT
        analysis_id,
        person_id,
        COUNT(*) AS months,
        COUNT(*) FILTER (WHERE enrolment_type = 'aged_dual') AS dual_months
    FROM cost_month
    GROUP BY analysis_id, person_id
),

total AS (
    SELECT
        analysis_id,
        person_id,
        COUNT(*) AS lines,
        SUM(allowed_cents) AS allowed_cents,
        SUM(claims_cents) AS claims_cents,
        SUM(standard_cents) AS standard_cents
    FROM cost_line
    GROUP BY analysis_id, person_id
)

SELECT
    m.analysis_id,
    m.person_id,
    m.months,
    m.dual_months,
    COALESCE(t.lines, 0) AS lines,
    COALESCE(t.allowed_cents, 0) AS allowed_cents,
    COALESCE(t.claims_cents, 0) AS claims_cents,
    COALESCE(t.standard_cents, 0) AS standard_cents,
    COALESCE(p.tin, 'none') AS panel,
    COALESCE(d.county_fips, 'unknown') AS county_fips
FROM month AS m
LEFT JOIN total AS t ON t.analysis_id = m.analysis_id AND t.person_id = m.person_id
LEFT JOIN practice AS p ON p.analysis_id = m.analysis_id AND p.person_id = m.person_id
LEFT JOIN person AS d ON d.person_id = m.person_id
