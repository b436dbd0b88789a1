/* Every statement that says something, with its person and the name of its code's system. A record
   that several documents hold is as the latest of them says. */
CREATE VIEW shared.statement AS
SELECT
    s.*,
    d.person_id,
    CASE
        WHEN 'V' IN (s.confidentiality_code, d.confidentiality_code) THEN 'very restricted'
        WHEN 'R' IN (s.confidentiality_code, d.confidentiality_code) THEN 'restricted'
    END AS sensitivity,
    coalesce(c.code_type, 'urn:oid:' || s.code_system) AS code_type
FROM landing.statement AS s
JOIN shared.document AS d ON d.file_name = s.file_name
LEFT JOIN map.code_system AS c ON c.code_system = s.code_system
WHERE s.null_flavor IS NULL
QUALIFY d.file_name = first_value(d.file_name) OVER (
    PARTITION BY d.person_id, s.kind, s.record_id
    ORDER BY d.created_at DESC NULLS LAST, d.document_id DESC NULLS LAST, d.file_name DESC
);
