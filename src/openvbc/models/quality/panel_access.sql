/*
row: One panel's access in one year of an analysis.
grain: [analysis_id, unit_type, unit_id]
span: all
period: year
asked_by: [analysis_choice]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  unit_type: {type: VARCHAR, required: true, says: tin or npi}
  unit_id: {type: VARCHAR, required: true, says: "the panel; none: people of nobody's panel"}
  persons: {type: BIGINT, required: true, says: people of the panel}
  without_visit: {type: BIGINT, required: true, says: of them without any visit in the year}
  without_own_visit: {type: BIGINT, required: true, says: of them without a visit to the panel's own practice or clinician}
  visits: {type: BIGINT, required: true, says: visits of the year}
  new_visits: {type: BIGINT, required: true, says: billed as of a new patient}
  after_hours_visits: {type: BIGINT, required: true, says: outside office hours}
  urgent_visits: {type: BIGINT, required: true, says: in an urgent care centre}
  emergency_days: {type: BIGINT, required: true, says: days in an emergency department without a stay}
  discharges: {type: BIGINT, required: true, says: discharges after which a visit is asked for}
  visited_by_7: {type: BIGINT, required: true, says: of them with a visit within 7 days}
  visited_by_14: {type: BIGINT, required: true, says: within 14 days}
  visited_by_30: {type: BIGINT, required: true, says: within 30 days}
  days_to_visit: {type: BIGINT, required: true, says: days to the visit of those with one}
*/
SELECT
    m.analysis_id,
    m.unit_type,
    m.unit_id,
    COUNT(*) AS persons,
    COUNT(*) FILTER (WHERE a.visits = 0) AS without_visit,
    COUNT(*) FILTER (WHERE m.visits = 0) AS without_own_visit,
    SUM(a.visits) AS visits,
    SUM(a.new_visits) AS new_visits,
    SUM(a.after_hours_visits) AS after_hours_visits,
    SUM(a.urgent_visits) AS urgent_visits,
    SUM(a.emergency_days) AS emergency_days,
    SUM(a.discharges) AS discharges,
    SUM(a.visited_by_7) AS visited_by_7,
    SUM(a.visited_by_14) AS visited_by_14,
    SUM(a.visited_by_30) AS visited_by_30,
    SUM(a.days_to_visit) AS days_to_visit
FROM panel_member AS m
JOIN person_access AS a ON a.analysis_id = m.analysis_id AND a.person_id = m.person_id
GROUP BY m.analysis_id, m.unit_type, m.unit_id
