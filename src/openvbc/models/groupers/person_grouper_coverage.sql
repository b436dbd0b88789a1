/*
row: How many of a person's diagnoses of one year a grouper knows.
grain: [analysis_id, person_id, grouper]
span: person
period: year
asked_by: [grouper]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  person_id: {type: VARCHAR, required: true, says: the person}
  grouper: {type: VARCHAR, required: true, says: the grouper}
  diagnoses: {type: BIGINT, required: true, says: "diagnoses of the year, whatever became of their claims"}
  mapped: {type: BIGINT, required: true, says: codes of the grouper}
  unmapped: {type: BIGINT, required: true, says: "other codes of the form of ICD-10-CM"}
  invalid: {type: BIGINT, required: true, says: codes that have not the form of ICD-10-CM}
  other_system: {type: BIGINT, required: true, says: codes of other systems}
audits:
  every diagnosis is of one kind: SELECT * FROM this WHERE diagnoses <> mapped + unmapped + invalid + other_system
*/
SELECT
    analysis_id,
    person_id,
    grouper,
    COUNT(*) AS diagnoses,
    COUNT(*) FILTER (WHERE state = 'mapped') AS mapped,
    COUNT(*) FILTER (WHERE state = 'unmapped') AS unmapped,
    COUNT(*) FILTER (WHERE state = 'invalid') AS invalid,
    COUNT(*) FILTER (WHERE state = 'other_system') AS other_system
FROM grouper_diagnosis
GROUP BY analysis_id, person_id, grouper
