-- eob_diagnosis: one row per diagnosis of a claim.
SELECT
    number,
    row_number,
    place,
    d.sequence AS sequence,
    -- the older resources name ICD-10-CM with the international code's address
    CASE c.system WHEN 'http://hl7.org/fhir/sid/icd-9-cm' THEN 'icd-9-cm' ELSE 'icd-10-cm' END AS code_type,
    replace(c.code, '.', '') AS code,
    list_transform(flatten(list_transform(d.type, lambda t: t.coding)), lambda k: k.code) AS roles,
    coalesce(
        d.onAdmission.coding[1].code,
        list_filter(d.extension, lambda e: e.url LIKE '%/clm%_poa_ind_sw%')[1].valueCoding.code
    ) AS present_on_admission
FROM (
    SELECT number, row_number, place, d,
           list_filter(d.diagnosisCodeableConcept.coding, lambda c: c.system IN ('http://hl7.org/fhir/sid/icd-10-cm', 'http://hl7.org/fhir/sid/icd-10', 'http://hl7.org/fhir/sid/icd-9-cm'))[1] AS c
    FROM (
        SELECT number, row_number, generate_subscripts(diagnosis, 1) AS place, unnest(diagnosis) AS d
        FROM resource WHERE kind = 'claim'
    )
)
-- v1 has entries that hold a DRG and no diagnosis
WHERE d.diagnosisCodeableConcept IS NOT NULL
ORDER BY number, place
