/*
row: What one person used of one unit that attribution compares, in one step, by class of clinician.
grain: [attribution_id, person_id, step, candidate_type, candidate_id, provider_class]
span: person
period: year
asked_by: [analysis_choice]
columns:
  attribution_id: {type: VARCHAR, required: true, says: the attribution}
  person_id: {type: VARCHAR, required: true, says: the patient}
  step: {type: VARCHAR, required: true, says: the step that counts these services}
  candidate_type: {type: VARCHAR, required: true, says: "entity, tin, ccn or npi; shared: a unit on several lists"}
  candidate_id: {type: VARCHAR, required: true, says: who it is}
  provider_class: {type: VARCHAR, required: true, says: "primary or specialist, by the step's list of specialties; unknown: neither claim nor provider says"}
  allowed_cents: {type: BIGINT, required: true, says: "allowed charges, each as often as its span stands in attribution_span, cents"}
  visits: {type: BIGINT, required: true, says: "days on which a clinician of the unit was seen, each clinician by himself; of a clinician billed in several classes on a day in the first by name alone"}
  last_service_on: {type: DATE, required: true, says: through date of the latest claim}
*/
-- Days first, so that a visit counts once whatever its lines are billed as.
WITH day_of_visit AS (
    SELECT
        attribution_id,
        person_id,
        step,
        candidate_type,
        candidate_id,
        provider_class,
        SUM(allowed_cents) AS allowed_cents,
        MAX(service_on) AS last_service_on,
        ROW_NUMBER() OVER (
            PARTITION BY attribution_id, person_id, step, candidate_type, candidate_id,
                visited_on, COALESCE(npi, '')
            ORDER BY provider_class
        ) AS place
    FROM attribution_line
    GROUP BY
        attribution_id, person_id, step, candidate_type, candidate_id, provider_class,
        visited_on, COALESCE(npi, '')
)

SELECT
    attribution_id,
    person_id,
    step,
    candidate_type,
    candidate_id,
    provider_class,
    CAST(SUM(allowed_cents) AS BIGINT) AS allowed_cents,
    COUNT(CASE WHEN place = 1 THEN 1 END) AS visits,
    MAX(last_service_on) AS last_service_on
FROM day_of_visit
GROUP BY attribution_id, person_id, step, candidate_type, candidate_id, provider_class
