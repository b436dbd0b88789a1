/*
row: How many diagnoses of one year a grouper knows.
grain: [analysis_id, grouper]
span: all
period: year
asked_by: [grouper]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  grouper: {type: VARCHAR, required: true, says: the grouper}
  persons: {type: BIGINT, required: true, says: people with a diagnosis}
  diagnoses: {type: BIGINT, required: true, says: their diagnoses}
  mapped: {type: BIGINT, required: true, says: codes of the grouper}
  unmapped: {type: BIGINT, required: true, says: "other codes of the form of ICD-10-CM"}
  invalid: {type: BIGINT, required: true, says: codes that have not the form of ICD-10-CM}
  other_system: {type: BIGINT, required: true, says: codes of other systems}
made_of: {table: person_grouper_coverage, columns: {persons: "1"}}
*/
SELECT
    analysis_id,
    grouper,
    COUNT(*) AS persons,
    SUM(diagnoses) AS diagnoses,
    SUM(mapped) AS mapped,
    SUM(unmapped) AS unmapped,
    SUM(invalid) AS invalid,
    SUM(other_system) AS other_system
FROM person_grouper_coverage
GROUP BY analysis_id, grouper
