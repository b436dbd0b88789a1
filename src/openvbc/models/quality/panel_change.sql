/*
row: One person's panel in one year of an analysis beside that of the year before.
grain: [analysis_id, person_id, unit_type]
span: person
period: none
asked_by: [analysis_choice]
columns:
  analysis_id: {type: VARCHAR, required: true, says: "the analysis and the later year; the year before is asked for too"}
  person_id: {type: VARCHAR, required: true, says: the person}
  unit_type: {type: VARCHAR, required: true, says: tin or npi}
  from_id: {type: VARCHAR, required: true, says: "the panel of the year before; none: nobody's; empty: not covered"}
  to_id: {type: VARCHAR, required: true, says: "the panel of the year; none: nobody's; empty: not covered"}
  change: {type: VARCHAR, required: true, says: "stayed, moved (to another panel), found (a panel after nobody's), lost (nobody's after a panel), enrolled, disenrolled, died (in the year before or the year), unattributed (nobody's in both)"}
*/
WITH asked AS (
    SELECT
        p.analysis_id,
        p.year,
        p.first_day,
        p.last_day,
        substr(p.analysis_id, 1, length(p.analysis_id) - 5) AS label
    FROM analysis_period AS p
    JOIN analysis_choice AS c
        ON c.analysis_id = p.analysis_id AND c.kind = 'measure' AND c.name = 'panel'
),

pair AS (
    SELECT b.analysis_id, a.analysis_id AS earlier_id, a.first_day, b.last_day
    FROM asked AS b
    JOIN asked AS a ON a.label = b.label AND a.year = b.year - 1
),

held AS (
    SELECT
        p.analysis_id, p.first_day, p.last_day, m.person_id, m.unit_type,
        m.unit_id AS from_id, '' AS to_id
    FROM pair AS p
    JOIN panel_member AS m ON m.analysis_id = p.earlier_id
    UNION ALL
    SELECT
        p.analysis_id, p.first_day, p.last_day, m.person_id, m.unit_type,
        '' AS from_id, m.unit_id AS to_id
    FROM pair AS p
    JOIN panel_member AS m ON m.analysis_id = p.analysis_id
),

beside AS (
    SELECT
        analysis_id, first_day, last_day, person_id, unit_type,
        MAX(from_id) AS from_id,
        MAX(to_id) AS to_id
    FROM held
    GROUP BY analysis_id, first_day, last_day, person_id, unit_type
)

SELECT
    b.analysis_id,
    b.person_id,
    b.unit_type,
    b.from_id,
    b.to_id,
    CASE
        WHEN b.from_id = '' THEN 'enrolled'
        WHEN b.to_id = '' AND d.death_date BETWEEN b.first_day AND b.last_day THEN 'died'
        WHEN b.to_id = '' THEN 'disenrolled'
        WHEN b.from_id = 'none' AND b.to_id = 'none' THEN 'unattributed'
        WHEN b.from_id = b.to_id THEN 'stayed'
        WHEN b.from_id = 'none' THEN 'found'
        WHEN b.to_id = 'none' THEN 'lost'
        ELSE 'moved'
    END AS change
FROM beside AS b
LEFT JOIN person AS d ON d.person_id = b.person_id
