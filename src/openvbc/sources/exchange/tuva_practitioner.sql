/* Providers in the names of Tuva's input layer; the NPI is the key. */
SELECT
    npi AS practitioner_id,
    npi,
    CAST(NULL AS VARCHAR) AS first_name,
    name AS last_name,
    tin AS practice_affiliation,
    specialty_code AS specialty,
    data_source,
    file_name
FROM provider
