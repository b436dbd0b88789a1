-- facility: one row per CMS certification number.
SELECT ccn, name, facility_type, tin,
       'synthetic' AS data_source, 'CMS' AS payer, 'Original Medicare' AS plan,
       'medicare' AS line_of_business, NULL::VARCHAR AS sensitivity,
       getvariable('data_through') AS received_on
FROM organisation WHERE ccn IS NOT NULL ORDER BY ccn
