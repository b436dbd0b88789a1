/*
row: What the people of one panel had of one kind of service, inside or outside the network.
grain: [analysis_id, unit_type, unit_id, claim_type, service_code, facility_ccn, network]
span: all
period: year
asked_by: [analysis_choice]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  unit_type: {type: VARCHAR, required: true, says: tin or npi}
  unit_id: {type: VARCHAR, required: true, says: "the panel; none: people of nobody's panel"}
  claim_type: {type: VARCHAR, required: true, says: "professional, institutional or dme"}
  service_code: {type: VARCHAR, required: true, says: "specialty, or first two digits of the type of bill"}
  facility_ccn: {type: VARCHAR, required: true, says: the facility of institutional claims}
  network: {type: VARCHAR, required: true, says: "inside, outside or unknown"}
  persons: {type: BIGINT, required: true, says: people who had it}
  lines: {type: BIGINT, required: true, says: claim lines}
  days: {type: BIGINT, required: true, says: days of service of each person}
  allowed_cents: {type: BIGINT, required: true, says: "allowed, cents"}
  paid_cents: {type: BIGINT, required: true, says: "paid, cents"}
*/
SELECT
    m.analysis_id,
    m.unit_type,
    m.unit_id,
    l.claim_type,
    l.service_code,
    l.facility_ccn,
    l.network,
    COUNT(*) AS persons,
    SUM(l.lines) AS lines,
    SUM(l.days) AS days,
    SUM(l.allowed_cents) AS allowed_cents,
    SUM(l.paid_cents) AS paid_cents
FROM panel_member AS m
JOIN person_leakage AS l ON l.analysis_id = m.analysis_id AND l.person_id = m.person_id
GROUP BY
    m.analysis_id, m.unit_type, m.unit_id, l.claim_type, l.service_code, l.facility_ccn, l.network
