-- The life of every person through the window, one row a person.
-- Variables: members, people, died_each_year, left_each_year, first_year, years.
-- People after `members` are those who died, or left for Medicare Advantage, before the last year.

CREATE TABLE plan AS
WITH numbered AS (
    SELECT range AS n,
           draw('life', range) AS h,
           draw('status', range) AS g,
           range < getvariable('members') AS is_member,
           getvariable('first_year') + (range - getvariable('members'))
               // (getvariable('died_each_year') + getvariable('left_each_year')) AS exit_year,
           (range - getvariable('members'))
               % (getvariable('died_each_year') + getvariable('left_each_year'))
               < getvariable('died_each_year') AS dies
    FROM range(getvariable('people'))
), ranked AS (
    SELECT *,
           -- the leading digits of g decide the type and nothing else
           (row_number() OVER (PARTITION BY is_member ORDER BY g, n) - 1) * 1000
               // count(*) OVER (PARTITION BY is_member) AS rank_e3,
           -- 5.5 % of the members enter in each year after the first, as many as go
           digits(g, 1, 10000) AS enters_e4
    FROM numbered
), typed AS (
    SELECT *,
           CASE WHEN rank_e3 < 10 THEN 'esrd' WHEN rank_e3 < 120 THEN 'disabled'
                WHEN rank_e3 < 200 THEN 'aged_dual' ELSE 'aged_nondual' END AS type_first,
           CASE WHEN is_member AND rank_e3 >= 10 AND enters_e4 < 550 * (getvariable('years') - 1)
                THEN getvariable('first_year') + 1 + enters_e4 // 550 END AS entry_year,
           digits(h, 1, 1000) AS age_e3,
           1 + digits(h, 1000, 12) AS birth_month, 1 + digits(h, 12000, 28) AS birth_day
    FROM ranked
), born AS (
    SELECT *, CASE
               WHEN type_first = 'esrd' THEN getvariable('first_year') - 42 - age_e3 * 38 // 1000
               WHEN type_first = 'disabled'
                   THEN getvariable('first_year') - 64 + age_e3 * age_e3 * 32 // 1000000
               WHEN entry_year IS NOT NULL THEN entry_year - 65
               WHEN is_member OR NOT dies
                   THEN getvariable('first_year') - 66 - age_e3 * age_e3 * 27 // 1000000
               ELSE getvariable('first_year') - 66 - age_e3 * 30 // 1000 END AS birth_year
    FROM typed
), dated AS (
    SELECT *,
           make_date(birth_year, birth_month, birth_day) AS birth_date,
           make_date(birth_year + 65, birth_month, 1) AS aged_from,
           getvariable('first_year') + getvariable('years') - 1 AS last_year,
           make_date(getvariable('first_year') + digits(g, 10000, getvariable('years')), 1, 1)
               AS switch_year
    FROM born
), covered AS (
    SELECT *,
           CASE WHEN entry_year IS NOT NULL AND type_first = 'disabled'
                    THEN make_date(entry_year, birth_month, 1)
                WHEN type_first IN ('disabled', 'esrd')
                    THEN make_date(getvariable('first_year') - 2, birth_month, 1)
                ELSE aged_from END AS covered_from,
           CASE WHEN NOT is_member AND dies
                    THEN make_date(exit_year, 1, 1) + digits(g, 100000, 365)::INTEGER
                WHEN is_member AND digits(h, 1000000, 10000) < CASE
                    WHEN last_year - birth_year < 75 THEN 220
                    WHEN last_year - birth_year < 85 THEN 520 ELSE 1350 END
                    THEN make_date(last_year, 1, 1) + digits(g, 100000, 365)::INTEGER END AS death
    FROM dated
), moved AS (
    SELECT *,
           CASE WHEN death > covered_from + 45 THEN death END AS death_date,
           -- those who leave do so for good; of the members 2 % a year try it for a year
           CASE WHEN NOT is_member AND NOT dies THEN make_date(exit_year + 1, 1, 1)
                WHEN is_member AND digits(h, 10000000000, 1000) < 20 * getvariable('years')
                     AND switch_year > covered_from
                THEN (switch_year + INTERVAL (
                    CASE WHEN digits(g, 100000000, 10) < 8 THEN 0
                         ELSE digits(g, 1000000000, 12) END) MONTH)::DATE END AS ma_from,
           -- turning 65 ends disability as the reason; 2.5 % of the others gain or lose Medicaid
           -- or reach end-stage renal disease
           CASE WHEN type_first = 'disabled' AND aged_from > covered_from THEN aged_from
                WHEN type_first LIKE 'aged%' AND digits(h, 10000000000000, 1000) < 25
                     AND switch_year > covered_from
                THEN (switch_year + INTERVAL (digits(g, 10000000000, 12)) MONTH)::DATE
                END AS change_on
    FROM covered
), described AS (
    SELECT *,
           CASE WHEN is_member THEN (ma_from + INTERVAL 12 MONTH)::DATE - 1 END AS ma_to,
           CASE WHEN type_first = 'disabled'
                    THEN CASE WHEN digits(g, 100000000000, 10) < 4 THEN 'aged_dual'
                              ELSE 'aged_nondual' END
                WHEN digits(g, 100000000000, 10) < 1 THEN 'esrd'
                WHEN type_first = 'aged_dual' THEN 'aged_nondual'
                ELSE 'aged_dual' END AS type_then,
           digits(g, 1000000000000, 1000) < 10 AS part_a_only,
           digits(g, 1000000000000, 1000) BETWEEN 10 AND 13 AS other_program,
           digits(g, 1000000000000, 1000) NOT BETWEEN 14 AND 16 AS us_resident,
           -- how the person finds primary care: at nurse practitioners only, at specialists only,
           -- not at all, or at the practice's physicians
           CASE WHEN digits(h, 10000000000000000, 1000) < 12 THEN 'non_physician'
                WHEN digits(h, 10000000000000000, 1000) < 30 THEN 'specialist'
                WHEN digits(h, 10000000000000000, 1000) < 38 THEN 'none'
                ELSE 'ordinary' END AS habit
    FROM moved
), needed AS (
    SELECT n, sum(c.need_e3)::BIGINT AS condition_need_e3
    FROM described p CROSS JOIN condition c
    WHERE digits(draw('condition', concat(n, '|', condition)), 1, 1000)
          < prevalence(base, slope, most, disabled_e3, last_year - birth_year, type_first)
    GROUP BY n
), weighed AS (
    SELECT p.*, lognormal_e6(digits(draw('frailty', n), 1, 1000000), 760) AS frailty_e6,
           (300 + COALESCE(condition_need_e3, 0)) * frailty_e6 // 1000
               * (sickness_e6(p.n, last_year) // 1000)
               * (intensity_e6(p.n, last_year) // 1000) AS expected_cost
    FROM described p LEFT JOIN needed USING (n)
), placed AS (
    -- Homes by exact quota: along the people ordered by what their last year is likely to cost,
    -- of each ten in a row four go to the first ACO, three to the second and three to none.
    SELECT *,
           CASE WHEN turn IN (0, 3, 5, 8) THEN 'A1001' WHEN turn IN (1, 4, 7) THEN 'A1002'
                ELSE '' END AS home_aco
    FROM (SELECT *, (row_number() OVER (ORDER BY is_member, type_first,
                         death_date IS NULL, ma_from IS NULL, habit, entry_year IS NULL,
                         expected_cost, n) - 1) % 10 AS turn FROM weighed)
)
SELECT n, birth_date, birth_year, covered_from, death_date, ma_from, ma_to, change_on,
       type_first, type_then, part_a_only, other_program, us_resident, habit, frailty_e6,
       home_aco, h.organisation AS home, h.place AS home_place, h.service AS home_service,
       -- one in 25 lives in the other region; the home practice stays
       CASE WHEN digits(a, 1, 25) = 0 THEN 3 - h.region ELSE h.region END AS region,
       digits(a, 25, 3) AS county,
       digits(a, 100, 100) < 54 AS is_female,
       digits(a, 10000, 1000) AS race_e3,
       digits(a, 10000000, 1000) AS alignment_e3,
       digits(a, 10000000000, 1000) < 15 AS second_payer,
       h.region AS home_region
FROM (SELECT *, draw('address', n) AS a FROM placed) p
JOIN home_of_aco h ON h.aco_id = p.home_aco
 -- the first practices of an ACO are the larger ones
 AND h.choice = h.choices * digits(a, 10000000000000, 1000)
                * (1000 + digits(a, 10000000000000, 1000)) // 2000000;
