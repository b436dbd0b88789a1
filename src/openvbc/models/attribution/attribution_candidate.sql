/*
row: One unit that one person could be attributed to in one step of one attribution, its place and the reason.
grain: [attribution_id, person_id, step, candidate_type, candidate_id]
span: person
period: year
asked_by: [analysis_choice]
columns:
  attribution_id: {type: VARCHAR, required: true, says: the attribution}
  person_id: {type: VARCHAR, required: true, says: the person}
  step: {type: VARCHAR, required: true, says: "the step, by name (attribution_step)"}
  step_place: {type: INTEGER, required: true, says: "its place: the first step with a candidate decides"}
  candidate_type: {type: VARCHAR, required: true, says: "entity, tin, ccn, npi or list; shared: a unit on several lists, which counts for nobody"}
  candidate_id: {type: VARCHAR, required: true, says: who it is}
  allowed_cents: {type: BIGINT, required: true, says: "allowed charges that the step compares, weighted by its spans, cents"}
  visits: {type: BIGINT, required: true, says: visits that the step compares}
  last_service_on: {type: DATE, says: through date of the latest claim}
  place: {type: BIGINT, says: "1 for the first by the step's declared order, then by id"}
  reason: {type: VARCHAR, required: true, says: "designated, listed, most_ or less_ with allowed, visits or latest, the same after tie_, tie_lower_id, tie_higher_id, in_several_lists, specialty_unknown, step_not_open"}
*/
-- The share of primary care in all weighted charges, over the steps that the share opens.
WITH share AS (
    SELECT
        s.attribution_id,
        s.person_id,
        CAST(SUM(CASE WHEN s.provider_class = 'primary' THEN s.allowed_cents ELSE 0 END) AS BIGINT)
            AS primary_cents,
        CAST(SUM(s.allowed_cents) AS BIGINT) AS all_cents
    FROM attribution_service AS s
    JOIN attribution_period AS p ON p.attribution_id = s.attribution_id
    JOIN attribution_step AS t ON t.method = p.method AND t.step = s.step AND t.opens IS NOT NULL
    WHERE p.share_percent IS NOT NULL AND s.provider_class <> 'unknown'
    GROUP BY s.attribution_id, s.person_id
),

served AS (
    SELECT
        attribution_id,
        person_id,
        step,
        candidate_type,
        candidate_id,
        SUM(allowed_cents) AS allowed_cents,
        SUM(visits) AS visits,
        MAX(last_service_on) AS last_service_on
    FROM attribution_service
    WHERE provider_class <> 'unknown'
    GROUP BY attribution_id, person_id, step, candidate_type, candidate_id
),

-- Whom the person saw, had it been said what they are; who counts by other services is not here.
unclassed AS (
    SELECT
        u.attribution_id,
        u.person_id,
        u.step,
        u.candidate_type,
        u.candidate_id,
        u.allowed_cents,
        u.visits,
        u.last_service_on
    FROM attribution_service AS u
    ANTI JOIN served AS s
        ON s.attribution_id = u.attribution_id
        AND s.person_id = u.person_id
        AND s.step = u.step
        AND s.candidate_type = u.candidate_type
        AND s.candidate_id = u.candidate_id
    WHERE u.provider_class = 'unknown'
),

-- A designation in force on the period's first day; the latest stands.
designated AS (
    SELECT p.attribution_id, p.method, p.unit, v.person_id, v.tin, v.npi
    FROM attribution_period AS p
    JOIN voluntary_alignment AS v
        ON v.valid_from <= p.first_day AND (v.valid_to IS NULL OR v.valid_to >= p.first_day)
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY p.attribution_id, v.person_id ORDER BY v.valid_from DESC, v.tin, v.npi
    ) = 1
),

