/* One row per clinician. */
SELECT
    synthetic_npi(p.id) AS npi,
    p.name,
    s.specialty_code,
    synthetic_tin(p.organization) AS tin,
    p.file_name,
    p.row_number
FROM landing.providers AS p
LEFT JOIN map.specialty AS s ON p.speciality = s.speciality
