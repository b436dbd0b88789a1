/* One row per Procedure (procedure), ServiceRequest (request) and DiagnosticReport (report). */
SELECT
    getvariable('data_source') || ':' || p.resource_type || '/' || p.id AS procedure_id,
    who.person_id,
    getvariable('data_source') || ':' || p.encounter_id AS encounter_id,
    CASE p.resource_type
        WHEN 'Procedure' THEN 'procedure'
        WHEN 'ServiceRequest' THEN 'request'
        ELSE 'report'
    END AS record_type,
    s.status,
    p.service_date AS procedure_date,
    p.code_type,
    p.code,
    npi_of(p.practitioner, n.npi) AS practitioner_npi,
    p.sensitivity,
    p.file_name,
    p.row_number
FROM landing.service AS p
LEFT JOIN shared.who AS who USING (patient_id)
LEFT JOIN shared.npi AS n ON n.reference = p.practitioner
LEFT JOIN map.service_status AS s ON s.fhir_status = p.status
QUALIFY p.last_updated IS NOT DISTINCT FROM max(p.last_updated) OVER (PARTITION BY p.resource_type, p.id)
