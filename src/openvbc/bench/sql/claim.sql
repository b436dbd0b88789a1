-- One month's claims of the bucket. Variables: month (its first day), rate_e3 (claims per person
-- and month at care 1, times 1000), share (only so many of 1000 people), from_tenth and to_tenth
-- (which tenths of the claims), data_through.
CREATE OR REPLACE TEMP TABLE claim AS
WITH present AS (
    SELECT *, draw('month', n * 100000 + getvariable('month_number')) AS m
    FROM life
    WHERE covered_from <= getvariable('month')
        AND (death_date IS NULL OR death_date >= last_day(getvariable('month')))
        AND NOT (advantage AND getvariable('month_number') BETWEEN 13 AND 24)
        AND n % 1000 < getvariable('share')
), happening AS (
    SELECT p.*, k.range AS k, draw('claim', (n * 100000 + getvariable('month_number')) * 100 + k.range) AS h
    FROM present AS p
    JOIN range(30) AS k
        ON k.range < CAST(floor(care * getvariable('rate_e3') / 1000 * (0.4 + 1.2 * uniform(m, 3))
                                + uniform(m, 5000000)) AS BIGINT)
)
SELECT
    c.n, c.person_id, c.k, c.h, c.codes, s.* EXCLUDE (slot),
    c.person_id || '-' || getvariable('month_text') || lpad(CAST(c.k AS VARCHAR), 2, '0') AS claim_key,
    CAST(getvariable('month') + CAST(part(c.h, 1000, 28) AS INTEGER) AS DATE) AS end_date,
    part(c.h, 100000, 10000) AS version_place,
    CASE WHEN s.seat = 'home' AND part(c.h, 1000000, 100) < 85 THEN c.practice
         ELSE part(c.h, 100000000, getvariable('practices')) END AS practice,
    part(c.h, 10000000, 8) AS slot
FROM happening AS c
JOIN kind_slot AS s ON s.slot = part(c.h, 1, 1000)
WHERE part(c.h, 10000000000000, 10) BETWEEN getvariable('from_tenth') AND getvariable('to_tenth')
ORDER BY c.n, c.k;

-- Unnested and never joined, so that rows stay in the order of people without being sorted.
CREATE OR REPLACE TEMP TABLE claim_version AS
SELECT *, (['original', 'cancel', 'adjust'])[version_number] AS version_type,
       CAST(CASE version_number WHEN 2 THEN -1 ELSE 1 END AS INTEGER) AS sign,
       CASE version_number WHEN 3 THEN 85 ELSE 100 END AS percent,
       end_date + CAST(12 + part(h, 10000000000, 38) + 25 * (version_number - 1)
           + CASE WHEN part(h, 1000000000000, 100) < 4 THEN 70 ELSE 0 END AS INTEGER) AS effective_on
FROM (
    SELECT *, CAST(unnest(CASE WHEN version_place < 75 THEN [1, 2, 3] WHEN version_place < 150 THEN [1, 2]
                               ELSE [1] END) AS INTEGER) AS version_number
    FROM claim
);
