/* What all 834 files say in the order sent, those of earlier loads too, of the people whom this
   load's files name, or end by leaving them out.
   A later statement about a person, payer and line replaces an older span that it overlaps where it
   begins no later, or corrects the same plan; else the older span ends the day before. A file of the
   whole enrolment ends what older files of the sponsor say of people it no longer holds. */
CREATE TABLE shared.stated_coverage AS
WITH stated AS (
    SELECT
        coalesce(i.person_id, m.person_key) AS person_id,
        m.member_id,
        m.subscriber_id,
        m.sponsor,
        m.payer,
        m.medicare_plan_code,
        m.medicare_reason_code,
        m.confidentiality_code,
        m.sent_on,
        c.plan,
        c.maintenance_code,
        c.first_day,
        c.last_day,
        c.file_name,
        c.file_key,
        c.row_number,
        c.is_new,
        row_number() OVER (
            ORDER BY
                m.sent_on, m.sent_at, m.transaction, m.file_name, m.file_key,
                coalesce(c.changed_on, c.first_day), c.row_number
        ) AS statement_number
    FROM history.coverage AS c
    INNER JOIN history.member AS m ON c.file_key = m.file_key AND c.member_row = m.member_row
    LEFT JOIN map.insurance_line AS n ON c.line_code = n.line_code
    LEFT JOIN shared.identity AS i ON m.person_key = i.identifier
    WHERE coalesce(n.is_medical, 'true') = 'true'
),

-- an end without a beginning ends the latest span that began before it
before AS (
    SELECT s.statement_number, max(o.first_day) AS first_day
    FROM stated AS s
    INNER JOIN stated AS o
        ON s.person_id = o.person_id
        AND s.payer IS NOT DISTINCT FROM o.payer
        AND o.statement_number < s.statement_number
        AND o.first_day <= s.last_day
    WHERE s.first_day IS NULL
    GROUP BY s.statement_number
),

begun AS (
    SELECT s.* EXCLUDE (first_day), coalesce(s.first_day, b.first_day) AS first_day
    FROM stated AS s
    LEFT JOIN before AS b ON s.statement_number = b.statement_number
),

whole_file AS (
    SELECT sponsor, payer, file_key, is_new, max(sent_on) AS sent_on
    FROM history.member
    WHERE file_action IN ('4', 'RX')
    GROUP BY sponsor, payer, file_key, is_new
),

left_out AS (
    SELECT b.statement_number, min(w.sent_on) - 1 AS ends_on, bool_or(w.is_new) AS is_new
    FROM begun AS b
    INNER JOIN whole_file AS w
        ON b.sponsor IS NOT DISTINCT FROM w.sponsor
        AND b.payer IS NOT DISTINCT FROM w.payer
        AND b.sent_on < w.sent_on
    WHERE NOT EXISTS (
        SELECT 1 FROM begun AS o
        WHERE o.file_key = w.file_key AND o.person_id = b.person_id
    )
    GROUP BY b.statement_number
),

later AS (
    SELECT
        b.statement_number,
        bool_or(
            n.first_day <= b.first_day
            OR (n.plan IS NOT DISTINCT FROM b.plan AND n.maintenance_code <> '021')
        ) AS is_replaced,
        min(n.first_day) - 1 AS ends_on
    FROM begun AS b
    INNER JOIN begun AS n
        ON b.person_id = n.person_id
        AND b.payer IS NOT DISTINCT FROM n.payer
        AND n.statement_number > b.statement_number
        AND (n.first_day <= b.last_day OR b.last_day IS NULL)
        AND (n.last_day >= b.first_day OR n.last_day IS NULL OR n.first_day = b.first_day)
    GROUP BY b.statement_number
)

SELECT
    b.*,
    least(b.last_day, l.ends_on, o.ends_on) AS ends_on,
    NOT coalesce(l.is_replaced, false)
    -- ending the day before it begins says that the coverage never was
    AND NOT coalesce(b.last_day = b.first_day - 1, false)
    AND NOT coalesce(o.ends_on < b.first_day, false) AS stands
FROM begun AS b
LEFT JOIN later AS l ON b.statement_number = l.statement_number
LEFT JOIN left_out AS o ON b.statement_number = o.statement_number
WHERE b.person_id IN (SELECT person_id FROM begun WHERE is_new) OR o.is_new;

-- Whose coverage is told anew: a span that an earlier load stored and none of these rows is, was
-- taken back since.
CREATE VIEW shared.restated_eligibility AS
SELECT DISTINCT person_id, payer FROM shared.stated_coverage;
