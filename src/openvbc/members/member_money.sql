-- One month of one member in one component of one settlement: whether the roster of the payment day
-- had the member, what was told later, and the cents of each.
-- Reads person, risk_score, attribution, contract_span and contract_period of a run; eligibility_delivery, which is
-- eligibility with what was replaced; and the given tables member_clause (one row), roster_day,
-- member_component, member_band and load_order.

-- A span that is delivered again (same first day) is replaced on the day its next delivery came.
-- Where nobody noted the day, a delivery was known from the start.
WITH delivered AS (
    SELECT DISTINCT
        e.person_id, e.payer, e.plan, e.line_of_business, e.enrollment_start_date,
        e.enrollment_end_date, e.enrolment_type, e.file_name, e.row_number, o.load_number,
        COALESCE(e.received_on, DATE '0001-01-01') AS received_on
    FROM eligibility_delivery AS e
    JOIN load_order AS o ON o.load_id = e.load_id
),

version AS (
    SELECT
        person_id, payer, plan, line_of_business, enrollment_start_date, enrollment_end_date,
        enrolment_type, received_on,
        LEAD(received_on) OVER (
            PARTITION BY person_id, payer, line_of_business, enrollment_start_date
            ORDER BY received_on, load_number, file_name, row_number
        ) AS replaced_on
    FROM delivered
),

people AS (
    SELECT person_id, birth_date, sex, death_date
    FROM person
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY person_id ORDER BY received_on DESC, load_id DESC, file_name, row_number
    ) = 1
),

-- One span for each member and month, as known on the roster's day: the one that began last. So a
-- month that two payers or plans of one line of business cover is in one contract only.
known AS (
    SELECT
        d.roster, d.month_number, d.month_start, v.person_id, v.payer, v.plan,
        v.line_of_business, v.enrolment_type, v.received_on, v.replaced_on
    FROM roster_day AS d
    JOIN version AS v
        ON v.received_on <= d.known_on
        AND (v.replaced_on IS NULL OR v.replaced_on > d.known_on)
        AND v.enrollment_start_date <= d.month_start
        AND (v.enrollment_end_date IS NULL OR v.enrollment_end_date >= d.month_start)
    JOIN member_clause AS c ON c.line_of_business = v.line_of_business
    LEFT JOIN people AS p ON p.person_id = v.person_id
    WHERE d.roster = 'paid' OR p.death_date IS NULL OR p.death_date >= d.month_start
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY d.roster, v.person_id, d.month_start
        ORDER BY v.enrollment_start_date DESC, v.received_on DESC, v.payer, v.plan
    ) = 1
),

assigned AS (
    SELECT DISTINCT a.person_id, w.first_day, w.last_day
    FROM attribution AS a
    JOIN contract_period AS w
        ON w.contract_id = a.contract_id AND w.period_id = a.period_id AND w.role = 'performance'
    JOIN member_clause AS c ON c.attributed = a.contract_id
    WHERE a.assigned
    UNION
    SELECT s.person_id, s.first_day, s.last_day
    FROM contract_span AS s
    JOIN member_clause AS c ON c.attributed = s.contract_id
),

mine AS (
    SELECT DISTINCT
        k.roster, k.month_number, k.month_start, k.person_id, k.payer, k.plan, k.line_of_business,
        k.enrolment_type, k.received_on, k.replaced_on
    FROM known AS k
    JOIN member_clause AS c
        ON (c.payer IS NULL OR c.payer = k.payer) AND (c.plan IS NULL OR c.plan = k.plan)
    LEFT JOIN assigned AS a
        ON a.person_id = k.person_id AND k.month_start BETWEEN a.first_day AND a.last_day
    WHERE c.attributed IS NULL OR a.person_id IS NOT NULL
),

-- Both rosters side by side. What a month is like is read from the later knowledge.
month AS (
    SELECT
        person_id,
        month_number,
        month_start,
        line_of_business,
        COALESCE(
            MAX(payer) FILTER (WHERE roster = 'earned'), MAX(payer) FILTER (WHERE roster = 'paid')
        ) AS payer,
        COALESCE(
            MAX(plan) FILTER (WHERE roster = 'earned'), MAX(plan) FILTER (WHERE roster = 'paid')
        ) AS plan,
        COALESCE(
            MAX(enrolment_type) FILTER (WHERE roster = 'earned'),
            MAX(enrolment_type) FILTER (WHERE roster = 'paid')
        ) AS enrolment_type,
        COUNT(*) FILTER (WHERE roster = 'earned') AS in_the_end,
        COUNT(*) FILTER (WHERE roster = 'paid') AS on_payment_day,
        MAX(received_on) FILTER (WHERE roster = 'earned') AS joined_notice,
        MAX(replaced_on) FILTER (WHERE roster = 'paid') AS left_notice
    FROM mine
    GROUP BY person_id, month_number, month_start, line_of_business
),

score AS (
    SELECT s.person_id, s.year, s.enrolment_type, MAX(s.score_e9) AS score_e9
    FROM risk_score AS s
    JOIN member_clause AS c ON c.risk_model = s.model
    GROUP BY s.person_id, s.year, s.enrolment_type
),

