-- eob_prescriber: who prescribed, of pharmacy claims.
SELECT
    number,
    row_number,
    min(t.provider.identifier.value) AS npi
FROM (
    SELECT number, row_number, unnest(careTeam) AS t FROM resource
    WHERE kind = 'claim' AND list_contains(list_transform(type.coding, lambda c: c.code), 'pharmacy')
)
WHERE len(list_filter(t.role.coding, lambda c: c.code IN ('prescribing', 'primary'))) > 0
  AND (t.provider.identifier.system IS NULL OR t.provider.identifier.system = 'http://hl7.org/fhir/sid/us-npi')
GROUP BY number, row_number
ORDER BY number
