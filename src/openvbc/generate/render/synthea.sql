-- A population in the files of Synthea's CSV export. One encounter is one final claim: its lines'
-- allowed and paid amounts added up. Variables: seed, states (the map of state names).

-- file: patients.csv
SELECT
    person_id AS "Id",
    birth_date AS "BIRTHDATE",
    death_date AS "DEATHDATE",
    race AS "RACE",
    CASE sex WHEN 'male' THEN 'M' WHEN 'female' THEN 'F' END AS "GENDER",
    s.state AS "STATE"
FROM person AS p
LEFT JOIN read_csv(getvariable('states'), all_varchar = true, header = true) AS s
    ON s.code = p.state
ORDER BY person_id

-- file: payers.csv
SELECT DISTINCT
    concat_ws(' ', payer, line_of_business) AS "Id",
    CASE line_of_business WHEN 'medicare' THEN 'Medicare' WHEN 'medicaid' THEN 'Medicaid'
        ELSE payer END AS "NAME"
FROM eligibility
ORDER BY 1

-- file: payer_transitions.csv
SELECT
    person_id AS "PATIENT",
    coalesce(member_id, person_id) AS "MEMBERID",
    strftime(enrollment_start_date, '%Y-%m-%dT00:00:00Z') AS "START_YEAR",
    strftime(enrollment_end_date + 1, '%Y-%m-%dT00:00:00Z') AS "END_YEAR",
    concat_ws(' ', payer, line_of_business) AS "PAYER"
FROM eligibility
ORDER BY md5(getvariable('seed') || person_id), person_id, "PAYER", enrollment_start_date

-- file: organizations.csv
SELECT DISTINCT coalesce(billing_tin, facility_ccn, 'none') AS "Id", 'organization' AS "NAME"
FROM medical_claim
ORDER BY 1

-- file: providers.csv
SELECT
    coalesce(rendering_npi, 'none') AS "Id",
    min(coalesce(billing_tin, facility_ccn, 'none')) AS "ORGANIZATION",
    'provider' AS "NAME",
    CAST(NULL AS VARCHAR) AS "SPECIALITY"
FROM medical_claim
GROUP BY 1
ORDER BY 1

-- file: encounters.csv
WITH final AS (
    SELECT *
    FROM medical_claim
    QUALIFY version_number = max(version_number) OVER (PARTITION BY claim_key)
)

SELECT
    claim_key AS "Id",
    strftime(min(claim_start_date), '%Y-%m-%dT00:00:00Z') AS "START",
    strftime(min(claim_end_date), '%Y-%m-%dT00:00:00Z') AS "STOP",
    min(person_id) AS "PATIENT",
    min(coalesce(billing_tin, facility_ccn, 'none')) AS "ORGANIZATION",
    min(coalesce(rendering_npi, 'none')) AS "PROVIDER",
    min(concat_ws(' ', payer, line_of_business)) AS "PAYER",
    CASE
        WHEN min(claim_type) <> 'institutional' THEN 'ambulatory'
        WHEN min(bill_type_code) LIKE '11%' THEN 'inpatient'
        WHEN min(bill_type_code) LIKE '2%' THEN 'snf'
        WHEN min(bill_type_code) LIKE '8%' THEN 'hospice'
        ELSE 'outpatient'
    END AS "ENCOUNTERCLASS",
    CAST(NULL AS VARCHAR) AS "CODE",
    dollars(sum(coalesce(allowed_cents, paid_cents))) AS "TOTAL_CLAIM_COST",
    dollars(sum(paid_cents)) AS "PAYER_COVERAGE",
    CAST(NULL AS VARCHAR) AS "REASONCODE"
FROM final
WHERE version_type <> 'cancel'
GROUP BY claim_key
ORDER BY md5(getvariable('seed') || claim_key), claim_key

-- file: claims.csv
SELECT
    'none' AS "Id", '' AS "PATIENTID", '' AS "APPOINTMENTID", '' AS "DIAGNOSIS1",
    '' AS "DIAGNOSIS2", '' AS "DIAGNOSIS3", '' AS "DIAGNOSIS4", '' AS "DIAGNOSIS5",
    '' AS "DIAGNOSIS6", '' AS "DIAGNOSIS7", '' AS "DIAGNOSIS8"
WHERE false

-- file: medications.csv
WITH final AS (
    SELECT *
    FROM pharmacy_claim
    QUALIFY version_number = max(version_number) OVER (PARTITION BY claim_key)
)

SELECT
    strftime(dispensing_date, '%Y-%m-%dT00:00:00Z') AS "START",
    person_id AS "PATIENT",
    concat_ws(' ', payer, line_of_business) AS "PAYER",
    claim_key AS "ENCOUNTER",
    coalesce(ndc_code, 'none') AS "CODE",
    dollars(paid_cents) AS "PAYER_COVERAGE",
    quantity AS "DISPENSES",
    dollars(coalesce(allowed_cents, paid_cents)) AS "TOTALCOST"
FROM final
WHERE version_type <> 'cancel'
ORDER BY md5(getvariable('seed') || claim_key), claim_key, claim_line_number
