/* Every version of every claim, with its key, its number and its sign. A version belongs to the claim
   that it says came before it, else to its control number (v2: claim group), within one person and
   type of claim. Versions stand from the day the payer's warehouse recorded them, else the weekly
   processing day; on one day a shared system's claim comes before the national history's, an
   original before its cancellation, that before its replacement. */
CREATE VIEW shared.version AS
WITH claim AS (
    SELECT
        e.*,
        k.claim_type,
        coalesce(e.recorded_on, e.paid_date, e.created_on, TRY_CAST(e.claim_end_date AS DATE))
            AS effective_on,
        CASE
            WHEN e.status IN ('cancelled', 'entered-in-error') OR e.adjustment_type = '1'
                OR e.drug_adjustment = 'D'
                OR (e.adjustment_type IS NULL AND e.disposition = '03') THEN 'cancel'
            WHEN e.adjustment_type = '2' OR e.drug_adjustment = 'A'
                OR (e.adjustment_type IS NULL AND e.related_claim IS NOT NULL) THEN 'adjust'
            ELSE 'original'
        END AS version_type,
        concat_ws(
            ':', getvariable('data_source'), coalesce(e.eob_type, e.type_code), e.patient_id,
            coalesce(e.related_claim, e.control_number, e.claim_id)
        ) AS claim_key
    FROM landing.eob AS e
    LEFT JOIN map.claim_kind AS k ON k.code = coalesce(e.eob_type, e.type_code)
)

SELECT
    *,
    10 * date_diff('day', DATE '1900-01-01', effective_on)
    + CASE
        WHEN system_type = 'SharedSystem' THEN 0
        WHEN version_type = 'original' THEN 1
        WHEN version_type = 'cancel' THEN 2
        ELSE 3
    END AS version_number,
    CASE version_type WHEN 'cancel' THEN -1 ELSE 1 END AS sign
FROM claim;
