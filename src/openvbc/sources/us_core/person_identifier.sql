/* One row per identifier of a person: this source's id, record, member and Medicare numbers. */
SELECT
    n.identifier_type,
    n.identifier,
    who.person_id,
    n.first_day,
    n.last_day,
    n.file_name,
    n.row_number
FROM shared.identifier AS n
JOIN shared.who AS who USING (patient_id)
QUALIFY row_number() OVER (
    PARTITION BY n.identifier_type, n.identifier
    ORDER BY n.last_updated DESC NULLS LAST, n.first_day DESC NULLS LAST, n.file_name, n.row_number
) = 1
