/* One row per person: members of an 834 first, the latest file leading; then patients of claims;
   then patients that only a remittance names. */
WITH told AS (
    SELECT
        person_key,
        birth_date,
        sex,
        race,
        death_date,
        state,
        county,
        1 AS preference,
        sent_on,
        sent_at,
        payer,
        confidentiality_code,
        file_name,
        row_number
    FROM landing.member
    UNION ALL
    SELECT
        person_key, birth_date, sex, NULL, NULL, state, NULL, 2, submitted_on, NULL, payer,
        NULL, file_name, row_number
    FROM landing.claim
    UNION ALL
    SELECT
        person_key, NULL, NULL, NULL, NULL, NULL, NULL, 3, payment_day, NULL, payer,
        NULL, file_name, row_number
    FROM landing.remitted_claim
),

identified AS (
    SELECT t.*, coalesce(i.person_id, t.person_key) AS person_id
    FROM told AS t
    LEFT JOIN shared.identity AS i ON t.person_key = i.identifier
)

SELECT
    person_id,
    birth_date,
    CASE sex WHEN 'M' THEN 'male' WHEN 'F' THEN 'female' WHEN 'U' THEN 'unknown' END AS sex,
    coalesce(r.race, t.race) AS race,
    death_date,
    state,
    CASE WHEN regexp_full_match(county, '[0-9]{5}') THEN county END AS county_fips,
    CASE WHEN s.code IS NOT NULL THEN true END AS us_resident,
    payer,
    CASE t.confidentiality_code WHEN 'R' THEN 'restricted' END AS sensitivity,
    t.file_name,
    t.row_number
FROM identified AS t
LEFT JOIN map.race AS r ON t.race = r.code
LEFT JOIN map.state AS s ON t.state = s.code
QUALIFY row_number() OVER (
    PARTITION BY person_id
    ORDER BY
        preference,
        birth_date IS NULL,
        sent_on DESC,
        sent_at DESC NULLS LAST,
        t.file_name,
        t.row_number
) = 1
