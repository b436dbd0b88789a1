-- One row per span of medical coverage that stands after all 834 files (shared/stated_coverage.sql).
SELECT
    e.person_id,
    coalesce(e.member_id, e.subscriber_id) AS member_id,
    e.first_day AS enrollment_start_date,
    e.ends_on AS enrollment_end_date,
    -- INS06: A, B, both, Medicare without saying which part, none
    CASE
        WHEN e.medicare_plan_code IN ('A', 'C') THEN true
        WHEN e.medicare_plan_code IN ('B', 'E') THEN false
    END AS part_a,
    CASE
        WHEN e.medicare_plan_code IN ('B', 'C') THEN true
        WHEN e.medicare_plan_code IN ('A', 'E') THEN false
    END AS part_b,
    CAST(NULL AS BOOLEAN) AS medicare_advantage,
    CAST(NULL AS BOOLEAN) AS other_program,
    CAST(NULL AS VARCHAR) AS enrolment_type,
    e.medicare_reason_code AS original_reason_entitlement_code,
    CAST(NULL AS VARCHAR) AS dual_status_code,
    CAST(NULL AS VARCHAR) AS medicare_status_code,
    e.payer,
    e.plan,
    -- INS13: R restricted access, U unrestricted
    CASE e.confidentiality_code WHEN 'R' THEN 'restricted' END AS sensitivity,
    e.file_name,
    e.row_number
FROM shared.stated_coverage AS e
WHERE e.stands
