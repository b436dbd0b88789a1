-- medication: one row per order, dispense, administration or statement of a medication.
WITH record AS (
    SELECT
        number, row_number, id, resourceType AS resource_type, meta, status, subject,
        CASE WHEN reportedBoolean = 'true' THEN 'statement' ELSE 'request' END AS record_type,
        encounter, medicationCodeableConcept, medicationReference, contained,
        day(authoredOn) AS prescribing_date, CAST(NULL AS VARCHAR) AS dispensing_date,
        day(dispenseRequest.validityPeriod.end) AS end_date,
        dispenseRequest.quantity.value AS quantity,
        dispenseRequest.expectedSupplyDuration AS supply,
        keyed(requester) AS practitioner
    FROM "MedicationRequest"
    WHERE not_ordered(doNotPerform, intent) IS NULL
    UNION ALL
    SELECT
        number, row_number, id, resourceType, meta, status, subject, 'dispense', context,
        medicationCodeableConcept, medicationReference, contained,
        NULL, day(coalesce(whenHandedOver, whenPrepared)), NULL,
        quantity.value, daysSupply, keyed(performer[1].actor)
    FROM "MedicationDispense"
    UNION ALL
    SELECT
        number, row_number, id, resourceType, meta, status, subject, 'administration', context,
        medicationCodeableConcept, medicationReference, contained,
        NULL, day(coalesce(effectiveDateTime, effectivePeriod.start)), day(effectivePeriod.end),
        NULL, NULL, keyed(performer[1].actor)
    FROM "MedicationAdministration"
    UNION ALL
    SELECT
        number, row_number, id, resourceType, meta, status, subject, 'statement', context,
        medicationCodeableConcept, medicationReference, contained,
        day(coalesce(effectiveDateTime, effectivePeriod.start, dateAsserted)), NULL,
        day(effectivePeriod.end), NULL, NULL, NULL
    FROM "MedicationStatement"
),

coded AS (
    SELECT
        *,
        picked(
            coalesce(
                medicationCodeableConcept.coding,
                CASE
                    WHEN starts_with(medicationReference.reference, '#')
                        THEN list_filter(contained, lambda c: c.id = substr(medicationReference.reference, 2))[1].code.coding
                END
            ),
            ['rxnorm', 'ndc', 'snomed-ct']
        ) AS coding
    FROM record
)

SELECT
    row_number,
    id,
    resource_type,
    referred(subject) AS patient_id,
    referred(encounter) AS encounter_id,
    record_type,
    status,
    prescribing_date,
    dispensing_date,
    end_date,
    typed(coding) AS code_type,
    plain(coding) AS code,
    CASE WHEN medicationReference.reference NOT LIKE '#%' THEN referred(medicationReference) END AS medication_code_id,
    quantity,
    -- a supply is in days unless its unit says otherwise
    CASE coalesce(supply.code, supply.unit, 'd')
        WHEN 'wk' THEN 7 * supply.value
        WHEN 'd' THEN supply.value
        WHEN 'day' THEN supply.value
        WHEN 'days' THEN supply.value
    END AS days_supply,
    practitioner,
    meta.lastUpdated AS last_updated,
    sensitivity(meta.security) AS sensitivity
FROM coded
ORDER BY resource_type, number
