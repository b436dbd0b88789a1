/* One row per message about a hospital stay or a visit to an emergency room: admission or
   registration, for half of the stays an update, and discharge. The hours are the seed's. What
   became of the claim changes nothing: the visit took place. Variable: seed. */
WITH visit AS (
    SELECT
        claim_key, person_id, claim_start_date, claim_end_date, admission_date, facility_ccn,
        billing_npi, discharge_disposition_code,
        CASE WHEN bill_type_code LIKE '11%' THEN 'I' ELSE 'E' END AS patient_class,
        ('0x' || substr(md5(getvariable('seed') || '|' || claim_key), 1, 8))::BIGINT AS h
    FROM medical_claim
    WHERE line_of_business = 'medicare' AND version_number = 1 AND claim_type = 'institutional'
    GROUP BY ALL
    HAVING min(bill_type_code) LIKE '11%' OR bool_or(revenue_center_code = '0450')
), timed AS (
    SELECT
        *,
        -- before six in the evening, and after
        claim_start_date + to_minutes(h % 1080) AS admitted_at,
        claim_end_date + to_minutes(1080 + h // 1080 % 300) AS discharged_at
    FROM visit
), told AS (
    SELECT *, CASE patient_class WHEN 'I' THEN 'A01' ELSE 'A04' END AS event, admitted_at AS at
    FROM timed
    UNION ALL
    SELECT *, 'A08', admitted_at + to_minutes(60 + h % 120) FROM timed
    WHERE patient_class = 'I' AND h % 2 = 0 AND claim_end_date > claim_start_date
    UNION ALL
    SELECT *, 'A03', discharged_at FROM timed
)
SELECT
    strftime(t.at, '%Y-%m') AS month,
    t.event,
    strftime(t.at, '%Y%m%d%H%M') AS event_at,
    t.claim_key,
    t.person_id,
    i.identifier AS mbi,
    compact_day(p.birth_date) AS birth_date,
    CASE p.sex WHEN 'female' THEN 'F' WHEN 'male' THEN 'M' ELSE 'U' END AS sex,
    CASE WHEN t.event = 'A03' AND p.death_date = t.claim_end_date
         THEN compact_day(p.death_date) ELSE '' END AS death_date,
    t.facility_ccn,
    t.patient_class,
    t.billing_npi AS attending_npi,
    CASE WHEN t.event = 'A03' THEN coalesce(t.discharge_disposition_code, '01') ELSE '' END
        AS disposition,
    strftime(t.admitted_at, '%Y%m%d%H%M') AS admitted_at,
    CASE WHEN t.event = 'A03' THEN strftime(t.discharged_at, '%Y%m%d%H%M') ELSE '' END
        AS discharged_at,
    d.code AS diagnosis
FROM told t
JOIN person p USING (person_id)
JOIN person_identifier i ON i.person_id = t.person_id
 AND CAST(t.at AS DATE) BETWEEN i.first_day AND coalesce(i.last_day, DATE '9999-12-31')
LEFT JOIN diagnosis d
  ON d.claim_key = t.claim_key AND d.version_number = 1 AND d.sequence = 1
 AND d.line_of_business = 'medicare' AND d.sensitivity IS NULL
ORDER BY t.at, t.claim_key, t.event
