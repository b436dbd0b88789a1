-- service: one row per Procedure, ServiceRequest and DiagnosticReport.
WITH record AS (
    SELECT
        number, row_number, id, resourceType AS resource_type, meta, status, subject, encounter,
        day(coalesce(performedDateTime, performedPeriod.start)) AS service_date, code,
        keyed(performer[1].actor) AS practitioner
    FROM "Procedure"
    UNION ALL
    SELECT
        number, row_number, id, resourceType, meta, status, subject, encounter,
        day(coalesce(authoredOn, occurrenceDateTime, occurrencePeriod.start)), code, keyed(requester)
    FROM "ServiceRequest"
    WHERE not_ordered(doNotPerform, NULL) IS NULL
    UNION ALL
    SELECT
        number, row_number, id, resourceType, meta, status, subject, encounter,
        day(coalesce(effectiveDateTime, effectivePeriod.start, issued)), code, keyed(performer[1])
    FROM "DiagnosticReport"
)

SELECT
    row_number,
    id,
    resource_type,
    referred(subject) AS patient_id,
    referred(encounter) AS encounter_id,
    status,
    service_date,
    typed(coding) AS code_type,
    plain(coding) AS code,
    practitioner,
    meta.lastUpdated AS last_updated,
    sensitivity(meta.security) AS sensitivity
FROM (
    SELECT
        *,
        CASE resource_type
            WHEN 'DiagnosticReport' THEN picked(code.coding, ['loinc', 'hcpcs', 'snomed-ct'])
            ELSE picked(code.coding, ['hcpcs', 'icd-10-pcs', 'cdt', 'snomed-ct', 'loinc'])
        END AS coding
    FROM record
)
ORDER BY resource_type, number
