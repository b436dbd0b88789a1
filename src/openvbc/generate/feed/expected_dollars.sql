-- expected_dollars: what stands at the end of a person's claims, by payer, claim type and month of
-- the last day of service. Said from what happened and what became of it (claim.sql), never by
-- looking at the versions that are delivered.
-- paid_without_allowed_cents: the part of paid whose lines have no allowed amount.
WITH outcome AS (
    SELECT v.*, p.payer, p.line_of_business,
           -- kept, replaced at 85 %, or taken back, where that is known in time
           CASE WHEN version_e4 > 149
                     OR processed_on + (20 + fate_e3 % 90 + later)::INTEGER
                        > getvariable('data_through') THEN 1000
                WHEN version_e4 <= 74 THEN 850 ELSE 0 END AS stands_e3
    FROM claim_version v
    CROSS JOIN (VALUES ('CMS', 'medicare', 0), ('Example Medicaid', 'medicaid', 21))
        AS p(payer, line_of_business, later)
    WHERE version_number = 1 AND processed_on + later <= getvariable('data_through')
      AND (payer = 'CMS' OR EXISTS (
          SELECT 1 FROM person l
          WHERE l.n = v.n AND CASE WHEN v.end_date >= l.change_on THEN l.type_then
                                   ELSE l.type_first END = 'aged_dual'))
), priced AS (
    SELECT o.person_id, o.payer, o.line_of_business, s.claim_type, o.service,
           date_trunc('month', CASE s.claim_type WHEN 'pharmacy' THEN o.start_date
                                                 ELSE o.end_date END)::DATE AS month,
           ratio(total_cents * stands_e3 * share_e3, 1000000)::BIGINT AS allowed,
           total_cents * stands_e3 AS whole_e3, paid_e3
    FROM outcome o
    JOIN service s USING (service)
    JOIN line l USING (service, variant)
    WHERE stands_e3 > 0
      AND (s.claim_type = 'pharmacy' OR (fate_e3 * 7 + claim_line_number * 389) % 1000 >= 7)
), paid AS (
    -- a fill is rounded once, the lines of a claim when they are priced and when they are paid
    SELECT *, CASE claim_type WHEN 'pharmacy' THEN ratio(whole_e3 * paid_e3, 1000000)
                              ELSE ratio(allowed * paid_e3, 1000) END::BIGINT AS medicare
    FROM priced
)
SELECT person_id, payer, line_of_business, claim_type, year(month) AS year, month,
       COALESCE(sum(CASE WHEN payer <> 'CMS' THEN allowed - medicare ELSE allowed END)
                FILTER (service <> 'rhc'), 0)::BIGINT AS allowed_cents,
       sum(CASE WHEN payer <> 'CMS' THEN allowed - medicare ELSE medicare END)::BIGINT AS paid_cents,
       COALESCE(sum(medicare) FILTER (service = 'rhc'), 0)::BIGINT AS paid_without_allowed_cents
FROM paid
WHERE payer = 'CMS' OR (claim_type IN ('professional', 'institutional') AND service <> 'rhc')
GROUP BY ALL
HAVING sum(CASE WHEN payer <> 'CMS' THEN allowed - medicare ELSE allowed END) > 0
ORDER BY person_id, payer, claim_type, month
