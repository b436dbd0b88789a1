/* Whose number at the source (person_source_value) earlier loads know, of one person only. */
CREATE VIEW shared.known AS
SELECT identifier, min(person_id) AS person_id
FROM earlier.person_identifier
GROUP BY identifier
HAVING count(DISTINCT person_id) = 1;

/* OMOP's number of each person → who it is: known by the number at the source, or called so by an
   earlier load; else a person of the source's own. */
CREATE VIEW shared.own AS
SELECT
    p.person_id AS omop_id,
    min(coalesce(known.person_id, getvariable('data_source') || ':' || p.person_id)) AS person_id
FROM landing.person AS p
LEFT JOIN shared.known AS known ON known.identifier = p.person_source_value
GROUP BY p.person_id
UNION ALL
SELECT substr(identifier, length(getvariable('data_source')) + 2), min(person_id)
FROM earlier.person_identifier
WHERE identifier_type = 'omop_person_id'
    AND starts_with(identifier, getvariable('data_source') || ':')
    AND substr(identifier, length(getvariable('data_source')) + 2)
        NOT IN (SELECT person_id FROM landing.person)
GROUP BY identifier;
