/*
row: One span of days in which one step of one attribution counts services; one that stands twice counts twice.
grain: [attribution_id, step, first_day, copy]
span: all
period: year
kind: view
columns:
  attribution_id: {type: VARCHAR, required: true, says: the attribution}
  step: {type: VARCHAR, required: true, says: the step}
  first_day: {type: DATE, required: true, says: first day of service}
  last_day: {type: DATE, required: true, says: last day of service}
  copy: {type: VARCHAR, required: true, says: "1, 2 …: how often the span's charges count"}
*/
-- Months are counted back from the last month of the look-back, which is month 1.
WITH counted AS (
    SELECT
        p.attribution_id,
        s.step,
        s.copy,
        p.window_end_month + 1 - CAST(s.months_to AS INTEGER) AS from_month,
        p.window_end_month + 1 - CAST(s.months_from AS INTEGER) AS to_month
    FROM attribution_period AS p
    JOIN attribution_span AS s ON s.method = p.method
)

SELECT
    attribution_id,
    step,
    make_date(CAST(from_month // 12 AS INTEGER), CAST(from_month % 12 + 1 AS INTEGER), 1) AS first_day,
    last_day(make_date(CAST(to_month // 12 AS INTEGER), CAST(to_month % 12 + 1 AS INTEGER), 1)) AS last_day,
    copy
FROM counted
