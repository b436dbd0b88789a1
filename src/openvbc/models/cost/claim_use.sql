/*
row: One line of one version of one medical claim in one expenditure window, and how it counts.
grain: [window_id, claim_key, version_number, claim_line_number]
span: person
period: year
kind: view
columns:
  window_id: {type: VARCHAR, required: true, says: the expenditure window}
  place: {type: BIGINT, required: true, says: the window's number in cost_window}
  claim_key: {type: VARCHAR, required: true, says: the claim}
  version_number: {type: INTEGER, required: true, says: its version}
  claim_line_number: {type: INTEGER, required: true, says: its line}
  person_id: {type: VARCHAR, required: true, says: the patient}
  payer: {type: VARCHAR, required: true, says: whose claim it is}
  claim_end_date: {type: DATE, required: true, says: through date; the month that the line counts in}
  claim_type: {type: VARCHAR, required: true, says: "professional, institutional or dme"}
  bill_type_code: {type: VARCHAR, says: type of bill}
  revenue_center_code: {type: VARCHAR, says: revenue centre}
  place_of_service_code: {type: VARCHAR, says: place of service}
  hcpcs_code: {type: VARCHAR, says: HCPCS or CPT code}
  drg_code: {type: VARCHAR, says: MS-DRG}
  service_unit_quantity: {type: "DECIMAL(18,3)", says: units of service}
  rendering_npi: {type: VARCHAR, says: who did it}
  rendering_specialty_code: {type: VARCHAR, says: "CMS specialty on the claim, two characters"}
  billing_tin: {type: VARCHAR, says: taxpayer number of who bills}
  facility_ccn: {type: VARCHAR, says: CMS certification number of the facility}
  service_on: {type: DATE, required: true, says: "the day it began: admission, else the line's first day, else the claim's"}
  discharge_date: {type: DATE, says: discharge}
  enrolment_type: {type: VARCHAR, says: "the patient's enrolment type in that month; covered: outside Medicare"}
  counts: {type: BOOLEAN, required: true, says: the line is part of the expenditure before exclusions}
  reason: {type: VARCHAR, says: "the first reason why it does not count: after_run_out, superseded, cancelled, denied or not_enrolled; of a debit or credit never superseded or cancelled"}
  exclusion: {type: VARCHAR, says: "why some or all of a line that counts is excluded: excluded_code or ime_dsh"}
  paid_cents: {type: BIGINT, required: true, says: "paid, cents"}
  claims_allowed_cents: {type: BIGINT, says: "allowed where the line counts, cents; of a credit below zero; empty: not said"}
  claims_cents: {type: BIGINT, required: true, says: "paid where the line counts, cents; of a credit below zero"}
  excluded_cents: {type: BIGINT, required: true, says: "of claims_cents, what is excluded, cents; of a credit below zero"}
*/
-- A person's runs of covered months, each within the window and with an end.
WITH coverage AS (
    SELECT
        x.place,
        s.person_id,
        s.first_month AS from_day,
        LEAST(COALESCE(last_day(s.last_month), x.last_day), x.last_day) AS to_day,
        COALESCE(s.enrolment_type, CASE WHEN NOT x.needs_parts THEN 'covered' END)
            AS enrolment_type,
        NOT x.needs_parts
        OR (s.part_a AND s.part_b AND NOT s.medicare_advantage AND s.enrolment_type IS NOT NULL)
            AS is_enrolled
    FROM cost_window AS x
    JOIN covered_span AS s
        ON s.line_of_business = x.line_of_business
        AND s.payer_place = 1
        AND s.first_month <= x.last_day
),

excluded AS (
    SELECT
        x.place,
        k.code,
        k.claim_type,
        COALESCE(k.first_day, x.first_day) AS from_day,
        COALESCE(k.last_day, x.last_day) AS to_day
    FROM cost_window AS x
    CROSS JOIN expenditure_exclusion_code AS k
),

line AS (
    SELECT
        x.window_id,
        x.place,
        c.claim_key,
        c.version_number,
        c.claim_line_number,
        c.person_id,
        c.payer,
        c.claim_end_date,
        c.claim_type,
        c.bill_type_code,
        c.revenue_center_code,
        c.place_of_service_code,
        c.hcpcs_code,
        c.drg_code,
        c.service_unit_quantity,
        c.rendering_npi,
        c.rendering_specialty_code,
        c.billing_tin,
        c.facility_ccn,
        COALESCE(c.admission_date, c.claim_line_start_date, c.claim_start_date) AS service_on,
        c.discharge_date,
        m.enrolment_type,
        c.paid_cents,
        c.allowed_cents,
        COALESCE(c.debit_credit, FALSE) AND c.version_type = 'cancel' AS is_credit,
        CASE
            WHEN c.effective_on > x.paid_through THEN 'after_run_out'
            WHEN c.debit_credit IS NOT TRUE AND c.superseded_on <= x.paid_through
                THEN 'superseded'
            WHEN c.debit_credit IS NOT TRUE AND c.version_type = 'cancel' THEN 'cancelled'
            WHEN c.denied THEN 'denied'
            WHEN NOT COALESCE(m.is_enrolled, FALSE) THEN 'not_enrolled'
        END AS reason,
        CASE
            WHEN k.code IS NOT NULL THEN 'excluded_code'
            WHEN COALESCE(c.ime_cents, 0) + COALESCE(c.dsh_cents, 0) > 0 THEN 'ime_dsh'
        END AS exclusion,
        COALESCE(c.ime_cents, 0) + COALESCE(c.dsh_cents, 0) AS ime_dsh_cents
    FROM cost_window AS x
    JOIN final_claim AS c
        ON c.line_of_business = x.line_of_business
        AND c.claim_end_date BETWEEN x.first_day AND x.last_day
    LEFT JOIN coverage AS m
        ON m.place = x.place
        AND m.person_id = c.person_id
        AND c.claim_end_date BETWEEN m.from_day AND m.to_day
    LEFT JOIN excluded AS k
        ON k.place = x.place
        AND k.code = c.hcpcs_code
        AND k.claim_type = c.claim_type
        AND c.claim_end_date BETWEEN k.from_day AND k.to_day
),

used AS (
    SELECT
        line.*,
        CASE WHEN reason IS NULL THEN paid_cents ELSE 0 END AS used_cents,
        CASE
            WHEN reason IS NOT NULL OR exclusion IS NULL THEN 0
            WHEN exclusion = 'excluded_code' THEN paid_cents
            ELSE ime_dsh_cents
        END AS left_out_cents
    FROM line
)

SELECT
    window_id,
    place,
    claim_key,
    version_number,
    claim_line_number,
    person_id,
    payer,
    claim_end_date,
    claim_type,
    bill_type_code,
    revenue_center_code,
    place_of_service_code,
    hcpcs_code,
    drg_code,
    service_unit_quantity,
    rendering_npi,
    rendering_specialty_code,
    billing_tin,
    facility_ccn,
    service_on,
    discharge_date,
    enrolment_type,
    reason IS NULL AS counts,
    reason,
    CASE WHEN reason IS NULL THEN exclusion END AS exclusion,
    paid_cents,
    CASE WHEN reason IS NOT NULL THEN 0 WHEN is_credit THEN -allowed_cents ELSE allowed_cents END
        AS claims_allowed_cents,
    CASE WHEN is_credit THEN -used_cents ELSE used_cents END AS claims_cents,
    CASE WHEN is_credit THEN -left_out_cents ELSE left_out_cents END AS excluded_cents
FROM used
