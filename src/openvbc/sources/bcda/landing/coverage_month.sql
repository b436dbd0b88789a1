-- coverage_month: what a v2 Coverage says month by month of its reference year.
SELECT
    number,
    row_number,
    extended(extension, 'https://bluebutton.cms.gov/resources/variables/rfrnc_yr').valueDate AS year,
    replace(regexp_extract(e.url, '[^/]+$'), right(e.url, 2), '') AS variable,
    TRY_CAST(right(e.url, 2) AS INTEGER) AS month,
    e.valueCoding.code AS code
FROM (SELECT number, row_number, extension, unnest(extension) AS e FROM resource WHERE kind = 'Coverage')
WHERE regexp_matches(e.url, '/(dual_|hmo_ind_)[0-9]{2}$')
ORDER BY number, variable, month