-- What the payer reports for the period, its quarter, or a month of it; the latest stands, also
-- where it says that the person left. Of a contract that names its payer, or its payer's list, that
-- one's alone.
latest_listed AS (
    SELECT
        p.attribution_id, p.method, p.unit, COALESCE(x.whole_list, FALSE) AS whole_list,
        r.person_id, r.tin, r.npi, r.report, r.status IN ('assigned', 'voluntary') AS is_on
    FROM attribution_period AS p
    JOIN reported_list AS r
        ON r.report_period = 'PY' || CAST(year(p.first_day) AS VARCHAR)
        OR r.report_period = 'PY' || CAST(year(p.first_day) AS VARCHAR) || p.period
        OR p.period = 'year'
        AND r.report_period LIKE 'PY' || CAST(year(p.first_day) AS VARCHAR) || 'Q_'
        OR r.report_period BETWEEN
            substr(CAST(p.first_day AS VARCHAR), 1, 7) AND substr(CAST(p.last_day AS VARCHAR), 1, 7)
    LEFT JOIN contract_analysis AS x ON x.analysis_id = p.analysis_id
    WHERE COALESCE(r.line_of_business, p.line_of_business) = p.line_of_business
        AND (x.list IS NULL OR x.list = r.report)
        AND (x.payer IS NULL OR COALESCE(r.payer, x.payer) = x.payer)
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY p.attribution_id, r.person_id
        ORDER BY r.received_on DESC, r.through DESC,
            r.status IN ('assigned', 'voluntary') DESC, r.report, r.status, r.tin, r.npi
    ) = 1
),

listed AS (
    SELECT l.* FROM latest_listed AS l WHERE is_on
),

named AS (
    SELECT
        d.attribution_id, s.step, d.unit, FALSE AS whole_list, d.person_id, d.tin, d.npi,
        CAST(NULL AS VARCHAR) AS report, 'designated' AS reason
    FROM designated AS d
    JOIN attribution_step AS s ON s.method = d.method AND s.source = 'designation'
    UNION ALL
    SELECT
        d.attribution_id, s.step, d.unit, d.whole_list, d.person_id, d.tin, d.npi, d.report,
        'listed' AS reason
    FROM listed AS d
    JOIN attribution_step AS s ON s.method = d.method AND s.source = 'payer_list'
),

-- A clinician without a practice stands for the practice that the provider table says.
placed AS (
    SELECT
        d.attribution_id, d.step, d.unit, d.whole_list, d.person_id, COALESCE(d.tin, p.tin) AS tin,
        d.npi, d.report, d.reason
    FROM named AS d
    LEFT JOIN (SELECT npi, MIN(tin) AS tin FROM provider GROUP BY npi) AS p ON p.npi = d.npi
),

-- A list that names nobody is itself whom the person is listed for; where everybody on it counts
-- for the contract, no other list has a practice of it.
owned AS (
    SELECT
        d.attribution_id,
        d.step,
        d.person_id,
        d.reason,
        CASE
            WHEN d.unit = 'npi' AND d.npi IS NOT NULL THEN 'npi'
            WHEN d.unit = 'npi' THEN NULL
            WHEN d.tin IS NULL AND d.npi IS NOT NULL THEN 'npi'
            WHEN d.tin IS NULL THEN 'list'
            WHEN d.unit = 'tin' OR d.whole_list THEN 'tin'
            ELSE COALESCE(n.owner_type, w.owner_type, 'tin')
        END AS candidate_type,
        CASE
            WHEN d.unit = 'npi' OR d.tin IS NULL AND d.npi IS NOT NULL THEN d.npi
            WHEN d.tin IS NULL THEN d.report
            WHEN d.unit = 'tin' OR d.whole_list THEN d.tin
            ELSE COALESCE(n.owner_id, w.owner_id, d.tin)
        END AS candidate_id
    FROM placed AS d
    LEFT JOIN attribution_owner AS n
        ON n.attribution_id = d.attribution_id AND n.unit_type = 'tin_npi'
        AND n.unit_id = d.tin || ' ' || d.npi
    LEFT JOIN attribution_owner AS w
        ON w.attribution_id = d.attribution_id AND w.unit_type = 'tin' AND w.unit_id = d.tin
),

candidate AS (
    SELECT
        v.attribution_id,
        v.person_id,
        v.step,
        v.candidate_type,
        v.candidate_id,
        v.allowed_cents,
        v.visits,
        v.last_service_on,
        CASE
            WHEN s.opens = 'at_least'
                AND prorate(h.primary_cents, 100, 1) < prorate(h.all_cents, p.share_percent, 1)
                THEN 'step_not_open'
            WHEN s.opens = 'below'
                AND prorate(h.primary_cents, 100, 1) >= prorate(h.all_cents, p.share_percent, 1)
                THEN 'step_not_open'
            WHEN v.candidate_type = 'shared' THEN 'in_several_lists'
        END AS out_reason,
        CAST(NULL AS VARCHAR) AS named_reason
    FROM served AS v
    JOIN attribution_period AS p ON p.attribution_id = v.attribution_id
    JOIN attribution_step AS s ON s.method = p.method AND s.step = v.step
    LEFT JOIN share AS h ON h.attribution_id = v.attribution_id AND h.person_id = v.person_id
    UNION ALL
    SELECT
        attribution_id,
        person_id,
        step,
        candidate_type,
        candidate_id,
        allowed_cents,
        visits,
        last_service_on,
        'specialty_unknown' AS out_reason,
        CAST(NULL AS VARCHAR) AS named_reason
    FROM unclassed
    UNION ALL
    SELECT
        attribution_id,
        person_id,
        step,
        candidate_type,
        candidate_id,
        CAST(0 AS BIGINT) AS allowed_cents,
        CAST(0 AS BIGINT) AS visits,
        CAST(NULL AS DATE) AS last_service_on,
        CASE WHEN candidate_type = 'shared' THEN 'in_several_lists' END AS out_reason,
        reason AS named_reason
    FROM owned
    WHERE candidate_id IS NOT NULL
),

