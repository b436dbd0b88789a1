/*
row: One category of drugs that a person filled in a year, with the days from the first fill on which one was in hand.
grain: [analysis_id, person_id, grouper, category]
span: person
period: year
tells_care: true
asked_by: [grouper_drug]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  person_id: {type: VARCHAR, required: true, says: the patient}
  grouper: {type: VARCHAR, required: true, says: the grouper}
  category: {type: VARCHAR, required: true, says: the category of drugs}
  first_filled_on: {type: DATE, required: true, says: day of the first fill in the year}
  until_on: {type: DATE, required: true, says: "last day that counts: of the year, of coverage, or of life"}
  fill_days: {type: BIGINT, required: true, says: days on which something was filled}
  fills_without_days: {type: BIGINT, required: true, says: fills whose source does not say the days of supply}
  days: {type: BIGINT, required: true, says: days from the first fill to the last day that counts}
  covered_days: {type: BIGINT, required: true, says: "of them those with a drug of the category in hand, each once; by days, the proportion of days covered"}
audits:
  more days covered than there are: SELECT * FROM this WHERE covered_days > days
*/
WITH covered AS (
    SELECT
        a.analysis_id,
        s.person_id,
        MAX(LEAST(
            COALESCE(last_day(s.last_month), a.last_day),
            COALESCE(p.death_date, a.last_day),
            a.last_day
        )) AS until_on
    FROM analysis_period AS a
    JOIN covered_span AS s
        ON s.line_of_business = a.line_of_business
        AND s.first_month <= a.last_day
        AND (s.last_month IS NULL OR s.last_month >= a.first_day)
    LEFT JOIN person AS p ON p.person_id = s.person_id
    GROUP BY a.analysis_id, s.person_id
),

held AS (
    SELECT
        s.analysis_id,
        s.person_id,
        s.grouper,
        s.category,
        s.drug,
        s.filled_on,
        s.fills_without_days,
        s.first_day,
        s.last_day,
        c.until_on
    FROM drug_supply AS s
    JOIN covered AS c ON c.analysis_id = s.analysis_id AND c.person_id = s.person_id
    WHERE s.filled_on <= c.until_on
),

-- A day on which several drugs are in hand counts once.
fresh AS (
    SELECT
        h.*,
        LEAST(last_day, until_on) AS to_day,
        GREATEST(first_day, COALESCE(
            MAX(last_day) OVER (
                PARTITION BY analysis_id, person_id, grouper, category
                ORDER BY first_day, last_day, drug, filled_on
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) + 1,
            first_day
        )) AS from_day
    FROM held AS h
)

SELECT
    analysis_id,
    person_id,
    grouper,
    category,
    MIN(filled_on) AS first_filled_on,
    until_on,
    COUNT(DISTINCT filled_on) AS fill_days,
    SUM(fills_without_days) AS fills_without_days,
    date_diff('day', MIN(filled_on), until_on) + 1 AS days,
    COALESCE(
        SUM(
            CASE
                WHEN first_day IS NOT NULL AND from_day <= to_day
                    THEN date_diff('day', from_day, to_day) + 1
            END
        ),
        0
    ) AS covered_days
FROM fresh
GROUP BY analysis_id, person_id, grouper, category, until_on
