/*
row: One practice, clinician of a practice, or facility with the list that holds it in one attribution.
grain: [attribution_id, unit_type, unit_id]
span: all
period: year
asked_by: [analysis_choice]
columns:
  attribution_id: {type: VARCHAR, required: true, says: the attribution}
  unit_type: {type: VARCHAR, required: true, says: "tin_npi (TIN, a space, NPI), tin or ccn"}
  unit_id: {type: VARCHAR, required: true, says: the unit}
  owner_type: {type: VARCHAR, required: true, says: "entity; shared: on several lists, which counts for nobody"}
  owner_id: {type: VARCHAR, required: true, says: "the contract or roster; of a shared unit its own number"}
*/
-- Participant lists of the contracts that hold here; of practices that none of them names, rosters
-- say which other list has them as participants. Other rosters (networks, employees) name no rival.
WITH listed AS (
    SELECT
        p.attribution_id,
        CASE
            WHEN c.tin IS NULL THEN 'ccn' WHEN c.npi IS NULL THEN 'tin' ELSE 'tin_npi'
        END AS unit_type,
        COALESCE(c.tin || ' ' || c.npi, c.tin, c.ccn) AS unit_id,
        1 AS place,
        c.contract_id AS owner_id
    FROM attribution_period AS p
    JOIN attribution_list AS a ON a.analysis_id = p.analysis_id
    JOIN contract_participant AS c
        ON c.contract_id = a.contract_id
        AND (c.valid_from IS NULL OR c.valid_from <= p.list_day)
        AND (c.valid_to IS NULL OR c.valid_to >= p.list_day)
    WHERE p.unit = 'entity'
    UNION
    SELECT
        p.attribution_id,
        CASE
            WHEN r.tin IS NULL THEN 'ccn' WHEN r.npi IS NULL THEN 'tin' ELSE 'tin_npi'
        END AS unit_type,
        COALESCE(r.tin || ' ' || r.npi, r.tin, r.ccn) AS unit_id,
        2 AS place,
        r.roster AS owner_id
    FROM attribution_period AS p
    JOIN roster_entry AS r
        ON r.valid_from <= p.list_day AND (r.valid_to IS NULL OR r.valid_to >= p.list_day)
    WHERE p.unit = 'entity' AND lower(r.role) = 'participant'
),

best AS (
    SELECT attribution_id, unit_type, unit_id, MIN(place) AS place
    FROM listed
    GROUP BY attribution_id, unit_type, unit_id
)

SELECT
    l.attribution_id,
    l.unit_type,
    l.unit_id,
    CASE WHEN COUNT(*) = 1 THEN 'entity' ELSE 'shared' END AS owner_type,
    CASE WHEN COUNT(*) = 1 THEN MIN(l.owner_id) ELSE l.unit_id END AS owner_id
FROM listed AS l
JOIN best AS b
    ON b.attribution_id = l.attribution_id
    AND b.unit_type = l.unit_type
    AND b.unit_id = l.unit_id
    AND b.place = l.place
GROUP BY l.attribution_id, l.unit_type, l.unit_id
