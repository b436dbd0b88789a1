/*
row: One year of an analysis that asks for cost, with the window of claims that it adds up.
grain: [analysis_id]
span: all
period: year
kind: view
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  window_id: {type: VARCHAR, required: true, says: the cost window}
  place: {type: BIGINT, required: true, says: the window's number in cost_window}
  line_of_business: {type: VARCHAR, required: true, says: whose months and claims}
  first_day: {type: DATE, required: true, says: first through date that counts}
  last_day: {type: DATE, required: true, says: last through date that counts}
  paid_through: {type: DATE, required: true, says: claims count as they stood on this day}
  needs_parts: {type: BOOLEAN, required: true, says: "a month counts with Medicare Parts A and B outside Medicare Advantage"}
*/
SELECT
    p.analysis_id,
    x.window_id,
    x.place,
    x.line_of_business,
    x.first_day,
    x.last_day,
    x.paid_through,
    x.needs_parts
FROM analysis_period AS p
JOIN analysis_choice AS a
    ON a.analysis_id = p.analysis_id AND a.kind = 'measure' AND a.name = 'cost'
JOIN cost_window AS x
    ON x.line_of_business = p.line_of_business
    AND x.first_day = p.first_day
    AND x.last_day = p.last_day
    AND x.paid_through = p.paid_through
    AND x.needs_parts = (p.line_of_business = 'medicare')
