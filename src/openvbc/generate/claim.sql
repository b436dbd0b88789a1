-- The claims of one chunk, in all their versions.
-- Variables: last_day (of the window), data_through (the last day a version may take effect).

-- What happens, when: counts by need, then what follows from it.
CREATE OR REPLACE TEMP TABLE event AS
WITH RECURSIVE expected AS (
    SELECT y.*, c.*,
           CASE WHEN category = 'primary_care' AND habit IN ('specialist', 'none') THEN 0
                WHEN category = 'primary_care' AND skips_primary_care THEN 0
                WHEN category = 'specialist' AND habit = 'none' THEN 0
                WHEN category = 'dialysis' AND type_now <> 'esrd' THEN 0
                WHEN category = 'hospice' THEN CASE WHEN dies THEN 480000000 ELSE 0 END
                ELSE least((fixed_e3 + slope_e3 * need_e3 // 1000) * days // 365, most * 1000)
                     * 1000000 END AS rate_e9,
           -- everybody with a practice is seen at least once a year
           CASE WHEN category = 'primary_care' AND habit IN ('ordinary', 'non_physician')
                     AND NOT skips_primary_care THEN 1
                WHEN category = 'specialist' AND habit = 'specialist' THEN 1
                ELSE 0 END AS at_least
    FROM person_year y CROSS JOIN category c
    WHERE fixed_e3 + slope_e3 > 0 OR category = 'hospice'
), counted AS (
    SELECT *, greatest((rate_e9 + uniform_e9('count', concat(n, '|', year, category)))
                       // 1000000000, at_least) AS events
    FROM expected
), happening AS (
    SELECT *, draw('event', concat(n, '|', year, category, k)) AS h
    FROM (SELECT *, unnest(range(events)) AS k FROM counted WHERE events > 0)
), begun AS (
    SELECT n, year, category, k, h, to_day, stay, stay_more, ma_from, ma_to, part_a_only,
           CASE WHEN category = 'hospice'
                THEN greatest(from_day, to_day - (stay + digits(h, 1, 50))::INTEGER)
                ELSE from_day + (digits(h, 1, 1000000) * days // 1000000)::INTEGER
                END AS start_date
    FROM happening
    WHERE NOT (part = 'B' AND part_a_only)
      AND NOT (reducible AND digits(h, 1000000000000000, 1000) < reduction_e3)
), event AS (
    SELECT n, year, category, k, h, to_day, part_a_only, start_date,
           least(start_date + (stay + digits(h, 1000000, 1000) * (stay_more + 1) // 1000)::INTEGER,
                 to_day) AS end_date
    FROM begun
    WHERE NOT COALESCE(start_date >= ma_from AND start_date <= COALESCE(ma_to, start_date), FALSE)
    UNION ALL
    SELECT n, year, category, k, h, to_day, part_a_only, start_date,
           least(start_date + (stay + digits(h, 1000000, 1000) * (stay_more + 1) // 1000)::INTEGER,
                 to_day)
    FROM (
        -- numbered from 50, apart from events of the same category that follow nothing
        SELECT e.n, e.year, e.k % 50 + 50 AS k, e.to_day, e.part_a_only, f.category,
               c.stay, c.stay_more, f.chance_e3,
               CASE WHEN from_end THEN e.end_date ELSE e.start_date END AS start_date,
               draw(f.category, concat(e.n, '|', e.year, e.k)) AS h
        FROM event e
        JOIN follow_up f ON f.after_category = e.category
        JOIN category c ON c.category = f.category
        WHERE NOT (c.part = 'B' AND e.part_a_only) AND NOT (from_end AND e.end_date = e.to_day)
    ) AS follower
    WHERE digits(h, 1000000000, 1000) < chance_e3
)
SELECT * FROM event;

-- Who bills it, which variant it is, and what is allowed for it.
CREATE OR REPLACE TEMP TABLE claim AS
WITH chosen AS (
    SELECT e.*, y.region, y.home, y.home_place, y.home_region, y.trend_e6, y.habit, y.dies,
           y.person_id, y.conditions, c.tag, c.tag_place, c.billed_by,
           CASE WHEN intense THEN intensity_e6 ELSE 1000000 END AS intensity_e6,
           category = 'primary_care' AND (k = 0 OR digits(h, 1000000000, 1000) < 900) AS at_home,
           draw('detail', concat(e.n, '|', e.year, category, k)) AS g
    FROM event e JOIN person_year y USING (n, year) JOIN category c USING (category)
), placed AS (
    SELECT c.*, o.organisation, o.ccn, o.tin, o.npi AS billing_npi, o.clinicians,
           CASE category WHEN 'primary_care' THEN o.service ELSE category END AS service
    FROM chosen c
    JOIN place_count p ON p.kind = c.billed_by
     AND p.region = CASE WHEN at_home THEN home_region ELSE c.region END
    JOIN organisation o ON o.kind = c.billed_by AND o.region = p.region
     AND o.place = CASE WHEN at_home THEN home_place
                        ELSE digits(g, 1, 1000000) * places // 1000000 END
), priced AS (
    SELECT p.*, v.variant, v.drg_code, v.diagnosis, v.procedure,
           greatest(price_cents * trend_e6 // 1000000
                    * lognormal_e6(digits(g, 1000000, 1000000), sigma_e3) // 1000000
                    * intensity_e6 // 1000000, 100)
               AS total_cents,
           CASE WHEN category <> 'primary_care' THEN digits(h, 1000000000000, 1000)
                WHEN habit = 'non_physician' THEN 5 + digits(h, 1000000000000, 2)
                WHEN k = 0 OR digits(h, 1000000000000, 1000) < 600 THEN n % 5
                ELSE digits(h, 1000000000000, 7) END AS seat
    FROM placed p
    JOIN variant_slot v ON v.service = p.service AND v.slot = digits(g, 1, 20)
)
SELECT n, person_id, year, service, variant, start_date, end_date, total_cents, p.organisation,
       ccn, tin, billing_npi, l.npi AS rendering_npi, l.specialty,
       conditions, drg_code, diagnosis, procedure, home,
       concat(person_id, '-', year % 100, tag, lpad(k::VARCHAR, 2, '0')) AS claim_key,
       -- the order of the claim keys as a number, with room for the version
       (((n * 100 + year % 100) * 100 + tag_place) * 100 + k) * 10 AS claim_order,
       digits(g, 1000000000000, 10000) AS version_e4,
       digits(g, 10000000000000000, 1000) AS fate_e3,
       -- processed within weeks; one in forty within months, one in two hundred after the run-out
       end_date + (14 + CASE WHEN fate_e3 < 5 THEN 95 + version_e4 % 100
                             WHEN fate_e3 < 30 THEN 45 + version_e4 % 50
                             ELSE version_e4 % 40 END)::INTEGER AS processed_on,
       dies AND end_date = to_day AS ends_in_death
FROM priced p
LEFT JOIN clinician l ON l.organisation = p.organisation AND l.slot = seat % clinicians;

-- 0.75 % of the claims are cancelled, 0.75 % are cancelled and replaced at 85 %.
CREATE OR REPLACE TEMP TABLE claim_version AS
SELECT c.*, concat(claim_key, '-', number) AS claim_id, number AS version_number, version_type,
       claim_order + number AS version_order,
       CASE version_type WHEN 'cancel' THEN -1 ELSE 1 END AS sign,
       CASE version_type WHEN 'adjust' THEN 850 ELSE 1000 END AS factor_e3,
       processed_on + (number > 1)::INTEGER * (20 + fate_e3 % 90)::INTEGER AS effective_on
FROM claim c
JOIN (VALUES (1, 'original', 9999), (2, 'cancel', 149), (3, 'adjust', 74))
     AS v(number, version_type, version_up_to) ON version_e4 <= version_up_to
WHERE processed_on + (number > 1)::INTEGER * (20 + fate_e3 % 90)::INTEGER
      <= getvariable('data_through');

DROP TABLE event;
DROP TABLE claim;
