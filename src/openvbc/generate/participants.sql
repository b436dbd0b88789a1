-- participants: which TINs and CCNs form each ACO. A facility that furnishes primary care is
-- listed by its CCN beside its TIN.
SELECT aco_id, tin, NULL::VARCHAR AS npi, CASE WHEN kind = 'home' THEN ccn END AS ccn,
       'participant' AS role, concat(aco_id, '-', CASE kind WHEN 'home' THEN 'P' ELSE 'S' END)
           AS group_id,
       make_date(getvariable('first_year'), 1, 1) AS valid_from, NULL::DATE AS valid_to
FROM organisation WHERE aco_id IS NOT NULL ORDER BY aco_id, tin
