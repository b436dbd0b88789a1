/*
row: One contract period with the claims that its expenditure counts.
grain: [contract_id, period_id]
span: all
period: year
kind: view
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  window_id: {type: VARCHAR, required: true, says: a hash of what names the claims; equal windows are summed once}
  line_of_business: {type: VARCHAR, required: true, says: line of business}
  first_day: {type: DATE, required: true, says: first through date that counts}
  last_day: {type: DATE, required: true, says: last through date that counts}
  paid_through: {type: DATE, required: true, says: claims count as they stood on this day}
*/
SELECT
    contract_id,
    period_id,
    substr(md5(
        line_of_business
            || ' ' || CAST(first_day AS VARCHAR)
            || ' ' || CAST(last_day AS VARCHAR)
            || ' ' || CAST(paid_through AS VARCHAR)
    ), 1, 12) AS window_id,
    line_of_business,
    first_day,
    last_day,
    paid_through
FROM contract_period
WHERE cut <> 'none'