-- Each candidate's rank by each measure, the same for equals.
measured AS (
    SELECT
        c.*,
        CAST(s.place AS INTEGER) AS step_place,
        s.order_1,
        s.order_2,
        s.order_3,
        DENSE_RANK() OVER (
            PARTITION BY c.person_id, c.attribution_id, c.step, c.out_reason ORDER BY c.allowed_cents DESC
        ) AS by_allowed,
        DENSE_RANK() OVER (
            PARTITION BY c.person_id, c.attribution_id, c.step, c.out_reason ORDER BY c.visits DESC
        ) AS by_visits,
        DENSE_RANK() OVER (
            PARTITION BY c.person_id, c.attribution_id, c.step, c.out_reason ORDER BY c.last_service_on DESC
        ) AS by_latest
    FROM candidate AS c
    JOIN attribution_period AS p ON p.attribution_id = c.attribution_id
    JOIN attribution_step AS s ON s.method = p.method AND s.step = c.step
),

-- The declared order of measures; a measure that is not declared makes no difference.
keyed AS (
    SELECT
        m.*,
        CASE order_1
            WHEN 'allowed' THEN by_allowed WHEN 'visits' THEN by_visits ELSE by_latest
        END AS key_1,
        CASE order_2
            WHEN 'allowed' THEN by_allowed WHEN 'visits' THEN by_visits WHEN 'latest' THEN by_latest
            ELSE 1
        END AS key_2,
        CASE order_3
            WHEN 'allowed' THEN by_allowed WHEN 'visits' THEN by_visits WHEN 'latest' THEN by_latest
            ELSE 1
        END AS key_3
    FROM measured AS m
),

ranked AS (
    SELECT
        k.*,
        ROW_NUMBER() OVER (
            PARTITION BY person_id, attribution_id, step, out_reason
            ORDER BY key_1, key_2, key_3, candidate_id, candidate_type
        ) AS place
    FROM keyed AS k
),

-- Against whom a reason is stated: the first for all others, the second for the first.
rival AS (
    SELECT
        person_id,
        attribution_id,
        step,
        place,
        key_1,
        key_2,
        key_3
    FROM ranked
    WHERE out_reason IS NULL AND place <= 2
)

SELECT
    r.attribution_id,
    r.person_id,
    r.step,
    r.step_place,
    r.candidate_type,
    r.candidate_id,
    r.allowed_cents,
    r.visits,
    r.last_service_on,
    CASE WHEN r.out_reason IS NULL THEN r.place END AS place,
    CASE
        WHEN r.out_reason IS NOT NULL THEN r.out_reason
        WHEN r.named_reason IS NOT NULL THEN r.named_reason
        WHEN o.key_1 IS NULL THEN 'most_' || r.order_1
        WHEN r.key_1 <> o.key_1 AND r.place = 1 THEN 'most_' || r.order_1
        WHEN r.key_1 <> o.key_1 THEN 'less_' || r.order_1
        WHEN r.key_2 <> o.key_2 AND r.place = 1 THEN 'tie_most_' || r.order_2
        WHEN r.key_2 <> o.key_2 THEN 'tie_less_' || r.order_2
        WHEN r.key_3 <> o.key_3 AND r.place = 1 THEN 'tie_most_' || r.order_3
        WHEN r.key_3 <> o.key_3 THEN 'tie_less_' || r.order_3
        WHEN r.place = 1 THEN 'tie_lower_id'
        ELSE 'tie_higher_id'
    END AS reason
FROM ranked AS r
LEFT JOIN rival AS o
    ON o.person_id = r.person_id
    AND o.attribution_id = r.attribution_id
    AND o.step = r.step
    AND o.place = CASE WHEN r.place = 1 THEN 2 ELSE 1 END
