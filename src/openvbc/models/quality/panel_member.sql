/*
row: One covered person's panel in one year of an analysis, by practice and by clinician.
grain: [analysis_id, person_id, unit_type]
span: person
period: year
asked_by: [analysis_choice]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  person_id: {type: VARCHAR, required: true, says: the person}
  unit_type: {type: VARCHAR, required: true, says: "tin: the practice (of a clinic its CCN); npi: the clinician"}
  unit_id: {type: VARCHAR, required: true, says: "the practice or clinician; none: nobody's panel"}
  basis: {type: VARCHAR, required: true, says: "attributed: by a method that the analysis asks for; of_record: the payer's list of the year; visits: most primary care visits in two years; none"}
  visits: {type: BIGINT, required: true, says: visits of the year to the unit}
*/
-- A method that the analysis asks for decides, then the payer's latest list, then the plurality of
-- primary care visits of this year and the year before; ties go to the most recent visit, then to
-- the lower id. A managing specialist of a condition has no panel.
WITH asked AS (
    SELECT p.analysis_id, p.year, p.line_of_business, p.first_day, p.last_day
    FROM analysis_period AS p
    WHERE EXISTS (
        SELECT 1
        FROM analysis_choice AS c
        WHERE c.analysis_id = p.analysis_id
            AND c.kind = 'measure'
            AND c.name IN ('access', 'continuity', 'leakage', 'panel')
    )
),

covered AS (
    SELECT a.analysis_id, s.person_id
    FROM asked AS a
    JOIN covered_span AS s
        ON s.line_of_business = a.line_of_business
        AND s.first_month <= a.last_day
        AND (s.last_month IS NULL OR s.last_month >= a.first_day)
    GROUP BY a.analysis_id, s.person_id
),

attributed AS (
    SELECT
        t.analysis_id,
        t.person_id,
        CASE WHEN t.candidate_type = 'npi' THEN NULL ELSE t.candidate_id END AS tin,
        CASE WHEN t.candidate_type = 'npi' THEN t.candidate_id END AS npi
    FROM person_attribution AS t
    JOIN asked AS a ON a.analysis_id = t.analysis_id
    WHERE t.attributed
        AND t.candidate_type IN ('tin', 'ccn', 'npi')
        AND EXISTS (
            SELECT 1
            FROM attribution_method AS k
            WHERE k.method = t.method AND k.condition IS NULL
        )
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY t.analysis_id, t.person_id
        ORDER BY t.method, t.period DESC, t.attribution_id
    ) = 1
),

latest_reported AS (
    SELECT
        a.analysis_id, r.person_id, r.tin, r.npi,
        r.status IN ('assigned', 'voluntary') AND COALESCE(r.tin, r.npi) IS NOT NULL AS is_on
    FROM asked AS a
    JOIN reported_list AS r
        ON substr(r.through, 1, 4) = CAST(a.year AS VARCHAR)
        AND COALESCE(r.line_of_business, a.line_of_business) = a.line_of_business
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY a.analysis_id, r.person_id
        ORDER BY r.received_on DESC, r.through DESC,
            r.status IN ('assigned', 'voluntary') DESC, r.status, r.report, r.tin, r.npi,
            r.load_id, r.row_number
    ) = 1
),

reported AS (
    SELECT r.* FROM latest_reported AS r WHERE is_on
),

-- A clinician without a practice on the list stands for the practice that the provider table says.
given AS (
    SELECT o.analysis_id, o.person_id, COALESCE(o.tin, p.tin) AS tin, o.npi, o.basis
    FROM (
        SELECT analysis_id, person_id, tin, npi, 'attributed' AS basis FROM attributed
        UNION ALL
        SELECT r.analysis_id, r.person_id, r.tin, r.npi, 'of_record' AS basis
        FROM reported AS r
        ANTI JOIN attributed AS t
            ON t.analysis_id = r.analysis_id AND t.person_id = r.person_id
    ) AS o
    LEFT JOIN (SELECT npi, MIN(tin) AS tin FROM provider GROUP BY npi) AS p ON p.npi = o.npi
),

practice AS (
    SELECT analysis_id, person_id, practice_id
    FROM (
        SELECT
            analysis_id, person_id, practice_id, COUNT(*) AS visits, MAX(visited_on) AS last_on
        FROM ambulatory_visit
        WHERE is_primary AND practice_id <> ''
        GROUP BY analysis_id, person_id, practice_id
    ) AS counted
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY analysis_id, person_id
        ORDER BY visits DESC, last_on DESC, practice_id
    ) = 1
),

clinician AS (
    SELECT analysis_id, person_id, clinician_npi
    FROM (
        SELECT
            v.analysis_id, v.person_id, v.clinician_npi,
            COUNT(*) AS visits, MAX(v.visited_on) AS last_on
        FROM ambulatory_visit AS v
        LEFT JOIN given AS g
            ON g.analysis_id = v.analysis_id AND g.person_id = v.person_id
        LEFT JOIN practice AS p
            ON p.analysis_id = v.analysis_id AND p.person_id = v.person_id
        WHERE v.is_primary
            AND v.clinician_npi <> ''
            AND v.practice_id = COALESCE(g.tin, p.practice_id)
        GROUP BY v.analysis_id, v.person_id, v.clinician_npi
    ) AS counted
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY analysis_id, person_id
        ORDER BY visits DESC, last_on DESC, clinician_npi
    ) = 1
),

unit AS (
    SELECT
        c.analysis_id,
        c.person_id,
        'tin' AS unit_type,
        COALESCE(g.tin, p.practice_id, 'none') AS unit_id,
        CASE
            WHEN g.tin IS NOT NULL THEN g.basis
            WHEN p.practice_id IS NOT NULL THEN 'visits'
            ELSE 'none'
        END AS basis
    FROM covered AS c
    LEFT JOIN given AS g ON g.analysis_id = c.analysis_id AND g.person_id = c.person_id
    LEFT JOIN practice AS p ON p.analysis_id = c.analysis_id AND p.person_id = c.person_id
    UNION ALL
    SELECT
        c.analysis_id,
        c.person_id,
        'npi' AS unit_type,
        COALESCE(g.npi, n.clinician_npi, 'none') AS unit_id,
        CASE
            WHEN g.npi IS NOT NULL THEN g.basis
            WHEN n.clinician_npi IS NOT NULL THEN 'visits'
            ELSE 'none'
        END AS basis
    FROM covered AS c
    LEFT JOIN given AS g ON g.analysis_id = c.analysis_id AND g.person_id = c.person_id
    LEFT JOIN clinician AS n ON n.analysis_id = c.analysis_id AND n.person_id = c.person_id
)

SELECT
    u.analysis_id,
    u.person_id,
    u.unit_type,
    u.unit_id,
    u.basis,
    COUNT(v.visited_on) AS visits
FROM unit AS u
LEFT JOIN ambulatory_visit AS v
    ON v.analysis_id = u.analysis_id
    AND v.person_id = u.person_id
    AND v.in_year
    AND u.unit_id = CASE WHEN u.unit_type = 'tin' THEN v.practice_id ELSE v.clinician_npi END
GROUP BY u.analysis_id, u.person_id, u.unit_type, u.unit_id, u.basis
