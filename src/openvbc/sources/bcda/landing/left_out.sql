-- left_out: resources that are no claim, coverage or person, by name.
SELECT number, row_number, resourceType AS resource_type,
       CASE WHEN resourceType = 'ExplanationOfBenefit' AND use <> 'claim' THEN use
            WHEN resourceType = 'ExplanationOfBenefit' THEN status ELSE 'not read' END AS reason
FROM resource
WHERE kind = 'left out'
ORDER BY number
