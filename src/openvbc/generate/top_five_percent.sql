-- The last year's Part A and B spending: that of the costliest 5 % of people, and all of it.
SELECT sum(cents) FILTER (WHERE position * 20 <= people)::BIGINT AS top_cents,
       sum(cents)::BIGINT AS all_cents
FROM (SELECT cents, row_number() OVER (ORDER BY cents DESC, n) AS position,
             count(*) OVER () AS people
      FROM (SELECT n, sum(cents)::BIGINT AS cents FROM ledger
            WHERE year = year(getvariable('last_day')) GROUP BY n))
