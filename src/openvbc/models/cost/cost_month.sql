/*
row: One month of one person that counts in an analysis of cost.
grain: [analysis_id, person_id, month_start]
span: person
period: year
asked_by: [analysis_choice]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  person_id: {type: VARCHAR, required: true, says: the person}
  month_start: {type: DATE, required: true, says: first day of the month}
  enrolment_type: {type: VARCHAR, required: true, says: "esrd, disabled, aged_dual or aged_nondual; covered: none is known"}
*/
SELECT
    x.analysis_id,
    m.person_id,
    m.month_start,
    COALESCE(m.enrolment_type, 'covered') AS enrolment_type
FROM cost_analysis AS x
JOIN member_month AS m
    ON m.line_of_business = x.line_of_business
    AND m.month_start BETWEEN x.first_day AND x.last_day
WHERE m.payer_place = 1
    AND (
        NOT x.needs_parts
        OR (m.part_a AND m.part_b AND NOT m.medicare_advantage AND m.enrolment_type IS NOT NULL)
    )
