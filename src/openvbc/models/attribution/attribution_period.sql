/*
row: One period of one year of an analysis in which one method attributes people, with what it asks.
grain: [attribution_id]
span: all
period: year
kind: view
columns:
  attribution_id: {type: VARCHAR, required: true, says: "analysis, year, method and period, such as seniors/2025 pcf Q1"}
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  method: {type: VARCHAR, required: true, says: "the method, such as reach"}
  period: {type: VARCHAR, required: true, says: "year, or a quarter Q1 to Q4"}
  line_of_business: {type: VARCHAR, required: true, says: whose months and claims are read}
  paid_through: {type: DATE, required: true, says: claims that stood by this day count}
  first_day: {type: DATE, required: true, says: first day of the period; the clock of lists of codes and of participants}
  last_day: {type: DATE, required: true, says: last day of the period}
  window_end_month: {type: INTEGER, required: true, says: "last month of the look-back, counted from year 0"}
  unit: {type: VARCHAR, required: true, says: "to whom: entity (a list's, else the practice), tin or npi"}
  coverage: {type: VARCHAR, required: true, says: "parts_a_and_b (no Medicare Advantage), or any"}
  covered: {type: VARCHAR, required: true, says: "the months of the period that must be so covered: first, or any"}
  condition: {type: VARCHAR, says: "only people with this condition; empty: everybody"}
  share_percent: {type: INTEGER, says: "the share of primary care in charges that opens a step at_least, and shuts one below"}
*/
SELECT
    a.analysis_id || ' ' || m.method || ' ' || m.period AS attribution_id,
    a.analysis_id,
    m.method,
    m.period,
    a.line_of_business,
    a.paid_through,
    make_date(year(a.first_day), CAST(m.first_month AS INTEGER), 1) AS first_day,
    last_day(make_date(year(a.first_day), CAST(m.last_month AS INTEGER), 1)) AS last_day,
    12 * year(a.first_day) + CAST(m.last_month AS INTEGER) - 1 - CAST(m.lag_months AS INTEGER)
        AS window_end_month,
    m.unit,
    m.coverage,
    m.covered,
    m.condition,
    CAST(m.share_percent AS INTEGER) AS share_percent
FROM analysis_period AS a
JOIN analysis_choice AS c ON c.analysis_id = a.analysis_id AND c.kind = 'attribution'
JOIN attribution_method AS m ON m.method = c.name
