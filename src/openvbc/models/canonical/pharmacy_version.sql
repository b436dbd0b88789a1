/*
row: One line of one version of one pharmacy claim in one analysis or contract period that reads pharmacy, and whether it stood.
grain: [analysis_id, claim_key, version_number, claim_line_number]
span: person
period: year
kind: view
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  claim_key: {type: VARCHAR, required: true, says: the claim}
  version_number: {type: INTEGER, required: true, says: its version}
  claim_line_number: {type: INTEGER, required: true, says: its line}
  person_id: {type: VARCHAR, required: true, says: the person}
  payer: {type: VARCHAR, required: true, says: whose claim it is}
  dispensing_date: {type: DATE, required: true, says: day of the fill}
  dispensing_npi: {type: VARCHAR, says: pharmacy}
  prescribing_npi: {type: VARCHAR, says: prescriber}
  ndc_code: {type: VARCHAR, says: eleven-digit NDC}
  days_supply: {type: INTEGER, says: days of supply}
  allowed_cents: {type: BIGINT, says: "allowed, cents"}
  paid_cents: {type: BIGINT, says: "paid, cents; empty: not said"}
  reason: {type: VARCHAR, says: "why it does not stand: after_run_out, superseded or cancelled; empty: it stands"}
*/
-- Of the versions known by the day, the latest stands, in whatever year it has the fill; where it
-- cancels, nothing does.
WITH asked AS (
    SELECT p.analysis_id, p.line_of_business, p.first_day, p.last_day, p.paid_through
    FROM analysis_period AS p
    JOIN analysis_choice AS a ON a.analysis_id = p.analysis_id
    WHERE a.kind = 'grouper' OR (a.kind = 'measure' AND a.name = 'cost')
    UNION
    SELECT analysis_id, line_of_business, first_day, last_day, paid_through
    FROM contract_analysis
    WHERE pharmacy
)

SELECT
    x.analysis_id,
    c.claim_key,
    c.version_number,
    c.claim_line_number,
    c.person_id,
    c.payer,
    c.dispensing_date,
    c.dispensing_npi,
    c.prescribing_npi,
    c.ndc_code,
    c.days_supply,
    c.allowed_cents,
    c.paid_cents,
    CASE
        WHEN c.effective_on > x.paid_through THEN 'after_run_out'
        WHEN s.superseded_on <= x.paid_through THEN 'superseded'
        WHEN c.version_type = 'cancel' THEN 'cancelled'
    END AS reason
FROM asked AS x
JOIN pharmacy_claim AS c
    ON c.line_of_business = x.line_of_business
    AND c.dispensing_date BETWEEN x.first_day AND x.last_day
LEFT JOIN superseded_fill_month AS s
    ON s.claim_key = c.claim_key
    AND s.version_number = c.version_number
    AND s.dispensing_date = c.dispensing_date
