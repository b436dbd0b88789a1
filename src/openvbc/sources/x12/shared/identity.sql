/* One row per number that names a person: those of this load's members (834), and all that earlier
   loads know. Who earlier loads know keeps the person_id that they gave. */
CREATE VIEW shared.identity AS
WITH earlier_identity AS (
    SELECT identifier, min(person_id) AS person_id
    FROM earlier.person_identifier
    GROUP BY identifier
),

listed AS (
    SELECT member_id AS identifier, person_key FROM landing.member
    UNION
    SELECT subscriber_id, person_key FROM landing.member WHERE relationship_code = '18'
    UNION
    SELECT medicare_id, person_key FROM landing.member
),

identity AS (
    SELECT n.identifier, min(coalesce(e.person_id, n.person_key)) AS person_id
    FROM listed AS n
    LEFT JOIN earlier_identity AS e ON n.person_key = e.identifier
    WHERE n.identifier IS NOT NULL
    GROUP BY n.identifier
)

SELECT
    identifier,
    coalesce(i.person_id, e.person_id) AS person_id
FROM identity AS i
FULL JOIN earlier_identity AS e USING (identifier);
