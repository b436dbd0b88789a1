-- eob: one row per ExplanationOfBenefit that is a claim, as it came.
WITH claim AS (
    SELECT * EXCLUDE (supportingInfo, information),
           coalesce(supportingInfo, information) AS info,
           list_filter(contained, lambda o: o.id = substr(provider.reference, 2))[1] AS billing,
           list_filter(related, lambda r: list_contains(list_transform(r.relationship.coding, lambda c: c.code), 'prior'))[1] AS prior
    FROM resource WHERE kind = 'claim'
), stated AS (
    SELECT number, s.category.coding AS about, s.code.coding AS codes, s.timingDate AS day,
           s.timingPeriod AS period, s.valueQuantity.value AS quantity
    FROM (SELECT number, unnest(info) AS s FROM claim)
), code AS (
    SELECT number,
           max(c.code) FILTER (c.system = 'https://bluebutton.cms.gov/fhir/CodeSystem/CLM-ADJSTMT-TYPE-CD') AS adjustment_type,
           max(c.code) FILTER (c.system = 'https://bluebutton.cms.gov/fhir/CodeSystem/CLM-DISP-CD') AS disposition,
           max(c.code) FILTER (c.system = 'https://bluebutton.cms.gov/fhir/CodeSystem/CLM-CARR-PMT-DNL-CD') AS carrier_denial,
           max(c.code) FILTER (c.system = 'https://bluebutton.cms.gov/fhir/CodeSystem/CLM-MDCR-NPMT-RSN-CD') AS nonpayment_reason,
           max(c.code) FILTER (c.system = 'https://www.nubc.org/CodeSystem/TypeOfBill') AS bill_type,
           max(c.code) FILTER (c.system = 'https://bluebutton.cms.gov/resources/variables/clm_freq_cd') AS bill_frequency,
           max(c.code) FILTER (c.system IN ('https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software', 'https://bluebutton.cms.gov/resources/variables/clm_drg_cd')) AS drg,
           max(c.code) FILTER (c.system IN ('https://www.nubc.org/CodeSystem/PatDischargeStatus', 'https://bluebutton.cms.gov/resources/variables/ptnt_dschrg_stus_cd')) AS discharge_status,
           max(c.code) FILTER (c.system = 'https://bluebutton.cms.gov/resources/variables/adjstmt_dltn_cd') AS drug_adjustment
    FROM (SELECT number, unnest(codes) AS c FROM stated)
    GROUP BY number
), dated AS (
    SELECT number,
           max(day) FILTER (c.code = 'CLM_IDR_LD_DT') AS warehouse_day,
           max(day) FILTER (c.code IN ('CLM_NCH_WKLY_PROC_DT', 'https://bluebutton.cms.gov/resources/variables/nch_wkly_proc_dt')) AS weekly_day,
           max(day) FILTER (c.code = 'CLM_CMS_PROC_DT') AS processed_day,
           max(period.start) FILTER (c.code = 'admissionperiod') AS admitted,
           max(period.end) FILTER (c.code = 'admissionperiod') AS discharged,
           max(quantity) FILTER (c.code = 'dayssupply') AS days_supply
    FROM (SELECT number, day, period, quantity, unnest(about) AS c FROM stated
          WHERE day IS NOT NULL OR period IS NOT NULL OR quantity IS NOT NULL)
    GROUP BY number
), amount AS (
    SELECT number,
           max(paid) FILTER (c.code = 'CLM_OPRTNL_IME_AMT') AS ime,
           max(paid) FILTER (c.code = 'CLM_OPRTNL_DSPRTNT_AMT') AS dsh,
           max(paid) FILTER (c.code = 'CLM_HIPPS_UNCOMPD_CARE_AMT') AS uncompensated
    FROM (SELECT number, a.amount.value AS paid, unnest(a.category.coding) AS c
          FROM (SELECT number, unnest(adjudication) AS a FROM claim))
    GROUP BY number
)
SELECT
    number,
    row_number,
    coalesce(
        list_filter(identifier, lambda i: coded(i.type.coding, 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType') = 'uc' AND coalesce(i.system, '') NOT LIKE '%claim-group')[1].value,
        list_filter(identifier, lambda i: i.system IN ('https://bluebutton.cms.gov/resources/variables/clm_id', 'https://bluebutton.cms.gov/resources/variables/pde_id'))[1].value,
        id
    ) AS claim_id,
    list_filter(identifier, lambda i: i.system IN ('https://bluebutton.cms.gov/identifiers/CLM-CNTL-NUM', 'https://bluebutton.cms.gov/resources/identifier/claim-group'))[1].value AS control_number,
    referred(patient.reference) AS patient_id,
    status,
    sensitivity(meta.security) AS sensitivity,
    coalesce(
        coded_in(type.coding, ['https://bluebutton.cms.gov/fhir/CodeSystem/EOB-TYPE', 'https://bluebutton.cms.gov/resources/codesystem/eob-type']),
        upper(coded_in(type.coding, ['http://terminology.hl7.org/CodeSystem/claim-type', 'http://terminology.hl7.org/CodeSystem/ex-claimtype']))
    ) AS eob_type,
    coded_in(type.coding, ['https://bluebutton.cms.gov/fhir/CodeSystem/CLM-TYPE-CD', 'https://bluebutton.cms.gov/resources/variables/nch_clm_type_cd']) AS type_code,
    coded(meta.tag, 'https://bluebutton.cms.gov/fhir/CodeSystem/System-Type') AS system_type,
    coded(meta.tag, 'https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action') AS final_action,
    substr(billablePeriod.start, 1, 10) AS claim_start_date,
    substr(billablePeriod.end, 1, 10) AS claim_end_date,
    day(coalesce(warehouse_day, weekly_day, extended(extension, 'https://bluebutton.cms.gov/resources/variables/fi_clm_proc_dt').valueDate, processed_day)) AS recorded_on,
    day(coalesce(payment.date, weekly_day, processed_day)) AS paid_date,
    day(created) AS created_on,
    adjustment_type,
    coalesce(code.disposition, claim.disposition) AS disposition,
    drug_adjustment,
    coalesce(carrier_denial, extended(extension, 'https://bluebutton.cms.gov/resources/variables/carr_clm_pmt_dnl_cd').valueCoding.code) AS carrier_denial,
    coalesce(nonpayment_reason, extended(extension, 'https://bluebutton.cms.gov/resources/variables/clm_mdcr_non_pmt_rsn_cd').valueCoding.code) AS nonpayment_reason,
    coalesce(
        bill_type,
        extended(facility.extension, 'https://bluebutton.cms.gov/resources/variables/clm_fac_type_cd').valueCoding.code
        || coalesce(extended(extension, 'https://bluebutton.cms.gov/resources/variables/clm_srvc_clsfctn_type_cd').valueCoding.code, coded(type.coding, 'https://bluebutton.cms.gov/resources/variables/clm_srvc_clsfctn_type_cd'))
        || bill_frequency
    ) AS bill_type,
    drg,
    discharge_status,
    day(coalesce(admitted, hospitalization.start)) AS admission_date,
    day(coalesce(discharged, hospitalization.end)) AS discharge_date,
    days_supply,
    coalesce(prior.claim.identifier.value, referred(prior.claim.reference), prior.reference.value) AS related_claim,
    payment.amount.value AS paid,
    coalesce(ime, extended(extension, 'https://bluebutton.cms.gov/resources/variables/ime_op_clm_val_amt').valueMoney.value) AS ime,
    coalesce(dsh, extended(extension, 'https://bluebutton.cms.gov/resources/variables/dsh_op_clm_val_amt').valueMoney.value) AS dsh,
    coalesce(uncompensated, extended(extension, 'https://bluebutton.cms.gov/resources/variables/clm_uncompd_care_pmt_amt').valueMoney.value) AS uncompensated_care,
    billing.resourceType AS billing_type,
    coalesce(
        list_filter(billing.identifier, lambda i: i.system = 'http://hl7.org/fhir/sid/us-npi')[1].value,
        CASE WHEN provider.identifier.system IN ('http://hl7.org/fhir/sid/us-npi', 'https://bluebutton.cms.gov/resources/variables/carr_clm_blg_npi_num') THEN provider.identifier.value END,
        CASE WHEN coalesce(facility.identifier.system, 'http://hl7.org/fhir/sid/us-npi') = 'http://hl7.org/fhir/sid/us-npi' THEN facility.identifier.value END
    ) AS billing_npi,
    coalesce(
        list_filter(billing.identifier, lambda i: i.system = 'http://terminology.hl7.org/NamingSystem/CCN' OR coded(i.type.coding, 'http://terminology.hl7.org/CodeSystem/v2-0203') = 'PRN')[1].value,
        CASE WHEN provider.identifier.system = 'https://bluebutton.cms.gov/resources/variables/prvdr_num' THEN provider.identifier.value END
    ) AS billing_ccn,
    list_filter(billing.identifier, lambda i: i.system = 'urn:oid:2.16.840.1.113883.4.4')[1].value AS billing_tax_number,
    CASE WHEN json_type(billing.name) = 'VARCHAR' THEN billing.name ->> '$'
         ELSE nullif(concat_ws(' ', billing.name ->> '$[0].given[0]', billing.name ->> '$[0].family'), '')
    END AS billing_name
FROM claim
LEFT JOIN code USING (number)
LEFT JOIN dated USING (number)
LEFT JOIN amount USING (number)
ORDER BY number
