-- What a claim can be: how often (per mille), its lines, diagnoses, place, codes and price.
-- family: where its HCPCS codes come from; '' is a line with a revenue centre alone.
CREATE OR REPLACE TEMP TABLE kind AS
SELECT
    kind, weight, claim_type, bill_type_code, place_of_service_code, lines, diagnoses, family,
    revenue, units, CAST(price AS BIGINT) AS price_cents, stay, seat
FROM (VALUES
    ('office',       300, 'professional',  NULL,  '11',  2,  5, 'visit', NULL,   1,   9000,  0, 'home'),
    ('specialist',   170, 'professional',  NULL,  '11',  2,  4, 'visit', NULL,   1,  14000,  0, 'specialist'),
    ('laboratory',   160, 'professional',  NULL,  '81',  4,  4, 'U',     NULL,   1,   1800,  0, 'specialist'),
    ('imaging',       60, 'professional',  NULL,  '22',  2,  3, 'R',     NULL,   1,  11000,  0, 'specialist'),
    ('therapy',       40, 'professional',  NULL,  '11',  4,  3, 'S',     NULL,   2,   4500,  0, 'specialist'),
    ('ambulance',      8, 'professional',  NULL,  '41',  2,  3, 'A0',    NULL,   8,  21000,  0, 'specialist'),
    ('surgery',       20, 'professional',  NULL,  '24',  2,  5, 'Q',     NULL,   1,  60000,  0, 'specialist'),
    ('outpatient',   100, 'institutional', '131', NULL,  4,  7, 'C',     '0510', 1,  16000,  0, 'facility'),
    ('emergency',     25, 'institutional', '131', NULL,  5,  8, 'G',     '0450', 1,  24000,  0, 'facility'),
    ('inpatient',     12, 'institutional', '111', NULL, 10, 14, '',      '0120', 4, 140000,  6, 'facility'),
    ('snf',            4, 'institutional', '211', NULL,  3, 10, '',      '0022', 20, 320000, 18, 'facility'),
    ('home_health',    9, 'institutional', '329', NULL,  6,  8, 'G',     '0551', 1,  21000, 25, 'facility'),
    ('hospice',        3, 'institutional', '811', NULL,  2,  5, 'Q',     '0651', 15, 190000, 20, 'facility'),
    ('dialysis',       9, 'institutional', '721', NULL,  6,  6, 'J',     '0821', 1,  27000, 20, 'facility'),
    ('fqhc',          22, 'institutional', '771', NULL,  2,  4, 'visit', '0521', 1,  12000,  0, 'facility'),
    ('rhc',            8, 'institutional', '711', NULL,  1,  4, 'visit', '0521', 1,  11000,  0, 'facility'),
    ('cah',            8, 'institutional', '851', NULL,  2,  4, 'visit', '0983', 1,  13000,  0, 'facility'),
    ('dme',           42, 'dme',           NULL,  '12',  2,  2, 'E',     NULL,   1,   7000,  0, 'specialist')
) AS k(kind, weight, claim_type, bill_type_code, place_of_service_code, lines, diagnoses, family,
       revenue, units, price, stay, seat);

-- A thousand slots: a draw from 0 to 999 picks a kind.
CREATE OR REPLACE TEMP TABLE kind_slot AS
WITH cut AS (SELECT *, sum(weight) OVER (ORDER BY kind) AS up_to, sum(weight) OVER () AS whole FROM kind)
SELECT s.range AS slot, k.* EXCLUDE (weight, up_to, whole)
FROM range(1000) AS s
JOIN cut AS k ON s.range * whole >= (up_to - weight) * 1000 AND s.range * whole < up_to * 1000;
