-- left_out: resources that make no canonical row, by name and with the reason.
SELECT row_number, resourceType AS resource_type, not_ordered(doNotPerform, intent) AS reason
FROM "MedicationRequest"
WHERE not_ordered(doNotPerform, intent) IS NOT NULL
UNION ALL
SELECT row_number, resourceType, not_ordered(doNotPerform, NULL)
FROM "ServiceRequest"
WHERE not_ordered(doNotPerform, NULL) IS NOT NULL
UNION ALL
SELECT row_number, resourceType, unanswered(status)
FROM "QuestionnaireResponse"
WHERE unanswered(status) IS NOT NULL
UNION ALL
SELECT row_number, resourceType, 'not read'
FROM other
WHERE resourceType IS NOT NULL
ORDER BY row_number, resource_type
