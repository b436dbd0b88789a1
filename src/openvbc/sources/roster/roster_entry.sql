/* One row per line of a roster. Without a name of its own a roster is called as its file. Numbers
   may be written with hyphens or with the apostrophe by which spreadsheets keep text. */
SELECT
    coalesce(roster, regexp_extract(file_name, '([^/]+)\.[^./]+$', 1), file_name) AS roster,
    replace(replace(replace(tin, '''', ''), '-', ''), ' ', '') AS tin,
    replace(npi, '''', '') AS npi,
    replace(ccn, '''', '') AS ccn,
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
