-- observation: one row per value: of the Observation itself (place 1) and of each of its components.
WITH part AS (
    SELECT
        * EXCLUDE (code),
        generate_subscripts(parts, 1) AS place,
        unnest(parts) AS said,
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

valued AS (
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
        typed(picked(said.code.coding, ['loinc', 'snomed-ct'])) AS code_type,
        plain(picked(said.code.coding, ['loinc', 'snomed-ct'])) AS code,
        coalesce(said.valueQuantity.value, said.valueInteger) AS value_number,
        said.valueQuantity.comparator AS value_comparator,
        coalesce(said.valueQuantity.code, said.valueQuantity.unit) AS unit,
        coalesce(
            plain(picked(said.valueCodeableConcept.coding, ['snomed-ct', 'loinc'])),
            said.valueBoolean
        ) AS value_code,
        coalesce(
            said.valueString, said.valueDateTime, said.valueTime, said.valueCodeableConcept.text,
            said.valueRatio.numerator.value || ':' || said.valueRatio.denominator.value
        ) AS value_text,
        keyed(performer[1]) AS performer,
        meta.lastUpdated AS last_updated,
        sensitivity(meta.security) AS sensitivity
    FROM part
)

SELECT
    * EXCLUDE (number, has_components),
    row_number() OVER (PARTITION BY number, place = 1, code ORDER BY place) AS nth
FROM valued
-- a panel says nothing by itself
WHERE place > 1 OR NOT has_components OR value_number IS NOT NULL OR value_code IS NOT NULL OR value_text IS NOT NULL
ORDER BY number, place
