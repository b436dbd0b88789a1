/*
row: How many people one panel kept, won or gave up for one reason between two years of an analysis.
grain: [analysis_id, unit_type, unit_id, direction, change]
span: all
period: none
asked_by: [analysis_choice]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and the later year}
  unit_type: {type: VARCHAR, required: true, says: tin or npi}
  unit_id: {type: VARCHAR, required: true, says: "the panel; none: people of nobody's panel"}
  direction: {type: VARCHAR, required: true, says: "kept, joined or left; kept + left = the panel of the year before, kept + joined = the panel of the year"}
  change: {type: VARCHAR, required: true, says: "the reason: a change of panel_change"}
  persons: {type: BIGINT, required: true, says: people}
*/
SELECT analysis_id, unit_type, to_id AS unit_id, 'kept' AS direction, change, COUNT(*) AS persons
FROM panel_change
WHERE from_id = to_id
GROUP BY analysis_id, unit_type, to_id, change
UNION ALL
SELECT analysis_id, unit_type, to_id AS unit_id, 'joined' AS direction, change, COUNT(*) AS persons
FROM panel_change
WHERE from_id <> to_id AND to_id <> ''
GROUP BY analysis_id, unit_type, to_id, change
UNION ALL
SELECT analysis_id, unit_type, from_id AS unit_id, 'left' AS direction, change, COUNT(*) AS persons
FROM panel_change
WHERE from_id <> to_id AND from_id <> ''
GROUP BY analysis_id, unit_type, from_id, change
