-- The lists that CMS would send an ACO for the last year of a population. Who is assigned: the
-- people whose primary care was more with its participants than with those of another ACO. It is a
-- plausible list, not a statement by the rules of assignment. Variables: seed, aco, year.

-- file: served
SELECT c.person_id, p.aco_id, c.billing_tin AS tin, c.rendering_npi AS npi
FROM medical_claim AS c
JOIN (SELECT DISTINCT aco_id, tin FROM participants) AS p ON p.tin = c.billing_tin
WHERE c.line_of_business = 'medicare' AND c.claim_type = 'professional' AND c.paid_cents > 0
    AND year(c.claim_end_date) = getvariable('year')
    AND (c.hcpcs_code BETWEEN '99202' AND '99215' OR c.hcpcs_code = 'G0439')

-- file: assigned
SELECT person_id
FROM (SELECT person_id, aco_id, count(*) AS lines FROM served GROUP BY person_id, aco_id)
QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY lines DESC, aco_id) = 1
    AND aco_id = getvariable('aco')

-- file: month
SELECT
    a.person_id,
    m.month,
    max(CASE e.enrolment_type WHEN 'esrd' THEN 1 WHEN 'disabled' THEN 2 WHEN 'aged_dual' THEN 3
        WHEN 'aged_nondual' THEN 4 ELSE 0 END) AS flag
FROM assigned AS a
CROSS JOIN (SELECT unnest([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) AS month) AS m
LEFT JOIN eligibility AS e
    ON e.person_id = a.person_id
    AND e.line_of_business = 'medicare'
    AND e.enrollment_start_date <= make_date(getvariable('year'), m.month, 1)
    AND coalesce(e.enrollment_end_date, DATE '9999-12-31')
        >= make_date(getvariable('year'), m.month, 1)
GROUP BY a.person_id, m.month

-- file: 1-1
SELECT
    min(i.mbi) AS "BENE_MBI_ID",
    CASE min(p.sex) WHEN 'male' THEN '1' WHEN 'female' THEN '2' ELSE '0' END AS "BENE_SEX_CD",
    strftime(min(p.birth_date), '%m/%d/%Y') AS "BENE_BRTH_DT",
    strftime(min(p.death_date), '%m/%d/%Y') AS "BENE_DEATH_DT",
    min(p.county_fips) AS "STATE_COUNTY_CD",
    0 AS "IN_VA_MAX",
    CAST(NULL AS VARCHAR) AS "VA_TIN",
    CAST(NULL AS VARCHAR) AS "VA_NPI",
    1 AS "CBA_FLAG",
    1 AS "ASSIGNMENT_TYPE",
    0 AS "ASG_STATUS",
    max(m.flag) FILTER (WHERE m.month = 1) AS "EnrollFlag1",
    max(m.flag) FILTER (WHERE m.month = 2) AS "EnrollFlag2",
    max(m.flag) FILTER (WHERE m.month = 3) AS "EnrollFlag3",
    max(m.flag) FILTER (WHERE m.month = 4) AS "EnrollFlag4",
    max(m.flag) FILTER (WHERE m.month = 5) AS "EnrollFlag5",
    max(m.flag) FILTER (WHERE m.month = 6) AS "EnrollFlag6",
    max(m.flag) FILTER (WHERE m.month = 7) AS "EnrollFlag7",
    max(m.flag) FILTER (WHERE m.month = 8) AS "EnrollFlag8",
    max(m.flag) FILTER (WHERE m.month = 9) AS "EnrollFlag9",
    max(m.flag) FILTER (WHERE m.month = 10) AS "EnrollFlag10",
    max(m.flag) FILTER (WHERE m.month = 11) AS "EnrollFlag11",
    max(m.flag) FILTER (WHERE m.month = 12) AS "EnrollFlag12"
FROM person AS p
JOIN month AS m ON m.person_id = p.person_id
JOIN current_mbi AS i ON i.person_id = p.person_id
GROUP BY p.person_id
ORDER BY md5(getvariable('seed') || p.person_id), p.person_id

-- file: 1-2
SELECT mbi AS "BENE_MBI_ID", tin AS "MASTER_ID", count(*) AS "B_EM_LINE_CNT_T"
FROM served JOIN current_mbi USING (person_id)
WHERE aco_id = getvariable('aco') AND person_id IN (SELECT person_id FROM assigned)
GROUP BY mbi, tin
ORDER BY mbi, tin

-- file: 1-4
SELECT
    mbi AS "BENE_MBI_ID", tin AS "MASTER_ID", npi AS "NPI_USED", count(*) AS "PCS_COUNT"
FROM served JOIN current_mbi USING (person_id)
WHERE aco_id = getvariable('aco') AND person_id IN (SELECT person_id FROM assigned)
    AND npi IS NOT NULL
GROUP BY mbi, tin, npi
ORDER BY mbi, tin, npi

-- file: 1-6
SELECT DISTINCT mbi AS "BENE_MBI_ID", 0 AS "VA_SELECTION_ONLY"
FROM served JOIN current_mbi USING (person_id)
WHERE aco_id = getvariable('aco')
ORDER BY mbi

-- file: participants
SELECT DISTINCT
    getvariable('year') AS "Program Year",
    getvariable('aco') AS "ACO ID",
    tin AS "Participant TIN",
    CAST(NULL AS VARCHAR) AS "Participant Legal Business Name"
FROM participants
WHERE aco_id = getvariable('aco')
ORDER BY tin
