/*
row: One covered person's use of care in one year of an analysis, by how it was reached.
grain: [analysis_id, person_id]
span: person
period: year
asked_by: [analysis_choice]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  person_id: {type: VARCHAR, required: true, says: the person}
  visits: {type: BIGINT, required: true, says: visits of the year}
  new_visits: {type: BIGINT, required: true, says: billed as of a new patient}
  after_hours_visits: {type: BIGINT, required: true, says: "outside office hours, urgent care centres left out"}
  urgent_visits: {type: BIGINT, required: true, says: in an urgent care centre}
  emergency_days: {type: BIGINT, required: true, says: "days in an emergency department without a stay on the same claim"}
  discharges: {type: BIGINT, required: true, says: discharges after which a visit is asked for}
  visited_by_7: {type: BIGINT, required: true, says: of them with a visit within 7 days}
  visited_by_14: {type: BIGINT, required: true, says: within 14 days}
  visited_by_30: {type: BIGINT, required: true, says: within 30 days}
  days_to_visit: {type: BIGINT, required: true, says: "days from discharge to the visit, summed over those with one"}
*/
WITH asked AS (
    SELECT analysis_id FROM analysis_choice WHERE kind = 'measure' AND name = 'access'
),

visit AS (
    SELECT
        v.analysis_id,
        v.person_id,
        COUNT(*) AS visits,
        COUNT(*) FILTER (WHERE v.is_new) AS new_visits,
        COUNT(*) FILTER (WHERE v.is_after_hours AND NOT v.is_urgent) AS after_hours_visits,
        COUNT(*) FILTER (WHERE v.is_urgent) AS urgent_visits
    FROM ambulatory_visit AS v
    WHERE v.in_year
    GROUP BY v.analysis_id, v.person_id
),

-- An emergency visit that ends in a stay is billed on the stay's claim.
emergency AS (
    SELECT
        l.analysis_id,
        l.person_id,
        COUNT(DISTINCT l.claim_start_date) AS emergency_days
    FROM standing_line AS l
    JOIN asked AS a ON a.analysis_id = l.analysis_id
    WHERE l.is_emergency AND NOT l.is_stay
    GROUP BY l.analysis_id, l.person_id
),

after_stay AS (
    SELECT
        d.analysis_id,
        d.person_id,
        COUNT(*) AS discharges,
        COUNT(*) FILTER (WHERE d.days_to_visit <= 7) AS visited_by_7,
        COUNT(*) FILTER (WHERE d.days_to_visit <= 14) AS visited_by_14,
        COUNT(*) FILTER (WHERE d.days_to_visit <= 30) AS visited_by_30,
        COALESCE(SUM(d.days_to_visit), 0) AS days_to_visit
    FROM discharge AS d
    WHERE d.is_asked
    GROUP BY d.analysis_id, d.person_id
)

SELECT
    m.analysis_id,
    m.person_id,
    COALESCE(v.visits, 0) AS visits,
    COALESCE(v.new_visits, 0) AS new_visits,
    COALESCE(v.after_hours_visits, 0) AS after_hours_visits,
    COALESCE(v.urgent_visits, 0) AS urgent_visits,
    COALESCE(e.emergency_days, 0) AS emergency_days,
    COALESCE(s.discharges, 0) AS discharges,
    COALESCE(s.visited_by_7, 0) AS visited_by_7,
    COALESCE(s.visited_by_14, 0) AS visited_by_14,
    COALESCE(s.visited_by_30, 0) AS visited_by_30,
    COALESCE(s.days_to_visit, 0) AS days_to_visit
FROM panel_member AS m
JOIN asked AS a ON a.analysis_id = m.analysis_id
LEFT JOIN visit AS v ON v.analysis_id = m.analysis_id AND v.person_id = m.person_id
LEFT JOIN emergency AS e ON e.analysis_id = m.analysis_id AND e.person_id = m.person_id
LEFT JOIN after_stay AS s ON s.analysis_id = m.analysis_id AND s.person_id = m.person_id
WHERE m.unit_type = 'tin'
