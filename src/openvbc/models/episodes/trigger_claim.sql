/*
row: One claim that fits a trigger of a contract's episodes, and whether it starts an episode or why not.
grain: [contract_id, period_id, claim_key]
span: person
period: none
asked_by: [episode_period]
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  claim_key: {type: VARCHAR, required: true, says: the claim; the episode is called by it}
  person_id: {type: VARCHAR, required: true, says: the patient}
  episode_type: {type: VARCHAR, required: true, says: "the first type, in the order of the definition, that the claim fits"}
  trigger_id: {type: VARCHAR, required: true, says: the trigger's id in the definition}
  anchor_first_day: {type: DATE, required: true, says: first day of the claim; day 0}
  anchor_last_day: {type: DATE, required: true, says: last day of the claim}
  first_day: {type: DATE, required: true, says: first day of the window}
  last_day: {type: DATE, required: true, says: last day of the window}
  accountable_npi: {type: VARCHAR, says: "who operated, or the facility"}
  accountable_tin: {type: VARCHAR, says: taxpayer number of who bills for the accountable}
  accountable_ccn: {type: VARCHAR, says: "certification number, where a facility is accountable"}
  is_participant: {type: BOOLEAN, required: true, says: the accountable is a participant of the contract on the first day}
  starts: {type: BOOLEAN, required: true, says: it starts an episode of the period}
  reason: {type: VARCHAR, says: "why it does not: in_clean_period, ends_outside_period or not_accountable"}
*/
-- A claim fits a trigger where a code of each kind that the trigger lists stands on it.
WITH standing AS (
    SELECT c.* FROM episode_claim AS c WHERE c.is_standing
),

valued AS (
    SELECT
        c.contract_id,
        c.period_id,
        c.person_id,
        c.claim_key,
        k.episode_type,
        k.place,
        k.kind,
        k.code,
        k.is_prefix,
        CASE
            WHEN k.kind = 'service' THEN c.service
            WHEN k.kind = 'ms_drg' THEN LPAD(c.drg_code, 3, '0')
            WHEN k.kind = 'hcpcs' THEN c.hcpcs_code
            WHEN k.kind = 'revenue_center' THEN LPAD(c.revenue_center_code, 4, '0')
            WHEN k.kind = 'specialty' THEN c.rendering_specialty_code
            WHEN k.kind = 'place_of_service' THEN c.place_of_service_code
            WHEN k.kind = 'bill_type' THEN c.bill_type_code
        END AS value
    FROM episode_code AS k
    JOIN standing AS c ON c.contract_id = k.contract_id
    WHERE k.use = 'trigger' AND NOT COALESCE(c.denied, FALSE)
),

fitting AS (
    SELECT contract_id, period_id, person_id, claim_key, episode_type, place, kind
    FROM valued
    WHERE value = code OR (is_prefix AND STARTS_WITH(value, code))
    UNION ALL
    SELECT
        c.contract_id, c.period_id, c.person_id, c.claim_key, k.episode_type, k.place, k.kind
    FROM episode_code AS k
    JOIN procedure AS d
        ON k.kind = 'icd_10_pcs'
        AND d.code_type = 'icd-10-pcs'
        AND (d.code = k.code OR (k.is_prefix AND STARTS_WITH(d.code, k.code)))
    JOIN standing AS c
        ON c.contract_id = k.contract_id
        AND c.person_id = d.person_id
        AND c.claim_key = d.claim_key
        AND c.version_number = d.version_number
    WHERE k.use = 'trigger' AND NOT COALESCE(c.denied, FALSE)
    UNION ALL
    SELECT
        c.contract_id, c.period_id, c.person_id, c.claim_key, k.episode_type, k.place, k.kind
    FROM episode_code AS k
    JOIN diagnosis AS d
        ON (k.kind = 'any_diagnosis' OR (k.kind = 'diagnosis' AND d.sequence = 1))
        AND d.code_type = 'icd-10-cm'
        AND (d.code = k.code OR (k.is_prefix AND STARTS_WITH(d.code, k.code)))
    JOIN standing AS c
        ON c.contract_id = k.contract_id
        AND c.person_id = d.person_id
        AND c.claim_key = d.claim_key
        AND c.version_number = d.version_number
    WHERE k.use = 'trigger' AND NOT COALESCE(c.denied, FALSE)
),

-- One type and one trigger for each claim: the first in the order of the definition.
fit AS (
    SELECT
        f.contract_id,
        f.period_id,
        f.person_id,
        f.claim_key,
        f.episode_type,
        f.place,
        t.type_place,
        r.id AS trigger_id
    FROM fitting AS f
    JOIN episode_rule AS r
        ON r.contract_id = f.contract_id
        AND r.episode_type = f.episode_type
        AND r.use = 'trigger'
        AND r.place = f.place
    JOIN episode_type AS t
        ON t.contract_id = f.contract_id
        AND t.episode_type = f.episode_type
    GROUP BY
        f.contract_id,
        f.period_id,
        f.person_id,
        f.claim_key,
        f.episode_type,
        f.place,
        t.type_place,
        r.id,
        r.kinds
    HAVING COUNT(DISTINCT f.kind) = r.kinds
),

