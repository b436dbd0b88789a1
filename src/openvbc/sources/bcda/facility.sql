/* One row per CMS certification number that bills institutional claims. */
SELECT
    e.billing_ccn AS ccn,
    min(e.billing_name) AS name,
    min(CASE
        WHEN right(e.bill_type, 3) LIKE '85%' THEN 'cah'
        WHEN right(e.bill_type, 3) LIKE '77%' THEN 'fqhc'
        WHEN right(e.bill_type, 3) LIKE '71%' THEN 'rhc'
        WHEN right(e.bill_type, 3) LIKE '2%' THEN 'snf'
        WHEN right(e.bill_type, 3) LIKE '3%' THEN 'home_health'
        WHEN right(e.bill_type, 3) LIKE '81%' OR right(e.bill_type, 3) LIKE '82%' THEN 'hospice'
        WHEN right(e.bill_type, 3) LIKE '1%' THEN 'hospital'
    END) AS facility_type,
    min(e.billing_tax_number) AS tin,
    'medicare' AS line_of_business,
    min({'file_name': e.file_name, 'row_number': e.row_number}).file_name AS file_name,
    min({'file_name': e.file_name, 'row_number': e.row_number}).row_number AS row_number
FROM landing.eob AS e
JOIN map.claim_kind AS k ON k.code = coalesce(e.eob_type, e.type_code)
WHERE k.claim_type = 'institutional' AND e.billing_ccn IS NOT NULL
GROUP BY e.billing_ccn
