/* One row per Part A record (CCLF1), with its delivery, its person, its provider and its claim_key:
   the natural key of section 5.1.2. Numbers of providers are those on the claim where the layout
   has them (since 2022), else those of the enrolment system. */
CREATE VIEW shared.part_a AS
WITH placed AS (
    SELECT
        c.*,
        delivery(c.file_name) AS delivery,
        delivered_on(c.file_name) AS received_on,
        coalesce(m.person_id, rtrim(c.bene_mbi_id)) AS person_id,
        rtrim(coalesce(c.clm_blg_prvdr_oscar_num, c.prvdr_oscar_num)) AS oscar
    FROM landing.cclf1 AS c
    LEFT JOIN shared.mbi AS m ON m.mbi = rtrim(c.bene_mbi_id)
)

SELECT
    *,
    concat_ws(':', 'cclf', 'A', oscar, clm_from_dt, clm_thru_dt, person_id) AS claim_key
FROM placed;
