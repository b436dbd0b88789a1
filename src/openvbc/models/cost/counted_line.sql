/*
row: One claim line that counts in one cost window, in exactly one service category.
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
  enrolment_type: {type: VARCHAR, says: "the patient's enrolment type in that month; covered: outside Medicare"}
  claim_end_date: {type: DATE, required: true, says: through date; the month that the line counts in}
  service_on: {type: DATE, required: true, says: "the day it began: admission, else the line's first day, else the claim's"}
  discharge_date: {type: DATE, says: discharge}
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
  service_category: {type: VARCHAR, required: true, says: "category of the list service_category; other: the list has none"}
  claims_allowed_cents: {type: BIGINT, says: "allowed where the line counts, cents; of a credit below zero; empty: not said"}
  claims_cents: {type: BIGINT, required: true, says: "paid where the line counts, cents; of a credit below zero"}
  excluded_cents: {type: BIGINT, required: true, says: "of claims_cents, what is excluded, cents; of a credit below zero"}
*/
-- A line's category depends on the line alone: type of bill and revenue centre, or place of service.
WITH listed AS (
    SELECT
        x.place,
        k.claim_type,
        k.code,
        k.revenue,
        k.category,
        COALESCE(k.first_day, x.first_day) AS from_day,
        COALESCE(k.last_day, x.last_day) AS to_day
    FROM cost_window AS x
    CROSS JOIN service_category AS k
),

line AS (
    SELECT
        u.window_id,
        u.place,
        u.person_id,
        u.enrolment_type,
        u.claim_end_date,
        u.claim_type,
        u.claim_key,
        u.version_number,
        u.claim_line_number,
        u.service_on,
        u.discharge_date,
        u.bill_type_code,
        u.revenue_center_code,
        u.place_of_service_code,
        u.hcpcs_code,
        u.drg_code,
        u.service_unit_quantity,
        u.rendering_npi,
        u.rendering_specialty_code,
        u.billing_tin,
        u.facility_ccn,
        CASE
            WHEN u.claim_type = 'institutional' THEN substr(u.bill_type_code, 1, 2)
            WHEN u.claim_type = 'professional' THEN u.place_of_service_code
            ELSE u.claim_type
        END AS code,
        substr(u.revenue_center_code, 1, 3) AS revenue,
        u.claims_allowed_cents,
        u.claims_cents,
        u.excluded_cents
    FROM claim_use AS u
    WHERE u.counts
)

SELECT
    l.window_id,
    l.place,
    l.claim_key,
    l.version_number,
    l.claim_line_number,
    l.person_id,
    l.enrolment_type,
    l.claim_end_date,
    l.service_on,
    l.discharge_date,
    l.claim_type,
    l.bill_type_code,
    l.revenue_center_code,
    l.place_of_service_code,
    l.hcpcs_code,
    l.drg_code,
    l.service_unit_quantity,
    l.rendering_npi,
    l.rendering_specialty_code,
    l.billing_tin,
    l.facility_ccn,
    COALESCE(r.category, k.category, 'other') AS service_category,
    l.claims_allowed_cents,
    l.claims_cents,
    l.excluded_cents
FROM line AS l
LEFT JOIN (SELECT t.* FROM listed AS t WHERE revenue IS NULL) AS k
    ON k.place = l.place
    AND k.claim_type = l.claim_type
    AND k.code = l.code
    AND l.claim_end_date BETWEEN k.from_day AND k.to_day
LEFT JOIN (SELECT t.* FROM listed AS t WHERE revenue IS NOT NULL) AS r
    ON r.place = l.place
    AND r.claim_type = l.claim_type
    AND r.code = l.code
    AND r.revenue = l.revenue
    AND l.claim_end_date BETWEEN r.from_day AND r.to_day
