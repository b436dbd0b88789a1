/* One row per line of a roster. Without a name of its own a roster is called as its file. */
SELECT
    coalesce(roster, regexp_extract(file_name, '([^/]+)\.[^./]+$', 1), file_name) AS roster,
    tin,
    npi,
    ccn,
    name,
    lower(role) AS role,
    CASE WHEN regexp_full_match(specialty_code, '[0-9A-Z]{1,2}') THEN lpad(specialty_code, 2, '0') END
        AS specialty_code,
    taxonomy_code,
    group_id,
    valid_from,
    valid_to,
    file_name,
    row_number
FROM landing.roster
