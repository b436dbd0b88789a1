-- Regions, practices, groups, facilities and their clinicians. Variables: people, home_count.

CREATE TABLE region AS
FROM (VALUES (1, 'OH', '36', '39901;39903;39905'), (2, 'IN', '15', '18901;18903;18905'))
AS t(region, state, ccn_state, counties);

-- Home practices: four of ten belong to the first ACO, three to the second, three to none.
CREATE TABLE home AS
WITH numbered AS (
    SELECT range AS ordinal,
           CASE WHEN range % 10 IN (0, 2, 5, 7) THEN 'A1001'
                WHEN range % 10 IN (1, 4, 8) THEN 'A1002' END AS aco_id,
           CASE WHEN range % 12 IN (2, 8) AND range < 1200 THEN 'fqhc'
                WHEN range % 24 = 6 AND range < 2400 THEN 'rhc'
                WHEN range % 48 = 5 AND range < 2400 THEN 'cah'
                ELSE 'primary_care' END AS service
    FROM range(getvariable('home_count'))
)
SELECT *,
       CASE aco_id WHEN 'A1001' THEN 1 WHEN 'A1002' THEN 2 ELSE 1 + (ordinal // 3) % 2 END AS region
FROM numbered;

-- One row per organisation. place: its number among those of its kind and region, from 0.
CREATE TABLE organisation AS
WITH listed AS (
    SELECT 'home' AS kind, region, ordinal, service, aco_id,
           CASE service WHEN 'fqhc' THEN 1000 WHEN 'rhc' THEN 3800 WHEN 'cah' THEN 1300 END
               AS series,
           CASE WHEN service <> 'primary_care' THEN service END AS facility_type,
           CASE service WHEN 'primary_care' THEN 'PRACTICE' ELSE upper(service) END AS title
    FROM home
    UNION ALL
    SELECT kind, region, range, kind,
           CASE WHEN kind = 'specialist' AND range % 5 < 3
                THEN CASE region WHEN 1 THEN 'A1001' ELSE 'A1002' END END,
           series, facility_type, title
    FROM kind CROSS JOIN region
    CROSS JOIN range(greatest(at_least, getvariable('people') // (2 * people_each)))
)
SELECT (row_number() OVER (ORDER BY kind <> 'home', kind, region, ordinal) - 1)::BIGINT
           AS organisation,
       kind, region, service, aco_id, facility_type, clinicians,
       (row_number() OVER (PARTITION BY kind, region ORDER BY ordinal) - 1)::BIGINT AS place,
       concat('SYNTHETIC ', title, ' ', region, '-', ordinal) AS name,
       concat('96', lpad(organisation::VARCHAR, 7, '0')) AS tin, npi(organisation, 9) AS npi,
       CASE WHEN series IS NOT NULL THEN
           ccn_state || lpad((series + row_number() OVER (
               PARTITION BY service, region ORDER BY ordinal) - 1)::VARCHAR, 4, '0') END AS ccn
FROM listed JOIN region USING (region)
LEFT JOIN (SELECT kind, count(*)::BIGINT AS clinicians FROM staff GROUP BY kind) USING (kind);

CREATE TABLE clinician AS
SELECT organisation, slot, specialty, npi(organisation, slot) AS npi
FROM organisation JOIN staff USING (kind);

CREATE TABLE place_count AS
SELECT kind, region, count(*)::BIGINT AS places FROM organisation GROUP BY kind, region;

-- The practices that a person may call home, numbered within their ACO ('' = none).
CREATE TABLE home_of_aco AS
SELECT COALESCE(aco_id, '') AS aco_id, organisation, place, region, service,
       row_number() OVER (PARTITION BY aco_id ORDER BY organisation) - 1 AS choice,
       count(*) OVER (PARTITION BY aco_id) AS choices
FROM organisation WHERE kind = 'home';

-- Twenty slots a service: a draw from 0 to 19 picks a variant.
CREATE TABLE variant_slot AS
WITH upper_end AS (
    SELECT *, sum(slots) OVER (PARTITION BY service ORDER BY variant) AS up_to FROM variant
)
SELECT u.* EXCLUDE (slots, up_to), range AS slot
FROM upper_end u JOIN range(20) ON range >= up_to - slots AND range < up_to;

CREATE TABLE calendar_year AS
SELECT range AS year, range - getvariable('first_year') AS passed,
       make_date(range, 1, 1) AS first_day, make_date(range, 12, 31) AS last_day,
       round(1e6 * pow(1.045, range - getvariable('first_year')))::BIGINT AS trend_e6
FROM range(getvariable('first_year'), getvariable('first_year') + getvariable('years'));

-- Per ACO, thousandths of the reducible services that its people do without in the last year.
CREATE TABLE reduction (aco_id VARCHAR, reduction_e3 BIGINT);

-- What the national figures are computed from; filled chunk by chunk (ledger.sql).
CREATE TABLE ledger (
    n BIGINT, year BIGINT, enrolment_type VARCHAR, region INTEGER, home_aco VARCHAR, months BIGINT,
    cents BIGINT, assignable BOOLEAN, hcc_e6 BIGINT, demographic_e6 BIGINT
);
