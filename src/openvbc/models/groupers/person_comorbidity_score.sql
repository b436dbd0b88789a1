/*
row: One index of one grouper of a person who has a category of it.
grain: [analysis_id, person_id, grouper, score]
span: person
period: year
asked_by: [grouper]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  person_id: {type: VARCHAR, required: true, says: the person}
  grouper: {type: VARCHAR, required: true, says: "the grouper, such as elixhauser"}
  score: {type: VARCHAR, required: true, says: "the index, such as mortality"}
  points: {type: BIGINT, required: true, says: "points of the categories that count, without age"}
  categories: {type: BIGINT, required: true, says: how many they are}
*/
SELECT
    c.analysis_id,
    c.person_id,
    c.grouper,
    w.score,
    SUM(w.points) AS points,
    COUNT(*) AS categories
FROM person_comorbidity AS c
JOIN grouper_weight AS w ON w.grouper = c.grouper AND w.category = c.category
WHERE c.dropped_by IS NULL
GROUP BY c.analysis_id, c.person_id, c.grouper, w.score