highest AS (
    SELECT person_id, year, MAX(score_e9) AS score_e9
    FROM score
    GROUP BY person_id, year
),

-- A score is of the month's enrolment type; where coverage has none, the person's highest.
described AS (
    SELECT
        m.*,
        EXTRACT(YEAR FROM m.month_start) - EXTRACT(YEAR FROM p.birth_date)
            - CASE
                WHEN EXTRACT(MONTH FROM m.month_start) < EXTRACT(MONTH FROM p.birth_date)
                    OR (
                        EXTRACT(MONTH FROM m.month_start) = EXTRACT(MONTH FROM p.birth_date)
                        AND EXTRACT(DAY FROM p.birth_date) > 1
                    )
                THEN 1
                ELSE 0
            END AS age,
        p.sex,
        CASE WHEN m.enrolment_type IS NULL THEN h.score_e9 ELSE s.score_e9 END AS risk_e9
    FROM month AS m
    LEFT JOIN people AS p ON p.person_id = m.person_id
    LEFT JOIN score AS s
        ON s.person_id = m.person_id
        AND s.year = EXTRACT(YEAR FROM m.month_start)
        AND s.enrolment_type = m.enrolment_type
    LEFT JOIN highest AS h
        ON h.person_id = m.person_id AND h.year = EXTRACT(YEAR FROM m.month_start)
),

-- What is not known of a member fits only a band that does not ask for it.
banded AS (
    SELECT
        c.component,
        c.months_back,
        b.place,
        b.stratum,
        COALESCE(b.amount_e9, 0) AS amount_e9,
        d.*,
        CASE WHEN k.by_roster THEN d.on_payment_day ELSE d.in_the_end END AS paid_months
    FROM described AS d
    CROSS JOIN member_component AS c
    CROSS JOIN member_clause AS k
    LEFT JOIN member_band AS b
        ON b.component = c.component
        AND (b.age_from IS NULL OR d.age >= b.age_from)
        AND (b.age_to IS NULL OR d.age <= b.age_to)
        AND (b.sex IS NULL OR d.sex = b.sex)
        AND (b.enrolment_type IS NULL OR d.enrolment_type = b.enrolment_type)
        AND (b.plan IS NULL OR d.plan = b.plan)
        AND (b.risk_from_e9 IS NULL OR d.risk_e9 >= b.risk_from_e9)
        AND (b.risk_to_e9 IS NULL OR d.risk_e9 < b.risk_to_e9)
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY c.component, d.person_id, d.month_start ORDER BY b.place
    ) = 1
),

-- Months on end that were told later, whatever their bands: the last months_back of them change.
run AS (
    SELECT
        b.*,
        b.in_the_end - b.paid_months AS told_later,
        b.month_number - ROW_NUMBER() OVER (
            PARTITION BY b.component, b.person_id, b.in_the_end - b.paid_months
            ORDER BY b.month_number
        ) AS run_number
    FROM banded AS b
),

changed AS (
    SELECT
        r.*,
        CASE
            WHEN r.months_back IS NULL OR ROW_NUMBER() OVER (
                PARTITION BY r.component, r.person_id, r.told_later, r.run_number
                ORDER BY r.month_number DESC
            ) <= r.months_back
            THEN r.told_later
            ELSE 0
        END AS change_months
    FROM run AS r
),

-- Each member's cents are the step that the rounded running total takes, so that they sum to the
-- rounded total whatever the rate.
running AS (
    SELECT
        c.*,
        SUM(c.paid_months * CAST(c.amount_e9 AS HUGEINT)) OVER (
            PARTITION BY c.component
            ORDER BY c.place, c.person_id, c.month_start
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS paid_e9,
        SUM((c.paid_months + c.change_months) * CAST(c.amount_e9 AS HUGEINT)) OVER (
            PARTITION BY c.component
            ORDER BY c.place, c.person_id, c.month_start
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS earned_e9
    FROM changed AS c
),

stepped AS (
    SELECT
        r.*,
        (r.paid_e9 + 500000000) // 1000000000
            - (r.paid_e9 - r.paid_months * CAST(r.amount_e9 AS HUGEINT) + 500000000)
                // 1000000000 AS paid_cents,
        (r.earned_e9 + 500000000) // 1000000000
            - (
                r.earned_e9 - (r.paid_months + r.change_months) * CAST(r.amount_e9 AS HUGEINT)
                + 500000000
            ) // 1000000000 AS earned_cents
    FROM running AS r
)

SELECT
    c.contract_id,
    c.period_id,
    s.component,
    s.stratum,
    s.person_id,
    s.month_start,
    s.payer,
    s.plan,
    s.line_of_business,
    s.age,
    s.sex,
    s.enrolment_type,
    s.risk_e9,
    s.month_number,
    CASE s.change_months WHEN -1 THEN s.left_notice WHEN 1 THEN s.joined_notice END AS notice_on,
    s.paid_months,
    s.change_months,
    s.paid_months + s.change_months AS earned_months,
    s.paid_cents,
    s.earned_cents - s.paid_cents AS change_cents,
    s.earned_cents
FROM stepped AS s
CROSS JOIN member_clause AS c