chosen AS (
    SELECT contract_id, period_id, person_id, claim_key, episode_type, trigger_id
    FROM fit
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY contract_id, period_id, person_id, claim_key ORDER BY type_place, place
    ) = 1
),

anchor AS (
    SELECT
        h.contract_id,
        h.period_id,
        h.person_id,
        h.claim_key,
        h.episode_type,
        h.trigger_id,
        MIN(CASE WHEN c.service = 'inpatient' THEN 1 ELSE 2 END) AS service_place,
        MIN(COALESCE(c.admission_date, c.claim_start_date)) AS anchor_first_day,
        MAX(COALESCE(c.discharge_date, c.claim_end_date)) AS anchor_last_day,
        MIN(COALESCE(c.facility_npi, c.billing_npi)) AS facility_npi,
        MIN(c.billing_tin) AS facility_tin,
        MIN(c.facility_ccn) AS facility_ccn
    FROM chosen AS h
    JOIN standing AS c
        ON c.contract_id = h.contract_id
        AND c.period_id = h.period_id
        AND c.person_id = h.person_id
        AND c.claim_key = h.claim_key
    GROUP BY
        h.contract_id, h.period_id, h.person_id, h.claim_key, h.episode_type, h.trigger_id
),

-- The last day of every earlier trigger claim, whether it started an episode or not.
placed AS (
    SELECT
        a.*,
        t.before_days,
        t.after_days,
        t.clean_days,
        t.accountable,
        MAX(a.anchor_last_day) OVER (
            PARTITION BY a.contract_id, a.period_id, a.person_id
            ORDER BY a.anchor_first_day, a.service_place, a.claim_key
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS earlier_last_day
    FROM anchor AS a
    JOIN episode_type AS t
        ON t.contract_id = a.contract_id
        AND t.episode_type = a.episode_type
),

-- Who operated: the largest professional line with a surgeon's code within the trigger claim.
surgeon AS (
    SELECT
        a.contract_id, a.period_id, a.person_id, a.claim_key, c.rendering_npi, c.billing_tin
    FROM placed AS a
    JOIN episode_code AS k
        ON k.contract_id = a.contract_id
        AND k.episode_type = a.episode_type
        AND k.use = 'operating'
    JOIN standing AS c
        ON c.contract_id = a.contract_id
        AND c.period_id = a.period_id
        AND c.person_id = a.person_id
        AND c.claim_type = 'professional'
        AND NOT COALESCE(c.denied, FALSE)
        AND c.line_date BETWEEN a.anchor_first_day AND a.anchor_last_day
        AND (c.hcpcs_code = k.code OR (k.is_prefix AND STARTS_WITH(c.hcpcs_code, k.code)))
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY a.contract_id, a.period_id, a.person_id, a.claim_key
        ORDER BY COALESCE(c.allowed_cents, c.paid_cents) DESC, c.claim_key, c.claim_line_number,
            k.code
    ) = 1
),

accountable AS (
    SELECT
        a.*,
        CASE WHEN a.accountable = 'facility' THEN a.facility_npi ELSE s.rendering_npi END
            AS accountable_npi,
        CASE WHEN a.accountable = 'facility' THEN a.facility_tin ELSE s.billing_tin END
            AS accountable_tin,
        CASE WHEN a.accountable = 'facility' THEN a.facility_ccn END AS accountable_ccn
    FROM placed AS a
    LEFT JOIN surgeon AS s
        ON s.contract_id = a.contract_id
        AND s.period_id = a.period_id
        AND s.person_id = a.person_id
        AND s.claim_key = a.claim_key
),

judged AS (
    SELECT
        a.*,
        a.anchor_first_day - a.before_days AS first_day,
        a.anchor_last_day + a.after_days AS last_day,
        EXISTS (
            SELECT 1 FROM episode_participant AS m
            WHERE m.contract_id = a.contract_id
                AND (m.valid_from IS NULL OR m.valid_from <= a.anchor_first_day)
                AND (m.valid_to IS NULL OR m.valid_to >= a.anchor_first_day)
                AND (
                    m.ccn = a.accountable_ccn
                    OR (
                        m.tin = a.accountable_tin
                        AND (m.npi IS NULL OR m.npi = a.accountable_npi)
                    )
                )
        ) AS is_participant
    FROM accountable AS a
),

told AS (
    SELECT
        j.*,
        CASE
            WHEN date_diff('day', j.earlier_last_day, j.anchor_first_day) <= j.clean_days
                THEN 'in_clean_period'
            WHEN NOT j.last_day BETWEEN p.first_day AND p.last_day THEN 'ends_outside_period'
            WHEN NOT j.is_participant THEN 'not_accountable'
        END AS reason
    FROM judged AS j
    JOIN episode_period AS p
        ON p.contract_id = j.contract_id
        AND p.period_id = j.period_id
)

SELECT
    contract_id,
    period_id,
    claim_key,
    person_id,
    episode_type,
    trigger_id,
    anchor_first_day,
    anchor_last_day,
    first_day,
    last_day,
    accountable_npi,
    accountable_tin,
    accountable_ccn,
    is_participant,
    reason IS NULL AS starts,
    reason
FROM told
