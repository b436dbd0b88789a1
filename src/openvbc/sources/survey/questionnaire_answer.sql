/* One row per answer. The person is whom an earlier load knows by the identifier in the file. An
   answer that is a number stands as a number too. Without a name the instrument is told by the
   file's name. */
WITH known AS (
    SELECT identifier, min(person_id) AS person_id
    FROM earlier.person_identifier
    GROUP BY identifier
    HAVING count(DISTINCT person_id) = 1
)

SELECT
    getvariable('data_source') || ':' || a.response_id AS response_id,
    a.item_code,
    coalesce(a.answer_number, '1') AS answer_number,
    coalesce(known.person_id, a.person_id) AS person_id,
    lower(coalesce(
        a.instrument,
        nullif(regexp_extract(lower(a.file_name), '(cahps|phq-?9|phq-?2|gad-?7|promis|hrsn|prapare)', 1), ''),
        regexp_extract(a.file_name, '([^/]+)\.[^./]+$', 1)
    )) AS instrument,
    a.instrument_version,
    a.authored_date,
    lower(a.mode) AS mode,
    a.language,
    a.answer AS answer_code,
    TRY_CAST(a.answer AS DECIMAL(18, 6)) AS answer_number_value,
    CASE WHEN length(a.answer) > 20 THEN a.answer END AS answer_text,
    a.sampling_weight,
    a.disposition_code,
    a.practice_tin,
    a.npi,
    a.file_name,
    a.row_number
FROM landing.answer AS a
LEFT JOIN known ON known.identifier = a.person_id
