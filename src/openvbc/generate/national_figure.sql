-- national_figure: per year, area and enrolment type, over the assignable people of the whole
-- population: person-years, the national cut, and spending and risk per person-year.
WITH annualised AS (
    SELECT *, ratio(cents * 12, months)::BIGINT AS annual_cents FROM ledger WHERE assignable
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY year, enrolment_type ORDER BY annual_cents, n)
                  AS position,
           count(*) OVER (PARTITION BY year, enrolment_type) AS people
    FROM annualised
), cut AS (
    -- the 99th percentile: the amount whose rank is 0.99 of the number of people, rounded up
    SELECT year, enrolment_type, annual_cents AS cut_cents FROM ranked
    WHERE position = (99 * people + 99) // 100
), mean AS (
    SELECT year, enrolment_type, sum(months) AS months,
           sum(hcc_e6 * months) AS hcc, sum(demographic_e6 * months) AS demographic
    FROM annualised GROUP BY year, enrolment_type
), by_area AS (
    SELECT year, area, area_counties, enrolment_type, sum(months) AS months,
           sum(least(annual_cents, cut_cents)::HUGEINT * months) AS cents,
           sum(hcc_e6 * months) AS hcc, sum(demographic_e6 * months) AS demographic
    FROM annualised JOIN cut USING (year, enrolment_type) JOIN region USING (region)
    CROSS JOIN (VALUES (TRUE), (FALSE)) AS every(nation)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN nation THEN 'national' ELSE concat('region_', region) END AS area,
               CASE WHEN NOT nation THEN counties END AS area_counties)
    GROUP BY ALL
)
SELECT b.year, b.area, b.area_counties AS counties, b.enrolment_type,
       decimal_text(ratio(b.months * 1000000, 12)::HUGEINT, 6) AS person_years,
       decimal_text(ratio(b.cents, b.months), 2) AS per_capita,
       decimal_text(cut_cents, 2) AS truncation_cut,
       decimal_text(ratio(b.hcc::HUGEINT * m.months * 1000000, b.months * m.hcc::HUGEINT), 6)
           AS hcc_risk,
       decimal_text(ratio(b.demographic::HUGEINT * m.months * 1000000,
                          b.months * m.demographic::HUGEINT), 6) AS demographic_risk
FROM by_area b JOIN cut c USING (year, enrolment_type) JOIN mean m USING (year, enrolment_type)
ORDER BY b.year, b.area, b.enrolment_type
