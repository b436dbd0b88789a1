/*
row: One day on which a person had a service again within its days, with what that day's cost.
grain: [analysis_id, person_id, grouper, code, service_on]
span: person
period: year
tells_care: true
asked_by: [grouper]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  person_id: {type: VARCHAR, required: true, says: the patient}
  grouper: {type: VARCHAR, required: true, says: the grouper}
  category: {type: VARCHAR, required: true, says: the category of the service}
  code: {type: VARCHAR, required: true, says: HCPCS code}
  service_on: {type: DATE, required: true, says: the day of the repetition}
  earlier_on: {type: DATE, required: true, says: the day before it on which the person had the service}
  claims: {type: BIGINT, required: true, says: claims of that day that bill it}
  allowed_cents: {type: BIGINT, required: true, says: "allowed for it that day, cents"}
  paid_cents: {type: BIGINT, required: true, says: "paid for it that day, cents"}
*/
-- Lines of one day are one service: its technical and professional parts are billed apart. Where
-- it is read on a later day, that reading alone is no service.
WITH day_of_service AS (
    SELECT
        l.analysis_id,
        l.person_id,
        s.grouper,
        s.category,
        s.code,
        s.days,
        l.service_on,
        COUNT(DISTINCT l.claim_key) AS claims,
        SUM(l.allowed_cents) AS allowed_cents,
        SUM(l.paid_cents) AS paid_cents
    FROM standing_line AS l
    JOIN grouper_service AS s ON s.code = l.hcpcs_code
    JOIN analysis_choice AS c
        ON c.analysis_id = l.analysis_id AND c.kind = 'grouper' AND c.name = s.grouper
    GROUP BY l.analysis_id, l.person_id, s.grouper, s.category, s.code, s.days, l.service_on
    HAVING NOT bool_and(l.is_reading)
),

followed AS (
    SELECT
        d.*,
        LAG(service_on) OVER (
            PARTITION BY analysis_id, person_id, grouper, code ORDER BY service_on
        ) AS earlier_on
    FROM day_of_service AS d
)

SELECT
    analysis_id, person_id, grouper, category, code, service_on, earlier_on, claims, allowed_cents,
    paid_cents
FROM followed
WHERE date_diff('day', earlier_on, service_on) <= days
