/*
row: One claim line of one year of an analysis that stands on its day and was not refused.
grain: [analysis_id, claim_key, version_number, claim_line_number]
span: person
period: year
kind: view
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  person_id: {type: VARCHAR, required: true, says: the patient}
  claim_key: {type: VARCHAR, required: true, says: the claim}
  version_number: {type: INTEGER, required: true, says: its version}
  claim_line_number: {type: INTEGER, required: true, says: its line}
  claim_start_date: {type: DATE, required: true, says: first day of the claim}
  claim_end_date: {type: DATE, required: true, says: last day of the claim}
  service_on: {type: DATE, required: true, says: "first day of the line, else of the claim"}
  hcpcs_code: {type: VARCHAR, says: HCPCS or CPT code}
  is_reading: {type: BOOLEAN, required: true, says: "the professional component alone (modifier 26)"}
  claim_type: {type: VARCHAR, required: true, says: "professional, institutional or dme"}
  bill_type_code: {type: VARCHAR, says: type of bill}
  admission_date: {type: DATE, says: admission}
  discharge_date: {type: DATE, says: discharge}
  discharge_disposition_code: {type: VARCHAR, says: patient status at discharge}
  rendering_npi: {type: VARCHAR, says: who did it}
  rendering_specialty_code: {type: VARCHAR, says: CMS specialty on the claim}
  billing_tin: {type: VARCHAR, says: taxpayer number of who bills}
  facility_ccn: {type: VARCHAR, says: CMS certification number of the facility}
  is_stay: {type: BOOLEAN, required: true, says: "hospital inpatient (bill type 11x, 41x)"}
  is_emergency: {type: BOOLEAN, required: true, says: "an emergency department's revenue centre (045x, 0981) on a claim of a hospital"}
  allowed_cents: {type: BIGINT, required: true, says: "allowed, cents; where none is given, paid"}
  paid_cents: {type: BIGINT, required: true, says: "paid, cents"}
*/
SELECT
    a.analysis_id,
    c.person_id,
    c.claim_key,
    c.version_number,
    c.claim_line_number,
    c.claim_start_date,
    c.claim_end_date,
    COALESCE(c.claim_line_start_date, c.claim_start_date) AS service_on,
    c.hcpcs_code,
    COALESCE(c.hcpcs_modifier_1 = '26', FALSE) OR COALESCE(c.hcpcs_modifier_2 = '26', FALSE)
        AS is_reading,
    c.claim_type,
    c.bill_type_code,
    c.admission_date,
    c.discharge_date,
    c.discharge_disposition_code,
    c.rendering_npi,
    c.rendering_specialty_code,
    c.billing_tin,
    c.facility_ccn,
    c.claim_type = 'institutional'
        AND COALESCE(substr(c.bill_type_code, 1, 2) IN ('11', '41'), FALSE) AS is_stay,
    c.claim_type = 'institutional'
        AND COALESCE(
            starts_with(c.revenue_center_code, '045') OR c.revenue_center_code = '0981', FALSE
        ) AS is_emergency,
    COALESCE(c.allowed_cents, c.paid_cents) AS allowed_cents,
    c.paid_cents
FROM analysis_period AS a
JOIN final_claim AS c
    ON c.line_of_business = a.line_of_business
    AND c.claim_end_date BETWEEN a.first_day AND a.last_day
WHERE c.effective_on <= a.paid_through
    AND (c.superseded_on IS NULL OR c.superseded_on > a.paid_through)
    AND c.version_type <> 'cancel'
    AND NOT COALESCE(c.denied, FALSE)
