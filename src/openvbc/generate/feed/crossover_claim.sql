-- medical_claim: crossover claims. Medicaid pays, three weeks after Medicare, what Medicare leaves
-- to people who have both (allowed less paid); each version follows Medicare's.
-- Variable: medical_claims, the file of Medicare claims just written.
WITH crossed AS (
    SELECT c.*, c.allowed_cents - c.paid_cents AS left_cents
    FROM read_parquet(getvariable('medical_claims')) c
    JOIN person p USING (person_id)
    JOIN spell s ON s.n = p.n AND s.enrolment_type = 'aged_dual'
     AND c.claim_end_date BETWEEN s.first_day AND COALESCE(s.last_day, c.claim_end_date)
    WHERE c.claim_type IN ('professional', 'institutional')
      AND c.effective_on + 21 <= getvariable('data_through')
    QUALIFY sum(left_cents) OVER (PARTITION BY c.claim_key, c.version_number) > 0
)
SELECT * EXCLUDE (left_cents) REPLACE (
           concat(claim_key, '-X') AS claim_key,
           concat(claim_key, '-X-', version_number) AS claim_id,
           effective_on + 21 AS effective_on, paid_date + 21 AS paid_date,
           received_on + 21 AS received_on,
           left_cents AS allowed_cents, left_cents AS paid_cents,
           0::BIGINT AS ime_cents, 0::BIGINT AS dsh_cents,
           'Example Medicaid' AS payer, 'State plan' AS plan, 'medicaid' AS line_of_business)
FROM crossed
ORDER BY person_id, claim_key, version_number, claim_line_number
