-- observation: one row per value: of the Observation itself (place 1) and of each of its components.
WITH part AS (
    SELECT
        * EXCLUDE (code),
        generate_subscripts(parts, 1) AS place,
        unnest(parts) AS part,
        len(parts) > 1 AS has_components
    FROM (
        SELECT
            *,
            list_concat(
                [{
                    'code': code, 'valueQuantity': valueQuantity, 'valueInteger': valueInteger,
                    'valueCodeableConcept': valueCodeableConcept, 'valueBoolean': valueBoolean,
                    'valueString': valueString, 'valueDateTime': valueDateTime,
                    'valueTime': valueTime, 'valueRatio': valueRatio
                }],
                coalesce(component, [])
            ) AS parts
        FROM "Observation"
    )
),

said AS (
    SELECT
        number,
        row_number,
        place,
        has_components,
        id,
        referred(subject) AS patient_id,
        referred(encounter) AS encounter_id,
        coalesce(
            list_filter(
                all_codings(category),
                lambda c: c.code IN ('laboratory', 'vital-signs', 'social-history', 'survey', 'exam', 'imaging', 'procedure')
            )[1].code,
            all_codings(category)[1].code
        ) AS category,
        status,
        day(coalesce(effectiveDateTime, effectivePeriod.start, effectiveInstant)) AS observation_date,
        typed(picked(part.code.coding, ['loinc', 'snomed-ct'])) AS code_type,
        plain(picked(part.code.coding, ['loinc', 'snomed-ct'])) AS code,
        coalesce(part.valueQuantity.value, part.valueInteger) AS value_number,
        part.valueQuantity.comparator AS value_comparator,
        coalesce(part.valueQuantity.code, part.valueQuantity.unit) AS unit,
        coalesce(
            plain(picked(part.valueCodeableConcept.coding, ['snomed-ct', 'loinc'])),
            part.valueBoolean
        ) AS value_code,
        coalesce(
            part.valueString, part.valueDateTime, part.valueTime, part.valueCodeableConcept.text,
            part.valueRatio.numerator.value || ':' || part.valueRatio.denominator.value
        ) AS value_text,
        keyed(performer[1]) AS performer,
        meta.lastUpdated AS last_updated,
        sensitivity(meta.security) AS sensitivity
    FROM part
)

SELECT
    * EXCLUDE (number, has_components),
    row_number() OVER (PARTITION BY number, place = 1, code ORDER BY place) AS nth
FROM said
-- a panel says nothing by itself
WHERE place > 1 OR NOT has_components OR value_number IS NOT NULL OR value_code IS NOT NULL OR value_text IS NOT NULL
ORDER BY number, place
