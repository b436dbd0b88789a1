/*
row: One person whom one request scores, with what the model asks of a person.
grain: [request_id, person_id]
span: person
period: year
audits:
  one segment for one person: SELECT request_id, person_id FROM this GROUP BY request_id, person_id HAVING COUNT(*) > 1
asked_by: [risk_request]
columns:
  request_id: {type: VARCHAR, required: true, says: the request}
  person_id: {type: VARCHAR, required: true, says: the person}
  risk_model: {type: VARCHAR, required: true, says: model and payment year}
  age: {type: BIGINT, says: "age on the request's day, or the last enrolled one; empty: no date of birth"}
  sex: {type: VARCHAR, says: "male or female; empty: unknown"}
  original_reason: {type: VARCHAR, required: true, says: "original reason for entitlement, 0 to 3"}
  dual: {type: VARCHAR, required: true, says: "none, partial or full"}
  part_b_months: {type: BIGINT, required: true, says: months of Part B in the diagnosis year}
  new_enrollee: {type: BOOLEAN, required: true, says: fewer than twelve of them}
  institutional: {type: BOOLEAN, required: true, says: long-term institutional}
  special_needs: {type: BOOLEAN, required: true, says: in a special needs plan for the chronically ill}
  low_income: {type: BOOLEAN, required: true, says: low-income subsidy}
  treatment: {type: VARCHAR, required: true, says: "none, dialysis or graft"}
  graft_months: {type: BIGINT, says: months since a kidney transplant}
  metal_level: {type: VARCHAR, says: "metal level of the plan; empty: nobody said"}
  enrolled_days: {type: BIGINT, says: "days enrolled in the year; empty: the model does not ask"}
  segment: {type: VARCHAR, says: "the segment whose factors count; empty: the model has none for the person"}
  unscored: {type: VARCHAR, says: "why there is no score: no_birth_date, impossible_age (below 0 or above 130), no_sex or no_segment"}
  assumed: {type: VARCHAR, required: true, says: "what nobody stated and the usual was taken for, with spaces between"}
*/
-- A span that is delivered again (same first day) is replaced by its latest delivery.
WITH latest AS (
    SELECT
        person_id, payer, line_of_business, enrollment_start_date, enrollment_end_date,
        enrolment_type, dual_status_code, original_reason_entitlement_code
    FROM eligibility
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY person_id, payer, line_of_business, enrollment_start_date
        ORDER BY received_on DESC, load_id DESC, file_name DESC, row_number DESC
    ) = 1
),

-- Of several spans in the year the one that begins last says the dual status and the entitlement;
-- the last enrolled day is the last of all, and none is after death.
covered AS (
    SELECT
        q.request_id, q.risk_model, q.first_day, q.last_day,
        COALESCE(
            q.age_on,
            MAX(LEAST(e.enrollment_end_date, d.death_date, q.last_day)) OVER (
                PARTITION BY q.request_id, e.person_id
            )
        ) AS age_on,
        e.person_id, e.enrolment_type, e.dual_status_code, e.original_reason_entitlement_code
    FROM risk_request AS q
    JOIN latest AS e
        ON e.line_of_business = q.line_of_business
        AND e.enrollment_start_date <= q.last_day
        AND (e.enrollment_end_date IS NULL OR e.enrollment_end_date >= q.first_day)
    LEFT JOIN person AS d ON d.person_id = e.person_id
    WHERE d.death_date IS NULL OR d.death_date >= q.first_day
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY q.request_id, e.person_id ORDER BY e.enrollment_start_date DESC, e.payer
    ) = 1
),

-- Days are counted once where spans overlap, and only for models that ask for them.
counted_span AS (
    SELECT
        q.request_id,
        e.person_id,
        e.payer,
        GREATEST(e.enrollment_start_date, q.first_day) AS first_day,
        LEAST(e.enrollment_end_date, d.death_date, q.last_day) AS last_day
    FROM risk_request AS q
    JOIN latest AS e
        ON e.line_of_business = q.line_of_business
        AND e.enrollment_start_date <= q.last_day
        AND (e.enrollment_end_date IS NULL OR e.enrollment_end_date >= q.first_day)
    LEFT JOIN person AS d ON d.person_id = e.person_id
    WHERE q.risk_model IN (SELECT risk_model FROM risk_condition WHERE days_to IS NOT NULL)
),

new_span AS (
    SELECT
        request_id,
        person_id,
        last_day,
        GREATEST(first_day, COALESCE(
            MAX(last_day) OVER (
                PARTITION BY request_id, person_id ORDER BY first_day, last_day, payer
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) + 1,
            first_day
        )) AS first_day
    FROM counted_span
),

enrolled AS (
    SELECT request_id, person_id, SUM(date_diff('day', first_day, last_day) + 1) AS enrolled_days
    FROM new_span
    WHERE first_day <= last_day
    GROUP BY request_id, person_id
),

part_b_span AS (
    SELECT
        q.request_id,
        s.person_id,
        GREATEST(s.first_month, q.diagnosis_first_day) AS first_month,
        LEAST(COALESCE(s.last_month, q.diagnosis_last_day), q.diagnosis_last_day) AS last_month
    FROM risk_request AS q
    JOIN covered_span AS s
        ON s.line_of_business = q.line_of_business
        AND s.first_month <= q.diagnosis_last_day
        AND (s.last_month IS NULL OR s.last_month >= q.diagnosis_first_day)
    WHERE s.part_b AND s.payer_place = 1
),

