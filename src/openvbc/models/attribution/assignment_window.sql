/*
row: One contract period with the window in which its people are assigned (42 CFR 425.400, 425.20).
grain: [contract_id, period_id]
span: all
period: year
kind: view
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  window_id: {type: VARCHAR, required: true, says: "a hash of everything that assignment depends on besides the ACO; equal windows are computed once"}
  line_of_business: {type: VARCHAR, required: true, says: line of business}
  performance_first_day: {type: DATE, required: true, says: first day of the performance period; the clock of code lists and participant lists}
  first_day: {type: DATE, required: true, says: first day of the period}
  last_day: {type: DATE, required: true, says: last day of the period}
  assignment: {type: VARCHAR, required: true, says: retrospective or prospective}
  assignment_first_day: {type: DATE, required: true, says: first day of the 12-month assignment window}
  assignment_last_day: {type: DATE, required: true, says: last day of both windows}
  expanded_first_day: {type: DATE, required: true, says: first day of the 24-month expanded window}
  paid_through: {type: DATE, required: true, says: claims count as they stood on this day}
  step_one_npp: {type: BOOLEAN, required: true, says: "nurse practitioners, physician assistants and clinical nurse specialists are compared in step one, not in step two"}
  step_three: {type: BOOLEAN, required: true, says: the performance year knows step three}
  designation: {type: VARCHAR, required: true, says: "none, with_service or alone: whether a designation counts"}
  clinic_attestation: {type: BOOLEAN, required: true, says: "the ACO's clinics count as primary care physicians where it attests them"}
*/
SELECT
    contract_id,
    period_id,
    substr(md5(
        line_of_business
            || ' ' || CAST(performance_first_day AS VARCHAR)
            || ' ' || CAST(first_day AS VARCHAR)
            || ' ' || CAST(last_day AS VARCHAR)
            || ' ' || CAST(expanded_first_day AS VARCHAR)
            || ' ' || CAST(assignment_first_day AS VARCHAR)
            || ' ' || CAST(assignment_last_day AS VARCHAR)
            || ' ' || CAST(paid_through AS VARCHAR)
            || ' ' || assignment
            || CASE WHEN step_three THEN ' step_3' ELSE '' END
            || CASE WHEN step_one_npp THEN '' ELSE ' physicians_first' END
            || CASE WHEN designation = 'alone' THEN '' ELSE ' ' || designation END
            || CASE WHEN clinic_attestation THEN ' attested' ELSE '' END
    ), 1, 12) AS window_id,
    line_of_business,
    performance_first_day,
    first_day,
    last_day,
    assignment,
    assignment_first_day,
    assignment_last_day,
    expanded_first_day,
    paid_through,
    step_one_npp,
    step_three,
    designation,
    clinic_attestation
FROM contract_period
WHERE method = 'mssp'
