-- coverage: one row per Coverage: one part of Medicare, or Medicaid beside it, of one person.
SELECT
    number,
    row_number,
    id AS coverage_id,
    referred(beneficiary.reference) AS patient_id,
    status,
    sensitivity(meta.security) AS sensitivity,
    subscriberId AS subscriber_id,
    coalesce(
        list_filter(class, lambda k: coded(k.type.coding, 'http://terminology.hl7.org/CodeSystem/coverage-class') = 'plan')[1].value,
        grouping.subPlan
    ) AS part,
    substr(period.start, 1, 10) AS first_day,
    substr(period.end, 1, 10) AS last_day,
    day(meta.lastUpdated) AS last_updated,
    coalesce(
        extended(extension, 'https://bluebutton.cms.gov/fhir/StructureDefinition/BENE-MDCR-STUS-CD').valueCoding.code,
        extended(extension, 'https://bluebutton.cms.gov/resources/variables/ms_cd').valueCoding.code
    ) AS medicare_status_code,
    coalesce(
        extended(extension, 'https://bluebutton.cms.gov/fhir/StructureDefinition/BENE-MDCR-ENTLMT-RSN-CD').valueCoding.code,
        extended(extension, 'https://bluebutton.cms.gov/resources/variables/orec').valueCoding.code
    ) AS entitlement_reason_code,
    coalesce(
        extended(extension, 'https://bluebutton.cms.gov/fhir/StructureDefinition/BENE-ESRD-STUS-ID').valueCoding.code,
        extended(extension, 'https://bluebutton.cms.gov/resources/variables/esrd_ind').valueCoding.code
    ) AS esrd,
    extended(extension, 'https://bluebutton.cms.gov/fhir/StructureDefinition/BENE-DUAL-STUS-CD').valueCoding.code AS dual_status_code,
    coalesce(
        extended(extension, 'https://bluebutton.cms.gov/fhir/StructureDefinition/BENE-CNTRCT-NUM').valueString,
        extended(extension, 'https://bluebutton.cms.gov/resources/variables/ptc_cntrct_id_01').valueCoding.code
    ) AS contract_number
FROM resource
WHERE kind = 'Coverage'
ORDER BY number
