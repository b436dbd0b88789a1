-- answer: one row per answer to an item, however deep the item lies; place puts a response's in order.
WITH RECURSIVE item AS (
    SELECT number, [generate_subscripts(items, 1)] AS place, unnest(items) AS it
    FROM (
        SELECT number, from_json(item, '[{"linkId": "VARCHAR", "item": "JSON", "answer": "JSON"}]') AS items
        FROM "QuestionnaireResponse"
        WHERE unanswered(status) IS NULL
    )
    UNION ALL
    SELECT number, list_append(place, generate_subscripts(items, 1)), unnest(items)
    FROM (
        SELECT
            number,
            place,
            list_concat(
                coalesce(from_json(it.item, '[{"linkId": "VARCHAR", "item": "JSON", "answer": "JSON"}]'), []),
                coalesce(flatten(list_transform(
                    from_json(it.answer, '[{"item": "JSON"}]'),
                    lambda a: from_json(a.item, '[{"linkId": "VARCHAR", "item": "JSON", "answer": "JSON"}]')
                )), [])
            ) AS items
        FROM item
    )
),

answer AS (
    SELECT number, list_append(place, generate_subscripts(answers, 1)) AS place, link_id, unnest(answers) AS a
    FROM (
        SELECT
            number,
            place,
            it.linkId AS link_id,
            from_json(it.answer, '[{
                "valueCoding": {"system": "VARCHAR", "code": "VARCHAR", "display": "VARCHAR"},
                "valueBoolean": "VARCHAR", "valueDecimal": "VARCHAR", "valueInteger": "VARCHAR",
                "valueQuantity": {"value": "VARCHAR"}, "valueString": "VARCHAR",
                "valueDate": "VARCHAR", "valueDateTime": "VARCHAR", "valueTime": "VARCHAR",
                "valueUri": "VARCHAR"
            }]') AS answers
        FROM item
    )
)

SELECT
    r.row_number,
    r.id,
    referred(r.subject) AS patient_id,
    keyed(r.author) AS author,
    split_part(r.questionnaire, '|', 1) AS questionnaire,
    nullif(split_part(r.questionnaire, '|', 2), '') AS questionnaire_version,
    day(r.authored) AS authored_date,
    r.language,
    a.link_id,
    row_number() OVER (PARTITION BY a.number, a.link_id ORDER BY a.place) AS answer_number,
    coalesce(a.a.valueCoding.code, a.a.valueBoolean) AS answer_code,
    coalesce(a.a.valueDecimal, a.a.valueInteger, a.a.valueQuantity.value) AS answer_number_value,
    coalesce(
        a.a.valueString, a.a.valueDate, a.a.valueDateTime, a.a.valueTime, a.a.valueUri,
        CASE WHEN a.a.valueCoding.code IS NULL THEN a.a.valueCoding.display END
    ) AS answer_text,
    r.meta.lastUpdated AS last_updated,
    sensitivity(r.meta.security) AS sensitivity
FROM answer AS a
JOIN "QuestionnaireResponse" AS r USING (number)
ORDER BY r.number, a.place
