/* One row per answer. The item is LOINC's where the link says so or the Questionnaire came too; the
   instrument is our name of a known panel, else the last part of the questionnaire's address. */
WITH panel AS (
    SELECT questionnaire, min(instrument_code) AS instrument_code
    FROM landing.question
    GROUP BY questionnaire
),

question AS (
    SELECT questionnaire, link_id, min(code) AS code
    FROM landing.question
    WHERE code IS NOT NULL
    GROUP BY questionnaire, link_id
)

SELECT
    getvariable('data_source') || ':' || a.id AS response_id,
    coalesce(q.code, nullif(regexp_extract(a.link_id, '^/?(?:.*/)?([0-9]{1,6}-[0-9])$', 1), ''), a.link_id) AS item_code,
    row_number() OVER (
        PARTITION BY
            a.file_name, a.row_number, a.id,
            coalesce(q.code, nullif(regexp_extract(a.link_id, '^/?(?:.*/)?([0-9]{1,6}-[0-9])$', 1), ''), a.link_id)
        ORDER BY a.link_id, a.answer_number
    ) AS answer_number,
    who.person_id,
    coalesce(
        i.instrument,
        p.instrument_code,
        nullif(lower(regexp_extract(a.questionnaire, '[^/#]+$')), ''),
        'not named'
    ) AS instrument,
    a.questionnaire_version AS instrument_version,
    a.authored_date,
    CAST(NULL AS VARCHAR) AS mode,
    a.language,
    a.answer_code,
    a.answer_number_value,
    a.answer_text,
    CAST(NULL AS DECIMAL(18, 9)) AS sampling_weight,
    CAST(NULL AS VARCHAR) AS disposition_code,
    CAST(NULL AS VARCHAR) AS practice_tin,
    npi_of(a.author, n.npi) AS npi,
    a.sensitivity,
    a.file_name,
    a.row_number
FROM landing.answer AS a
LEFT JOIN shared.who AS who USING (patient_id)
LEFT JOIN shared.npi AS n ON n.reference = a.author
LEFT JOIN panel AS p USING (questionnaire)
LEFT JOIN question AS q USING (questionnaire, link_id)
LEFT JOIN map.instrument AS i
    ON i.loinc_code = coalesce(p.instrument_code, regexp_extract(a.questionnaire, '[0-9]{1,6}-[0-9]$'))
QUALIFY a.last_updated IS NOT DISTINCT FROM max(a.last_updated) OVER (PARTITION BY a.id)
