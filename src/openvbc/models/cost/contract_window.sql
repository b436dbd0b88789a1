/*
row: One contract period whose method is a declared one, with the cost window whose claims it counts.
grain: [contract_id, period_id]
span: all
period: year
kind: view
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  analysis_id: {type: VARCHAR, required: true, says: the analysis that attributes its people}
  window_id: {type: VARCHAR, required: true, says: the cost window}
*/
SELECT x.contract_id, x.period_id, x.analysis_id, w.window_id
FROM contract_analysis AS x
JOIN cost_window AS w
    ON w.line_of_business = x.line_of_business
    AND w.first_day = x.first_day
    AND w.last_day = x.last_day
    AND w.paid_through = x.paid_through
    AND w.needs_parts = (x.line_of_business = 'medicare')
