-- eob_line: one row per line of a claim; line is its place, whatever its sequence says.
WITH line AS (
    SELECT number, row_number, careTeam, generate_subscripts(item, 1) AS line, unnest(item) AS i
    FROM resource WHERE kind = 'claim'
), amount AS (
    SELECT number, line,
           max(v) FILTER (c.code IN ('CLM_LINE_SBMT_CHRG_AMT', 'https://bluebutton.cms.gov/resources/variables/line_sbmtd_chrg_amt', 'https://bluebutton.cms.gov/resources/variables/rev_cntr_tot_chrg_amt')) AS charge,
           max(v) FILTER (c.code IN ('CLM_LINE_ALOWD_CHRG_AMT', 'https://bluebutton.cms.gov/resources/variables/line_alowd_chrg_amt')) AS allowed,
           max(v) FILTER (c.code IN ('CLM_LINE_CVRD_PD_AMT', 'https://bluebutton.cms.gov/resources/variables/line_nch_pmt_amt', 'https://bluebutton.cms.gov/resources/variables/rev_cntr_pmt_amt_amt', 'https://bluebutton.cms.gov/resources/variables/cvrd_d_plan_pd_amt')) AS paid,
           max(v) FILTER (c.code IN ('CLM_LINE_PRVDR_PMT_AMT', 'https://bluebutton.cms.gov/resources/variables/line_prvdr_pmt_amt', 'https://bluebutton.cms.gov/resources/variables/rev_cntr_prvdr_pmt_amt')) AS paid_to_provider,
           max(v) FILTER (c.code IN ('CLM_LINE_BENE_PD_AMT', 'https://bluebutton.cms.gov/resources/variables/line_bene_pmt_amt', 'https://bluebutton.cms.gov/resources/variables/rev_cntr_bene_pmt_amt')) AS paid_to_patient,
           max(v) FILTER (c.code IN ('CLM_LINE_MDCR_DDCTBL_AMT', 'https://bluebutton.cms.gov/resources/variables/line_bene_ptb_ddctbl_amt', 'https://bluebutton.cms.gov/resources/variables/rev_cntr_cash_ddctbl_amt')) AS deductible,
           max(v) FILTER (c.code IN ('CLM_LINE_MDCR_COINSRNC_AMT', 'CLM_LINE_INSTNL_ADJSTD_AMT', 'https://bluebutton.cms.gov/resources/variables/line_coinsrnc_amt', 'https://bluebutton.cms.gov/resources/variables/rev_cntr_coinsrnc_wge_adjstd_c')) AS coinsurance,
           max(v) FILTER (c.code IN ('TOT_RX_CST_AMT', 'https://bluebutton.cms.gov/resources/variables/tot_rx_cst_amt')) AS drug_cost,
           max(v) FILTER (c.code IN ('CLM_LINE_BENE_PMT_AMT', 'https://bluebutton.cms.gov/resources/variables/ptnt_pay_amt')) AS paid_by_patient
    FROM (SELECT number, line, a.amount.value AS v, unnest(a.category.coding) AS c
          FROM (SELECT number, line, unnest(i.adjudication) AS a FROM line))
    WHERE v IS NOT NULL
    GROUP BY number, line
), member AS (
    SELECT number, t.sequence AS member,
           max(t.provider.identifier.value) AS npi,
           max(coded_in(t.qualification.coding, ['https://bluebutton.cms.gov/fhir/CodeSystem/CLM-PRVDR-SPCLTY-CD', 'https://bluebutton.cms.gov/resources/variables/prvdr_spclty'])) AS specialty
    FROM (SELECT number, unnest(careTeam) AS t FROM resource WHERE kind = 'claim')
    WHERE len(list_filter(t.role.coding, lambda c: c.code IN ('rendering', 'performing'))) > 0
    GROUP BY number, t.sequence
), named AS (
    SELECT number, line, min(member) AS member
    FROM (SELECT number, line, unnest(coalesce(i.careTeamSequence, i.careTeamLinkId)) AS member FROM line)
    SEMI JOIN member USING (number, member)
    GROUP BY number, line
)
SELECT
    number,
    row_number,
    line,
    i.sequence AS sequence,
    substr(coalesce(i.servicedDate, i.servicedPeriod.start), 1, 10) AS line_start_date,
    substr(coalesce(i.servicedPeriod.end, i.servicedDate), 1, 10) AS line_end_date,
    coded_in(i.revenue.coding, ['https://bluebutton.cms.gov/fhir/CodeSystem/CLM-REV-CNTR-CD', 'https://bluebutton.cms.gov/resources/variables/rev_cntr']) AS revenue_center_code,
    coded_in(coalesce(i.productOrService, i.service).coding, ['http://www.ama-assn.org/go/cpt', 'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets', 'https://bluebutton.cms.gov/resources/codesystem/hcpcs', 'https://bluebutton.cms.gov/resources/variables/hcpcs_cd']) AS hcpcs_code,
    coalesce(coded(coalesce(i.productOrService, i.service).coding, 'http://hl7.org/fhir/sid/ndc'), coded(i.detail[1].productOrService.coding, 'http://hl7.org/fhir/sid/ndc')) AS ndc_code,
    list_transform(list_filter(flatten(list_transform(i.modifier, lambda m: m.coding)), lambda c: c.system IN ('http://www.ama-assn.org/go/cpt', 'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets', 'https://bluebutton.cms.gov/resources/codesystem/hcpcs')), lambda c: c.code) AS modifiers,
    coded_in(i.locationCodeableConcept.coding, ['https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set', 'https://bluebutton.cms.gov/resources/variables/line_place_of_srvc_cd']) AS place_of_service_code,
    coalesce(i.quantity.value, i.detail[1].quantity.value) AS quantity,
    extended(i.quantity.extension, 'https://bluebutton.cms.gov/resources/variables/days_suply_num').valueQuantity.value AS days_supply,
    m.npi AS rendering_npi,
    coalesce(extended(i.extension, 'https://bluebutton.cms.gov/fhir/StructureDefinition/CLM-PRVDR-SPCLTY-CD').valueCoding.code, m.specialty) AS specialty_code,
    coalesce(extended(i.extension, 'https://bluebutton.cms.gov/fhir/StructureDefinition/CLM-PRVDR-TAX-NUM').valueIdentifier.value, extended(i.extension, 'https://bluebutton.cms.gov/resources/variables/tax_num').valueCoding.code) AS tax_number,
    coalesce(extended(i.extension, 'https://bluebutton.cms.gov/fhir/StructureDefinition/CLM-PRCSG-IND-CD').valueCoding.code, extended(i.extension, 'https://bluebutton.cms.gov/resources/variables/line_prcsg_ind_cd').valueCoding.code) AS processing_code,
    charge, allowed, paid, paid_to_provider, paid_to_patient, deductible, coinsurance, drug_cost,
    paid_by_patient
FROM line
LEFT JOIN amount USING (number, line)
LEFT JOIN named USING (number, line)
LEFT JOIN member AS m USING (number, member)
ORDER BY number, line
