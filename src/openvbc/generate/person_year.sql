-- The people of one chunk: their spells of coverage, their conditions, and each year's need.
-- Variables: chunk_first, chunk_last (numbers of people), and those of the plan.

CREATE OR REPLACE TEMP TABLE person AS
SELECT p.*, person_name(n) AS person_id, state,
       str_split(counties, ';')[county + 1] AS county_fips
FROM plan p JOIN region USING (region)
WHERE n BETWEEN getvariable('chunk_first') AND getvariable('chunk_last');

-- One row per unbroken spell with the same coverage and enrolment type.
CREATE OR REPLACE TEMP TABLE spell AS
WITH turning_point AS (
    SELECT n, covered_from AS day FROM person
    UNION SELECT n, change_on FROM person WHERE change_on > covered_from
    UNION SELECT n, ma_from FROM person WHERE ma_from > covered_from
    UNION SELECT n, ma_to + 1 FROM person WHERE ma_to >= covered_from
)
SELECT n, day AS first_day,
       CASE WHEN lead(day) OVER person_spells IS NULL THEN death_date
            ELSE least(lead(day) OVER person_spells - 1, death_date) END AS last_day,
       CASE WHEN day >= change_on THEN type_then ELSE type_first END AS enrolment_type,
       NOT part_a_only AS part_b,
       COALESCE(day >= ma_from AND day <= COALESCE(ma_to, day), FALSE) AS medicare_advantage
FROM turning_point JOIN person USING (n)
WHERE day <= COALESCE(death_date, getvariable('last_day')) AND day <= getvariable('last_day')
WINDOW person_spells AS (PARTITION BY n ORDER BY day);

-- The conditions of a person in a year; position and conditions let a claim pick some of them.
CREATE OR REPLACE TEMP TABLE person_condition AS
WITH onset AS (
    SELECT n, birth_year, type_first, c.*,
           digits(draw('condition', concat(n, '|', condition)), 1, 1000) AS threshold
    FROM person CROSS JOIN condition c
), present AS (
    SELECT n, year, condition, code, need_e3, score_e3,
           threshold < prevalence(base, slope, most, disabled_e3, year - 1 - birth_year,
                                  type_first) AS known_last_year
    FROM onset CROSS JOIN calendar_year
    WHERE threshold < prevalence(base, slope, most, disabled_e3, year - birth_year, type_first)
)
SELECT *, row_number() OVER (PARTITION BY n, year ORDER BY condition) - 1 AS position,
       count(*) OVER (PARTITION BY n, year) AS conditions
FROM present;

CREATE OR REPLACE TEMP TABLE person_year AS
WITH condition_sum AS (
    SELECT n, year, sum(need_e3)::BIGINT AS need_e3, any_value(conditions) AS conditions,
           COALESCE(sum(score_e3) FILTER (WHERE known_last_year), 0)::BIGINT AS score_e3
    FROM person_condition GROUP BY n, year
), covered AS (
    SELECT p.*, y.*, greatest(covered_from, y.first_day) AS from_day,
           least(COALESCE(death_date, y.last_day), y.last_day) AS to_day,
           CASE WHEN year(change_on) <= y.year THEN type_then ELSE type_first END AS type_now
    FROM person p CROSS JOIN calendar_year y
    WHERE covered_from <= y.last_day AND COALESCE(death_date, y.last_day) >= y.first_day
)
SELECT c.n, person_id, c.year, from_day, to_day, to_day - from_day + 1 AS days, type_now, trend_e6,
       birth_year, covered_from, ma_from, ma_to, part_a_only, habit, is_female, region,
       home, home_place, home_region, home_service, home_aco,
       COALESCE(conditions, 0) AS conditions, COALESCE(score_e3, 0) AS score_e3,
       death_date BETWEEN from_day AND to_day AS dies,
       digits(draw('skips', concat(c.n, '|', c.year)), 1, 1000) < 22 AS skips_primary_care,
       CASE WHEN year = year(getvariable('last_day')) THEN COALESCE(reduction_e3, 0) ELSE 0 END
           AS reduction_e3,
       intensity_e6(c.n, c.year) AS intensity_e6,
       -- thousandths: conditions, lasting and passing frailty, type, and the nearness of death
       ((300 + COALESCE(s.need_e3, 0)) * frailty_e6 // 1000000
        * sickness_e6(c.n, c.year) // 1000000
        * CASE type_now WHEN 'esrd' THEN 2800 WHEN 'disabled' THEN 1850
                        WHEN 'aged_dual' THEN 1800 ELSE 1200 END // 1000
        * CASE WHEN year(death_date) = year THEN 260
               WHEN year(death_date) = year + 1 THEN 130 ELSE 88 END // 100)::BIGINT AS need_e3
FROM covered c
LEFT JOIN condition_sum s USING (n, year)
LEFT JOIN reduction r ON r.aco_id = c.home_aco;