part_b AS (
    SELECT
        request_id,
        person_id,
        SUM(
            12 * (year(last_month) - year(first_month)) + month(last_month) - month(first_month)
            + 1
        ) AS months
    FROM part_b_span
    GROUP BY request_id, person_id
),

-- Of several spans in the year the last one says it, as of the dual status.
last_told AS (
    SELECT q.request_id, a.person_id, a.attribute, a.value
    FROM risk_request AS q
    JOIN risk_attribute AS a
        ON a.first_day <= q.last_day AND (a.last_day IS NULL OR a.last_day >= q.first_day)
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY q.request_id, a.person_id, a.attribute
        ORDER BY a.first_day DESC, COALESCE(a.last_day, q.last_day) DESC, a.value DESC
    ) = 1
),

told AS (
    SELECT
        request_id,
        person_id,
        MAX(CASE WHEN attribute = 'institutional' THEN value END) AS institutional,
        MAX(CASE WHEN attribute = 'special_needs' THEN value END) AS special_needs,
        MAX(CASE WHEN attribute = 'low_income' THEN value END) AS low_income,
        MAX(CASE WHEN attribute = 'treatment' THEN value END) AS treatment,
        MAX(CASE WHEN attribute = 'graft_months' THEN CAST(value AS BIGINT) END) AS graft_months,
        MAX(CASE WHEN attribute = 'metal_level' THEN value END) AS metal_level
    FROM last_told
    GROUP BY request_id, person_id
),

asked AS (
    SELECT
        c.request_id,
        c.person_id,
        c.risk_model,
        year(c.age_on) - year(p.birth_date)
            - CASE
                WHEN month(p.birth_date) * 100 + day(p.birth_date)
                    > month(c.age_on) * 100 + day(c.age_on) THEN 1
                ELSE 0
            END AS age,
        CASE WHEN p.sex IN ('male', 'female') THEN p.sex END AS sex,
        COALESCE(c.original_reason_entitlement_code, '0') AS original_reason,
        CASE
            WHEN c.dual_status_code IN ('02', '04', '08') THEN 'full'
            WHEN c.dual_status_code IN ('01', '03', '05', '06') THEN 'partial'
            ELSE 'none'
        END AS dual,
        COALESCE(b.months, 0) AS part_b_months,
        COALESCE(b.months, 0) < 12 AS new_enrollee,
        COALESCE(t.institutional = 'true', FALSE) AS institutional,
        COALESCE(t.special_needs = 'true', FALSE) AS special_needs,
        COALESCE(t.low_income = 'true', FALSE) AS low_income,
        COALESCE(t.treatment, CASE WHEN c.enrolment_type = 'esrd' THEN 'dialysis' END, 'none')
            AS treatment,
        t.graft_months,
        t.metal_level,
        d.enrolled_days,
        CASE WHEN c.original_reason_entitlement_code IS NULL THEN 'original_reason ' ELSE '' END
            || CASE WHEN c.dual_status_code IS NULL THEN 'dual ' ELSE '' END
            || CASE WHEN t.institutional IS NULL THEN 'institutional ' ELSE '' END
            || CASE WHEN t.special_needs IS NULL THEN 'special_needs ' ELSE '' END
            || CASE WHEN t.low_income IS NULL THEN 'low_income ' ELSE '' END
            || CASE WHEN t.treatment IS NULL THEN 'treatment' ELSE '' END AS assumed
    FROM covered AS c
    LEFT JOIN person AS p ON p.person_id = c.person_id
    LEFT JOIN part_b AS b ON b.request_id = c.request_id AND b.person_id = c.person_id
    LEFT JOIN enrolled AS d ON d.request_id = c.request_id AND d.person_id = c.person_id
    LEFT JOIN told AS t ON t.request_id = c.request_id AND t.person_id = c.person_id
)

SELECT
    p.request_id,
    p.person_id,
    p.risk_model,
    p.age,
    p.sex,
    p.original_reason,
    p.dual,
    p.part_b_months,
    p.new_enrollee,
    p.institutional,
    p.special_needs,
    p.low_income,
    p.treatment,
    p.graft_months,
    p.metal_level,
    p.enrolled_days,
    c.variable AS segment,
    CASE
        WHEN p.age IS NULL THEN 'no_birth_date'
        WHEN p.age NOT BETWEEN 0 AND 130 THEN 'impossible_age'
        WHEN p.sex IS NULL THEN 'no_sex'
        WHEN c.variable IS NULL THEN 'no_segment'
    END AS unscored,
    p.assumed
FROM asked AS p
LEFT JOIN risk_condition AS c
    ON c.risk_model = p.risk_model
    AND c.kind = 'segment'
    AND p.sex IS NOT NULL
    AND COALESCE(c.age_from, 0) <= p.age
    AND (c.age_to IS NULL OR c.age_to >= p.age)
    AND (c.duals IS NULL OR c.duals LIKE '%' || p.dual || '%')
    AND (c.institutional IS NULL OR c.institutional = p.institutional)
    AND (c.new_enrollee IS NULL OR c.new_enrollee = p.new_enrollee)
    AND (c.special_needs IS NULL OR c.special_needs = p.special_needs)
    AND (c.low_income IS NULL OR c.low_income = p.low_income)
    AND (c.treatment IS NULL OR c.treatment LIKE '%' || p.treatment || '%')
    AND (c.graft_from IS NULL OR c.graft_from <= p.graft_months)
    AND (c.graft_to IS NULL OR c.graft_to >= p.graft_months)
    AND (c.metal_level IS NULL OR c.metal_level = p.metal_level)
