-- question: one row per item of a Questionnaire that has a code, however deep the item lies.
WITH RECURSIVE item AS (
    SELECT number, unnest(from_json(item, '[{"linkId": "VARCHAR", "item": "JSON", "code": [{"system": "VARCHAR", "code": "VARCHAR"}]}]')) AS it
    FROM "Questionnaire"
    UNION ALL
    SELECT number, unnest(from_json(it.item, '[{"linkId": "VARCHAR", "item": "JSON", "code": [{"system": "VARCHAR", "code": "VARCHAR"}]}]'))
    FROM item
)

SELECT
    q.row_number,
    q.url AS questionnaire,
    list_filter(q.code, lambda c: code_type(c.system) = 'loinc')[1].code AS instrument_code,
    i.it.linkId AS link_id,
    picked(i.it.code, ['loinc']).code AS code
FROM "Questionnaire" AS q
LEFT JOIN item AS i USING (number)
ORDER BY q.number, link_id, i.it.code
