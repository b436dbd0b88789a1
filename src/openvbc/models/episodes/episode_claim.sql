/*
row: One line of one claim as it stood for one contract period that counts episodes.
grain: [contract_id, period_id, claim_key, version_number, claim_line_number]
span: person
period: none
kind: view
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  person_id: {type: VARCHAR, required: true, says: the patient}
  claim_key: {type: VARCHAR, required: true, says: the claim}
  version_number: {type: INTEGER, required: true, says: its version}
  claim_line_number: {type: INTEGER, required: true, says: its line}
  is_standing: {type: BOOLEAN, required: true, says: neither replaced nor a cancellation}
  line_date: {type: DATE, required: true, says: "first day of the line; of a stay, the stay's first day"}
  service: {type: VARCHAR, required: true, says: "inpatient, outpatient, professional, post_acute or other_service"}
*/
-- Of a claim that is postings (debits and credits) every posting counts, by its sign; only those
-- that are left standing can trigger an episode.
-- Type of bill by NUBC's first two digits: 11 12 hospital inpatient, 18 swing bed, 2x nursing
-- facility, 3x home health, 41 religious inpatient, 74 75 rehabilitation. By certification number
-- (CMS State Operations Manual 2779A): 20xx-22xx long-term, 3025-3099 and a letter R or T in the
-- third place rehabilitation hospital or unit. A stay is one thing: all its lines have its first day.
WITH line AS (
    SELECT
        p.contract_id,
        p.period_id,
        c.*,
        (c.superseded_on IS NULL OR c.superseded_on > p.paid_through)
        AND c.version_type <> 'cancel' AS is_standing,
        LEFT(c.bill_type_code, 2) AS bill_kind,
        SUBSTRING(c.facility_ccn, 3, 1) IN ('R', 'T')
        OR SUBSTRING(c.facility_ccn, 3, 2) BETWEEN '20' AND '22'
        OR SUBSTRING(c.facility_ccn, 3, 4) BETWEEN '3025' AND '3099' AS is_rehabilitation
    FROM episode_period AS p
    JOIN final_claim AS c
        ON c.line_of_business = p.line_of_business
        AND c.effective_on <= p.paid_through
        AND (
            c.debit_credit
            OR (
                (c.superseded_on IS NULL OR c.superseded_on > p.paid_through)
                AND c.version_type <> 'cancel'
            )
        )
)

SELECT
    line.*,
    CASE
        WHEN bill_kind IN ('11', '18', '21', '28', '41') THEN claim_start_date
        ELSE COALESCE(claim_line_start_date, claim_start_date)
    END AS line_date,
    CASE
        WHEN claim_type = 'professional' THEN 'professional'
        WHEN claim_type = 'dme' OR bill_kind IN ('81', '82') THEN 'other_service'
        WHEN bill_kind IN ('11', '12', '41') AND COALESCE(is_rehabilitation, FALSE)
            THEN 'post_acute'
        WHEN bill_kind IN ('11', '12', '41') THEN 'inpatient'
        WHEN bill_kind IN ('18', '21', '22', '23', '28', '32', '33', '34', '74', '75')
            THEN 'post_acute'
        ELSE 'outpatient'
    END AS service
FROM line
