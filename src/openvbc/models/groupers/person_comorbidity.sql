/*
row: One category of one grouper that a person's diagnoses gave in one year of an analysis.
grain: [analysis_id, person_id, grouper, category]
span: person
period: year
tells_care: true
asked_by: [grouper]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  person_id: {type: VARCHAR, required: true, says: the person}
  grouper: {type: VARCHAR, required: true, says: "the grouper, such as elixhauser"}
  category: {type: VARCHAR, required: true, says: its category}
  first_on: {type: DATE, required: true, says: through date of the first claim that carried it in the years that are read}
  claims: {type: BIGINT, required: true, says: "claims that carried it; of several parts, the most of one"}
  dropped_by: {type: VARCHAR, says: "what a person has beside which it does not count; empty: it counts"}
*/
-- Diagnoses are read once for all groupers: each meets the rows of its code, every one with the
-- part of a category that it gives and the days in which it gives it. Parts and categories have
-- numbers here, as a person has many.
WITH part AS (
    SELECT
        a.analysis_id,
        a.line_of_business,
        a.paid_through,
        make_date(year(a.first_day) - r.years + 1, month(a.first_day), day(a.first_day)) AS read_from,
        a.last_day,
        g.grouper,
        g.place,
        r.part,
        r.category,
        r.on_admission,
        r.two_days,
        ROW_NUMBER() OVER (ORDER BY a.analysis_id, r.grouper, r.part) AS part_id,
        DENSE_RANK() OVER (ORDER BY a.analysis_id, r.grouper, r.category) AS category_id
    FROM analysis_period AS a
    JOIN analysis_choice AS c ON c.analysis_id = a.analysis_id AND c.kind = 'grouper'
    JOIN grouper AS g ON g.grouper = c.name
    JOIN grouper_part AS r ON r.grouper = g.grouper
),

sought AS (
    SELECT
        p.part_id, p.line_of_business, p.paid_through, p.read_from, p.last_day, p.place,
        p.on_admission, k.code
    FROM part AS p
    JOIN grouper_code AS k ON k.grouper = p.grouper AND k.part = p.part
),

carried AS (
    SELECT
        d.person_id,
        s.part_id,
        d.claim_key,
        MIN(d.claim_end_date) AS first_on,
        MAX(d.claim_end_date) AS latest_on,
        COALESCE(bool_or(m.is_stay), FALSE) AS in_stay
    FROM diagnosis AS d
    JOIN sought AS s
        ON s.code = d.code
        AND s.line_of_business = d.line_of_business
        AND d.claim_end_date BETWEEN s.read_from AND s.last_day
    LEFT JOIN claim_mark AS m
        ON m.person_id = d.person_id
        AND m.claim_key = d.claim_key
        AND m.version_number = d.version_number
    WHERE d.code_type = 'icd-10-cm'
        AND NOT COALESCE(
            m.is_void OR m.effective_on > s.paid_through OR m.superseded_on <= s.paid_through, FALSE
        )
        AND CASE s.place
            WHEN 'first' THEN d.sequence = 1
            WHEN 'not_principal_of_stay' THEN d.sequence > 1 OR NOT COALESCE(m.is_stay, FALSE)
            ELSE TRUE
        END
        AND CASE s.on_admission
            WHEN 'present' THEN COALESCE(d.present_on_admission NOT IN ('N', 'U'), TRUE)
            WHEN 'absent' THEN COALESCE(d.present_on_admission IN ('N', 'U'), FALSE)
            ELSE TRUE
        END
    GROUP BY d.person_id, s.part_id, d.claim_key
),

held AS (
    SELECT
        person_id,
        part_id,
        COUNT(*) AS claims,
        MIN(first_on) AS first_on,
        MAX(latest_on) AS latest_on,
        bool_or(in_stay) AS in_stay
    FROM carried
    GROUP BY person_id, part_id
),

had AS (
    SELECT h.person_id, h.part_id, p.category_id, h.claims, h.first_on
    FROM held AS h
    JOIN part AS p ON p.part_id = h.part_id
    WHERE h.in_stay OR h.first_on < h.latest_on OR NOT p.two_days
),

drops AS (
    SELECT p.part_id, x.part_id AS dropped_id
    FROM part AS p
    JOIN grouper_drop AS r ON r.grouper = p.grouper AND r.part = p.part
    JOIN part AS x
        ON x.analysis_id = p.analysis_id AND x.grouper = p.grouper AND x.part = r.dropped_part
),

dropped AS (
    SELECT h.person_id, r.dropped_id, MIN(h.part_id) AS by_id
    FROM had AS h
    JOIN drops AS r ON r.part_id = h.part_id
    GROUP BY h.person_id, r.dropped_id
),

-- A category counts where one of its parts does.
given AS (
    SELECT
        h.person_id,
        h.category_id,
        MIN(h.part_id) AS part_id,
        MIN(h.first_on) AS first_on,
        MAX(h.claims) AS claims,
        CASE WHEN bool_and(x.by_id IS NOT NULL) THEN MIN(x.by_id) END AS by_id
    FROM had AS h
    LEFT JOIN dropped AS x ON x.person_id = h.person_id AND x.dropped_id = h.part_id
    GROUP BY h.person_id, h.category_id
)

SELECT
    p.analysis_id,
    v.person_id,
    p.grouper,
    p.category,
    v.first_on,
    v.claims,
    b.part AS dropped_by
FROM given AS v
JOIN part AS p ON p.part_id = v.part_id
LEFT JOIN part AS b ON b.part_id = v.by_id
WHERE p.category IS NOT NULL
