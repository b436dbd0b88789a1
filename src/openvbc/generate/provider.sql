-- provider: one row per clinician and per organisation, by synthetic NPI.
SELECT c.npi,
       concat(o.name, ' CLINICIAN ', c.slot + 1) AS name,
       c.specialty AS specialty_code, o.tin,
       'synthetic' AS data_source, 'CMS' AS payer, 'Original Medicare' AS plan,
       'medicare' AS line_of_business, NULL::VARCHAR AS sensitivity,
       getvariable('data_through') AS received_on
FROM organisation o JOIN clinician c USING (organisation)
UNION ALL
SELECT npi, name, NULL, tin, 'synthetic', 'CMS', 'Original Medicare', 'medicare',
       NULL, getvariable('data_through')
FROM organisation
ORDER BY npi
