/*
row: One line of a pharmacy claim as it stood, filled in a month that counts in an analysis of cost.
grain: [analysis_id, claim_key, claim_line_number]
span: person
period: year
kind: view
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  claim_key: {type: VARCHAR, required: true, says: the claim}
  version_number: {type: INTEGER, required: true, says: the version that stands}
  claim_line_number: {type: INTEGER, required: true, says: its line}
  person_id: {type: VARCHAR, required: true, says: the person}
  dispensing_date: {type: DATE, required: true, says: day of the fill}
  dispensing_npi: {type: VARCHAR, says: pharmacy}
  prescribing_npi: {type: VARCHAR, says: prescriber}
  allowed_cents: {type: BIGINT, says: "allowed, cents"}
  paid_cents: {type: BIGINT, says: "paid, cents; empty: not said"}
*/
SELECT
    k.analysis_id,
    k.claim_key,
    k.version_number,
    k.claim_line_number,
    k.person_id,
    k.dispensing_date,
    k.dispensing_npi,
    k.prescribing_npi,
    k.allowed_cents,
    k.paid_cents
FROM pharmacy_version AS k
JOIN cost_month AS m
    ON m.analysis_id = k.analysis_id
    AND m.person_id = k.person_id
    AND m.month_start = CAST(date_trunc('month', k.dispensing_date) AS DATE)
WHERE k.reason IS NULL
