/* Two rows per span of coverage: its beginning, and its end where it has one. action says which;
   beginnings that the payer came to know of late are retroactive. */
WITH spans AS (
    SELECT
        e.*,
        CASE WHEN c.known_on IS NULL THEN 'begin' ELSE 'retroactive' END AS beginning,
        'REF*0F*' || e.member_id || '~REF*F6*' || e.person_id || '~' AS numbers,
        CASE WHEN e.part_a AND e.part_b THEN 'C' WHEN e.part_a THEN 'A' WHEN e.part_b THEN 'B'
             ELSE 'E' END
        || coalesce(':' || e.original_reason_entitlement_code, '') AS medicare,
        'NM1*IL*1*' || e.person_id || '*MEMBER****ZZ*' || e.member_id || '~'
        || 'N3*1 MAIN STREET~N4*ANYTOWN*' || coalesce(p.state, '') || '*00001**CY*'
        || coalesce(p.county_fips, '') || '~'
        || 'DMG*D8*' || compact_day(p.birth_date) || '*'
        || CASE p.sex WHEN 'female' THEN 'F' ELSE 'M' END || '**'
        || CASE p.race WHEN 'white' THEN 'C' WHEN 'black' THEN 'B' WHEN 'hispanic' THEN 'H'
                       WHEN 'asian' THEN 'A' ELSE 'E' END || '~' AS about,
        coalesce('***D8*' || compact_day(p.death_date), '') AS death,
        compact_day(e.enrollment_start_date) AS first_day,
        compact_day(e.enrollment_end_date) AS last_day
    FROM eligibility e
    JOIN person p USING (person_id)
    LEFT JOIN coverage_change c ON c.person_id = e.person_id AND c.payer = e.payer
)
SELECT
    CASE code WHEN '021' THEN beginning ELSE 'end' END AS action,
    payer,
    'INS*Y*18*' || code || '**A*' || medicare || '**' || CASE code WHEN '024' THEN 'TE' ELSE 'AC' END
    || death || '~'
    || numbers || about
    || 'HD*' || code || '**HLT*' || plan || '~DTP*348*D8*' || first_day || '~'
    || CASE code WHEN '024' THEN 'DTP*349*D8*' || last_day || '~' ELSE '' END AS member
FROM spans
CROSS JOIN (VALUES ('021'), ('024')) AS t(code)
WHERE code = '021' OR last_day IS NOT NULL
ORDER BY code, beginning, payer, person_id, enrollment_start_date
