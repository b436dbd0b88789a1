/* The months of an assigned member in one enrolment type. */
SELECT contract_id, period_id, person_id, enrolment_type, months
FROM person_risk
