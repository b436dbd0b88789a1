/*
row: One window of claims whose cost is added up, for contracts or for analyses.
grain: [window_id]
span: all
period: year
kind: view
columns:
  window_id: {type: VARCHAR, required: true, says: names the claims; equal windows are summed once}
  place: {type: BIGINT, required: true, says: "the window's number among those of its year: what is joined millions of times stays short"}
  line_of_business: {type: VARCHAR, required: true, says: line of business}
  first_day: {type: DATE, required: true, says: first through date that counts}
  last_day: {type: DATE, required: true, says: last through date that counts}
  paid_through: {type: DATE, required: true, says: claims count as they stood on this day}
  needs_parts: {type: BOOLEAN, required: true, says: "a month counts with Medicare Parts A and B outside Medicare Advantage; else any coverage counts"}
*/
WITH asked AS (
    SELECT window_id, line_of_business, first_day, last_day, paid_through, TRUE AS needs_parts
    FROM expenditure_window
    UNION
    SELECT
        substr(md5(
            line_of_business
                || ' ' || CAST(first_day AS VARCHAR)
                || ' ' || CAST(last_day AS VARCHAR)
                || ' ' || CAST(paid_through AS VARCHAR)
                || CASE WHEN line_of_business = 'medicare' THEN '' ELSE ' any coverage' END
        ), 1, 12) AS window_id,
        line_of_business,
        first_day,
        last_day,
        paid_through,
        line_of_business = 'medicare' AS needs_parts
    FROM analysis_period
)

SELECT
    window_id,
    ROW_NUMBER() OVER (ORDER BY window_id) AS place,
    line_of_business,
    first_day,
    last_day,
    paid_through,
    needs_parts
FROM asked
