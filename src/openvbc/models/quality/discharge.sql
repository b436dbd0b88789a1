/*
row: One hospital stay of one person that ended in a year of an analysis, and the first visit after it.
grain: [analysis_id, person_id, claim_key, version_number]
span: person
period: year
asked_by: [analysis_choice]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  person_id: {type: VARCHAR, required: true, says: the patient}
  claim_key: {type: VARCHAR, required: true, says: the hospital's claim}
  version_number: {type: INTEGER, required: true, says: its version}
  discharged_on: {type: DATE, required: true, says: day of discharge}
  visited_on: {type: DATE, says: "the first visit from the day after, within thirty days"}
  days_to_visit: {type: BIGINT, says: days from discharge to that visit}
  outcome: {type: VARCHAR, required: true, says: "visited, readmitted (before a visit), died (before one), no_visit; not asked: died_in_stay, not_discharged, transferred, stay_goes_on (another that began by the next day ends later), window_open (the thirty days end after the year)"}
  is_asked: {type: BOOLEAN, required: true, says: "counts: visited, readmitted, died or no_visit"}
*/
WITH stay AS (
    SELECT
        l.analysis_id,
        l.person_id,
        l.claim_key,
        l.version_number,
        MIN(COALESCE(l.admission_date, l.claim_start_date)) AS admitted_on,
        MAX(COALESCE(l.discharge_date, l.claim_end_date)) AS discharged_on,
        MIN(l.discharge_disposition_code) AS discharge_disposition_code
    FROM standing_line AS l
    JOIN analysis_choice AS c
        ON c.analysis_id = l.analysis_id AND c.kind = 'measure' AND c.name = 'access'
    WHERE l.is_stay
    GROUP BY l.analysis_id, l.person_id, l.claim_key, l.version_number
),

-- Stays that begin by the day after another's discharge, or within another, are one time in hospital.
begun AS (
    SELECT
        s.*,
        CASE WHEN s.admitted_on <= 1 + MAX(s.discharged_on) OVER (
            PARTITION BY s.analysis_id, s.person_id
            ORDER BY s.admitted_on, s.discharged_on, s.claim_key, s.version_number
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) THEN 0 ELSE 1 END AS begins
    FROM stay AS s
),

joined AS (
    SELECT
        b.*,
        SUM(b.begins) OVER (
            PARTITION BY b.analysis_id, b.person_id
            ORDER BY b.admitted_on, b.discharged_on, b.claim_key, b.version_number
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS number
    FROM begun AS b
),

-- Of each the discharge that comes last is asked.
followed AS (
    SELECT
        j.*,
        n.admitted_on AS next_admitted_on,
        ROW_NUMBER() OVER (
            PARTITION BY j.analysis_id, j.person_id, j.number
            ORDER BY j.discharged_on DESC, j.admitted_on DESC, j.claim_key DESC,
                j.version_number DESC
        ) > 1 AS goes_on
    FROM joined AS j
    LEFT JOIN joined AS n
        ON n.analysis_id = j.analysis_id
        AND n.person_id = j.person_id
        AND n.number = j.number + 1
        AND n.begins = 1
),

visited AS (
    SELECT
        f.analysis_id, f.person_id, f.claim_key, f.version_number,
        MIN(v.visited_on) AS visited_on
    FROM followed AS f
    JOIN ambulatory_visit AS v
        ON v.analysis_id = f.analysis_id
        AND v.person_id = f.person_id
        AND v.visited_on BETWEEN f.discharged_on + 1 AND f.discharged_on + 30
    GROUP BY f.analysis_id, f.person_id, f.claim_key, f.version_number
),

judged AS (
    SELECT
        f.analysis_id,
        f.person_id,
        f.claim_key,
        f.version_number,
        f.discharged_on,
        v.visited_on,
        CASE
            WHEN e.outcome = 'died' THEN 'died_in_stay'
            WHEN e.outcome IS NOT NULL THEN e.outcome
            WHEN p.death_date <= f.discharged_on THEN 'died_in_stay'
            WHEN f.goes_on THEN 'stay_goes_on'
            WHEN f.discharged_on + 30 > a.last_day THEN 'window_open'
            WHEN f.next_admitted_on <= COALESCE(v.visited_on - 1, f.discharged_on + 30)
                THEN 'readmitted'
            WHEN v.visited_on IS NOT NULL THEN 'visited'
            WHEN p.death_date <= f.discharged_on + 30 THEN 'died'
            ELSE 'no_visit'
        END AS outcome
    FROM followed AS f
    JOIN analysis_period AS a ON a.analysis_id = f.analysis_id
    LEFT JOIN stay_end_code AS e
        ON e.code = f.discharge_disposition_code
        AND (e.first_day IS NULL OR e.first_day <= f.discharged_on)
        AND (e.last_day IS NULL OR e.last_day >= f.discharged_on)
    LEFT JOIN visited AS v
        ON v.analysis_id = f.analysis_id
        AND v.person_id = f.person_id
        AND v.claim_key = f.claim_key
        AND v.version_number = f.version_number
    LEFT JOIN person AS p ON p.person_id = f.person_id
)

SELECT
    analysis_id,
    person_id,
    claim_key,
    version_number,
    discharged_on,
    CASE WHEN outcome = 'visited' THEN visited_on END AS visited_on,
    CASE WHEN outcome = 'visited' THEN date_diff('day', discharged_on, visited_on) END
        AS days_to_visit,
    outcome,
    outcome IN ('visited', 'readmitted', 'died', 'no_visit') AS is_asked
FROM judged
