/* One person of whom there are messages, known by the Medicare number where one is given.

Whose number it is stands in the crosswalk of earlier loads; a patient whom no load knows gets an
id of the sender's own number. */
SELECT
    person_id,
    birth_date,
    sex,
    CAST(NULL AS VARCHAR) AS race,
    max(death_date) OVER (PARTITION BY person_id) AS death_date,
    CAST(NULL AS VARCHAR) AS state,
    CAST(NULL AS VARCHAR) AS county_fips,
    CAST(NULL AS VARCHAR) AS us_resident,
    file_name,
    row_number
FROM shared.identified
QUALIFY row_number() OVER (
    PARTITION BY person_id ORDER BY event_at DESC, file_name DESC, row_number DESC
) = 1
