/* Every document that no later one replaces, with its person: whose Medicare number it is, or whose
   number at the sender; else the Medicare number that any document of the patient gives, else the
   sender's own number. Of the versions of one set the last stands. */
CREATE VIEW shared.document AS
WITH numbered AS (
    SELECT
        *,
        CASE WHEN own_number IS NULL THEN mbi ELSE max(mbi) OVER (PARTITION BY own_number) END
            AS known_mbi
    FROM landing.document
),

replaced AS (
    SELECT DISTINCT old.document_id
    FROM landing.document AS old
    JOIN landing.document AS new
        ON list_contains(string_split(new.replaces, ' '), old.document_id)
        AND new.document_id <> old.document_id
        AND new.created_at >= old.created_at
)

SELECT
    n.*,
    coalesce(m.person_id, o.person_id, n.known_mbi, 'mrn:' || n.own_number) AS person_id
FROM numbered AS n
LEFT JOIN earlier.person_identifier AS m
    ON m.identifier_type = 'mbi' AND m.identifier = n.known_mbi
LEFT JOIN earlier.person_identifier AS o
    ON o.identifier_type = 'medical_record_number' AND o.identifier = n.own_number
LEFT JOIN replaced AS r ON r.document_id = n.document_id
WHERE r.document_id IS NULL
QUALIFY n.set_id IS NULL OR rank() OVER (
    PARTITION BY n.set_id
    ORDER BY TRY_CAST(n.version_number AS INTEGER) DESC NULLS LAST, n.created_at DESC NULLS LAST
) = 1;
