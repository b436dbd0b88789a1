-- source: the one source of this population.
SELECT 'synthetic' AS data_source, 'OpenVBC generator' AS owner,
       'none: no real person is described' AS agreement,
       'settlement;testing;demonstration' AS permitted_purpose,
       'CMS' AS payer, 'Original Medicare' AS plan, 'medicare' AS line_of_business,
       NULL::VARCHAR AS sensitivity, getvariable('data_through') AS received_on
