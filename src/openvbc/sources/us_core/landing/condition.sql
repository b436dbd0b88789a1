-- condition: one row per Condition.
SELECT
    row_number,
    id,
    referred(subject) AS patient_id,
    referred(encounter) AS encounter_id,
    list_transform(all_codings(category), lambda c: c.code) AS categories,
    clinicalStatus.coding[1].code AS clinical_status,
    verificationStatus.coding[1].code AS verification_status,
    day(recordedDate) AS recorded_date,
    day(coalesce(onsetDateTime, onsetPeriod.start)) AS onset_date,
    day(coalesce(abatementDateTime, abatementPeriod.end)) AS resolved_date,
    typed(coding) AS code_type,
    plain(coding) AS code,
    meta.lastUpdated AS last_updated,
    sensitivity(meta.security) AS sensitivity
FROM (SELECT *, picked(code.coding, ['icd-10-cm', 'icd-9-cm', 'snomed-ct']) AS coding FROM "Condition")
ORDER BY number
