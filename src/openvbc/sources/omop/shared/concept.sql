/* Each concept of the delivered vocabulary with its code, where its vocabulary is one that we know. */
CREATE VIEW shared.concept AS
SELECT c.concept_id, min(m.code_type) AS code_type, min(c.concept_code) AS code
FROM landing.concept AS c
JOIN map.vocabulary AS m ON m.vocabulary_id = c.vocabulary_id
GROUP BY c.concept_id;
