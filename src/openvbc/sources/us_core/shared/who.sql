/* The identifiers of every Patient, its own id at this source among them. */
CREATE VIEW shared.identifier AS
SELECT
    patient_id, 'patient_id' AS identifier_type,
    getvariable('data_source') || ':' || patient_id AS identifier,
    CAST(NULL AS VARCHAR) AS first_day, CAST(NULL AS VARCHAR) AS last_day,
    last_updated, file_name, row_number
FROM landing.patient
UNION ALL
SELECT
    patient_id, identifier_type, identifier, first_day, last_day, last_updated, file_name, row_number
FROM landing.patient_identifier;

/* The person of every Patient, of this delivery or an earlier one. Whom an earlier load knows stays
   that person: by this source's id, else by Medicare's number, else by a number that the source
   shares with others. A new person is known by the Medicare number in force, else by this source's id. */
CREATE VIEW shared.who AS
WITH known AS (
    SELECT n.patient_id, k.person_id, n.identifier_type
    FROM shared.identifier AS n
    JOIN earlier.person_identifier AS k USING (identifier_type, identifier)
),

named AS (
    SELECT
        n.patient_id,
        max(n.identifier) FILTER (n.identifier_type = 'mbi' AND n.last_day IS NULL) AS mbi_in_force,
        max(n.identifier) FILTER (n.identifier_type = 'mbi') AS mbi
    FROM shared.identifier AS n
    GROUP BY n.patient_id
)

SELECT
    n.patient_id,
    coalesce(
        (SELECT min(k.person_id) FROM known AS k WHERE k.patient_id = n.patient_id AND k.identifier_type = 'patient_id'),
        (SELECT min(k.person_id) FROM known AS k WHERE k.patient_id = n.patient_id AND k.identifier_type = 'mbi'),
        (SELECT min(k.person_id) FROM known AS k WHERE k.patient_id = n.patient_id),
        n.mbi_in_force,
        n.mbi,
        getvariable('data_source') || ':' || n.patient_id
    ) AS person_id
FROM named AS n
UNION ALL
SELECT substr(k.identifier, length(getvariable('data_source')) + 2), k.person_id
FROM earlier.person_identifier AS k
WHERE k.identifier_type = 'patient_id'
    AND starts_with(k.identifier, getvariable('data_source') || ':')
    AND NOT EXISTS (
        SELECT 1 FROM landing.patient AS p
        WHERE k.identifier = getvariable('data_source') || ':' || p.patient_id
    );
