/*
row: One day on which a person filled a drug of a grouper, and the days for which that is in hand.
grain: [analysis_id, person_id, grouper, category, drug, filled_on]
span: person
period: year
tells_care: true
asked_by: [grouper_drug]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  person_id: {type: VARCHAR, required: true, says: the patient}
  grouper: {type: VARCHAR, required: true, says: the grouper}
  category: {type: VARCHAR, required: true, says: the category of the drug}
  drug: {type: VARCHAR, required: true, says: the drug}
  filled_on: {type: DATE, required: true, says: day of the fills}
  fills: {type: BIGINT, required: true, says: claims of that day}
  fills_without_days: {type: BIGINT, required: true, says: of them those whose source does not say the days of supply}
  days_supply: {type: BIGINT, required: true, says: "days of supply, the longest of the day; 0: no fill says"}
  first_day: {type: DATE, says: "first day in hand: the fill, or when the supply before it is used up; empty: no days"}
  last_day: {type: DATE, says: "last day in hand; empty: no days"}
audits:
  days in hand are days of supply: >-
    SELECT * FROM this
    WHERE days_supply > 0 AND date_diff('day', first_day, last_day) + 1 <> days_supply
*/
-- Fills of a drug on one day are one supply, the longest of them.
WITH fill_day AS (
    SELECT
        v.analysis_id,
        v.person_id,
        g.grouper,
        g.category,
        g.drug,
        v.dispensing_date AS filled_on,
        COUNT(DISTINCT v.claim_key) AS fills,
        COUNT(DISTINCT CASE WHEN COALESCE(v.days_supply, 0) < 1 THEN v.claim_key END)
            AS fills_without_days,
        CAST(GREATEST(COALESCE(MAX(v.days_supply), 0), 0) AS BIGINT) AS days_supply
    FROM pharmacy_version AS v
    JOIN grouper_drug AS g ON g.code = v.ndc_code
    JOIN analysis_choice AS c
        ON c.analysis_id = v.analysis_id AND c.kind = 'grouper' AND c.name = g.grouper
    WHERE v.reason IS NULL
    GROUP BY v.analysis_id, v.person_id, g.grouper, g.category, g.drug, v.dispensing_date
),

-- Days of the year, and all supply up to each fill.
summed AS (
    SELECT
        f.*,
        a.first_day AS year_day,
        date_diff('day', a.first_day, f.filled_on) AS place,
        SUM(f.days_supply) OVER (
            PARTITION BY f.analysis_id, f.person_id, f.grouper, f.category, f.drug
            ORDER BY f.filled_on
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS supplied
    FROM fill_day AS f
    JOIN analysis_period AS a ON a.analysis_id = f.analysis_id
),

-- A supply begins when the one before it is used up: whichever fill so far is the last that began
-- on its own day, everything from it on stands end to end.
placed AS (
    SELECT
        s.*,
        supplied + MAX(place - (supplied - days_supply)) OVER (
            PARTITION BY analysis_id, person_id, grouper, category, drug
            ORDER BY filled_on
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS end_place
    FROM summed AS s
)

SELECT
    analysis_id,
    person_id,
    grouper,
    category,
    drug,
    filled_on,
    fills,
    fills_without_days,
    days_supply,
    CASE WHEN days_supply > 0 THEN year_day + CAST(end_place - days_supply AS INTEGER) END
        AS first_day,
    CASE WHEN days_supply > 0 THEN year_day + CAST(end_place - 1 AS INTEGER) END AS last_day
FROM placed
