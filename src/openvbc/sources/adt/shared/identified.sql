/* Every event with its person: whose Medicare number it is, or whose number at the sender; else the
   Medicare number that any message of the patient gives, else the sender's own number. */
CREATE VIEW shared.identified AS
WITH numbered AS (
    SELECT
        *,
        authority || ':' || patient_number AS own_number,
        max(mbi) OVER (PARTITION BY authority, patient_number) AS known_mbi
    FROM landing.event
)

SELECT
    n.*,
    coalesce(m.person_id, o.person_id, n.known_mbi, 'mrn:' || n.own_number) AS person_id
FROM numbered AS n
LEFT JOIN earlier.person_identifier AS m
    ON m.identifier_type = 'mbi' AND m.identifier = n.known_mbi
LEFT JOIN earlier.person_identifier AS o
    ON o.identifier_type = 'medical_record_number' AND o.identifier = n.own_number;
