-- immunization: one row per Immunization.
SELECT
    row_number,
    id,
    referred(patient) AS patient_id,
    referred(encounter) AS encounter_id,
    status,
    day(occurrenceDateTime) AS occurrence_date,
    typed(coding) AS code_type,
    plain(coding) AS code,
    statusReason.coding[1].code AS status_reason_code,
    keyed(coalesce(
        list_filter(performer, lambda p: list_contains(list_transform(p.function.coding, lambda c: c.code), 'AP'))[1].actor,
        performer[1].actor
    )) AS performer,
    meta.lastUpdated AS last_updated,
    sensitivity(meta.security) AS sensitivity
FROM (SELECT *, picked(vaccineCode.coding, ['cvx', 'ndc', 'snomed-ct']) AS coding FROM "Immunization")
ORDER BY number
