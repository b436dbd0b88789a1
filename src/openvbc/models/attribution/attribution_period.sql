/*
row: One period of one year of an analysis, or of a contract's period, in which one method attributes people.
grain: [attribution_id]
span: all
period: year
kind: view
columns:
  attribution_id: {type: VARCHAR, required: true, says: "analysis, year, method and period, such as seniors/2025 pcf Q1; of a contract northside_PY2025 pcf Q1"}
  analysis_id: {type: VARCHAR, required: true, says: "the analysis and its year; of a contract its settlement"}
  method: {type: VARCHAR, required: true, says: "the method, such as reach"}
  period: {type: VARCHAR, required: true, says: "year, or a quarter Q1 to Q4"}
  line_of_business: {type: VARCHAR, required: true, says: whose months and claims are read}
  paid_through: {type: DATE, required: true, says: claims that stood by this day count}
  first_day: {type: DATE, required: true, says: first day of the period}
  list_day: {type: DATE, required: true, says: the day whose lists of codes and of participants hold}
  last_day: {type: DATE, required: true, says: last day of the period}
  window_end_month: {type: INTEGER, required: true, says: "last month of the look-back, counted from year 0"}
  unit: {type: VARCHAR, required: true, says: "to whom: entity (a list's, else the practice), tin or npi"}
  coverage: {type: VARCHAR, required: true, says: "parts_a_and_b (no Medicare Advantage), or any"}
  covered: {type: VARCHAR, required: true, says: "the months of the period that must be so covered: first, or any"}
  condition: {type: VARCHAR, says: "only people with this condition; empty: everybody"}
  share_percent: {type: INTEGER, says: "the share of primary care in charges that opens a step at_least, and shuts one below"}
*/
-- A method's months are counted from the first month of the analysis or contract period, which is
-- month 1, and none is after its last.
WITH asked AS (
    SELECT
        a.analysis_id,
        a.line_of_business,
        a.paid_through,
        x.list_day,
        c.name AS method,
        12 * year(a.first_day) + month(a.first_day) - 1 AS start_month,
        12 * (year(a.last_day) - year(a.first_day)) + month(a.last_day) - month(a.first_day) + 1
            AS months
    FROM analysis_period AS a
    JOIN analysis_choice AS c ON c.analysis_id = a.analysis_id AND c.kind = 'attribution'
    LEFT JOIN contract_analysis AS x ON x.analysis_id = a.analysis_id
),

placed AS (
    SELECT
        a.analysis_id,
        a.line_of_business,
        a.paid_through,
        a.list_day,
        a.start_month + CAST(m.first_month AS INTEGER) - 1 AS from_month,
        a.start_month + LEAST(CAST(m.last_month AS INTEGER), a.months) - 1 AS to_month,
        m.method,
        m.period,
        m.lag_months,
        m.unit,
        m.coverage,
        m.covered,
        m.condition,
        m.share_percent
    FROM asked AS a
    JOIN attribution_method AS m
        ON m.method = a.method AND CAST(m.first_month AS INTEGER) <= a.months
),

dated AS (
    SELECT
        p.*,
        make_date(CAST(from_month // 12 AS INTEGER), CAST(from_month % 12 + 1 AS INTEGER), 1)
            AS first_day
    FROM placed AS p
)

SELECT
    analysis_id || ' ' || method || ' ' || period AS attribution_id,
    analysis_id,
    method,
    period,
    line_of_business,
    paid_through,
    first_day,
    COALESCE(list_day, first_day) AS list_day,
    last_day(make_date(CAST(to_month // 12 AS INTEGER), CAST(to_month % 12 + 1 AS INTEGER), 1))
        AS last_day,
    to_month - CAST(lag_months AS INTEGER) AS window_end_month,
    unit,
    coverage,
    covered,
    condition,
    CAST(share_percent AS INTEGER) AS share_percent
FROM dated
