/* One row per organization that had an encounter billed as a facility. */
SELECT
    synthetic_ccn(o.id) AS ccn,
    o.name,
    CASE max(m.bill_type_code)
        WHEN '811' THEN 'hospice'
        WHEN '211' THEN 'snf'
        ELSE 'hospital'
    END AS facility_type,
    synthetic_tin(o.id) AS tin,
    o.file_name,
    o.row_number
FROM landing.organizations AS o
JOIN landing.encounters AS e ON o.id = e.organization
JOIN map.encounter_class AS m
    ON e.encounterclass = m.encounter_class AND m.claim_type = 'institutional'
GROUP BY o.id, o.name, o.file_name, o.row_number
